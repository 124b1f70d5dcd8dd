//! Statements: what one process tells the others about its people in one workspace.
//!
//! They may be lost and doubled, and those of one process come in order. Each names the one before it, so that who missed
//! one knows, and asks for one that tells all. Their form is between the processes only and may change: who meets one that it
//! cannot read passes over it. It knows neither the bus nor what is made of a statement.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Activity;
use crate::id::{MemberId, SignInId};

/// Members in one statement, so that it fits well into a message of the bus (1 MiB).
const MEMBERS_MAX: usize = 8192;

/// What a process says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Statement {
    /// Which process says it; a new one each time that a process starts.
    pub process: Uuid,
    /// Those whom it names are all that it has: whoever is missing is gone from it.
    pub all: bool,
    /// The number of the statement, which are those of all its workspaces; 0: it names nobody.
    pub version: u64,
    /// The number of the one before it about the same workspace.
    pub after: u64,
    /// The others are asked to say all.
    pub asks: bool,
    /// Of these only this one.
    pub to: Option<Uuid>,
    /// Who is active there.
    pub active: Vec<MemberId>,
    /// Who is idle there.
    pub idle: Vec<MemberId>,
    /// Who has no connection there any more.
    pub gone: Vec<MemberId>,
    /// What people said here of connections that they may have at other processes.
    pub activities: Vec<(MemberId, SignInId, Activity)>,
}

impl Statement {
    /// Names a member as they are there now.
    pub fn name(&mut self, member_id: MemberId, activity: Option<Activity>) {
        match activity {
            Some(Activity::Active) => self.active.push(member_id),
            Some(Activity::Idle) => self.idle.push(member_id),
            None => self.gone.push(member_id),
        }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        !self.tells() && self.activities.is_empty() && !self.asks
    }

    /// Whether it tells of people of its process.
    pub fn tells(&self) -> bool {
        self.all || !(self.active.is_empty() && self.idle.is_empty() && self.gone.is_empty())
    }

    /// Everybody whom it names, as they are there.
    pub fn named(&self) -> impl Iterator<Item = (MemberId, Option<Activity>)> + '_ {
        let of = |members: &'_ [MemberId], activity| members.iter().map(move |id| (*id, activity)).collect::<Vec<_>>();
        let there = of(&self.active, Some(Activity::Active)).into_iter().chain(of(&self.idle, Some(Activity::Idle)));
        there.chain(of(&self.gone, None))
    }

    /// Cut into statements that each fit into a message. The first carries what is said once.
    pub fn cut(mut self) -> Vec<Self> {
        let named: Vec<_> = self.named().collect();
        if named.len() + self.activities.len() <= MEMBERS_MAX {
            return vec![self];
        }
        let activities = std::mem::take(&mut self.activities);
        (self.active, self.idle, self.gone) = Default::default();
        let more = Self { process: self.process, ..Self::default() };
        let mut parts = vec![self];
        for (at, members) in named.chunks(MEMBERS_MAX).enumerate() {
            let mut part = if at == 0 { parts.remove(0) } else { more.clone() };
            members.iter().for_each(|(id, activity)| part.name(*id, *activity));
            parts.push(part);
        }
        let rest = activities.chunks(MEMBERS_MAX);
        parts.extend(rest.map(|activities| Self { activities: activities.to_vec(), ..more.clone() }));
        parts
    }

    /// As it travels; nothing if it cannot be written, which no statement causes.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads one; `None` for what another release says.
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
    fn a_statement_travels() {
        let process = Uuid::from_u128(7);
        let said = Statement { process, all: true, idle: members(2), gone: members(1), ..Statement::default() };
        assert_eq!(Statement::decode(&said.encode()), Some(said));
        assert_eq!(Statement::decode(b"x"), None);
    }

    #[test]
    fn a_large_one_is_cut_and_nobody_is_lost() {
        let process = Uuid::from_u128(7);
        let active = members(MEMBERS_MAX + 1);
        let said = Statement { process, all: true, active, idle: members(MEMBERS_MAX), ..Statement::default() };
        let parts = said.clone().cut();
        assert_eq!(parts.iter().map(|part| part.all).collect::<Vec<_>>(), [true, false, false]);
        assert!(parts.iter().all(|part| part.process == process && part.encode().len() < 512 * 1024));
        assert_eq!(parts.iter().flat_map(Statement::named).collect::<Vec<_>>(), said.named().collect::<Vec<_>>());
        assert_eq!(Statement { idle: members(3), ..Statement::default() }.cut().len(), 1);
    }

    #[test]
    fn nothing_is_said_where_nothing_is_to_be_said() {
        assert!(Statement::default().is_empty());
        assert!(!Statement { asks: true, ..Statement::default() }.is_empty());
    }
}
