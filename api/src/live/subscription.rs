//! A subscription: one connection's `events`, from a cursor on.
//!
//! It catches up by itself, judging each event at its number and sharing what was rendered of it, then joins the group
//! of its selection and takes shared frames from its queue. When the queue was overrun it says `Resync` and catches up
//! from its cursor; more than `catch_up::HORIZON` behind, it says so and ends. Each event that the member may
//! see comes once and in order; the cursor is what guarantees it, not the queue.

use std::any::TypeId;
use std::sync::Arc;

use async_graphql::Request;
use async_graphql::parser::types::ExecutableDocument;
use tokio_util::sync::CancellationToken;

use super::broadcast::{Join, Joined};
use super::ending::Ending;
use super::group::Subscriber;
use super::queue::{Queue, TAKEN_BYTES, Taken};
use super::rendering::{Rendering, Turn};
use super::room::Room;
use super::rooms::Rooms;
use super::selection::Key;
use super::shares::OF_ONE;
use super::signal::Signal;
use super::{Frame, Item, catch_up};
use crate::budget::Owner;
use crate::bus::Interest;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent};
use crate::id::{AccountId, MemberId};
use crate::planted::{self, Bug};
use crate::presence::boards::Here;

/// Asks how the private part of a member stands.
pub type PrivateRev = Arc<dyn Fn() -> futures_util::future::BoxFuture<'static, Result<i64>> + Send + Sync>;

/// What a subscription begins with.
pub struct Start {
    pub rooms: Arc<Rooms>,
    pub database: Database,
    pub room: Arc<Room>,
    /// Other processes are listened to while this lives.
    pub interest: Arc<Interest>,
    pub member_id: MemberId,
    pub account_id: AccountId,
    /// They are present while this lives.
    pub here: Here,
    /// The request, and the key under which selections are the same.
    pub request: Request,
    pub key: Key,
    /// Exclusive; from now on without it.
    pub after: Option<Seq>,
    /// The revision that the client has.
    pub private_rev: Option<i64>,
    pub read_private_rev: PrivateRev,
    /// The end of the sign-in.
    pub ended: Ending,
}

/// A running `events`.
pub struct Subscription {
    start: Start,
    number: u32,
    cursor: Seq,
    stage: Stage,
    queue: Arc<Queue>,
    /// Cancelled when the room ends: of its own, so that those who wait do not meet at the lock of one token.
    over: CancellationToken,
    /// Frames that stand before whatever comes next.
    first: Vec<Arc<Frame>>,
}

enum Stage {
    CatchingUp(Option<Rendering>),
    Live,
    /// The client must take boot: nothing follows.
    Done,
    /// The member is no longer in the workspace.
    Left,
}

impl Subscription {
    /// Begins, with a rendering of the request, which has been validated by it.
    pub fn begin(start: Start, rendering: Rendering) -> Self {
        let head = start.room.seq();
        let number = start.room.fork().member(start.member_id).map_or(u32::MAX, |member| member.number);
        Self {
            number,
            cursor: start.after.map_or(head, |after| after - i64::from(planted::is(Bug::RepeatAtReconnect))),
            stage: Stage::CatchingUp(Some(rendering)),
            queue: Arc::default(),
            over: start.room.ending().child_token(),
            first: Vec::new(),
            start,
        }
    }

    /// Waits for frames and appends up to `limit` of them; none when nothing follows.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the sign-in has ended, `NOT_FOUND` when the member is no longer in the
    /// workspace, `UNAVAILABLE` to come back later. Nothing comes after an error.
    pub async fn recv_many(&mut self, out: &mut Vec<Arc<Frame>>, limit: usize) -> Result<()> {
        let (ended, over) = (self.start.ended.clone(), self.over.clone());
        let room = self.start.room.ending().clone();
        tokio::select! {
            biased;
            why = ended.ended() => Err(why),
            () = over.cancelled() => Err(room.ended().await),
            result = self.next(out, limit) => result,
        }
    }

