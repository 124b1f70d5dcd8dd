//! A subscription group: the subscriptions of a room with the same selection, which is executed once for all of them.
//!
//! A group keeps its latest frames, bounded in number and bytes, so that a subscription that has almost caught up joins
//! without another execution. Frames of erased content are dropped. Its task (`group_task.rs`) executes the selection.
//! A group without subscribers closes and is not reused.

mod inbox;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, MutexGuard};

use roaring::RoaringBitmap;
use tokio_util::sync::CancellationToken;

use self::inbox::Inbox;
use super::Frame;
use super::frame::FramePosition;
use super::group_limits::GroupMembers;
use super::join::{JoinOutcome, Subscriber};
use super::memory_budget::Reservation;
use super::ring::Delivery;
use super::signal::Signal;
use crate::ground::budget::Owner;
use crate::ground::id::MemberId;
use crate::ground::mutex::Mutex;
use crate::model::event::{AccessEnd, Seq};

/// Maximum number of recent frames kept for joining subscriptions.
const MAX_RECENT_FRAMES: usize = 256;
/// Maximum size of the recent frames, in bytes.
const MAX_RECENT_BYTES: usize = 1024 * 1024;
/// Number of members considered when choosing whose permit an execution uses.
const OWNER_SAMPLE: usize = 64;

/// A frame that a group sent.
struct RecentFrame {
    recipients: Arc<RoaringBitmap>,
    frame: Arc<Frame>,
    /// The member who left the workspace by this event.
    leaving_member: Option<MemberId>,
}

/// The subscriptions with one selection.
pub struct Group {
    /// Start order among the groups of the room.
    ordinal: u64,
    state: Mutex<State>,
    /// The share of the memory budget used by the recent frames.
    reservation: Reservation,
    pub(super) inbox: Inbox,
    /// Cancelled under the state lock when the last subscriber is gone.
    pub(super) closed: CancellationToken,
}

/// The subscribers of a group and its position in the log.
pub struct State {
    ordinal: u64,
    /// The last event processed.
    pub(super) position: Seq,
    recent: VecDeque<RecentFrame>,
    recent_bytes: usize,
    /// `recent` is complete after this sequence number.
    recent_after: Seq,
    members: HashMap<u32, Vec<Subscriber>>,
}

impl Group {
    /// Creates a group with its first subscriber, from their cursor on.
    pub fn new(ordinal: u64, first: Subscriber, reservation: Reservation) -> Arc<Self> {
        let state = Mutex::new(State::new(ordinal, first));
        let (inbox, closed) = (Inbox::default(), CancellationToken::new());
        Arc::new(Self { ordinal, state, reservation, inbox, closed })
    }

    /// Start order among the groups of the room.
    pub fn ordinal(&self) -> u64 {
        self.ordinal
    }

    /// Whether the group has subscribers.
    pub fn is_used(&self) -> bool {
        !self.closed.is_cancelled()
    }

    /// The subscribers of a group and its position in the log.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Changes the state. Closes the group and drops its frames if no subscriber is left.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let changed = change(&mut state);
        if state.members.is_empty() {
            (state.recent, state.recent_bytes) = (VecDeque::new(), 0);
            self.closed.cancel();
        }
        self.reservation.set(state.recent_bytes);
        changed
    }

    /// Adds a subscription that has everything up to its cursor. Its cursor may be ahead of the group; the subscription
    /// then skips frames it already has. Returns `None` if the group is closed.
    pub fn join(&self, subscriber: &Subscriber) -> Option<JoinOutcome> {
        let mut state = self.state();
        self.is_used().then(|| state.join(subscriber))
    }

    /// Queues a signal if the member has subscribers in this group.
    pub fn signal(&self, number: u32, signal: &Signal) {
        if self.state().members.contains_key(&number) {
            self.inbox.push(number, signal);
        }
    }

    /// Removes subscribers whose connection is gone.
    pub fn remove_disconnected(&self) {
        self.change(|state| state.retain(Subscriber::is_connected));
    }

    /// Removes all subscribers and marks them lagged, so that they catch up from their cursors.
    pub fn mark_lagged(&self) {
        self.change(|state| {
            state.members.drain().flat_map(|(_, subscribers)| subscribers).for_each(|one| one.queue.mark_lagged());
        });
    }

    /// Whether an event must be executed. If no subscriber may see it, it is skipped, and the recent frames before it
    /// are dropped because they would no longer be contiguous.
    pub(super) fn needs_execution(&self, delivery: &Delivery) -> bool {
        self.change(|state| {
            let is_visible = state.has_any_of(&delivery.recipients);
            if !is_visible {
                state.drop_recent(delivery.event.seq);
                state.advance_to(delivery);
            }
            is_visible
        })
    }

    /// Sends the frame of an event to the subscribers who may see it, and keeps it for joining subscriptions.
    pub(super) fn deliver(&self, delivery: &Delivery, frame: Arc<Frame>) {
        self.change(|state| {
            state.send(delivery, &frame);
            state.remember(delivery, frame);
            state.advance_to(delivery);
        });
        self.reservation.enforce();
    }

    /// Size of the recent frames in bytes.
    pub fn cached_bytes(&self) -> usize {
        self.reservation.bytes()
    }

    /// Drops the recent frames. Joining subscriptions must first catch up to the group's position.
    pub fn clear_cache(&self) {
        self.change(|state| state.drop_recent(state.position));
    }

    /// Sends a frame to all subscribers.
    pub(super) fn push_all(&self, frame: &Arc<Frame>) {
        self.change(|state| state.retain(|one| one.is_connected() && one.queue.push(frame.clone())));
    }

    /// Sends a frame to all subscribers of a member.
    pub(super) fn push(&self, number: u32, frame: &Arc<Frame>) {
        self.change(|state| state.push(number, frame));
    }
}

