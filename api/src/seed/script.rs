//! The script of a run: every member's actions, distributed over the channels.
//!
//! Deterministic: the same organization, library, message count and generator state produce an identical script, which
//! resuming a run relies on. The number of messages is exact. Activity is skewed: a few channels and a few members
//! account for most of it.

use std::collections::BTreeMap;

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;

use super::organization::{Channel, Organization};
use super::scene::{self, ANYBODY, Scene};
use super::scene_instance::SceneInstance;
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
/// All scenes and word lists.
#[derive(Debug)]
pub struct Library {
    scenes: Vec<Scene>,
    pub(super) words: Words,
}

/// An action of a member. Messages are referred to by their line in the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The index of the member.
    pub who: usize,
    /// The action.
    pub action: Action,
}

/// An action in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Sends a message, optionally as a reply to an earlier line.
    Send {
        /// With mention markers.
        text: String,
        /// The line that starts the thread.
        thread: Option<usize>,
    },
    /// Edits the member's own message.
    Edit {
        /// The line of the message.
        message: usize,
        /// With mention markers.
        text: String,
    },
    /// Deletes the member's own message.
    Delete {
        /// The line of the message.
        message: usize,
    },
    /// Reacts to a message.
    React {
        /// The line of the message.
        message: usize,
        /// The emoji.
        emoji: String,
    },
}

/// An ordered list of actions in one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conversation {
    /// The index of the channel.
    pub channel: usize,
    /// The actions.
    pub lines: Vec<Line>,
}

impl Library {
    /// Parses the built-in scenes and word lists.
    ///
    /// # Errors
    /// Describes the first error in them.
    pub fn read() -> Result<Self, String> {
        let mut scenes = Vec::new();
        for source in SOURCES {
            scenes.extend(scene::parse(source)?);
        }
        Ok(Self { scenes, words: template::parse_words(WORDS)? })
    }

    /// Builds conversations with exactly this number of messages.
    ///
    /// # Errors
    /// A scene cannot be rendered, or no scene fits any channel.
    pub fn write(
        &self,
        organization: &Organization,
        messages: usize,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Vec<Conversation>, String> {
        let mut schedules: Vec<ChannelSchedule> = (0..organization.channels.len())
            .map(|number| ChannelSchedule::new(self, organization, number))
            .filter(|schedule| !schedule.scenes.is_empty())
            .collect();
        let mut used: BTreeMap<usize, u32> = BTreeMap::new();
        let mut conversations = Vec::new();
        let mut left = messages;
        while left > 0 {
            let schedule = pick(rng, schedules.iter_mut(), |schedule| f64::from(schedule.share));
            let schedule = schedule.ok_or("no scene fits any channel")?;
            let scene = schedule.choose(self, &used, rng);
            let Some(scene) = scene else {
                // Only one-time scenes fit this channel, and all of them have been used.
                schedule.share = 0;
                continue;
            };
            *used.entry(scene).or_default() += 1;
            let instance = SceneInstance::new(self, organization, schedule.channel, &self.scenes[scene], rng);
            let conversation = instance.build(left)?;
            left -= conversation.messages();
            conversations.push(conversation);
        }
        Ok(conversations)
    }
}

impl Conversation {
    /// The number of messages.
    pub fn messages(&self) -> usize {
        let says = |line: &&Line| matches!(line.action, Action::Send { .. });
        self.lines.iter().filter(says).count()
    }
}

/// Scheduling state of a channel.
struct ChannelSchedule {
    channel: usize,
    share: u32,
    scenes: Vec<usize>,
    used: BTreeMap<usize, u32>,
}

impl ChannelSchedule {
    fn new(library: &Library, organization: &Organization, number: usize) -> Self {
        let channel = &organization.channels[number];
        let is_suitable = |scene: &Scene| {
            let has_channel = scene.tags.iter().any(|tag| channel.tags.contains(tag));
            let native_roles = scene.cast.iter().filter(|(_, role)| role.as_deref() != Some(ANYBODY));
            has_channel
                && channel.members.len() >= scene.cast.len()
                && speakers(organization, channel, &scene.language).count() >= native_roles.count()
        };
        let scenes = library.scenes.iter().enumerate();
        Self {
            channel: number,
            share: channel.share,
            scenes: scenes.filter(|(_, scene)| is_suitable(scene)).map(|(at, _)| at).collect(),
            used: BTreeMap::new(),
        }
    }

    /// Prefers rarely used scenes, in this channel above all.
    fn choose(
        &mut self,
        library: &Library,
        all_used: &BTreeMap<usize, u32>,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Option<usize> {
        let weight = |scene: &usize| {
            let uses = self.used.get(scene).copied().unwrap_or(0);
            let total_uses = all_used.get(scene).copied().unwrap_or(0);
            let candidate = &library.scenes[*scene];
            if candidate.once && total_uses > 0 {
                return 0.0;
            }
            f64::from(candidate.weight) / f64::from(1 + 4 * uses + total_uses).powi(2)
        };
        let scene = pick(rng, self.scenes.iter().copied(), weight)?;
        *self.used.entry(scene).or_default() += 1;
        Some(scene)
    }
}

/// Picks an item at random, by weight.
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

/// The members of a channel who write a language.
pub(super) fn speakers<'a>(
    organization: &'a Organization,
    channel: &'a Channel,
    language: &'a str,
) -> impl Iterator<Item = usize> + 'a {
    let speaks = move |number: &usize| {
        let languages = &organization.members[*number].languages;
        language == "en" || languages.iter().any(|one| one == language)
    };
    channel.members.iter().copied().filter(speaks)
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
