//! Saved searches: what somebody looks for again. Private to one person, and not in the log.

pub mod entity;
pub mod follows;
pub mod graphql;
pub mod service;

/// Saved searches of one member.
pub const MAX: u64 = 50;
/// Characters of a name.
pub const NAME_MAX: usize = 80;