impl State {
    fn new(ordinal: u64, first: Subscriber) -> Self {
        let cursor = first.cursor;
        Self {
            ordinal,
            position: cursor,
            recent: VecDeque::new(),
            recent_bytes: 0,
            recent_after: cursor,
            members: HashMap::from([(first.number, vec![first])]),
        }
    }

    /// Returns the members of the group.
    pub fn group_members(&self) -> GroupMembers<'_> {
        GroupMembers { ordinal: self.ordinal, members: &self.members }
    }

    /// Returns the accounts whose permit may be used for an execution: its members, or an arbitrary sample of a large
    /// group. A group therefore waits for the executions of other groups only if all its members also belong to those.
    pub(super) fn owners(&self) -> Vec<Owner> {
        let owner = |subscribers: &Vec<Subscriber>| Some(Owner::Account(subscribers.first()?.account_id));
        self.members.values().take(OWNER_SAMPLE).filter_map(owner).collect()
    }

    fn join(&mut self, subscriber: &Subscriber) -> JoinOutcome {
        let cursor = subscriber.cursor;
        if cursor < self.recent_after {
            return JoinOutcome::Behind;
        }
        for recent in self.recent.iter().filter(|recent| recent.frame.advances(cursor).is_some()) {
            if recent.recipients.contains(subscriber.number) {
                subscriber.queue.push(recent.frame.clone());
            }
            if recent.leaving_member == Some(subscriber.member_id) {
                // The member left while the subscription was catching up.
                subscriber.queue.close();
                return JoinOutcome::Joined;
            }
        }
        self.members.entry(subscriber.number).or_default().push(subscriber.clone());
        JoinOutcome::Joined
    }

    fn send(&mut self, delivery: &Delivery, frame: &Arc<Frame>) {
        let recipients = &delivery.recipients;
        if (recipients.len() as usize) < self.members.len() {
            recipients.iter().for_each(|number| self.push(number, frame));
        } else {
            let numbers: Vec<u32> =
                self.members.keys().copied().filter(|number| recipients.contains(*number)).collect();
            numbers.into_iter().for_each(|number| self.push(number, frame));
        }
    }

    /// Whether any of these members has a subscriber. Iterates over the smaller set.
    fn has_any_of(&self, numbers: &RoaringBitmap) -> bool {
        if (numbers.len() as usize) < self.members.len() {
            numbers.iter().any(|number| self.members.contains_key(&number))
        } else {
            self.members.keys().any(|number| numbers.contains(*number))
        }
    }

    /// Drops the recent frames up to a sequence number.
    fn drop_recent(&mut self, up_to: Seq) {
        self.recent = VecDeque::new();
        (self.recent_bytes, self.recent_after) = (0, up_to);
    }

    fn remember(&mut self, delivery: &Delivery, frame: Arc<Frame>) {
        // Recent frames may contain the texts that this event erases.
        if delivery.event.skeleton.erases().is_some() {
            self.drop_recent(self.position);
        }
        self.recent_bytes += frame.weight();
        let leaving_member = leaving_member(delivery);
        self.recent.push_back(RecentFrame { recipients: delivery.recipients.clone(), frame, leaving_member });
        while self.recent.len() > MAX_RECENT_FRAMES || self.recent_bytes > MAX_RECENT_BYTES {
            let Some(oldest) = self.recent.pop_front() else { break };
            self.recent_bytes -= oldest.frame.weight();
            if let FramePosition::Event(seq) = oldest.frame.position() {
                self.recent_after = seq;
            }
        }
    }

    /// Advances the position. If the event is a member's leave, closes their queues, except those with a cursor past
    /// it, which belong to a member who rejoined.
    fn advance_to(&mut self, delivery: &Delivery) {
        self.position = delivery.event.seq;
        let Some(member_id) = leaving_member(delivery) else { return };
        self.retain(|one| {
            let is_retained = one.member_id != member_id || one.cursor >= delivery.event.seq;
            if !is_retained {
                one.queue.close();
            }
            is_retained
        });
    }

    fn push(&mut self, number: u32, frame: &Arc<Frame>) {
        let Some(subscribers) = self.members.get_mut(&number) else { return };
        subscribers.retain(|one| one.is_connected() && one.queue.push(frame.clone()));
        if subscribers.is_empty() {
            self.members.remove(&number);
        }
    }

    fn retain(&mut self, is_retained: impl Fn(&Subscriber) -> bool) {
        self.members.retain(|_, subscribers| {
            subscribers.retain(&is_retained);
            !subscribers.is_empty()
        });
    }
}

