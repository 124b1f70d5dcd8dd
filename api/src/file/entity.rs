//! The tables of files.

/// `file`: derived from the log. What was removed stays as a place, without a description.
pub mod file {
    use sea_orm::entity::prelude::*;

    use crate::clock::Moment;
    use crate::file::description::Description;
    use crate::file::kind::{FileKind, Purpose};
    use crate::id::{ChannelId, FileId, MemberId, MessageId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "file")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: FileId,
        /// The number of the event that it came with.
        pub seq: i64,
        pub uploader_id: MemberId,
        pub created_at: Moment,
        pub kind: FileKind,
        pub size: i64,
        /// JSON of `Description`; empty once it is removed.
        pub description: String,
        pub purpose: Option<Purpose>,
        pub message_id: Option<MessageId>,
        pub channel_id: Option<ChannelId>,
        /// Its place among the files of its message.
        pub place: i32,
        pub removed_at: Option<Moment>,
    }

    impl Model {
        /// What is known of it; nothing once it is removed.
        pub fn described(&self) -> Option<Description> {
            serde_json::from_str(&self.description).ok()
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `upload`: the life of the bytes of a file, from before it is one until they are cleared away. Not derived.
pub mod upload {
    use sea_orm::entity::prelude::*;

    use crate::clock::Moment;
    use crate::id::{FileId, MemberId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "upload")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: FileId,
        pub member_id: MemberId,
        pub name: String,
        /// As its uploader said; not believed.
        pub media_type: String,
        /// Bytes, as its uploader said.
        pub size: i64,
        /// Of the whole, where the uploader said it.
        pub sha256: Option<Vec<u8>>,
        pub is_voice: bool,
        pub state: State,
        pub created_at: Moment,
        /// Since when its bytes may be cleared away, unless it is a file.
        pub expires_at: Moment,
        /// The claim of the process that checks it, and until when that is good.
        pub checker: Option<Uuid>,
        pub checker_until: Option<Moment>,
    }

    /// Where the bytes stand.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Text")]
    pub enum State {
        /// They are on their way.
        #[sea_orm(string_value = "pending")]
        Pending,
        /// They are a file.
        #[sea_orm(string_value = "stored")]
        Stored,
        /// The file is no more.
        #[sea_orm(string_value = "removed")]
        Removed,
        /// They are being cleared away.
        #[sea_orm(string_value = "doomed")]
        Doomed,
        /// They are gone. The row stays, so that nothing else can ever have this id.
        #[sea_orm(string_value = "cleared")]
        Cleared,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `storage_use`: the bytes of all uploads of a member, and under the nil id those of the workspace. Not derived.
pub mod storage_use {
    use sea_orm::entity::prelude::*;

    use crate::id::{MemberId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "storage_use")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub member_id: MemberId,
        pub bytes: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}

/// `file_text`: what was read from a document, for the search. Not derived from the log, but from the bytes.
pub mod file_text {
    use sea_orm::entity::prelude::*;

    use crate::id::{FileId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "file_text")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub file_id: FileId,
        pub text: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
    impl ActiveModelBehavior for ActiveModel {}
}
