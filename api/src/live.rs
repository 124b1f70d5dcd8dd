//! Live delivery: sends every event exactly once and in order to every subscriber who may see it.
//!
//! - [`recent_events`] observes an open log and holds a [`ring`] buffer of recent events with their [`recipients`].
//! - A [`room`] per log with subscribers executes each selection once per event for a subscription [`group`], in a
//!   [`group_task`], and shares the serialized bytes. [`join`] is how a subscription joins, [`group_limits`] limits the
//!   groups per member and room. [`rooms`] are the rooms of this process.
//! - [`frame_cache`] caches the frames of a selection for subscriptions that reach an event later. [`memory_budget`] is
//!   the memory budget of all rooms.
//! - A [`subscription`] catches one connection up from its cursor, joins it to its group, and catches up again if the
//!   connection lags.
//! - [`mod@matches`] streams the messages that match a search. As for presence, a [`room_member`] receives them.
//! - A [`signal`] is a live-only update without a sequence number. Clients must not rely on receiving it.
//! - [`session_revocations`] tracks session revocations; [`membership_ends`] cancels what members have open when they
//!   leave a workspace.
//!
//! This module knows events and workspace state. GraphQL is only a function that executes a request over a stream of
//! items.

pub mod catch_up;
pub mod document;
pub mod execution;
pub mod execution_pool;
pub mod frame;
pub mod frame_cache;
pub mod group;
pub mod group_limits;
mod group_task;
pub mod join;
pub mod matches;
pub mod membership_ends;
pub mod memory_budget;
pub mod notification;
pub mod presence;
pub mod queue;
pub mod read_state;
pub mod recent_events;
pub mod recipients;
mod removed_files;
pub mod ring;
pub mod room;
pub mod room_member;
pub mod rooms;
pub mod selection;
pub mod session_revocations;
pub mod signal;
pub mod subscription;

pub use frame::Frame;
pub use subscription::Subscription;

use crate::ground::id::{MemberId, WorkspaceId};
use crate::model::event::{Seq, SharedEvent};
use crate::model::presence::Presence;
use signal::Signal;

/// An item that a selection is executed for.
#[derive(Debug, Clone)]
pub enum Item {
    /// An event of the log.
    Event(SharedEvent),
    /// A live-only update for a member of a workspace.
    Signal(WorkspaceId, Signal),
    /// All visible events up to this sequence number have been sent.
    Head(Seq),
    /// The connection lagged. Delivery continues after `after`, or ends if the client must call `boot`.
    Resync { after: Seq, take_boot: bool },
    /// Members of a workspace with their current presence.
    Presence(WorkspaceId, Vec<(MemberId, Presence)>),
}
