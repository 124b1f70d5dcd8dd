//! Which logs a durable reader looks at.
//!
//! Whoever appends to a log names it to the readers of its process, which look at it soon. What other processes have
//! appended, or have left undone, is found by a look at all logs every [`LOOK_INTERVAL`]. Promises: a look costs as much
//! as there are logs named, however many there are; a log that was not finished is looked at again; a lost name costs
//! only time.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::id::WorkspaceId;

/// A reader looks at all logs at least so often.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// After this pause a reader looks again at what it could not finish or read.
const RETRY_INTERVAL: Duration = Duration::from_secs(2);
/// When more logs than this are named, all are looked at.
const NAMED_LIMIT: usize = 1_000;

/// The logs that are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Logs {
    /// All of them.
    All,
    /// Only these.
    These(BTreeSet<WorkspaceId>),
}

impl Default for Logs {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl Logs {
    fn add(&mut self, id: WorkspaceId) {
        if let Self::These(ids) = self {
            ids.insert(id);
            if ids.len() > NAMED_LIMIT {
                *self = Self::All;
            }
        }
    }
}

/// What a look left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Left {
    /// Whether there may be more to do at once.
    pub more: bool,
    /// Logs that are to be looked at again: with more to do, or which another process is at.
    pub logs: BTreeSet<WorkspaceId>,
}

impl Left {
    /// Both together.
    pub fn and(mut self, mut other: Self) -> Self {
        self.more |= other.more;
        self.logs.append(&mut other.logs);
        self
    }
}

#[derive(Debug, Default)]
struct Inbox {
    named: Mutex<Logs>,
    filled: Notify,
}

/// Names logs to the readers of this process.
#[derive(Debug, Clone, Default)]
pub struct Wake(Arc<Mutex<Vec<Weak<Inbox>>>>);

impl Wake {
    /// There is something to read in this log.
    pub fn wake(&self, id: WorkspaceId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|inbox| {
            let Some(inbox) = inbox.upgrade() else { return false };
            inbox.named.lock().unwrap_or_else(PoisonError::into_inner).add(id);
            inbox.filled.notify_one();
            true
        });
    }

    /// The looks of one reader, which begin with all logs.
    pub fn listen(&self) -> Looks {
        let inbox = Arc::<Inbox>::default();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&inbox));
        Looks { inbox, unfinished: BTreeSet::new(), all_at: Instant::now() }
    }
}

/// When a reader looks, and at what.
#[derive(Debug)]
pub struct Looks {
    inbox: Arc<Inbox>,
    unfinished: BTreeSet<WorkspaceId>,
    /// When all logs are looked at next.
    all_at: Instant,
}

impl Looks {
    /// What to look at now: what was named or left unfinished since the last look, or all when it is time.
    pub fn take(&mut self) -> Logs {
        let named = std::mem::take(&mut *self.inbox.named.lock().unwrap_or_else(PoisonError::into_inner));
        let mut ids = std::mem::take(&mut self.unfinished);
        match named {
            Logs::These(mut named) if self.all_at > Instant::now() => {
                ids.append(&mut named);
                Logs::These(ids)
            }
            _ => {
                self.all_at = Instant::now() + LOOK_INTERVAL;
                Logs::All
            }
        }
    }

    /// After a look: waits, unless there is more to do at once, until there is something to look at, until a log that
    /// was in trouble is `due`, or for the next look at all; and then for what was just appended to `gather`, so that
    /// under load one look is for many events.
    pub async fn rest(&mut self, left: Left, gather: Duration, due: Option<Instant>) {
        self.unfinished = left.logs;
        if left.more {
            return;
        }
        let again = (!self.unfinished.is_empty()).then(|| Instant::now() + RETRY_INTERVAL);
        let until = [due, again].into_iter().flatten().fold(self.all_at, Instant::min);
        let _ = tokio::time::timeout_at(until.into(), self.inbox.filled.notified()).await;
        tokio::time::sleep(gather).await;
    }

    /// After a look that failed, and so says nothing: waits for a moment at most, and looks at all logs next.
    pub async fn rest_after_failure(&mut self, gather: Duration) {
        self.all_at = Instant::now();
        let _ = tokio::time::timeout(RETRY_INTERVAL, self.inbox.filled.notified()).await;
        tokio::time::sleep(gather).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(ids: impl IntoIterator<Item = WorkspaceId>) -> Logs {
        Logs::These(ids.into_iter().collect())
    }

    #[tokio::test]
    async fn a_look_is_for_what_was_named_or_left() {
        let wake = Wake::default();
        let (mut one, mut other) = (wake.listen(), wake.listen());
        assert_eq!((one.take(), other.take()), (Logs::All, Logs::All), "at the start");
        assert_eq!(one.take(), these([]));
        let [a, b] = [WorkspaceId::mint(), WorkspaceId::mint()];
        wake.wake(a);
        // It does not wait, since something was named.
        one.rest(Left { more: false, logs: BTreeSet::from([b]) }, Duration::ZERO, None).await;
        assert_eq!((one.take(), one.take()), (these([a, b]), these([])));
        one.rest(Left { more: true, logs: BTreeSet::from([b]) }, Duration::ZERO, None).await;
        assert_eq!((one.take(), other.take()), (these([b]), these([a])));
    }

    #[tokio::test(start_paused = true)]
    async fn what_failed_or_overflows_is_a_look_at_all() {
        let wake = Wake::default();
        let mut looks = wake.listen();
        assert_eq!(looks.take(), Logs::All);
        looks.rest_after_failure(Duration::ZERO).await;
        assert_eq!(looks.take(), Logs::All);
        for _ in 0..=NAMED_LIMIT {
            wake.wake(WorkspaceId::mint());
        }
        assert_eq!((looks.take(), looks.take()), (Logs::All, these([])));
    }

    #[test]
    fn whoever_listens_no_more_is_forgotten() {
        let wake = Wake::default();
        drop(wake.listen());
        let _looks = wake.listen();
        wake.wake(WorkspaceId::mint());
        assert_eq!(wake.0.lock().unwrap().len(), 1);
    }
}
