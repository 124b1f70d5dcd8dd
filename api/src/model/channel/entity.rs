//! Tables of channels.

/// `channel`: derived from the log.
pub mod channel {
    use sea_orm::entity::prelude::*;

    use crate::ground::clock::Timestamp;
    use crate::ground::id::{ChannelId, MemberId, WorkspaceId};
    use crate::model::channel::ChannelKind;
    use crate::model::event::Event;

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
        pub created_at: Timestamp,
        pub created_seq: i64,
        /// `NULL` unless it is archived.
        pub archived_at: Option<Timestamp>,
    }

    crate::ground::db::without_relations!();

    impl Model {
        /// Returns the channel that an event creates.
        pub fn created(event: &Event, id: ChannelId, kind: ChannelKind) -> Self {
            Self::of_event(event, id, kind, event.at, None)
        }

        /// Returns the channel as an event carries it, with the actor in place of the creator, whom it does not name.
        pub fn of_event(
            event: &Event,
            id: ChannelId,
            kind: ChannelKind,
            created_at: Timestamp,
            archived_at: Option<Timestamp>,
        ) -> Self {
            Self {
                workspace_id: event.workspace_id,
                id,
                kind,
                name: event.body.name.clone().unwrap_or_default(),
                topic: event.body.topic.clone().unwrap_or_default(),
                created_by: event.actor(),
                created_at,
                created_seq: event.seq,
                archived_at,
            }
        }
    }
}

/// `channel_member`: intervals of channel membership, `[joined_seq, left_seq)`, so that a resumed subscription sees
/// exactly what the live one sent. Derived from the log.
pub mod channel_member {
    use sea_orm::entity::prelude::*;

    use crate::ground::id::{ChannelId, MemberId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "channel_member")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub channel_id: ChannelId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub member_id: MemberId,
        /// First `seq` at which they were a member.
        #[sea_orm(primary_key, auto_increment = false)]
        pub joined_seq: i64,
        /// First `seq` at which they no longer were. `NULL` while they are.
        pub left_seq: Option<i64>,
    }

    crate::ground::db::without_relations!();
}
