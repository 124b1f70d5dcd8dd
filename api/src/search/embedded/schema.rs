//! The fields of an index, and a message as tantivy takes it.
//!
//! No text is kept, only its words. Each begins with a few letters that stand for its workspace, so that the
//! words of one workspace are neither counted nor completed for another.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{TantivyDocument, Term};
use uuid::Uuid;

use crate::id::{MessageId, WorkspaceId};
use crate::search::analysis;
use crate::search::document::{Audience, Document, Has};

pub const ID_HIGH: &str = "id_high";
pub const ID_LOW: &str = "id_low";
pub const SEQ: &str = "seq";
pub const AT: &str = "at";
pub const VERSION: &str = "version";
pub const CHANNEL: &str = "channel";
pub const AUTHOR: &str = "author";

/// The fields.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    id: Field,
    id_high: Field,
    id_low: Field,
    pub workspace: Field,
    pub audience: Field,
    pub channel: Field,
    pub author: Field,
    /// The message that begins the thread, also of itself.
    pub thread: Field,
    pub mentions: Field,
    /// What a message is and has, as [`Mark`].
    pub marks: Field,
    pub seq: Field,
    pub at: Field,
    version: Field,
    pub text: Field,
}

/// What a message is and has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Threaded,
    MentionsChannel,
    Has(Has),
}

impl Mark {
    fn number(self) -> u64 {
        match self {
            Self::Threaded => 1,
            Self::MentionsChannel => 2,
            Self::Has(Has::Link) => 3,
            Self::Has(Has::File) => 4,
            Self::Has(Has::Image) => 5,
            Self::Has(Has::Reaction) => 6,
        }
    }
}

pub fn build() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let words = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqsAndPositions);
    let fields = Fields {
        id: builder.add_bytes_field("id", INDEXED),
        id_high: builder.add_u64_field(ID_HIGH, FAST),
        id_low: builder.add_u64_field(ID_LOW, FAST),
        workspace: builder.add_bytes_field("workspace", INDEXED),
        audience: builder.add_bytes_field("audience", INDEXED),
        channel: builder.add_bytes_field(CHANNEL, INDEXED | FAST),
        author: builder.add_bytes_field(AUTHOR, INDEXED | FAST),
        thread: builder.add_bytes_field("thread", INDEXED),
        mentions: builder.add_bytes_field("mentions", INDEXED),
        marks: builder.add_u64_field("marks", INDEXED),
        seq: builder.add_i64_field(SEQ, FAST),
        at: builder.add_i64_field(AT, FAST),
        version: builder.add_i64_field(VERSION, FAST),
        text: builder.add_text_field("text", TextOptions::default().set_indexing_options(words)),
    };
    (builder.build(), fields)
}

impl Fields {
    pub fn of_id(&self, id: MessageId) -> Term {
        bytes(self.id, id.0)
    }

    /// Those who may read, in a workspace.
    pub fn readers(&self, workspace_id: WorkspaceId, audience: Audience) -> Term {
        Term::from_field_bytes(self.audience, &key(workspace_id, audience))
    }

    pub fn mark(&self, mark: Mark) -> Term {
        Term::from_field_u64(self.marks, mark.number())
    }

    /// A word of a workspace.
    pub fn word(&self, workspace_id: WorkspaceId, word: &str) -> Term {
        Term::from_field_text(self.text, &format!("{}{word}", tag(workspace_id)))
    }

    pub fn document(&self, message: &Document) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        let (high, low) = message.id.0.as_u64_pair();
        document.add_u64(self.id_high, high);
        document.add_u64(self.id_low, low);
        document.add_i64(self.seq, message.seq);
        document.add_i64(self.at, message.at.0);
        document.add_i64(self.version, message.version());
        let ids = [
            (self.id, Some(message.id.0)),
            (self.workspace, Some(message.workspace_id.0)),
            (self.channel, Some(message.channel_id.0)),
            (self.author, Some(message.author_id.0)),
            (self.thread, message.thread_id.or(Some(message.id)).map(|id| id.0)),
        ];
        let mentions = message.mentions.member_ids.iter().map(|member| (self.mentions, Some(member.0)));
        for (field, id) in ids.into_iter().chain(mentions) {
            if let Some(id) = id {
                document.add_bytes(field, id.as_bytes());
            }
        }
        let threaded = message.threaded.then_some(Mark::Threaded);
        let channel = message.mentions.channel.then_some(Mark::MentionsChannel);
        for mark in threaded.into_iter().chain(channel).chain(message.has.iter().copied().map(Mark::Has)) {
            document.add_u64(self.marks, mark.number());
        }
        document.add_bytes(self.audience, &key(message.workspace_id, message.audience));
        document.add_pre_tokenized_text(self.text, words(message));
        document
    }
}

/// Places between the text of a message and its files.
const GAP: usize = 1_000;

fn words(message: &Document) -> PreTokenizedString {
    let tag = tag(message.workspace_id);
    let mut words = Vec::new();
    let here = analysis::tokens(&message.text);
    // A phrase does not go from the text into the files.
    let behind = here.last().map_or(0, |token| token.position + GAP);
    let files = analysis::tokens(&message.files).into_iter().map(|mut token| {
        token.position += behind;
        token
    });
    for token in here.into_iter().chain(files) {
        for text in [Some(token.text), token.variant].into_iter().flatten() {
            words.push(Token {
                offset_from: token.start,
                offset_to: token.end,
                position: token.position,
                text: format!("{tag}{text}"),
                position_length: 1,
            });
        }
    }
    PreTokenizedString { text: String::new(), tokens: words }
}

fn key(workspace_id: WorkspaceId, audience: Audience) -> [u8; 24] {
    let mut key = [0; 24];
    key[..16].copy_from_slice(workspace_id.0.as_bytes());
    key[16..].copy_from_slice(&audience.to_be_bytes());
    key
}

/// A term of a field of ids.
pub fn bytes(field: Field, id: Uuid) -> Term {
    Term::from_field_bytes(field, id.as_bytes())
}

/// The letters with which the words of a workspace begin: seven of base64, out of the random part of its id. Two
/// workspaces with the same would share statistics, and nothing else: who may read is another field.
pub fn tag(workspace_id: WorkspaceId) -> String {
    let bytes = workspace_id.0.as_bytes();
    URL_SAFE_NO_PAD.encode(&bytes[bytes.len() - 5..])
}
