//! A group: subscriptions of a room with the same selection, which is executed once for all of them.
//!
//! It keeps its latest frames, within a number and within bytes, so that a subscription which has nearly caught up
//! joins without executing anything again; of what was erased since it keeps nothing. Its [`task`] executes; one that nobody uses any more is over, and is not
//! joined again.

mod inbox;
mod task;

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use roaring::RoaringBitmap;
use tokio_util::sync::CancellationToken;

use self::inbox::Inbox;
use super::Frame;
use super::broadcast::{Join, Joined};
use super::frame::Reach;
use super::heartbeat::Fresh;
use super::keep::Part;
use super::queue::Queue;
use super::rendering::Renderer;
use super::room::{Delivery, Room};
use super::shares::Size;
use super::signal::Signal;
use crate::budget::Owner;
use crate::event::{Seq, Skeleton};
use crate::id::{AccountId, MemberId};

/// Frames that a group keeps for those who join.
const RECENT: usize = 256;
/// Bytes of them.
const RECENT_BYTES: usize = 1024 * 1024;
/// Members who are looked at to find one by whose turn it is executed.
const ASKED: usize = 64;

/// One subscription as its group knows it.
#[derive(Debug, Clone)]
pub struct Subscriber {
    pub member_id: MemberId,
    pub account_id: AccountId,
    /// The member's number in the room's workspace.
    pub number: u32,
    pub queue: Arc<Queue>,
    /// Everything up to here has been sent by the subscription itself.
    pub cursor: Seq,
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
    /// Its number, in the order in which groups of the room began.
    begun: u64,
    state: Mutex<State>,
    /// Its latest frames, as a part of what all rooms keep.
    kept: Part,
    inbox: Inbox,
    /// Cancelled, under the lock of the state, when nobody uses it any more.
    over: CancellationToken,
}

/// Who has it, and how far it is.
pub struct State {
    begun: u64,
    /// The last event that was looked at.
    sent: Seq,
    recent: VecDeque<Sent>,
    recent_bytes: usize,
    /// Everything after this number is in `recent`.
    recent_after: Seq,
    members: HashMap<u32, Vec<Subscriber>>,
}

impl Group {
    /// Begins the `begun`-th group of a room, with whoever joins it first, from their cursor on.
    pub fn begin(begun: u64, join: &Join<'_>, room: &Arc<Room>, renderer: Renderer, fresh: Fresh) -> Arc<Self> {
        let state = Mutex::new(State::new(begun, join.subscriber.clone()));
        let (kept, inbox, over) = (room.keep().part(), Inbox::default(), CancellationToken::new());
        let group = Arc::new(Self { begun, state, kept, inbox, over });
        task::start(group.clone(), room, join, renderer, fresh);
        group
    }

    /// Its number, in the order in which groups of the room began.
    pub fn begun(&self) -> u64 {
        self.begun
    }

    /// Whether it goes on.
    pub fn is_used(&self) -> bool {
        !self.over.is_cancelled()
    }

    /// Who has it, and how far it is.
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes who has it or how far it is. One that nobody has is over, and keeps nothing.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let changed = change(&mut state);
        if state.members.is_empty() {
            (state.recent, state.recent_bytes) = (VecDeque::new(), 0);
            self.over.cancel();
        }
        self.kept.set(state.recent_bytes);
        changed
    }

    /// Takes a subscription that has everything up to its cursor; it may be ahead of the group, and drops by number
    /// what it has already. `None` if the group is over.
    pub fn join(&self, subscriber: &Subscriber) -> Option<Joined> {
        let mut state = self.state();
        self.is_used().then(|| state.join(subscriber))
    }

    /// Passes a signal on, if the member is here.
    pub fn signal(&self, number: u32, signal: &Signal) {
        if self.state().members.contains_key(&number) {
            self.inbox.put(number, signal);
        }
    }

    /// Forgets those whose connection is gone.
    pub fn forget_gone(&self) {
        self.change(|state| state.keep(Subscriber::is_there));
    }

    /// Lets all of them go: they read from their cursors.
    pub fn overrun(&self) {
        self.change(|state| {
            state.members.drain().flat_map(|(_, subscribers)| subscribers).for_each(|one| one.queue.overrun());
        });
    }

    /// Whether an event is to be executed. One that nobody here may see is not: what is kept has a hole before it.
    fn takes(&self, delivery: &Delivery) -> bool {
        self.change(|state| {
            let is_seen = state.has_any_of(&delivery.recipients);
            if !is_seen {
                state.forget_recent(delivery.event.seq);
                state.has_come_to(delivery);
            }
            is_seen
        })
    }

    /// Gives the frame of an event to those who may see it, and keeps it for those who join.
    fn deliver(&self, delivery: &Delivery, frame: Arc<Frame>) {
        self.change(|state| {
            state.give(delivery, &frame);
            state.put(delivery, frame);
            state.has_come_to(delivery);
        });
        self.kept.settle();
    }

    /// Bytes of the frames that it keeps.
    pub fn kept(&self) -> usize {
        self.kept.bytes()
    }

    /// Lets go of the frames that it keeps: whoever joins catches up to where it is.
    pub fn let_go(&self) {
        self.change(|state| state.forget_recent(state.sent));
    }

    /// Gives a frame to all.
    fn push_all(&self, frame: &Arc<Frame>) {
        self.change(|state| state.keep(|one| one.is_there() && one.queue.push(frame.clone())));
    }

    /// Gives a frame to the connections of a member.
    fn push(&self, number: u32, frame: &Arc<Frame>) {
        self.change(|state| state.push(number, frame));
    }
}

