//! The log: every workspace's gapless, ordered list of events, and the only way to append to it.
//!
//! - [`lane`] takes commands, which have been [`waiting`] in turns, decides them, appends and projects their events in
//!   one transaction;
//! - [`chain`] links the events by digests; [`verify`] proves them;
//! - [`read`] reads ranges; [`projection`] derives the tables; [`replay`] rebuilds them;
//! - [`reader`] and [`follower`] run durable readers, everything else that follows the log, the latter with [`leases`];
//!   [`troubles`] are the logs that they could not go on with.
//!
//! It does not know GraphQL, axum or the bus.

pub mod batch;
pub mod chain;
pub mod command;
pub mod decisions;
pub mod entity;
pub mod facts;
pub mod failpoint;
pub mod follower;
pub mod lane;
pub mod leases;
pub mod projection;
pub mod read;
pub mod reader;
pub mod replay;
pub mod secret;
pub mod troubles;
pub mod verify;
pub mod waiting;
pub mod wake;

pub use command::{Command, Draft, Submission};
pub use facts::Facts;
pub use lane::{Lane, Memory, Receipt};
