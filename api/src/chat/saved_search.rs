//! Mutations and resolvers of saved searches.

pub mod graphql;
pub mod service;
