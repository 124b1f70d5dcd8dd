//! A group: subscriptions of a room with the same selection, which is executed once for all of them.
//!
//! It keeps its latest frames, within a number and within bytes, so that a subscription which has nearly caught up
//! joins without executing anything again.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use roaring::RoaringBitmap;

use super::Frame;
use super::broadcast::Joined;
use super::frame::Reach;
use super::queue::Queue;
use super::rendering::Rendering;
use super::room::Delivery;
use super::shares::Size;
use crate::event::{Seq, Skeleton};
use crate::id::MemberId;

/// Frames that a group keeps for those who join.
const RECENT: usize = 256;
/// Bytes of them.
const RECENT_BYTES: usize = 1024 * 1024;

/// One subscription as its group knows it.
#[derive(Debug, Clone)]
pub struct Subscriber {
    pub member_id: MemberId,
    /// The member's number in the room's workspace.
    pub number: u32,
    pub queue: Arc<Queue>,
}

impl Subscriber {
    /// Whether its connection still holds the other end of the queue.
    fn is_there(&self) -> bool {
        Arc::strong_count(&self.queue) > 1
    }
}

/// A frame that a group sent.
struct Sent {
    recipients: Arc<RoaringBitmap>,
    frame: Arc<Frame>,
    /// Who left the workspace by it.
    left: Option<MemberId>,
}

/// The subscriptions with one selection.
pub struct Group {
    pub rendering: Rendering,
    begun: u64,
    recent: VecDeque<Sent>,
    recent_bytes: usize,
    /// Everything after this number is in `recent`.
    recent_after: Seq,
    members: HashMap<u32, Vec<Subscriber>>,
}

impl Group {
    /// The `begun`-th group of a room, which has sent everything up to a number without it.
    pub fn new(rendering: Rendering, begun: u64, sent: Seq) -> Self {
        let recent = VecDeque::new();
        Self { rendering, begun, recent, recent_bytes: 0, recent_after: sent, members: HashMap::new() }
    }

    /// The how-manieth group of its room it is.
    pub fn begun(&self) -> u64 {
        self.begun
    }

    /// Who has it.
    pub fn size(&self) -> Size<'_> {
        Size { begun: self.begun, members: &self.members }
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether anybody here may see the event.
    pub fn is_for(&self, delivery: &Delivery) -> bool {
        self.members.keys().any(|number| delivery.recipients.contains(*number))
    }

    /// The number of a member who is here.
    pub fn number_of(&self, member_id: MemberId) -> Option<u32> {
        self.members.values().flatten().find(|one| one.member_id == member_id).map(|one| one.number)
    }

    /// Takes a subscription that has everything up to its cursor; it may be ahead of the group, and drops by number
    /// what it has already.
    pub fn join(&mut self, cursor: Seq, subscriber: &Subscriber) -> Joined {
        if cursor < self.recent_after {
            return Joined::Behind;
        }
        for sent in self.recent.iter().filter(|sent| sent.frame.advances(cursor).is_some()) {
            if sent.recipients.contains(subscriber.number) {
                subscriber.queue.push(sent.frame.clone());
            }
            if sent.left == Some(subscriber.member_id) {
                // They left while they were on the way here.
                subscriber.queue.close();
                return Joined::Yes;
            }
        }
        self.members.entry(subscriber.number).or_default().push(subscriber.clone());
        Joined::Yes
    }

    /// The event was not executed, so what is kept has a hole before it.
    pub fn skip(&mut self, delivery: &Delivery) {
        self.recent.clear();
        self.recent_bytes = 0;
        self.recent_after = delivery.event.seq;
    }

    /// Gives the frame of an event to those who may see it, and keeps it for those who join.
    pub fn deliver(&mut self, delivery: &Delivery, frame: Arc<Frame>) {
        let recipients = &delivery.recipients;
        if (recipients.len() as usize) < self.members.len() {
            recipients.iter().for_each(|number| self.push(number, &frame));
        } else {
            let numbers: Vec<u32> =
                self.members.keys().copied().filter(|number| recipients.contains(*number)).collect();
            numbers.into_iter().for_each(|number| self.push(number, &frame));
        }
        let left = match &delivery.event.skeleton {
            Skeleton::MemberLeft { member_id } => Some(*member_id),
            _ => None,
        };
        self.recent_bytes += frame.payload().len();
        self.recent.push_back(Sent { recipients: recipients.clone(), frame, left });
        while self.recent.len() > RECENT || self.recent_bytes > RECENT_BYTES {
            let Some(oldest) = self.recent.pop_front() else { break };
            self.recent_bytes -= oldest.frame.payload().len();
            if let Reach::Event(seq) = oldest.frame.reach() {
                self.recent_after = seq;
            }
        }
    }

    /// Gives a frame to all.
    pub fn push_all(&mut self, frame: &Arc<Frame>) {
        self.members.values_mut().for_each(|subscribers| subscribers.retain(|one| one.queue.push(frame.clone())));
        self.forget_empty();
    }

    /// Forgets those whose connection is gone.
    pub fn forget_gone(&mut self) {
        self.members.values_mut().for_each(|subscribers| subscribers.retain(Subscriber::is_there));
        self.forget_empty();
    }

    /// Gives a frame to the connections of a member.
    pub fn push(&mut self, number: u32, frame: &Arc<Frame>) {
        let Some(subscribers) = self.members.get_mut(&number) else { return };
        subscribers.retain(|one| one.is_there() && one.queue.push(frame.clone()));
        if subscribers.is_empty() {
            self.members.remove(&number);
        }
    }

    /// Nothing more comes for somebody who left the workspace.
    pub fn dismiss(&mut self, member_id: MemberId) {
        for subscribers in self.members.values_mut() {
            subscribers.retain(|one| {
                let stays = one.member_id != member_id;
                if !stays {
                    one.queue.close();
                }
                stays
            });
        }
        self.forget_empty();
    }

    /// Forgets a connection.
    pub fn drop_queue(&mut self, queue: &Arc<Queue>) {
        self.members.values_mut().for_each(|subscribers| subscribers.retain(|one| !Arc::ptr_eq(&one.queue, queue)));
        self.forget_empty();
    }

    fn forget_empty(&mut self) {
        self.members.retain(|_, subscribers| !subscribers.is_empty());
    }

    /// Lets all of them go: they read from their cursors.
    pub fn overrun(self) {
        self.members.into_values().flatten().for_each(|one| one.queue.overrun());
    }
}
