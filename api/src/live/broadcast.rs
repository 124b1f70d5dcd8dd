//! The broadcast of a room: groups of subscriptions with the same selection.
//!
//! One task per room with subscribers. For each event it executes every group's selection once and
//! puts the shared frame into the queues of those members of the group who may see the event. Cost per
//! subscriber is a look into a bitmap and a reference count. A group keeps its latest frames, so that
//! a subscription which has nearly caught up joins without executing anything again.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_graphql::Request;
use roaring::RoaringBitmap;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::frame::Reach;
use super::heartbeat::Fresh;
use super::queue::Queue;
use super::rendering::{Execute, Rendering};
use super::room::{Delivery, Room};
use super::signal::Signal;
use super::subscription::copy;
use super::{Frame, Item};
use crate::error::Error;
use crate::event::{Seq, Skeleton};
use crate::id::MemberId;
use crate::log::failpoint;
use crate::supervise;

/// Different selections that one room serves.
pub const GROUPS: usize = 64;
/// Joins and signals that may wait for the task.
const ORDERS: usize = 1024;
/// Frames that a group keeps for those who join.
const RECENT: usize = 256;
/// How often a group is told how far it has come.
const HEAD_EVERY: Duration = Duration::from_secs(20);

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

/// What a subscription asks of the broadcast.
pub struct Join {
    /// Says which selections are the same.
    pub key: Arc<str>,
    /// The request that the group executes, if this is its first subscriber.
    pub request: Request,
    pub subscriber: Subscriber,
    /// Everything up to here has been sent by the subscription itself.
    pub cursor: Seq,
    pub answer: oneshot::Sender<Joined>,
}

/// The answer to a [`Join`].
#[derive(Debug, PartialEq, Eq)]
pub enum Joined {
    /// What follows the cursor comes through the queue.
    Yes,
    /// The group is further; go on catching up.
    Behind,
    /// The room serves as many different selections as it may.
    TooManyGroups,
}

enum Order {
    Join(Box<Join>),
    Signal(MemberId, Signal),
}

/// The way to the task.
#[derive(Debug)]
pub struct Broadcast {
    orders: mpsc::Sender<Order>,
}

impl Broadcast {
    pub(super) fn start(room: &Arc<Room>, execute: Execute, fresh: Fresh) -> Self {
        let (orders, inbox) = mpsc::channel(ORDERS);
        let task = Task {
            sent: room.seq(),
            head: room.watch(),
            room: Arc::downgrade(room),
            execute,
            fresh,
            groups: HashMap::new(),
        };
        let room = Arc::downgrade(room);
        supervise::spawn("broadcast", async move {
            if supervise::guard("broadcast", task.run(inbox)).await.is_err()
                && let Some(room) = room.upgrade()
            {
                room.end(&Error::internal("its broadcast panicked"));
            }
        });
        Self { orders }
    }

    /// Asks to join the group of a selection.
    pub async fn join(&self, join: Join) {
        let _ = self.orders.send(Order::Join(Box::new(join))).await;
    }

    /// Sends a signal to all connections of a member. With too many waiting it is lost, as signals may be.
    pub fn signal(&self, member_id: MemberId, signal: Signal) {
        let _ = self.orders.try_send(Order::Signal(member_id, signal));
    }
}

/// A frame that a group sent.
struct Sent {
    recipients: Arc<RoaringBitmap>,
    frame: Arc<Frame>,
    /// Who left the workspace by it.
    left: Option<MemberId>,
}

struct Group {
    rendering: Rendering,
    recent: VecDeque<Sent>,
    /// Everything after this number is in `recent`.
    recent_after: Seq,
    members: HashMap<u32, Vec<Subscriber>>,
}

