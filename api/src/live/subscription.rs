//! A subscription: one connection's `events` stream, from a cursor on.
//!
//! It first catches up on its own, sharing rendered frames through the frame cache, then joins the group of its
//! selection and receives shared frames from its queue. If the queue lagged, it sends `Resync` and catches up from its
//! cursor. If it is more than `catch_up::CATCH_UP_LIMIT` behind, it sends `Resync` with `take_boot` and ends.
//!
//! Each event that the member may see is delivered once and in order. The cursor guarantees that, not the queue.

use std::sync::Arc;

use async_graphql::Request;
use tokio_util::sync::CancellationToken;

use super::document::clone_request;
use super::execution::{Execution, ExecutionPermit};
use super::group_limits::MAX_GROUPS_PER_MEMBER;
use super::join::{JoinOutcome, JoinRequest, Subscriber};
use super::queue::{MAX_RECEIVE_BYTES, Queue, Received};
use super::room::Room;
use super::rooms::Rooms;
use super::selection::Key;
use super::signal::Signal;
use super::{Frame, Item, catch_up};
use crate::adapter::bus::BusSubscription;
use crate::ground::budget::Owner;
use crate::ground::db::Database;
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, MemberId};
use crate::ground::planted;
use crate::live::presence::rosters::PresenceGuard;
use crate::log::closure::Closure;
use crate::model::event::{Seq, SharedEvent};

/// Reads the current private revision of a member.
pub type PrivateRev = Arc<dyn Fn() -> futures_util::future::BoxFuture<'static, Result<i64>> + Send + Sync>;

/// The parameters of a subscription.
pub struct Start {
    pub rooms: Arc<Rooms>,
    pub database: Database,
    pub room: Arc<Room>,
    /// Keeps the bus subscription of the workspace alive.
    pub interest: Arc<BusSubscription>,
    pub member_id: MemberId,
    pub account_id: AccountId,
    /// Keeps the member present.
    pub here: PresenceGuard,
    /// The request, and the key of its selection.
    pub request: Request,
    pub key: Key,
    /// Exclusive start cursor. Defaults to the current head.
    pub after: Option<Seq>,
    /// The private revision known to the client.
    pub private_rev: Option<i64>,
    pub read_private_rev: PrivateRev,
    /// Closed when the session ends.
    pub ended: Closure,
}

/// A running `events` stream.
pub struct Subscription {
    start: Start,
    number: u32,
    cursor: Seq,
    stage: Stage,
    queue: Arc<Queue>,
    /// Cancelled when the room closes. A child token, so that waiting subscriptions do not contend for the lock of one
    /// token.
    room_closed: CancellationToken,
    /// Frames to deliver before anything else.
    pending: Vec<Arc<Frame>>,
}

enum Stage {
    CatchingUp(Option<Execution>),
    Live,
    /// The client must call `boot`. Nothing follows.
    Done,
    /// The member left the workspace.
    Left,
}

impl Subscription {
    /// Starts a subscription with an execution of its request, which has validated it.
    pub fn start(start: Start, execution: Execution) -> Self {
        let head = start.room.seq();
        let number = start.room.fork().member(start.member_id).map_or(u32::MAX, |member| member.number);
        Self {
            number,
            cursor: start.after.map_or(head, planted::repeat_at_reconnect),
            stage: Stage::CatchingUp(Some(execution)),
            queue: Arc::default(),
            room_closed: start.room.closure().child_token(),
            pending: Vec::new(),
            start,
        }
    }

    /// Waits for frames and appends up to `limit` of them. Appends none when the stream has ended.
    ///
    /// # Errors
    /// Returns `UNAUTHENTICATED` if the session ended, `NOT_FOUND` if the member left the workspace, `UNAVAILABLE` if
    /// the client should reconnect. An error ends the stream.
    pub async fn recv_many(&mut self, out: &mut Vec<Arc<Frame>>, limit: usize) -> Result<()> {
        let (ended, room_closed) = (self.start.ended.clone(), self.room_closed.clone());
        let room = self.start.room.closure().clone();
        tokio::select! {
            biased;
            reason = ended.closed() => Err(reason),
            () = room_closed.cancelled() => Err(room.closed().await),
            result = self.next(out, limit) => result,
        }
    }

    async fn next(&mut self, out: &mut Vec<Arc<Frame>>, limit: usize) -> Result<()> {
        let before = out.len();
        while out.len() == before {
            if !self.pending.is_empty() {
                out.append(&mut self.pending);
                return Ok(());
            }
            match &self.stage {
                Stage::CatchingUp(_) => self.catch_up(out).await?,
                Stage::Live => self.receive(out, limit).await?,
                Stage::Done => return Ok(()),
                Stage::Left => return Err(Error::NotFound("workspace")),
            }
        }
        Ok(())
    }

    async fn catch_up(&mut self, out: &mut Vec<Arc<Frame>>) -> Result<()> {
        self.start.rooms.fresh().wait().await;
        let mut head = self.start.room.seq();
        if self.cursor > head {
            // The client knows later events than this process, from another one.
            head = self.start.room.log().refresh().await?;
            if self.cursor > head {
                return self.resync(out).await;
            }
        }
        if head - self.cursor > catch_up::CATCH_UP_LIMIT {
            return self.resync(out).await;
        }
        let step =
            catch_up::step(&self.start.room, &self.start.database, self.owner(), self.member(), self.cursor).await?;
        let reached_head = step.cursor == self.cursor;
        let mut bytes = 0;
        for event in planted::drop_last_at_reconnect(&step.events) {
            let frame = self.render_event(event).await?;
            bytes += frame.payload().len();
            out.push(frame);
            if bytes >= MAX_RECEIVE_BYTES {
                // These frames are written first; the next step continues from here.
                self.cursor = event.seq;
                return Ok(());
            }
        }
        self.cursor = step.cursor;
        match reached_head {
            false => Ok(()),
            true if self.is_member() => self.join().await,
            true => {
                self.stage = Stage::Left;
                Ok(())
            }
        }
    }

