//! Evaluates a query against a single message, without an index, and finds the ranges to highlight.
//!
//! Used for followed searches and highlights. For words without typos it matches everything an engine does, except
//! words that an engine joins or splits.

use std::collections::{BTreeSet, HashMap};

use super::analysis::{Kind, Token, tokens};
use super::document::Document;
use super::pattern::{Pattern, patterns};
use super::query::{Clause, Condition, Query, Term};
use crate::ground::compute::Meter;
use crate::ground::error::Result;

/// A tokenized message, prepared once and matched against many searches.
#[derive(Debug)]
pub struct TokenizedMessage {
    document: Document,
    texts: [Text; 2],
}

/// A query with its terms compiled to patterns.
#[derive(Debug)]
pub struct CompiledQuery {
    query: Query,
    terms: Vec<(Vec<Pattern>, bool)>,
}

impl TokenizedMessage {
    /// Tokenizes the message text and its files' text, each up to [`MAX_HIGHLIGHTED_CHARS`] characters.
    pub fn new(document: Document) -> Self {
        let texts = [&document.text, &document.files].map(|text| Text::tokenize(prefix(text, MAX_HIGHLIGHTED_CHARS)));
        Self { document, texts }
    }
}

impl CompiledQuery {
    /// Compiles a query.
    pub fn new(query: Query) -> Self {
        let terms = query.terms.iter().map(|term| (patterns(term), term.negated)).collect();
        Self { query, terms }
    }

    /// Whether a message passes the filters, regardless of the terms.
    pub fn matches_filters(&self, document: &Document) -> bool {
        let Query { workspace_id, clauses, .. } = &self.query;
        *workspace_id == document.workspace_id && clauses.iter().all(|clause| clause_holds(clause, document))
    }

    /// Whether a message matches. Counts the comparisons.
    ///
    /// # Errors
    /// The errors of the meter.
    pub fn matches(&self, message: &TokenizedMessage, meter: &mut Meter) -> Result<bool> {
        if !self.matches_filters(&message.document) {
            return Ok(false);
        }
        for (patterns, negated) in &self.terms {
            let mut compared = 0;
            let is_contained = message.texts.iter().any(|text| !text.find(patterns, 1, &mut compared).is_empty());
            meter.count(compared * STEPS_PER_COMPARISON)?;
            if is_contained == *negated {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// Approximate steps of one comparison.
const STEPS_PER_COMPARISON: u64 = 20;

fn prefix(text: &str, characters: usize) -> &str {
    let end = text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at);
    &text[..end]
}

/// Whether a term occurs in the first [`MAX_FILE_CHARS`] characters of a text.
pub fn contains(term: &Term, text: &str) -> bool {
    !Text::tokenize(prefix(text, MAX_FILE_CHARS)).find(&patterns(term), 1, &mut 0).is_empty()
}

/// Characters of a file's text that are searched again to attribute a hit to the file.
pub const MAX_FILE_CHARS: usize = 20_000;

/// Characters of a text that are highlighted; clients show no more of a hit.
pub const MAX_HIGHLIGHTED_CHARS: usize = 4_000;
/// Maximum highlights per term.
const MAX_HIGHLIGHTS_PER_TERM: usize = 50;

/// The byte ranges to highlight in the first [`MAX_HIGHLIGHTED_CHARS`] characters of a text, in order and without
/// overlaps.
pub fn highlight_ranges(terms: &[Term], text: &str) -> Vec<(usize, usize)> {
    let text = Text::tokenize(prefix(text, MAX_HIGHLIGHTED_CHARS));
    let positive = terms.iter().filter(|term| !term.negated);
    let ranges = positive.flat_map(|term| text.find(&patterns(term), MAX_HIGHLIGHTS_PER_TERM, &mut 0));
    let mut ranges: Vec<(usize, usize)> = ranges.collect();
    ranges.sort_unstable();
    let mut merged: Vec<(usize, usize)> = Vec::with_capacity(ranges.len());
    for (start, end) in ranges {
        match merged.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => merged.push((start, end)),
        }
    }
    merged
}

fn clause_holds(clause: &Clause, document: &Document) -> bool {
    clause.one_of.iter().any(|condition| condition_holds(*condition, document)) != clause.negated
}

fn condition_holds(condition: Condition, document: &Document) -> bool {
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
        Condition::UnreadAfter(channel_id, seq, member_id) => {
            document.channel_id == channel_id && document.seq > seq && document.author_id != member_id
        }
        Condition::Message(id) => document.id == id,
    }
}

/// The tokens of a text by position, and the positions by first letter.
#[derive(Debug)]
struct Text {
    by_position: HashMap<usize, Vec<Token>>,
    by_letter: HashMap<char, Vec<usize>>,
}

impl Text {
    fn tokenize(text: &str) -> Self {
        let mut by_position: HashMap<usize, Vec<Token>> = HashMap::new();
        let mut by_letter: HashMap<char, Vec<usize>> = HashMap::new();
        for token in tokens(text) {
            for spelling in [Some(&token.text), token.variant.as_ref()].into_iter().flatten() {
                by_letter.entry(spelling.chars().next().unwrap_or_default()).or_default().push(token.position);
            }
            by_position.entry(token.position).or_default().push(token);
        }
        Self { by_position, by_letter }
    }

