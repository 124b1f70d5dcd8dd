//! What the crate promises, on files that are made here: whole, damaged and hostile ones.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test's panic is its verdict")]

mod cleaning;
mod corpus;
mod documents;
mod films;
mod making;
mod mutations;
mod pictures;
mod sniffing;
