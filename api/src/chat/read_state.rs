//! Mutations and resolvers of read states.

pub mod graphql;
pub mod service;
