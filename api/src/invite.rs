//! Invites: links by which people join a workspace.
//!
//! The link's token is the workspace and a 128-bit secret. The secret is a credential: it stands in a
//! table of its own, not in the log, and is shown again to those who may invite while it works.

pub mod command;
pub mod entity;
pub mod graphql;
pub mod projection;
pub mod secret;
pub mod service;
pub mod token;

/// Invites of a workspace that work at the same time.
pub const OPEN_MAX: usize = 200;
/// Of these, of one member.
pub const OPEN_OF_MEMBER_MAX: usize = 50;
