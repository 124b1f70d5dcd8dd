//! Tables of files.

/// `file`: derived from the log. Rows of removed files stay, without a description.
pub mod file {
    use sea_orm::entity::prelude::*;

    use crate::ground::clock::Timestamp;
    use crate::ground::id::{ChannelId, FileId, MemberId, MessageId, WorkspaceId};
    use crate::model::event::Event;
    use crate::model::file::description::Description;
    use crate::model::file::kind::{FileKind, Purpose};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "file")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: FileId,
        /// `seq` of the event that created it.
        pub seq: i64,
        pub uploader_id: MemberId,
        pub created_at: Timestamp,
        pub kind: FileKind,
        pub size: i64,
        /// JSON of `Description`. Empty once the file is removed.
        pub description: String,
        pub purpose: Option<Purpose>,
        pub message_id: Option<MessageId>,
        pub channel_id: Option<ChannelId>,
        /// Position among the files of its message.
        pub place: i32,
        pub removed_at: Option<Timestamp>,
    }

    impl Model {
        /// Returns the file that an event uploads.
        pub fn of_event(event: &Event, id: FileId, kind: FileKind, size: i64) -> Self {
            Self {
                workspace_id: event.workspace_id,
                id,
                seq: event.seq,
                uploader_id: event.actor(),
                created_at: event.at,
                kind,
                size,
                description: description_of(event),
                purpose: None,
                message_id: None,
                channel_id: None,
                place: 0,
                removed_at: None,
            }
        }

        /// Returns the description, or `None` once the file is removed.
        pub fn described(&self) -> Option<Description> {
            serde_json::from_str(&self.description).ok()
        }
    }

    /// Returns the JSON of the description that an event carries. Empty once it is erased, also during a replay.
    pub fn description_of(event: &Event) -> String {
        event.body.files.first().and_then(|file| serde_json::to_string(file).ok()).unwrap_or_default()
    }

    crate::ground::db::without_relations!();
}

/// `upload`: the lifecycle of file contents, from the start of the upload until they are deleted. Not derived.
pub mod upload {
    use sea_orm::entity::prelude::*;

    use crate::ground::clock::Timestamp;
    use crate::ground::id::{FileId, MemberId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "upload")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: FileId,
        pub member_id: MemberId,
        pub name: String,
        /// As declared by the uploader, not trusted.
        pub media_type: String,
        /// Size in bytes, as declared by the uploader.
        pub size: i64,
        /// Hash of the whole contents, if the uploader declared it.
        pub sha256: Option<Vec<u8>>,
        pub is_voice: bool,
        pub state: State,
        pub created_at: Timestamp,
        /// Time from which the contents may be deleted, unless it has become a file.
        pub expires_at: Timestamp,
        /// The claim of the process that is checking it, which is valid until `checker_until`.
        pub checker: Option<Uuid>,
        pub checker_until: Option<Timestamp>,
    }

    /// Lifecycle state of the contents.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
    #[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
    pub enum State {
        /// Being uploaded.
        Pending,
        /// Belong to a file.
        Stored,
        /// The file was removed.
        Removed,
        /// Being deleted.
        Doomed,
        /// Deleted. The row stays, so that the id is never reused.
        Cleared,
    }

    crate::ground::db::without_relations!();
}

/// `storage_use`: total size of all uploads of a member, and of the workspace under the nil id. Not derived.
pub mod storage_use {
    use sea_orm::entity::prelude::*;

    use crate::ground::id::{MemberId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "storage_use")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub member_id: MemberId,
        pub bytes: i64,
    }

    crate::ground::db::without_relations!();
}

/// `file_text`: text extracted from documents for search. Derived from the file contents, not from the log.
pub mod file_text {
    use sea_orm::entity::prelude::*;

    use crate::ground::id::{FileId, WorkspaceId};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "file_text")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub workspace_id: WorkspaceId,
        #[sea_orm(primary_key, auto_increment = false)]
        pub file_id: FileId,
        pub text: String,
    }

    crate::ground::db::without_relations!();
}
