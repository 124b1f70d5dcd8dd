//! Reactions: one emoji of one member on one message.

pub mod command;
pub mod entity;
pub mod form;
pub mod graphql;
pub mod projection;
pub mod service;
pub mod total_entity;

/// The most different emoji on one message.
pub const EMOJI_MAX: usize = 50;
/// Of those who put an emoji on a message, so many are named: the first.
pub const NAMED_MAX: usize = 20;
