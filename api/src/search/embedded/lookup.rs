//! A search as tantivy takes it.
//!
//! A word that is typed is looked up in the words of the index: itself, what it may be the beginning of, what
//! it may be a slip of. Of these the most frequent are taken, so that a search costs no more in a large index
//! than its hits do.

use std::collections::HashMap;
use std::ops::Bound;

use tantivy::query::{
    AllQuery, BooleanQuery, BoostQuery, ConstScoreQuery, EmptyQuery, FuzzyTermQuery, Occur, PhrasePrefixQuery,
    PhraseQuery, Query as Lookup, RangeQuery, TermQuery, TermSetQuery,
};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, Term as Word};

use super::schema::{Fields, Mark, bytes, tag};
use crate::event::Seq;
use crate::id::WorkspaceId;
use crate::search::pattern::{Pattern, Step, patterns};
use crate::search::query::{Clause, Condition, Query, Sort, Term, Wanted};

/// So many other words are tried for one that is typed.
const OTHERS: usize = 50;
/// So many are looked at in each segment to find them.
const LOOKED_AT: usize = 2_000;
/// What a word counts that is not quite what was typed.
const EXACT: f32 = 4.0;
const LONGER: f32 = 1.0;
const SLIP: f32 = 0.4;

type Result<T> = tantivy::Result<T>;
type Part = (Occur, Box<dyn Lookup>);

/// Translates a search.
pub fn build(fields: &Fields, searcher: &Searcher, query: &Query, wanted: &Wanted) -> Result<Box<dyn Lookup>> {
    let words = Words { fields, searcher, workspace_id: query.workspace_id };
    let mut parts: Vec<Part> = Vec::new();
    let (unwanted, terms): (Vec<&Term>, Vec<&Term>) = query.terms.iter().partition(|term| term.negated);
    if terms.is_empty() {
        parts.push((Occur::Must, Box::new(AllQuery)));
    } else {
        parts.push((Occur::Must, words.all(&terms)?));
    }
    for term in unwanted {
        parts.push((Occur::MustNot, words.term(term)?));
    }
    parts.push((Occur::Must, quiet(of(bytes(fields.workspace, query.workspace_id.0)))));
    for clause in &query.clauses {
        parts.extend(one_of(fields, query.workspace_id, clause));
    }
    if let Some(after) = wanted.after {
        let behind = match wanted.sort {
            Sort::Oldest => range(fields.seq, Bound::Excluded(after), Bound::Unbounded),
            Sort::Newest | Sort::Relevance => range(fields.seq, Bound::Unbounded, Bound::Excluded(after)),
        };
        parts.push((Occur::Must, quiet(behind)));
    }
    Ok(Box::new(BooleanQuery::new(parts)))
}

/// The messages of a workspace with `after < seq <= to`.
pub fn within(fields: &Fields, workspace_id: WorkspaceId, after: Seq, to: Seq) -> Box<dyn Lookup> {
    let range = range(fields.seq, Bound::Excluded(after), Bound::Included(to));
    Box::new(BooleanQuery::intersection(vec![of(bytes(fields.workspace, workspace_id.0)), range]))
}

