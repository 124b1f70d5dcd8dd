//! Full-text search for messages, files, channels and members.
//!
//! - [`query_parser`] and [`dates`] parse the query text; [`service`] resolves names and enforces read permissions;
//! - [`query`] is a parsed search with names resolved to ids; [`document`] is an indexed message; [`source`] builds
//!   documents from the tables; [`analysis`], [`pattern`] and [`edit_distance`] define tokens and how they match;
//! - [`engine`] is either tantivy in the data directory ([`embedded`]) or [`meilisearch`];
//! - [`generation`] tracks the live index and the one being built;
//! - [`names`] searches channel and member names in memory; [`matching`] evaluates a query against single messages.
//!
//! The index is derived data: it can be lost at any time and is rebuilt from the tables. `worker/search.rs` feeds it.

pub mod analysis;
pub mod dates;
pub mod document;
pub mod edit_distance;
pub mod embedded;
pub mod engine;
pub mod entity;
pub mod generation;
pub mod graphql;
pub mod matching;
pub mod meilisearch;
pub mod names;
pub mod pattern;
pub mod query;
pub mod query_parser;
pub mod resolve;
pub mod service;
pub mod source;
