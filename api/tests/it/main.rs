//! Tests over the wire: a real server on a port of this machine, real sockets, one test binary.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's panic is its verdict")]

mod audits;
mod hostile;
mod http;
mod multipart;
mod server;
mod socket;
mod store;
mod websocket;
