//! Heartbeats: a process announces that it is alive, and the version of its last update about each recently changed
//! workspace.
//!
//! Idle workspaces add nothing to a heartbeat. A peer that missed an update learns about it from the following
//! heartbeats. A peer that missed those too requests a full list.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use uuid::Uuid;

use crate::ground::id::WorkspaceId;
use crate::model::presence::RECENT_UPDATE_WINDOW;

/// Maximum number of workspaces in one heartbeat, so that it fits into a bus message (1 MiB).
const MAX_WORKSPACES: usize = 8192;

/// A heartbeat of a process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Heartbeat {
    /// The sending process.
    pub process: Uuid,
    /// Whether the process is shutting down, which disconnects its members.
    pub ends: bool,
    /// The process that is requested to send heartbeats with all of its workspaces.
    pub asks: Option<Uuid>,
    /// The range of workspace ids, exclusive start and inclusive end, that `told` covers completely.
    pub all: Option<(WorkspaceId, WorkspaceId)>,
    /// The latest update version over all workspaces when `told` was read.
    pub version: u64,
    /// The version of the last update per workspace. 0 if no member is connected there.
    pub told: BTreeMap<WorkspaceId, u64>,
}

impl Heartbeat {
    /// Returns heartbeats that together list all workspaces of a process.
    pub fn of_all(process: Uuid, version: u64, told: BTreeMap<WorkspaceId, u64>) -> Vec<Self> {
        let mut parts: Vec<BTreeMap<WorkspaceId, u64>> = vec![BTreeMap::new()];
        for (id, told) in told {
            if parts.last().is_some_and(|part| part.len() >= MAX_WORKSPACES) {
                parts.push(BTreeMap::new());
            }
            if let Some(part) = parts.last_mut() {
                part.insert(id, told);
            }
        }
        let (least, most) = (WorkspaceId(Uuid::nil()), WorkspaceId(Uuid::max()));
        let ends: Vec<WorkspaceId> = parts.iter().filter_map(|part| part.keys().next_back().copied()).collect();
        let count = parts.len();
        let part = |(at, told): (usize, BTreeMap<WorkspaceId, u64>)| {
            let after = at.checked_sub(1).and_then(|before| ends.get(before).copied()).unwrap_or(least);
            let to = ends.get(at).copied().filter(|_| at + 1 < count).unwrap_or(most);
            Self { process, version, all: Some((after, to)), told, ..Self::default() }
        };
        parts.into_iter().enumerate().map(part).collect()
    }

    /// Returns heartbeats that list the recently updated workspaces of a process.
    pub fn listing_recent(process: Uuid, version: u64, told: BTreeMap<WorkspaceId, u64>) -> Vec<Self> {
        Self::of_all(process, version, told).into_iter().map(|part| Self { all: None, ..part }).collect()
    }

    /// Returns whether the heartbeat states that no member is connected to the process in a workspace.
    pub fn is_absent_from(&self, id: WorkspaceId) -> bool {
        match self.told.get(&id) {
            Some(version) => *version == 0,
            None => self.all.is_some_and(|(after, to)| after < id && id <= to),
        }
    }

    /// Encodes the heartbeat for the bus. Empty if serialization fails, which no heartbeat causes.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Decodes a heartbeat. `None` for the format of another release.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// Workspaces with recent updates.
#[derive(Debug, Default)]
pub struct RecentUpdates(HashMap<WorkspaceId, Instant>);

impl RecentUpdates {
    /// Records an update about a workspace.
    pub fn record(&mut self, id: WorkspaceId, now: Instant) {
        self.0.insert(id, now);
    }

    /// Returns the workspaces that heartbeats still list.
    pub fn list(&mut self, now: Instant) -> Vec<WorkspaceId> {
        self.0.retain(|_, told| *told + RECENT_UPDATE_WINDOW > now);
        self.0.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_full_lists_without_gaps() {
        let ids: BTreeMap<WorkspaceId, u64> =
            (0..2 * MAX_WORKSPACES as u64 + 1).map(|n| (WorkspaceId::mint(), n + 1)).collect();
        let beats = Heartbeat::of_all(Uuid::from_u128(7), 9, ids.clone());
        assert_eq!(beats.len(), 3);
        assert!(beats.iter().all(|heartbeat| heartbeat.encode().len() < 1024 * 1024
            && Heartbeat::decode(&heartbeat.encode()).as_ref() == Some(heartbeat)));
        assert!(ids.keys().all(|id| beats.iter().all(|heartbeat| !heartbeat.is_absent_from(*id))));
        let other = WorkspaceId::mint();
        assert!(beats.iter().any(|heartbeat| heartbeat.is_absent_from(other)));
        assert!(beats.iter().flat_map(|heartbeat| &heartbeat.told).eq(&ids));
        let recent = Heartbeat::listing_recent(Uuid::from_u128(7), 9, BTreeMap::from([(other, 0)]));
        assert!(recent.len() == 1 && recent[0].is_absent_from(other) && !recent[0].is_absent_from(WorkspaceId::mint()));
        assert_eq!(Heartbeat::of_all(Uuid::nil(), 0, BTreeMap::new()).len(), 1, "a process without members sends one");
    }

    #[test]
    fn lists_recent_updates_for_a_limited_time() {
        let (mut recent, id, now) = (RecentUpdates::default(), WorkspaceId::mint(), Instant::now());
        recent.record(id, now);
        assert_eq!(recent.list(now + RECENT_UPDATE_WINDOW / 2), [id]);
        assert!(recent.list(now + RECENT_UPDATE_WINDOW).is_empty());
    }
}
