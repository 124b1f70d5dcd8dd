//! `message`: derived from the log. Deleted messages keep their row and position, without text.

use sea_orm::entity::prelude::*;

use crate::ground::clock::Timestamp;
use crate::ground::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use crate::model::event::{Event, Mentions, Seq, Skeleton};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    /// `seq` of the event that sent it.
    pub seq: i64,
    pub channel_id: ChannelId,
    /// For a reply, the root message of its thread.
    pub thread_id: Option<MessageId>,
    pub author_id: MemberId,
    /// Current text. Empty once deleted.
    pub text: String,
    /// JSON of `event::Mentions`.
    pub mentions: String,
    pub created_at: Timestamp,
    pub edited_at: Option<Timestamp>,
    pub deleted_at: Option<Timestamp>,
    pub edits: i32,
    /// Number of replies that are not deleted.
    pub replies: i32,
    pub last_reply_at: Option<Timestamp>,
    /// Number of files it was sent with.
    pub files: i32,
}

crate::ground::db::without_relations!();

impl Model {
    /// Returns the message as an event carries it: complete when it is sent, afterwards without counts of replies and
    /// files, and with at most this edit. `None` for events that carry no message.
    pub fn from_event(event: &Event) -> Option<Self> {
        Some(match &event.skeleton {
            Skeleton::MessageSent { message_id, channel_id, thread_id, mentions, file_ids } => {
                let sent = (event.seq, event.at);
                let sent = Self::of_event(event, *message_id, sent, (*channel_id, *thread_id, event.actor()));
                let files = i32::try_from(file_ids.len()).unwrap_or(i32::MAX);
                Self { mentions: json(mentions), files, ..sent }
            }
            Skeleton::MessageEdited { message_id, channel_id, thread_id, author_id, sent_seq, sent_at, mentions } => {
                let sent = (*sent_seq, *sent_at);
                let edited = Self::of_event(event, *message_id, sent, (*channel_id, *thread_id, *author_id));
                Self { edited_at: Some(event.at), edits: 1, mentions: json(mentions), ..edited }
            }
            Skeleton::MessageDeleted { message_id, channel_id, thread_id, author_id, sent_seq, sent_at } => {
                let sent = (*sent_seq, *sent_at);
                let deleted = Self::of_event(event, *message_id, sent, (*channel_id, *thread_id, *author_id));
                Self { deleted_at: Some(event.at), ..deleted }
            }
            Skeleton::AccountRegistered { .. }
            | Skeleton::PasswordChanged { .. }
            | Skeleton::EmailChanged { .. }
            | Skeleton::SessionCreated { .. }
            | Skeleton::SessionRevoked { .. }
            | Skeleton::SessionsPruned { .. }
            | Skeleton::WorkspaceRegistered { .. }
            | Skeleton::WorkspaceCreated
            | Skeleton::WorkspaceUpdated { .. }
            | Skeleton::MemberJoined { .. }
            | Skeleton::MemberUpdated { .. }
            | Skeleton::MemberLeft { .. }
            | Skeleton::InviteCreated { .. }
            | Skeleton::InviteRevoked { .. }
            | Skeleton::InviteReserved { .. }
            | Skeleton::InviteReleased { .. }
            | Skeleton::ChannelCreated { .. }
            | Skeleton::ChannelUpdated { .. }
            | Skeleton::ChannelJoined { .. }
            | Skeleton::ChannelLeft { .. }
            | Skeleton::ReactionAdded { .. }
            | Skeleton::ReactionRemoved { .. }
            | Skeleton::FileUploaded { .. }
            | Skeleton::FileUpdated { .. }
            | Skeleton::FileRemoved { .. }
            | Skeleton::EmojiCreated { .. }
            | Skeleton::EmojiDeleted { .. } => return None,
        })
    }

    /// Returns its mentions.
    pub fn mentions(&self) -> Mentions {
        serde_json::from_str(&self.mentions).unwrap_or_default()
    }

    fn of_event(
        event: &Event,
        id: MessageId,
        (seq, created_at): (Seq, Timestamp),
        (channel_id, thread_id, author_id): (ChannelId, Option<MessageId>, MemberId),
    ) -> Self {
        Self {
            workspace_id: event.workspace_id,
            id,
            seq,
            channel_id,
            thread_id,
            author_id,
            text: event.body.text.clone().unwrap_or_default(),
            mentions: "{}".to_owned(),
            created_at,
            edited_at: None,
            deleted_at: None,
            edits: 0,
            replies: 0,
            last_reply_at: None,
            files: 0,
        }
    }
}

/// Cannot fail: ids and a flag.
fn json(mentions: &Mentions) -> String {
    serde_json::to_string(mentions).unwrap_or_default()
}
