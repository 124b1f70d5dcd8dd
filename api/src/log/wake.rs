//! Selects which logs a durable reader polls.
//!
//! An append notifies the readers of its own process, which poll the log soon after. Appends of other processes and
//! unfinished work are found by a poll of all logs every [`POLL_INTERVAL`].
//!
//! - A poll costs in proportion to the logs notified, not to the logs that exist.
//! - An unfinished log is polled again.
//! - A lost notification only adds delay.

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::ground::id::WorkspaceId;
use crate::ground::mutex::Mutex;

/// How often a reader polls all logs.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// How long a reader waits before it polls unfinished or failed logs again.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);
/// With more notified logs than this, all logs are polled.
const MAX_NOTIFIED_LOGS: usize = 1_000;

/// The logs to poll.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogSet {
    /// All logs.
    All,
    /// Only these logs.
    Only(BTreeSet<WorkspaceId>),
}

impl Default for LogSet {
    fn default() -> Self {
        Self::Only(BTreeSet::new())
    }
}

impl LogSet {
    fn add(&mut self, id: WorkspaceId) {
        if let Self::Only(ids) = self {
            ids.insert(id);
            if ids.len() > MAX_NOTIFIED_LOGS {
                *self = Self::All;
            }
        }
    }
}

/// What a poll left to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remaining {
    /// Whether there may be more to do immediately.
    pub has_more: bool,
    /// Logs to poll again: unfinished, or in progress in another process.
    pub logs: BTreeSet<WorkspaceId>,
}

impl Remaining {
    /// Combines both.
    pub fn and(mut self, mut other: Self) -> Self {
        self.has_more |= other.has_more;
        self.logs.append(&mut other.logs);
        self
    }
}

#[derive(Debug, Default)]
struct Inbox {
    notified: Mutex<LogSet>,
    filled: Notify,
}

/// Notifies the readers of this process of appends.
#[derive(Debug, Clone, Default)]
pub struct ReaderNotifier(Arc<Mutex<Vec<Weak<Inbox>>>>);

impl ReaderNotifier {
    /// Notifies the readers of an append to this log.
    pub fn notify(&self, id: WorkspaceId) {
        self.0.lock().retain(|inbox| {
            let Some(inbox) = inbox.upgrade() else { return false };
            inbox.notified.lock().add(id);
            inbox.filled.notify_one();
            true
        });
    }

    /// Subscribes a reader. Its schedule starts with a poll of all logs.
    pub fn subscribe(&self) -> PollSchedule {
        let inbox = Arc::<Inbox>::default();
        self.0.lock().push(Arc::downgrade(&inbox));
        PollSchedule { inbox, unfinished: BTreeSet::new(), next_full_poll: Instant::now() }
    }
}

/// Decides when a reader polls, and which logs.
#[derive(Debug)]
pub struct PollSchedule {
    inbox: Arc<Inbox>,
    unfinished: BTreeSet<WorkspaceId>,
    /// When the next poll of all logs is due.
    next_full_poll: Instant,
}

impl PollSchedule {
    /// Takes the logs to poll now: those notified or left unfinished since the last poll, or all logs if that is due.
    pub fn take(&mut self) -> LogSet {
        let notified = std::mem::take(&mut *self.inbox.notified.lock());
        let mut ids = std::mem::take(&mut self.unfinished);
        match notified {
            LogSet::Only(mut notified) if self.next_full_poll > Instant::now() => {
                ids.append(&mut notified);
                LogSet::Only(ids)
            }
            _ => {
                self.next_full_poll = Instant::now() + POLL_INTERVAL;
                LogSet::All
            }
        }
    }

    /// Waits after a poll until the next one is due: immediately if there is more to do, otherwise on a notification,
    /// at `due`, when unfinished logs are retried, or for the next poll of all logs. Then waits `batch_delay`, so that
    /// one poll covers several appends under load.
    pub async fn wait(&mut self, remaining: Remaining, batch_delay: Duration, due: Option<Instant>) {
        self.unfinished = remaining.logs;
        if remaining.has_more {
            return;
        }
        let again = (!self.unfinished.is_empty()).then(|| Instant::now() + RETRY_INTERVAL);
        let until = [due, again].into_iter().flatten().fold(self.next_full_poll, Instant::min);
        let _ = tokio::time::timeout_at(until.into(), self.inbox.filled.notified()).await;
        tokio::time::sleep(batch_delay).await;
    }

    /// Waits after a failed poll, at most [`RETRY_INTERVAL`], and schedules a poll of all logs.
    pub async fn wait_after_failure(&mut self, batch_delay: Duration) {
        self.next_full_poll = Instant::now();
        let _ = tokio::time::timeout(RETRY_INTERVAL, self.inbox.filled.notified()).await;
        tokio::time::sleep(batch_delay).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(ids: impl IntoIterator<Item = WorkspaceId>) -> LogSet {
        LogSet::Only(ids.into_iter().collect())
    }

    #[tokio::test]
    async fn polls_notified_and_unfinished_logs() {
        let notifier = ReaderNotifier::default();
        let (mut one, mut other) = (notifier.subscribe(), notifier.subscribe());
        assert_eq!((one.take(), other.take()), (LogSet::All, LogSet::All), "at the start");
        assert_eq!(one.take(), these([]));
        let [a, b] = [WorkspaceId::mint(), WorkspaceId::mint()];
        notifier.notify(a);
        // Does not wait, because a log was notified.
        one.wait(Remaining { has_more: false, logs: BTreeSet::from([b]) }, Duration::ZERO, None).await;
        assert_eq!((one.take(), one.take()), (these([a, b]), these([])));
        one.wait(Remaining { has_more: true, logs: BTreeSet::from([b]) }, Duration::ZERO, None).await;
        assert_eq!((one.take(), other.take()), (these([b]), these([a])));
    }

    #[tokio::test(start_paused = true)]
    async fn polls_all_logs_after_a_failure_or_an_overflow() {
        let notifier = ReaderNotifier::default();
        let mut schedule = notifier.subscribe();
        assert_eq!(schedule.take(), LogSet::All);
        schedule.wait_after_failure(Duration::ZERO).await;
        assert_eq!(schedule.take(), LogSet::All);
        for _ in 0..=MAX_NOTIFIED_LOGS {
            notifier.notify(WorkspaceId::mint());
        }
        assert_eq!((schedule.take(), schedule.take()), (LogSet::All, these([])));
    }

    #[test]
    fn drops_closed_subscriptions() {
        let notifier = ReaderNotifier::default();
        drop(notifier.subscribe());
        let _schedule = notifier.subscribe();
        notifier.notify(WorkspaceId::mint());
        assert_eq!(notifier.0.lock().len(), 1);
    }
}
