//! A member who receives from a room, beside `events`: matches of a saved search, presence.
//!
//! Nothing is received after the session was revoked, the member left the workspace or the room closed.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::room::Room;
use super::rooms::Rooms;
use crate::adapter::bus::BusSubscription;
use crate::ground::error::{Error, Result};
use crate::ground::id::{MemberId, SessionId, WorkspaceId};
use crate::log::closure::Closure;
use crate::log::freshness::Freshness;

/// A member who receives from a room.
pub struct RoomMember {
    pub room: Arc<Room>,
    pub member_id: MemberId,
    /// Whether this process is up to date with the log.
    pub fresh: Freshness,
    /// Keeps the room subscribed to other processes.
    _interest: Arc<BusSubscription>,
    session: Closure,
    left: CancellationToken,
}

impl RoomMember {
    /// Opens the room of a workspace for a member, until their session is revoked.
    ///
    /// # Errors
    /// `NOT_FOUND` if they have left, `UNAVAILABLE` if this process cannot follow the log.
    pub async fn enter(rooms: &Rooms, id: WorkspaceId, member_id: MemberId, session_id: SessionId) -> Result<Self> {
        let room = rooms.get(id).await?;
        let left = room.membership_end(member_id);
        // The member may have left just before the cancellation token was taken.
        if !room.fork().member(member_id).is_some_and(|member| member.active) {
            return Err(Error::NotFound("workspace"));
        }
        let (fresh, session) = (rooms.fresh().clone(), rooms.revocations().watch(session_id));
        Ok(Self { _interest: rooms.interest(&room), room, member_id, fresh, session, left })
    }

    /// Waits for the end and returns its reason: `UNAUTHENTICATED` if the session was revoked, `NOT_FOUND` if the
    /// member left the workspace, `UNAVAILABLE` if the room closed.
    pub fn end(&self) -> impl Future<Output = Error> + use<> {
        let (session, room, left) = (self.session.clone(), self.room.closure().clone(), self.left.clone());
        async move {
            tokio::select! {
                biased;
                reason = session.closed() => reason,
                reason = room.closed() => reason,
                () = left.cancelled() => Error::NotFound("workspace"),
            }
        }
    }
}
