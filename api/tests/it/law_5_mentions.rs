//! What a client under law 5 knows of the mentions in a channel: it counts on from a boot by the events.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::people::number;

/// The messages that mention them and that they have not read, also in threads.
#[derive(Debug, Clone, Default)]
pub struct Mentions {
    /// As the server has counted them, and at which number.
    older: i64,
    counted: i64,
    /// Those since.
    fresh: BTreeSet<i64>,
    /// Something was changed of which they do not know whether it was counted.
    stale: bool,
}

impl Mentions {
    /// None yet, in a channel that they came into at this number.
    pub fn none(seq: i64) -> Self {
        Self { counted: seq, ..Self::default() }
    }

    /// As a boot at this number has counted them.
    pub fn of_boot(channel: &Value, seq: i64) -> Self {
        Self { older: number(channel, "/reading/mentionCount"), counted: seq, ..Self::default() }
    }

    /// A message of somebody else was sent, edited or deleted, by the event `at`; it mentions them, or not any more.
    pub fn change(&mut self, message: i64, at: i64, mentions: bool) {
        if at <= self.counted {
            return;
        }
        if message <= self.counted {
            self.stale = true;
        } else if mentions {
            self.fresh.insert(message);
        } else {
            self.fresh.remove(&message);
        }
    }

    /// They have read up to there.
    pub fn read(&mut self, seq: i64) {
        if seq < self.counted {
            self.stale = true;
        } else {
            self.older = 0;
            self.fresh.retain(|mention| *mention > seq);
        }
    }

    /// Whether they must be counted anew.
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// Nobody can count them any more.
    pub fn settle(&mut self) {
        self.stale = false;
    }

    /// How many there are.
    pub fn count(&self) -> i64 {
        self.older + i64::try_from(self.fresh.len()).unwrap()
    }
}
