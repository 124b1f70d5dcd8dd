//! What is known of a file: what events carry of it, and what its row holds.

use serde::{Deserialize, Serialize};

use super::kind::FileKind;
use crate::clock::Moment;
use crate::id::{FileId, MemberId};
use crate::media::key::Variant;

/// A file as it is described at some number of the log.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Description {
    pub id: FileId,
    /// As its uploader gave it, without folders.
    pub name: String,
    /// The media type that the bytes have.
    pub media_type: String,
    pub kind: FileKind,
    /// Bytes.
    pub size: i64,
    pub uploader_id: MemberId,
    /// When it was uploaded.
    pub created_at: Moment,
    /// Recorded as a voice message.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_voice: bool,
    /// What it shows, in the words of its uploader.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Pixels of pictures and videos, as they are to be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<(u32, u32)>,
    /// Whether a picture has more than one frame; not known of those that were uploaded before this was found out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_animated: Option<bool>,
    /// What was made of it; nothing while it is being made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Made>,
}

/// What was made of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Made {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dimensions: Option<(u32, u32)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<i64>,
    /// Base64 of a thumbhash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thumbhash: Option<String>,
    /// How loud it is, from 0 to 100, in up to 100 equal stretches.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waveform: Option<Vec<u8>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previews: Vec<Preview>,
}

/// A smaller picture of a file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Preview {
    pub is_large: bool,
    pub width: u32,
    pub height: u32,
    pub media_type: String,
}

impl Preview {
    /// Under which name it is stored.
    pub fn variant(&self) -> Variant {
        if self.is_large { Variant::Large } else { Variant::Small }
    }
}

impl Description {
    /// The same with what was made of it.
    pub fn with(mut self, made: Made) -> Self {
        self.dimensions = made.dimensions.or(self.dimensions);
        self.made = Some(made);
        self
    }

    /// Whether it is a picture with more than one frame. Of what is not known, GIFs are taken for it.
    pub fn is_animated(&self) -> bool {
        self.is_animated.unwrap_or(self.media_type == "image/gif")
    }

    /// The media type of one of its forms; nothing if it has no such form.
    pub fn media_type_of(&self, variant: Variant) -> Option<&str> {
        if variant == Variant::Original {
            return Some(&self.media_type);
        }
        let previews = self.made.iter().flat_map(|made| &made.previews);
        previews.filter(|preview| preview.variant() == variant).map(|preview| preview.media_type.as_str()).next()
    }
}
