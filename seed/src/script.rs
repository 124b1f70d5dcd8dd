//! The script of a run: every member's actions, distributed over the channels.
//!
//! Deterministic: the same organization, library, message count and generator state produce an identical script, which
//! resuming a run relies on. The number of messages is exact. Activity is skewed: a few channels and a few members
//! account for most of it.

use std::collections::BTreeMap;

use rand::rngs::Xoshiro256PlusPlus;

use crate::casting::{pick, speakers};
use crate::conversation::Conversation;
use crate::organization::Organization;
use crate::scene::{self, ANY_LANGUAGE_ROLE, Scene};
use crate::scene_instance::SceneInstance;
use crate::template::{self, Words};

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
    words: Words,
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
            let instance = SceneInstance::new(&self.words, organization, schedule.channel, &self.scenes[scene], rng);
            let conversation = instance.build(left)?;
            left -= conversation.messages();
            conversations.push(conversation);
        }
        Ok(conversations)
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
            let native_roles = scene.cast.iter().filter(|(_, role)| role.as_deref() != Some(ANY_LANGUAGE_ROLE));
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

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
