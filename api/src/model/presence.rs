//! Presence: which members are online. Kept in memory only, never in the log, and best effort.
//!
//! A member is present while they have an `events` subscription on any process. Each process publishes the presence of
//! its own connections. Of all connections of a member, the most active one is shown.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Maximum number of members that one subscription may watch.
pub const MAX_WATCHED_MEMBERS: usize = 200;
/// Maximum number of presence subscriptions per member, workspace and process.
pub const MAX_SUBSCRIPTIONS_PER_MEMBER: usize = 50;
/// Minimum interval between two updates of a process about a workspace, and between two batches to a subscription.
pub const UPDATE_INTERVAL: Duration = Duration::from_secs(1);
/// Interval of the heartbeats of a process.
pub const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(5);
/// Time without a heartbeat after which a process is considered dead and its members are removed.
pub const PEER_TIMEOUT: Duration = Duration::from_secs(12);
/// How long heartbeats list a workspace after an update about it. Longer than [`PEER_TIMEOUT`]: a peer that misses
/// all of them has already removed the process, and starts over when it receives it again.
pub const RECENT_UPDATE_WINDOW: Duration = Duration::from_secs(20);
/// How long a member stays present after their last connection has closed, so that reconnects and rolling restarts are
/// not visible.
pub const DEPARTURE_GRACE: Duration = Duration::from_secs(3);
/// How long a process waits for the updates of its peers after it has opened a roster, before it serves the first
/// snapshot. Longer than [`UPDATE_INTERVAL`], because a peer may have published just before.
pub const SETTLE_DELAY: Duration = Duration::from_millis(1_200);

/// The activity of a connected user. If a user has several connections, the most active one counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Connected without recent interaction.
    Idle,
    /// Connected and interacting. The initial state of a connection.
    Active,
}

/// The presence of a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, async_graphql::Enum)]
pub enum Presence {
    /// Connected and interacting.
    Active,
    /// Connected without recent interaction.
    Idle,
    /// Not connected, or not a member of the workspace.
    Offline,
}

impl From<Option<Activity>> for Presence {
    fn from(activity: Option<Activity>) -> Self {
        match activity {
            Some(Activity::Active) => Self::Active,
            Some(Activity::Idle) => Self::Idle,
            None => Self::Offline,
        }
    }
}
