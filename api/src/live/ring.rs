//! The ring: the last events that a room took, each with who may see it.
//!
//! Promises: it is without holes; it has a bound in events and in bytes; what an event erases in the log is erased here
//! as well, so that whoever resumes gets the same from memory as from the database.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;

use roaring::RoaringBitmap;
use uuid::Uuid;

use crate::event::{Body, Event, Seq, SharedEvent, Skeleton};
use crate::id::MessageId;

/// Events that the ring holds.
pub const RING: usize = 2048;
/// Bytes that it holds.
pub const RING_BYTES: usize = 8 << 20;
/// What an event takes beside its texts, about.
const OVERHEAD: usize = 512;

/// An event and who may see it.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The event.
    pub event: SharedEvent,
    /// The numbers of the members who may see it.
    pub recipients: Arc<RoaringBitmap>,
}

/// The last events of a room.
#[derive(Debug, Default)]
pub struct Ring {
    deliveries: VecDeque<Delivery>,
    /// How many deliveries share each of the bitmaps, by their addresses, which stay theirs as long as they are here.
    bitmaps: HashMap<usize, usize>,
    bytes: usize,
}

impl Ring {
    /// Takes the next event; the oldest go.
    pub fn push(&mut self, delivery: Delivery) {
        self.blank(&delivery.event);
        self.bytes += weight(&delivery.event);
        let sharing = self.bitmaps.entry(Arc::as_ptr(&delivery.recipients).addr()).or_default();
        *sharing += 1;
        if *sharing == 1 {
            self.bytes += delivery.recipients.serialized_size();
        }
        self.deliveries.push_back(delivery);
        while self.deliveries.len() > RING || self.bytes > RING_BYTES && self.deliveries.len() > 1 {
            self.pop();
        }
    }

    /// About how many bytes it takes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Lets the oldest go until no more than these bytes are left.
    pub fn shorten(&mut self, bytes: usize) {
        while self.bytes > bytes && !self.deliveries.is_empty() {
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(oldest) = self.deliveries.pop_front() else { return };
        self.bytes -= weight(&oldest.event);
        let bitmap = Arc::as_ptr(&oldest.recipients).addr();
        let sharing = self.bitmaps.entry(bitmap).or_default();
        *sharing = sharing.saturating_sub(1);
        if *sharing == 0 {
            self.bitmaps.remove(&bitmap);
            self.bytes -= oldest.recipients.serialized_size();
        }
    }

    /// The deliveries after `after`, at most `limit`; `None` when the ring no longer reaches back so far. `seq` is the
    /// number of the last event that was taken.
    pub fn after(&self, after: Seq, limit: usize, seq: Seq) -> Option<Vec<Delivery>> {
        let first = self.deliveries.front().map_or(seq + 1, |delivery| delivery.event.seq);
        let skip = usize::try_from(after + 1 - first).ok()?;
        Some(self.deliveries.iter().skip(skip).take(limit).cloned().collect())
    }

    /// Blanks what an event erases: the texts of a deleted message and of its files, and of a removed file. The
    /// projections do the same to what is stored, and [`super::removed`] to what is read of it.
    fn blank(&mut self, erasing: &Event) {
        let (message, files): (Option<MessageId>, HashSet<Uuid>) = match &erasing.skeleton {
            Skeleton::MessageDeleted { message_id, .. } => (Some(*message_id), self.files_of(*message_id).collect()),
            Skeleton::FileRemoved { file_id, .. } => (None, HashSet::from([file_id.0])),
            _ => return,
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
                self.bytes -= weight(&delivery.event);
                self.bytes += weight(&erased);
                delivery.event = Arc::new(erased);
            }
        }
    }

    /// The files that a message was sent with, as far as the ring reaches back.
    fn files_of(&self, id: MessageId) -> impl Iterator<Item = Uuid> {
        let sent = self.deliveries.iter().filter_map(move |delivery| match &delivery.event.skeleton {
            Skeleton::MessageSent { message_id, file_ids, .. } if *message_id == id => Some(file_ids),
            _ => None,
        });
        sent.flatten().map(|id| id.0)
    }
}

