//! Matches: the messages of a workspace that are what somebody looks for, from a cursor on.
//!
//! It reads the room as `events` does, judging each message at its number: who may see it is not asked anew here.

use std::collections::VecDeque;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::catch_up::{self, HORIZON};
use super::ending::Ending;
use super::heartbeat::Fresh;
use super::room::Room;
use crate::budget::Owner;
use crate::bus::Interest;
use crate::db::Database;
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent};
use crate::id::{AccountId, MemberId};

/// Whether a message that was sent is looked for.
pub type Judge = Box<dyn Fn(SharedEvent) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// What it begins with.
pub struct Start {
    pub database: Database,
    pub room: Arc<Room>,
    /// Other processes are listened to while this lives.
    pub interest: Arc<Interest>,
    pub member_id: MemberId,
    pub account_id: AccountId,
    /// Exclusive; from now on without it.
    pub after: Option<Seq>,
    pub judge: Judge,
    pub fresh: Fresh,
    /// The end of the sign-in.
    pub ended: Ending,
    /// Cancelled when the member leaves the workspace.
    pub left: CancellationToken,
}

/// A running subscription.
pub struct Matches {
    start: Start,
    number: u32,
    cursor: Seq,
    head: tokio::sync::watch::Receiver<Seq>,
    found: VecDeque<SharedEvent>,
}

impl Matches {
    /// Begins.
    ///
    /// # Errors
    /// `BAD_USER_INPUT` for a cursor further back than `events` reaches.
    pub fn begin(start: Start) -> Result<Self> {
        let number = start.room.fork().member(start.member_id).map_or(u32::MAX, |member| member.number);
        let head = start.room.watch();
        let cursor = start.after.unwrap_or_else(|| start.room.seq());
        if start.room.seq() - cursor > HORIZON {
            let why = format!("It is more than {HORIZON} events back. Search first, and begin from now on.");
            return Err(Error::invalid("after", why));
        }
        Ok(Self { start, number, cursor, head, found: VecDeque::new() })
    }

    /// Waits for the next message that matches.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` when the sign-in has ended, `NOT_FOUND` when the member is no longer in the workspace,
    /// `UNAVAILABLE` to come back later. Nothing comes after an error.
    pub async fn next(&mut self) -> Result<SharedEvent> {
        let (ended, left) = (self.start.ended.clone(), self.start.left.clone());
        let room = self.start.room.ending().clone();
        tokio::select! {
            biased;
            why = ended.ended() => Err(why),
            why = room.ended() => Err(why),
            () = left.cancelled() => Err(Error::NotFound("workspace")),
            found = self.find() => found,
        }
    }

    async fn find(&mut self) -> Result<SharedEvent> {
        loop {
            if let Some(found) = self.found.pop_front() {
                return Ok(found);
            }
            self.start.fresh.wait().await;
            self.head.borrow_and_update();
            let Start { room, database, member_id, account_id, .. } = &self.start;
            let owner = Owner::Account(*account_id);
            let step = catch_up::step(room, database, owner, (*member_id, self.number), self.cursor).await?;
            if step.cursor == self.cursor {
                self.head.changed().await.map_err(Error::internal)?;
                continue;
            }
            for event in step.events {
                if (self.start.judge)(event.clone()).await? {
                    self.found.push_back(event);
                }
            }
            self.cursor = step.cursor;
        }
    }
}
