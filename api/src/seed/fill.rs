//! Fills templates with names, words and numbers.
//!
//! It is pure: the same generator state gives the same text, and within one scene a word list gives the
//! same word. It does not know member ids, which only a server can give: a mention of a person is a
//! mark that [`resolve`] replaces.

use std::collections::BTreeMap;

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

use super::template::{Part, Template, Words};

/// Words may name other words; deeper than this is a mistake in the lists.
const DEEPEST: usize = 8;
/// Private-use characters around the number of a person who is mentioned.
const OPEN: char = '\u{E000}';
const CLOSE: char = '\u{E001}';

/// A member of the cast: the letter, the person's number and what they are called.
pub type Role<'a> = (char, usize, &'a str);

/// Fills the texts of one scene; keeps the words that were chosen.
pub struct Filler<'a> {
    words: &'a Words,
    cast: &'a [Role<'a>],
    orders: BTreeMap<&'a str, Vec<usize>>,
    chosen: BTreeMap<(&'a str, usize), String>,
}

impl<'a> Filler<'a> {
    /// Begins a scene with this cast.
    pub fn new(words: &'a Words, cast: &'a [Role<'a>]) -> Self {
        Self { words, cast, orders: BTreeMap::new(), chosen: BTreeMap::new() }
    }

    /// Fills one text.
    ///
    /// # Errors
    /// The name of a word list or a person that does not exist.
    pub fn fill(&mut self, template: &'a Template, rng: &mut Xoshiro256PlusPlus) -> Result<String, String> {
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
        if depth > DEEPEST {
            return Err("word lists name one another in a circle".into());
        }
        for part in &template.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Everybody(mark) => out.push_str(mark),
                Part::Person(who) => {
                    let (_, person, _) = self.role(*who)?;
                    out.push_str(&format!("{OPEN}{person}{CLOSE}"));
                }
                Part::Name(who) => out.push_str(self.role(*who)?.2),
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
        let found = self.cast.iter().find(|(letter, ..)| *letter == who);
        found.copied().ok_or_else(|| format!("nobody plays {who:?}"))
    }

    /// The `nth` word of a list in this scene's own order of it.
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
        let list = list.ok_or_else(|| format!("no word list {name:?}"))?;
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

/// Puts member ids in the place of the marks; `members` is indexed by the person's number.
pub fn resolve(text: &str, members: &[String]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut pieces = text.split(OPEN);
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (number, rest) = piece.split_once(CLOSE).unwrap_or((piece, ""));
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
    use super::super::template::parse_words;
    use super::*;
    use rand::SeedableRng;

    fn filled(text: &str, seed: u64) -> String {
        let words = parse_words("# lists\nfruit: apple | pear | plum\npr: %{#1000-4999}\nloop: %{loop}").unwrap();
        let template = Template::parse(text).unwrap();
        let cast = [('a', 0, "Ada"), ('b', 7, "Béla")];
        Filler::new(&words, &cast)
            .fill(&template, &mut Xoshiro256PlusPlus::seed_from_u64(seed))
            .unwrap_or_else(|why| why)
    }

    #[test]
    fn a_word_stays_and_another_differs() {
        for seed in 0..50 {
            let text = filled("%{fruit} %{fruit} %{fruit.2} %{pr} %{pr}", seed);
            let words: Vec<&str> = text.split(' ').collect();
            assert_eq!(words[0], words[1]);
            assert_ne!(words[0], words[2]);
            assert_eq!(words[3], words[4]);
        }
    }

    #[test]
    fn code_with_braces_and_percent_signs_passes() {
        let code = "fn main() { println!(\"{}%\", x | y); } 100% { }";
        assert_eq!(filled(code, 1), code);
    }

    #[test]
    fn a_word_may_begin_a_sentence() {
        let text = filled("%{^fruit} %{fruit}", 4);
        let (first, second) = text.split_once(' ').unwrap();
        assert_eq!(first[1..], second[1..]);
        assert!(first.starts_with(char::is_uppercase), "{text}");
    }

    #[test]
    fn choices_nest() {
        let text = filled("%{on %{fruit|fruit}|on %{fruit}}", 3);
        assert!(text.starts_with("on "), "{text}");
    }

    #[test]
    fn mentions_become_member_ids() {
        let text = filled("%{@b}, ask %{a}. %{@channel}", 1);
        let members: Vec<String> = (0..8).map(|n| format!("mem_{n}")).collect();
        assert_eq!(resolve(&text, &members), "<@mem_7>, ask Ada. <!channel>");
    }

    #[test]
    fn what_does_not_exist_is_named() {
        assert!(filled("%{nothing}", 1).contains("nothing"));
        assert!(filled("%{z}", 1).contains('z'));
        assert!(filled("%{loop}", 1).contains("circle"));
    }
}
