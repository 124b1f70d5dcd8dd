//! The private tables of reading; beside the log.

/// `reading`: the cursor of a member in a channel. No row: nothing read since they came in.
pub mod reading {
    use sea_orm::entity::prelude::*;

    use crate::id::{ChannelId, MemberId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reading")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub member_id: MemberId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub channel_id: ChannelId,
        /// Everything up to here is read.
        pub last_read_seq: i64,
        /// Raised by every marking as unread.
        pub epoch: i32,
        /// When they had come in, as they were when it was written.
        pub joined_seq: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `private`: the revision of all that is private to a member.
pub mod private {
    use sea_orm::entity::prelude::*;

    use crate::id::{MemberId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "private")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub member_id: MemberId,
        /// Raised by every private write of the member.
        pub rev: i64,
        /// Notifications up to here are read.
        pub notifications_read_seq: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
