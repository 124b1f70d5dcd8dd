//! A bounded, fair queue for the commands of a lane: one FIFO queue per log, served round-robin.
//!
//! - A log with many commands delays those of another log by at most one batch.
//! - No log can fill the whole queue.
//! - Sending to a full queue fails at once.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Weak};

use tokio::sync::Notify;

use crate::ground::id::WorkspaceId;
use crate::ground::mutex::Mutex;

/// Maximum number of pending items per log.
pub const MAX_PENDING_PER_LOG: usize = 1024;
/// Maximum number of pending items of all logs of a lane.
pub const MAX_PENDING: usize = 4096;

/// A pending item with its size in bytes.
struct Item<T> {
    value: T,
    weight: usize,
}

struct Inner<T> {
    queues: HashMap<WorkspaceId, VecDeque<Item<T>>>,
    /// The logs with pending items, in round-robin order.
    round_robin: VecDeque<WorkspaceId>,
    count: usize,
}

struct Shared<T> {
    inner: Mutex<Inner<T>>,
    not_empty: Notify,
    became_empty: Notify,
}

/// The sending half. The receiver ends when the last sender is dropped.
pub struct Sender<T>(Arc<SenderGuard<T>>);

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct SenderGuard<T>(Arc<Shared<T>>);

impl<T> Drop for SenderGuard<T> {
    fn drop(&mut self) {
        self.0.not_empty.notify_one();
    }
}

/// The receiving half.
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    sender: Weak<SenderGuard<T>>,
}

/// Creates a queue.
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let inner = Inner { queues: HashMap::new(), round_robin: VecDeque::new(), count: 0 };
    let shared = Arc::new(Shared { inner: Mutex::new(inner), not_empty: Notify::new(), became_empty: Notify::new() });
    let guard = Arc::new(SenderGuard(shared.clone()));
    let sender = Arc::downgrade(&guard);
    (Sender(guard), Receiver { shared, sender })
}

impl<T> Sender<T> {
    /// Appends an item to the queue of its log. Returns `false` if the queue is full.
    pub fn try_send(&self, log: WorkspaceId, value: T, weight: usize) -> bool {
        let shared = &self.0.0;
        let mut inner = shared.inner.lock();
        if inner.count >= MAX_PENDING || inner.queues.get(&log).is_some_and(|queue| queue.len() >= MAX_PENDING_PER_LOG)
        {
            return false;
        }
        inner.count += 1;
        let queue = inner.queues.entry(log).or_default();
        queue.push_back(Item { value, weight });
        if queue.len() == 1 {
            inner.round_robin.push_back(log);
        }
        drop(inner);
        shared.not_empty.notify_one();
        true
    }

    /// Waits until the queue is empty.
    pub async fn wait_empty(&self) {
        let shared = &self.0.0;
        loop {
            let became_empty = shared.became_empty.notified();
            if shared.inner.lock().count == 0 {
                return;
            }
            became_empty.await;
        }
    }
}

impl<T> Receiver<T> {
    /// Waits for items and takes them round-robin over the logs, up to `count` items or `weight` bytes. Never waits for
    /// more than the first. Returns `None` once the queue is empty and all senders are dropped.
    pub async fn recv_batch(&mut self, count: usize, weight: usize) -> Option<Vec<T>> {
        loop {
            let not_empty = self.shared.not_empty.notified();
            let taken = self.shared.inner.lock().take(count, weight);
            if !taken.is_empty() {
                return Some(taken);
            }
            self.shared.became_empty.notify_waiters();
            if self.sender.strong_count() == 0 {
                return None;
            }
            not_empty.await;
        }
    }
}

impl<T> Inner<T> {
    fn take(&mut self, count: usize, weight: usize) -> Vec<T> {
        let (mut items, mut bytes) = (Vec::new(), 0);
        while items.len() < count && bytes < weight {
            let Some(log) = self.round_robin.pop_front() else { break };
            let Some(queue) = self.queues.get_mut(&log) else { continue };
            if let Some(item) = queue.pop_front() {
                bytes += item.weight;
                self.count -= 1;
                items.push(item.value);
            }
            if queue.is_empty() {
                self.queues.remove(&log);
            } else {
                self.round_robin.push_back(log);
            }
        }
        items
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn serves_logs_round_robin_in_fifo_order() {
        let (sender, mut receiver) = channel();
        let (busy, quiet) = (WorkspaceId::mint(), WorkspaceId::mint());
        assert!((0..5).all(|n| sender.try_send(busy, ("busy", n), 1)));
        assert!((0..2).all(|n| sender.try_send(quiet, ("quiet", n), 1)));
        assert_eq!(receiver.recv_batch(3, 100).await.unwrap(), [("busy", 0), ("quiet", 0), ("busy", 1)]);
        assert_eq!(receiver.recv_batch(100, 2).await.unwrap(), [("quiet", 1), ("busy", 2)]);
        assert_eq!(receiver.recv_batch(100, 100).await.unwrap(), [("busy", 3), ("busy", 4)]);
        drop(sender);
        assert_eq!(receiver.recv_batch(100, 100).await, None);
    }

    #[tokio::test]
    async fn limits_pending_items_per_log_and_in_total() {
        let (sender, mut receiver) = channel();
        let logs: Vec<WorkspaceId> = (0..=MAX_PENDING / MAX_PENDING_PER_LOG).map(|_| WorkspaceId::mint()).collect();
        for log in &logs[..MAX_PENDING / MAX_PENDING_PER_LOG] {
            assert!((0..MAX_PENDING_PER_LOG).all(|n| sender.try_send(*log, n, 1)));
            assert!(!sender.try_send(*log, 0, 1));
        }
        assert!(!sender.try_send(logs[MAX_PENDING / MAX_PENDING_PER_LOG], 0, 1), "the total is limited as well");
        assert_eq!(receiver.recv_batch(256, usize::MAX).await.unwrap().len(), 256);
        assert!(sender.try_send(logs[MAX_PENDING / MAX_PENDING_PER_LOG], 0, 1));
    }

    #[tokio::test]
    async fn delivers_items_sent_before_the_last_sender_dropped() {
        let (sender, mut receiver) = channel();
        let other = sender.clone();
        drop(sender);
        let waiting = tokio::spawn(async move { (receiver.recv_batch(1, 1).await, receiver.recv_batch(1, 1).await) });
        assert!(other.try_send(WorkspaceId::mint(), 7, 1));
        drop(other);
        assert_eq!(waiting.await.unwrap(), (Some(vec![7]), None));
    }
}
