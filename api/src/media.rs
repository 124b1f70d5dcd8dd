//! Media: where the bytes of files are, and the ways to them.
//!
//! [`storage`] is a directory or a bucket, [`key`] says where in it something lies, [`signature`] signs the
//! links that this server serves itself, [`turns`] bounds what is put there at the same time, and [`scanner`] asks
//! whether something is harmful. Promises: bytes are
//! streamed and never held as a whole; what is away is said within a deadline. It knows no people, no workspaces'
//! rules and no tables.

pub mod key;
mod passage;
pub mod s3;
pub mod scanner;
pub mod signature;
pub mod storage;
pub mod turns;
mod writing;
