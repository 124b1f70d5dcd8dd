//! Commands, queries and resolvers of messages and threads.

pub mod access;
pub mod delete;
pub mod edit;
pub mod graphql;
pub mod send;
pub mod service;
pub mod thread_graphql;
