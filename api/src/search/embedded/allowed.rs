//! The messages that a search may find: those that the viewer may read, without those that are excluded.
//!
//! Whatever a search decides by what stands in the index (which words there are, how many messages have them) it
//! decides by these alone: otherwise its hits would tell of words in channels that the viewer may not read.

use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::query::{BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::{BitSet, DocId, DocSet, Score, Searcher, SegmentReader, TantivyError};

/// The messages, segment by segment. Cheap to clone.
#[derive(Clone)]
pub struct Allowed(Arc<Vec<(SegmentId, BitSet)>>);

impl std::fmt::Debug for Allowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Allowed").finish_non_exhaustive()
    }
}

impl Allowed {
    /// What a question finds, without what was deleted.
    pub fn of(searcher: &Searcher, lookup: &dyn Query) -> tantivy::Result<Self> {
        let mut sets: Vec<(SegmentId, BitSet)> = searcher
            .segment_readers()
            .iter()
            .map(|segment| (segment.segment_id(), BitSet::with_max_value(segment.max_doc())))
            .collect();
        each(searcher, lookup, |segment, doc| _ = sets[segment].1.insert(doc))?;
        Ok(Self(Arc::new(sets)))
    }

    /// The same without what another question finds.
    pub fn without(mut self, searcher: &Searcher, lookup: &dyn Query) -> tantivy::Result<Self> {
        let sets = Arc::make_mut(&mut self.0);
        each(searcher, lookup, |segment, doc| sets[segment].1.remove(doc))?;
        Ok(self)
    }

    /// Whether it is one of them; `segment` by its place in the searcher.
    pub fn has(&self, segment: usize, doc: DocId) -> bool {
        self.0.get(segment).is_some_and(|(_, docs)| docs.contains(doc))
    }
}

fn each(searcher: &Searcher, lookup: &dyn Query, mut found: impl FnMut(usize, DocId)) -> tantivy::Result<()> {
    let weight = lookup.weight(EnableScoring::disabled_from_searcher(searcher))?;
    for (ordinal, segment) in searcher.segment_readers().iter().enumerate() {
        let alive = segment.alive_bitset();
        weight.for_each_no_score(segment, &mut |docs| {
            for doc in docs {
                if alive.is_none_or(|alive| alive.is_alive(*doc)) {
                    found(ordinal, *doc);
                }
            }
        })?;
    }
    Ok(())
}

impl Query for Allowed {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for Allowed {
    fn scorer(&self, segment: &SegmentReader, _: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let docs = self.0.iter().find(|(id, _)| *id == segment.segment_id()).map(|(_, docs)| docs.clone());
        let docs = docs.unwrap_or_else(|| BitSet::with_max_value(segment.max_doc()));
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(docs), 0.0)))
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(segment, 0.0)?;
        match scorer.seek(doc) == doc {
            true => Ok(Explanation::new("may be found", 0.0)),
            false => Err(TantivyError::InvalidArgument(format!("message {doc} may not be found"))),
        }
    }
}
