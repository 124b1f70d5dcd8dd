//! Counts hits by channel, author and month during collection.

use std::collections::HashMap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{BytesColumn, Column};
use tantivy::index::SegmentReader;
use tantivy::{DocId, Score};
use uuid::Uuid;

use super::schema;
use crate::adapter::search::query::{Facets, MAX_FACET_VALUES, month_of};
use crate::ground::clock::Timestamp;
use crate::ground::id::{ChannelId, MemberId};

const DAY_MS: i64 = 86_400_000;

/// Collects facet counts.
pub struct FacetCollector;

/// The counts of one segment.
#[derive(Default)]
pub struct SegmentCounts {
    channels: HashMap<Uuid, u64>,
    authors: HashMap<Uuid, u64>,
    months: HashMap<i32, u64>,
}

/// Counts of a column's values by their ordinal in the segment.
struct ColumnCounts {
    column: Option<BytesColumn>,
    counts: Vec<u64>,
}

impl ColumnCounts {
    fn open(segment: &SegmentReader, name: &str) -> tantivy::Result<Self> {
        let column = segment.fast_fields().bytes(name)?;
        let counts = vec![0; column.as_ref().map_or(0, BytesColumn::num_terms)];
        Ok(Self { column, counts })
    }

    fn count(&mut self, doc: DocId) {
        let ordinal = self.column.as_ref().and_then(|column| column.ords().first(doc));
        if let Some(count) = ordinal.and_then(|ordinal| self.counts.get_mut(usize::try_from(ordinal).ok()?)) {
            *count += 1;
        }
    }

    fn harvest(self) -> HashMap<Uuid, u64> {
        let Some(column) = self.column else { return HashMap::new() };
        let (ordinals, counts): (Vec<u64>, Vec<u64>) = (0..).zip(self.counts).filter(|(_, count)| *count > 0).unzip();
        // Resolves all ordinals in one pass: single lookups would decompress a dictionary block each.
        let mut ids = Vec::with_capacity(ordinals.len());
        let read = column.dictionary().sorted_ords_to_term_cb(&ordinals, |bytes| ids.push(Uuid::from_slice(bytes)));
        if read.is_err() {
            return HashMap::new();
        }
        ids.into_iter().zip(counts).filter_map(|(id, count)| Some((id.ok()?, count))).collect()
    }
}

/// The collector of one segment.
pub struct SegmentFacets {
    channels: ColumnCounts,
    authors: ColumnCounts,
    at: Column<i64>,
    /// Hits by day; converted to months at the end.
    days: HashMap<i64, u64>,
}

impl Collector for FacetCollector {
    type Fruit = Facets;
    type Child = SegmentFacets;

    fn for_segment(&self, _: u32, segment: &SegmentReader) -> tantivy::Result<SegmentFacets> {
        Ok(SegmentFacets {
            channels: ColumnCounts::open(segment, schema::CHANNEL)?,
            authors: ColumnCounts::open(segment, schema::AUTHOR)?,
            at: segment.fast_fields().i64(schema::AT)?,
            days: HashMap::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<SegmentCounts>) -> tantivy::Result<Facets> {
        let mut all = SegmentCounts::default();
        for segment in segments {
            merge_counts(&mut all.channels, segment.channels);
            merge_counts(&mut all.authors, segment.authors);
            merge_counts(&mut all.months, segment.months);
        }
        let mut months: Vec<(i32, u64)> = all.months.into_iter().collect();
        months.sort_unstable_by_key(|(month, _)| std::cmp::Reverse(*month));
        months.truncate(MAX_FACET_VALUES);
        Ok(Facets {
            channels: top_counts(all.channels).map(|(id, count)| (ChannelId(id), count)).collect(),
            authors: top_counts(all.authors).map(|(id, count)| (MemberId(id), count)).collect(),
            months,
        })
    }
}

impl SegmentCollector for SegmentFacets {
    type Fruit = SegmentCounts;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.channels.count(doc);
        self.authors.count(doc);
        if let Some(at) = self.at.first(doc) {
            *self.days.entry(at.div_euclid(DAY_MS)).or_default() += 1;
        }
    }

    fn harvest(self) -> SegmentCounts {
        let mut months = HashMap::new();
        for (day, count) in self.days {
            *months.entry(month_of(Timestamp(day * DAY_MS))).or_default() += count;
        }
        SegmentCounts { channels: self.channels.harvest(), authors: self.authors.harvest(), months }
    }
}

fn merge_counts<K: std::hash::Hash + Eq>(all: &mut HashMap<K, u64>, more: HashMap<K, u64>) {
    for (key, count) in more {
        *all.entry(key).or_default() += count;
    }
}

fn top_counts(counts: HashMap<Uuid, u64>) -> impl Iterator<Item = (Uuid, u64)> {
    let mut counts: Vec<(Uuid, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
    counts.into_iter().take(MAX_FACET_VALUES)
}
