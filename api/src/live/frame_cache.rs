//! The frame cache of a room: frames by selection and event, for subscriptions that reach the event later.
//!
//! After a burst or a restart many subscriptions catch up at once and share the executions of the first.
//!
//! - A frame is only returned for an event with the same body, so erased content never reappears.
//! - The cache is bounded in bytes. It retains neither events nor selections.
//! - Concurrent misses are not coalesced: the first finished execution is cached.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Frame;
use super::memory_budget::Reservation;
use super::selection::Key;
use crate::ground::mutex::Mutex;
use crate::model::event::{Seq, SharedEvent};

/// Maximum size of the frame cache of a room, in bytes.
const MAX_BYTES: usize = 8 << 20;

#[derive(Debug)]
struct CachedFrame {
    /// The hash of the event's body. Together with the log and sequence number, which never change, it identifies the
    /// content.
    body: u64,
    frame: Arc<Frame>,
}

impl CachedFrame {
    fn weight(&self) -> usize {
        self.frame.weight()
    }
}

#[derive(Debug, Default)]
struct Inner {
    cached: HashMap<(Key, Seq), CachedFrame>,
    order: VecDeque<(Key, Seq)>,
    bytes: usize,
}

/// The frame cache of one room.
#[derive(Debug)]
pub struct FrameCache {
    inner: Mutex<Inner>,
    reservation: Reservation,
    executions: AtomicU64,
    hash_builder: RandomState,
}

impl FrameCache {
    /// Creates an empty cache that counts against a memory budget.
    pub fn new(reservation: Reservation) -> Self {
        let (inner, executions, hash_builder) = (Mutex::default(), AtomicU64::new(0), RandomState::new());
        Self { inner, reservation, executions, hash_builder }
    }

    /// The size of the cached frames in bytes.
    pub fn bytes(&self) -> usize {
        self.reservation.bytes()
    }

    /// Clears the cache.
    pub fn clear(&self) {
        let mut inner = self.inner.lock();
        *inner = Inner::default();
        self.reservation.set(0);
    }

    /// Returns the frame of an event for a selection.
    pub fn get(&self, key: Key, event: &SharedEvent) -> Option<Arc<Frame>> {
        let body = self.hash_builder.hash_one(&event.body);
        let inner = self.inner.lock();
        let cached = inner.cached.get(&(key, event.seq))?;
        (cached.body == body).then(|| cached.frame.clone())
    }

    /// Caches a frame of an event. Evicts the oldest frames beyond the limit.
    pub fn insert(&self, key: Key, event: &SharedEvent, frame: &Arc<Frame>) {
        self.executions.fetch_add(1, Ordering::SeqCst);
        let cached = CachedFrame { body: self.hash_builder.hash_one(&event.body), frame: frame.clone() };
        let key = (key, event.seq);
        let mut inner = self.inner.lock();
        inner.bytes += cached.weight();
        match inner.cached.insert(key, cached) {
            Some(replaced) => inner.bytes -= replaced.weight(),
            None => inner.order.push_back(key),
        }
        while inner.bytes > MAX_BYTES
            && let Some(oldest) = inner.order.pop_front()
        {
            let freed = inner.cached.remove(&oldest).map_or(0, |cached| cached.weight());
            inner.bytes -= freed;
        }
        self.reservation.set(inner.bytes);
        drop(inner);
        self.reservation.enforce();
    }

    /// How often a selection was executed for an event.
    pub fn executions(&self) -> u64 {
        self.executions.load(Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use uuid::Uuid;

    use super::*;
    use crate::ground::clock::Timestamp;
    use crate::ground::id::WorkspaceId;
    use crate::live::frame::FramePosition;
    use crate::live::memory_budget::MemoryBudget;
    use crate::model::event::{Body, Event, Skeleton};

    fn event(seq: Seq, text: &str) -> SharedEvent {
        let (workspace_id, at, skeleton) = (WorkspaceId::SERVER, Timestamp(0), Skeleton::WorkspaceCreated);
        let (actor_id, command_id, body) = (Uuid::nil(), Uuid::nil(), Body::text(text));
        Arc::new(Event { workspace_id, seq, at, actor_id, command_id, skeleton, body })
    }

    fn frame(seq: Seq, bytes: usize) -> Arc<Frame> {
        Arc::new(Frame::new(FramePosition::Event(seq), Bytes::from(vec![b'x'; bytes])))
    }

    #[test]
    fn returns_frames_only_for_the_same_event_body_and_selection() {
        let frames = FrameCache::new(MemoryBudget::new(MAX_BYTES * 2).reserve());
        let (key, other) = (Key::from_form("key"), Key::from_form("other"));
        frames.insert(key, &event(1, "words"), &frame(1, 10));
        assert!(frames.get(key, &event(1, "words")).is_some());
        assert!(frames.get(key, &event(1, "")).is_none(), "the text was erased");
        assert!(frames.get(key, &event(2, "words")).is_none());
        assert!(frames.get(other, &event(1, "words")).is_none());
        assert_eq!(frames.executions(), 1);
    }

    #[test]
    fn retains_nothing_beyond_the_counted_bytes() {
        let frames = FrameCache::new(MemoryBudget::new(MAX_BYTES * 2).reserve());
        let key = Key::from_form(&"x".repeat(32 << 10));
        let event = event(1, &"x".repeat(64 << 10));
        let frame = frame(1, 1_000);
        frames.insert(key, &event, &frame);
        assert_eq!((Arc::strong_count(&event), Arc::weak_count(&event)), (1, 0), "the event is not retained");
        // What WebSocket adds for the longest operation id.
        let envelope = [&*"\\u0001".repeat(128), r#"{"id":"","type":"next","payload":}"#].concat();
        let message = frame.message("1", |payload| [envelope.as_bytes(), payload].concat());
        let all = frame.payload().len() + message.len() + size_of::<(Key, Seq)>();
        assert!(frames.inner.lock().bytes >= all, "the message is counted, and the key is small");
    }

    #[test]
    fn limits_cached_bytes() {
        let (frames, key) = (FrameCache::new(MemoryBudget::new(MAX_BYTES * 2).reserve()), Key::from_form("key"));
        for seq in 1..=100 {
            frames.insert(key, &event(seq, ""), &frame(seq, MAX_BYTES / 10));
            frames.insert(key, &event(seq, ""), &frame(seq, MAX_BYTES / 10));
            let inner = frames.inner.lock();
            assert_eq!(inner.bytes, inner.cached.values().map(CachedFrame::weight).sum::<usize>());
            assert!(inner.bytes <= MAX_BYTES && inner.order.len() == inner.cached.len());
        }
        assert!(frames.get(key, &event(100, "")).is_some() && frames.get(key, &event(1, "")).is_none());
        assert_eq!(frames.bytes(), frames.inner.lock().bytes);
        frames.clear();
        assert!(frames.get(key, &event(100, "")).is_none() && frames.bytes() == 0);
    }
}
