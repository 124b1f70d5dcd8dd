//! Translates a search to a tantivy query.
//!
//! A query word is expanded to terms of visible messages: the word itself, words it is a prefix of, and words within
//! its typo tolerance. Only the most frequent expansions are kept. An exact match scores higher than a prefix match,
//! and a prefix match higher than a typo. The rarity of a word does not affect the score, since that would reveal
//! messages that the viewer may not read.

use std::collections::HashMap;
use std::ops::Bound;

use tantivy::index::InvertedIndexReader;
use tantivy::postings::TermInfo;
use tantivy::query::{
    AllQuery, BooleanQuery, ConstScoreQuery, EmptyQuery, FuzzyTermQuery, Occur, PhraseQuery, Query as TantivyQuery,
    RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, Searcher, TERMINATED, Term as IndexTerm};

use super::schema::{Fields, Flag, id_bytes_term, tag};
use super::visible::VisibleDocs;
use crate::adapter::search::document::Audience;
use crate::adapter::search::pattern::{Pattern, Step, patterns};
use crate::adapter::search::query::{Clause, Condition, Query, SearchOptions, Sort, Term};
use crate::ground::id::WorkspaceId;
use crate::model::event::Seq;

/// Maximum expansions per query word.
const MAX_EXPANSIONS: usize = 50;
/// A word found in at least this many messages is not expanded to typos.
const FREQUENT_WORD_MESSAGES: u32 = 50;
/// Maximum terms examined per segment to find the most frequent expansions.
const MAX_EXAMINED_TERMS: usize = 2_000;
/// Scores of an exact match, a prefix match, and a typo.
const EXACT_SCORE: f32 = 4.0;
const PREFIX_SCORE: f32 = 1.0;
const TYPO_SCORE: f32 = 0.4;

type Result<T> = tantivy::Result<T>;

/// The audiences of the query, taken from its first clause that lists only audiences.
pub fn audiences(query: &Query) -> Option<Vec<Audience>> {
    let audience = |condition: &Condition| match condition {
        Condition::Audience(audience) => Some(*audience),
        _ => None,
    };
    query.clauses.iter().find_map(|clause| {
        let all: Option<Vec<Audience>> = clause.one_of.iter().map(audience).collect();
        all.filter(|all| !clause.negated && !all.is_empty())
    })
}

/// The messages readable by these audiences, or all of the workspace.
pub fn readable(fields: &Fields, query: &Query, audiences: Option<&[Audience]>) -> Box<dyn TantivyQuery> {
    match audiences {
        Some(audiences) => {
            let terms = audiences.iter().map(|audience| fields.audience_term(query.workspace_id, *audience));
            Box::new(TermSetQuery::new(terms))
        }
        None => term_query(id_bytes_term(fields.workspace, query.workspace_id.0)),
    }
}

/// Translates a search over the visible messages.
pub fn build(
    fields: &Fields,
    searcher: &Searcher,
    query: &Query,
    options: &SearchOptions,
    mut visible: VisibleDocs,
) -> Result<Box<dyn TantivyQuery>> {
    let (excluded, terms): (Vec<&Term>, Vec<&Term>) = query.terms.iter().partition(|term| term.negated);
    // Exclusions are applied to the bit set: tantivy 0.27 cannot exclude phrases and ranges (it seeks backwards).
    for clause in query.clauses.iter().filter(|clause| clause.negated) {
        visible = visible.without(searcher, &*one_of(fields, query.workspace_id, clause))?;
    }
    let expander = Expander { fields, searcher, workspace_id: query.workspace_id, visible: &visible };
    let excluded = excluded.into_iter().map(|term| expander.term(term)).collect::<Result<Vec<_>>>()?;
    let matches = if terms.is_empty() { Box::new(AllQuery) as _ } else { expander.all(&terms)? };
    for query in excluded {
        visible = visible.without(searcher, &*query)?;
    }
    let mut parts = vec![matches];
    for clause in query.clauses.iter().filter(|clause| !clause.negated) {
        parts.push(unscored(one_of(fields, query.workspace_id, clause)));
    }
    if let Some(after) = options.after {
        parts.push(unscored(match options.sort {
            Sort::Oldest => range(fields.seq, Bound::Excluded(after), Bound::Unbounded),
            Sort::Newest | Sort::Relevance => range(fields.seq, Bound::Unbounded, Bound::Excluded(after)),
        }));
    }
    parts.push(Box::new(visible));
    Ok(Box::new(BooleanQuery::intersection(parts)))
}

