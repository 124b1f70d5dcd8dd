//! Derives the tables from events, both in the transaction that appends them and in a replay.
//!
//! A projection depends only on the events and on the tables of its own module, so any division of the log into batches
//! yields the same rows. Frequent kinds (messages, reactions) are written with one statement per kind, all others one
//! by one in order.

use crate::db::Transaction;
use crate::error::Result;
use crate::event::{SharedEvent, Skeleton};
use crate::{account, channel, emoji, file, invite, member, message, reaction, session, workspace};

/// Projects consecutive events of one log, in order.
pub async fn project(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    for event in events {
        match &event.skeleton {
            Skeleton::AccountRegistered { .. } | Skeleton::PasswordChanged { .. } | Skeleton::EmailChanged { .. } => {
                account::projection::project(transaction, event).await?;
            }
            Skeleton::SessionCreated { .. } | Skeleton::SessionRevoked { .. } | Skeleton::SessionsPruned { .. } => {
                session::projection::project(transaction, event).await?;
            }
            Skeleton::WorkspaceCreated | Skeleton::WorkspaceUpdated { .. } => {
                workspace::projection::project(transaction, event).await?;
            }
            Skeleton::MemberJoined { .. } | Skeleton::MemberUpdated { .. } | Skeleton::MemberLeft { .. } => {
                member::projection::project(transaction, event).await?;
            }
            Skeleton::InviteCreated { .. }
            | Skeleton::InviteRevoked { .. }
            | Skeleton::InviteReserved { .. }
            | Skeleton::InviteReleased { .. } => {
                invite::projection::project(transaction, event).await?;
            }
            Skeleton::ChannelCreated { .. } | Skeleton::ChannelJoined { .. } | Skeleton::ChannelLeft { .. } => {
                channel::projection::project(transaction, event).await?;
            }
            Skeleton::FileUploaded { .. } | Skeleton::FileUpdated { .. } | Skeleton::FileRemoved { .. } => {
                file::projection::project(transaction, event).await?;
            }
            Skeleton::EmojiCreated { .. } | Skeleton::EmojiDeleted { .. } => {
                emoji::projection::project(transaction, event).await?;
            }
            Skeleton::WorkspaceRegistered { .. }
            | Skeleton::MessageSent { .. }
            | Skeleton::MessageEdited { .. }
            | Skeleton::MessageDeleted { .. }
            | Skeleton::ReactionAdded { .. }
            | Skeleton::ReactionRemoved { .. } => {}
        }
    }
    // A message deletion also deletes its reactions, so it is projected after them.
    message::projection::project_sent(transaction, events).await?;
    file::projection::project_attachments(transaction, events).await?;
    reaction::projection::project(transaction, events).await?;
    message::projection::project_edits(transaction, events).await?;
    message::projection::project_deletions(transaction, events).await
}
