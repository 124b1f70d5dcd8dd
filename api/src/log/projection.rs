//! Derives the tables from events: inside of the transaction that appends them, and in a replay.
//!
//! A projection uses nothing but the events and the tables of its own noun, so that any cut of the log
//! into batches gives the same rows. What happens often (messages, reactions) is written by one
//! statement per kind; the rest one by one in order.

use crate::db::Transaction;
use crate::error::Result;
use crate::event::{SharedEvent, Skeleton};
use crate::{account, channel, emoji, file, invite, member, message, reaction, sign_in, workspace};

/// Projects a run of events of one log, in order.
pub async fn project(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    for event in events {
        match &event.skeleton {
            Skeleton::AccountRegistered { .. } | Skeleton::PasswordChanged { .. } | Skeleton::EmailChanged { .. } => {
                account::projection::project(transaction, event).await?;
            }
            Skeleton::SignInMade { .. } | Skeleton::SignInRevoked { .. } | Skeleton::SignInsPruned { .. } => {
                sign_in::projection::project(transaction, event).await?;
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
    // A deletion takes the reactions with it, so it comes after them.
    message::projection::sent(transaction, events).await?;
    file::projection::sent(transaction, events).await?;
    reaction::projection::project(transaction, events).await?;
    message::projection::edited(transaction, events).await?;
    message::projection::deleted(transaction, events).await
}
