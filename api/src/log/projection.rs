//! Derives the tables from events, both in the transaction that appends them and in a replay.
//!
//! A projection depends only on the events and on the tables of its own module, so any division of the log into batches
//! yields the same rows. Frequent kinds (messages, reactions) are written with one statement per kind, all others one
//! by one in order. The match names every kind, so that a new one cannot be
//! forgotten.

use crate::ground::db::Transaction;
use crate::ground::error::Result;
use crate::model::account::projection as account;
use crate::model::channel::entity::channel::Model as Channel;
use crate::model::channel::projection as channel;
use crate::model::emoji::entity::Model as Emoji;
use crate::model::emoji::projection as emoji;
use crate::model::event::{Event, SharedEvent, Skeleton};
use crate::model::file::entity::file::Model as File;
use crate::model::file::projection as file;
use crate::model::invite::projection as invite;
use crate::model::member::entity::Model as Member;
use crate::model::member::projection as member;
use crate::model::message::projection as message;
use crate::model::reaction::projection as reaction;
use crate::model::session::projection as session;
use crate::model::workspace::entity::Model as Workspace;
use crate::model::workspace::projection as workspace;

/// Projects consecutive events of one log, in order.
pub async fn project(transaction: &Transaction, events: &[SharedEvent]) -> Result<()> {
    for event in events {
        project_one(transaction, event).await?;
    }
    // A message deletion also deletes its reactions, so it is projected after them.
    message::project_sent(transaction, events).await?;
    file::project_attachments(transaction, events).await?;
    reaction::project(transaction, events).await?;
    message::project_edits(transaction, events).await?;
    message::project_deletions(transaction, events).await
}

/// Projects an event of a kind that is not projected in batches.
async fn project_one(t: &Transaction, event: &Event) -> Result<()> {
    use Skeleton as S;
    match &event.skeleton {
        S::AccountRegistered { account_id, is_server_admin } => {
            account::registered(t, event, *account_id, *is_server_admin).await
        }
        S::EmailChanged { account_id } => account::email_changed(t, event, *account_id).await,
        S::SessionCreated { session_id, account_id } => session::created(t, event, *session_id, *account_id).await,
        S::SessionRevoked { session_id, .. } => session::revoked(t, event, *session_id).await,
        S::SessionsPruned { ended_through } => session::pruned(t, *ended_through).await,
        S::WorkspaceCreated => workspace::created(t, Workspace::created(event)).await,
        S::WorkspaceUpdated { icon_id, channel_mentions, created_at } => {
            workspace::updated(t, Workspace::updated(event, *icon_id, *channel_mentions, *created_at)).await
        }
        S::MemberJoined { member_id, account_id, role, invite_id, avatar_id } => {
            let row = Member::joined(event, *member_id, *account_id, *role, *avatar_id);
            member::joined(t, event, row, *invite_id).await
        }
        S::MemberUpdated { member_id, role, avatar_id, joined_at } => {
            member::updated(t, event, Member::updated(event, *member_id, *role, *avatar_id, *joined_at)).await
        }
        S::MemberLeft { member_id } => member::left(t, event, *member_id).await,
        S::InviteCreated { invite_id, expires_at, max_uses } => {
            invite::created(t, event, *invite_id, *expires_at, *max_uses).await
        }
        S::InviteRevoked { invite_id } => invite::revoked(t, event, *invite_id).await,
        S::InviteReserved { invite_id, account_id } => invite::reserved(t, event, *invite_id, *account_id).await,
        S::InviteReleased { invite_id, account_id } => invite::released(t, event, *invite_id, *account_id).await,
        S::ChannelCreated { channel_id, channel_kind, member_ids } => {
            channel::created(t, event, Channel::created(event, *channel_id, *channel_kind), member_ids).await
        }
        S::ChannelUpdated { channel_id, channel_kind, created_at, archived_at } => {
            let row = Channel::of_event(event, *channel_id, *channel_kind, *created_at, *archived_at);
            channel::updated(t, row).await
        }
        S::ChannelJoined { channel_id, member_id, .. } => channel::joined(t, event, *channel_id, *member_id).await,
        S::ChannelLeft { channel_id, member_id, .. } => channel::left(t, event, *channel_id, *member_id).await,
        S::FileUploaded { file_id, file_kind, size } => {
            file::uploaded(t, File::of_event(event, *file_id, *file_kind, *size)).await
        }
        S::FileUpdated { file_id, .. } => file::updated(t, event, *file_id).await,
        S::FileRemoved { file_id, .. } => file::removed(t, event, *file_id).await,
        S::EmojiCreated { emoji_id, file_id } => emoji::created(t, Emoji::of_event(event, *emoji_id, *file_id)).await,
        S::EmojiDeleted { emoji_id } => emoji::deleted(t, event, *emoji_id).await,
        // No rows.
        S::PasswordChanged { .. } | S::WorkspaceRegistered { .. } => Ok(()),
        // Projected in batches.
        S::MessageSent { .. }
        | S::MessageEdited { .. }
        | S::MessageDeleted { .. }
        | S::ReactionAdded { .. }
        | S::ReactionRemoved { .. } => Ok(()),
    }
}
