//! The ring buffer of a room: its most recent events, each with its recipients.
//!
//! It is gapless and bounded in events and bytes. Content that an event erases in the log is erased here as well, so
//! that a resuming subscription gets the same from memory as from the database.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use roaring::RoaringBitmap;
use uuid::Uuid;

use crate::ground::id::MessageId;
use crate::model::event::{Body, Erasure, Event, Seq, SharedEvent};

/// Maximum number of events.
pub const MAX_EVENTS: usize = 2048;
/// Maximum size in bytes.
pub const MAX_BYTES: usize = 8 << 20;

/// An event with its recipients.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The event.
    pub event: SharedEvent,
    /// The room-local numbers of the members who may see it.
    pub recipients: Arc<RoaringBitmap>,
}

/// The most recent events of a room.
#[derive(Debug, Default)]
pub struct RingBuffer {
    deliveries: VecDeque<Delivery>,
    /// Number of deliveries per shared bitmap, by address. An address is stable while a delivery holds the bitmap.
    bitmap_users: HashMap<usize, usize>,
    bytes: usize,
}

impl RingBuffer {
    /// Appends the next event. Evicts the oldest beyond the limits.
    pub fn push(&mut self, delivery: Delivery) {
        self.blank(&delivery.event);
        self.bytes += delivery.event.weight();
        let users = self.bitmap_users.entry(Arc::as_ptr(&delivery.recipients).addr()).or_default();
        *users += 1;
        if *users == 1 {
            self.bytes += delivery.recipients.serialized_size();
        }
        self.deliveries.push_back(delivery);
        while self.deliveries.len() > MAX_EVENTS || self.bytes > MAX_BYTES && self.deliveries.len() > 1 {
            self.pop();
        }
    }

