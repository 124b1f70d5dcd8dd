//! The generations of the search index: the live one and the one being built.

pub mod entity;
