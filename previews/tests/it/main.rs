//! What the crate promises, on files that are made here: whole, damaged and hostile ones.

mod cleaning;
mod corpus;
mod documents;
mod films;
mod making;
mod mutations;
mod pictures;
mod sniffing;
