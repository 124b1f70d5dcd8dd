//! Accounts: registration, password and email.

pub mod access;
pub mod change_email;
pub mod credentials;
pub mod graphql;
pub mod lookup;
pub mod register;
pub mod service;
pub mod set_password;
