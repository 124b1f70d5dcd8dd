//! Adapters: what the server uses outside of its database. Each is a closed enum of an embedded and an external variant,
//! and both pass one contract suite. An adapter that is unavailable costs only its own feature.
//!
//! Adapters import [`ground`](crate::ground) and [`model`](crate::model).

pub mod bus;
pub mod media;
pub mod search;
