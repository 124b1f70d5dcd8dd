//! The description of a file, as events and the table `file` carry it.

use serde::{Deserialize, Serialize};

use super::kind::FileKind;
use crate::ground::clock::Timestamp;
use crate::ground::id::{FileId, MemberId};
use crate::model::file::key::Variant;

/// The description of a file at a `seq` of the log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Description {
    pub id: FileId,
    /// As given by the uploader, without directories.
    pub name: String,
    /// Detected from the contents.
    pub media_type: String,
    pub kind: FileKind,
    /// Bytes.
    pub size: i64,
    pub uploader_id: MemberId,
    /// When it was uploaded.
    pub created_at: Timestamp,
    /// Recorded as a voice message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_voice: bool,
    /// Alternative text by the uploader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Width and height of pictures and videos in pixels, as displayed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<(u32, u32)>,
    /// Whether a picture has more than one frame. `None` for files uploaded before this was detected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_animated: Option<bool>,
    /// Derived data. `None` while it is being generated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Derivatives>,
}

/// Data derived from the contents of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Derivatives {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<(u32, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// Base64 of a thumbhash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbhash: Option<String>,
    /// Loudness from 0 to 100 of up to 100 equal intervals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waveform: Option<Vec<u8>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previews: Vec<Preview>,
}

/// A preview picture of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Preview {
    pub is_large: bool,
    pub width: u32,
    pub height: u32,
    pub media_type: String,
}

impl Preview {
    /// Returns the variant under which the preview is stored.
    pub fn variant(&self) -> Variant {
        if self.is_large { Variant::Large } else { Variant::Small }
    }
}

impl Description {
    /// Returns the description with derived data.
    pub fn with(mut self, derivatives: Derivatives) -> Self {
        self.dimensions = derivatives.dimensions.or(self.dimensions);
        self.made = Some(derivatives);
        self
    }

    /// Returns whether it is a picture with more than one frame. If that is unknown, GIFs count as animated.
    pub fn is_animated(&self) -> bool {
        self.is_animated.unwrap_or(self.media_type == "image/gif")
    }

    /// Returns the media type of a variant, or `None` if the file does not have it.
    pub fn media_type_of(&self, variant: Variant) -> Option<&str> {
        if variant == Variant::Original {
            return Some(&self.media_type);
        }
        let previews = self.made.iter().flat_map(|made| &made.previews);
        previews.filter(|preview| preview.variant() == variant).map(|preview| preview.media_type.as_str()).next()
    }
}
