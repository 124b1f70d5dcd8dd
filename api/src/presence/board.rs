//! The board of a workspace: who is connected here, who at which other process, and what is shown of it.
//!
//! Plain data: time comes in, nothing goes out but by being taken. Promises: of all connections of a
//! member the most active is shown; who goes in an orderly way is shown for a short grace, so that coming
//! back does not blink; the people of a process that fell silent are gone at once, its silence was grace
//! enough; of a process of which a statement was missed it is known that it must be asked. It knows no bus and nobody
//! who watches.

use std::collections::{HashMap, HashSet, VecDeque};

use tokio::time::Instant;
use uuid::Uuid;

use super::statement::Statement;
use super::{Activity, BEAT, GRACE, PACE, Presence};
use crate::id::{MemberId, SignInId};
use crate::viewer::Connection;

/// One `events` subscription of a member at this process.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// Which one it is, among all of this process.
    pub key: u64,
    /// The sign-in that it came with.
    pub sign_in_id: SignInId,
    /// The live connection that it runs on, if it is one that can say more than this.
    pub connection: Option<Connection>,
    /// How its person is there.
    pub activity: Activity,
}

/// Whose activity it is that somebody tells.
#[derive(Debug, Clone, Copy)]
pub enum Whose {
    /// Of what runs on one live connection.
    Connection(Connection),
    /// Of everything with one sign-in.
    SignIn(SignInId),
}

/// Another process, as far as its statements were heard.
#[derive(Debug, Default)]
struct Other {
    /// The statement up to which none is missing.
    version: u64,
    members: HashMap<MemberId, Activity>,
    /// When it is to be asked for all, because it has told of more.
    ask_at: Option<Instant>,
    /// The version that it has told of.
    newest: u64,
}

/// How the people of another process leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leaving {
    /// It says so: they are shown for the grace.
    Orderly(Instant),
    /// It fell silent.
    Silent,
}

/// Who is here in one workspace.
#[derive(Debug, Default)]
pub struct Board {
    here: HashMap<MemberId, Vec<Arrival>>,
    others: HashMap<Uuid, Other>,
    /// What is shown of everybody who is not offline.
    shown: HashMap<MemberId, Activity>,
    /// Who is still shown, and how long; the queue is in the order of time and may name what is over.
    fading: HashMap<MemberId, Instant>,
    fades: VecDeque<(Instant, MemberId)>,
    /// Of whom something else is shown since this was last taken.
    changed: Vec<MemberId>,
    /// Of whom other processes have not been told since they changed here.
    untold: HashSet<MemberId>,
}

impl Board {
    /// A subscription begins here.
    pub fn arrive(&mut self, member_id: MemberId, arrival: Arrival, now: Instant) {
        self.here.entry(member_id).or_default().push(arrival);
        self.moved_here(member_id, now);
    }

    /// A subscription ends here.
    pub fn depart(&mut self, member_id: MemberId, key: u64, now: Instant) {
        let Some(arrivals) = self.here.get_mut(&member_id) else { return };
        arrivals.retain(|one| one.key != key);
        if arrivals.is_empty() {
            self.here.remove(&member_id);
        }
        self.moved_here(member_id, now);
    }

    /// Somebody says how they are there.
    pub fn set(&mut self, member_id: MemberId, whose: Whose, activity: Activity, now: Instant) {
        let Some(arrivals) = self.here.get_mut(&member_id) else { return };
        for one in arrivals.iter_mut() {
            let meant = match whose {
                Whose::Connection(connection) => one.connection == Some(connection),
                Whose::SignIn(sign_in_id) => one.sign_in_id == sign_in_id,
            };
            if meant {
                one.activity = activity;
            }
        }
        self.moved_here(member_id, now);
    }

    /// Takes what another process says.
    pub fn hear(&mut self, said: &Statement, now: Instant) {
        for (member_id, sign_in_id, activity) in &said.activities {
            self.set(*member_id, Whose::SignIn(*sign_in_id), *activity, now);
        }
        if !said.tells() {
            return;
        }
        let other = self.others.entry(said.process).or_default();
        if said.version <= other.version {
            return;
        }
        let before = if said.all { std::mem::take(&mut other.members) } else { HashMap::new() };
        for (member_id, activity) in said.named() {
            match activity {
                Some(activity) => other.members.insert(member_id, activity),
                None => other.members.remove(&member_id),
            };
        }
        other.newest = other.newest.max(said.version);
        if said.all || said.after == other.version {
            other.version = said.version;
        }
        let is_missing = other.version < other.newest;
        other.ask_at = is_missing.then_some(other.ask_at.unwrap_or(now + PACE));
        let named = said.named().map(|(member_id, _)| member_id);
        before.into_keys().chain(named).for_each(|member_id| self.settle(member_id, Some(now)));
    }

