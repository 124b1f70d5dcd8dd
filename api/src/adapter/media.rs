//! Media: storage of file contents and access to it.
//!
//! [`storage`] wraps a directory or a bucket, `model/file/key.rs` defines object keys, [`signature`] signs links that
//! this server serves itself, [`part_permits`] bounds concurrent part uploads, and [`scanner`] detects malware.
//!
//! Contents are streamed and never held in memory as a whole. An unavailable storage is reported within a timeout.

mod backend;
mod object_writer;
pub mod part_permits;
pub mod s3;
pub mod scanner;
pub mod signature;
pub mod storage;
mod upload_stream;
