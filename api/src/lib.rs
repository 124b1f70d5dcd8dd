//! Confab's server. A guided tour, in reading order:
//!
//! 1. [`event`]: the vocabulary of the logs, and who may see an event.
//! 2. [`workspace::state`]: the fold of a log, on which everything is decided.
//! 3. [`log`]: commands, the lane, the append, the projections, replay and proof.
//! 4. [`live`]: how an event reaches everybody who may see it, once and in order.
//! 5. One noun from end to end: [`message`] (`command`, `projection`, `service`, `graphql`).
//! 6. [`graphql`] and [`http`]: the wire.
//! 7. [`worker`]: what follows the log at its own pace.
//! 8. [`seed`]: a made-up company, played through the public API.
//! 9. What keeps one caller from taking it all: [`budget`], [`gate`], [`allowance`] and [`compute`].
//! 10. The ground that all of it stands on: [`error`], [`id`], [`clock`], [`page`], [`text`], [`db`],
//!     [`config`], [`app`].
#![forbid(unsafe_code)]
#![recursion_limit = "256"]

pub mod account;
pub mod allowance;
pub mod app;
pub mod breaker;
pub mod budget;
pub mod bus;
pub mod channel;
pub mod clock;
pub mod compute;
pub mod config;
pub mod db;
pub mod directory;
pub mod doctor;
pub mod emoji;
pub mod error;
pub mod event;
pub mod file;
pub mod gate;
pub mod graphql;
pub mod handles;
pub mod http;
pub mod id;
pub mod invite;
pub mod live;
pub mod log;
pub mod logging;
pub mod media;
pub mod member;
pub mod message;
pub mod meter;
pub mod network;
pub mod notification;
pub mod page;
pub mod permits;
pub mod planted;
pub mod presence;
pub mod reaction;
pub mod reading;
pub mod saved_search;
pub mod search;
pub mod seed;
pub mod sign_in;
pub mod supervise;
pub mod text;
pub mod tls;
pub mod turns;
pub mod viewer;
pub mod worker;
pub mod workspace;
