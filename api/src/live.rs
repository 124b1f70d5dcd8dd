//! Live delivery: every event to everybody who may see it, once, in order.
//!
//! - a [`room`] per workspace holds the `Workspace` in memory and a [`ring`] of recent events with their [`recipients`],
//!   and takes events strictly in the order of their numbers, filling holes from the database;
//! - [`rooms`] loads rooms and lets idle ones go; the [`heartbeat`] asks once a second for what they missed;
//! - a [`broadcast`] per room executes each selection once per event, for a [`group`] of subscriptions, and
//!   shares the bytes; [`shares`] says how many groups somebody may have;
//! - [`frames`] are what was written once for a selection, for those who come to it later; [`keep`] bounds what all
//!   rooms keep;
//! - a [`subscription`] catches one connection up from its cursor, joins it to its group, and falls
//!   back to catching up when the connection was too slow;
//! - [`mod@matches`] are the messages that somebody looks for;
//! - a [`signal`] is live only: no number, never relied upon;
//! - [`ends`] knows which sign-ins have ended, [`departures`] tells who leaves a workspace;
//! - an [`ending`] tells everybody who waits why something is over, and [`refusals`] are the workspaces that this
//!   process cannot follow any more.
//!
//! It knows events and the workspace's state; not the nouns' services, and GraphQL only as a function
//! that executes a request over a feed of items.

pub mod broadcast;
pub mod catch_up;
pub mod departures;
pub mod ending;
pub mod ends;
pub mod frame;
pub mod frames;
pub mod group;
pub mod heartbeat;
pub mod keep;
pub mod matches;
pub mod queue;
pub mod recipients;
pub mod refusals;
mod removed;
pub mod rendering;
pub mod renderings;
pub mod ring;
pub mod room;
pub mod rooms;
pub mod selection;
pub mod shares;
pub mod signal;
pub mod subscription;

pub use frame::Frame;
pub use subscription::Subscription;

use crate::event::{Seq, SharedEvent};
use crate::id::MemberId;
use crate::presence::Presence;
use signal::Signal;

/// What is rendered: one item of `events`, or of `presence`.
#[derive(Debug, Clone)]
pub enum Item {
    /// An event of the log.
    Event(SharedEvent),
    /// Something live only.
    Signal(Signal),
    /// Everything visible up to here has been sent.
    Head(Seq),
    /// The connection was too slow; what follows continues after `after`, or nothing does.
    Resync { after: Seq, take_boot: bool },
    /// Members, and how they are there now.
    Presence(Vec<(MemberId, Presence)>),
}
