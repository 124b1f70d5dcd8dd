//! Synthetic messages and queries.
//!
//! Deterministic: the same seed produces the same messages and queries, in any batches. Word frequencies follow Zipf's
//! law; channels and authors are skewed.

use api::adapter::search::document::{Audience, Document, PUBLIC_AUDIENCE};
use api::adapter::search::query::Term;
use api::ground::clock::Timestamp;
use api::ground::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use api::model::event::Mentions;
use uuid::Uuid;

use crate::rng::Rng;
use crate::vocabulary::Vocabulary;

pub const WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(0x0190_0000_0000_7000_8000_00f1_90e5_0001));
/// Number of channels. Every second one is public; the viewer is in every second private one.
const CHANNELS: u64 = 2_000;
const AUTHORS: u64 = 300;
const WORDS: std::ops::RangeInclusive<u64> = 3..=30;
/// 2023-11-01T00:00:00Z and a span of three years, in milliseconds.
const BEGIN: i64 = 1_698_796_800_000;
const SPAN: i64 = 3 * 365 * 86_400_000;
/// Frequency ranks of frequent, typically searched, and rare words.
const FREQUENT: std::ops::Range<usize> = 5..30;
const TYPICAL: std::ops::Range<usize> = 100..5_000;
const RARE: std::ops::Range<usize> = 15_000..50_000;
/// Letters of a prefix.
const PREFIX_LENGTH: usize = 3;
/// Minimum letters of a word with a typo.
const MIN_TYPO_LENGTH: usize = 6;

/// The synthetic message corpus.
pub struct Corpus {
    seed: u64,
    pub total: u64,
    vocabulary: Vocabulary,
}

/// The kind of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Rare,
    Frequent,
    Two,
    Prefix,
    Phrase,
    Author,
    /// Only for engines with typo tolerance.
    Typo,
}

impl Kind {
    pub const ALL: [Self; 7] =
        [Self::Rare, Self::Frequent, Self::Two, Self::Prefix, Self::Phrase, Self::Author, Self::Typo];

    pub fn name(self) -> &'static str {
        match self {
            Self::Rare => "a rare word",
            Self::Frequent => "a frequent word",
            Self::Two => "two words",
            Self::Prefix => "a word and a 3-letter prefix",
            Self::Phrase => "a phrase",
            Self::Author => "a word by an author",
            Self::Typo => "a word with a typo",
        }
    }
}

/// A benchmark query.
#[derive(Debug, Clone)]
pub struct BenchmarkQuery {
    pub kind: Kind,
    pub terms: Vec<Term>,
    pub author: Option<MemberId>,
}

impl Corpus {
    pub fn new(seed: u64, total: u64) -> Self {
        Self { seed, total, vocabulary: Vocabulary::new(seed) }
    }

    /// The messages `from..to`; the first message is number 1.
    pub fn range(&self, from: u64, to: u64) -> Vec<Document> {
        (from..to.min(self.total + 1)).map(|nth| self.message(nth).0).collect()
    }

    /// A message and the frequency ranks of its words.
    fn message(&self, nth: u64) -> (Document, Vec<usize>) {
        let mut rng = Rng::of(self.seed, nth);
        let seq = i64::try_from(nth).unwrap_or(i64::MAX);
        let at = BEGIN + (SPAN as f64 / self.total as f64 * nth as f64) as i64;
        let channel = rng.skewed(CHANNELS);
        let author_id = author(rng.skewed(AUTHORS));
        let random = [rng.next().to_be_bytes(), rng.next().to_be_bytes()].concat();
        let random = random.first_chunk().copied().unwrap_or_default();
        let id = uuid::Builder::from_unix_timestamp_millis(at as u64, &random).into_uuid();
        let count = WORDS.start() + rng.below(WORDS.end() - WORDS.start() + 1);
        let ranks: Vec<usize> = (0..count).map(|_| self.vocabulary.draw(&mut rng)).collect();
        let words: Vec<&str> = ranks.iter().map(|rank| self.vocabulary.word(*rank)).collect();
        let document = Document {
            id: MessageId(id),
            workspace_id: WORKSPACE,
            seq,
            channel_id: ChannelId(Uuid::from_u128(0x0190_0000_0000_7000_9000_0000_0000_0000 + u128::from(channel))),
            audience: audience(channel),
            author_id,
            thread_id: None,
            threaded: false,
            at: Timestamp(at),
            text: words.join(" "),
            has: Vec::new(),
            files: String::new(),
            mentions: Mentions::default(),
        };
        (document, ranks)
    }

