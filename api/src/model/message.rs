//! Messages: sending, editing, deleting, threads and mentions.

pub mod entity;
pub mod grammar;
pub mod mention;
pub mod mention_entity;
pub mod projection;

/// Maximum length of a message in characters (Unicode scalar values).
pub const MAX_TEXT_CHARS: usize = 16_000;
/// Maximum number of edits of a message. Bounds the cost of erasing it.
pub const MAX_EDITS: i32 = 200;
/// Maximum number of members mentioned in one message. Further mentions are treated as text.
pub const MAX_MENTIONS: usize = 50;
/// In channels with more members than this, a mention of the whole channel requires confirmation.
pub const CHANNEL_MENTION_CONFIRM_THRESHOLD: u64 = 50;
