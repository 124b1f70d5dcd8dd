//! Uploads, and the commands, queries and resolvers of files.

pub mod access;
pub mod checking;
pub mod claim;
pub mod collect;
pub mod complete;
pub mod describe;
pub mod graphql;
pub mod link;
pub mod query;
pub mod quota;
pub mod removal;
pub mod remove;
pub mod update;
pub mod upload;
pub mod upload_graphql;
pub mod usage;
