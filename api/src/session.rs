//! Sessions: created by signing in with a password, listed and revoked by the user.
//!
//! A session token has 256 random bits, and the database stores only its hash. A revocation is an event of the server's
//! log, so that it takes effect on all processes.

pub mod command;
pub mod cookie;
pub mod device;
pub mod entity;
pub mod graphql;
pub mod projection;
pub mod secret;
pub mod seen;
pub mod service;
pub mod throttle;
pub mod token;

/// Maximum number of active sessions per account.
pub const MAX: usize = 100;
