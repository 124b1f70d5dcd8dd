//! Whether a single message is what is looked for, and where in its text: without any index.
//!
//! It tells live matches and finds what is shown in bold. An engine may find a little more (words written apart
//! or together); it never finds less than this for words without typos.

use std::collections::{BTreeSet, HashMap};

use super::analysis::{Kind, Token, tokens};
use super::document::Document;
use super::pattern::{Pattern, patterns};
use super::query::{Clause, Condition, Query, Term};
use crate::compute::Meter;
use crate::error::Result;

/// A message that many may look for: taken apart once, and compared with each search.
#[derive(Debug)]
pub struct Taken {
    document: Document,
    texts: [Text; 2],
}

/// What is looked for, with its terms made ready to be compared.
#[derive(Debug)]
pub struct Wanted {
    query: Query,
    terms: Vec<(Vec<Pattern>, bool)>,
}

impl Taken {
    /// Takes a message apart, its long text as far as [`SHOWN`] characters.
    pub fn of(document: Document) -> Self {
        let texts = [&document.text, &document.files].map(|text| Text::of(beginning(text, SHOWN)));
        Self { document, texts }
    }
}

impl Wanted {
    /// Makes a search ready.
    pub fn of(query: Query) -> Self {
        let terms = query.terms.iter().map(|term| (patterns(term), term.negated)).collect();
        Self { query, terms }
    }

    /// Whether a message may be what is looked for, as far as its words do not matter.
    pub fn may_be(&self, document: &Document) -> bool {
        let Query { workspace_id, clauses, .. } = &self.query;
        *workspace_id == document.workspace_id && clauses.iter().all(|clause| holds(clause, document))
    }

