//! Reactions: an emoji of a member on a message.

pub mod command;
pub mod entity;
pub mod form;
pub mod graphql;
pub mod projection;
pub mod service;
pub mod total_entity;

/// Maximum number of different emoji on one message.
pub const EMOJI_MAX: usize = 50;
/// Maximum number of members listed per emoji on a message, earliest first.
pub const NAMED_MAX: usize = 20;
