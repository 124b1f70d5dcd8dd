//! Accounts: a person on this server, with an address and a password.

pub mod command;
pub mod entity;
pub mod graphql;
pub mod password;
pub mod projection;
pub mod service;

/// What makes two addresses the same: trimmed and in lower case.
pub fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}
