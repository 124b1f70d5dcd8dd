//! The signals pending for a group's task.
//!
//! - The inbox is bounded, by a fixed length and by the number of members of the group.
//! - No member misses a change of their private state: signals that do not fit are coalesced per member into one
//!   `PrivateChanged`.
//! - The revisions of each member are delivered in order.

use std::collections::{HashMap, VecDeque};

use tokio::sync::Notify;

use crate::ground::mutex::Mutex;
use crate::live::signal::Signal;

/// Maximum number of pending signals before they are coalesced.
const MAX_PENDING: usize = 256;

#[derive(Default)]
struct Inner {
    waiting: VecDeque<(u32, Signal)>,
    /// The latest revision of each member with dropped signals.
    dropped: HashMap<u32, i64>,
    /// The same members, oldest first.
    order: VecDeque<u32>,
}

/// The pending signals, by room-local member number.
#[derive(Default)]
pub struct Inbox {
    inner: Mutex<Inner>,
    filled: Notify,
}

impl Inbox {
    /// Adds a signal for a member.
    pub fn push(&self, number: u32, signal: &Signal) {
        let mut inner = self.inner.lock();
        if inner.waiting.len() < MAX_PENDING && !inner.dropped.contains_key(&number) {
            inner.waiting.push_back((number, signal.clone()));
        } else {
            let rev = signal.private_rev();
            match inner.dropped.get_mut(&number) {
                Some(latest) => *latest = rev.max(*latest),
                None => {
                    inner.dropped.insert(number, rev);
                    inner.order.push_back(number);
                }
            }
        }
        drop(inner);
        self.filled.notify_one();
    }

    /// Takes the next signal.
    pub fn take(&self) -> Option<(u32, Signal)> {
        let mut inner = self.inner.lock();
        if let Some(next) = inner.waiting.pop_front() {
            return Some(next);
        }
        let number = inner.order.pop_front()?;
        let private_rev = inner.dropped.remove(&number)?;
        Some((number, Signal::PrivateChanged { private_rev }))
    }

    /// Waits until a signal is added.
    pub async fn filled(&self) {
        self.filled.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::signal::Unread;

    fn signal(private_rev: i64) -> Signal {
        Signal::NotificationsChanged { unread: Unread { count: 1, seq: 1 }, private_rev }
    }

    #[test]
    fn coalesces_dropped_signals_per_member_in_order() {
        let inbox = Inbox::default();
        let length = i64::try_from(MAX_PENDING).unwrap();
        for rev in 1..=length + 10 {
            inbox.push(1, &signal(rev));
        }
        inbox.push(2, &signal(7));
        assert_eq!(inbox.take(), Some((1, signal(1))));
        // There is space again, but the dropped signals must come first.
        inbox.push(1, &signal(length + 11));
        inbox.push(3, &signal(5));
        for rev in 2..=length {
            assert_eq!(inbox.take(), Some((1, signal(rev))));
        }
        assert_eq!(inbox.take(), Some((3, signal(5))));
        let coalesced = [inbox.take().unwrap(), inbox.take().unwrap()];
        let private_changed = |private_rev| Signal::PrivateChanged { private_rev };
        assert_eq!(coalesced, [(1, private_changed(length + 11)), (2, private_changed(7))]);
        assert_eq!(inbox.take(), None);
        inbox.push(1, &signal(length + 12));
        assert_eq!(inbox.take(), Some((1, signal(length + 12))));
    }

    #[test]
    fn delivers_coalesced_signals_oldest_first() {
        let inbox = Inbox::default();
        (0..MAX_PENDING).for_each(|_| inbox.push(0, &signal(0)));
        (1..=100).rev().for_each(|number| inbox.push(number, &signal(1)));
        // Another dropped signal does not change the order.
        inbox.push(100, &signal(2));
        (0..MAX_PENDING).for_each(|_| assert!(inbox.take().is_some()));
        let order: Vec<u32> = std::iter::from_fn(|| inbox.take()).map(|(number, _)| number).collect();
        assert_eq!(order, (1..=100).rev().collect::<Vec<_>>());
    }
}
