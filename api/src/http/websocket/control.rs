//! Messages of a socket that ask for nothing: pings, pongs, and the ends of operations that do not run.
//!
//! Promises: as many as a client sends by itself are free; each beyond is paid for like something that is asked for.

use std::time::Instant;

use crate::budget::bucket::{Bucket, Rate};

/// How many are free at once, and how many more each second: a client answers a ping each twenty seconds.
const FREE: Rate = Rate::new(20.0, 1.0);

/// What is free to one connection.
pub(super) struct Free(Bucket);

impl Free {
    /// All of it.
    pub fn new(now: Instant) -> Self {
        Self(Bucket::full(FREE, now))
    }

    /// Whether one more is free.
    pub fn take(&mut self, now: Instant) -> bool {
        self.0.take(1.0, FREE, now).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_a_client_sends_by_itself_is_free_and_a_flood_is_not() {
        let start = Instant::now();
        let mut free = Free::new(start);
        let mut taken = |now| (0..1_000).filter(|_| free.take(now)).count();
        assert_eq!(taken(start), 20);
        assert_eq!(taken(start + Duration::from_secs(5)), 5);
        let mut free = Free::new(start);
        assert!((1..10_000).all(|second| free.take(start + Duration::from_secs(second))));
    }
}
