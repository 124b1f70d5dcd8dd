//! A parsed search with names resolved to ids: terms and filters. Engines translate it.

use super::document::{Audience, Has};
use crate::ground::clock::Timestamp;
use crate::ground::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use crate::model::event::Seq;

/// Maximum characters of a query text.
pub const MAX_QUERY_CHARS: usize = 512;
/// Maximum words of a query, including those in phrases: Meilisearch ignores any beyond ten.
pub const MAX_QUERY_WORDS: usize = 10;
/// Maximum operators of a query.
pub const MAX_OPERATORS: usize = 16;
/// Hits that pagination can reach in the order of relevance.
pub const MAX_RELEVANCE_HITS: usize = 1_000;

/// Maximum values returned per facet.
pub const MAX_FACET_VALUES: usize = 20;

/// A search in one workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub workspace_id: WorkspaceId,
    /// Every term must match, or must not match if it is negated.
    pub terms: Vec<Term>,
    /// Filters: every clause must hold.
    pub clauses: Vec<Clause>,
}

/// A word or a phrase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The text as entered.
    pub text: String,
    /// Quoted: matches these words in this order, without typos.
    pub is_phrase: bool,
    pub negated: bool,
    /// Matches as a prefix: the user is still typing the word.
    pub is_prefix: bool,
}

/// A disjunction of conditions, or, if negated, of none of them. An empty clause never holds; negated, it always does.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    pub negated: bool,
    pub one_of: Vec<Condition>,
}

impl Clause {
    /// Any of these conditions.
    pub fn any(one_of: impl IntoIterator<Item = Condition>) -> Self {
        Self { negated: false, one_of: one_of.into_iter().collect() }
    }

    /// None of these conditions.
    pub fn none(one_of: impl IntoIterator<Item = Condition>) -> Self {
        Self { negated: true, one_of: one_of.into_iter().collect() }
    }
}

/// A condition on a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Readable by this audience.
    Audience(Audience),
    Channel(ChannelId),
    Author(MemberId),
    /// Mentions this member by name.
    Mentions(MemberId),
    /// Mentions the entire channel.
    MentionsChannel,
    /// Starts this thread or belongs to it.
    InThread(MessageId),
    /// Starts a thread or belongs to one.
    Threaded,
    Has(Has),
    /// Sent before this time.
    Before(Timestamp),
    /// Sent at or after this time.
    Since(Timestamp),
    /// In this channel, after this sequence number, and not by this member.
    UnreadAfter(ChannelId, Seq, MemberId),
    Message(MessageId),
}

/// The order of hits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// Best match first.
    #[default]
    Relevance,
    Newest,
    Oldest,
}

/// The requested page of hits, and which aggregates to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchOptions {
    pub sort: Sort,
    /// Hits to skip; only when sorted by relevance.
    pub offset: usize,
    /// Return only hits after this sequence number; only when sorted by time.
    pub after: Option<Seq>,
    pub limit: usize,
    /// Whether to count all hits.
    pub total: bool,
    /// Whether to count hits per channel, author and month.
    pub facets: bool,
}

/// The hits of a search.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SearchHits {
    pub hits: Vec<Hit>,
    /// Whether more hits follow.
    pub has_more: bool,
    pub total: u64,
    /// Whether `total` is exact rather than an estimate.
    pub is_exact: bool,
    pub facets: Facets,
}

/// A matching message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    pub id: MessageId,
    pub seq: Seq,
    pub version: i64,
}

/// Hit counts per facet value, in descending order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facets {
    pub channels: Vec<(ChannelId, u64)>,
    pub authors: Vec<(MemberId, u64)>,
    /// Year and month in UTC as `YYYYMM`, latest first.
    pub months: Vec<(i32, u64)>,
}

/// The year and month of a timestamp in UTC, as `YYYYMM`.
pub fn month_of(at: Timestamp) -> i32 {
    let date = time::OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1000));
    let date = date.unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    date.year() * 100 + i32::from(u8::from(date.month()))
}
