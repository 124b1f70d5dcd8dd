//! The set of messages that a search may return: those the viewer may read, minus excluded ones.
//!
//! Term expansion and term counts use only this set. Otherwise the order of hits would reveal words from channels that
//! the viewer may not read.

use std::sync::Arc;

use tantivy::index::SegmentId;
use tantivy::query::{BitSetDocSet, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::{BitSet, DocId, DocSet, Score, Searcher, SegmentReader, TantivyError};

/// A bit set of messages per segment. Cheap to clone.
#[derive(Clone)]
pub struct VisibleDocs(Arc<Vec<(SegmentId, BitSet)>>);

impl std::fmt::Debug for VisibleDocs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("VisibleDocs").finish_non_exhaustive()
    }
}

impl VisibleDocs {
    /// The matches of a query, without deleted documents.
    pub fn matching(searcher: &Searcher, query: &dyn Query) -> tantivy::Result<Self> {
        let mut bit_sets: Vec<(SegmentId, BitSet)> = searcher
            .segment_readers()
            .iter()
            .map(|segment| (segment.segment_id(), BitSet::with_max_value(segment.max_doc())))
            .collect();
        for_each_match(searcher, query, |segment, doc| _ = bit_sets[segment].1.insert(doc))?;
        Ok(Self(Arc::new(bit_sets)))
    }

    /// Removes the matches of another query.
    pub fn without(mut self, searcher: &Searcher, query: &dyn Query) -> tantivy::Result<Self> {
        let bit_sets = Arc::make_mut(&mut self.0);
        for_each_match(searcher, query, |segment, doc| bit_sets[segment].1.remove(doc))?;
        Ok(self)
    }

    /// Whether the set contains a document; `segment` is the segment's ordinal in the searcher.
    pub fn contains(&self, segment: usize, doc: DocId) -> bool {
        self.0.get(segment).is_some_and(|(_, docs)| docs.contains(doc))
    }
}

fn for_each_match(
    searcher: &Searcher,
    query: &dyn Query,
    mut on_match: impl FnMut(usize, DocId),
) -> tantivy::Result<()> {
    let weight = query.weight(EnableScoring::disabled_from_searcher(searcher))?;
    for (ordinal, segment) in searcher.segment_readers().iter().enumerate() {
        let alive = segment.alive_bitset();
        weight.for_each_no_score(segment, &mut |docs| {
            for doc in docs {
                if alive.is_none_or(|alive| alive.is_alive(*doc)) {
                    on_match(ordinal, *doc);
                }
            }
        })?;
    }
    Ok(())
}

impl Query for VisibleDocs {
    fn weight(&self, _: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        Ok(Box::new(self.clone()))
    }
}

impl Weight for VisibleDocs {
    fn scorer(&self, segment: &SegmentReader, _: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let docs = self.0.iter().find(|(id, _)| *id == segment.segment_id()).map(|(_, docs)| docs.clone());
        let docs = docs.unwrap_or_else(|| BitSet::with_max_value(segment.max_doc()));
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(docs), 0.0)))
    }

    fn explain(&self, segment: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        let mut scorer = self.scorer(segment, 0.0)?;
        match scorer.seek(doc) == doc {
            true => Ok(Explanation::new("visible", 0.0)),
            false => Err(TantivyError::InvalidArgument(format!("document {doc} is not visible"))),
        }
    }
}
