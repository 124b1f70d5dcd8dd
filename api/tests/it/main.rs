//! Tests against a real server on loopback, over real sockets, in one test binary.
//!
//! Tests are in the module of their noun, the invariants in [`invariants`], fixtures in [`support`].

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a panic fails the test"
)]

mod account;
mod architecture;
mod archived_channel;
mod attacks;
mod bus;
mod channel;
mod confidentiality;
mod daily_jobs;
mod database;
mod doctor;
mod file;
mod file_rules;
mod invariants;
mod invite;
mod limits;
mod live;
mod log;
mod member;
mod message_queue;
mod node;
mod notification;
mod notification_cost;
mod presence;
mod presence_fleet;
mod search;
mod session;
mod sign_in_throttle;
mod support;
mod upload;
mod wire;
