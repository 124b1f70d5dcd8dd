//! Integration tests on generated files: valid, damaged and hostile.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a panic fails the test")]

mod corpus;
mod documents;
mod images;
mod metadata;
mod mutations;
mod sniff;
mod supervisor;
mod video;
