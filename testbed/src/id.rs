//! IDs as the API formats them: a prefix per kind (`msg_`, `wks_` …), the UUID of the workspace for an object in one,
//! and its own UUID, each UUID in base32.

use uuid::Uuid;

use crate::base32::{self, Base32};

/// A new UUID.
#[expect(clippy::disallowed_methods, reason = "this is the only place in the tools that generates ids")]
pub fn fresh() -> Uuid {
    Uuid::now_v7()
}

/// A new ID that is unique on the server.
pub fn mint(prefix: &str) -> String {
    on_server(prefix, fresh())
}

/// A new ID of an object in a workspace.
pub fn mint_in(workspace: &str, prefix: &str) -> String {
    in_workspace(workspace, prefix, fresh())
}

/// An ID that is unique on the server.
pub fn on_server(prefix: &str, own: Uuid) -> String {
    format!("{prefix}{}", Base32(own))
}

/// The ID of an object in a workspace.
pub fn in_workspace(workspace: &str, prefix: &str, own: Uuid) -> String {
    let workspace = workspace.strip_prefix("wks_").unwrap_or(workspace);
    format!("{prefix}{workspace}{}", Base32(own))
}

/// The UUID of an object, which is at the end of its ID.
pub fn uuid_of(id: &str) -> Option<Uuid> {
    base32::parse(id.get(id.len().checked_sub(base32::LENGTH)?..)?)
}

/// An ID as stored in the log: a UUID. Unit tests use shorter ones.
pub fn bare(id: &str) -> String {
    let short = || id.split_once('_').map_or(id, |(_, bare)| bare).to_owned();
    uuid_of(id).map_or_else(short, |own| own.to_string())
}