    /// Whether a message is what is looked for. Counts the words that it compares.
    ///
    /// # Errors
    /// Those of the meter.
    pub fn is(&self, message: &Taken, meter: &mut Meter) -> Result<bool> {
        if !self.may_be(&message.document) {
            return Ok(false);
        }
        for (ways, negated) in &self.terms {
            let mut compared = 0;
            let stands = message.texts.iter().any(|text| !text.find(ways, 1, &mut compared).is_empty());
            meter.count(compared * STEPS_OF_ONE)?;
            if stands == *negated {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Steps that comparing one word takes, about.
const STEPS_OF_ONE: u64 = 20;

fn beginning(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// Whether a term stands in the beginning of a text, as far as people would look for it.
pub fn stands(term: &Term, text: &str) -> bool {
    !Text::of(beginning(text, LOOKED_AT)).find(&patterns(term), 1, &mut 0).is_empty()
}

/// Characters of a long text in which a term is looked for again.
pub const LOOKED_AT: usize = 20_000;

/// Characters of a text in which terms are shown: people see no more of a hit.
pub const SHOWN: usize = 4_000;
/// Places of one term that are shown.
const PLACES: usize = 50;

/// Where the terms stand in the beginning of a text, in bytes: in order, without overlaps.
pub fn ranges(terms: &[Term], text: &str) -> Vec<(usize, usize)> {
    let text = Text::of(beginning(text, SHOWN));
    let wanted = terms.iter().filter(|term| !term.negated);
    let mut found: Vec<(usize, usize)> = wanted.flat_map(|term| text.find(&patterns(term), PLACES, &mut 0)).collect();
    found.sort_unstable();
    let mut joined: Vec<(usize, usize)> = Vec::with_capacity(found.len());
    for (start, end) in found {
        match joined.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => joined.push((start, end)),
        }
    }
    joined
}

fn holds(clause: &Clause, document: &Document) -> bool {
    clause.one_of.iter().any(|condition| is(*condition, document)) != clause.negated
}

fn is(condition: Condition, document: &Document) -> bool {
    match condition {
        Condition::Audience(id) => document.audience == id,
        Condition::Channel(id) => document.channel_id == id,
        Condition::Author(id) => document.author_id == id,
        Condition::Mentions(id) => document.mentions.member_ids.contains(&id),
        Condition::MentionsChannel => document.mentions.channel,
        Condition::InThread(id) => document.id == id || document.thread_id == Some(id),
        Condition::Threaded => document.threaded,
        Condition::Has(what) => document.has.contains(&what),
        Condition::Before(moment) => document.at < moment,
        Condition::Since(moment) => document.at >= moment,
        Condition::Behind(channel_id, seq, member_id) => {
            document.channel_id == channel_id && document.seq > seq && document.author_id != member_id
        }
        Condition::Message(id) => document.id == id,
    }
}

/// A text by the places of its words, and by the letters that they begin with.
#[derive(Debug)]
struct Text {
    places: HashMap<usize, Vec<Token>>,
    begun: HashMap<char, Vec<usize>>,
}

impl Text {
    fn of(text: &str) -> Self {
        let mut places: HashMap<usize, Vec<Token>> = HashMap::new();
        let mut begun: HashMap<char, Vec<usize>> = HashMap::new();
        for token in tokens(text) {
            for written in [Some(&token.text), token.variant.as_ref()].into_iter().flatten() {
                begun.entry(written.chars().next().unwrap_or_default()).or_default().push(token.position);
            }
            places.entry(token.position).or_default().push(token);
        }
        Self { places, begun }
    }

    /// The first places where one of the ways stands. Only places where a word begins as the way does are compared:
    /// the first letter is never wrong.
    fn find(&self, ways: &[Pattern], most: usize, compared: &mut u64) -> Vec<(usize, usize)> {
        let steps = ways.iter().filter_map(|way| way.steps.first());
        let written = steps.flat_map(|step| [Some(&step.text), step.variant.as_ref()]).flatten();
        let letters: BTreeSet<char> = written.filter_map(|text| text.chars().next()).collect();
        let places: BTreeSet<usize> =
            letters.iter().filter_map(|letter| self.begun.get(letter)).flatten().copied().collect();
        let here = places.into_iter().flat_map(|at| ways.iter().map(move |way| (way, at)));
        let found = here.inspect(|_| *compared += 1).filter_map(|(way, at)| self.find_at(way, at));
        found.take(most).collect()
    }

    fn find_at(&self, pattern: &Pattern, at: usize) -> Option<(usize, usize)> {
        let found: Option<Vec<&Token>> = pattern
            .steps
            .iter()
            .map(|step| self.places.get(&(at + step.offset))?.iter().find(|token| step.fits(token)))
            .collect();
        let found = found?;
        let last = found.last()?;
        // A letter that was found by the pair that it begins is that letter, not the pair.
        let end = match (pattern.steps.last(), last.kind) {
            (Some(step), Kind::Pair) if step.is_open => last.first_end,
            _ => last.end,
        };
        Some((found.first()?.start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(text: &str, is_phrase: bool, is_open: bool) -> Term {
        Term { text: text.to_owned(), is_phrase, negated: false, is_open }
    }

    fn found<'a>(text: &'a str, terms: &[Term]) -> Vec<&'a str> {
        ranges(terms, text).into_iter().map(|(start, end)| &text[start..end]).collect()
    }

    #[test]
    fn words_are_found_as_people_write_them() {
        for (text, typed, wanted) in [
            ("We deploy on Friday", "deploy", vec!["deploy"]),
            ("We deploy on Friday", "dploy", vec!["deploy"]),
            ("We deploy on Friday", "delpoy", vec!["deploy"]),
            ("We deploy on Friday", "teploy", vec![]),
            ("Das Café schließt", "cafe", vec!["Café"]),
            ("Herr Müller", "mueller", vec!["Müller"]),
            ("the MeetingNotes file", "meetingnotes", vec!["MeetingNotes"]),
            ("the MeetingNotes file", "notes", vec!["Notes"]),
            ("see deploy-server.yml", "deploy-server", vec!["deploy-server"]),
            ("東京都の会議", "京都", vec!["京都"]),
            ("東京都の会議", "会", vec!["会"]),
            ("내일 회의를 합니다", "회의", vec!["회의"]),
            ("ประชุมพรุ่งนี้", "พรุ่งนี้", vec!["พรุ่งนี้"]),
            ("قرأت الكتاب", "كتاب", vec!["الكتاب"]),
            ("v2 of it", "v3", vec![]),
            ("\u{2f800}字", "丽", vec!["\u{2f800}"]),
            ("Herr Mueller geht", "\u{640}", vec![]),
        ] {
            assert_eq!(found(text, &[term(typed, false, false)]), wanted, "{typed} in {text}");
        }
    }

    #[test]
    fn what_is_being_typed_may_go_on_and_a_phrase_may_not() {
        assert_eq!(found("We deployed it", &[term("depl", false, true)]), ["deployed"]);
        assert_eq!(found("We deployed it", &[term("depl", false, false)]), Vec::<&str>::new());
        assert_eq!(found("the big red bus", &[term("big red", true, true)]), ["big red"]);
        assert_eq!(found("the red big bus", &[term("big red", true, true)]), Vec::<&str>::new());
        assert_eq!(found("Mueller Weg 3", &[term("Müller Weg", true, false)]), ["Mueller Weg"]);
        assert_eq!(found("zzz MeetingNotes", &[term("yyy MeetingNotes", true, false)]), Vec::<&str>::new());
    }
}
