//! A search as tantivy takes it.
//!
//! A word that is typed is looked up among the words of the messages that may be found: itself, what it may be the
//! beginning of, what it may be a slip of. Of these the most frequent are taken. What fits exactly counts more than
//! what goes on, and that more than a slip; how rare a word is counts nothing, since that would tell of messages
//! that may not be found.

use std::collections::HashMap;
use std::ops::Bound;

use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, EmptyQuery, FuzzyTermQuery, Occur, PhraseQuery, Query as Lookup,
    RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, Searcher, TERMINATED, Term as Word};

use super::allowed::Allowed;
use super::schema::{Fields, Mark, bytes, tag};
use crate::event::Seq;
use crate::id::WorkspaceId;
use crate::search::document::Audience;
use crate::search::pattern::{Pattern, Step, patterns};
use crate::search::query::{Clause, Condition, Query, Sort, Term, Wanted};

/// So many other words are tried for one that is typed.
const OTHERS: usize = 50;
/// A word that stands in so many messages is taken as it was typed, and not for a slip of another.
const ENOUGH: u32 = 50;
/// So many words that may be found are looked at in each segment to find the most frequent.
const LOOKED_AT: usize = 2_000;
/// What a word counts: that was typed, that goes on, that is a slip.
const EXACT: f32 = 4.0;
const LONGER: f32 = 1.0;
const SLIP: f32 = 0.4;

type Result<T> = tantivy::Result<T>;

/// Whose messages may be found, if a search says nothing else of that: all clauses of audiences.
pub fn audiences(query: &Query) -> Option<Vec<Audience>> {
    let of = |condition: &Condition| match condition {
        Condition::Audience(audience) => Some(*audience),
        _ => None,
    };
    query.clauses.iter().find_map(|clause| {
        let all: Option<Vec<Audience>> = clause.one_of.iter().map(of).collect();
        all.filter(|all| !clause.negated && !all.is_empty())
    })
}

/// Those messages.
pub fn readable(fields: &Fields, query: &Query, audiences: Option<&[Audience]>) -> Box<dyn Lookup> {
    match audiences {
        Some(audiences) => {
            let terms = audiences.iter().map(|audience| fields.readers(query.workspace_id, *audience));
            Box::new(TermSetQuery::new(terms))
        }
        None => of(bytes(fields.workspace, query.workspace_id.0)),
    }
}

/// Translates a search among the messages that may be read.
pub fn build(
    fields: &Fields,
    searcher: &Searcher,
    query: &Query,
    wanted: &Wanted,
    mut allowed: Allowed,
) -> Result<Box<dyn Lookup>> {
    let (unwanted, terms): (Vec<&Term>, Vec<&Term>) = query.terms.iter().partition(|term| term.negated);
    // Taken out here, and not by the engine: tantivy 0.27 cannot exclude phrases and ranges (it seeks backwards).
    for clause in query.clauses.iter().filter(|clause| clause.negated) {
        allowed = allowed.without(searcher, &*one_of(fields, query.workspace_id, clause))?;
    }
    let words = Words { fields, searcher, workspace_id: query.workspace_id, allowed: &allowed };
    let unwanted = unwanted.into_iter().map(|term| words.term(term)).collect::<Result<Vec<_>>>()?;
    let found = if terms.is_empty() { Box::new(AllQuery) as _ } else { words.all(&terms)? };
    for lookup in unwanted {
        allowed = allowed.without(searcher, &*lookup)?;
    }
    let mut parts = vec![found];
    for clause in query.clauses.iter().filter(|clause| !clause.negated) {
        parts.push(quiet(one_of(fields, query.workspace_id, clause)));
    }
    if let Some(after) = wanted.after {
        parts.push(quiet(match wanted.sort {
            Sort::Oldest => range(fields.seq, Bound::Excluded(after), Bound::Unbounded),
            Sort::Newest | Sort::Relevance => range(fields.seq, Bound::Unbounded, Bound::Excluded(after)),
        }));
    }
    parts.push(Box::new(allowed));
    Ok(Box::new(BooleanQuery::intersection(parts)))
}

