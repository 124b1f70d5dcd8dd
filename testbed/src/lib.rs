//! Starts a server with everything it depends on, and talks to it: the one launcher, HTTP client and WebSocket client
//! of the server tests, the checker, the load generator and the demo data.
//!
//! It uses only the public API and the programs themselves, never the server's modules except `base32`, the text form
//! of UUIDs. What a single tool needs (raw HTTP of the wire tests, the checker's Postgres cluster, the frame reader of
//! the load generator) is in that tool. Errors are made to be read: they contain the output of a program or the error
//! of the server.
//!
//! In reading order: [`process`] (child processes), [`server`], [`nats`], [`s3`] and [`postgres`] (what they run),
//! [`client`] and [`socket`] (the API), [`fixture`] (accounts, workspaces and messages), [`id`],
//! [`usage`] (processor time and memory).
#![forbid(unsafe_code)]

#[path = "../../api/src/ground/base32.rs"]
mod base32;
pub mod client;
pub mod fixture;
pub mod id;
pub mod nats;
pub mod postgres;
pub mod process;
pub mod s3;
pub mod server;
pub mod socket;
pub mod usage;

use crate::client::RequestError;

/// Why a step could not be completed, for people to read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    /// Creates a failure with this text.
    pub fn new(what: impl std::fmt::Display) -> Self {
        Self(what.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(format!("I/O error: {error}"))
    }
}

impl From<sea_orm::sqlx::Error> for Failure {
    fn from(error: sea_orm::sqlx::Error) -> Self {
        Self(format!("database: {error}"))
    }
}

impl From<RequestError> for Failure {
    fn from(error: RequestError) -> Self {
        Self(error.to_string())
    }
}

/// `Result` with a [`Failure`].
pub type Result<T, E = Failure> = std::result::Result<T, E>;
