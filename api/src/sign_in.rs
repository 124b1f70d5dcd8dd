//! Sign-ins: what a person gets for their password, and can list and end.
//!
//! A token is 256 random bits; the database holds only its hash. Ending one is an event of the
//! server's log, so that it ends everywhere.

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

/// The most sign-ins of one account that work at the same time.
pub const MAX: usize = 100;
