//! The Confab server. Modules in suggested reading order:
//!
//! 1. [`event`]: the event types of the logs, and who may see an event.
//! 2. [`workspace::state`]: the state of a workspace, built by applying its log. Commands are decided on it.
//! 3. [`log`]: commands, lanes, appending, projections, replay and verification.
//! 4. [`live`]: how events reach every subscriber that may see them, exactly once and in order.
//! 5. [`message`]: one noun from end to end (a command such as `send`, `projection`, `service`, `graphql`).
//! 6. [`graphql`] and [`http`]: the API.
//! 7. [`worker`]: background tasks that follow the log at their own pace.
//! 8. [`seed`]: a demo organization, created through the public API.
//! 9. Limits per caller: [`budget`], [`fair_semaphore`], [`allowance`] and [`compute`].
//! 10. Foundations: [`error`], [`id`], [`clock`], [`page`], [`text`], [`db`], [`config`], [`app`]. [`server`] puts the parts together.
#![forbid(unsafe_code)]
#![recursion_limit = "256"]

pub mod account;
pub mod account_locks;
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
pub mod fair_semaphore;
pub mod file;
pub mod graphql;
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
pub mod open_files;
pub mod page;
pub mod permits;
pub mod planted;
pub mod presence;
pub mod reaction;
pub mod read_state;
pub mod saved_search;
pub mod search;
pub mod seed;
pub mod server;
pub mod session;
pub mod supervise;
pub mod text;
pub mod tls;
pub mod viewer;
pub mod worker;
pub mod workspace;
