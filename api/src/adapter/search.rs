//! Search engines: tantivy in the data directory ([`embedded`]) or [`meilisearch`], behind one [`engine`].
//!
//! - [`query`] is a parsed search with names resolved to ids, [`dates`] its time spans; [`document`] is an indexed
//!   message;
//! - [`analysis`], [`pattern`] and [`edit_distance`] define tokens and how they match;
//! - [`matching`] evaluates a query against single messages.
//!
//! The index is derived data: it can be lost at any time and is rebuilt from the tables. `worker/search.rs` feeds it.

pub mod analysis;
pub mod dates;
pub mod document;
pub mod edit_distance;
pub mod embedded;
pub mod engine;
pub mod matching;
pub mod meilisearch;
pub mod pattern;
pub mod query;