    /// Another process has told so much of this workspace. What has not come in a moment was missed.
    pub fn expect(&mut self, process: Uuid, version: u64, now: Instant) {
        let other = self.others.entry(process).or_default();
        other.newest = other.newest.max(version);
        if other.version < other.newest && other.ask_at.is_none() {
            other.ask_at = Some(now + PACE);
        }
    }

    /// Another process has nobody here, unless it has told of somebody since this version.
    pub fn expect_nobody(&mut self, process: Uuid, version: u64, now: Instant) {
        if self.others.get(&process).is_some_and(|other| other.newest <= version) {
            self.leave(process, Leaving::Orderly(now));
        }
    }

    /// Another process is no more, and its people leave it.
    pub fn leave(&mut self, process: Uuid, how: Leaving) {
        let orderly = match how {
            Leaving::Orderly(now) => Some(now),
            Leaving::Silent => None,
        };
        let gone = self.others.remove(&process).map(|other| other.members).unwrap_or_default();
        gone.into_keys().for_each(|member_id| self.settle(member_id, orderly));
    }

    /// The processes that are to be asked now for all that they have. They are asked again if they do not answer.
    pub fn to_ask(&mut self, now: Instant) -> Vec<Uuid> {
        let due = self.others.iter_mut().filter(|(_, other)| other.ask_at.is_some_and(|at| at <= now));
        let asked = due.map(|(process, other)| {
            other.ask_at = Some(now + BEAT);
            *process
        });
        asked.collect()
    }

    /// Lets go who did not come back in time.
    pub fn expire(&mut self, now: Instant) {
        while let Some((until, member_id)) = self.fades.pop_front_if(|(until, _)| *until <= now) {
            if self.fading.get(&member_id) == Some(&until) {
                self.settle(member_id, None);
            }
        }
    }

    /// When [`Board::expire`] or [`Board::to_ask`] has something to do next.
    pub fn next_expiry(&self) -> Option<Instant> {
        let asks = self.others.values().filter_map(|other| other.ask_at);
        asks.chain(self.fades.front().map(|(until, _)| *until)).min()
    }

    /// What is shown of a member.
    pub fn presence(&self, member_id: MemberId) -> Presence {
        self.shown.get(&member_id).copied().into()
    }

    /// Of whom something else is shown than when this was last asked. May name somebody twice.
    pub fn take_changed(&mut self) -> Vec<MemberId> {
        std::mem::take(&mut self.changed)
    }

    /// What the other processes have not been told yet.
    pub fn take_untold(&mut self, process: Uuid) -> Statement {
        let mut said = Statement { process, ..Statement::default() };
        for member_id in std::mem::take(&mut self.untold) {
            said.name(member_id, self.activity_here(member_id));
        }
        said
    }

    /// There are no other processes to tell.
    pub fn forget_untold(&mut self) {
        self.untold.clear();
    }

    /// Everybody who is connected here.
    pub fn all(&mut self, process: Uuid) -> Statement {
        self.untold = HashSet::new();
        let mut said = Statement { process, all: true, ..Statement::default() };
        self.here.keys().for_each(|member_id| said.name(*member_id, self.activity_here(*member_id)));
        said
    }

    /// Whether nobody is connected here.
    pub fn is_empty_here(&self) -> bool {
        self.here.is_empty()
    }

    /// Whether there is something to tell other processes.
    pub fn has_untold(&self) -> bool {
        !self.untold.is_empty()
    }

    /// Whether another process has said that it has this member.
    pub fn is_elsewhere(&self, member_id: MemberId) -> bool {
        self.others.values().any(|other| other.members.contains_key(&member_id))
    }

    fn activity_here(&self, member_id: MemberId) -> Option<Activity> {
        self.here.get(&member_id)?.iter().map(|one| one.activity).max()
    }

    fn moved_here(&mut self, member_id: MemberId, now: Instant) {
        self.untold.insert(member_id);
        self.settle(member_id, Some(now));
    }

    /// Finds what is to be shown of a member. Who is gone fades from `orderly` on, if there was order.
    fn settle(&mut self, member_id: MemberId, orderly: Option<Instant>) {
        let others = self.others.values().filter_map(|other| other.members.get(&member_id)).copied();
        let activity = others.chain(self.activity_here(member_id)).max();
        let before = self.shown.get(&member_id).copied();
        match (activity, orderly) {
            (Some(activity), _) => {
                self.fading.remove(&member_id);
                self.shown.insert(member_id, activity);
            }
            (None, Some(now)) if before.is_some() => {
                self.fading.entry(member_id).or_insert_with(|| {
                    self.fades.push_back((now + GRACE, member_id));
                    now + GRACE
                });
            }
            (None, _) => {
                self.fading.remove(&member_id);
                self.shown.remove(&member_id);
            }
        }
        if self.shown.get(&member_id).copied() != before {
            self.changed.push(member_id);
        }
    }
}

#[cfg(test)]
mod tests;
