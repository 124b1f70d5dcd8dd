//! Search: what it takes to find messages, channels and people.
//!
//! - [`operators`], [`days`] read what people type; [`service`] resolves names and says who may find what;
//! - [`query`] is a search with ids; [`document`] is a message as it is indexed; [`truth`] makes documents of
//!   the tables; [`analysis`], [`pattern`] and [`near`] say what a word is and when it fits;
//! - [`engine`] is tantivy in the data directory ([`embedded`]) or [`meilisearch`];
//! - [`generation`] says which index is in use and which is being built;
//! - [`names`] finds channels and people in memory; [`matching`] judges single messages.
//!
//! The index is derived: it may be lost at any moment at no cost but time. `worker/search.rs` feeds it.

pub mod analysis;
pub mod days;
pub mod document;
pub mod embedded;
pub mod engine;
pub mod entity;
pub mod generation;
pub mod graphql;
pub mod matching;
pub mod meilisearch;
pub mod names;
pub mod near;
pub mod operators;
pub mod pattern;
pub mod query;
pub mod resolve;
pub mod service;
pub mod truth;
