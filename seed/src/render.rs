//! Renders message templates with names, words and numbers.
//!
//! Deterministic for a generator state. Within one scene a word list yields the same word. Member ids are only known
//! once the server assigns them: mentions are rendered as markers that [`resolve`] replaces.

use std::collections::BTreeMap;

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

use crate::template::{Part, Template, Words};

/// Maximum nesting of word lists; more indicates a cycle.
const MAX_DEPTH: usize = 8;
/// Private-use characters that delimit the index of a mentioned member.
const MENTION_START: char = '\u{E000}';
const MENTION_END: char = '\u{E001}';

/// A role in the cast: letter, member index and short name.
pub type Role<'a> = (char, usize, &'a str);

/// Renders the texts of one scene and remembers the chosen words.
pub struct TemplateRenderer<'a> {
    words: &'a Words,
    cast: &'a [Role<'a>],
    orders: BTreeMap<&'a str, Vec<usize>>,
    chosen: BTreeMap<(&'a str, usize), String>,
}

impl<'a> TemplateRenderer<'a> {
    /// Creates a renderer for a scene with this cast.
    pub fn new(words: &'a Words, cast: &'a [Role<'a>]) -> Self {
        Self { words, cast, orders: BTreeMap::new(), chosen: BTreeMap::new() }
    }

    /// Renders a template.
    ///
    /// # Errors
    /// Names the unknown word list or cast letter.
    pub fn render(&mut self, template: &'a Template, rng: &mut Xoshiro256PlusPlus) -> Result<String, String> {
        let mut text = String::new();
        self.write(template, rng, &mut text, 0)?;
        Ok(text)
    }

    fn write(
        &mut self,
        template: &'a Template,
        rng: &mut Xoshiro256PlusPlus,
        out: &mut String,
        depth: usize,
    ) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err("word lists form a cycle".into());
        }
        for part in &template.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::ChannelMention(mark) => out.push_str(mark),
                Part::Mention(who) => {
                    let (_, member_index, _) = self.role(*who)?;
                    out.push_str(&format!("{MENTION_START}{member_index}{MENTION_END}"));
                }
                Part::NickName(who) => out.push_str(self.role(*who)?.2),
                Part::Number(low, high) => {
                    out.push_str(&rng.random_range(*low..=*high).to_string());
                }
                Part::OneOf(choices) => {
                    let choice = &choices[rng.random_range(0..choices.len())];
                    self.write(choice, rng, out, depth + 1)?;
                }
                Part::Word { name, nth, capital } => {
                    let word = self.word(name, *nth, rng, depth)?;
                    let mut letters = word.chars();
                    match letters.next() {
                        Some(first) if *capital => out.extend(first.to_uppercase()),
                        Some(first) => out.push(first),
                        None => {}
                    }
                    out.push_str(letters.as_str());
                }
            }
        }
        Ok(())
    }

    fn role(&self, who: char) -> Result<Role<'a>, String> {
        let role = self.cast.iter().find(|(letter, ..)| *letter == who);
        role.copied().ok_or_else(|| format!("unknown cast letter {who:?}"))
    }

    /// The `nth` word of a list, in the random order of this scene.
    fn word(
        &mut self,
        name: &'a str,
        nth: usize,
        rng: &mut Xoshiro256PlusPlus,
        depth: usize,
    ) -> Result<String, String> {
        if let Some(word) = self.chosen.get(&(name, nth)) {
            return Ok(word.clone());
        }
        let list = self.words.get(name).filter(|list| !list.is_empty());
        let list = list.ok_or_else(|| format!("unknown word list {name:?}"))?;
        let order = self.orders.entry(name).or_insert_with(|| {
            let mut order: Vec<usize> = (0..list.len()).collect();
            order.shuffle(rng);
            order
        });
        let template = &list[order[(nth - 1) % order.len()]];
        let mut word = String::new();
        self.write(template, rng, &mut word, depth + 1)?;
        self.chosen.insert((name, nth), word.clone());
        Ok(word)
    }
}

/// Replaces mention markers with member ids; `members` is indexed by member.
pub fn resolve(text: &str, members: &[String]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut parts = text.split(MENTION_START);
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let (number, rest) = part.split_once(MENTION_END).unwrap_or((part, ""));
        let member = number.parse().ok().and_then(|n: usize| members.get(n));
        if let Some(member) = member {
            out.push_str(&format!("<@{member}>"));
        }
        out.push_str(rest);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::parse_words;
    use rand::SeedableRng;

    fn rendered(text: &str, seed: u64) -> String {
        let words = parse_words("# lists\nfruit: apple | pear | plum\npr: %{#1000-4999}\nloop: %{loop}").unwrap();
        let template = Template::parse(text).unwrap();
        let cast = [('a', 0, "Ada"), ('b', 7, "Béla")];
        TemplateRenderer::new(&words, &cast)
            .render(&template, &mut Xoshiro256PlusPlus::seed_from_u64(seed))
            .unwrap_or_else(|error| error)
    }

    #[test]
    fn repeats_a_word_and_varies_a_numbered_one() {
        for seed in 0..50 {
            let text = rendered("%{fruit} %{fruit} %{fruit.2} %{pr} %{pr}", seed);
            let words: Vec<&str> = text.split(' ').collect();
            assert_eq!(words[0], words[1]);
            assert_ne!(words[0], words[2]);
            assert_eq!(words[3], words[4]);
        }
    }

    #[test]
    fn leaves_code_with_braces_and_percent_signs_unchanged() {
        let code = "fn main() { println!(\"{}%\", x | y); } 100% { }";
        assert_eq!(rendered(code, 1), code);
    }

    #[test]
    fn capitalizes_words() {
        let text = rendered("%{^fruit} %{fruit}", 4);
        let (first, second) = text.split_once(' ').unwrap();
        assert_eq!(first[1..], second[1..]);
        assert!(first.starts_with(char::is_uppercase), "{text}");
    }

    #[test]
    fn renders_nested_choices() {
        let text = rendered("%{on %{fruit|fruit}|on %{fruit}}", 3);
        assert!(text.starts_with("on "), "{text}");
    }

    #[test]
    fn resolves_mentions_to_member_ids() {
        let text = rendered("%{@b}, ask %{a}. %{@channel}", 1);
        let members: Vec<String> = (0..8).map(|n| format!("mem_{n}")).collect();
        assert_eq!(resolve(&text, &members), "<@mem_7>, ask Ada. <!channel>");
    }

    #[test]
    fn errors_name_the_unknown_reference() {
        assert!(rendered("%{nothing}", 1).contains("nothing"));
        assert!(rendered("%{z}", 1).contains('z'));
        assert!(rendered("%{loop}", 1).contains("cycle"));
    }
}