impl State {
    fn new(begun: u64, first: Subscriber) -> Self {
        let cursor = first.cursor;
        Self {
            begun,
            sent: cursor,
            recent: VecDeque::new(),
            recent_bytes: 0,
            recent_after: cursor,
            members: HashMap::from([(first.number, vec![first])]),
        }
    }

    /// Who has it.
    pub fn size(&self) -> Size<'_> {
        Size { begun: self.begun, members: &self.members }
    }

    /// Those whose turn may be taken to execute it: of its members, and where these are many, of some of them by chance.
    /// So it waits for other groups only where all who have it have those as well.
    fn owners(&self) -> Vec<Owner> {
        let here = |subscribers: &Vec<Subscriber>| Some(Owner::Account(subscribers.first()?.account_id));
        self.members.values().take(ASKED).filter_map(here).collect()
    }

    fn join(&mut self, subscriber: &Subscriber) -> Joined {
        let cursor = subscriber.cursor;
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

    fn give(&mut self, delivery: &Delivery, frame: &Arc<Frame>) {
        let recipients = &delivery.recipients;
        if (recipients.len() as usize) < self.members.len() {
            recipients.iter().for_each(|number| self.push(number, frame));
        } else {
            let numbers: Vec<u32> =
                self.members.keys().copied().filter(|number| recipients.contains(*number)).collect();
            numbers.into_iter().for_each(|number| self.push(number, frame));
        }
    }

    /// Whether one of these members has it. Looks at the fewer of both.
    fn has_any_of(&self, numbers: &RoaringBitmap) -> bool {
        if (numbers.len() as usize) < self.members.len() {
            numbers.iter().any(|number| self.members.contains_key(&number))
        } else {
            self.members.keys().any(|number| numbers.contains(*number))
        }
    }

    /// Keeps only what comes after a number.
    fn forget_recent(&mut self, up_to: Seq) {
        self.recent = VecDeque::new();
        (self.recent_bytes, self.recent_after) = (0, up_to);
    }

    fn put(&mut self, delivery: &Delivery, frame: Arc<Frame>) {
        // What is kept may have the texts that this event takes away.
        if delivery.event.skeleton.erases() {
            self.forget_recent(self.sent);
        }
        self.recent_bytes += frame.weight();
        let left = left_by(delivery);
        self.recent.push_back(Sent { recipients: delivery.recipients.clone(), frame, left });
        while self.recent.len() > RECENT || self.recent_bytes > RECENT_BYTES {
            let Some(oldest) = self.recent.pop_front() else { break };
            self.recent_bytes -= oldest.frame.weight();
            if let Reach::Event(seq) = oldest.frame.reach() {
                self.recent_after = seq;
            }
        }
    }

    /// Nothing more comes for somebody who left the workspace by this event; whoever was further has come back since.
    fn has_come_to(&mut self, delivery: &Delivery) {
        self.sent = delivery.event.seq;
        let Some(member_id) = left_by(delivery) else { return };
        self.keep(|one| {
            let stays = one.member_id != member_id || one.cursor >= delivery.event.seq;
            if !stays {
                one.queue.close();
            }
            stays
        });
    }

    fn push(&mut self, number: u32, frame: &Arc<Frame>) {
        let Some(subscribers) = self.members.get_mut(&number) else { return };
        subscribers.retain(|one| one.is_there() && one.queue.push(frame.clone()));
        if subscribers.is_empty() {
            self.members.remove(&number);
        }
    }

    fn keep(&mut self, stays: impl Fn(&Subscriber) -> bool) {
        self.members.retain(|_, subscribers| {
            subscribers.retain(&stays);
            !subscribers.is_empty()
        });
    }
}