    /// The first `limit` matches of any of the patterns. Compares only positions whose token starts with the first
    /// letter of a pattern: the first letter tolerates no typo.
    fn find(&self, patterns: &[Pattern], limit: usize, compared: &mut u64) -> Vec<(usize, usize)> {
        let steps = patterns.iter().filter_map(|pattern| pattern.steps.first());
        let spellings = steps.flat_map(|step| [Some(&step.text), step.variant.as_ref()]).flatten();
        let letters: BTreeSet<char> = spellings.filter_map(|text| text.chars().next()).collect();
        let starts: BTreeSet<usize> =
            letters.iter().filter_map(|letter| self.by_letter.get(letter)).flatten().copied().collect();
        let candidates = starts.into_iter().flat_map(|at| patterns.iter().map(move |pattern| (pattern, at)));
        let matches = candidates.inspect(|_| *compared += 1).filter_map(|(pattern, at)| self.find_at(pattern, at));
        matches.take(limit).collect()
    }

    fn find_at(&self, pattern: &Pattern, at: usize) -> Option<(usize, usize)> {
        let tokens: Option<Vec<&Token>> = pattern
            .steps
            .iter()
            .map(|step| self.by_position.get(&(at + step.offset))?.iter().find(|token| step.matches(token)))
            .collect();
        let tokens = tokens?;
        let last = tokens.last()?;
        // A prefix match on a bigram covers its first letter only.
        let end = match (pattern.steps.last(), last.kind) {
            (Some(step), Kind::Pair) if step.is_prefix => last.first_end,
            _ => last.end,
        };
        Some((tokens.first()?.start, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(text: &str, is_phrase: bool, is_prefix: bool) -> Term {
        Term { text: text.to_owned(), is_phrase, negated: false, is_prefix }
    }

    fn highlighted<'a>(text: &'a str, terms: &[Term]) -> Vec<&'a str> {
        highlight_ranges(terms, text).into_iter().map(|(start, end)| &text[start..end]).collect()
    }

    #[test]
    fn matches_spelling_variants() {
        for (text, typed, expected) in [
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
            assert_eq!(highlighted(text, &[term(typed, false, false)]), expected, "{typed} in {text}");
        }
    }

    #[test]
    fn matches_prefixes_of_open_terms_but_not_of_phrases() {
        assert_eq!(highlighted("We deployed it", &[term("depl", false, true)]), ["deployed"]);
        assert_eq!(highlighted("We deployed it", &[term("depl", false, false)]), Vec::<&str>::new());
        assert_eq!(highlighted("the big red bus", &[term("big red", true, true)]), ["big red"]);
        assert_eq!(highlighted("the red big bus", &[term("big red", true, true)]), Vec::<&str>::new());
        assert_eq!(highlighted("Mueller Weg 3", &[term("Müller Weg", true, false)]), ["Mueller Weg"]);
        assert_eq!(highlighted("zzz MeetingNotes", &[term("yyy MeetingNotes", true, false)]), Vec::<&str>::new());
    }
}
