//! Search for messages, files, channels and members, with the permissions of the caller.
//!
//! - [`query_parser`] parses the query text; [`resolve`] resolves names to ids; [`service`] enforces read permissions;
//! - [`source`] builds documents from the tables;
//! - [`names`] searches channel and member names in memory.

pub mod graphql;
pub mod names;
pub mod query_parser;
pub mod resolve;
pub mod service;
pub mod source;
