//! Commands, tokens and resolvers of invites.

pub mod access;
pub mod create;
pub mod graphql;
pub mod release;
pub mod reserve;
pub mod revoke;
pub mod service;
pub mod token;
