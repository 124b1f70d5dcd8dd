//! The logs that a reader of this process could not go on with, and when it tries each again.
//!
//! Promises: a log that fails delays no other; where its cursor has moved, whoever moved it, its trouble is over;
//! events of a run that failed are handled one by one up to its end, so that a single bad one is found; a log with
//! events of a newer version is left alone until this process is restarted. It knows no database.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::reader::{ATTEMPTS, RUN};
use crate::error::Error;
use crate::event::Seq;
use crate::id::WorkspaceId;

/// The first pause of a log that failed; each further one is twice as long, up to [`DOUBLINGS`] times.
const PAUSE: Duration = Duration::from_millis(200);
const DOUBLINGS: u32 = 5;

/// What a reader has trouble with.
#[derive(Debug, Default)]
pub struct Troubles {
    logs: HashMap<WorkspaceId, Trouble>,
    /// Those with events of a newer version.
    newer: HashSet<WorkspaceId>,
}

#[derive(Debug)]
struct Trouble {
    /// Where the reader stood.
    cursor: Seq,
    /// Up to here events are handled one by one.
    careful_to: Seq,
    /// Failures since it stands there.
    failures: u32,
    /// Those of them that are not transient.
    lasting: u32,
    /// Those of the latter that a single event had to itself.
    attempts: u32,
    /// It is not tried before.
    not_before: Instant,
}

/// Leave to go on with a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Events at a time.
    pub limit: u64,
    /// How often the next event has failed by itself.
    pub attempts: u32,
}

impl Turn {
    /// That of a log without trouble.
    pub(super) const WHOLE: Self = Self { limit: RUN, attempts: 0 };

    /// Whether an event that fails now is given up.
    pub(super) fn is_last(self) -> bool {
        self.limit == 1 && self.attempts + 1 >= ATTEMPTS
    }
}

impl Troubles {
    /// How to go on with a log whose cursor stands there; `None` if not now.
    pub(super) fn turn(&mut self, id: WorkspaceId, cursor: Seq) -> Option<Turn> {
        if self.newer.contains(&id) {
            return None;
        }
        self.moved(id, cursor);
        match self.logs.get(&id) {
            None => Some(Turn::WHOLE),
            Some(trouble) if trouble.not_before > Instant::now() => None,
            Some(trouble) if cursor < trouble.careful_to => Some(Turn { limit: 1, attempts: trouble.attempts }),
            Some(trouble) => Some(Turn { limit: RUN, attempts: trouble.attempts }),
        }
    }

    /// Its cursor stands there, whoever moved it.
    pub(super) fn moved(&mut self, id: WorkspaceId, cursor: Seq) {
        let Some(trouble) = self.logs.get_mut(&id).filter(|trouble| trouble.cursor != cursor) else { return };
        let careful_to = trouble.careful_to;
        if cursor < careful_to {
            *trouble = Trouble { careful_to, ..Trouble::at(cursor) };
        } else {
            self.logs.remove(&id);
        }
    }

    /// A turn at this cursor failed.
    pub(super) fn failed(&mut self, id: WorkspaceId, cursor: Seq, turn: Turn, error: &Error) {
        if matches!(error, Error::Newer) {
            self.logs.remove(&id);
            self.newer.insert(id);
            return;
        }
        let trouble = self.logs.entry(id).or_insert_with(|| Trouble::at(cursor));
        let lasting = u32::from(!error.is_passing());
        trouble.failures += 1;
        trouble.lasting += lasting;
        if turn.limit == 1 {
            trouble.attempts += lasting;
        } else {
            trouble.careful_to = cursor.saturating_add_unsigned(turn.limit);
        }
        let doublings = trouble.failures.saturating_sub(1).min(DOUBLINGS);
        trouble.not_before = Instant::now() + PAUSE * 2_u32.pow(doublings);
    }

    /// Forgets the logs that need not be kept, as they have not grown.
    pub(super) fn keep(&mut self, is_kept: impl Fn(WorkspaceId) -> bool) {
        self.logs.retain(|id, _| is_kept(*id));
    }

