//! Search matches: streams the messages of a workspace that match a search, from a cursor on.
//!
//! Reads the room like `events` does and judges visibility at each message's sequence number; the caller's membership
//! is not checked again here.

use std::collections::VecDeque;

use futures_util::future::BoxFuture;

use super::catch_up::{self, CATCH_UP_LIMIT};
use super::room_member::RoomMember;
use crate::ground::budget::Owner;
use crate::ground::db::Database;
use crate::ground::error::{Error, Result};
use crate::ground::id::AccountId;
use crate::model::event::{Seq, SharedEvent};

/// Returns whether a sent message matches.
pub type Predicate = Box<dyn Fn(SharedEvent) -> BoxFuture<'static, Result<bool>> + Send + Sync>;

/// The parameters of a match stream.
pub struct Start {
    pub database: Database,
    pub member: RoomMember,
    pub account_id: AccountId,
    /// Exclusive start cursor. Defaults to the current head.
    pub after: Option<Seq>,
    pub predicate: Predicate,
}

/// A running match stream.
pub struct Matches {
    start: Start,
    number: u32,
    cursor: Seq,
    head: tokio::sync::watch::Receiver<Seq>,
    found: VecDeque<SharedEvent>,
}

impl Matches {
    /// Starts the stream.
    ///
    /// # Errors
    /// Returns `BAD_USER_INPUT` if the cursor is more than [`CATCH_UP_LIMIT`] events behind.
    pub fn start(start: Start) -> Result<Self> {
        let RoomMember { room, member_id, .. } = &start.member;
        let number = room.fork().member(*member_id).map_or(u32::MAX, |member| member.number);
        let head = room.watch();
        let cursor = start.after.unwrap_or_else(|| room.seq());
        if room.seq() - cursor > CATCH_UP_LIMIT {
            let message =
                format!("Too far behind: maximum {CATCH_UP_LIMIT} events. Run a search and subscribe without after.");
            return Err(Error::invalid("after", message));
        }
        Ok(Self { start, number, cursor, head, found: VecDeque::new() })
    }

    /// Waits for the next matching message.
    ///
    /// # Errors
    /// Returns `UNAUTHENTICATED` if the session ended, `NOT_FOUND` if the member left the workspace, `UNAVAILABLE` if
    /// the client should reconnect. An error ends the stream.
    pub async fn next(&mut self) -> Result<SharedEvent> {
        tokio::select! {
            biased;
            reason = self.start.member.end() => Err(reason),
            found = self.find() => found,
        }
    }

    async fn find(&mut self) -> Result<SharedEvent> {
        loop {
            if let Some(found) = self.found.pop_front() {
                return Ok(found);
            }
            self.start.member.fresh.wait().await;
            self.head.borrow_and_update();
            let Start { member: RoomMember { room, member_id, .. }, database, account_id, .. } = &self.start;
            let owner = Owner::Account(*account_id);
            let step = catch_up::step(room, database, owner, (*member_id, self.number), self.cursor).await?;
            if step.cursor == self.cursor {
                self.head.changed().await.map_err(Error::internal)?;
                continue;
            }
            for event in step.events {
                if (self.start.predicate)(event.clone()).await? {
                    self.found.push_back(event);
                }
            }
            self.cursor = step.cursor;
        }
    }
}
