//! A message as it is indexed, and a batch of changes to an index.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use strum::{EnumString, IntoStaticStr};

use crate::ground::clock::Timestamp;
use crate::ground::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use crate::model::event::{Mentions, Seq};

/// A property that the `has:` operator filters by.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, EnumString, IntoStaticStr,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub enum Has {
    /// A link.
    Link,
    /// A file of any type.
    File,
    /// An image.
    Image,
    /// At least one reaction.
    Reaction,
}

/// The set of members that may read a message: [`PUBLIC_AUDIENCE`] in the workspace, or the members of a private or
/// direct channel, identified by the sequence number of its creation. Sequence numbers keep filters short: a search
/// lists all channels of the viewer, and engines parse that list.
pub type Audience = Seq;

/// The audience of public channels.
pub const PUBLIC_AUDIENCE: Audience = 0;

/// A message as it is indexed. The text is tokenized, not stored: results read it from the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Document {
    pub id: MessageId,
    pub workspace_id: WorkspaceId,
    pub seq: Seq,
    pub channel_id: ChannelId,
    pub audience: Audience,
    pub author_id: MemberId,
    pub thread_id: Option<MessageId>,
    /// Whether the message starts a thread or belongs to one.
    pub threaded: bool,
    pub at: Timestamp,
    pub text: String,
    /// The names of its files, one per line, followed by the text of those that are documents.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub files: String,
    pub has: Vec<Has>,
    pub mentions: Mentions,
}

impl Document {
    /// A hash of the contents, used to detect stale index entries.
    pub fn version(&self) -> i64 {
        let json = serde_json::to_vec(self).unwrap_or_default();
        let digest: [u8; 32] = Sha256::digest(json).into();
        // 53 bits: JSON numbers are exact up to that size.
        digest.first_chunk::<8>().map_or(0, |bytes| i64::from_be_bytes(*bytes) & ((1 << 53) - 1))
    }
}

/// Maximum characters of a message's file names and file texts that are indexed.
pub const MAX_FILE_CONTENT_CHARS: usize = 100_000;

/// Whether a text contains a link.
pub fn has_link(text: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| {
        text.match_indices(scheme).any(|(start, _)| text[start + scheme.len()..].starts_with(char::is_alphanumeric))
    })
}

/// The id and version under which an index holds a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexedVersion {
    pub id: MessageId,
    pub version: i64,
}

/// A batch of changes to an index.
#[derive(Debug, Clone, Default)]
pub struct IndexBatch {
    /// Documents to add or to replace by id.
    pub documents: Vec<Document>,
    /// Messages to remove.
    pub deleted: Vec<MessageId>,
}

impl IndexBatch {
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.deleted.is_empty()
    }
}
