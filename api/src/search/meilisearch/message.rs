//! A message as Meilisearch keeps it, and what it gives back.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Seq;
use crate::id::MessageId;
use crate::search::document::{Document, Has};
use crate::search::query::{Hit, month_of};

/// A message as it is indexed. Only `id`, `seq` and `version` are ever given back.
#[derive(Debug, Serialize)]
pub struct Message<'a> {
    id: Uuid,
    workspace: Uuid,
    seq: Seq,
    channel: Uuid,
    audience: i64,
    author: Uuid,
    /// The message that begins the thread, also of itself.
    thread: Uuid,
    threaded: bool,
    /// Milliseconds since 1970.
    at: i64,
    /// Year and month in UTC, as 202611.
    month: i32,
    text: String,
    /// The names of its files, and the texts of those that are documents.
    files: &'a str,
    has: &'a [Has],
    mentions: Vec<Uuid>,
    /// Whether the whole channel is mentioned.
    everyone: bool,
    version: i64,
}

impl<'a> Message<'a> {
    pub fn of(document: &'a Document) -> Self {
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
            text: crate::search::analysis::without_mentions(&document.text),
            files: &document.files,
            has: &document.has,
            mentions: document.mentions.member_ids.iter().map(|member| member.0).collect(),
            everyone: document.mentions.channel,
            version: document.version(),
        }
    }
}

/// What is given back of a message.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Held {
    pub id: Uuid,
    seq: Seq,
    pub version: i64,
}

impl Held {
    pub fn hit(self) -> Hit {
        Hit { id: MessageId(self.id), seq: self.seq, version: self.version }
    }
}
