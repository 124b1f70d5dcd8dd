//! Adapters: what the server uses outside of its database. Each is a closed enum of an embedded and an external
//! variant, and both pass one contract suite. An adapter that is unavailable disables only its own feature.

pub mod bus;
pub mod media;
pub mod search;
