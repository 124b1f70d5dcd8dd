//! Messages: send, edit, delete, reply in a thread, mention.

pub mod command;
pub mod entity;
pub mod grammar;
pub mod graphql;
pub mod mention;
pub mod mention_entity;
pub mod projection;
pub mod service;

/// The most characters (Unicode scalar values) of a message.
pub const TEXT_MAX: usize = 16_000;
/// How often a message may be edited: the erasure of a message stays bounded.
pub const EDITS_MAX: i32 = 200;
/// The most members that one message mentions; further ones stay text.
pub const MENTIONS_MAX: usize = 50;
/// In a channel of more people than this, whoever mentions all of them says that they know.
pub const CONFIRM_ABOVE: u64 = 50;
