//! What waits for a lane: a queue per log, each in its order, and turns among them.
//!
//! Promises: a log with many commands keeps those of another waiting for no longer than one batch; no log takes all
//! places; whoever finds none is told so at once. It knows neither commands nor the database.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;

use crate::id::WorkspaceId;

/// What waits of one log, at most.
pub const PER_LOG: usize = 1024;
/// What waits of all logs of a lane, at most.
pub const IN_ALL: usize = 4096;

/// Something that waits, with its weight in bytes.
struct Item<T> {
    what: T,
    weight: usize,
}

struct Inner<T> {
    queues: HashMap<WorkspaceId, VecDeque<Item<T>>>,
    /// The logs with something that waits, in the order of their turns.
    turns: VecDeque<WorkspaceId>,
    count: usize,
}

struct Shared<T> {
    inner: Mutex<Inner<T>>,
    filled: Notify,
    emptied: Notify,
}

/// The way in. The way out ends when the last one is dropped.
pub struct Entrance<T>(Arc<Held<T>>);

impl<T> Clone for Entrance<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct Held<T>(Arc<Shared<T>>);

impl<T> Drop for Held<T> {
    fn drop(&mut self) {
        self.0.filled.notify_one();
    }
}

/// The way out.
pub struct Exit<T> {
    shared: Arc<Shared<T>>,
    entrance: Weak<Held<T>>,
}

/// Both ways.
pub fn queues<T>() -> (Entrance<T>, Exit<T>) {
    let inner = Inner { queues: HashMap::new(), turns: VecDeque::new(), count: 0 };
    let shared = Arc::new(Shared { inner: Mutex::new(inner), filled: Notify::new(), emptied: Notify::new() });
    let held = Arc::new(Held(shared.clone()));
    let entrance = Arc::downgrade(&held);
    (Entrance(held), Exit { shared, entrance })
}

impl<T> Shared<T> {
    fn inner(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Entrance<T> {
    /// Puts something at the end of the queue of its log. `false` if too much waits already.
    pub fn put(&self, log: WorkspaceId, what: T, weight: usize) -> bool {
        let shared = &self.0.0;
        let mut inner = shared.inner();
        if inner.count >= IN_ALL || inner.queues.get(&log).is_some_and(|queue| queue.len() >= PER_LOG) {
            return false;
        }
        inner.count += 1;
        let queue = inner.queues.entry(log).or_default();
        queue.push_back(Item { what, weight });
        if queue.len() == 1 {
            inner.turns.push_back(log);
        }
        drop(inner);
        shared.filled.notify_one();
        true
    }

    /// Waits until nothing waits.
    pub async fn emptied(&self) {
        let shared = &self.0.0;
        loop {
            let emptied = shared.emptied.notified();
            if shared.inner().count == 0 {
                return;
            }
            emptied.await;
        }
    }
}

impl<T> Exit<T> {
    /// Waits until something is there, and takes one of each log in turn, up to `count` of them or `weight` bytes; never
    /// waits for company. `None` when nothing more comes.
    pub async fn take(&mut self, count: usize, weight: usize) -> Option<Vec<T>> {
        loop {
            let filled = self.shared.filled.notified();
            let taken = self.shared.inner().take(count, weight);
            if !taken.is_empty() {
                return Some(taken);
            }
            self.shared.emptied.notify_waiters();
            if self.entrance.strong_count() == 0 {
                return None;
            }
            filled.await;
        }
    }
}

impl<T> Inner<T> {
    fn take(&mut self, count: usize, weight: usize) -> Vec<T> {
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while taken.len() < count && bytes < weight {
            let Some(log) = self.turns.pop_front() else { break };
            let Some(queue) = self.queues.get_mut(&log) else { continue };
            if let Some(item) = queue.pop_front() {
                bytes += item.weight;
                self.count -= 1;
                taken.push(item.what);
            }
            if queue.is_empty() {
                self.queues.remove(&log);
            } else {
                self.turns.push_back(log);
            }
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn logs_take_turns_and_each_keeps_its_order() {
        let (entrance, mut exit) = queues();
        let (loud, quiet) = (WorkspaceId::mint(), WorkspaceId::mint());
        assert!((0..5).all(|n| entrance.put(loud, ("loud", n), 1)));
        assert!((0..2).all(|n| entrance.put(quiet, ("quiet", n), 1)));
        assert_eq!(exit.take(3, 100).await.unwrap(), [("loud", 0), ("quiet", 0), ("loud", 1)]);
        assert_eq!(exit.take(100, 2).await.unwrap(), [("quiet", 1), ("loud", 2)]);
        assert_eq!(exit.take(100, 100).await.unwrap(), [("loud", 3), ("loud", 4)]);
        drop(entrance);
        assert_eq!(exit.take(100, 100).await, None);
    }

    #[tokio::test]
    async fn no_log_takes_all_places() {
        let (entrance, mut exit) = queues();
        let logs: Vec<WorkspaceId> = (0..=IN_ALL / PER_LOG).map(|_| WorkspaceId::mint()).collect();
        for log in &logs[..IN_ALL / PER_LOG] {
            assert!((0..PER_LOG).all(|n| entrance.put(*log, n, 1)));
            assert!(!entrance.put(*log, 0, 1));
        }
        assert!(!entrance.put(logs[IN_ALL / PER_LOG], 0, 1), "and all of them no more than this");
        assert_eq!(exit.take(256, usize::MAX).await.unwrap().len(), 256);
        assert!(entrance.put(logs[IN_ALL / PER_LOG], 0, 1));
    }

    #[tokio::test]
    async fn what_came_before_the_end_is_taken() {
        let (entrance, mut exit) = queues();
        let other = entrance.clone();
        drop(entrance);
        let waiting = tokio::spawn(async move { (exit.take(1, 1).await, exit.take(1, 1).await) });
        assert!(other.put(WorkspaceId::mint(), 7, 1));
        drop(other);
        assert_eq!(waiting.await.unwrap(), (Some(vec![7]), None));
    }
}
