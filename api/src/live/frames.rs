//! The frames that a room keeps: what was written once for a selection, for those who come to the same event later.
//!
//! Many who catch up at the same time, after a burst or a restart, get what the first of them had executed. Promises:
//! a frame is given only for the very event that it was made of, so nothing that was erased since comes back; what is
//! kept has a bound, in bytes too. Nobody waits for another's execution: whoever is quicker makes it.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Frame;
use crate::event::{Seq, SharedEvent};

/// Bytes of frames that a room keeps.
const BYTES: usize = 8 << 20;
/// What a frame takes beside its text.
const OVERHEAD: usize = 256;

type Key = (Arc<str>, Seq);

#[derive(Debug)]
struct Kept {
    event: SharedEvent,
    frame: Arc<Frame>,
}

impl Kept {
    fn weight(&self) -> usize {
        self.frame.payload().len() + OVERHEAD
    }
}

#[derive(Debug, Default)]
struct Inner {
    kept: HashMap<Key, Kept>,
    order: VecDeque<Key>,
    bytes: usize,
}

/// The frames of one room.
#[derive(Debug, Default)]
pub struct Frames {
    inner: Mutex<Inner>,
    executions: AtomicU64,
}

impl Frames {
    /// The frame of an event for the selection of this key.
    pub fn get(&self, key: &Arc<str>, event: &SharedEvent) -> Option<Arc<Frame>> {
        let inner = self.inner();
        let kept = inner.kept.get(&(key.clone(), event.seq))?;
        (Arc::ptr_eq(&kept.event, event) || kept.event == *event).then(|| kept.frame.clone())
    }

    /// Keeps a frame, which was executed for this event. The oldest go.
    pub fn put(&self, key: &Arc<str>, event: &SharedEvent, frame: &Arc<Frame>) {
        self.executions.fetch_add(1, Ordering::SeqCst);
        let kept = Kept { event: event.clone(), frame: frame.clone() };
        let key = (key.clone(), event.seq);
        let mut inner = self.inner();
        inner.bytes += kept.weight();
        match inner.kept.insert(key.clone(), kept) {
            Some(before) => inner.bytes -= before.weight(),
            None => inner.order.push_back(key),
        }
        while inner.bytes > BYTES
            && let Some(oldest) = inner.order.pop_front()
        {
            let gone = inner.kept.remove(&oldest).map_or(0, |kept| kept.weight());
            inner.bytes -= gone;
        }
    }

    /// How often a selection was executed for an event.
    pub fn executions(&self) -> u64 {
        self.executions.load(Ordering::SeqCst)
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use uuid::Uuid;

    use super::*;
    use crate::clock::Moment;
    use crate::event::{Body, Event, Skeleton};
    use crate::id::WorkspaceId;
    use crate::live::frame::Reach;

    fn event(seq: Seq, text: &str) -> SharedEvent {
        let (workspace_id, at, skeleton) = (WorkspaceId::SERVER, Moment(0), Skeleton::WorkspaceCreated);
        let (actor_id, command_id, body) = (Uuid::nil(), Uuid::nil(), Body::text(text));
        Arc::new(Event { workspace_id, seq, at, actor_id, command_id, skeleton, body })
    }

    fn frame(seq: Seq, bytes: usize) -> Arc<Frame> {
        Arc::new(Frame::new(Reach::Event(seq), Bytes::from(vec![b'x'; bytes])))
    }

    #[test]
    fn a_frame_is_given_for_its_event_and_selection_alone() {
        let (frames, key, other): (_, Arc<str>, Arc<str>) = (Frames::default(), "key".into(), "other".into());
        frames.put(&key, &event(1, "words"), &frame(1, 10));
        assert!(frames.get(&key, &event(1, "words")).is_some());
        assert!(frames.get(&key, &event(1, "")).is_none(), "its text was erased");
        assert!(frames.get(&key, &event(2, "words")).is_none());
        assert!(frames.get(&other, &event(1, "words")).is_none());
        assert_eq!(frames.executions(), 1);
    }

    #[test]
    fn what_is_kept_is_bounded_in_bytes() {
        let (frames, key): (_, Arc<str>) = (Frames::default(), "key".into());
        for seq in 1..=100 {
            frames.put(&key, &event(seq, ""), &frame(seq, BYTES / 10));
            frames.put(&key, &event(seq, ""), &frame(seq, BYTES / 10));
            let inner = frames.inner();
            assert_eq!(inner.bytes, inner.kept.values().map(Kept::weight).sum::<usize>());
            assert!(inner.bytes <= BYTES && inner.order.len() == inner.kept.len());
        }
        assert!(frames.get(&key, &event(100, "")).is_some() && frames.get(&key, &event(1, "")).is_none());
    }
}