fn one_of(fields: &Fields, workspace_id: WorkspaceId, clause: &Clause) -> Vec<Part> {
    let mut terms = Vec::new();
    let mut ranges = Vec::new();
    for condition in &clause.one_of {
        match term(fields, workspace_id, *condition) {
            Some(term) => terms.push(term),
            None => ranges.push(*condition),
        }
    }
    let terms: Option<Box<dyn Lookup>> = match terms.len() {
        0 => None,
        1 => terms.into_iter().next().map(of),
        _ => Some(Box::new(TermSetQuery::new(terms))),
    };
    if clause.negated {
        // Ranges are turned round: tantivy 0.27 cannot exclude them (it seeks backwards and overflows).
        let excluded = terms.map(|terms| (Occur::MustNot, terms));
        let turned = ranges.into_iter().map(|condition| (Occur::Must, quiet(outside(fields, condition))));
        return excluded.into_iter().chain(turned).collect();
    }
    let within = ranges.into_iter().map(|condition| inside(fields, condition));
    vec![(Occur::Must, quiet(any(terms.into_iter().chain(within).collect())))]
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

/// What a condition holds for that is a range.
fn inside(fields: &Fields, condition: Condition) -> Box<dyn Lookup> {
    match condition {
        Condition::Before(moment) => range(fields.at, Bound::Unbounded, Bound::Excluded(moment.0)),
        Condition::Since(moment) => range(fields.at, Bound::Included(moment.0), Bound::Unbounded),
        Condition::Behind(channel, seq) => {
            let behind = range(fields.seq, Bound::Excluded(seq), Bound::Unbounded);
            Box::new(BooleanQuery::intersection(vec![of(bytes(fields.channel, channel.0)), behind]))
        }
        _ => Box::new(EmptyQuery),
    }
}

/// What such a condition does not hold for.
fn outside(fields: &Fields, condition: Condition) -> Box<dyn Lookup> {
    match condition {
        Condition::Before(moment) => inside(fields, Condition::Since(moment)),
        Condition::Since(moment) => inside(fields, Condition::Before(moment)),
        Condition::Behind(channel, seq) => {
            let elsewhere: Vec<Part> =
                vec![(Occur::Must, Box::new(AllQuery)), (Occur::MustNot, of(bytes(fields.channel, channel.0)))];
            any(vec![Box::new(BooleanQuery::new(elsewhere)), range(fields.seq, Bound::Unbounded, Bound::Included(seq))])
        }
        _ => Box::new(AllQuery),
    }
}

/// Counts nothing for the order of hits.
fn quiet(lookup: Box<dyn Lookup>) -> Box<dyn Lookup> {
    Box::new(ConstScoreQuery::new(lookup, 0.0))
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

/// The words of a workspace.
struct Words<'a> {
    fields: &'a Fields,
    searcher: &'a Searcher,
    workspace_id: WorkspaceId,
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

    /// Whether a term is a word of the index, as it stands.
    fn is_known(&self, term: &Term) -> Result<bool> {
        match patterns(term).as_slice() {
            [way] if way.steps.len() == 1 => self.exists(&way.steps[0].text),
            _ => Ok(false),
        }
    }

    fn exists(&self, word: &str) -> Result<bool> {
        Ok(self.searcher.doc_freq(&self.word(word))? > 0)
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
            steps => Ok(self.phrase(steps)),
        }
    }

    /// Words after each other. One of which only the beginning is given can be the last alone: others like it
    /// are passed over, and stand for any word.
    fn phrase(&self, steps: &[Step]) -> Box<dyn Lookup> {
        let last = steps.len().saturating_sub(1);
        let kept = steps.iter().enumerate().filter(|(index, step)| !step.is_open || *index == last);
        let words: Vec<(usize, Word)> = kept.map(|(_, step)| (step.offset, self.word(&step.text))).collect();
        let is_open = steps.last().is_some_and(|step| step.is_open);
        match (words.len(), is_open) {
            (0, _) => Box::new(EmptyQuery),
            (1, false) => words.into_iter().next().map_or_else(|| Box::new(EmptyQuery) as _, |(_, word)| of(word)),
            (_, true) => Box::new(PhrasePrefixQuery::new_with_offset(words)),
            (_, false) => Box::new(PhraseQuery::new_with_offset(words)),
        }
    }

    fn step(&self, step: &Step) -> Result<Box<dyn Lookup>> {
        let mut weights: HashMap<String, f32> = HashMap::new();
        if step.typos > 0 {
            for word in self.slips(step)? {
                weights.insert(word, SLIP);
            }
        }
        if step.is_open {
            for word in self.longer(&step.text)? {
                weights.insert(word, LONGER);
            }
        }
        weights.insert(step.text.clone(), EXACT);
        if let Some(variant) = &step.variant {
            weights.insert(variant.clone(), EXACT);
        }
        let mut ways: Vec<Box<dyn Lookup>> = weights
            .into_iter()
            .map(|(word, weight)| {
                let query = Box::new(TermQuery::new(self.word(&word), IndexRecordOption::WithFreqs));
                Box::new(BoostQuery::new(query, weight)) as Box<dyn Lookup>
            })
            .collect();
        ways.extend(self.apart(step)?);
        Ok(any(ways))
    }

    /// A word that the index does not have, as two that it has, one after the other.
    fn apart(&self, step: &Step) -> Result<Option<Box<dyn Lookup>>> {
        if step.typos == 0 || self.exists(&step.text)? {
            return Ok(None);
        }
        let cuts = step.text.char_indices().map(|(at, _)| at).skip(2);
        let mut best: Option<(u64, [Word; 2])> = None;
        for cut in cuts.filter(|cut| step.text.len() - cut >= 2) {
            let words = [self.word(&step.text[..cut]), self.word(&step.text[cut..])];
            let known = self.searcher.doc_freq(&words[0])?.min(self.searcher.doc_freq(&words[1])?);
            if known > best.as_ref().map_or(0, |(most, _)| *most) {
                best = Some((known, words));
            }
        }
        Ok(best.map(|(_, words)| Box::new(PhraseQuery::new(words.to_vec())) as _))
    }

    /// Words that begin so.
    fn longer(&self, beginning: &str) -> Result<Vec<String>> {
        let tag = tag(self.workspace_id);
        let from = format!("{tag}{beginning}");
        let mut found: HashMap<String, u32> = HashMap::new();
        for segment in self.searcher.segment_readers() {
            let words = segment.inverted_index(self.fields.text)?;
            let mut stream = words.terms().range().ge(from.as_bytes()).into_stream()?;
            for _ in 0..LOOKED_AT {
                let Some((key, info)) = stream.next() else { break };
                if !key.starts_with(from.as_bytes()) {
                    break;
                }
                count(&mut found, &key[tag.len()..], info.doc_freq);
            }
        }
        Ok(most_frequent(found))
    }

    /// Words that may have been meant. The first letter counts as right.
    fn slips(&self, step: &Step) -> Result<Vec<String>> {
        let tag = tag(self.workspace_id);
        let Some(first) = step.text.chars().next() else { return Ok(Vec::new()) };
        let beginning = format!("{tag}{first}");
        let word = self.word(&step.text);
        let query = match step.is_open {
            true => FuzzyTermQuery::new_prefix(word, step.typos, true),
            false => FuzzyTermQuery::new(word, step.typos, true),
        };
        let automaton = query.automaton()?;
        let mut found: HashMap<String, u32> = HashMap::new();
        for segment in self.searcher.segment_readers() {
            let words = segment.inverted_index(self.fields.text)?;
            let mut stream = words.terms().search(&automaton).ge(beginning.as_bytes()).into_stream()?;
            for _ in 0..LOOKED_AT {
                let Some((key, info)) = stream.next() else { break };
                if !key.starts_with(beginning.as_bytes()) {
                    break;
                }
                count(&mut found, &key[tag.len()..], info.doc_freq);
            }
        }
        Ok(most_frequent(found))
    }
}

fn count(found: &mut HashMap<String, u32>, word: &[u8], documents: u32) {
    if let Ok(word) = std::str::from_utf8(word) {
        let counted = found.entry(word.to_owned()).or_default();
        *counted = counted.saturating_add(documents);
    }
}

fn most_frequent(found: HashMap<String, u32>) -> Vec<String> {
    let mut found: Vec<(String, u32)> = found.into_iter().collect();
    found.sort_unstable_by(|one, other| other.1.cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    found.into_iter().take(OTHERS).map(|(word, _)| word).collect()
}
