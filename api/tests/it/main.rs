//! Tests over the wire: a real server on a port of this machine, real sockets, one test binary.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's panic is its verdict")]

mod audits;
mod client;
mod database;
mod hostile;
mod http;
mod law_1_durability;
mod law_2_once;
mod law_3_same_bytes;
mod law_4_live;
mod law_7_counts;
mod law_8_replay;
mod model;
mod multipart;
mod observer;
mod play;
mod process;
mod random;
mod rows;
mod server;
mod socket;
mod store;
mod team;
mod websocket;
