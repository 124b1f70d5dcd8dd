//! Signing in, session tokens, and the commands and resolvers of sessions.

pub mod cookie;
pub mod create;
pub mod device;
pub mod graphql;
pub mod prune;
pub mod revoke;
pub mod service;
pub mod token;