/// The messages of a workspace with `after < seq <= to`.
pub fn within(fields: &Fields, workspace_id: WorkspaceId, after: Seq, to: Seq) -> Box<dyn Lookup> {
    let range = range(fields.seq, Bound::Excluded(after), Bound::Included(to));
    Box::new(BooleanQuery::intersection(vec![of(bytes(fields.workspace, workspace_id.0)), range]))
}

/// What one of the conditions holds for.
fn one_of(fields: &Fields, workspace_id: WorkspaceId, clause: &Clause) -> Box<dyn Lookup> {
    let mut terms = Vec::new();
    let mut others = Vec::new();
    for condition in &clause.one_of {
        match term(fields, workspace_id, *condition) {
            Some(term) => terms.push(term),
            None => others.push(within_range(fields, *condition)),
        }
    }
    if !terms.is_empty() {
        others.push(Box::new(TermSetQuery::new(terms)));
    }
    any(others)
}

/// The term that stands for a condition, if one does.
fn term(fields: &Fields, workspace_id: WorkspaceId, condition: Condition) -> Option<Word> {
    Some(match condition {
        Condition::Audience(audience) => fields.readers(workspace_id, audience),
        Condition::Channel(id) => bytes(fields.channel, id.0),
        Condition::Author(id) => bytes(fields.author, id.0),
        Condition::Mentions(id) => bytes(fields.mentions, id.0),
        Condition::MentionsChannel => fields.mark(Mark::MentionsChannel),
        Condition::InThread(id) => bytes(fields.thread, id.0),
        Condition::Threaded => fields.mark(Mark::Threaded),
        Condition::Has(what) => fields.mark(Mark::Has(what)),
        Condition::Message(id) => fields.of_id(id),
        Condition::Before(_) | Condition::Since(_) | Condition::Behind(..) => return None,
    })
}

/// What a condition holds for that is no term.
fn within_range(fields: &Fields, condition: Condition) -> Box<dyn Lookup> {
    match condition {
        Condition::Before(moment) => range(fields.at, Bound::Unbounded, Bound::Excluded(moment.0)),
        Condition::Since(moment) => range(fields.at, Bound::Included(moment.0), Bound::Unbounded),
        Condition::Behind(channel, seq, member) => {
            let behind = range(fields.seq, Bound::Excluded(seq), Bound::Unbounded);
            let by_others = vec![
                (Occur::Must, of(bytes(fields.channel, channel.0))),
                (Occur::Must, behind),
                (Occur::MustNot, of(bytes(fields.author, member.0))),
            ];
            Box::new(BooleanQuery::new(by_others))
        }
        _ => Box::new(EmptyQuery),
    }
}

/// Counts nothing for the order of hits.
fn quiet(lookup: Box<dyn Lookup>) -> Box<dyn Lookup> {
    Box::new(ConstScoreQuery::new(lookup, 0.0))
}

fn weighted(lookup: Box<dyn Lookup>, weight: f32) -> Box<dyn Lookup> {
    Box::new(ConstScoreQuery::new(lookup, weight))
}

fn of(word: Word) -> Box<dyn Lookup> {
    Box::new(TermQuery::new(word, IndexRecordOption::Basic))
}

fn range(field: Field, from: Bound<i64>, to: Bound<i64>) -> Box<dyn Lookup> {
    let number = |number| Word::from_field_i64(field, number);
    Box::new(RangeQuery::new(from.map(number), to.map(number)))
}

fn any(lookups: Vec<Box<dyn Lookup>>) -> Box<dyn Lookup> {
    match <[_; 1]>::try_from(lookups) {
        Ok([one]) => one,
        Err(many) if many.is_empty() => Box::new(EmptyQuery),
        Err(many) => Box::new(BooleanQuery::union(many)),
    }
}

/// The words of the messages that may be found.
struct Words<'a> {
    fields: &'a Fields,
    searcher: &'a Searcher,
    workspace_id: WorkspaceId,
    allowed: &'a Allowed,
}

