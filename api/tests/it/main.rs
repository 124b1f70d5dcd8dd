//! Tests over the wire: a real server on a port of this machine, real sockets, one test binary.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "a test's panic is its verdict")]

mod arrows;
mod audits;
mod hostile;
mod http;
mod multipart;
mod schema;
mod server;
mod socket;
mod store;
mod websocket;