    /// Those in trouble.
    pub(super) fn logs(&self) -> impl Iterator<Item = WorkspaceId> {
        self.logs.keys().copied()
    }

    /// Forgets everything but which logs are of a newer version.
    pub fn clear(&mut self) {
        self.logs.clear();
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    /// Whether a log is in trouble.
    pub fn has(&self, id: WorkspaceId) -> bool {
        self.logs.contains_key(&id)
    }

    /// The most failures of one log since it last went on, of those that are not transient.
    pub fn worst(&self) -> u32 {
        self.logs.values().map(|trouble| trouble.lasting).max().unwrap_or(0)
    }

    /// When the first of them is tried again.
    pub fn due(&self) -> Option<Instant> {
        self.logs.values().map(|trouble| trouble.not_before).min()
    }
}

impl Trouble {
    fn at(cursor: Seq) -> Self {
        Self { cursor, careful_to: cursor, failures: 0, lasting: 0, attempts: 0, not_before: Instant::now() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As if the pause were over.
    fn pass_the_pause(troubles: &mut Troubles, id: WorkspaceId) {
        troubles.logs.get_mut(&id).unwrap().not_before = Instant::now();
    }

    fn broken() -> Error {
        Error::internal("broken")
    }

    #[test]
    fn a_run_that_fails_is_handled_one_by_one_to_its_end() {
        let (mut troubles, id) = (Troubles::default(), WorkspaceId::mint());
        let whole = troubles.turn(id, 0).unwrap();
        assert_eq!(whole, Turn { limit: RUN, attempts: 0 });
        troubles.failed(id, 0, whole, &broken());
        assert_eq!(troubles.turn(id, 0), None, "not at once");
        pass_the_pause(&mut troubles, id);
        for cursor in 0..i64::try_from(RUN).unwrap() {
            assert_eq!(troubles.turn(id, cursor), Some(Turn { limit: 1, attempts: 0 }));
            troubles.moved(id, cursor + 1);
        }
        assert!(troubles.is_empty());
    }

    #[test]
    fn only_what_fails_by_itself_and_for_good_is_given_up() {
        let (mut troubles, id) = (Troubles::default(), WorkspaceId::mint());
        let mut tries = 0;
        loop {
            let turn = troubles.turn(id, 7).unwrap();
            if turn.is_last() {
                break;
            }
            let error = if tries % 2 == 0 { Error::Unavailable("busy".into()) } else { broken() };
            troubles.failed(id, 7, turn, &error);
            pass_the_pause(&mut troubles, id);
            tries += 1;
        }
        assert_eq!((tries, troubles.worst()), (2 * ATTEMPTS - 2, ATTEMPTS - 1));
    }

    #[test]
    fn what_moves_elsewhere_is_no_trouble_here() {
        let (mut troubles, id, other) = (Troubles::default(), WorkspaceId::mint(), WorkspaceId::mint());
        for cursor in [0, 500] {
            let turn = troubles.turn(id, cursor).unwrap();
            troubles.failed(id, cursor, turn, &broken());
            assert!(troubles.has(id) && troubles.due().is_some());
            assert!(troubles.turn(other, 0).is_some(), "it delays no other");
        }
        assert_eq!(troubles.turn(id, 500 + i64::try_from(RUN).unwrap()).unwrap().limit, RUN);
        let turn = troubles.turn(id, 1000).unwrap();
        troubles.failed(id, 1000, turn, &broken());
        troubles.keep(|id| id == other);
        assert!(troubles.is_empty() && troubles.due().is_none());
    }

    #[test]
    fn a_log_of_a_newer_version_is_left_alone() {
        let (mut troubles, id) = (Troubles::default(), WorkspaceId::mint());
        let turn = troubles.turn(id, 0).unwrap();
        troubles.failed(id, 0, turn, &Error::Newer);
        troubles.clear();
        assert_eq!((troubles.turn(id, 0), troubles.turn(id, 9), troubles.due()), (None, None, None));
    }
}
