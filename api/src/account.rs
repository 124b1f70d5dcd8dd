//! Accounts: a user of this server, identified by an email and authenticated by a password.

pub mod access;
pub mod change_email;
pub mod credentials;
pub mod entity;
pub mod graphql;
pub mod lookup;
pub mod password;
pub mod projection;
pub mod register;
pub mod service;
pub mod set_password;
