//! Messages: sending, editing, deleting, threads and mentions.

pub mod command;
pub mod entity;
pub mod grammar;
pub mod graphql;
pub mod mention;
pub mod mention_entity;
pub mod projection;
pub mod service;

/// Maximum length of a message in characters (Unicode scalar values).
pub const TEXT_MAX: usize = 16_000;
/// Maximum number of edits of a message. Bounds the cost of erasing it.
pub const EDITS_MAX: i32 = 200;
/// Maximum number of members mentioned in one message. Further mentions are treated as text.
pub const MENTIONS_MAX: usize = 50;
/// In channels with more members than this, a mention of the whole channel requires confirmation.
pub const CHANNEL_MENTION_CONFIRM_THRESHOLD: u64 = 50;
