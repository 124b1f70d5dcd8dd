//! Queries and resolvers of notifications, and the rows that the durable reader writes.

pub mod graphql;
pub mod service;
pub mod writing;