/// Matches the messages of a workspace with `after < seq <= to`.
pub fn within(fields: &Fields, workspace_id: WorkspaceId, after: Seq, to: Seq) -> Box<dyn TantivyQuery> {
    let range = range(fields.seq, Bound::Excluded(after), Bound::Included(to));
    Box::new(BooleanQuery::intersection(vec![term_query(id_bytes_term(fields.workspace, workspace_id.0)), range]))
}

/// Matches any of a clause's conditions.
fn one_of(fields: &Fields, workspace_id: WorkspaceId, clause: &Clause) -> Box<dyn TantivyQuery> {
    let mut terms = Vec::new();
    let mut queries = Vec::new();
    for condition in &clause.one_of {
        match term(fields, workspace_id, *condition) {
            Some(term) => terms.push(term),
            None => queries.push(range_query(fields, *condition)),
        }
    }
    if !terms.is_empty() {
        queries.push(Box::new(TermSetQuery::new(terms)));
    }
    any(queries)
}

/// The term equivalent to a condition, if there is one.
fn term(fields: &Fields, workspace_id: WorkspaceId, condition: Condition) -> Option<IndexTerm> {
    Some(match condition {
        Condition::Audience(audience) => fields.audience_term(workspace_id, audience),
        Condition::Channel(id) => id_bytes_term(fields.channel, id.0),
        Condition::Author(id) => id_bytes_term(fields.author, id.0),
        Condition::Mentions(id) => id_bytes_term(fields.mentions, id.0),
        Condition::MentionsChannel => fields.flag(Flag::MentionsChannel),
        Condition::InThread(id) => id_bytes_term(fields.thread, id.0),
        Condition::Threaded => fields.flag(Flag::Threaded),
        Condition::Has(what) => fields.flag(Flag::Has(what)),
        Condition::Message(id) => fields.id_term(id),
        Condition::Before(_) | Condition::Since(_) | Condition::UnreadAfter(..) => return None,
    })
}

/// Matches a condition that is not a single term.
fn range_query(fields: &Fields, condition: Condition) -> Box<dyn TantivyQuery> {
    match condition {
        Condition::Before(moment) => range(fields.at, Bound::Unbounded, Bound::Excluded(moment.0)),
        Condition::Since(moment) => range(fields.at, Bound::Included(moment.0), Bound::Unbounded),
        Condition::UnreadAfter(channel, seq, member) => {
            let behind = range(fields.seq, Bound::Excluded(seq), Bound::Unbounded);
            let by_others = vec![
                (Occur::Must, term_query(id_bytes_term(fields.channel, channel.0))),
                (Occur::Must, behind),
                (Occur::MustNot, term_query(id_bytes_term(fields.author, member.0))),
            ];
            Box::new(BooleanQuery::new(by_others))
        }
        _ => Box::new(EmptyQuery),
    }
}

/// Excludes a query from scoring.
fn unscored(query: Box<dyn TantivyQuery>) -> Box<dyn TantivyQuery> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

fn scored(query: Box<dyn TantivyQuery>, score: f32) -> Box<dyn TantivyQuery> {
    Box::new(ConstScoreQuery::new(query, score))
}

fn term_query(word: IndexTerm) -> Box<dyn TantivyQuery> {
    Box::new(TermQuery::new(word, IndexRecordOption::Basic))
}

fn range(field: Field, from: Bound<i64>, to: Bound<i64>) -> Box<dyn TantivyQuery> {
    let number = |number| IndexTerm::from_field_i64(field, number);
    Box::new(RangeQuery::new(from.map(number), to.map(number)))
}

fn any(queries: Vec<Box<dyn TantivyQuery>>) -> Box<dyn TantivyQuery> {
    match <[_; 1]>::try_from(queries) {
        Ok([one]) => one,
        Err(many) if many.is_empty() => Box::new(EmptyQuery),
        Err(many) => Box::new(BooleanQuery::union(many)),
    }
}

/// Expands query terms against the terms of visible messages.
struct Expander<'a> {
    fields: &'a Fields,
    searcher: &'a Searcher,
    workspace_id: WorkspaceId,
    visible: &'a VisibleDocs,
}

