//! Read states in motion: marks of many members are written in one transaction and announced to their connections.

pub mod counts;
pub mod marks;
pub mod writes;
