//! Invites: links by which people join a workspace.
//!
//! The link's token is the workspace, the invite and a 128-bit secret. The secret is a credential: only its hash
//! is stored, in a table of its own and not in the log. It is made of the server's key (`app/keys.rs`), so that the
//! command that created an invite is answered with the same link however often it is sent.
//!
//! An invite is used up by registering with it, or by joining with an account that exists. It ends with its
//! creator's right to invite: when they leave, are removed, or become a member without that right.

pub mod command;
pub mod entity;
pub mod graphql;
pub mod minting;
pub mod projection;
pub mod secret;
pub mod service;
pub mod token;

/// Invites of a workspace that work at the same time.
pub const OPEN_MAX: usize = 200;
/// Of these, of one member.
pub const OPEN_OF_MEMBER_MAX: usize = 50;