    /// The account whose permits are used for reads and executions.
    fn owner(&self) -> Owner {
        Owner::Account(self.start.account_id)
    }

    /// The member with their room-local number.
    fn member(&self) -> (MemberId, u32) {
        (self.start.member_id, self.number)
    }

    /// Whether the member is in the workspace as of the state of this process, which includes the cursor. During
    /// catch-up they may have left before the cursor, and even rejoined.
    fn is_member(&self) -> bool {
        self.start.room.fork().member(self.start.member_id).is_some_and(|member| member.active)
    }

    /// Too far behind, or ahead of the log: the client must call `boot`.
    async fn resync(&mut self, out: &mut Vec<Arc<Frame>>) -> Result<()> {
        let frame = self.render(&Item::Resync { after: self.cursor, take_boot: true }).await?;
        out.push(frame);
        self.stage = Stage::Done;
        Ok(())
    }

    /// Returns the frame of an event from the frame cache, or executes it.
    async fn render_event(&mut self, event: &SharedEvent) -> Result<Arc<Frame>> {
        let room = self.start.room.clone();
        if let Some(frame) = room.frames().get(self.start.key, event) {
            return Ok(frame);
        }
        let permit = self.permit().await;
        // The previous permit holder may have executed it meanwhile.
        if let Some(frame) = room.frames().get(self.start.key, event) {
            return Ok(frame);
        }
        let frame = self.render_with(&permit, &Item::Event(event.clone())).await?;
        room.frames().insert(self.start.key, event, &frame);
        Ok(frame)
    }

    async fn permit(&mut self) -> ExecutionPermit {
        self.start.rooms.executor().permit(self.owner()).await
    }

    /// Executes an item for this subscription alone, under a permit of its account.
    async fn render(&mut self, item: &Item) -> Result<Arc<Frame>> {
        let permit = self.permit().await;
        self.render_with(&permit, item).await
    }

    async fn render_with(&mut self, permit: &ExecutionPermit, item: &Item) -> Result<Arc<Frame>> {
        if let Stage::CatchingUp(Some(execution)) = &mut self.stage {
            return execution.render(permit, item).await;
        }
        let started = self.start.rooms.executor().start(permit, clone_request(&self.start.request)).await;
        let mut execution = started.map_err(|_| Error::internal("a validated selection was rejected"))?;
        let frame = execution.render(permit, item).await;
        if let Stage::CatchingUp(idle) = &mut self.stage {
            *idle = Some(execution);
        }
        frame
    }

    async fn join(&mut self) -> Result<()> {
        let Start { room, key, request, member_id, account_id, .. } = &self.start;
        let (member_id, account_id, key, queue) = (*member_id, *account_id, *key, self.queue.clone());
        let (number, cursor) = (self.number, self.cursor);
        let subscriber = Subscriber { member_id, account_id, number, queue, cursor };
        match room.join(&JoinRequest { key, request, subscriber }) {
            JoinOutcome::Behind => Ok(()),
            JoinOutcome::MemberLimit => Err(Error::Limit(format!(
                "Selection limit reached: {MAX_GROUPS_PER_MEMBER} selections of events per member and workspace. \
                 End one first."
            ))),
            JoinOutcome::RoomLimit => {
                Err(Error::Unavailable("Too many selections of events in this workspace. Retry later.".into()))
            }
            JoinOutcome::Joined => {
                // Read after joining, so that no signal is missed in between.
                let rev = (self.start.read_private_rev)().await?;
                if self.start.private_rev.replace(rev).is_some_and(|previous| previous != rev) {
                    let signal = Signal::PrivateChanged { private_rev: rev };
                    let item = Item::Signal(self.start.room.workspace_id(), signal);
                    let frame = self.render(&item).await?;
                    self.pending.push(frame);
                }
                self.stage = Stage::Live;
                Ok(())
            }
        }
    }

    async fn receive(&mut self, out: &mut Vec<Arc<Frame>>, limit: usize) -> Result<()> {
        let from = out.len();
        match self.queue.recv_many(out, limit).await {
            Received::Frames => {
                // Frames that were delivered before joining are repeated; their sequence number identifies them.
                let mut frames = out.split_off(from);
                planted::out_of_order(&mut frames, out);
                for frame in frames {
                    if let Some(cursor) = frame.advances(self.cursor) {
                        self.cursor = cursor;
                        out.push(frame);
                    }
                }
                Ok(())
            }
            Received::Lagged => {
                self.stage = Stage::CatchingUp(None);
                // Signals were dropped as well. A revision that never matches makes the client reload its private
                // state.
                self.start.private_rev = Some(-1);
                let frame = self.render(&Item::Resync { after: self.cursor, take_boot: false }).await?;
                self.queue = Arc::default();
                out.push(frame);
                Ok(())
            }
            Received::Closed => {
                self.stage = Stage::Left;
                Ok(())
            }
        }
    }
}
