//! Mention counts of a client under invariant 5: those of a boot plus those of later events.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::number;

/// Unread messages that mention the user, including replies.
#[derive(Debug, Clone, Default)]
pub struct Mentions {
    /// The count of the server, and at which `seq`.
    older: i64,
    counted: i64,
    /// Mentions since then.
    fresh: BTreeSet<i64>,
    /// A message changed that may or may not have been counted.
    stale: bool,
}

impl Mentions {
    /// No mentions, for a channel joined at `seq`.
    pub fn none(seq: i64) -> Self {
        Self { counted: seq, ..Self::default() }
    }

    /// The count of a boot at `seq`.
    pub fn from_boot(channel: &Value, seq: i64) -> Self {
        Self { older: number(channel, "/readState/mentionCount"), counted: seq, ..Self::default() }
    }

    /// The event `at` sent, edited or deleted a message of another member, which mentions the user or no longer does.
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

    /// Marks messages as read up to `seq`.
    pub fn read(&mut self, seq: i64) {
        if seq < self.counted {
            self.stale = true;
        } else {
            self.older = 0;
            self.fresh.retain(|mention| *mention > seq);
        }
    }

    /// Whether the mentions must be recounted.
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// Accepts the count, since no recount is possible.
    pub fn settle(&mut self) {
        self.stale = false;
    }

    /// The number of unread mentions.
    pub fn count(&self) -> i64 {
        self.older + i64::try_from(self.fresh.len()).unwrap()
    }
}
