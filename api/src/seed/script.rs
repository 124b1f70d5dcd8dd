//! The script of a run: what everybody does, laid out over the channels.
//!
//! It is pure: the same company, library, number of messages and generator state give the same
//! script, to the letter; a run that is begun again relies on it. The number of messages is exact.
//! Activity is skewed as in life: a few channels and a few people have most of it.

use std::collections::BTreeMap;

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use super::company::{Channel, Company};
use super::performance::Performance;
use super::scene::{self, ANYBODY, Scene};
use super::template::{self, Words};

const SOURCES: [&str; 9] = [
    include_str!("scenes/work.txt"),
    include_str!("scenes/operations.txt"),
    include_str!("scenes/code.txt"),
    include_str!("scenes/customers.txt"),
    include_str!("scenes/people.txt"),
    include_str!("scenes/leisure.txt"),
    include_str!("scenes/long.txt"),
    include_str!("scenes/languages.txt"),
    include_str!("scenes/direct.txt"),
];
const WORDS: &str = include_str!("scenes/words.txt");
/// All scenes and words.
#[derive(Debug)]
pub struct Library {
    scenes: Vec<Scene>,
    pub(super) words: Words,
}

/// Something that somebody does. Messages are named by their place in the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The number of the person.
    pub who: usize,
    /// What they do.
    pub deed: Deed,
}

/// What is done in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// A message, perhaps in the thread below an earlier line.
    Say {
        /// With marks for mentioned people.
        text: String,
        /// The line that begins the thread.
        thread: Option<usize>,
    },
    /// A new text for an own message.
    Edit {
        /// The line of the message.
        message: usize,
        /// With marks for mentioned people.
        text: String,
    },
    /// An own message is taken back.
    Delete {
        /// The line of the message.
        message: usize,
    },
    /// A reaction to somebody's message.
    React {
        /// The line of the message.
        message: usize,
        /// One emoji.
        emoji: String,
    },
}

/// Lines in their order, in one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The number of the channel.
    pub channel: usize,
    /// What happens.
    pub lines: Vec<Line>,
}

impl Library {
    /// Reads the built-in scenes and words.
    ///
    /// # Errors
    /// A sentence about the first mistake in them.
    pub fn read() -> Result<Self, String> {
        let mut scenes = Vec::new();
        for source in SOURCES {
            scenes.extend(scene::parse(source)?);
        }
        Ok(Self { scenes, words: template::parse_words(WORDS)? })
    }

    /// Writes conversations with exactly so many messages.
    ///
    /// # Errors
    /// A scene that cannot be filled, or no scene that fits any channel.
    pub fn write(
        &self,
        company: &Company,
        messages: usize,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Vec<Conversation>, String> {
        let mut stages: Vec<Stage> = (0..company.channels.len())
            .map(|number| Stage::new(self, company, number))
            .filter(|stage| !stage.fitting.is_empty())
            .collect();
        let mut played: BTreeMap<usize, u32> = BTreeMap::new();
        let mut conversations = Vec::new();
        let mut left = messages;
        while left > 0 {
            let stage =
                pick(rng, stages.iter_mut(), |stage| f64::from(stage.share)).ok_or("no scene fits any channel")?;
            let scene = stage.choose(self, &played, rng);
            let Some(scene) = scene else {
                // All that fits here may be played once only, and has been.
                stage.share = 0;
                continue;
            };
            *played.entry(scene).or_default() += 1;
            let conversation = Performance::new(self, company, stage.channel, &self.scenes[scene], rng).play(left)?;
            left -= conversation.messages();
            conversations.push(conversation);
        }
        Ok(conversations)
    }
}

impl Conversation {
    /// How many messages it sends.
    pub fn messages(&self) -> usize {
        let says = |line: &&Line| matches!(line.deed, Deed::Say { .. });
        self.lines.iter().filter(says).count()
    }
}

/// A channel while the script is written.
struct Stage {
    channel: usize,
    share: u32,
    fitting: Vec<usize>,
    played: BTreeMap<usize, u32>,
}

impl Stage {
    fn new(library: &Library, company: &Company, number: usize) -> Self {
        let channel = &company.channels[number];
        let fits = |scene: &Scene| {
            let placed = scene.places.iter().any(|place| channel.tags.contains(place));
            let bound = scene.cast.iter().filter(|(_, role)| role.as_deref() != Some(ANYBODY));
            placed
                && channel.members.len() >= scene.cast.len()
                && speakers(company, channel, &scene.language).count() >= bound.count()
        };
        let scenes = library.scenes.iter().enumerate();
        Self {
            channel: number,
            share: channel.share,
            fitting: scenes.filter(|(_, scene)| fits(scene)).map(|(at, _)| at).collect(),
            played: BTreeMap::new(),
        }
    }

    /// Prefers what was seldom played, above all in this channel.
    fn choose(
        &mut self,
        library: &Library,
        everywhere: &BTreeMap<usize, u32>,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Option<usize> {
        let weight = |scene: &usize| {
            let here = self.played.get(scene).copied().unwrap_or(0);
            let there = everywhere.get(scene).copied().unwrap_or(0);
            let it = &library.scenes[*scene];
            if it.once && there > 0 {
                return 0.0;
            }
            f64::from(it.weight) / f64::from(1 + 4 * here + there).powi(2)
        };
        let scene = pick(rng, self.fitting.iter().copied(), weight)?;
        *self.played.entry(scene).or_default() += 1;
        Some(scene)
    }
}

/// One at random, by weight.
pub(super) fn pick<T>(
    rng: &mut Xoshiro256PlusPlus,
    from: impl Iterator<Item = T>,
    weight: impl Fn(&T) -> f64,
) -> Option<T> {
    let items: Vec<(f64, T)> = from.map(|item| (weight(&item), item)).collect();
    let total: f64 = items.iter().map(|(weight, _)| weight).sum();
    if total <= 0.0 {
        return None;
    }
    let mut at = rng.random_range(0.0..total);
    let mut items = items.into_iter().filter(|(weight, _)| *weight > 0.0);
    items.find_map(|(weight, item)| {
        at -= weight;
        (at < 0.0).then_some(item)
    })
}

/// The members of a channel who write this language.
pub(super) fn speakers<'a>(
    company: &'a Company,
    channel: &'a Channel,
    language: &'a str,
) -> impl Iterator<Item = usize> + 'a {
    let speaks = move |number: &usize| {
        let languages = &company.people[*number].languages;
        language == "en" || languages.iter().any(|one| one == language)
    };
    channel.members.iter().copied().filter(speaks)
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
