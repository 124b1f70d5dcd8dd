//! Kinds and purposes of files.

use sea_orm::{DeriveActiveEnum, EnumIter};
use serde::{Deserialize, Serialize};

/// The kind of file, detected from its contents and not from its name.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum, async_graphql::Enum,
)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// An image: JPEG, PNG, GIF or WebP.
    Picture,
    /// A video.
    Video,
    /// Audio without video.
    Audio,
    /// A PDF, a text file or an office document.
    Document,
    /// Any other file. Can only be downloaded.
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

/// Use of a file outside of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "Text", rename_all = "snake_case")]
pub enum Purpose {
    /// Picture of a member.
    Avatar,
    /// Picture of the workspace.
    Icon,
    /// Picture of an emoji.
    Emoji,
}