    async fn next(&mut self, out: &mut Vec<Arc<Frame>>, limit: usize) -> Result<()> {
        let before = out.len();
        while out.len() == before {
            if !self.first.is_empty() {
                out.append(&mut self.first);
                return Ok(());
            }
            match &self.stage {
                Stage::CatchingUp(_) => self.catch_up(out).await?,
                Stage::Live => self.take(out, limit).await?,
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
            // The client has heard of more than this process, from another one.
            head = self.start.room.refresh().await?;
            if self.cursor > head {
                return self.resync(out).await;
            }
        }
        if head - self.cursor > catch_up::HORIZON {
            return self.resync(out).await;
        }
        let step =
            catch_up::step(&self.start.room, &self.start.database, self.owner(), self.member(), self.cursor).await?;
        let reached_head = step.cursor == self.cursor;
        let dropped = usize::from(planted::is(Bug::DropLastAtReconnect));
        let mut bytes = 0;
        for event in step.events.iter().take(step.events.len().saturating_sub(dropped)) {
            let frame = self.render_event(event).await?;
            bytes += frame.payload().len();
            out.push(frame);
            if bytes >= TAKEN_BYTES {
                // It is written first; the rest is read again from there.
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

    /// By whose turn it reads and executes for itself.
    fn owner(&self) -> Owner {
        Owner::Account(self.start.account_id)
    }

    /// The member, and their number in the room.
    fn member(&self) -> (MemberId, u32) {
        (self.start.member_id, self.number)
    }

    /// Whether the member is in the workspace as far as this process knows, which is up to the cursor
    /// here. They may have left on the way here, before the cursor, and also have come back.
    fn is_member(&self) -> bool {
        self.start.room.fork().member(self.start.member_id).is_some_and(|member| member.active)
    }

    /// Too far behind, or ahead of the log: the client must take boot.
    async fn resync(&mut self, out: &mut Vec<Arc<Frame>>) -> Result<()> {
        let frame = self.render(&Item::Resync { after: self.cursor, take_boot: true }).await?;
        out.push(frame);
        self.stage = Stage::Done;
        Ok(())
    }

    /// The frame of an event, as another subscription with this selection had it executed, or executed now.
    async fn render_event(&mut self, event: &SharedEvent) -> Result<Arc<Frame>> {
        let room = self.start.room.clone();
        if let Some(frame) = room.frames.get(self.start.key, event) {
            return Ok(frame);
        }
        let turn = self.turn().await;
        // Whoever had the turn before may have had it executed.
        if let Some(frame) = room.frames.get(self.start.key, event) {
            return Ok(frame);
        }
        let frame = self.render_in(&turn, &Item::Event(event.clone())).await?;
        room.frames.put(self.start.key, event, &frame);
        Ok(frame)
    }

    async fn turn(&mut self) -> Turn {
        self.start.rooms.renderer().turn(self.owner()).await
    }

    /// Executes for this subscription alone, in the turn of its account.
    async fn render(&mut self, item: &Item) -> Result<Arc<Frame>> {
        let turn = self.turn().await;
        self.render_in(&turn, item).await
    }

    async fn render_in(&mut self, turn: &Turn, item: &Item) -> Result<Arc<Frame>> {
        if let Stage::CatchingUp(Some(rendering)) = &mut self.stage {
            return rendering.render(turn, item).await;
        }
        let started = self.start.rooms.renderer().start(turn, copy(&self.start.request)).await;
        let mut rendering = started.map_err(|_| Error::internal("a valid selection was refused"))?;
        let frame = rendering.render(turn, item).await;
        if let Stage::CatchingUp(kept) = &mut self.stage {
            *kept = Some(rendering);
        }
        frame
    }

    async fn join(&mut self) -> Result<()> {
        let Start { rooms, room, key, request, member_id, account_id, .. } = &self.start;
        let (member_id, account_id, key, queue) = (*member_id, *account_id, *key, self.queue.clone());
        let (number, cursor) = (self.number, self.cursor);
        let subscriber = Subscriber { member_id, account_id, number, queue, cursor };
        match rooms.broadcast(room).join(room, &Join { key, request, subscriber }) {
            Joined::Behind => Ok(()),
            Joined::TooManyOfMember => Err(Error::Limit(format!(
                "A member has at most {OF_ONE} different selections of events in a workspace. End one first."
            ))),
            Joined::TooManyGroups => {
                Err(Error::Unavailable("Too many different selections of events are running in this workspace.".into()))
            }
            Joined::Yes => {
                // Asked after joining, so that no signal falls between.
                let rev = (self.start.read_private_rev)().await?;
                if self.start.private_rev.replace(rev).is_some_and(|known| known != rev) {
                    let item = Item::Signal(Signal::PrivateChanged { private_rev: rev });
                    let frame = self.render(&item).await?;
                    self.first.push(frame);
                }
                self.stage = Stage::Live;
                Ok(())
            }
        }
    }

    async fn take(&mut self, out: &mut Vec<Arc<Frame>>, limit: usize) -> Result<()> {
        let from = out.len();
        match self.queue.take(out, limit).await {
            Taken::Frames => {
                // What it had before it joined comes again; the number says so.
                let mut taken = out.split_off(from);
                if planted::is(Bug::OutOfOrder) {
                    taken.reverse();
                    out.append(&mut taken);
                }
                for frame in taken {
                    if let Some(cursor) = frame.advances(self.cursor) {
                        self.cursor = cursor;
                        out.push(frame);
                    }
                }
                Ok(())
            }
            Taken::Overrun => {
                self.stage = Stage::CatchingUp(None);
                // Signals are gone as well: a revision that nobody has makes the client read again.
                self.start.private_rev = Some(-1);
                let frame = self.render(&Item::Resync { after: self.cursor, take_boot: false }).await?;
                self.queue = Arc::default();
                out.push(frame);
                Ok(())
            }
            Taken::Closed => {
                self.stage = Stage::Left;
                Ok(())
            }
        }
    }
}

/// The document of a request as it is to be executed, which may be another than its text: it goes with the data of
/// the request.
#[derive(Debug, Clone)]
pub struct Document(pub Arc<ExecutableDocument>);

/// A request with the same document and variables; its other data (who asks) stays behind, since what is
/// rendered must not depend on it.
pub fn copy(request: &Request) -> Request {
    let mut copy = Request::new(request.query.clone()).variables(request.variables.clone());
    copy.operation_name.clone_from(&request.operation_name);
    let document = request.data.get(&TypeId::of::<Document>()).and_then(|data| data.downcast_ref::<Document>());
    if let Some(document) = document {
        copy.set_parsed_query(ExecutableDocument::clone(&document.0));
        copy = copy.data(document.clone());
    }
    copy
}
