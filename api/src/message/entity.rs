//! `message`: derived from the log. Deleted ones stay as a place in the order, without text.

use sea_orm::entity::prelude::*;

use crate::clock::Moment;
use crate::id::{ChannelId, MemberId, MessageId, WorkspaceId};

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "message")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub workspace_id: WorkspaceId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: MessageId,
    /// The number of the event that sent it.
    pub seq: i64,
    pub channel_id: ChannelId,
    /// The message that begins the thread, for a reply.
    pub thread_id: Option<MessageId>,
    pub author_id: MemberId,
    /// As written; empty once deleted.
    pub text: String,
    /// JSON of `event::Mentions`.
    pub mentions: String,
    pub created_at: Moment,
    pub edited_at: Option<Moment>,
    pub deleted_at: Option<Moment>,
    pub edits: i32,
    /// Replies that are not deleted.
    pub replies: i32,
    pub last_reply_at: Option<Moment>,
    /// How many files it came with.
    pub files: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}
impl ActiveModelBehavior for ActiveModel {}
