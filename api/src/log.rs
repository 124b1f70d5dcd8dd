//! The log: each workspace's gapless, ordered sequence of events, and the only way to append to it.
//!
//! - [`logs`] are the open logs of this process. An [`open_log`] keeps the state of one workspace in memory, which
//!   [`load`] reads from the tables, and applies its events strictly in sequence; [`early_events`] wait for theirs. The
//!   [`heartbeat`] checks once per second for missed events; memory is trusted while it is [fresh](freshness). A
//!   [`closure`] closes a resource with a reason; [`refused_logs`] are the workspaces with an unsupported log version.
//! - [`lane`] runs the commands of a log: it takes them from a fair queue ([`fair_queue`]), decides them, and appends
//!   and projects their events in one transaction. [`batch`] is that transaction, [`facts`] the rows it decides on.
//! - [`command`] is all that the log knows of the commands of the nouns. They return [`draft`]s of events, and their
//!   submitters get a [`receipt`].
//! - [`chain`] links events by digests; [`verify`] checks them; `model/log/erasure.rs` erases personal data and keeps
//!   the digests.
//! - [`read`] reads ranges; [`projection`] derives the tables; [`replay`] rebuilds them.
//! - [`reader`] and [`follower`] run the durable readers that follow the log. Followers work outside of transactions
//!   and hold [`leases`]; [`grown`] finds the logs to process, [`cursors`] stores how far they are processed, and
//!   [`retries`] tracks those that failed.
//!
//! The log does not depend on GraphQL or axum. It publishes on the bus what it has committed.

pub mod batch;
pub mod chain;
pub mod closure;
pub mod command;
pub mod cursors;
pub mod decisions;
pub mod draft;
pub mod early_events;
pub mod facts;
pub mod failpoint;
pub mod fair_queue;
pub mod follower;
pub mod freshness;
pub mod grown;
pub mod heartbeat;
pub mod lane;
pub mod leases;
pub mod load;
pub mod logs;
pub mod open_log;
pub mod projection;
pub mod read;
pub mod reader;
pub mod receipt;
pub mod refused_logs;
pub mod replay;
pub mod retries;
pub mod verify;
pub mod wake;

pub use command::{Command, Submission, require_member};
pub use draft::Draft;
pub use facts::{Facts, ReadSet};
pub use lane::Lane;
pub use receipt::Receipt;
