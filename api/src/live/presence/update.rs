//! Presence updates: what a process publishes to its peers about its members in one workspace.
//!
//! Updates may be lost or duplicated; those of one process arrive in order. Each refers to its predecessor, so that a
//! receiver detects a loss and requests a full update. The format is internal to a fleet and may change between
//! releases: unreadable updates are ignored.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ground::id::{MemberId, SessionId};
use crate::model::presence::Activity;

/// Maximum number of members in one update, so that it fits into a bus message (1 MiB).
const MAX_MEMBERS: usize = 8192;

/// A presence update of a process, or a request for one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PresenceUpdate {
    /// The sending process. Random per start.
    pub process: Uuid,
    /// Whether the update is full: members it does not list are not connected to the process.
    pub all: bool,
    /// Version of the update, increasing over all workspaces of the process. 0 if it lists no members.
    pub version: u64,
    /// Version of the preceding update about the same workspace.
    pub after: u64,
    /// Whether this requests full updates from other processes.
    pub asks: bool,
    /// Restricts the request to this process.
    pub to: Option<Uuid>,
    /// Members who are active.
    pub active: Vec<MemberId>,
    /// Members who are idle.
    pub idle: Vec<MemberId>,
    /// Members who no longer have a connection to the process.
    pub gone: Vec<MemberId>,
    /// Activity reported to this process for connections that may be on other processes.
    pub activities: Vec<(MemberId, SessionId, Activity)>,
}

impl PresenceUpdate {
    /// Adds a member with their current activity.
    pub fn name(&mut self, member_id: MemberId, activity: Option<Activity>) {
        match activity {
            Some(Activity::Active) => self.active.push(member_id),
            Some(Activity::Idle) => self.idle.push(member_id),
            None => self.gone.push(member_id),
        }
    }

    /// Returns whether the update has no content.
    pub fn is_empty(&self) -> bool {
        !self.has_members() && self.activities.is_empty() && !self.asks
    }

    /// Returns whether it describes members of its process.
    pub fn has_members(&self) -> bool {
        self.all || !(self.active.is_empty() && self.idle.is_empty() && self.gone.is_empty())
    }

    /// Returns all listed members with their activity.
    pub fn named(&self) -> impl Iterator<Item = (MemberId, Option<Activity>)> + '_ {
        let of = |members: &'_ [MemberId], activity| members.iter().map(move |id| (*id, activity)).collect::<Vec<_>>();
        let there = of(&self.active, Some(Activity::Active)).into_iter().chain(of(&self.idle, Some(Activity::Idle)));
        there.chain(of(&self.gone, None))
    }

    /// Splits the update into parts that fit into a message each. Only the first part is marked as full.
    pub fn split(mut self) -> Vec<Self> {
        let named: Vec<_> = self.named().collect();
        if named.len() + self.activities.len() <= MAX_MEMBERS {
            return vec![self];
        }
        let activities = std::mem::take(&mut self.activities);
        (self.active, self.idle, self.gone) = Default::default();
        let more = Self { process: self.process, ..Self::default() };
        let mut parts = vec![self];
        for (at, members) in named.chunks(MAX_MEMBERS).enumerate() {
            let mut part = if at == 0 { parts.remove(0) } else { more.clone() };
            members.iter().for_each(|(id, activity)| part.name(*id, *activity));
            parts.push(part);
        }
        let rest = activities.chunks(MAX_MEMBERS);
        parts.extend(rest.map(|activities| Self { activities: activities.to_vec(), ..more.clone() }));
        parts
    }

    /// Encodes the update for the bus. Empty if serialization fails, which no update causes.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Decodes an update. `None` for the format of another release.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(count: usize) -> Vec<MemberId> {
        (0..count).map(|_| MemberId::mint()).collect()
    }

    #[test]
    fn decodes_what_it_encodes() {
        let process = Uuid::from_u128(7);
        let update =
            PresenceUpdate { process, all: true, idle: members(2), gone: members(1), ..PresenceUpdate::default() };
        assert_eq!(PresenceUpdate::decode(&update.encode()), Some(update));
        assert_eq!(PresenceUpdate::decode(b"x"), None);
    }

    #[test]
    fn splits_large_updates_without_losing_members() {
        let process = Uuid::from_u128(7);
        let active = members(MAX_MEMBERS + 1);
        let update =
            PresenceUpdate { process, all: true, active, idle: members(MAX_MEMBERS), ..PresenceUpdate::default() };
        let parts = update.clone().split();
        assert_eq!(parts.iter().map(|part| part.all).collect::<Vec<_>>(), [true, false, false]);
        assert!(parts.iter().all(|part| part.process == process && part.encode().len() < 512 * 1024));
        assert_eq!(
            parts.iter().flat_map(PresenceUpdate::named).collect::<Vec<_>>(),
            update.named().collect::<Vec<_>>()
        );
        assert_eq!(PresenceUpdate { idle: members(3), ..PresenceUpdate::default() }.split().len(), 1);
    }

    #[test]
    fn default_update_is_empty() {
        assert!(PresenceUpdate::default().is_empty());
        assert!(!PresenceUpdate { asks: true, ..PresenceUpdate::default() }.is_empty());
    }
}
