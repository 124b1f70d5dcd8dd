//! One scene, cast with people of a channel and filled with words: it becomes a conversation.
//!
//! It is pure. Beyond the scene it adds what happens in every company: a nod now and then, and typing
//! mistakes that are corrected. It does not know which scene comes when.

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::{IndexedRandom, IteratorRandom};

use super::company::Company;
use super::fill::{Filler, Role};
use super::scene::{Doing, Scene};
use super::script::{Conversation, Deed, Library, Line, pick, speakers};

/// How much likelier somebody of the wanted role is to play it than anybody else.
const FITTING: u32 = 400;
/// So many of a hundred messages get a reaction that no scene asks for.
const SPONTANEOUS: u32 = 7;
/// So many of a hundred messages are sent with a typing mistake and corrected.
const MISTYPED: u32 = 2;
const NODS: [&str; 6] = ["👍", "👀", "🙏", "💯", "🙂", "✅"];

/// One scene being played in one channel.
pub(super) struct Performance<'a> {
    library: &'a Library,
    scene: &'a Scene,
    members: &'a [usize],
    cast: Vec<Role<'a>>,
    rng: &'a mut Xoshiro256PlusPlus,
    out: Conversation,
    /// The last message outside of threads, and the last one at all.
    root: Option<usize>,
    last: Option<usize>,
}

impl<'a> Performance<'a> {
    /// Casts the scene with people of the channel.
    pub fn new(
        library: &'a Library,
        company: &'a Company,
        channel: usize,
        scene: &'a Scene,
        rng: &'a mut Xoshiro256PlusPlus,
    ) -> Self {
        let place = &company.channels[channel];
        let mut cast: Vec<Role> = Vec::new();
        for (letter, role) in &scene.cast {
            let free = speakers(company, place, scene.language_of(role.as_deref()))
                .filter(|number| !cast.iter().any(|(_, taken, _)| taken == number));
            let weight = |number: &usize| {
                let person = &company.people[*number];
                let fits = role.as_ref().is_some_and(|role| *role == person.role);
                f64::from(person.activity.pow(2) * if fits { FITTING } else { 1 })
            };
            if let Some(number) = pick(rng, free, weight) {
                cast.push((*letter, number, company.people[number].called.as_str()));
            }
        }
        Self {
            library,
            scene,
            members: &place.members,
            cast,
            rng,
            out: Conversation { channel, lines: Vec::new() },
            root: None,
            last: None,
        }
    }

    /// Plays until the end or until so many messages are sent.
    ///
    /// # Errors
    /// The scene names a word or a person that does not exist.
    pub fn play(mut self, most: usize) -> Result<Conversation, String> {
        let cast = std::mem::take(&mut self.cast);
        let mut filler = Filler::new(&self.library.words, &cast);
        let fail = |title: &str| {
            let title = title.to_owned();
            move |why: String| format!("scene {title:?}: {why}")
        };
        let mut said = 0;
        let mut skipping = false;
        for act in &self.scene.acts {
            let say = matches!(act.doing, Doing::Say { .. });
            let happens = act.chance >= self.rng.random_range(1..=100);
            // What concerns a message that was left out is left out with it.
            skipping = if say { !happens } else { skipping };
            if skipping || !happens {
                continue;
            }
            match &act.doing {
                Doing::Say { who, reply, text } => {
                    if said == most {
                        break;
                    }
                    said += 1;
                    let text = filler.fill(text, self.rng).map_err(fail(&self.scene.title))?;
                    self.say(player(&cast, *who)?, *reply, text);
                }
                Doing::Edit(text) => {
                    let text = filler.fill(text, self.rng).map_err(fail(&self.scene.title))?;
                    self.change(|message| Deed::Edit { message, text });
                }
                Doing::Delete => {
                    self.change(|message| Deed::Delete { message });
                    self.last = None;
                }
                Doing::React(list) => {
                    for (emoji, count) in list {
                        self.react(emoji, *count);
                    }
                }
            }
        }
        Ok(self.out)
    }

    fn say(&mut self, who: usize, reply: bool, text: String) {
        let at = self.out.lines.len();
        let thread = if reply { self.root } else { None };
        let slip = self.rng.random_ratio(MISTYPED, 100);
        let mistyped = if slip { mistype(&text, self.rng) } else { None };
        self.last = Some(at);
        let sent = mistyped.as_ref().unwrap_or(&text).clone();
        let deed = Deed::Say { text: sent, thread };
        self.out.lines.push(Line { who, deed });
        if mistyped.is_some() {
            self.change(|message| Deed::Edit { message, text });
        }
        if thread.is_none() {
            self.root = Some(at);
        }
        if self.rng.random_ratio(SPONTANEOUS, 100)
            && let Some(nod) = NODS.choose(self.rng)
        {
            self.react(nod, 1);
        }
    }

    /// The author of the last message does something to it.
    fn change(&mut self, deed: impl FnOnce(usize) -> Deed) {
        if let Some(message) = self.last {
            let who = self.out.lines[message].who;
            let deed = deed(message);
            self.out.lines.push(Line { who, deed });
        }
    }

    /// So many others react to the last message, each at most once with the same emoji.
    fn react(&mut self, emoji: &str, count: usize) {
        let Some(message) = self.last else { return };
        let deed = Deed::React { message, emoji: emoji.to_owned() };
        let author = self.out.lines[message].who;
        let others: Vec<usize> = self
            .members
            .iter()
            .copied()
            .filter(|number| *number != author)
            .filter(|who| !self.out.lines.iter().any(|l| l.who == *who && l.deed == deed))
            .collect();
        let chosen: Vec<usize> = others.sample(self.rng, count).copied().collect();
        for who in chosen {
            let deed = deed.clone();
            self.out.lines.push(Line { who, deed });
        }
    }
}

/// Swaps two letters in the middle of a word; only in plain prose, where nothing breaks by it.
fn mistype(text: &str, rng: &mut Xoshiro256PlusPlus) -> Option<String> {
    let plain = |word: &&str| word.len() > 5 && word.bytes().all(|b| b.is_ascii_lowercase());
    let word = text.split(' ').filter(plain).choose(rng)?;
    let at = rng.random_range(1..word.len() - 2);
    let mut letters: Vec<char> = word.chars().collect();
    letters.swap(at, at + 1);
    let wrong: String = letters.into_iter().collect();
    let mistyped = text.replacen(&format!(" {word} "), &format!(" {wrong} "), 1);
    (mistyped != text && !text.contains("```")).then_some(mistyped)
}

fn player(cast: &[Role], letter: char) -> Result<usize, String> {
    let role = cast.iter().find(|(known, ..)| *known == letter);
    role.map(|(_, number, _)| *number).ok_or_else(|| format!("nobody plays {letter:?}"))
}
