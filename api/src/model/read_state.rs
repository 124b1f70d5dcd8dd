//! Read states: how far each member has read each channel, and their unread counts.
//!
//! Private to one member, so read states are stored beside the log and versioned by the member's `private_rev`. Within
//! an epoch the cursor only moves forward. Marking a message as unread starts a new epoch.

pub mod entity;

/// Maximum of the unread count. Larger counts are capped.
pub const MAX_UNREAD_COUNT: i64 = 1000;