fn leaving_member(delivery: &Delivery) -> Option<MemberId> {
    match delivery.event.skeleton.ends_access() {
        Some(AccessEnd::Membership(id)) => Some(id),
        Some(AccessEnd::Session(_)) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::super::execution::Executor;
    use super::*;
    use crate::ground::clock::Timestamp;
    use crate::ground::fair_semaphore::{FairSemaphore, Limits};
    use crate::ground::id::{AccountId, ChannelId, MessageId, WorkspaceId};
    use crate::model::event::{Body, Event, Mentions, Skeleton};

    fn subscriber(number: u32, cursor: Seq) -> Subscriber {
        let (member_id, account_id) = (MemberId::mint(), AccountId::mint());
        Subscriber { member_id, account_id, number, queue: Arc::default(), cursor }
    }

    pub(super) fn deliver(state: &mut State, seq: Seq, skeleton: Skeleton) {
        let (workspace_id, at, body) = (WorkspaceId::SERVER, Timestamp(0), Body::default());
        let (actor_id, command_id) = (Uuid::nil(), Uuid::nil());
        let event = Arc::new(Event { workspace_id, seq, at, actor_id, command_id, skeleton, body });
        let delivery = Delivery { event, recipients: Arc::new(RoaringBitmap::from_iter([1, 2])) };
        state.remember(&delivery, Arc::new(Frame::new(FramePosition::Event(seq), Bytes::from_static(b"words"))));
        state.advance_to(&delivery);
    }

    #[tokio::test]
    async fn a_member_without_other_groups_provides_a_permit() {
        let (running, running_of_owner, waiting, timeout) = (100, 1, 0, Duration::ZERO);
        let semaphore =
            FairSemaphore::new("test", Limits { running, running_of_owner, waiting, waiting_of_owner: 0, timeout });
        let executor = Executor::new(crate::wire::graphql::executor(), semaphore);
        let shared: Vec<Subscriber> = (1..=19).map(|number| subscriber(number, 0)).collect();
        let group = |ordinal, members: &[Subscriber]| {
            let mut state = State::new(ordinal, members[0].clone());
            members[1..].iter().for_each(|one| assert_eq!(state.join(one), JoinOutcome::Joined));
            state
        };
        // The same members have many groups, all of them executing.
        let mut permits = Vec::new();
        for ordinal in 0..shared.len() as u64 {
            let permit = executor.least_busy_permit(&group(ordinal, &shared).owners()).now_or_never();
            permits.push(permit.expect("a permit is available"));
        }
        let permit = executor.least_busy_permit(&group(50, &shared).owners()).now_or_never();
        assert!(permit.is_none(), "each member already uses their permit");
        let all: Vec<Subscriber> = shared.into_iter().chain([subscriber(20, 0)]).collect();
        assert!(executor.least_busy_permit(&group(51, &all).owners()).now_or_never().is_some());
        let thousand: Vec<Subscriber> = (1..=1_000).map(|number| subscriber(number, 0)).collect();
        assert_eq!(group(52, &thousand).owners().len(), OWNER_SAMPLE);
    }

    #[test]
    fn drops_recent_frames_of_erased_content() {
        let mut state = State::new(1, subscriber(1, 0));
        let (message_id, channel_id, author_id) = (MessageId::mint(), ChannelId::mint(), MemberId::mint());
        let (thread_id, mentions, sent_seq, sent_at) = (None, Mentions::default(), 1, Timestamp(0));
        let sent = Skeleton::MessageSent { message_id, channel_id, thread_id, mentions, file_ids: Vec::new() };
        deliver(&mut state, 1, sent);
        assert_eq!(state.join(&subscriber(2, 0)), JoinOutcome::Joined);
        let deleted = Skeleton::MessageDeleted { message_id, channel_id, thread_id, author_id, sent_seq, sent_at };
        deliver(&mut state, 2, deleted);
        let joined = state.join(&subscriber(2, 0));
        assert_eq!(joined, JoinOutcome::Behind, "it is read from the ring buffer, where it is erased");
        let weight = Frame::new(FramePosition::Event(2), Bytes::from_static(b"words")).weight();
        assert_eq!((state.join(&subscriber(2, 1)), state.recent_bytes), (JoinOutcome::Joined, weight));
    }
}
