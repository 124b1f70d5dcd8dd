//! `message`: derived from the log. Deleted messages keep their row and position, without text.

use sea_orm::entity::prelude::*;

use crate::clock::Timestamp;
use crate::id::{ChannelId, MemberId, MessageId, WorkspaceId};

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

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
