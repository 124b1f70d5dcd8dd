//! Presence: who is here now. In memory only, never in the log, and never relied upon.
//!
//! A member is present while they have an `events` subscription somewhere. Each process knows its own
//! people and tells the others of them; what somebody sees is the most active of all their connections.
//!
//! - a [`board`] says who is here in one workspace, here and at the other processes: plain data;
//! - a [`statement`] is what one process tells the others of its people in one workspace, when that changes;
//! - a [`beat`] says of all of its workspaces together that it is there ([`peers`]), and lets who missed something know;
//! - [`boards`] keeps the boards of this process that are in use ([`open`]), and speaks and listens for them;
//! - a [`watching`] is one subscription to the presence of some members.
//!
//! Its cost goes by what somebody watches: a change is given to those who watch that member.

pub mod beat;
pub mod board;
pub mod boards;
pub mod graphql;
mod open;
pub mod peers;
pub mod service;
pub mod statement;
pub mod watching;

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Members that one subscription may watch.
pub const WATCHED_MAX: usize = 200;
/// Subscriptions to presence that one member may have in a workspace, at one process.
pub const WATCHES_MAX: usize = 50;
/// Between two statements of a process about a workspace, and between two batches to one subscription.
pub const PACE: Duration = Duration::from_secs(1);
/// How often a process says that it is there, for all of its workspaces together.
pub const BEAT: Duration = Duration::from_secs(5);
/// A process whose beat has not been heard for so long is gone, and its people with it.
pub const SILENCE: Duration = Duration::from_secs(12);
/// For how long its beats list a workspace of which it told something: longer than [`SILENCE`], so that who misses all
/// of them takes it to be gone, and begins anew when it is heard again.
pub const LISTED: Duration = Duration::from_secs(20);
/// Who comes back within this time was not away: a reconnect and a rolling restart do not show.
pub const GRACE: Duration = Duration::from_secs(3);
/// How long a process that begins to listen waits for what the others say, before it answers: each of them
/// may have spoken just now.
pub const SETTLE: Duration = Duration::from_millis(1_200);

/// How a connected person is there. Of several connections the most active counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, async_graphql::Enum)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Connected, but has not touched anything for a while.
    Idle,
    /// At the keyboard. What a new connection begins with.
    Active,
}

/// Whether somebody is here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, async_graphql::Enum)]
pub enum Presence {
    /// Connected and at it.
    Active,
    /// Connected, but not at it.
    Idle,
    /// Not connected, or nobody that the viewer may know of.
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
