//! A subscription to the presence of some members.
//!
//! Yields the presence of all watched members first, then changes at most once a second. A slow reader costs one mark
//! per member, however often they change. Nothing is delivered after the session was revoked or the member has left, or
//! while the process cannot determine whether they have.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use tokio::time::{Instant, sleep_until};

use super::open_roster::OpenRoster;
use super::rosters::Rosters;
use super::watcher::Watcher;
use crate::ground::error::Result;
use crate::ground::id::{MemberId, WorkspaceId};
use crate::live::room_member::RoomMember;
use crate::model::presence::{Presence, SETTLE_DELAY, UPDATE_INTERVAL};

/// A running subscription.
pub struct PresenceSubscription {
    member: RoomMember,
    open: Arc<OpenRoster>,
    watcher: Arc<Watcher>,
    /// Last delivered presence per member, and when it was delivered.
    delivered: HashMap<MemberId, Presence>,
    last: Option<Instant>,
}

impl PresenceSubscription {
    /// Starts a subscription to the presence of these members. Ids that are not members of the workspace are offline.
    ///
    /// # Errors
    /// `UNAVAILABLE` if the member has too many subscriptions.
    pub fn begin(rosters: &Arc<Rosters>, member: RoomMember, mut ids: Vec<MemberId>) -> Result<Self> {
        let mut seen = HashSet::new();
        ids.retain(|id| seen.insert(*id));
        let watcher = Arc::new(Watcher::new(ids));
        let open = rosters.watch(member.room.workspace_id(), member.member_id, &watcher)?;
        Ok(Self { member, open, watcher, delivered: HashMap::new(), last: None })
    }

    /// The workspace of the members.
    pub fn workspace_id(&self) -> WorkspaceId {
        self.member.room.workspace_id()
    }

    /// Waits for the next batch: all watched members first, then those who changed.
    ///
    /// # Errors
    /// `UNAUTHENTICATED` if the session was revoked, `NOT_FOUND` if the member has left the workspace, `UNAVAILABLE` if
    /// the client should resubscribe later. Nothing follows an error.
    pub async fn next(&mut self) -> Result<Vec<(MemberId, Presence)>> {
        tokio::select! {
            biased;
            reason = self.member.end() => Err(reason),
            changes = self.changes() => Ok(changes),
        }
    }

    async fn changes(&mut self) -> Vec<(MemberId, Presence)> {
        let Some(mut last) = self.last else { return self.first().await };
        loop {
            self.watcher.woken().await;
            sleep_until(last + UPDATE_INTERVAL).await;
            self.member.fresh.wait().await;
            let marked = self.watcher.take_marked();
            let changes = self.take_changes(marked.into_iter());
            last = Instant::now();
            if !changes.is_empty() {
                self.last = Some(last);
                return changes;
            }
        }
    }

    async fn first(&mut self) -> Vec<(MemberId, Presence)> {
        if self.open.in_fleet {
            // Other processes were requested to publish when the roster was opened.
            sleep_until(self.open.began + SETTLE_DELAY).await;
        }
        self.member.fresh.wait().await;
        let ids = self.watcher.ids.clone();
        let snapshot = self.take_changes(ids.into_iter());
        self.last = Some(Instant::now());
        snapshot
    }

    /// Returns the given members whose presence differs from the last delivered one.
    fn take_changes(&mut self, ids: impl Iterator<Item = MemberId>) -> Vec<(MemberId, Presence)> {
        let now = ids.map(|id| (id, self.open.presence(id)));
        now.filter(|(id, presence)| self.delivered.insert(*id, *presence) != Some(*presence)).collect()
    }
}

impl Drop for PresenceSubscription {
    fn drop(&mut self) {
        self.open.unwatch(self.member.member_id, &self.watcher);
    }
}
