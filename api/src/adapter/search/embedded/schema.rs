//! The fields of an index, and the conversion of messages to tantivy documents.
//!
//! Text is tokenized but not stored. Each term starts with a short tag of its workspace, so that terms of one workspace
//! are neither counted nor expanded for another.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tantivy::schema::{FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{TantivyDocument, Term};
use uuid::Uuid;

use crate::adapter::search::analysis;
use crate::adapter::search::document::{Audience, Document, Has};
use crate::ground::id::{MessageId, WorkspaceId};

pub const ID_HIGH: &str = "id_high";
pub const ID_LOW: &str = "id_low";
pub const SEQ: &str = "seq";
pub const AT: &str = "at";
pub const VERSION: &str = "version";
pub const CHANNEL: &str = "channel";
pub const AUTHOR: &str = "author";

/// The schema's fields.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    id: Field,
    id_high: Field,
    id_low: Field,
    pub workspace: Field,
    pub audience: Field,
    pub channel: Field,
    pub author: Field,
    /// The first message of the thread; for a message outside threads, its own id.
    pub thread: Field,
    pub mentions: Field,
    /// The [`Flag`]s of a message.
    pub flags: Field,
    pub seq: Field,
    pub at: Field,
    version: Field,
    pub text: Field,
}

/// A property of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    Threaded,
    MentionsChannel,
    Has(Has),
}

impl Flag {
    fn value(self) -> u64 {
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
    let indexing = TextFieldIndexing::default().set_index_option(IndexRecordOption::WithFreqsAndPositions);
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
        flags: builder.add_u64_field("marks", INDEXED),
        seq: builder.add_i64_field(SEQ, FAST),
        at: builder.add_i64_field(AT, FAST),
        version: builder.add_i64_field(VERSION, FAST),
        text: builder.add_text_field("text", TextOptions::default().set_indexing_options(indexing)),
    };
    (builder.build(), fields)
}

impl Fields {
    pub fn id_term(&self, id: MessageId) -> Term {
        id_bytes_term(self.id, id.0)
    }

    /// The term of an audience in a workspace.
    pub fn audience_term(&self, workspace_id: WorkspaceId, audience: Audience) -> Term {
        Term::from_field_bytes(self.audience, &key(workspace_id, audience))
    }

    pub fn flag(&self, flag: Flag) -> Term {
        Term::from_field_u64(self.flags, flag.value())
    }

    /// The term of a word in a workspace.
    pub fn word_term(&self, workspace_id: WorkspaceId, word: &str) -> Term {
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
        let threaded = message.threaded.then_some(Flag::Threaded);
        let channel = message.mentions.channel.then_some(Flag::MentionsChannel);
        for flag in threaded.into_iter().chain(channel).chain(message.has.iter().copied().map(Flag::Has)) {
            document.add_u64(self.flags, flag.value());
        }
        document.add_bytes(self.audience, &key(message.workspace_id, message.audience));
        document.add_pre_tokenized_text(self.text, tokens(message));
        document
    }
}

/// Positions between the text of a message and its files.
const POSITION_GAP: usize = 1_000;

fn tokens(message: &Document) -> PreTokenizedString {
    let tag = tag(message.workspace_id);
    let mut tokens = Vec::new();
    let text_tokens = analysis::tokens(&message.text);
    // No phrase spans the text and the files.
    let offset = text_tokens.last().map_or(0, |token| token.position + POSITION_GAP);
    let files = analysis::tokens(&message.files).into_iter().map(|mut token| {
        token.position += offset;
        token
    });
    for token in text_tokens.into_iter().chain(files) {
        for text in [Some(token.text), token.variant].into_iter().flatten() {
            tokens.push(Token {
                offset_from: token.start,
                offset_to: token.end,
                position: token.position,
                text: format!("{tag}{text}"),
                position_length: 1,
            });
        }
    }
    PreTokenizedString { text: String::new(), tokens }
}

fn key(workspace_id: WorkspaceId, audience: Audience) -> [u8; 24] {
    let mut key = [0; 24];
    key[..16].copy_from_slice(workspace_id.0.as_bytes());
    key[16..].copy_from_slice(&audience.to_be_bytes());
    key
}

/// A term of an id field.
pub fn id_bytes_term(field: Field, id: Uuid) -> Term {
    Term::from_field_bytes(field, id.as_bytes())
}

/// The tag of a workspace: seven base64 characters from the random part of its id. Workspaces with equal tags would
/// share term statistics, but not results: read permission is a separate field.
pub fn tag(workspace_id: WorkspaceId) -> String {
    let bytes = workspace_id.0.as_bytes();
    URL_SAFE_NO_PAD.encode(&bytes[bytes.len() - 5..])
}
