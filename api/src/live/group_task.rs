//! The task of a subscription group: executes the selection for each event, in order, at its own pace.
//!
//! It reads one event at a time from the ring buffer, after it has a permit to execute: content erased meanwhile is not
//! rendered, and a process that is cut off delivers nothing. Signals wait for at most one event, events for at most a
//! few signals. If the ring buffer no longer reaches back to the group's position, or an execution fails, all
//! subscribers catch up individually from their cursors.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_graphql::Request;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use super::document::clone_request;
use super::execution::{Execution, ExecutionPermit, Executor};
use super::frame_cache::FrameCache;
use super::group::Group;
use super::join::JoinRequest;
use super::recent_events::RecentEvents;
use super::ring::Delivery;
use super::selection::Key;
use super::{Frame, Item};
use crate::ground::error::Error;
use crate::ground::id::WorkspaceId;
use crate::ground::supervise;
use crate::log::failpoint;
use crate::log::freshness::Freshness;
use crate::model::event::Seq;

/// Interval of `Head` items.
const HEAD_INTERVAL: Duration = Duration::from_secs(20);
/// Maximum number of signals sent before the next event.
const MAX_SIGNALS: usize = 16;

struct Task {
    workspace_id: WorkspaceId,
    group: Arc<Group>,
    key: Key,
    request: Request,
    recent: Weak<RecentEvents>,
    frames: Arc<FrameCache>,
    head: watch::Receiver<Seq>,
    executor: Executor,
    fresh: Freshness,
}

/// The task cannot continue.
struct Stopped;

pub(super) fn start(
    group: Arc<Group>,
    recent: &Arc<RecentEvents>,
    frames: Arc<FrameCache>,
    join: &JoinRequest<'_>,
    executor: Executor,
    fresh: Freshness,
) {
    let (key, request, head) = (join.key, clone_request(join.request), recent.log().watch());
    let workspace_id = recent.log().workspace_id();
    let task =
        Task { workspace_id, group, key, request, recent: Arc::downgrade(recent), frames, head, executor, fresh };
    let log = Arc::downgrade(recent.log());
    supervise::spawn("broadcast", async move {
        if supervise::guard("broadcast", task.run()).await.is_err()
            && let Some(log) = log.upgrade()
        {
            log.close(&Error::internal("broadcast panicked"));
        }
    });
}

impl Task {
    async fn run(mut self) {
        let group = self.group.clone();
        tokio::select! {
            biased;
            () = group.closed.cancelled() => {}
            Err(Stopped) = self.run_loop() => group.mark_lagged(),
        }
    }

    async fn run_loop(&mut self) -> Result<std::convert::Infallible, Stopped> {
        let mut execution = {
            let permit = self.permit().await;
            self.executor.start(&permit, clone_request(&self.request)).await.map_err(|_| Stopped)?
        };
        let mut heads = interval_at(Instant::now() + HEAD_INTERVAL, HEAD_INTERVAL);
        heads.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let has_signals = self.send_signals(&mut execution).await?;
            if self.send_next(&mut execution).await? || has_signals {
                continue;
            }
            tokio::select! {
                changed = self.head.changed() => changed.map_err(|_| Stopped)?,
                () = self.group.inbox.filled() => {}
                _ = heads.tick() => {
                    let head = Item::Head(self.group.state().position);
                    let frame = self.render(&mut execution, &head).await?;
                    self.group.push_all(&frame);
                }
            }
        }
    }

    /// Sends up to [`MAX_SIGNALS`] pending signals. Returns whether there were any.
    async fn send_signals(&self, execution: &mut Execution) -> Result<bool, Stopped> {
        for at in 0..MAX_SIGNALS {
            let Some((number, signal)) = self.group.inbox.take() else { return Ok(at > 0) };
            let frame = self.render(execution, &Item::Signal(self.workspace_id, signal)).await?;
            self.group.push(number, &frame);
        }
        Ok(true)
    }

    /// Sends the next event. Returns whether there was one.
    async fn send_next(&self, execution: &mut Execution) -> Result<bool, Stopped> {
        let Some(next) = self.next()? else { return Ok(false) };
        if !self.group.needs_execution(&next) {
            return Ok(true);
        }
        let permit = self.permit().await;
        // Reads the event again: while waiting for the permit its text may have been erased, and the ring buffer may
        // have moved on.
        let next = self.next()?.ok_or(Stopped)?;
        let rendered = execution.render(&permit, &Item::Event(next.event.clone())).await;
        drop(permit);
        // A later frame would imply that this event was sent. On failure all subscribers read it from their cursors,
        // each with an execution of their own.
        let frame = rendered.map_err(render_failed)?;
        self.frames.insert(self.key, &next.event, &frame);
        self.group.deliver(&next, frame);
        failpoint::pass("room.rendered");
        Ok(true)
    }

    /// Returns the next event after the group's position, as it is in the ring buffer now.
    fn next(&self) -> Result<Option<Delivery>, Stopped> {
        let position = self.group.state().position;
        let next = self.recent.upgrade().ok_or(Stopped)?.after(position, 1).ok_or(Stopped)?;
        Ok(next.into_iter().next())
    }

    async fn render(&self, execution: &mut Execution, item: &Item) -> Result<Arc<Frame>, Stopped> {
        execution.render(&self.permit().await, item).await.map_err(render_failed)
    }

    /// Waits for a permit of one of the group's accounts. While this process is cut off it does not deliver, so it gets
    /// no permit.
    async fn permit(&self) -> ExecutionPermit {
        loop {
            let owners = self.group.state().owners();
            let permit = self.executor.least_busy_permit(&owners).await;
            if self.fresh.is_fresh() {
                return permit;
            }
            drop(permit);
            self.fresh.wait().await;
        }
    }
}

fn render_failed(error: Error) -> Stopped {
    tracing::error!(%error, "failed to render an item");
    Stopped
}
