//! Turns a scene into a conversation: casts it with members of a channel and renders its texts.
//!
//! Deterministic. Adds spontaneous reactions and typos that their author corrects.

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::{IndexedRandom, IteratorRandom};

use crate::casting::{pick, speakers};
use crate::conversation::{Action, Conversation, Line};
use crate::organization::Organization;
use crate::render::{Role, TemplateRenderer};
use crate::scene::{Scene, SceneAction};
use crate::template::Words;

/// Weight of a member with the wanted role, relative to any other member.
const ROLE_WEIGHT: u32 = 400;
/// Percentage of messages that get a reaction the scene does not list.
const REACTION_PERCENT: u32 = 7;
/// Percentage of messages sent with a typo and then corrected.
const TYPO_PERCENT: u32 = 2;
const REACTIONS: [&str; 6] = ["👍", "👀", "🙏", "💯", "🙂", "✅"];

/// A scene being instantiated in a channel.
pub struct SceneInstance<'a> {
    words: &'a Words,
    scene: &'a Scene,
    members: &'a [usize],
    cast: Vec<Role<'a>>,
    rng: &'a mut Xoshiro256PlusPlus,
    out: Conversation,
    /// The last message outside of threads, and the last message of all.
    root: Option<usize>,
    last: Option<usize>,
}

impl<'a> SceneInstance<'a> {
    /// Casts a scene with members of a channel.
    pub fn new(
        words: &'a Words,
        organization: &'a Organization,
        channel: usize,
        scene: &'a Scene,
        rng: &'a mut Xoshiro256PlusPlus,
    ) -> Self {
        let source = &organization.channels[channel];
        let mut cast: Vec<Role> = Vec::new();
        for (letter, role) in &scene.cast {
            let candidates = speakers(organization, source, scene.language_of(role.as_deref()))
                .filter(|number| !cast.iter().any(|(_, used, _)| used == number));
            let weight = |number: &usize| {
                let member = &organization.members[*number];
                let has_role = role.as_ref().is_some_and(|role| *role == member.role);
                f64::from(member.activity.pow(2) * if has_role { ROLE_WEIGHT } else { 1 })
            };
            if let Some(number) = pick(rng, candidates, weight) {
                cast.push((*letter, number, organization.members[number].nickname.as_str()));
            }
        }
        Self {
            words,
            scene,
            members: &source.members,
            cast,
            rng,
            out: Conversation { channel, lines: Vec::new() },
            root: None,
            last: None,
        }
    }

    /// Builds the conversation, up to `limit` messages.
    ///
    /// # Errors
    /// Names an unknown word list or cast letter.
    pub fn build(mut self, limit: usize) -> Result<Conversation, String> {
        let cast = std::mem::take(&mut self.cast);
        let mut renderer = TemplateRenderer::new(self.words, &cast);
        let fail = |title: &str| {
            let title = title.to_owned();
            move |error: String| format!("scene {title:?}: {error}")
        };
        let mut sent = 0;
        let mut skipping = false;
        for line in &self.scene.lines {
            let is_message = matches!(line.action, SceneAction::Message { .. });
            let happens = line.chance >= self.rng.random_range(1..=100);
            // Lines about an omitted message are omitted as well.
            skipping = if is_message { !happens } else { skipping };
            if skipping || !happens {
                continue;
            }
            match &line.action {
                SceneAction::Message { who, reply, text } => {
                    if sent == limit {
                        break;
                    }
                    sent += 1;
                    let text = renderer.render(text, self.rng).map_err(fail(&self.scene.title))?;
                    self.send(cast_member(&cast, *who)?, *reply, text);
                }
                SceneAction::Edit(text) => {
                    let text = renderer.render(text, self.rng).map_err(fail(&self.scene.title))?;
                    self.change(|message| Action::Edit { message, text });
                }
                SceneAction::Delete => {
                    self.change(|message| Action::Delete { message });
                    self.last = None;
                }
                SceneAction::React(list) => {
                    for (emoji, count) in list {
                        self.react(emoji, *count);
                    }
                }
            }
        }
        Ok(self.out)
    }

    fn send(&mut self, who: usize, reply: bool, text: String) {
        let at = self.out.lines.len();
        let thread = if reply { self.root } else { None };
        let has_typo = self.rng.random_ratio(TYPO_PERCENT, 100);
        let with_typo = if has_typo { add_typo(&text, self.rng) } else { None };
        self.last = Some(at);
        let first_text = with_typo.as_ref().unwrap_or(&text).clone();
        let action = Action::Send { text: first_text, thread };
        self.out.lines.push(Line { who, action });
        if with_typo.is_some() {
            self.change(|message| Action::Edit { message, text });
        }
        if thread.is_none() {
            self.root = Some(at);
        }
        if self.rng.random_ratio(REACTION_PERCENT, 100)
            && let Some(emoji) = REACTIONS.choose(self.rng)
        {
            self.react(emoji, 1);
        }
    }

    /// Adds an action by the author of the last message.
    fn change(&mut self, action: impl FnOnce(usize) -> Action) {
        if let Some(message) = self.last {
            let who = self.out.lines[message].who;
            let action = action(message);
            self.out.lines.push(Line { who, action });
        }
    }

    /// Adds reactions of `count` other members to the last message, each at most once per emoji.
    fn react(&mut self, emoji: &str, count: usize) {
        let Some(message) = self.last else { return };
        let action = Action::React { message, emoji: emoji.to_owned() };
        let author = self.out.lines[message].who;
        let others: Vec<usize> = self
            .members
            .iter()
            .copied()
            .filter(|number| *number != author)
            .filter(|who| !self.out.lines.iter().any(|l| l.who == *who && l.action == action))
            .collect();
        let chosen: Vec<usize> = others.sample(self.rng, count).copied().collect();
        for who in chosen {
            let action = action.clone();
            self.out.lines.push(Line { who, action });
        }
    }
}

/// Swaps two letters inside a word of lower-case prose, where it breaks no markup.
fn add_typo(text: &str, rng: &mut Xoshiro256PlusPlus) -> Option<String> {
    let plain = |word: &&str| word.len() > 5 && word.bytes().all(|b| b.is_ascii_lowercase());
    let word = text.split(' ').filter(plain).choose(rng)?;
    let at = rng.random_range(1..word.len() - 2);
    let mut letters: Vec<char> = word.chars().collect();
    letters.swap(at, at + 1);
    let swapped: String = letters.into_iter().collect();
    let with_typo = text.replacen(&format!(" {word} "), &format!(" {swapped} "), 1);
    (with_typo != text && !text.contains("```")).then_some(with_typo)
}

fn cast_member(cast: &[Role], letter: char) -> Result<usize, String> {
    let role = cast.iter().find(|(candidate, ..)| *candidate == letter);
    role.map(|(_, number, _)| *number).ok_or_else(|| format!("unknown cast letter {letter:?}"))
}
