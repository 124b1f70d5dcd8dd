//! Resolvers of presence.

pub mod graphql;
pub mod service;
