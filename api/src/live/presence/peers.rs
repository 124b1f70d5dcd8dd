//! The other processes of the fleet, according to their heartbeats.
//!
//! Plain data: callers pass in the time. A process without a heartbeat for [`PEER_TIMEOUT`] is removed. A new or
//! returning process is requested to list all of its workspaces, until it has done so.

use std::collections::HashMap;

use tokio::time::Instant;
use uuid::Uuid;

use crate::model::presence::PEER_TIMEOUT;

/// The known processes.
#[derive(Debug, Default)]
pub struct Peers(HashMap<Uuid, Peer>);

#[derive(Debug)]
struct Peer {
    /// When its last heartbeat was received, or its first message if it has sent no heartbeat yet.
    heard: Instant,
    /// Whether it has listed all of its workspaces since it became known.
    compared: bool,
}

impl Peers {
    /// Records a message other than a heartbeat. Does not extend the life of a known process.
    pub fn record(&mut self, process: Uuid, now: Instant) {
        self.0.entry(process).or_insert(Peer { heard: now, compared: false });
    }

    /// Records a heartbeat. Returns whether to request a full list from the process.
    pub fn record_heartbeat(&mut self, process: Uuid, lists_all: bool, now: Instant) -> bool {
        let peer = self.0.entry(process).or_insert(Peer { heard: now, compared: false });
        peer.heard = now;
        peer.compared |= lists_all;
        !peer.compared
    }

    /// Removes a process that is shutting down.
    pub fn remove(&mut self, process: Uuid) {
        self.0.remove(&process);
    }

    /// Removes and returns the processes that timed out.
    pub fn expire(&mut self, now: Instant) -> Vec<Uuid> {
        self.0.extract_if(|_, peer| peer.heard + PEER_TIMEOUT <= now).map(|(process, _)| process).collect()
    }

    /// Returns when the next process may time out.
    pub fn next_expiry(&self) -> Option<Instant> {
        self.0.values().map(|peer| peer.heard + PEER_TIMEOUT).min()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn removes_processes_without_heartbeats() {
        let (mut peers, process, began) = (Peers::default(), Uuid::from_u128(7), Instant::now());
        peers.record(process, began);
        let later = began + Duration::from_secs(5);
        assert!(peers.record_heartbeat(process, false, later), "requests a full list");
        assert!(
            !peers.record_heartbeat(process, true, later) && !peers.record_heartbeat(process, false, later),
            "requests it only once"
        );
        // Other messages do not extend its life: without its heartbeats, updates may be missing.
        peers.record(process, later + PEER_TIMEOUT / 2);
        assert_eq!(peers.next_expiry(), Some(later + PEER_TIMEOUT));
        assert!(peers.expire(later + PEER_TIMEOUT - Duration::from_millis(1)).is_empty());
        assert_eq!(peers.expire(later + PEER_TIMEOUT), [process]);
        assert!(peers.record_heartbeat(process, false, later + PEER_TIMEOUT), "counts as new again");
        peers.remove(process);
        assert_eq!(peers.next_expiry(), None);
    }
}
