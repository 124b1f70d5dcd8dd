//! The other processes, and what processes tell each other of what callers used.
//!
//! Of every bucket each process holds its share of the capacity. It refills at the whole rate less what the others say
//! that they used, and at its share of the rate at least; with the bus away, at its share. So a caller who goes to
//! all processes at once gets what one process alone would give, and at most a quarter more over ten seconds. What is
//! told may be lost. It knows no bus.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bucket::Rate;

/// How often processes tell each other.
pub const PACE: Duration = Duration::from_secs(1);
/// A process that is not heard for so long is gone.
const GONE_AFTER: Duration = Duration::from_secs(5);
/// Callers in one statement: those who used most of their budget. It stays below 512 KiB.
const TOLD_MAX: usize = 4_096;

/// Who used how much of what in the last second: scope, kind, caller, amount.
pub type Use = (u8, u8, Uuid, f64);

/// What a process says once a second.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Statement {
    /// Which process says it; a new one each time that a process starts.
    pub process: Uuid,
    pub uses: Vec<Use>,
}

impl Statement {
    /// A statement of these uses, each with which part of its rate it was: the largest parts are told.
    pub fn new(process: Uuid, mut uses: Vec<(f64, Use)>) -> Self {
        uses.sort_unstable_by(|(one, _), (other, _)| other.total_cmp(one));
        uses.truncate(TOLD_MAX);
        Self { process, uses: uses.into_iter().map(|(_, one)| one).collect() }
    }

    /// As it goes over the bus.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What came over the bus; nothing if this process cannot read it.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let said: Self = serde_json::from_slice(bytes).ok()?;
        (said.uses.len() <= TOLD_MAX).then_some(said)
    }
}

/// The processes as this one knows them.
#[derive(Debug)]
pub struct Fleet {
    pub process: Uuid,
    others: HashMap<Uuid, Instant>,
    /// How many there are, with this one.
    count: usize,
    is_connected: bool,
}

impl Fleet {
    /// One process among others that it does not know yet, or alone.
    pub fn new(process: Uuid, is_alone: bool) -> Self {
        // Until the first second is over there is taken to be one more.
        let count = if is_alone { 1 } else { 2 };
        Self { process, others: HashMap::new(), count, is_connected: is_alone }
    }

    /// Another process speaks. Answers whether it is not this one.
    pub fn hear(&mut self, process: Uuid, now: Instant) -> bool {
        if process == self.process {
            return false;
        }
        self.others.insert(process, now);
        self.count = self.count.max(self.others.len() + 1);
        true
    }

    /// A second is over. While the bus is away the processes last known are taken to be there.
    pub fn turn(&mut self, is_connected: bool, now: Instant) {
        // Whoever was connected in the last second has heard those who are there.
        if is_connected && self.is_connected {
            self.others.retain(|_, heard| now.saturating_duration_since(*heard) < GONE_AFTER);
            self.count = self.others.len() + 1;
        } else if is_connected {
            self.others.values_mut().for_each(|heard| *heard = now);
        }
        self.is_connected = is_connected;
    }

    /// What this process gives of a rate, of which the others used something in the last second.
    pub fn share(&self, rate: Rate, used_by_others: f64) -> Rate {
        let count = self.count as f64;
        let least = rate.refill / count;
        let refill = if self.is_connected { (rate.refill - used_by_others).max(least) } else { least };
        Rate { capacity: rate.capacity / count, refill }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate::new(60.0, 1.0);

    #[test]
    fn the_share_follows_who_is_there() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut fleet = Fleet::new(Uuid::from_u128(1), false);
        assert_eq!(fleet.share(RATE, 0.0), Rate::new(30.0, 0.5));
        assert!(!fleet.hear(Uuid::from_u128(1), at(0)));
        for other in [2, 3, 3] {
            assert!(fleet.hear(Uuid::from_u128(other), at(0)));
        }
        fleet.turn(true, at(0));
        assert_eq!(fleet.share(RATE, 0.0), Rate::new(20.0, 1.0));
        assert_eq!(fleet.share(RATE, 0.25), Rate::new(20.0, 0.75));
        assert_eq!(fleet.share(RATE, 5.0), Rate::new(20.0, 1.0 / 3.0));
        // Away: the last count, however long that lasts, and for a while after it.
        fleet.turn(false, at(100));
        assert_eq!(fleet.share(RATE, 0.0), Rate::new(20.0, 1.0 / 3.0));
        fleet.turn(true, at(101));
        fleet.turn(true, at(102));
        assert_eq!(fleet.share(RATE, 0.0), Rate::new(20.0, 1.0));
        // One is heard again, the other is gone.
        fleet.hear(Uuid::from_u128(2), at(105));
        fleet.turn(true, at(107));
        assert_eq!(fleet.share(RATE, 0.0), Rate::new(30.0, 1.0));
    }

    #[test]
    fn whoever_is_alone_gives_everything() {
        let mut fleet = Fleet::new(Uuid::nil(), true);
        assert_eq!(fleet.share(RATE, 0.0), RATE);
        fleet.turn(true, Instant::now());
        assert_eq!(fleet.share(RATE, 0.0), RATE);
    }

    #[test]
    fn a_statement_tells_of_those_who_used_most_and_stays_small() {
        let uses =
            (0..10_000_u32).map(|n| (f64::from(n), (0, 1, Uuid::from_u128(u128::MAX), f64::from(n) + 0.123_456)));
        let said = Statement::new(Uuid::nil(), uses.collect());
        assert_eq!(said.uses.len(), TOLD_MAX);
        assert!(said.uses.iter().all(|(.., used)| *used > 5_000.0));
        let bytes = said.encode();
        assert!(bytes.len() < 512 * 1024, "{}", bytes.len());
        assert_eq!(Statement::decode(&bytes).unwrap().uses, said.uses);
        assert!(Statement::decode(b"{").is_none());
    }
}
