//! Commands, queries and resolvers of messages and threads.

pub mod access;
pub mod delete;
pub mod edit;
pub mod graphql;
pub mod query;
pub mod queueing;
pub mod send;
pub mod thread_graphql;
