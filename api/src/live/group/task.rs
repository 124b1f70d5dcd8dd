//! The task of a group: executes its selection for each event, in order, at its own pace.
//!
//! It reads the ring from where the group is. When the ring has run away from it, or its execution breaks, all who have
//! the group go on by themselves from their cursors.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_graphql::Request;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::Group;
use crate::error::Error;
use crate::event::Seq;
use crate::live::broadcast::Join;
use crate::live::heartbeat::Fresh;
use crate::live::rendering::{Renderer, Rendering, Turn};
use crate::live::room::{Delivery, Room};
use crate::live::signal::Signal;
use crate::live::subscription::copy;
use crate::live::{Frame, Item};
use crate::log::failpoint;
use crate::supervise;

/// How often a group is told how far it has come.
const HEAD_EVERY: Duration = Duration::from_secs(20);
/// Events that are taken from the ring at a time.
const BATCH: usize = 64;

struct Task {
    group: Arc<Group>,
    key: Arc<str>,
    request: Request,
    room: Weak<Room>,
    head: watch::Receiver<Seq>,
    signals: mpsc::Receiver<(u32, Signal)>,
    renderer: Renderer,
    fresh: Fresh,
}

/// Why the task goes no further.
struct Ended;

pub(super) fn start(
    group: Arc<Group>,
    signals: mpsc::Receiver<(u32, Signal)>,
    room: &Arc<Room>,
    join: &Join<'_>,
    renderer: Renderer,
    fresh: Fresh,
) {
    let (key, request, head) = (join.key.clone(), copy(join.request), room.watch());
    let task = Task { group, key, request, room: Arc::downgrade(room), head, signals, renderer, fresh };
    let room = Arc::downgrade(room);
    supervise::spawn("broadcast", async move {
        if supervise::guard("broadcast", task.run()).await.is_err()
            && let Some(room) = room.upgrade()
        {
            room.end(&Error::internal("its broadcast panicked"));
        }
    });
}

impl Task {
    async fn run(mut self) {
        let group = self.group.clone();
        tokio::select! {
            biased;
            () = group.over.cancelled() => {}
            Err(Ended) = self.go_on() => group.overrun(),
        }
    }

    async fn go_on(&mut self) -> Result<std::convert::Infallible, Ended> {
        let mut rendering = {
            let turn = self.turn().await;
            self.renderer.start(&turn, copy(&self.request)).await.map_err(|_| Ended)?
        };
        let mut heads = interval_at(Instant::now() + HEAD_EVERY, HEAD_EVERY);
        heads.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.send(&mut rendering).await?;
            tokio::select! {
                changed = self.head.changed() => changed.map_err(|_| Ended)?,
                signal = self.signals.recv() => {
                    let (number, signal) = signal.ok_or(Ended)?;
                    let frame = self.render(&mut rendering, &Item::Signal(signal)).await?;
                    self.group.push(number, &frame);
                }
                _ = heads.tick() => {
                    let head = Item::Head(self.group.state().sent);
                    let frame = self.render(&mut rendering, &head).await?;
                    self.group.push_all(&frame);
                }
            }
        }
    }

    /// Sends everything that the room has taken since.
    async fn send(&mut self, rendering: &mut Rendering) -> Result<(), Ended> {
        loop {
            let sent = self.group.state().sent;
            let deliveries = self.room.upgrade().ok_or(Ended)?.after(sent, BATCH);
            // A process that cannot know whether it still hears everything does not deliver.
            self.fresh.wait().await;
            let deliveries = deliveries.ok_or(Ended)?;
            if deliveries.is_empty() {
                return Ok(());
            }
            for delivery in &deliveries {
                self.send_one(rendering, delivery).await?;
            }
        }
    }

    async fn send_one(&mut self, rendering: &mut Rendering, delivery: &Delivery) -> Result<(), Ended> {
        if !self.group.takes(delivery) {
            return Ok(());
        }
        let turn = self.turn().await;
        let rendered = rendering.render(&turn, &Item::Event(delivery.event.clone())).await;
        drop(turn);
        // What comes next would vouch for it: everybody here reads it from their cursor, by an execution of their own.
        let frame = rendered.map_err(not_rendered)?;
        if let Some(room) = self.room.upgrade() {
            room.frames.put(&self.key, &delivery.event, &frame);
        }
        self.group.deliver(delivery, frame);
        failpoint::pass("room.rendered");
        Ok(())
    }

    async fn render(&self, rendering: &mut Rendering, item: &Item) -> Result<Arc<Frame>, Ended> {
        rendering.render(&self.turn().await, item).await.map_err(not_rendered)
    }

    async fn turn(&self) -> Turn {
        let owners = self.group.state().owners();
        self.renderer.turn_of_least(&owners).await
    }
}

fn not_rendered(error: Error) -> Ended {
    tracing::error!(%error, "an item was not rendered");
    Ended
}
