//! Tests over the wire: a real server on a port of this machine, real sockets, one test binary.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's panic is its verdict"
)]

mod arrows;
mod audits;
mod bus;
mod client;
mod database;
mod descriptions;
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
mod law_1_durability;
mod law_2_once;
mod law_3_same_bytes;
mod law_4_live;
mod law_7_counts;
mod law_8_replay;
mod log_stream;
mod model;
mod multipart;
mod nats;
mod notifications;
mod observer;
mod people;
mod play;
mod process;
mod random;
mod rows;
mod schema;
mod selection;
mod selection_groups;
mod server;
mod sign_in;
mod socket;
mod store;
mod team;
mod websocket;
