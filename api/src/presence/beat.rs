//! Beats: by which a process says, for all of its workspaces together, that it is there and what it last told of each
//! that changed lately.
//!
//! A process with a thousand workspaces in which nothing happens says no more than one with none. Promises: who missed a
//! statement learns of it from one of the beats that follow, and who missed those too asks for what they tell in all.
//! It knows neither the bus nor the boards.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use uuid::Uuid;

use super::LISTED;
use crate::id::WorkspaceId;

/// Workspaces in one beat, so that it fits well into a message of the bus (1 MiB).
const WORKSPACES_MAX: usize = 8192;

/// What a process says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Beat {
    /// Which process says it.
    pub process: Uuid,
    /// It ends, and its people leave it.
    pub ends: bool,
    /// This process is asked for a beat that lists all of its workspaces.
    pub asks: Option<Uuid>,
    /// After the first and up to the last of these it lists all workspaces in which it has people.
    pub all: Option<(WorkspaceId, WorkspaceId)>,
    /// The latest version of what it has told of any workspace, when it looked for these.
    pub version: u64,
    /// The version of what it last told of a workspace; 0: it has nobody there.
    pub told: BTreeMap<WorkspaceId, u64>,
}

impl Beat {
    /// Beats that list all workspaces of a process, each a part of them.
    pub fn of_all(process: Uuid, version: u64, told: BTreeMap<WorkspaceId, u64>) -> Vec<Self> {
        let mut parts: Vec<BTreeMap<WorkspaceId, u64>> = vec![BTreeMap::new()];
        for (id, told) in told {
            if parts.last().is_some_and(|part| part.len() >= WORKSPACES_MAX) {
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

    /// Beats that list those of its workspaces of which it told lately.
    pub fn of_late(process: Uuid, version: u64, told: BTreeMap<WorkspaceId, u64>) -> Vec<Self> {
        Self::of_all(process, version, told).into_iter().map(|part| Self { all: None, ..part }).collect()
    }

    /// Whether it says that a process has nobody in a workspace.
    pub fn has_nobody_in(&self, id: WorkspaceId) -> bool {
        match self.told.get(&id) {
            Some(version) => *version == 0,
            None => self.all.is_some_and(|(after, to)| after < id && id <= to),
        }
    }

    /// As it travels; nothing if it cannot be written, which no beat causes.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads one; `None` for what another release says.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// The workspaces of which a process told lately.
#[derive(Debug, Default)]
pub struct Late(HashMap<WorkspaceId, Instant>);

impl Late {
    /// It tells of a workspace now.
    pub fn note(&mut self, id: WorkspaceId, now: Instant) {
        self.0.insert(id, now);
    }

    /// Those that are still to be listed.
    pub fn list(&mut self, now: Instant) -> Vec<WorkspaceId> {
        self.0.retain(|_, told| *told + LISTED > now);
        self.0.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_workspaces_are_listed_in_parts_that_leave_no_hole() {
        let ids: BTreeMap<WorkspaceId, u64> =
            (0..2 * WORKSPACES_MAX as u64 + 1).map(|n| (WorkspaceId::mint(), n + 1)).collect();
        let beats = Beat::of_all(Uuid::from_u128(7), 9, ids.clone());
        assert_eq!(beats.len(), 3);
        assert!(
            beats
                .iter()
                .all(|beat| beat.encode().len() < 1024 * 1024 && Beat::decode(&beat.encode()).as_ref() == Some(beat))
        );
        assert!(ids.keys().all(|id| beats.iter().all(|beat| !beat.has_nobody_in(*id))));
        let other = WorkspaceId::mint();
        assert!(beats.iter().any(|beat| beat.has_nobody_in(other)));
        assert!(beats.iter().flat_map(|beat| &beat.told).eq(&ids));
        let late = Beat::of_late(Uuid::from_u128(7), 9, BTreeMap::from([(other, 0)]));
        assert!(late.len() == 1 && late[0].has_nobody_in(other) && !late[0].has_nobody_in(WorkspaceId::mint()));
        assert_eq!(Beat::of_all(Uuid::nil(), 0, BTreeMap::new()).len(), 1, "a process without people says so");
    }

    #[test]
    fn what_was_told_is_listed_for_a_while() {
        let (mut late, id, now) = (Late::default(), WorkspaceId::mint(), Instant::now());
        late.note(id, now);
        assert_eq!(late.list(now + LISTED / 2), [id]);
        assert!(late.list(now + LISTED).is_empty());
    }
}