    /// The audiences of the viewer: public, and 500 channels.
    pub fn audiences() -> Vec<Audience> {
        let private = (0..CHANNELS).map(audience).filter(|audience| *audience != PUBLIC_AUDIENCE && audience % 4 == 1);
        std::iter::once(PUBLIC_AUDIENCE).chain(private).collect()
    }

    /// Generates `count` queries, each with a match among the first `among` messages.
    pub fn queries(&self, kind: Kind, count: usize, among: u64) -> Vec<BenchmarkQuery> {
        let mut rng = Rng::of(self.seed ^ 0x9e57, kind as u64);
        let readable = Self::audiences();
        let mut queries = Vec::with_capacity(count);
        while queries.len() < count {
            let (message, ranks) = self.message(1 + rng.below(among));
            if readable.binary_search(&message.audience).is_ok() {
                queries.extend(self.query(kind, &message, &ranks, &mut rng));
            }
        }
        queries
    }

    /// Generates a query that this message matches, if it is suitable.
    fn query(&self, kind: Kind, message: &Document, ranks: &[usize], rng: &mut Rng) -> Option<BenchmarkQuery> {
        let of = |range: std::ops::Range<usize>| {
            ranks.iter().filter(move |rank| range.contains(rank)).map(|rank| self.vocabulary.word(*rank))
        };
        let typical: Vec<&str> = of(TYPICAL).collect();
        let terms = match kind {
            Kind::Rare => vec![term(of(RARE).next()?)],
            Kind::Frequent => vec![term(of(FREQUENT).next()?)],
            Kind::Two => vec![term(typical.first()?), term(typical.get(1).filter(|word| *word != &typical[0])?)],
            Kind::Prefix => {
                let prefix = typical.get(1).filter(|word| word.len() > PREFIX_LENGTH)?.get(..PREFIX_LENGTH)?;
                vec![term(typical.first()?), Term { is_prefix: true, ..term(prefix) }]
            }
            Kind::Phrase => {
                let words: Vec<&str> = ranks.iter().take(2).map(|rank| self.vocabulary.word(*rank)).collect();
                vec![Term { is_phrase: true, ..term(&words.join(" ")) }]
            }
            Kind::Author => vec![term(typical.first()?)],
            Kind::Typo => vec![term(&with_typo(typical.iter().find(|word| word.len() >= MIN_TYPO_LENGTH)?, rng))],
        };
        Some(BenchmarkQuery { kind, terms, author: (kind == Kind::Author).then_some(message.author_id) })
    }
}

fn author(nth: u64) -> MemberId {
    MemberId(Uuid::from_u128(0x0190_0000_0000_7000_a000_0000_0000_0000 + u128::from(nth)))
}

fn audience(channel: u64) -> Audience {
    if channel.is_multiple_of(2) { PUBLIC_AUDIENCE } else { i64::try_from(channel).unwrap_or(i64::MAX) }
}

fn term(text: &str) -> Term {
    Term { text: text.to_owned(), is_phrase: false, negated: false, is_prefix: false }
}

/// Replaces one letter of a word, but not the first.
fn with_typo(word: &str, rng: &mut Rng) -> String {
    let place = 1 + usize::try_from(rng.below(word.len() as u64 - 1)).unwrap_or(0);
    let wrong = |letter: char| if letter == 'x' { 'q' } else { 'x' };
    word.chars().enumerate().map(|(at, letter)| if at == place { wrong(letter) } else { letter }).collect()
}
