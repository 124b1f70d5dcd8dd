//! Invites: links to join a workspace.
//!
//! The token of a link consists of the workspace, the invite and a 128-bit secret. Only a hash of the secret is stored,
//! in a separate table and not in the log. The secret is derived from a server key (`app/keys.rs`), so that retries of
//! the creating command return the same link.
//!
//! Each registration with an invite, and each join of an existing account, consumes one use. The invites of a member
//! are revoked when they lose the right to invite: when they leave, are removed, or become a plain member.

pub mod entity;
pub mod projection;
pub mod secret_key;

/// Maximum number of usable invites per workspace.
pub const MAX_OPEN: usize = 200;
/// Maximum number of usable invites per member.
pub const MAX_OPEN_PER_MEMBER: usize = 50;
