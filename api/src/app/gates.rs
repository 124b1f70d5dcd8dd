//! The gates: how much of what is dear goes on at the same time, and how much of it for one caller.

use std::time::Duration;

use crate::budget::Owner;
use crate::db::Database;
use crate::gate::{Gate, Limits};
use crate::handles;

/// How long anybody waits for a turn: half of what a request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Downloads of one account.
const DOWNLOADS: usize = 16;

/// The gates of this process.
#[derive(Debug)]
pub struct Gates {
    /// Queries that are executed.
    pub queries: Gate<Owner>,
    /// Mutations that are executed: most of them wait for the database together.
    pub mutations: Gate<Owner>,
    /// Operations for which a password is hashed, before anything of them runs. Two hashes are computed at a time.
    pub passwords: Gate<Owner>,
    /// Tokens that are looked up, because this process does not know them.
    pub tokens: Gate<Owner>,
    /// Subscriptions that begin: until their document is valid and whoever asks is known as a member.
    pub subscriptions: Gate<Owner>,
    /// Views of a workspace with a snapshot of the database, which takes a connection for as long as it is read.
    pub snapshots: Gate<Owner>,
    /// Transactions for what requests write beside the log, such as saved searches and uploads.
    pub writes: Gate<Owner>,
    /// Searches that the engine works on.
    pub searches: Gate<Owner>,
    /// Executions of a selection, for one item of a subscription.
    pub renders: Gate<Owner>,
    /// Subscriptions that catch up from the database, a step each.
    pub catch_ups: Gate<Owner>,
    /// Files that are read for downloads, each of which is open until the last byte has gone.
    pub downloads: Gate<Owner>,
    /// The same by links that say nothing of an account.
    pub linked_downloads: Gate<Owner>,
    /// Counts of unread notifications that members are told, some of them each, by whom they were caused.
    pub counts: Gate<Owner>,
}

impl Gates {
    /// Open ones, as many as the database bears.
    pub fn new(database: &Database) -> Self {
        let connections = if database.is_sqlite() { 4 } else { 12 };
        let files = handles::downloads(handles::allowed()) / 2;
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            // Not all processors at once, where there are few.
            queries: gate("queries", (16, processors.clamp(2, 4))),
            mutations: gate("mutations", (512, 64)),
            passwords: gate("passwords", (4, 2)),
            tokens: gate("tokens", (connections, connections / 2)),
            subscriptions: gate("subscriptions", (32, 4)),
            // Half of them: what one account reads never keeps all others waiting.
            snapshots: gate("snapshots", (connections, connections / 2)),
            // SQLite has one writer.
            writes: gate("writes", (connections / 2, 1)),
            searches: gate("searches", (4, 1)),
            // One at least is left to others.
            renders: gate("renders", (processors.max(2), 1)),
            catch_ups: gate("catch_ups", (connections / 4 + 1, 1)),
            downloads: gate("downloads", (files, DOWNLOADS.min(files))),
            // Many people may be at one address.
            linked_downloads: gate("linked_downloads", (files, files.div_ceil(2))),
            // What one counts another need not wait for; more would keep connections from those who read.
            counts: gate("counts", (2, 1)),
        }
    }
}

fn gate(name: &'static str, (running, running_of_owner): (usize, usize)) -> Gate<Owner> {
    let limits = Limits { running, running_of_owner, waiting: 2_048, waiting_of_owner: 256, patience: PATIENCE };
    Gate::new(name, limits)
}
