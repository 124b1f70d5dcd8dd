//! The Meilisearch document of a message, and the fields returned by searches.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::adapter::search::document::{Document, Has};
use crate::adapter::search::query::{Hit, month_of};
use crate::ground::id::MessageId;
use crate::model::event::Seq;

/// An indexed message. Searches return only `id`, `seq` and `version`.
#[derive(Debug, Serialize)]
pub struct Message<'a> {
    id: Uuid,
    workspace: Uuid,
    seq: Seq,
    channel: Uuid,
    audience: i64,
    author: Uuid,
    /// The first message of the thread; for a message outside threads, its own id.
    thread: Uuid,
    threaded: bool,
    /// Milliseconds since the Unix epoch.
    at: i64,
    /// Year and month in UTC, as `YYYYMM`.
    month: i32,
    text: String,
    /// The names of its files and the text of those that are documents.
    files: &'a str,
    has: &'a [Has],
    mentions: Vec<Uuid>,
    /// Whether it mentions the entire channel.
    everyone: bool,
    version: i64,
}

impl<'a> Message<'a> {
    pub fn from_document(document: &'a Document) -> Self {
        Self {
            id: document.id.0,
            workspace: document.workspace_id.0,
            seq: document.seq,
            channel: document.channel_id.0,
            audience: document.audience,
            author: document.author_id.0,
            thread: document.thread_id.unwrap_or(document.id).0,
            threaded: document.threaded,
            at: document.at.0,
            month: month_of(document.at),
            text: crate::adapter::search::analysis::without_mentions(&document.text),
            files: &document.files,
            has: &document.has,
            mentions: document.mentions.member_ids.iter().map(|member| member.0).collect(),
            everyone: document.mentions.channel,
            version: document.version(),
        }
    }
}

/// The returned fields of a message.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct IndexedHit {
    pub id: Uuid,
    seq: Seq,
    pub version: i64,
}

impl IndexedHit {
    pub fn hit(self) -> Hit {
        Hit { id: MessageId(self.id), seq: self.seq, version: self.version }
    }
}
