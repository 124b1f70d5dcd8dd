//! Concurrency limits for expensive work, over all callers and per caller.

use std::time::Duration;

use crate::ground::budget::Owner;
use crate::ground::db::Database;
use crate::ground::fair_semaphore::{FairSemaphore, Limits};
use crate::ground::open_files;

/// How long a caller waits for a permit: half of the request timeout.
const WAIT_TIMEOUT: Duration = Duration::from_secs(5);

/// Concurrent downloads of an account.
const MAX_ACCOUNT_DOWNLOADS: usize = 16;

/// The fair semaphores of this process.
#[derive(Debug)]
pub struct Semaphores {
    /// Running queries.
    pub queries: FairSemaphore<Owner>,
    /// Running mutations. Most of them wait for the same database commit.
    pub mutations: FairSemaphore<Owner>,
    /// Operations that hash a password, acquired before execution. Two hashes are computed at a time.
    pub passwords: FairSemaphore<Owner>,
    /// Database lookups of session tokens that are not cached.
    pub tokens: FairSemaphore<Owner>,
    /// Starting subscriptions, until the document is validated and the membership of the caller is known.
    pub subscriptions: FairSemaphore<Owner>,
    /// Workspace views with a database snapshot, which occupies a connection until it is dropped.
    pub snapshots: FairSemaphore<Owner>,
    /// Transactions of requests that write outside the log, such as saved searches and uploads.
    pub writes: FairSemaphore<Owner>,
    /// Running queries of the search engine.
    pub searches: FairSemaphore<Owner>,
    /// Executions of a selection set for one subscription item.
    pub renders: FairSemaphore<Owner>,
    /// Catch-up steps of subscriptions that read from the database.
    pub catch_ups: FairSemaphore<Owner>,
    /// Downloads. Each keeps a file open until the last byte is sent.
    pub downloads: FairSemaphore<Owner>,
    /// Downloads through signed links, which carry no account.
    pub linked_downloads: FairSemaphore<Owner>,
    /// Computations of unread notification counts, per account that caused them.
    pub counts: FairSemaphore<Owner>,
}

impl Semaphores {
    /// Creates the semaphores, sized for the database and the machine.
    pub fn new(database: &Database) -> Self {
        let connections = if database.is_sqlite() { 4 } else { 12 };
        let files = open_files::max_downloads(open_files::hard_limit()) / 2;
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            // Leaves processors free on small machines.
            queries: semaphore("queries", (16, processors.clamp(2, 4))),
            mutations: semaphore("mutations", (512, 64)),
            passwords: semaphore("passwords", (4, 2)),
            tokens: semaphore("tokens", (connections, connections / 2)),
            subscriptions: semaphore("subscriptions", (32, 4)),
            // At most half per account, so that one account never blocks all others.
            snapshots: semaphore("snapshots", (connections, connections / 2)),
            // SQLite has one writer.
            writes: semaphore("writes", (connections / 2, 1)),
            searches: semaphore("searches", (4, 1)),
            // Leaves at least one permit for other accounts.
            renders: semaphore("renders", (processors.max(2), 1)),
            catch_ups: semaphore("catch_ups", (connections / 4 + 1, 1)),
            downloads: semaphore("downloads", (files, MAX_ACCOUNT_DOWNLOADS.min(files))),
            // Many users may share one IP address.
            linked_downloads: semaphore("linked_downloads", (files, files.div_ceil(2))),
            // More would take connections from readers.
            counts: semaphore("counts", (2, 1)),
        }
    }
}

fn semaphore(name: &'static str, (running, running_of_owner): (usize, usize)) -> FairSemaphore<Owner> {
    let limits = Limits { running, running_of_owner, waiting: 2_048, waiting_of_owner: 256, timeout: WAIT_TIMEOUT };
    FairSemaphore::new(name, limits)
}
