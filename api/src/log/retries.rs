//! Retry state of a durable reader: the logs that this process failed to process, and when it retries each.
//!
//! - A failing log delays no other.
//! - Once its cursor moves, in any process, its retry state is reset.
//! - After a batch failed, its events are handled one by one, so that a single bad event is found.
//! - A log with an unsupported version is not retried until the process restarts.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::ground::error::Error;
use crate::ground::id::WorkspaceId;
use crate::model::event::Seq;

/// Default number of events handled in one transaction.
pub(super) const BATCH_SIZE: u64 = 256;
/// Attempts per event before it is skipped.
pub(super) const MAX_ATTEMPTS: u32 = 5;
/// Delay before the first retry. Doubles with each failure, up to [`MAX_DOUBLINGS`] times.
const INITIAL_DELAY: Duration = Duration::from_millis(200);
const MAX_DOUBLINGS: u32 = 5;

/// The failing logs of one reader.
#[derive(Debug, Default)]
pub struct Retries {
    logs: HashMap<WorkspaceId, Retry>,
    /// Logs with an unsupported version.
    unsupported: HashSet<WorkspaceId>,
}

#[derive(Debug)]
struct Retry {
    /// The cursor at which the reader failed.
    cursor: Seq,
    /// Events up to here are handled one by one.
    single_until: Seq,
    /// Failures at this cursor.
    failures: u32,
    /// Failures that are not transient.
    permanent: u32,
    /// Permanent failures of a single event handled on its own.
    single_event_failures: u32,
    /// When the next attempt is due.
    not_before: Instant,
}

/// How to process a log: with which batch size, and after how many failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempt {
    /// Maximum number of events to handle.
    pub limit: u64,
    /// How often the next event has failed on its own.
    pub failures: u32,
}

impl Attempt {
    /// A full batch, for a log without failures.
    pub(super) const FULL: Self = Self { limit: BATCH_SIZE, failures: 0 };

    /// Whether an event that fails again is skipped.
    pub(super) fn is_last(self) -> bool {
        self.limit == 1 && self.failures + 1 >= MAX_ATTEMPTS
    }
}

impl Retries {
    /// Returns how to process a log at this cursor, or `None` while its retry is not due.
    pub(super) fn next_attempt(&mut self, id: WorkspaceId, cursor: Seq) -> Option<Attempt> {
        if self.unsupported.contains(&id) {
            return None;
        }
        self.advanced(id, cursor);
        match self.logs.get(&id) {
            None => Some(Attempt::FULL),
            Some(retry) if retry.not_before > Instant::now() => None,
            Some(retry) if cursor < retry.single_until => {
                Some(Attempt { limit: 1, failures: retry.single_event_failures })
            }
            Some(retry) => Some(Attempt { limit: BATCH_SIZE, failures: retry.single_event_failures }),
        }
    }

    /// Records the current cursor, which any process may have advanced.
    pub(super) fn advanced(&mut self, id: WorkspaceId, cursor: Seq) {
        let Some(retry) = self.logs.get_mut(&id).filter(|retry| retry.cursor != cursor) else { return };
        let single_until = retry.single_until;
        if cursor < single_until {
            *retry = Retry { single_until, ..Retry::at(cursor) };
        } else {
            self.logs.remove(&id);
        }
    }

    /// Records a failed attempt at this cursor.
    pub(super) fn record_failure(&mut self, id: WorkspaceId, cursor: Seq, attempt: Attempt, error: &Error) {
        if matches!(error, Error::UnsupportedVersion) {
            self.logs.remove(&id);
            self.unsupported.insert(id);
            return;
        }
        let retry = self.logs.entry(id).or_insert_with(|| Retry::at(cursor));
        let permanent = u32::from(!error.is_transient());
        retry.failures += 1;
        retry.permanent += permanent;
        if attempt.limit == 1 {
            retry.single_event_failures += permanent;
        } else {
            retry.single_until = cursor.saturating_add_unsigned(attempt.limit);
        }
        let doublings = retry.failures.saturating_sub(1).min(MAX_DOUBLINGS);
        retry.not_before = Instant::now() + INITIAL_DELAY * 2_u32.pow(doublings);
    }

    /// Drops the retry state of all other logs, which have not grown.
    pub(super) fn retain(&mut self, is_kept: impl Fn(WorkspaceId) -> bool) {
        self.logs.retain(|id, _| is_kept(*id));
    }

