//! The tables of the log: heads, events, accepted commands, reader cursors, and the state of the exported copy.

/// `log`: one row per log, locked while events are appended.
pub mod log {
    use sea_orm::QueryFilter;
    use sea_orm::entity::prelude::*;

    use crate::ground::error::{Error, Result};
    use crate::ground::id::WorkspaceId;
    use crate::model::event::Skeleton;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "log")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        /// The sequence number of the last event; 0 for an empty log.
        pub last_seq: i64,
        /// The digest of the last event; empty for an empty log.
        pub digest: Vec<u8>,
        /// The event format version that its events require. Never decreases.
        pub version: i32,
    }

    impl Model {
        /// Requires the log to have a supported version.
        ///
        /// # Errors
        /// Returns `UNAVAILABLE` if a later release wrote events that this one does not support.
        pub fn require_supported(self) -> Result<Self> {
            require_supported(self.workspace_id, self.version).map(|()| self)
        }
    }

    /// Requires the log to have a supported version.
    ///
    /// # Errors
    /// Returns `UNAVAILABLE` if a later release wrote events that this one does not support.
    pub fn require_supported(workspace_id: WorkspaceId, version: i32) -> Result<()> {
        if version <= Skeleton::VERSION {
            return Ok(());
        }
        tracing::error!(workspace = %workspace_id.0, version, supported = Skeleton::VERSION, "unsupported log version");
        Err(Error::UnsupportedVersion)
    }

    /// Selects the logs with a supported version.
    pub fn all_supported() -> Select<Entity> {
        Entity::find().filter(Column::Version.lte(Skeleton::VERSION))
    }

    crate::ground::db::without_relations!();
    impl crate::ground::db::GlobalTable for Entity {}
}

/// `event`: rows are never deleted; an erasure only blanks `salt` and `body`.
pub mod event {
    use sea_orm::entity::prelude::*;

    use crate::ground::clock::Timestamp;
    use crate::ground::id::WorkspaceId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub seq: i64,
        pub at: Timestamp,
        pub version: i32,
        pub kind: String,
        pub actor_id: Uuid,
        pub command_id: Uuid,
        /// The message or file that the event's texts belong to. Erasures find events by it.
        pub subject_id: Option<Uuid>,
        /// JSON of `event::Skeleton`.
        pub skeleton: String,
        /// 16 random bytes. Null once erased.
        pub salt: Option<Vec<u8>>,
        /// JSON of `event::Body`. Null once erased.
        pub body: Option<String>,
        /// SHA-256 of salt and body. Kept after an erasure.
        pub body_hash: Vec<u8>,
        /// Links this event to its predecessor.
        pub digest: Vec<u8>,
    }

    crate::ground::db::without_relations!();
}

/// `command`: accepted commands, which make retries idempotent across processes and restarts.
pub mod command {
    use sea_orm::entity::prelude::*;

    use crate::ground::id::{AccountId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "command")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub account_id: AccountId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        /// SHA-256 of the command as JSON.
        pub input_hash: Vec<u8>,
        /// The sequence number of its first event; `last_seq + 1` for a command without events.
        pub first_seq: i64,
        /// The sequence number of its last event, or of the log's last event for a command without events.
        pub last_seq: i64,
    }

    crate::ground::db::without_relations!();
}

/// `reader`: the cursor of a durable reader in one log.
pub mod reader {
    use sea_orm::entity::prelude::*;

    use crate::ground::id::WorkspaceId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reader")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        /// The sequence number of the last event handled.
        pub cursor: i64,
        /// The process that holds the lease.
        pub holder: Option<Uuid>,
        /// When the lease expires, in milliseconds since 1970 by the database's clock.
        pub held_until: Option<i64>,
    }

    crate::ground::db::without_relations!();
}

/// `reader_failure`: events that a reader gave up on. An operator can list and retry them.
pub mod reader_failure {
    use sea_orm::entity::prelude::*;

    use crate::ground::clock::Timestamp;
    use crate::ground::id::WorkspaceId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reader_failure")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub seq: i64,
        pub attempts: i32,
        pub error: String,
        pub at: Timestamp,
    }

    crate::ground::db::without_relations!();
}

/// `log_stream`: the last observed state of the copy of the log in JetStream.
pub mod log_stream {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "log_stream")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        /// When the stream was created, in nanoseconds since 1970.
        pub created: i64,
        /// The sequence number of its last message.
        pub messages: i64,
    }

    crate::ground::db::without_relations!();
}
