//! Saved searches of members. Private, and not in the log.

pub mod entity;

/// Maximum number of saved searches per member.
pub const MAX_PER_MEMBER: u64 = 50;
/// Maximum length of a name in characters.
pub const MAX_NAME_CHARS: usize = 80;
