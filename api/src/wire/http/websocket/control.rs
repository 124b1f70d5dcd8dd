//! Control messages of a WebSocket: pings, pongs, and `complete` of unknown operations.
//!
//! A normal rate is free. Further messages are charged like requests.

use std::time::Instant;

use crate::ground::budget::bucket::{Bucket, Rate};

/// Free burst and refill per second. A client answers a ping every 20 seconds.
const FREE_CONTROL_RATE: Rate = Rate::new(20.0, 1.0);

/// The free control messages of a connection.
pub(super) struct ControlAllowance(Bucket);

impl ControlAllowance {
    /// Creates a full allowance.
    pub fn new(now: Instant) -> Self {
        Self(Bucket::full(FREE_CONTROL_RATE, now))
    }

    /// Takes a free message. Returns whether one was available.
    pub fn take(&mut self, now: Instant) -> bool {
        self.0.take(1.0, FREE_CONTROL_RATE, now).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn normal_rates_are_free_but_floods_are_not() {
        let start = Instant::now();
        let mut allowance = ControlAllowance::new(start);
        let mut accepted = |now| (0..1_000).filter(|_| allowance.take(now)).count();
        assert_eq!(accepted(start), 20);
        assert_eq!(accepted(start + Duration::from_secs(5)), 5);
        let mut allowance = ControlAllowance::new(start);
        assert!((1..10_000).all(|second| allowance.take(start + Duration::from_secs(second))));
    }
}
