//! Tests over the wire: a real server on a port of this machine, real sockets, one test binary.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's panic is its verdict")]

mod audits;
mod dice;
mod feed;
mod hostile;
mod http;
mod law5_boot;
mod law5_client;
mod law5_moves;
mod law6_processes;
mod law6_removal;
mod law6_sign_out;
mod law9_documents;
mod law9_ground;
mod law9_table;
mod law9_walls;
mod multipart;
mod people;
mod schema;
mod selection;
mod selection_groups;
mod server;
mod sign_in;
mod socket;
mod store;
mod websocket;
