//! A message as it is indexed.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::Moment;
use crate::event::{Mentions, Seq};
use crate::id::{ChannelId, MemberId, MessageId, WorkspaceId};

/// Something that a message can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Has {
    /// A web address.
    Link,
    /// A file of any kind.
    File,
    /// A picture.
    Image,
    /// A reaction of anybody.
    Reaction,
}

/// Who may read a message: [`EVERYBODY`] in its workspace, or those in a channel that is not public, as the number
/// by which that was created. Short, because a search names all channels of a person, and engines read them.
pub type Audience = Seq;

/// The audience of public channels.
pub const EVERYBODY: Audience = 0;

/// A message as it is indexed. Its text is compared, but not kept to be shown: that comes from the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    pub id: MessageId,
    pub workspace_id: WorkspaceId,
    pub seq: Seq,
    pub channel_id: ChannelId,
    pub audience: Audience,
    pub author_id: MemberId,
    pub thread_id: Option<MessageId>,
    /// Whether it begins a thread or stands in one.
    pub threaded: bool,
    pub at: Moment,
    pub text: String,
    /// The names of its files, a line each, and behind them the texts of those that are documents.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub files: String,
    pub has: Vec<Has>,
    pub mentions: Mentions,
}

impl Document {
    /// Differs where the documents differ.
    pub fn version(&self) -> i64 {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let digest: [u8; 32] = Sha256::digest(json).into();
        // Kept within what JSON's numbers hold everywhere.
        digest.first_chunk::<8>().map_or(0, |bytes| i64::from_be_bytes(*bytes) & ((1 << 53) - 1))
    }
}

/// Characters of the texts of a message's files that are indexed.
pub const FILES_MAX: usize = 100_000;

/// Whether there is a web address in a text.
pub fn has_link(text: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| {
        text.match_indices(scheme).any(|(at, _)| text[at + scheme.len()..].starts_with(char::is_alphanumeric))
    })
}

/// What an index holds of a message: enough to tell whether it is up to date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Indexed {
    pub id: MessageId,
    pub version: i64,
}
