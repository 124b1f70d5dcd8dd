//! The signals that wait for a group's task.
//!
//! Promises: what waits is bounded, by a number and by the members of the group; nobody misses that something private
//! to them changed: where there is no place for a signal, its member is told to read again, once for all that had none;
//! each member's revisions come in order.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use crate::live::signal::Signal;

/// Signals that wait as they are.
const LENGTH: usize = 256;

#[derive(Default)]
struct Inner {
    waiting: VecDeque<(u32, Signal)>,
    /// The latest revision of those for whose signals there was no place.
    missed: HashMap<u32, i64>,
    /// The same members, whoever has waited longest first.
    order: VecDeque<u32>,
}

/// What waits, by the numbers of the members.
#[derive(Default)]
pub struct Inbox {
    inner: Mutex<Inner>,
    filled: Notify,
}

impl Inbox {
    /// Adds a signal for a member.
    pub fn put(&self, number: u32, signal: &Signal) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.waiting.len() < LENGTH && !inner.missed.contains_key(&number) {
            inner.waiting.push_back((number, signal.clone()));
        } else {
            let rev = signal.private_rev();
            match inner.missed.get_mut(&number) {
                Some(known) => *known = rev.max(*known),
                None => {
                    inner.missed.insert(number, rev);
                    inner.order.push_back(number);
                }
            }
        }
        drop(inner);
        self.filled.notify_one();
    }

    /// Takes the next one.
    pub fn take(&self) -> Option<(u32, Signal)> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(next) = inner.waiting.pop_front() {
            return Some(next);
        }
        let number = inner.order.pop_front()?;
        let private_rev = inner.missed.remove(&number)?;
        Some((number, Signal::PrivateChanged { private_rev }))
    }

    /// Waits until something was added.
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
    fn whoever_finds_no_place_is_told_to_read_again_once_and_in_order() {
        let inbox = Inbox::default();
        let length = i64::try_from(LENGTH).unwrap();
        for rev in 1..=length + 10 {
            inbox.put(1, &signal(rev));
        }
        inbox.put(2, &signal(7));
        assert_eq!(inbox.take(), Some((1, signal(1))));
        // There is a place again, but not before what was missed.
        inbox.put(1, &signal(length + 11));
        inbox.put(3, &signal(5));
        for rev in 2..=length {
            assert_eq!(inbox.take(), Some((1, signal(rev))));
        }
        assert_eq!(inbox.take(), Some((3, signal(5))));
        let missed = [inbox.take().unwrap(), inbox.take().unwrap()];
        let again = |private_rev| Signal::PrivateChanged { private_rev };
        assert_eq!(missed, [(1, again(length + 11)), (2, again(7))]);
        assert_eq!(inbox.take(), None);
        inbox.put(1, &signal(length + 12));
        assert_eq!(inbox.take(), Some((1, signal(length + 12))));
    }

    #[test]
    fn whoever_has_waited_longest_is_told_first() {
        let inbox = Inbox::default();
        (0..LENGTH).for_each(|_| inbox.put(0, &signal(0)));
        (1..=100).rev().for_each(|number| inbox.put(number, &signal(1)));
        // To be missed once more does not put anybody back.
        inbox.put(100, &signal(2));
        (0..LENGTH).for_each(|_| assert!(inbox.take().is_some()));
        let told: Vec<u32> = std::iter::from_fn(|| inbox.take()).map(|(number, _)| number).collect();
        assert_eq!(told, (1..=100).rev().collect::<Vec<_>>());
    }
}
