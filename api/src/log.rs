//! The log: each workspace's gapless, ordered sequence of events, and the only way to append to it.
//!
//! - [`lane`] runs the commands of a log: it takes them from a fair queue ([`fair_queue`]), decides them, and appends
//!   and projects their events in one transaction. [`batch`] is that transaction, [`facts`] the rows it decides on.
//! - [`chain`] links events by digests; [`verify`] checks them.
//! - [`read`] reads ranges; [`projection`] derives the tables; [`replay`] rebuilds them.
//! - [`reader`] and [`follower`] run the durable readers that follow the log. Followers work outside of transactions
//!   and hold [`leases`]; [`retries`] tracks logs whose processing failed.
//!
//! The log does not depend on GraphQL, axum or the bus.

pub mod batch;
pub mod chain;
pub mod command;
pub mod decisions;
pub mod entity;
pub mod facts;
pub mod failpoint;
pub mod fair_queue;
pub mod follower;
pub mod lane;
pub mod leases;
pub mod projection;
pub mod read;
pub mod reader;
pub mod replay;
pub mod retries;
pub mod secret;
pub mod verify;
pub mod wake;

pub use command::{Command, Draft, Submission};
pub use facts::Facts;
pub use lane::{Lane, LogState, Receipt};
