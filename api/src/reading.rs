//! Reading: how far each member has read in each channel, and what they have not.
//!
//! Private to one person, so it stands beside the log and not in it, under the member's `private_rev`.
//! The cursor only moves forward within an epoch; marking unread begins a new epoch.

pub mod entity;
pub mod graphql;
pub mod marks;
pub mod service;

/// Unread messages are counted up to this many.
pub const COUNT_MAX: i64 = 1000;
