//! The tables of channels.

/// `channel`: derived from the log.
pub mod channel {
    use sea_orm::entity::prelude::*;

    use crate::channel::ChannelKind;
    use crate::clock::Moment;
    use crate::id::{ChannelId, MemberId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: ChannelId,
        pub kind: ChannelKind,
        /// Empty for direct channels.
        pub name: String,
        pub topic: String,
        pub created_by: MemberId,
        pub created_at: Moment,
        pub created_seq: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `channel_member`: who was in a channel from when to when, `[joined_seq, left_seq)`, so that a resume
/// sees exactly what the live stream sent.
pub mod channel_member {
    use sea_orm::entity::prelude::*;

    use crate::id::{ChannelId, MemberId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel_member")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub channel_id: ChannelId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub member_id: MemberId,
        /// The first number at which they were in it.
        #[sea_orm(primary_key, auto_increment = false)]
        pub joined_seq: i64,
        /// The first number at which they no longer were.
        pub left_seq: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
