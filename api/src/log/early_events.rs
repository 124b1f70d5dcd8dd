//! Events of a log that arrived before their predecessors.
//!
//! They are bounded in events and bytes. Beyond that the latest are dropped, and read from the database once the log has
//! got there.

use std::collections::BTreeMap;

use crate::model::event::{Seq, SharedEvent};

/// Maximum number of events.
const MAX_EVENTS: usize = 2048;
/// Maximum size in bytes.
const MAX_BYTES: usize = 8 << 20;

/// Events that wait for their predecessors.
#[derive(Debug, Default)]
pub struct EarlyEvents {
    by_seq: BTreeMap<Seq, SharedEvent>,
    bytes: usize,
}

impl EarlyEvents {
    /// Adds an event. Drops the latest beyond the limits.
    pub fn insert(&mut self, event: SharedEvent) {
        self.bytes += event.weight();
        if let Some(same) = self.by_seq.insert(event.seq, event) {
            self.bytes -= same.weight();
        }
        while self.by_seq.len() > MAX_EVENTS || self.bytes > MAX_BYTES && self.by_seq.len() > 1 {
            let latest = self.by_seq.pop_last();
            self.bytes -= latest.map_or(0, |(_, event)| event.weight());
        }
    }

    /// Removes and returns the event with this sequence number.
    pub fn take(&mut self, seq: Seq) -> Option<SharedEvent> {
        let event = self.by_seq.remove(&seq)?;
        self.bytes -= event.weight();
        Some(event)
    }

    /// The lowest sequence number.
    pub fn first(&self) -> Option<Seq> {
        self.by_seq.keys().next().copied()
    }

    /// The highest sequence number.
    pub fn last(&self) -> Option<Seq> {
        self.by_seq.keys().next_back().copied()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ground::clock::Timestamp;
    use crate::ground::id::WorkspaceId;
    use crate::model::event::{Body, Event, Skeleton};

    fn event(seq: Seq, text: &str) -> SharedEvent {
        let (workspace_id, at, body) = (WorkspaceId::SERVER, Timestamp(0), Body::text(text));
        let (actor_id, command_id) = (uuid::Uuid::nil(), uuid::Uuid::nil());
        Arc::new(Event { workspace_id, seq, at, actor_id, command_id, skeleton: Skeleton::WorkspaceCreated, body })
    }

    #[test]
    fn limits_events_and_bytes() {
        let mut early = EarlyEvents::default();
        for seq in (2..=3_000).rev() {
            early.insert(event(seq, ""));
        }
        assert_eq!((early.first(), early.last()), (Some(2), Some(2_049)));

        let text = "x".repeat(64 * 1024);
        for seq in (2..=300).chain(2..=300) {
            early.insert(event(seq, &text));
            assert!(early.bytes <= MAX_BYTES, "{}", early.bytes);
        }
        let count = Seq::try_from(MAX_BYTES / event(2, &text).weight()).unwrap();
        assert_eq!((early.first(), early.last()), (Some(2), Some(count + 1)), "the latest were dropped");

        for seq in 2..=count + 1 {
            assert!(early.take(seq).is_some_and(|event| event.seq == seq));
        }
        assert_eq!((early.bytes, early.first(), early.take(2)), (0, None, None));
    }

    /// The log could never continue without it.
    #[test]
    fn keeps_a_single_event_of_any_size() {
        let mut early = EarlyEvents::default();
        early.insert(event(2, &"x".repeat(MAX_BYTES)));
        early.insert(event(1, &"x".repeat(MAX_BYTES)));
        assert_eq!((early.first(), early.last()), (Some(1), Some(1)));
    }
}
