//! The rows of the log itself, and the erasure of texts in its events.

pub mod entity;
pub mod erasure;
