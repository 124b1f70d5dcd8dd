//! The broadcast of a room: groups of subscriptions with the same selection.
//!
//! One task per room with subscribers. For each event it executes every group's selection once and
//! puts the shared frame into the queues of those members of the group who may see the event. Cost per
//! subscriber is a look into a bitmap and a reference count. How many groups somebody may have is for
//! `shares.rs` to say.

use std::collections::HashMap;
use std::sync::{Arc, Weak};
use std::time::Duration;

use async_graphql::Request;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::group::{Group, Subscriber};
use super::heartbeat::Fresh;
use super::rendering::{Execute, Rendering};
use super::room::{Delivery, Room};
use super::signal::Signal;
use super::subscription::copy;
use super::{Item, shares};
use crate::error::Error;
use crate::event::{Seq, Skeleton};
use crate::id::MemberId;
use crate::log::failpoint;
use crate::supervise;

/// Joins and signals that may wait for the task.
const ORDERS: usize = 1024;
/// How often a group is told how far it has come.
const HEAD_EVERY: Duration = Duration::from_secs(20);

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
    /// The member has as many different selections in the room as they may.
    TooManyOfMember,
    /// The room serves as many different selections as it may, and nobody has more of them than the member.
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
            begun: 0,
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

struct Task {
    /// The last event that went to the groups.
    sent: Seq,
    head: tokio::sync::watch::Receiver<Seq>,
    room: Weak<Room>,
    execute: Execute,
    fresh: Fresh,
    groups: HashMap<Arc<str>, Group>,
    /// Groups that were begun so far.
    begun: u64,
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
            if !group.is_for(delivery) {
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
        self.groups.retain(|_, group| !group.is_empty());
        if let Skeleton::MemberLeft { member_id } = &delivery.event.skeleton {
            self.groups.values_mut().for_each(|group| group.dismiss(*member_id));
        }
    }

    async fn send_head(&mut self) {
        let item = Item::Head(self.sent);
        for group in self.groups.values_mut() {
            if let Ok(frame) = group.rendering.render(&item).await {
                group.push_all(&frame);
            }
        }
    }

    async fn signal(&mut self, member_id: MemberId, signal: Signal) {
        let item = Item::Signal(signal);
        for group in self.groups.values_mut() {
            let Some(number) = group.number_of(member_id) else { continue };
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
            group.forget_gone();
            !group.is_empty()
        });
    }

    async fn try_join(&mut self, join: &Join) -> Joined {
        if !self.groups.contains_key(&join.key) {
            if let Err(refused) = self.make_room(join) {
                return refused;
            }
            let request = copy(&join.request);
            let Ok(rendering) = Rendering::start(&self.execute, request).await else { return Joined::TooManyGroups };
            self.begun += 1;
            self.groups.insert(join.key.clone(), Group::new(rendering, self.begun, self.sent));
        }
        self.groups.get_mut(&join.key).map_or(Joined::Behind, |group| group.join(join.cursor, &join.subscriber))
    }

    /// Makes room for another group: of those that nobody uses any more, or of the one who has most of them.
    fn make_room(&mut self, join: &Join) -> Result<(), Joined> {
        let number = join.subscriber.number;
        let is_full = |task: &Self| task.groups.len() >= shares::GROUPS || shares::is_used_up(&task.sizes(), number);
        if is_full(self) {
            self.forget_unused();
        }
        if shares::is_used_up(&self.sizes(), number) {
            return Err(Joined::TooManyOfMember);
        }
        if join.cursor < self.sent {
            return Err(Joined::Behind);
        }
        if self.groups.len() >= shares::GROUPS {
            let greediest = shares::to_give_way(&self.sizes(), number).ok_or(Joined::TooManyGroups)?;
            let key = self.groups.iter().find(|(_, group)| group.begun() == greediest).map(|(key, _)| key.clone());
            // They go on by themselves, and find out whether there is room for them again.
            key.and_then(|key| self.groups.remove(&key)).into_iter().for_each(Group::overrun);
        }
        Ok(())
    }

    fn sizes(&self) -> Vec<shares::Size<'_>> {
        self.groups.values().map(Group::size).collect()
    }
}
