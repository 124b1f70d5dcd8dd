//! Counts the hits by channel, author and month while they are collected.

use std::collections::HashMap;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{BytesColumn, Column};
use tantivy::index::SegmentReader;
use tantivy::{DocId, Score};
use uuid::Uuid;

use super::schema;
use crate::clock::Moment;
use crate::id::{ChannelId, MemberId};
use crate::search::query::{FACETS_MAX, Facets, month_of};

const DAY: i64 = 86_400_000;

/// Counts.
pub struct Counting;

/// What one segment has counted.
#[derive(Default)]
pub struct Counted {
    channels: HashMap<Uuid, u64>,
    authors: HashMap<Uuid, u64>,
    months: HashMap<i32, u64>,
}

/// The values of a column by their number in the segment.
struct Column16 {
    column: Option<BytesColumn>,
    counts: Vec<u64>,
}

impl Column16 {
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
        // In one go: each by itself would unpack a block of the dictionary.
        let mut ids = Vec::with_capacity(ordinals.len());
        let read = column.dictionary().sorted_ords_to_term_cb(&ordinals, |bytes| ids.push(Uuid::from_slice(bytes)));
        if read.is_err() {
            return HashMap::new();
        }
        ids.into_iter().zip(counts).filter_map(|(id, count)| Some((id.ok()?, count))).collect()
    }
}

/// Counts in one segment.
pub struct Segment {
    channels: Column16,
    authors: Column16,
    at: Column<i64>,
    /// Hits by day; days become months in the end.
    days: HashMap<i64, u64>,
}

impl Collector for Counting {
    type Fruit = Facets;
    type Child = Segment;

    fn for_segment(&self, _: u32, segment: &SegmentReader) -> tantivy::Result<Segment> {
        Ok(Segment {
            channels: Column16::open(segment, schema::CHANNEL)?,
            authors: Column16::open(segment, schema::AUTHOR)?,
            at: segment.fast_fields().i64(schema::AT)?,
            days: HashMap::new(),
        })
    }

    fn requires_scoring(&self) -> bool {
        false
    }

    fn merge_fruits(&self, segments: Vec<Counted>) -> tantivy::Result<Facets> {
        let mut all = Counted::default();
        for segment in segments {
            add(&mut all.channels, segment.channels);
            add(&mut all.authors, segment.authors);
            add(&mut all.months, segment.months);
        }
        let mut months: Vec<(i32, u64)> = all.months.into_iter().collect();
        months.sort_unstable_by_key(|(month, _)| std::cmp::Reverse(*month));
        months.truncate(FACETS_MAX);
        Ok(Facets {
            channels: most(all.channels).map(|(id, count)| (ChannelId(id), count)).collect(),
            authors: most(all.authors).map(|(id, count)| (MemberId(id), count)).collect(),
            months,
        })
    }
}

impl SegmentCollector for Segment {
    type Fruit = Counted;

    fn collect(&mut self, doc: DocId, _: Score) {
        self.channels.count(doc);
        self.authors.count(doc);
        if let Some(at) = self.at.first(doc) {
            *self.days.entry(at.div_euclid(DAY)).or_default() += 1;
        }
    }

    fn harvest(self) -> Counted {
        let mut months = HashMap::new();
        for (day, count) in self.days {
            *months.entry(month_of(Moment(day * DAY))).or_default() += count;
        }
        Counted { channels: self.channels.harvest(), authors: self.authors.harvest(), months }
    }
}

fn add<K: std::hash::Hash + Eq>(all: &mut HashMap<K, u64>, more: HashMap<K, u64>) {
    for (key, count) in more {
        *all.entry(key).or_default() += count;
    }
}

fn most(counts: HashMap<Uuid, u64>) -> impl Iterator<Item = (Uuid, u64)> {
    let mut counts: Vec<(Uuid, u64)> = counts.into_iter().collect();
    counts.sort_unstable_by(|one, other| other.1.cmp(&one.1).then(one.0.cmp(&other.0)));
    counts.into_iter().take(FACETS_MAX)
}
