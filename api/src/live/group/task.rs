//! The task of a group: executes its selection for each event, in order, at its own pace.
//!
//! It reads the ring from where the group is, one event at a time, when it has the turn to execute it: what was erased
//! meanwhile is not rendered, and a process that is cut off delivers nothing. Signals wait behind no more than one
//! event, and events behind no more than a few signals. When the ring has run away from it, or its execution breaks,
//! all who have the group go on by themselves from their cursors.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_graphql::Request;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::Group;
use crate::error::Error;
use crate::event::Seq;
use crate::live::broadcast::Join;
use crate::live::heartbeat::Fresh;
use crate::live::rendering::{Renderer, Rendering, Turn};
use crate::live::room::{Delivery, Room};
use crate::live::selection::Key;
use crate::live::subscription::copy;
use crate::live::{Frame, Item};
use crate::log::failpoint;
use crate::supervise;

/// How often a group is told how far it has come.
const HEAD_EVERY: Duration = Duration::from_secs(20);
/// Signals that are told before the next event is.
const SIGNALS: usize = 16;

struct Task {
    group: Arc<Group>,
    key: Key,
    request: Request,
    room: Weak<Room>,
    head: watch::Receiver<Seq>,
    renderer: Renderer,
    fresh: Fresh,
}

/// Why the task goes no further.
struct Ended;

pub(super) fn start(group: Arc<Group>, room: &Arc<Room>, join: &Join<'_>, renderer: Renderer, fresh: Fresh) {
    let (key, request, head) = (join.key, copy(join.request), room.watch());
    let task = Task { group, key, request, room: Arc::downgrade(room), head, renderer, fresh };
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
            let has_told = self.tell(&mut rendering).await?;
            if self.send_next(&mut rendering).await? || has_told {
                continue;
            }
            tokio::select! {
                changed = self.head.changed() => changed.map_err(|_| Ended)?,
                () = self.group.inbox.filled() => {}
                _ = heads.tick() => {
                    let head = Item::Head(self.group.state().sent);
                    let frame = self.render(&mut rendering, &head).await?;
                    self.group.push_all(&frame);
                }
            }
        }
    }

    /// Tells signals that wait, a few of them; answers whether there was any.
    async fn tell(&self, rendering: &mut Rendering) -> Result<bool, Ended> {
        for at in 0..SIGNALS {
            let Some((number, signal)) = self.group.inbox.take() else { return Ok(at > 0) };
            let frame = self.render(rendering, &Item::Signal(signal)).await?;
            self.group.push(number, &frame);
        }
        Ok(true)
    }

    /// Sends the next event; answers whether there was one.
    async fn send_next(&self, rendering: &mut Rendering) -> Result<bool, Ended> {
        let Some(next) = self.next()? else { return Ok(false) };
        if !self.group.takes(&next) {
            return Ok(true);
        }
        let turn = self.turn().await;
        // Read again: while the turn was waited for its text may have been erased, and the ring may have run away.
        let next = self.next()?.ok_or(Ended)?;
        let rendered = rendering.render(&turn, &Item::Event(next.event.clone())).await;
        drop(turn);
        // What comes next would vouch for it: everybody here reads it from their cursor, by an execution of their own.
        let frame = rendered.map_err(not_rendered)?;
        if let Some(room) = self.room.upgrade() {
            room.frames.put(self.key, &next.event, &frame);
        }
        self.group.deliver(&next, frame);
        failpoint::pass("room.rendered");
        Ok(true)
    }

    /// The event after those that the group has sent, as it is in the ring now.
    fn next(&self) -> Result<Option<Delivery>, Ended> {
        let sent = self.group.state().sent;
        let next = self.room.upgrade().ok_or(Ended)?.after(sent, 1).ok_or(Ended)?;
        Ok(next.into_iter().next())
    }

    async fn render(&self, rendering: &mut Rendering, item: &Item) -> Result<Arc<Frame>, Ended> {
        rendering.render(&self.turn().await, item).await.map_err(not_rendered)
    }

    /// Waits for the turn of one who has the group. A process that cannot know whether it still hears everything gets
    /// none, as it does not deliver.
    async fn turn(&self) -> Turn {
        loop {
            let owners = self.group.state().owners();
            let turn = self.renderer.turn_of_least(&owners).await;
            if self.fresh.is_fresh() {
                return turn;
            }
            drop(turn);
            self.fresh.wait().await;
        }
    }
}

fn not_rendered(error: Error) -> Ended {
    tracing::error!(%error, "an item was not rendered");
    Ended
}
