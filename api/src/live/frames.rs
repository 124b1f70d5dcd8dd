//! The frames that a room keeps: what was written once for a selection, for those who come to the same event later.
//!
//! Many who catch up at the same time, after a burst or a restart, get what the first of them had executed. Promises:
//! a frame is given only for an event that says the very same, so nothing that was erased since comes back; what is kept
//! has a bound in bytes, and holds nothing that is not counted: neither the event nor the selection. Nobody waits for
//! another's execution: whoever is quicker makes it.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Frame;
use super::keep::Part;
use super::selection::Key;
use crate::event::{Seq, SharedEvent};

/// Bytes of frames that a room keeps.
const BYTES: usize = 8 << 20;

#[derive(Debug)]
struct Kept {
    /// The hash of what the event said: with the log and the number, which never change, that is all of it.
    body: u64,
    frame: Arc<Frame>,
}

impl Kept {
    fn weight(&self) -> usize {
        self.frame.weight()
    }
}

#[derive(Debug, Default)]
struct Inner {
    kept: HashMap<(Key, Seq), Kept>,
    order: VecDeque<(Key, Seq)>,
    bytes: usize,
}

/// The frames of one room.
#[derive(Debug)]
pub struct Frames {
    inner: Mutex<Inner>,
    kept: Part,
    executions: AtomicU64,
    chance: RandomState,
}

impl Frames {
    /// None yet, as a part of what all rooms keep.
    pub fn new(kept: Part) -> Self {
        let (inner, executions, chance) = (Mutex::default(), AtomicU64::new(0), RandomState::new());
        Self { inner, kept, executions, chance }
    }

    /// Bytes of them.
    pub fn bytes(&self) -> usize {
        self.kept.bytes()
    }

    /// Lets all of them go.
    pub fn let_go(&self) {
        let mut inner = self.inner();
        *inner = Inner::default();
        self.kept.set(0);
    }

    /// The frame of an event for the selection of this key.
    pub fn get(&self, key: Key, event: &SharedEvent) -> Option<Arc<Frame>> {
        let body = self.chance.hash_one(&event.body);
        let inner = self.inner();
        let kept = inner.kept.get(&(key, event.seq))?;
        (kept.body == body).then(|| kept.frame.clone())
    }

    /// Keeps a frame, which was executed for this event. The oldest go.
    pub fn put(&self, key: Key, event: &SharedEvent, frame: &Arc<Frame>) {
        self.executions.fetch_add(1, Ordering::SeqCst);
        let kept = Kept { body: self.chance.hash_one(&event.body), frame: frame.clone() };
        let key = (key, event.seq);
        let mut inner = self.inner();
        inner.bytes += kept.weight();
        match inner.kept.insert(key, kept) {
            Some(before) => inner.bytes -= before.weight(),
            None => inner.order.push_back(key),
        }
        while inner.bytes > BYTES
            && let Some(oldest) = inner.order.pop_front()
        {
            let gone = inner.kept.remove(&oldest).map_or(0, |kept| kept.weight());
            inner.bytes -= gone;
        }
        self.kept.set(inner.bytes);
        drop(inner);
        self.kept.settle();
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
    use crate::live::keep::Keep;

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
        let (frames, key, other) = (Frames::new(Keep::new(BYTES * 2).part()), Key::of("key"), Key::of("other"));
        frames.put(key, &event(1, "words"), &frame(1, 10));
        assert!(frames.get(key, &event(1, "words")).is_some());
        assert!(frames.get(key, &event(1, "")).is_none(), "its text was erased");
        assert!(frames.get(key, &event(2, "words")).is_none());
        assert!(frames.get(other, &event(1, "words")).is_none());
        assert_eq!(frames.executions(), 1);
    }

    #[test]
    fn what_is_not_counted_is_not_held() {
        let (frames, key) = (Frames::new(Keep::new(BYTES * 2).part()), Key::of(&"x".repeat(32 << 10)));
        let event = event(1, &"x".repeat(64 << 10));
        let frame = frame(1, 1_000);
        frames.put(key, &event, &frame);
        assert_eq!((Arc::strong_count(&event), Arc::weak_count(&event)), (1, 0), "the event is let go of");
        let message = frame.next_message(&"\u{1}".repeat(128));
        let all = frame.payload().len() + message.len() + size_of::<(Key, Seq)>();
        assert!(frames.inner().bytes >= all, "what is written of it counts, and the key is small");
    }

    #[test]
    fn what_is_kept_is_bounded_in_bytes() {
        let (frames, key) = (Frames::new(Keep::new(BYTES * 2).part()), Key::of("key"));
        for seq in 1..=100 {
            frames.put(key, &event(seq, ""), &frame(seq, BYTES / 10));
            frames.put(key, &event(seq, ""), &frame(seq, BYTES / 10));
            let inner = frames.inner();
            assert_eq!(inner.bytes, inner.kept.values().map(Kept::weight).sum::<usize>());
            assert!(inner.bytes <= BYTES && inner.order.len() == inner.kept.len());
        }
        assert!(frames.get(key, &event(100, "")).is_some() && frames.get(key, &event(1, "")).is_none());
        assert_eq!(frames.bytes(), frames.inner().bytes);
        frames.let_go();
        assert!(frames.get(key, &event(100, "")).is_none() && frames.bytes() == 0);
    }
}
