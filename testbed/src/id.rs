//! Ids that a client creates: a prefix per kind (`msg_`, `wks_` …) and a UUIDv7.

use uuid::Uuid;

/// A new UUID.
#[expect(clippy::disallowed_methods, reason = "this is the one place of the tools that mints ids")]
pub fn fresh() -> Uuid {
    Uuid::now_v7()
}

/// A new id with a prefix.
pub fn mint(prefix: &str) -> String {
    format!("{prefix}{}", fresh())
}

/// An id without its prefix, as stored in the log.
pub fn bare(id: &str) -> String {
    id.split_once('_').map_or(id, |(_, bare)| bare).to_owned()
}