/// About how many bytes an event takes.
fn weight(event: &Event) -> usize {
    let Body { text, name, handle, topic, email, user_agent, files } = &event.body;
    let texts = [text, name, handle, topic, email, user_agent].into_iter().flatten().map(String::len).sum::<usize>();
    // A description is mostly its name, its thumbnail and its waveform.
    OVERHEAD + texts + files.len() * 1024
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::id::{ChannelId, MemberId, WorkspaceId};

    fn delivery(seq: Seq, skeleton: Skeleton, text: &str) -> Delivery {
        let (workspace_id, at, body) = (WorkspaceId::SERVER, Moment(0), Body::text(text));
        let (actor_id, command_id) = (Uuid::nil(), Uuid::nil());
        let event = Arc::new(Event { workspace_id, seq, at, actor_id, command_id, skeleton, body });
        Delivery { event, recipients: Arc::default() }
    }

    /// What it takes, counted anew; no two of these deliveries share a bitmap.
    fn counted(ring: &Ring) -> usize {
        ring.deliveries.iter().map(|one| weight(&one.event) + one.recipients.serialized_size()).sum()
    }

    #[test]
    fn it_is_bounded_in_events_and_in_bytes() {
        let mut ring = Ring::default();
        let text = "x".repeat(64 * 1024);
        for seq in 1..=5000 {
            ring.push(delivery(seq, Skeleton::WorkspaceCreated, if seq > 4000 { &text } else { "" }));
            assert!(ring.deliveries.len() <= RING && ring.bytes <= RING_BYTES);
            assert_eq!(ring.bytes, counted(&ring));
        }
        let each = 64 * 1024 + OVERHEAD + RoaringBitmap::new().serialized_size();
        assert_eq!(ring.deliveries.len(), RING_BYTES / each);
        let first = ring.deliveries[0].event.seq;
        assert!(ring.after(first - 2, 10, 5000).is_none());
        assert_eq!(ring.after(first - 1, 10, 5000).unwrap()[0].event.seq, first);
        assert!(ring.after(5000, 10, 5000).unwrap().is_empty());
    }

    #[test]
    fn who_may_see_an_event_counts_once_however_many_events_go_to_them() {
        let (mut ring, many) = (Ring::default(), Arc::new((0..100_000).step_by(2).collect::<RoaringBitmap>()));
        let skeleton = Skeleton::WorkspaceCreated;
        for seq in 1..=10 {
            ring.push(Delivery { recipients: many.clone(), ..delivery(seq, skeleton.clone(), "") });
        }
        let others = Arc::new(RoaringBitmap::clone(&many));
        ring.push(Delivery { recipients: others, ..delivery(11, skeleton, "") });
        assert_eq!(ring.bytes, 11 * OVERHEAD + 2 * many.serialized_size());
        ring.shorten(OVERHEAD + many.serialized_size());
        assert_eq!((ring.bytes, ring.deliveries.len()), (OVERHEAD + many.serialized_size(), 1));
        assert!(ring.after(9, 10, 11).is_none() && ring.after(10, 10, 11).unwrap().len() == 1);
        ring.shorten(0);
        assert_eq!((ring.bytes, ring.bitmaps.len()), (0, 0));
        assert!(ring.after(10, 10, 11).is_none() && ring.after(11, 10, 11).unwrap().is_empty());
    }

    #[test]
    fn what_is_erased_leaves_its_bytes() {
        let (mut ring, message_id, channel_id) = (Ring::default(), MessageId::mint(), ChannelId::mint());
        let (mentions, file_ids) = (crate::event::Mentions::default(), Vec::new());
        let sent = Skeleton::MessageSent { message_id, channel_id, thread_id: None, mentions, file_ids };
        ring.push(delivery(1, sent, "words"));
        let author_id = MemberId::mint();
        let deleted = Skeleton::MessageDeleted { message_id, channel_id, thread_id: None, author_id, sent_seq: 1 };
        ring.push(delivery(2, deleted, ""));
        assert!(ring.deliveries[0].event.body.is_empty());
        assert_eq!(ring.bytes, 2 * OVERHEAD + 2 * RoaringBitmap::new().serialized_size());
    }
}
