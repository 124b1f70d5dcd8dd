//! What is looked for, with names resolved to ids: terms and conditions. Engines translate it.

use super::document::{Audience, Has};
use crate::clock::Moment;
use crate::event::Seq;
use crate::id::{ChannelId, MemberId, MessageId, WorkspaceId};

/// Characters of what is typed.
pub const TEXT_MAX: usize = 512;
/// Words of one search, also those in phrases: Meilisearch looks at no more.
pub const WORDS_MAX: usize = 10;
/// Operators of one search.
pub const OPERATORS_MAX: usize = 16;
/// Hits that can be reached page by page in the order of relevance.
pub const DEPTH_MAX: usize = 1_000;

/// Channels, authors and months that are told of all hits.
pub const FACETS_MAX: usize = 20;

/// A search in one workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub workspace_id: WorkspaceId,
    /// All of them must match (or must not, where they are negated).
    pub terms: Vec<Term>,
    /// All of them must hold.
    pub clauses: Vec<Clause>,
}

/// A word, or words that must stand one after another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// As it was typed.
    pub text: String,
    /// In quotes: these words, in this order, without typos.
    pub is_phrase: bool,
    pub negated: bool,
    /// The word may go on: it is still being typed.
    pub is_open: bool,
}

/// At least one of the conditions holds, or, negated, none does. Without any it never holds (negated: always).
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub negated: bool,
    pub one_of: Vec<Condition>,
}

impl Clause {
    /// One of these.
    pub fn any(one_of: impl IntoIterator<Item = Condition>) -> Self {
        Self { negated: false, one_of: one_of.into_iter().collect() }
    }

    /// None of these.
    pub fn none(one_of: impl IntoIterator<Item = Condition>) -> Self {
        Self { negated: true, one_of: one_of.into_iter().collect() }
    }
}

/// Something that a message is or is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Those may read it.
    Audience(Audience),
    Channel(ChannelId),
    Author(MemberId),
    /// It mentions this member by name.
    Mentions(MemberId),
    /// It mentions its whole channel.
    MentionsChannel,
    /// It begins this thread or stands in it.
    InThread(MessageId),
    /// It begins a thread or stands in one.
    Threaded,
    Has(Has),
    /// It was sent before this moment.
    Before(Moment),
    /// It was sent at this moment or later.
    Since(Moment),
    /// It stands in this channel behind this number, and somebody else than this member wrote it.
    Behind(ChannelId, Seq, MemberId),
    Message(MessageId),
}

/// In which order hits come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// What fits best comes first.
    #[default]
    Relevance,
    Newest,
    Oldest,
}

/// Which of the hits are wanted, and what of all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    pub sort: Sort,
    /// So many hits are passed over (by relevance).
    pub offset: usize,
    /// Only what comes after this number in the order of time.
    pub after: Option<Seq>,
    pub limit: usize,
    /// How many there are.
    pub total: bool,
    /// How many in each channel, of each author, in each month.
    pub facets: bool,
}

/// What an engine found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// Whether more follow.
    pub has_more: bool,
    pub total: u64,
    /// Whether `total` was counted and not estimated.
    pub is_exact: bool,
    pub facets: Facets,
}

/// A message that an engine found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub id: MessageId,
    pub seq: Seq,
    pub version: i64,
}

/// How many hits there are of each kind, the most first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    pub channels: Vec<(ChannelId, u64)>,
    pub authors: Vec<(MemberId, u64)>,
    /// Year and month in UTC as 202611, the latest first.
    pub months: Vec<(i32, u64)>,
}

/// The year and month of a moment in UTC, as 202611.
pub fn month_of(at: Moment) -> i32 {
    let date = time::OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000));
    let date = date.unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    date.year() * 100 + i32::from(u8::from(date.month()))
}
