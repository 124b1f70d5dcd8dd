//! Accounts: a user of this server, identified by an email and authenticated by a password.

pub mod entity;
pub mod projection;
