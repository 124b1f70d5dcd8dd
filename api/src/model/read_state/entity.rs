//! Private tables of read states, stored beside the log.

/// `read_state`: the read state of a member in a channel. Without a row, nothing was read since they joined.
pub mod read_state {
    use sea_orm::entity::prelude::*;

    use crate::ground::id::{ChannelId, MemberId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "read_state")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub member_id: MemberId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub channel_id: ChannelId,
        /// Everything up to this `seq` is read.
        pub last_read_seq: i64,
        /// Incremented whenever a message is marked as unread.
        pub epoch: i32,
        /// Start of the membership during which it was written.
        pub joined_seq: i64,
    }

    crate::ground::db::without_relations!();
}

/// `private`: the revision of a member's private state.
pub mod private {
    use sea_orm::entity::prelude::*;

    use crate::ground::id::{MemberId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "private")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub member_id: MemberId,
        /// Incremented by every private write of the member.
        pub rev: i64,
        /// Notifications up to this `seq` are read.
        pub notifications_read_seq: i64,
    }

    crate::ground::db::without_relations!();
}
