//! What sort of thing a file is, as its bytes say.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// What sort of thing a file is, as its bytes say; the name is not believed.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum, async_graphql::Enum,
)]
#[sea_orm(rs_type = "String", db_type = "Text")]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// JPEG, PNG, GIF or WebP.
    #[sea_orm(string_value = "picture")]
    Picture,
    /// Moving pictures.
    #[sea_orm(string_value = "video")]
    Video,
    /// Sound alone.
    #[sea_orm(string_value = "audio")]
    Audio,
    /// PDF, texts, and what office programs write.
    #[sea_orm(string_value = "document")]
    Document,
    /// Everything else. It can only be downloaded.
    #[sea_orm(string_value = "other")]
    Other,
}

impl From<previews::Kind> for FileKind {
    fn from(kind: previews::Kind) -> Self {
        match kind {
            previews::Kind::Picture => Self::Picture,
            previews::Kind::Video => Self::Video,
            previews::Kind::Audio => Self::Audio,
            previews::Kind::Document => Self::Document,
            previews::Kind::Other => Self::Other,
        }
    }
}

/// What a file is for once it is not a message's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text")]
pub enum Purpose {
    /// The picture of a member.
    #[sea_orm(string_value = "avatar")]
    Avatar,
    /// The picture of the workspace.
    #[sea_orm(string_value = "icon")]
    Icon,
    /// An emoji.
    #[sea_orm(string_value = "emoji")]
    Emoji,
}