struct Task {
    /// The last event that went to the groups.
    sent: Seq,
    head: tokio::sync::watch::Receiver<Seq>,
    room: Weak<Room>,
    execute: Execute,
    fresh: Fresh,
    groups: HashMap<Arc<str>, Group>,
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Order>) {
        let mut heads = tokio::time::interval_at(Instant::now() + HEAD_EVERY, HEAD_EVERY);
        heads.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(Order::Join(join)) => self.join(*join).await,
                    Some(Order::Signal(member, signal)) => self.signal(member, signal).await,
                    None => return,
                },
                changed = self.head.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    self.send().await;
                }
                _ = heads.tick() => self.send_head().await,
            }
        }
    }

    /// Sends everything that the room has taken since.
    async fn send(&mut self) {
        while let Some(deliveries) = self.room.upgrade().map(|room| room.after(self.sent, 64)) {
            // A process that cannot know whether it still hears everything does not deliver.
            self.fresh.wait().await;
            let Some(deliveries) = deliveries else {
                // The ring ran away: everybody catches up from the database.
                self.groups.drain().for_each(|(_, group)| group.overrun());
                self.sent = self.room.upgrade().map_or(self.sent, |room| room.seq());
                return;
            };
            if deliveries.is_empty() {
                return;
            }
            for delivery in deliveries {
                self.send_one(&delivery).await;
                self.sent = delivery.event.seq;
            }
        }
    }

    async fn send_one(&mut self, delivery: &Delivery) {
        let item = Item::Event(delivery.event.clone());
        let mut broken = Vec::new();
        for (key, group) in &mut self.groups {
            // Nobody here may see it: then it is not executed either.
            if !group.members.keys().any(|number| delivery.recipients.contains(*number)) {
                group.skip(delivery);
                continue;
            }
            match group.rendering.render(&item).await {
                Ok(frame) => {
                    if let Some(room) = self.room.upgrade() {
                        room.frames.put(key, &delivery.event, &frame);
                    }
                    group.deliver(delivery, frame);
                }
                Err(error) => {
                    tracing::error!(%error, "an event was not rendered");
                    broken.push(key.clone());
                }
            }
        }
        // What comes next would vouch for it: everybody there reads it from their cursor, with a rendering of their own.
        for key in broken {
            self.groups.remove(&key).into_iter().for_each(Group::overrun);
        }
        failpoint::pass("room.rendered");
        self.groups.retain(|_, group| !group.members.is_empty());
        if let Skeleton::MemberLeft { member_id } = &delivery.event.skeleton {
            self.groups.values_mut().for_each(|group| group.dismiss(*member_id));
        }
    }

    async fn send_head(&mut self) {
        let item = Item::Head(self.sent);
        for group in self.groups.values_mut() {
            if let Ok(frame) = group.rendering.render(&item).await {
                group
                    .members
                    .values_mut()
                    .for_each(|subscribers| subscribers.retain(|one| one.queue.push(frame.clone())));
                group.forget_empty();
            }
        }
    }

    async fn signal(&mut self, member_id: MemberId, signal: Signal) {
        let item = Item::Signal(signal);
        for group in self.groups.values_mut() {
            let theirs = |one: &&Subscriber| one.member_id == member_id;
            let Some(number) = group.members.values().flatten().find(theirs).map(|one| one.number) else { continue };
            if let Ok(frame) = group.rendering.render(&item).await {
                group.push(number, &frame);
            }
        }
    }

    async fn join(&mut self, join: Join) {
        let joined = self.try_join(&join).await;
        if join.answer.send(joined).is_err() {
            // The connection is gone; its queue is found full or dropped at the next frame.
            self.groups.values_mut().for_each(|group| group.drop_queue(&join.subscriber.queue));
        }
    }

    /// Forgets the groups of which every connection is gone.
    fn forget_unused(&mut self) {
        self.groups.retain(|_, group| {
            group.members.values_mut().for_each(|subscribers| subscribers.retain(Subscriber::is_there));
            group.forget_empty();
            !group.members.is_empty()
        });
    }

    async fn try_join(&mut self, join: &Join) -> Joined {
        if !self.groups.contains_key(&join.key) {
            if self.groups.len() >= GROUPS {
                self.forget_unused();
            }
            if self.groups.len() >= GROUPS {
                return Joined::TooManyGroups;
            }
            if join.cursor < self.sent {
                return Joined::Behind;
            }
            let request = copy(&join.request);
            let Ok(rendering) = Rendering::start(&self.execute, request).await else { return Joined::TooManyGroups };
            let group = Group { rendering, recent: VecDeque::new(), recent_after: self.sent, members: HashMap::new() };
            self.groups.insert(join.key.clone(), group);
        }
        let Some(group) = self.groups.get_mut(&join.key) else { return Joined::Behind };
        if join.cursor < group.recent_after {
            return Joined::Behind;
        }
        let number = join.subscriber.number;
        for sent in group.recent.iter().filter(|sent| sent.frame.advances(join.cursor).is_some()) {
            if sent.recipients.contains(number) {
                join.subscriber.queue.push(sent.frame.clone());
            }
            if sent.left == Some(join.subscriber.member_id) {
                // They left while they were on the way here.
                join.subscriber.queue.close();
                return Joined::Yes;
            }
        }
        // It may be ahead of the group; it drops by number what it has already.
        group.members.entry(number).or_default().push(join.subscriber.clone());
        Joined::Yes
    }
}

impl Group {
    /// The event was not executed, so what is kept has a hole before it.
    fn skip(&mut self, delivery: &Delivery) {
        self.recent.clear();
        self.recent_after = delivery.event.seq;
    }

    fn deliver(&mut self, delivery: &Delivery, frame: Arc<Frame>) {
        let recipients = &delivery.recipients;
        if (recipients.len() as usize) < self.members.len() {
            recipients.iter().for_each(|number| self.push(number, &frame));
        } else {
            let numbers: Vec<u32> =
                self.members.keys().copied().filter(|number| recipients.contains(*number)).collect();
            numbers.into_iter().for_each(|number| self.push(number, &frame));
        }
        if self.recent.len() == RECENT
            && let Some(oldest) = self.recent.pop_front()
        {
            self.recent_after = match oldest.frame.reach() {
                Reach::Event(seq) => seq,
                Reach::Head(_) | Reach::Nothing => self.recent_after,
            };
        }
        let left = match &delivery.event.skeleton {
            Skeleton::MemberLeft { member_id } => Some(*member_id),
            _ => None,
        };
        self.recent.push_back(Sent { recipients: recipients.clone(), frame, left });
    }

    fn push(&mut self, number: u32, frame: &Arc<Frame>) {
        let Some(subscribers) = self.members.get_mut(&number) else { return };
        subscribers.retain(|one| one.is_there() && one.queue.push(frame.clone()));
        if subscribers.is_empty() {
            self.members.remove(&number);
        }
    }

    /// Nothing more comes for somebody who left the workspace.
    fn dismiss(&mut self, member_id: MemberId) {
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

    fn drop_queue(&mut self, queue: &Arc<Queue>) {
        self.members.values_mut().for_each(|subscribers| subscribers.retain(|one| !Arc::ptr_eq(&one.queue, queue)));
        self.forget_empty();
    }

    fn forget_empty(&mut self) {
        self.members.retain(|_, subscribers| !subscribers.is_empty());
    }

    fn overrun(self) {
        self.members.into_values().flatten().for_each(|one| one.queue.overrun());
    }
}
