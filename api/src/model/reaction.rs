//! Reactions: an emoji of a member on a message.

pub mod entity;
pub mod projection;
pub mod total_entity;

/// Maximum number of different emoji on one message.
pub const MAX_DISTINCT_EMOJI: usize = 50;
/// Maximum number of members listed per emoji on a message, earliest first.
pub const MAX_LISTED_MEMBERS: usize = 20;