    /// The approximate size in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Evicts the oldest events until at most `bytes` remain.
    pub fn shrink_to(&mut self, bytes: usize) {
        while self.bytes > bytes && !self.deliveries.is_empty() {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(oldest) = self.deliveries.pop_front() else { return };
        self.bytes -= oldest.event.weight();
        let bitmap = Arc::as_ptr(&oldest.recipients).addr();
        let users = self.bitmap_users.entry(bitmap).or_default();
        *users = users.saturating_sub(1);
        if *users == 0 {
            self.bitmap_users.remove(&bitmap);
            self.bytes -= oldest.recipients.serialized_size();
        }
    }

    /// Returns up to `limit` deliveries after `after`, or `None` if the buffer no longer reaches back that far. `seq`
    /// is the sequence number of the last event appended.
    pub fn after(&self, after: Seq, limit: usize, seq: Seq) -> Option<Vec<Delivery>> {
        let first = self.deliveries.front().map_or(seq + 1, |delivery| delivery.event.seq);
        let skip = usize::try_from(after + 1 - first).ok()?;
        Some(self.deliveries.iter().skip(skip).take(limit).cloned().collect())
    }

    /// Blanks what an event erases: the texts of a deleted message and of its files, or of a removed file. The
    /// projections do the same to stored events, and [`super::removed_files`] to events that are read.
    fn blank(&mut self, erasing: &Event) {
        let (message, files): (Option<MessageId>, HashSet<Uuid>) = match erasing.skeleton.erases() {
            Some(Erasure::Message(id)) => (Some(id), self.file_ids_of(id).collect()),
            Some(Erasure::File(id)) => (None, HashSet::from([id.0])),
            None => return,
        };
        for delivery in &mut self.deliveries {
            let skeleton = &delivery.event.skeleton;
            let of_message = message.is_some() && skeleton.message_id() == message;
            let of_file = || skeleton.subject().is_some_and(|id| files.contains(&id));
            let erased = match of_message || of_file() {
                true if delivery.event.body.is_empty() => None,
                true => Some(Event { body: Body::default(), ..(*delivery.event).clone() }),
                false => delivery.event.without_files(&files),
            };
            if let Some(erased) = erased {
                self.bytes -= delivery.event.weight();
                self.bytes += erased.weight();
                delivery.event = Arc::new(erased);
            }
        }
    }

    /// Returns the files of a message, as far as the buffer reaches back.
    fn file_ids_of(&self, id: MessageId) -> impl Iterator<Item = Uuid> {
        let of_message = self.deliveries.iter().filter(move |one| one.event.skeleton.message_id() == Some(id));
        of_message.flat_map(|one| &one.event.body.files).map(|file| file.id.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::clock::Timestamp;
    use crate::ground::id::{ChannelId, MemberId, WorkspaceId};
    use crate::model::event::Skeleton;

    fn delivery(seq: Seq, skeleton: Skeleton, text: &str) -> Delivery {
        let (workspace_id, at, body) = (WorkspaceId::SERVER, Timestamp(0), Body::text(text));
        let (actor_id, command_id) = (Uuid::nil(), Uuid::nil());
        let event = Arc::new(Event { workspace_id, seq, at, actor_id, command_id, skeleton, body });
        Delivery { event, recipients: Arc::default() }
    }

    /// Recomputes the size. No two of these deliveries share a bitmap.
    fn recount(ring: &RingBuffer) -> usize {
        ring.deliveries.iter().map(|one| one.event.weight() + one.recipients.serialized_size()).sum()
    }

    #[test]
    fn limits_events_and_bytes() {
        let mut ring = RingBuffer::default();
        let text = "x".repeat(64 * 1024);
        for seq in 1..=5000 {
            ring.push(delivery(seq, Skeleton::WorkspaceCreated, if seq > 4000 { &text } else { "" }));
            assert!(ring.deliveries.len() <= MAX_EVENTS && ring.bytes <= MAX_BYTES);
            assert_eq!(ring.bytes, recount(&ring));
        }
        let each = 64 * 1024 + Event::OVERHEAD + RoaringBitmap::new().serialized_size();
        assert_eq!(ring.deliveries.len(), MAX_BYTES / each);
        let first = ring.deliveries[0].event.seq;
        assert!(ring.after(first - 2, 10, 5000).is_none());
        assert_eq!(ring.after(first - 1, 10, 5000).unwrap()[0].event.seq, first);
        assert!(ring.after(5000, 10, 5000).unwrap().is_empty());
    }

    #[test]
    fn counts_shared_recipients_once() {
        let (mut ring, many) = (RingBuffer::default(), Arc::new((0..100_000).step_by(2).collect::<RoaringBitmap>()));
        let skeleton = Skeleton::WorkspaceCreated;
        for seq in 1..=10 {
            ring.push(Delivery { recipients: many.clone(), ..delivery(seq, skeleton.clone(), "") });
        }
        let equal = Arc::new(RoaringBitmap::clone(&many));
        ring.push(Delivery { recipients: equal, ..delivery(11, skeleton, "") });
        assert_eq!(ring.bytes, 11 * Event::OVERHEAD + 2 * many.serialized_size());
        ring.shrink_to(Event::OVERHEAD + many.serialized_size());
        assert_eq!((ring.bytes, ring.deliveries.len()), (Event::OVERHEAD + many.serialized_size(), 1));
        assert!(ring.after(9, 10, 11).is_none() && ring.after(10, 10, 11).unwrap().len() == 1);
        ring.shrink_to(0);
        assert_eq!((ring.bytes, ring.bitmap_users.len()), (0, 0));
        assert!(ring.after(10, 10, 11).is_none() && ring.after(11, 10, 11).unwrap().is_empty());
    }

    #[test]
    fn erased_content_frees_its_bytes() {
        let (mut ring, message_id, channel_id) = (RingBuffer::default(), MessageId::mint(), ChannelId::mint());
        let (mentions, file_ids) = (crate::model::event::Mentions::default(), Vec::new());
        let sent = Skeleton::MessageSent { message_id, channel_id, thread_id: None, mentions, file_ids };
        ring.push(delivery(1, sent, "words"));
        let (thread_id, author_id, sent_seq, sent_at) = (None, MemberId::mint(), 1, Timestamp(0));
        let deleted = Skeleton::MessageDeleted { message_id, channel_id, thread_id, author_id, sent_seq, sent_at };
        ring.push(delivery(2, deleted, ""));
        assert!(ring.deliveries[0].event.body.is_empty());
        assert_eq!(ring.bytes, 2 * Event::OVERHEAD + 2 * RoaringBitmap::new().serialized_size());
    }
}
