//! The tables of the log: heads, events, the commands that were accepted, the cursors of readers, and
//! what is known of the log's copy outside.

/// `log`: one row per log, locked while something is appended.
pub mod log {
    use sea_orm::QueryFilter;
    use sea_orm::entity::prelude::*;

    use crate::error::{Error, Result};
    use crate::event::Skeleton;
    use crate::id::WorkspaceId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "log")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        /// The number of the last event, 0 before the first.
        pub last_seq: i64,
        /// The digest of the last event, empty before the first.
        pub digest: Vec<u8>,
        /// The version of the vocabulary that its events need; never less than before.
        pub version: i32,
    }

    impl Model {
        /// That this program understands the log.
        ///
        /// # Errors
        /// `UNAVAILABLE` if a newer version has written what it does not know.
        pub fn understood(self) -> Result<Self> {
            understood(self.workspace_id, self.version).map(|()| self)
        }
    }

    /// That this program understands a log of this version.
    ///
    /// # Errors
    /// `UNAVAILABLE` if a newer version has written what it does not know.
    pub fn understood(workspace_id: WorkspaceId, version: i32) -> Result<()> {
        if version <= Skeleton::VERSION {
            return Ok(());
        }
        tracing::error!(workspace = %workspace_id, version, known = Skeleton::VERSION, "a log of a newer version");
        Err(Error::Newer)
    }

    /// The logs that this program understands.
    pub fn all_understood() -> Select<Entity> {
        Entity::find().filter(Column::Version.lte(Skeleton::VERSION))
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl crate::db::OfNoWorkspace for Entity {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `event`: never deleted; only `salt` and `body` are ever blanked.
pub mod event {
    use sea_orm::entity::prelude::*;

    use crate::clock::Moment;
    use crate::id::WorkspaceId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "event")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub seq: i64,
        pub at: Moment,
        pub version: i32,
        pub kind: String,
        pub actor_id: Uuid,
        pub command_id: Uuid,
        /// Finds the events whose texts an erasure blanks: of which message, or of which file.
        #[sea_orm(column_name = "message_id")]
        pub subject_id: Option<Uuid>,
        /// JSON of `event::Skeleton`.
        pub skeleton: String,
        /// 16 random bytes; null once erased.
        pub salt: Option<Vec<u8>>,
        /// JSON of `event::Body`; null once erased.
        pub body: Option<String>,
        /// SHA-256 of salt and body; stays.
        pub body_hash: Vec<u8>,
        /// Links this event to the one before.
        pub digest: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `command`: the memory that makes a retry harmless, for ever and in every process.
pub mod command {
    use sea_orm::entity::prelude::*;

    use crate::id::{AccountId, WorkspaceId};

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
        /// The number of its first event; one more than `last_seq` when there was nothing to do.
        pub first_seq: i64,
        /// The number of its last event, or where the log stood when there was nothing to do.
        pub last_seq: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `reader`: how far a durable reader has come in one log.
pub mod reader {
    use sea_orm::entity::prelude::*;

    use crate::id::WorkspaceId;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "reader")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        /// The last event that it has handled.
        pub cursor: i64,
        /// The process that works on it outside of any transaction.
        pub holder: Option<Uuid>,
        /// Until when, in milliseconds since 1970 by the database's clock.
        pub held_until: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `reader_failure`: events that a reader gave up on; an operator sees and retries them.
pub mod reader_failure {
    use sea_orm::entity::prelude::*;

    use crate::clock::Moment;
    use crate::id::WorkspaceId;

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
        pub at: Moment,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `log_stream`: how the copy of the log on the bus stood when it was last looked at.
pub mod log_stream {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "log_stream")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub name: String,
        /// When it was made, in nanoseconds since 1970.
        pub created: i64,
        /// The number of its last message.
        pub messages: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
