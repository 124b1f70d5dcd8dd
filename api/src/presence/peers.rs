//! The other processes of the fleet, by their beats: which are there, and with which this one has compared what it knows.
//!
//! Plain data: time comes in. Promises: a process whose beat has not been heard for [`SILENCE`] is given up; one that is
//! new here, or was given up, is asked once what it has, until it has answered.

use std::collections::HashMap;

use tokio::time::Instant;
use uuid::Uuid;

use super::SILENCE;

/// Which there are.
#[derive(Debug, Default)]
pub struct Peers(HashMap<Uuid, Peer>);

#[derive(Debug)]
struct Peer {
    /// When its beat was last heard; for one that has not beaten yet, when it was first heard.
    heard: Instant,
    /// Whether it has listed all of its workspaces since it is known.
    compared: bool,
}

impl Peers {
    /// Something of a process was heard that is no beat.
    pub fn note(&mut self, process: Uuid, now: Instant) {
        self.0.entry(process).or_insert(Peer { heard: now, compared: false });
    }

    /// Its beat was heard, which lists all of its workspaces or not. Whether it is to be asked for one that does.
    pub fn beat(&mut self, process: Uuid, lists_all: bool, now: Instant) -> bool {
        let peer = self.0.entry(process).or_insert(Peer { heard: now, compared: false });
        peer.heard = now;
        peer.compared |= lists_all;
        !peer.compared
    }

    /// It is no more.
    pub fn ended(&mut self, process: Uuid) {
        self.0.remove(&process);
    }

    /// Gives up those that are silent.
    pub fn expire(&mut self, now: Instant) -> Vec<Uuid> {
        self.0.extract_if(|_, peer| peer.heard + SILENCE <= now).map(|(process, _)| process).collect()
    }

    /// When the next one may be given up.
    pub fn next_expiry(&self) -> Option<Instant> {
        self.0.values().map(|peer| peer.heard + SILENCE).min()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_process_is_given_up_when_its_beat_is_missing() {
        let (mut peers, process, began) = (Peers::default(), Uuid::from_u128(7), Instant::now());
        peers.note(process, began);
        let later = began + Duration::from_secs(5);
        assert!(peers.beat(process, false, later), "it is asked what it has");
        assert!(!peers.beat(process, true, later) && !peers.beat(process, false, later), "and not again");
        // What else it says keeps it no longer: who hears no beats misses what they tell.
        peers.note(process, later + SILENCE / 2);
        assert_eq!(peers.next_expiry(), Some(later + SILENCE));
        assert!(peers.expire(later + SILENCE - Duration::from_millis(1)).is_empty());
        assert_eq!(peers.expire(later + SILENCE), [process]);
        assert!(peers.beat(process, false, later + SILENCE), "it is new again");
        peers.ended(process);
        assert_eq!(peers.next_expiry(), None);
    }
}
