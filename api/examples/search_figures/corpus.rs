//! Made-up messages and questions about them.
//!
//! Promises: the same seed makes the same messages and questions, in whatever parts they are asked for. Words are
//! as frequent as in a language (Zipf), channels and authors are unequal. It knows no engine.

use api::clock::Moment;
use api::event::Mentions;
use api::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use api::search::document::{Audience, Document, EVERYBODY};
use api::search::query::Term;
use uuid::Uuid;

use crate::dice::Dice;
use crate::vocabulary::Vocabulary;

pub const WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(0x0190_0000_0000_7000_8000_00f1_90e5_0001));
/// Channels: every second is public, and of the others the person is in every second.
const CHANNELS: u64 = 2_000;
const AUTHORS: u64 = 300;
const WORDS: std::ops::RangeInclusive<u64> = 3..=30;
/// 2023-11-01T00:00:00Z, and three years from there in milliseconds.
const BEGIN: i64 = 1_698_796_800_000;
const SPAN: i64 = 3 * 365 * 86_400_000;
/// By how often they are used: what counts as a frequent word, as one that people look for, as a rare one.
const FREQUENT: std::ops::Range<usize> = 5..30;
const SOUGHT: std::ops::Range<usize> = 100..5_000;
const RARE: std::ops::Range<usize> = 15_000..50_000;
/// So many letters are typed of a word that goes on.
const BEGINNING: usize = 3;
/// A word of fewer letters is no good for a slip.
const SLIP_MIN: usize = 6;

/// All messages.
pub struct Corpus {
    seed: u64,
    pub total: u64,
    vocabulary: Vocabulary,
}

/// What kind of question it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Rare,
    Frequent,
    Two,
    Beginning,
    Phrase,
    Author,
    /// Only for engines that forgive.
    Slip,
}

impl Kind {
    pub const ALL: [Self; 7] =
        [Self::Rare, Self::Frequent, Self::Two, Self::Beginning, Self::Phrase, Self::Author, Self::Slip];

    pub fn name(self) -> &'static str {
        match self {
            Self::Rare => "a rare word",
            Self::Frequent => "a frequent word",
            Self::Two => "two words",
            Self::Beginning => "a word and 3 letters",
            Self::Phrase => "a phrase",
            Self::Author => "a word by an author",
            Self::Slip => "a word with a slip",
        }
    }
}

/// Something to look for.
#[derive(Debug, Clone)]
pub struct Question {
    pub kind: Kind,
    pub terms: Vec<Term>,
    pub author: Option<MemberId>,
}

impl Corpus {
    pub fn new(seed: u64, total: u64) -> Self {
        Self { seed, total, vocabulary: Vocabulary::new(seed) }
    }

    /// The messages from one number up to another, which is not among them. The first has the number 1.
    pub fn part(&self, from: u64, to: u64) -> Vec<Document> {
        (from..to.min(self.total + 1)).map(|nth| self.message(nth).0).collect()
    }

    /// A message, and its words by their ranks.
    fn message(&self, nth: u64) -> (Document, Vec<usize>) {
        let mut dice = Dice::of(self.seed, nth);
        let seq = i64::try_from(nth).unwrap_or(i64::MAX);
        let at = BEGIN + (SPAN as f64 / self.total as f64 * nth as f64) as i64;
        let channel = dice.unequal(CHANNELS);
        let author_id = author(dice.unequal(AUTHORS));
        let random = [dice.next().to_be_bytes(), dice.next().to_be_bytes()].concat();
        let random = random.first_chunk().copied().unwrap_or_default();
        let id = uuid::Builder::from_unix_timestamp_millis(at as u64, &random).into_uuid();
        let count = WORDS.start() + dice.below(WORDS.end() - WORDS.start() + 1);
        let ranks: Vec<usize> = (0..count).map(|_| self.vocabulary.draw(&mut dice)).collect();
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
            at: Moment(at),
            text: words.join(" "),
            has: Vec::new(),
            files: String::new(),
            mentions: Mentions::default(),
        };
        (document, ranks)
    }

    /// The audiences that the person is of: everybody, and 500 channels.
    pub fn audiences() -> Vec<Audience> {
        let private = (0..CHANNELS).map(audience).filter(|audience| *audience != EVERYBODY && audience % 4 == 1);
        std::iter::once(EVERYBODY).chain(private).collect()
    }

    /// So many questions of a kind, each with an answer among the first `among` messages.
    pub fn questions(&self, kind: Kind, count: usize, among: u64) -> Vec<Question> {
        let mut dice = Dice::of(self.seed ^ 0x9e57, kind as u64);
        let mine = Self::audiences();
        let mut questions = Vec::with_capacity(count);
        while questions.len() < count {
            let (message, ranks) = self.message(1 + dice.below(among));
            if mine.binary_search(&message.audience).is_ok() {
                questions.extend(self.question(kind, &message, &ranks, &mut dice));
            }
        }
        questions
    }

    /// A question that this message answers, if it is good for one.
    fn question(&self, kind: Kind, message: &Document, ranks: &[usize], dice: &mut Dice) -> Option<Question> {
        let of = |range: std::ops::Range<usize>| {
            ranks.iter().filter(move |rank| range.contains(rank)).map(|rank| self.vocabulary.word(*rank))
        };
        let sought: Vec<&str> = of(SOUGHT).collect();
        let terms = match kind {
            Kind::Rare => vec![term(of(RARE).next()?)],
            Kind::Frequent => vec![term(of(FREQUENT).next()?)],
            Kind::Two => vec![term(sought.first()?), term(sought.get(1).filter(|word| *word != &sought[0])?)],
            Kind::Beginning => {
                let beginning = sought.get(1).filter(|word| word.len() > BEGINNING)?.get(..BEGINNING)?;
                vec![term(sought.first()?), Term { is_open: true, ..term(beginning) }]
            }
            Kind::Phrase => {
                let words: Vec<&str> = ranks.iter().take(2).map(|rank| self.vocabulary.word(*rank)).collect();
                vec![Term { is_phrase: true, ..term(&words.join(" ")) }]
            }
            Kind::Author => vec![term(sought.first()?)],
            Kind::Slip => vec![term(&slip(sought.iter().find(|word| word.len() >= SLIP_MIN)?, dice))],
        };
        Some(Question { kind, terms, author: (kind == Kind::Author).then_some(message.author_id) })
    }
}

fn author(nth: u64) -> MemberId {
    MemberId(Uuid::from_u128(0x0190_0000_0000_7000_a000_0000_0000_0000 + u128::from(nth)))
}

fn audience(channel: u64) -> Audience {
    if channel.is_multiple_of(2) { EVERYBODY } else { i64::try_from(channel).unwrap_or(i64::MAX) }
}

fn term(text: &str) -> Term {
    Term { text: text.to_owned(), is_phrase: false, negated: false, is_open: false }
}

/// The word with another letter in the place of one, which is not the first.
fn slip(word: &str, dice: &mut Dice) -> String {
    let place = 1 + usize::try_from(dice.below(word.len() as u64 - 1)).unwrap_or(0);
    let wrong = |letter: char| if letter == 'x' { 'q' } else { 'x' };
    word.chars().enumerate().map(|(at, letter)| if at == place { wrong(letter) } else { letter }).collect()
}
