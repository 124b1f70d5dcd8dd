//! Sessions: created by signing in with a password, listed and revoked by the user.
//!
//! A session token has 256 random bits, and the database stores only its hash. A revocation is an event of the server's
//! log, so that it takes effect on all processes.

pub mod entity;
pub mod projection;

/// Maximum number of active sessions per account.
pub const MAX: usize = 100;