impl Words<'_> {
    /// All terms; of two words that stand beside each other also the one that they make together.
    fn all(&self, terms: &[&Term]) -> Result<Box<dyn Lookup>> {
        let every = |terms: &[&Term]| -> Result<Box<dyn Lookup>> {
            let parts = terms.iter().map(|term| self.term(term)).collect::<Result<Vec<_>>>()?;
            Ok(Box::new(BooleanQuery::intersection(parts)))
        };
        let mut ways = vec![every(terms)?];
        let are_few_words = (2..=3).contains(&terms.len()) && terms.iter().all(|term| !term.is_phrase);
        for at in 0..if are_few_words { terms.len() - 1 } else { 0 } {
            let (first, second) = (terms[at], terms[at + 1]);
            let joined = Term { text: format!("{}{}", first.text, second.text), ..second.clone() };
            if self.is_known(&joined)? {
                let rest = terms[..at].iter().copied().chain([&joined]).chain(terms[at + 2..].iter().copied());
                ways.push(every(&rest.collect::<Vec<_>>())?);
            }
        }
        Ok(any(ways))
    }

    /// Whether a term is a word that may be found, as it stands.
    fn is_known(&self, term: &Term) -> Result<bool> {
        match patterns(term).as_slice() {
            [way] if way.steps.len() == 1 => Ok(self.messages(&way.steps[0].text)? > 0),
            _ => Ok(false),
        }
    }

    fn word(&self, word: &str) -> Word {
        self.fields.word(self.workspace_id, word)
    }

    fn term(&self, term: &Term) -> Result<Box<dyn Lookup>> {
        let ways = patterns(term);
        Ok(any(ways.iter().map(|way| self.pattern(way)).collect::<Result<_>>()?))
    }

    fn pattern(&self, pattern: &Pattern) -> Result<Box<dyn Lookup>> {
        match pattern.steps.as_slice() {
            [step] => self.step(step),
            [steps @ .., last] if last.is_open => {
                let longer = self.longer(&last.text)?.into_iter().map(|(word, _)| word);
                let ends = longer.chain([last.text.clone()]);
                Ok(any(ends.map(|end| self.phrase(steps, Some((last.offset, end)))).collect()))
            }
            steps => Ok(self.phrase(steps, None)),
        }
    }

    /// Words after each other.
    fn phrase(&self, steps: &[Step], end: Option<(usize, String)>) -> Box<dyn Lookup> {
        let words = steps.iter().map(|step| (step.offset, self.word(&step.text)));
        let words: Vec<(usize, Word)> = words.chain(end.map(|(offset, end)| (offset, self.word(&end)))).collect();
        match words.len() {
            0 => Box::new(EmptyQuery),
            1 => any(words.into_iter().map(|(_, word)| of(word)).collect()),
            _ => weighted(Box::new(PhraseQuery::new_with_offset(words)), EXACT),
        }
    }

    fn step(&self, step: &Step) -> Result<Box<dyn Lookup>> {
        let mut weights: HashMap<String, f32> = HashMap::new();
        let longer = if step.is_open { self.longer(&step.text)? } else { Vec::new() };
        let exactly = self.messages(&step.text)?;
        let known = longer.iter().fold(exactly, |known, (_, messages)| known.saturating_add(*messages));
        if step.typos > 0 && known < ENOUGH {
            weights.extend(self.slips(step)?.into_iter().map(|(word, _)| (word, SLIP)));
        }
        weights.extend(longer.into_iter().map(|(word, _)| (word, LONGER)));
        weights.insert(step.text.clone(), EXACT);
        if let Some(variant) = &step.variant {
            weights.insert(variant.clone(), EXACT);
        }
        let ways = weights.into_iter().map(|(word, weight)| weighted(of(self.word(&word)), weight));
        let mut ways: Vec<Box<dyn Lookup>> = ways.collect();
        if step.typos > 0 && exactly == 0 {
            ways.extend(self.apart(step)?);
        }
        Ok(any(ways))
    }

    /// A word that no message has, as two that some have, one after the other.
    fn apart(&self, step: &Step) -> Result<Option<Box<dyn Lookup>>> {
        let cuts = step.text.char_indices().map(|(at, _)| at).skip(2);
        let mut best: Option<(u32, [Word; 2])> = None;
        for cut in cuts.filter(|cut| step.text.len() - cut >= 2) {
            let (first, second) = step.text.split_at(cut);
            let known = self.messages(first)?.min(self.messages(second)?);
            if known > best.as_ref().map_or(0, |(most, _)| *most) {
                best = Some((known, [self.word(first), self.word(second)]));
            }
        }
        Ok(best.map(|(_, words)| weighted(Box::new(PhraseQuery::new(words.to_vec())), SLIP)))
    }

    /// In how many messages that may be found a word stands, counted up to [`ENOUGH`].
    fn messages(&self, word: &str) -> Result<u32> {
        let word = self.word(word);
        let mut messages = 0;
        for (ordinal, segment) in self.searcher.segment_readers().iter().enumerate() {
            let words = segment.inverted_index(self.fields.text)?;
            if let Some(info) = words.get_term_info(&word)? {
                messages += self.allowed_of(ordinal, &words, &info)?;
            }
        }
        Ok(messages)
    }

    fn allowed_of(&self, ordinal: usize, words: &InvertedIndexReader, info: &TermInfo) -> Result<u32> {
        let mut postings = words.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
        let (mut doc, mut messages) = (postings.doc(), 0);
        while doc != TERMINATED && messages < ENOUGH {
            messages += u32::from(self.allowed.has(ordinal, doc));
            doc = postings.advance();
        }
        Ok(messages)
    }

    /// Words that begin so, with the messages that may be found.
    fn longer(&self, beginning: &str) -> Result<Vec<(String, u32)>> {
        let tag = tag(self.workspace_id);
        let from = format!("{tag}{beginning}");
        let mut found = Found::new(tag.len());
        for (ordinal, segment) in self.searcher.segment_readers().iter().enumerate() {
            let words = segment.inverted_index(self.fields.text)?;
            let mut stream = words.terms().range().ge(from.as_bytes()).into_stream()?;
            let mut looked_at = 0;
            while let Some((key, info)) = stream.next() {
                if !key.starts_with(from.as_bytes()) || looked_at == LOOKED_AT {
                    break;
                }
                looked_at += usize::from(found.count(key, self.allowed_of(ordinal, &words, info)?));
            }
        }
        Ok(found.most_frequent())
    }

    /// Words that may have been meant, with the messages that may be found. The first letter counts as right.
    fn slips(&self, step: &Step) -> Result<Vec<(String, u32)>> {
        let tag = tag(self.workspace_id);
        let Some(first) = step.text.chars().next() else { return Ok(Vec::new()) };
        let beginning = format!("{tag}{first}");
        let word = self.word(&step.text);
        let query = match step.is_open {
            true => FuzzyTermQuery::new_prefix(word, step.typos, true),
            false => FuzzyTermQuery::new(word, step.typos, true),
        };
        let automaton = query.automaton()?;
        // Up to where words begin with the next letter: without an end all the rest would be looked through.
        let mut end = beginning.clone().into_bytes();
        if let Some(last) = end.last_mut() {
            *last = last.saturating_add(1);
        }
        let mut found = Found::new(tag.len());
        for (ordinal, segment) in self.searcher.segment_readers().iter().enumerate() {
            let words = segment.inverted_index(self.fields.text)?;
            let mut stream = words.terms().search(&automaton).ge(beginning.as_bytes()).lt(&end).into_stream()?;
            let mut looked_at = 0;
            while let Some((key, info)) = stream.next() {
                if !key.starts_with(beginning.as_bytes()) || looked_at == LOOKED_AT {
                    break;
                }
                looked_at += usize::from(found.count(key, self.allowed_of(ordinal, &words, info)?));
            }
        }
        Ok(found.most_frequent())
    }
}

/// Words with the messages in which they stand.
struct Found {
    /// The letters that stand for the workspace.
    tag: usize,
    messages: HashMap<String, u32>,
}

impl Found {
    fn new(tag: usize) -> Self {
        Self { tag, messages: HashMap::new() }
    }

    /// Whether it counts at all.
    fn count(&mut self, key: &[u8], messages: u32) -> bool {
        if messages == 0 {
            return false;
        }
        if let Ok(word) = std::str::from_utf8(&key[self.tag..]) {
            *self.messages.entry(word.to_owned()).or_default() += messages;
        }
        true
    }

    /// The words with the most messages, and how many those are.
    fn most_frequent(self) -> Vec<(String, u32)> {
        let mut found: Vec<(String, u32)> = self.messages.into_iter().collect();
        found.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        found.truncate(OTHERS);
        found
    }
}