fn left_by(delivery: &Delivery) -> Option<MemberId> {
    match &delivery.event.skeleton {
        Skeleton::MemberLeft { member_id } => Some(*member_id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use futures_util::FutureExt;
    use uuid::Uuid;

    use super::*;
    use crate::clock::Moment;
    use crate::event::{Body, Event, Mentions};
    use crate::gate::{Gate, Limits};
    use crate::id::{ChannelId, MessageId, WorkspaceId};

    fn subscriber(number: u32, cursor: Seq) -> Subscriber {
        let (member_id, account_id) = (MemberId::mint(), AccountId::mint());
        Subscriber { member_id, account_id, number, queue: Arc::default(), cursor }
    }

    fn deliver(state: &mut State, seq: Seq, skeleton: Skeleton) {
        let (workspace_id, at, body) = (WorkspaceId::SERVER, Moment(0), Body::default());
        let (actor_id, command_id) = (Uuid::nil(), Uuid::nil());
        let event = Arc::new(Event { workspace_id, seq, at, actor_id, command_id, skeleton, body });
        let delivery = Delivery { event, recipients: Arc::new(RoaringBitmap::from_iter([1, 2])) };
        state.put(&delivery, Arc::new(Frame::new(Reach::Event(seq), Bytes::from_static(b"words"))));
        state.has_come_to(&delivery);
    }

    #[tokio::test]
    async fn what_many_have_waits_for_nothing_that_others_of_many_have() {
        let (running, running_of_owner, waiting, patience) = (100, 1, 0, Duration::ZERO);
        let gate = Gate::new("test", Limits { running, running_of_owner, waiting, waiting_of_owner: 0, patience });
        let renderer = Renderer::new(crate::graphql::rendering(), gate);
        let crowd: Vec<Subscriber> = (1..=19).map(|number| subscriber(number, 0)).collect();
        let group = |begun, members: &[Subscriber]| {
            let mut state = State::new(begun, members[0].clone());
            members[1..].iter().for_each(|one| assert_eq!(state.join(one), Joined::Yes));
            state
        };
        // The crowd has as many groups as it likes, and all of them are executed now.
        let mut turns = Vec::new();
        for begun in 0..crowd.len() as u64 {
            turns.push(renderer.turn_of_least(&group(begun, &crowd).owners()).now_or_never().expect("one is free"));
        }
        assert!(renderer.turn_of_least(&group(50, &crowd).owners()).now_or_never().is_none(), "each has one turn");
        let all: Vec<Subscriber> = crowd.into_iter().chain([subscriber(20, 0)]).collect();
        assert!(renderer.turn_of_least(&group(51, &all).owners()).now_or_never().is_some());
        let town: Vec<Subscriber> = (1..=1_000).map(|number| subscriber(number, 0)).collect();
        assert_eq!(group(52, &town).owners().len(), ASKED);
    }

    #[test]
    fn whoever_joins_gets_no_frame_of_what_was_erased() {
        let mut state = State::new(1, subscriber(1, 0));
        let (message_id, channel_id, author_id) = (MessageId::mint(), ChannelId::mint(), MemberId::mint());
        let (thread_id, mentions) = (None, Mentions::default());
        let sent = Skeleton::MessageSent { message_id, channel_id, thread_id, mentions, file_ids: Vec::new() };
        deliver(&mut state, 1, sent);
        assert_eq!(state.join(&subscriber(2, 0)), Joined::Yes);
        let deleted = Skeleton::MessageDeleted { message_id, channel_id, thread_id, author_id, sent_seq: 1 };
        deliver(&mut state, 2, deleted);
        assert_eq!(state.join(&subscriber(2, 0)), Joined::Behind, "they read it from the ring, where it is erased");
        let weight = Frame::new(Reach::Event(2), Bytes::from_static(b"words")).weight();
        assert_eq!((state.join(&subscriber(2, 1)), state.recent_bytes), (Joined::Yes, weight));
    }
}
