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
            let rev = inner.missed.entry(number).or_insert(i64::MIN);
            *rev = signal.private_rev().max(*rev);
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
        let number = inner.missed.keys().next().copied()?;
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
        let mut missed = [inbox.take().unwrap(), inbox.take().unwrap()];
        missed.sort_by_key(|(number, _)| *number);
        let again = |private_rev| Signal::PrivateChanged { private_rev };
        assert_eq!(missed, [(1, again(length + 11)), (2, again(7))]);
        assert_eq!(inbox.take(), None);
        inbox.put(1, &signal(length + 12));
        assert_eq!(inbox.take(), Some((1, signal(length + 12))));
    }
}
