//! The application: the services and the state that all requests share. `server.rs` builds it.
//!
//! It imports everything up to [`live`](crate::live), and knows no noun, no GraphQL and no worker.

pub mod file_checks;
pub mod follows;
pub mod generations;
pub mod keys;
pub mod media;
pub mod password;
pub mod queue;
pub mod readiness;
pub mod seen;
pub mod semaphores;
pub mod throttle;
pub mod usage;
pub mod viewers;

use std::ops::Deref;
use std::sync::Arc;

use crate::adapter::bus::Bus;
use crate::app::follows::Follows;
use crate::app::generations::Generations;
use crate::app::password::Passwords;
use crate::app::seen::Seen;
use crate::app::throttle::Throttle;
use crate::app::viewers::Viewers;
use crate::ground::account_locks::AccountLocks;
use crate::ground::budget::Budgets;
use crate::ground::compute::Compute;
use crate::ground::config::Config;
use crate::ground::db::Database;
use crate::ground::error::Result;
use crate::ground::id::{AccountId, CommandId, WorkspaceId};
use crate::ground::permits::Permits;
use crate::live::execution_pool::ExecutionPool;
use crate::live::notification::notifier::Notifier;
use crate::live::presence::rosters::Rosters;
use crate::live::read_state::marks::Private;
use crate::live::rooms::Rooms;
use crate::log::logs::Logs;
use crate::log::wake::ReaderNotifier;
use crate::log::{Command, Receipt, Submission};
use crate::model::invite::secret_key::InviteSecrets;
use crate::model::viewer::Viewer;
use media::Media;
use queue::Queue;
use readiness::CachedProbe;
pub use readiness::Readiness;
use semaphores::Semaphores;

/// Maximum concurrent subscriptions of an account per process.
pub const MAX_SUBSCRIPTIONS: usize = 1_000;

/// A handle to the application. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Services>);

/// The services and the state of a running server.
pub struct Services {
    pub config: Config,
    pub database: Database,
    /// The open logs, which commands enter through.
    pub logs: Arc<Logs>,
    /// Delivery of events and signals.
    pub rooms: Arc<Rooms>,
    pub bus: Bus,
    /// Messages that are queued until the database is available.
    pub queue: Queue,
    /// Presence of members.
    pub presence: Arc<Rosters>,
    pub passwords: Passwords,
    /// Rate limits of callers.
    pub budgets: Arc<Budgets>,
    /// Concurrency limits.
    pub semaphores: Semaphores,
    /// CPU-bound work.
    pub compute: Compute,
    pub throttle: Throttle,
    pub viewers: Viewers,
    /// Use of sessions that is not stored yet.
    pub seen: Seen,
    pub private: Private,
    /// Search indexes.
    pub search: Generations,
    /// Files.
    pub media: Media,
    /// Derives invite secrets.
    pub invite_secrets: InviteSecrets,
    /// Serializes joining and creating workspaces per account.
    pub membership_locks: AccountLocks,
    /// Running subscriptions per account.
    pub subscriptions: Permits<AccountId>,
    /// Renders matches of saved searches.
    pub matches: ExecutionPool,
    /// Followed saved searches.
    pub follows: Follows,
    /// Wakes the durable log readers.
    pub readers: ReaderNotifier,
    /// Publishes notification counts to members.
    pub notifier: Notifier,
    /// Caches whether the database is available.
    pub database_probe: CachedProbe,
}

impl From<Services> for App {
    fn from(services: Services) -> Self {
        Self(Arc::new(services))
    }
}

impl Deref for App {
    type Target = Services;
    fn deref(&self) -> &Services {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

impl App {
    /// Returns the current readiness. Queries the database at most once per second, regardless of the number of
    /// callers.
    pub async fn readiness(&self) -> Readiness {
        let answers = self.database_probe.get(async || {
            let database = self.database.ping().await;
            if let Err(error) = &database {
                tracing::warn!(%error, "database unavailable");
            }
            database.is_ok()
        });
        Readiness {
            has_database: answers.await && !self.database.is_unavailable(),
            is_fresh: self.logs.fresh().is_fresh(),
            follows_server_log: self.rooms.revocations().require_current().is_ok(),
            unsupported_logs: self.logs.refused_logs().count(),
            has_bus: self.bus.is_connected(),
            has_search: self.search.is_available(),
            has_files: self.media.is_available(),
            can_queue: self.queue.is_open() && self.logs.fresh().age() < queue::ACCEPTANCE_WINDOW,
        }
    }

    /// Returns all metrics in the Prometheus text format.
    pub fn metrics(&self) -> String {
        crate::ground::meter::text()
    }

    /// Submits a command of the viewer to the lane of a workspace and waits for the result. A command that is retried
    /// with the same ID returns its first result.
    ///
    /// # Errors
    /// Returns why the command was rejected; `UNAVAILABLE` if it can be retried.
    pub async fn submit(
        &self,
        viewer: &Viewer,
        workspace_id: WorkspaceId,
        id: CommandId,
        command: impl Command + 'static,
    ) -> Result<Receipt> {
        let (account_id, command_id, command) = (viewer.account_id, id.0, Arc::new(command));
        self.dispatch(Submission { workspace_id, account_id, command_id, command }).await
    }

    /// Submits a command on an account to the server log.
    ///
    /// # Errors
    /// Returns why the command was rejected.
    pub async fn submit_to_server(&self, account_id: AccountId, command: impl Command + 'static) -> Result<()> {
        let (workspace_id, command_id, command) = (WorkspaceId::SERVER, CommandId::mint().0, Arc::new(command));
        self.dispatch(Submission { workspace_id, account_id, command_id, command }).await.map(drop)
    }

    /// Submits a command to its log, including commands of the server itself. Wakes the durable
    /// readers afterwards. The lane has already notified the room and the other processes.
    ///
    /// # Errors
    /// Those of [`App::submit`].
    pub async fn dispatch(&self, submission: Submission) -> Result<Receipt> {
        let id = submission.workspace_id;
        let receipt = self.logs.submit(submission).await?;
        if !receipt.events.is_empty() && !receipt.repeated {
            self.readers.notify(id);
        }
        Ok(receipt)
    }
}