impl Expander<'_> {
    /// Matches all terms. Two adjacent words also match as one compound.
    fn all(&self, terms: &[&Term]) -> Result<Box<dyn TantivyQuery>> {
        let all_of = |terms: &[&Term]| -> Result<Box<dyn TantivyQuery>> {
            let parts = terms.iter().map(|term| self.term(term)).collect::<Result<Vec<_>>>()?;
            Ok(Box::new(BooleanQuery::intersection(parts)))
        };
        let mut alternatives = vec![all_of(terms)?];
        let can_be_compound = (2..=3).contains(&terms.len()) && terms.iter().all(|term| !term.is_phrase);
        for at in 0..if can_be_compound { terms.len() - 1 } else { 0 } {
            let (first, second) = (terms[at], terms[at + 1]);
            let joined = Term { text: format!("{}{}", first.text, second.text), ..second.clone() };
            if self.is_in_use(&joined)? {
                let rest = terms[..at].iter().copied().chain([&joined]).chain(terms[at + 2..].iter().copied());
                alternatives.push(all_of(&rest.collect::<Vec<_>>())?);
            }
        }
        Ok(any(alternatives))
    }

    /// Whether a term occurs verbatim in visible messages.
    fn is_in_use(&self, term: &Term) -> Result<bool> {
        match patterns(term).as_slice() {
            [pattern] if pattern.steps.len() == 1 => Ok(self.message_count(&pattern.steps[0].text)? > 0),
            _ => Ok(false),
        }
    }

    fn index_term(&self, word: &str) -> IndexTerm {
        self.fields.word_term(self.workspace_id, word)
    }

    fn term(&self, term: &Term) -> Result<Box<dyn TantivyQuery>> {
        let alternatives = patterns(term);
        Ok(any(alternatives.iter().map(|pattern| self.pattern(pattern)).collect::<Result<_>>()?))
    }

    fn pattern(&self, pattern: &Pattern) -> Result<Box<dyn TantivyQuery>> {
        match pattern.steps.as_slice() {
            [step] => self.step(step),
            [steps @ .., last] if last.is_prefix => {
                let completions = self.completions(&last.text)?.into_iter().map(|(word, _)| word);
                let ends = completions.chain([last.text.clone()]);
                Ok(any(ends.map(|end| self.phrase(steps, Some((last.offset, end)))).collect()))
            }
            steps => Ok(self.phrase(steps, None)),
        }
    }

    /// Matches words at consecutive positions.
    fn phrase(&self, steps: &[Step], end: Option<(usize, String)>) -> Box<dyn TantivyQuery> {
        let words = steps.iter().map(|step| (step.offset, self.index_term(&step.text)));
        let words = words.chain(end.map(|(offset, end)| (offset, self.index_term(&end))));
        let words: Vec<(usize, IndexTerm)> = words.collect();
        match words.len() {
            0 => Box::new(EmptyQuery),
            1 => any(words.into_iter().map(|(_, word)| term_query(word)).collect()),
            _ => scored(Box::new(PhraseQuery::new_with_offset(words)), EXACT_SCORE),
        }
    }

    fn step(&self, step: &Step) -> Result<Box<dyn TantivyQuery>> {
        let mut scores: HashMap<String, f32> = HashMap::new();
        let completions = if step.is_prefix { self.completions(&step.text)? } else { Vec::new() };
        let exact_count = self.message_count(&step.text)?;
        let frequency = completions.iter().fold(exact_count, |sum, (_, count)| sum.saturating_add(*count));
        if step.max_typos > 0 && frequency < FREQUENT_WORD_MESSAGES {
            scores.extend(self.corrections(step)?.into_iter().map(|(word, _)| (word, TYPO_SCORE)));
        }
        scores.extend(completions.into_iter().map(|(word, _)| (word, PREFIX_SCORE)));
        scores.insert(step.text.clone(), EXACT_SCORE);
        if let Some(variant) = &step.variant {
            scores.insert(variant.clone(), EXACT_SCORE);
        }
        let alternatives = scores.into_iter().map(|(word, score)| scored(term_query(self.index_term(&word)), score));
        let mut alternatives: Vec<Box<dyn TantivyQuery>> = alternatives.collect();
        if step.max_typos > 0 && exact_count == 0 {
            alternatives.extend(self.split_word(step)?);
        }
        Ok(any(alternatives))
    }

    /// Splits an unknown word into two known, adjacent words.
    fn split_word(&self, step: &Step) -> Result<Option<Box<dyn TantivyQuery>>> {
        let cuts = step.text.char_indices().map(|(at, _)| at).skip(2);
        let mut best: Option<(u32, [IndexTerm; 2])> = None;
        for cut in cuts.filter(|cut| step.text.len() - cut >= 2) {
            let (first, second) = step.text.split_at(cut);
            let frequency = self.message_count(first)?.min(self.message_count(second)?);
            if frequency > best.as_ref().map_or(0, |(highest, _)| *highest) {
                best = Some((frequency, [self.index_term(first), self.index_term(second)]));
            }
        }
        Ok(best.map(|(_, words)| scored(Box::new(PhraseQuery::new(words.to_vec())), TYPO_SCORE)))
    }

    /// The number of visible messages that contain a word, counted up to [`FREQUENT_WORD_MESSAGES`].
    fn message_count(&self, word: &str) -> Result<u32> {
        let word = self.index_term(word);
        let mut message_count = 0;
        for (ordinal, segment) in self.searcher.segment_readers().iter().enumerate() {
            let index = segment.inverted_index(self.fields.text)?;
            if let Some(info) = index.get_term_info(&word)? {
                message_count += self.count_visible(ordinal, &index, &info)?;
            }
        }
        Ok(message_count)
    }

    fn count_visible(&self, ordinal: usize, index: &InvertedIndexReader, info: &TermInfo) -> Result<u32> {
        let mut postings = index.read_postings_from_terminfo(info, IndexRecordOption::Basic)?;
        let (mut doc, mut message_count) = (postings.doc(), 0);
        while doc != TERMINATED && message_count < FREQUENT_WORD_MESSAGES {
            message_count += u32::from(self.visible.contains(ordinal, doc));
            doc = postings.advance();
        }
        Ok(message_count)
    }

    /// Words with this prefix and the number of visible messages that contain each.
    fn completions(&self, prefix: &str) -> Result<Vec<(String, u32)>> {
        let tag = tag(self.workspace_id);
        let from = format!("{tag}{prefix}");
        let mut counts = WordCounts::new(tag.len());
        for (ordinal, segment) in self.searcher.segment_readers().iter().enumerate() {
            let index = segment.inverted_index(self.fields.text)?;
            let mut stream = index.terms().range().ge(from.as_bytes()).into_stream()?;
            let mut examined = 0;
            while let Some((key, info)) = stream.next() {
                if !key.starts_with(from.as_bytes()) || examined == MAX_EXAMINED_TERMS {
                    break;
                }
                examined += usize::from(counts.count(key, self.count_visible(ordinal, &index, info)?));
            }
        }
        Ok(counts.most_frequent())
    }

    /// Words within the typo tolerance and the number of visible messages that contain each. The first letter must
    /// match.
    fn corrections(&self, step: &Step) -> Result<Vec<(String, u32)>> {
        let tag = tag(self.workspace_id);
        let Some(first) = step.text.chars().next() else { return Ok(Vec::new()) };
        let prefix = format!("{tag}{first}");
        let word = self.index_term(&step.text);
        let query = match step.is_prefix {
            true => FuzzyTermQuery::new_prefix(word, step.max_typos, true),
            false => FuzzyTermQuery::new(word, step.max_typos, true),
        };
        let automaton = query.automaton()?;
        // Bounds the range at the next first letter: without an upper bound the automaton would scan all remaining
        // terms.
        let mut end = prefix.clone().into_bytes();
        if let Some(last) = end.last_mut() {
            *last = last.saturating_add(1);
        }
        let mut counts = WordCounts::new(tag.len());
        for (ordinal, segment) in self.searcher.segment_readers().iter().enumerate() {
            let index = segment.inverted_index(self.fields.text)?;
            let mut stream = index.terms().search(&automaton).ge(prefix.as_bytes()).lt(&end).into_stream()?;
            let mut examined = 0;
            while let Some((key, info)) = stream.next() {
                if !key.starts_with(prefix.as_bytes()) || examined == MAX_EXAMINED_TERMS {
                    break;
                }
                examined += usize::from(counts.count(key, self.count_visible(ordinal, &index, info)?));
            }
        }
        Ok(counts.most_frequent())
    }
}

/// Counts of messages by word.
struct WordCounts {
    /// The length of the workspace tag.
    tag: usize,
    counts: HashMap<String, u32>,
}

impl WordCounts {
    fn new(tag: usize) -> Self {
        Self { tag, counts: HashMap::new() }
    }

    /// Adds a word; false if no visible message contains it.
    fn count(&mut self, key: &[u8], message_count: u32) -> bool {
        if message_count == 0 {
            return false;
        }
        if let Ok(word) = std::str::from_utf8(&key[self.tag..]) {
            *self.counts.entry(word.to_owned()).or_default() += message_count;
        }
        true
    }

    /// The most frequent words with their counts.
    fn most_frequent(self) -> Vec<(String, u32)> {
        let mut words: Vec<(String, u32)> = self.counts.into_iter().collect();
        words.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        words.truncate(MAX_EXPANSIONS);
        words
    }
}