    /// Returns the failing logs.
    pub(super) fn logs(&self) -> impl Iterator<Item = WorkspaceId> {
        self.logs.keys().copied()
    }

    /// Resets everything except the set of unsupported logs.
    pub fn clear(&mut self) {
        self.logs.clear();
    }

    /// Whether no log is failing.
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    /// Whether a log is failing.
    pub fn contains(&self, id: WorkspaceId) -> bool {
        self.logs.contains_key(&id)
    }

    /// Returns the highest number of permanent failures of one log at its current cursor.
    pub fn max_failures(&self) -> u32 {
        self.logs.values().map(|retry| retry.permanent).max().unwrap_or(0)
    }

    /// Returns when the next retry is due.
    pub fn next_due(&self) -> Option<Instant> {
        self.logs.values().map(|retry| retry.not_before).min()
    }
}

impl Retry {
    fn at(cursor: Seq) -> Self {
        let (failures, permanent, single_event_failures) = (0, 0, 0);
        let not_before = Instant::now();
        Self { cursor, single_until: cursor, failures, permanent, single_event_failures, not_before }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Skips the delay of a log.
    fn skip_delay(retries: &mut Retries, id: WorkspaceId) {
        retries.logs.get_mut(&id).unwrap().not_before = Instant::now();
    }

    fn broken() -> Error {
        Error::internal("broken")
    }

    #[test]
    fn handles_a_failed_batch_event_by_event() {
        let (mut retries, id) = (Retries::default(), WorkspaceId::mint());
        let whole = retries.next_attempt(id, 0).unwrap();
        assert_eq!(whole, Attempt { limit: BATCH_SIZE, failures: 0 });
        retries.record_failure(id, 0, whole, &broken());
        assert_eq!(retries.next_attempt(id, 0), None, "the retry is delayed");
        skip_delay(&mut retries, id);
        for cursor in 0..i64::try_from(BATCH_SIZE).unwrap() {
            assert_eq!(retries.next_attempt(id, cursor), Some(Attempt { limit: 1, failures: 0 }));
            retries.advanced(id, cursor + 1);
        }
        assert!(retries.is_empty());
    }

    #[test]
    fn gives_up_only_after_permanent_failures_of_a_single_event() {
        let (mut retries, id) = (Retries::default(), WorkspaceId::mint());
        let mut attempts = 0;
        loop {
            let attempt = retries.next_attempt(id, 7).unwrap();
            if attempt.is_last() {
                break;
            }
            let error = if attempts % 2 == 0 { Error::Unavailable("busy".into()) } else { broken() };
            retries.record_failure(id, 7, attempt, &error);
            skip_delay(&mut retries, id);
            attempts += 1;
        }
        assert_eq!((attempts, retries.max_failures()), (2 * MAX_ATTEMPTS - 2, MAX_ATTEMPTS - 1));
    }

    #[test]
    fn resets_when_another_process_moves_the_cursor() {
        let (mut retries, id, other) = (Retries::default(), WorkspaceId::mint(), WorkspaceId::mint());
        for cursor in [0, 500] {
            let attempt = retries.next_attempt(id, cursor).unwrap();
            retries.record_failure(id, cursor, attempt, &broken());
            assert!(retries.contains(id) && retries.next_due().is_some());
            assert!(retries.next_attempt(other, 0).is_some(), "other logs are not delayed");
        }
        assert_eq!(retries.next_attempt(id, 500 + i64::try_from(BATCH_SIZE).unwrap()).unwrap().limit, BATCH_SIZE);
        let attempt = retries.next_attempt(id, 1000).unwrap();
        retries.record_failure(id, 1000, attempt, &broken());
        retries.retain(|id| id == other);
        assert!(retries.is_empty() && retries.next_due().is_none());
    }

    #[test]
    fn does_not_retry_unsupported_logs() {
        let (mut retries, id) = (Retries::default(), WorkspaceId::mint());
        let attempt = retries.next_attempt(id, 0).unwrap();
        retries.record_failure(id, 0, attempt, &Error::UnsupportedVersion);
        retries.clear();
        assert_eq!((retries.next_attempt(id, 0), retries.next_attempt(id, 9), retries.next_due()), (None, None, None));
    }
}
