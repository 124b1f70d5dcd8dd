//! Accounts: a user of this server, identified by an email and authenticated by a password.

pub mod command;
pub mod entity;
pub mod graphql;
pub mod password;
pub mod projection;
pub mod secret;
pub mod service;

/// Returns the form in which emails are compared and kept unique: trimmed and lower-cased.
pub fn email_key(email: &str) -> String {
    email.trim().to_lowercase()
}
