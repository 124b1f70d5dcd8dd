//! The application: services and state shared by all requests.

mod keys;
pub mod media;
pub mod queue;
mod readiness;
pub mod semaphores;
mod usage;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::account::password::Passwords;
use crate::account_locks::AccountLocks;
use crate::budget::Budgets;
use crate::bus::Bus;
use crate::compute::Compute;
use crate::config::{Config, Store};
use crate::db::{Database, Scope};
use crate::directory;
use crate::error::{Error, Result};
use crate::graphql;
use crate::id::{AccountId, CommandId, WorkspaceId};
use crate::invite::secret_key::InviteSecrets;
use crate::live::execution::Executor;
use crate::live::execution_pool::ExecutionPool;
use crate::live::heartbeat::CONNECTIONS;
use crate::live::memory_budget::MemoryBudget;
use crate::live::rooms::Rooms;
use crate::log::entity::log;
use crate::log::wake::ReaderNotifier;
use crate::log::{Command, Receipt, Submission};
use crate::permits::Permits;
use crate::presence::rosters::Rosters;
use crate::read_state::marks::Private;
use crate::saved_search::follows::Follows;
use crate::search::engine::Engine;
use crate::search::generation::Generations;
use crate::session::seen::Seen;
use crate::session::service::Viewers;
use crate::session::throttle::Throttle;
use crate::supervise;
use crate::viewer::Viewer;
use crate::worker::notifications::notifier::Notifier;
use keys::Key;
use media::Media;
use queue::Queue;
use readiness::CachedProbe;
pub use readiness::Readiness;
use semaphores::Semaphores;

/// File name of the SQLite database in the data directory.
pub const SQLITE_FILE: &str = "confab.sqlite";
const NATS_NEEDS_POSTGRES: &str = "CONFAB_NATS_URL requires Postgres, because SQLite cannot be shared between \
     processes. Set CONFAB_DATABASE_URL, or unset CONFAB_NATS_URL.";
/// Maximum concurrent subscriptions of an account per process.
pub const MAX_SUBSCRIPTIONS: usize = 1_000;
/// Maximum bytes of commands that wait for their lanes.
const MAX_WAITING_BYTES: u32 = 64 * 1024 * 1024;
/// Interval at which unused rooms are evicted.
const ROOM_SWEEP_INTERVAL: Duration = Duration::from_secs(600);
/// Interval at which full budgets are evicted.
const BUDGET_SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// A handle to the application. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// The shared state behind [`App`].
pub struct Inner {
    pub config: Config,
    pub database: Database,
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
    /// Bytes available for commands that wait for their lanes.
    waiting: Semaphore,
    /// Caches whether the database is available.
    database_probe: CachedProbe,
}

impl Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}

impl App {
    /// Opens the application and starts its background tasks. Pending migrations are applied.
    ///
    /// # Errors
    /// Fails if the database cannot be opened.
    pub async fn start(config: Config) -> Result<Self> {
        let app = Self::open(config).await?;
        crate::worker::start(&app).await?;
        supervise::spawn_forever("sweep", {
            let app = app.clone();
            move || sweep(app.clone())
        });
        supervise::spawn_forever("budget sweep", {
            let app = app.clone();
            move || sweep_budgets(app.clone())
        });
        Ok(app)
    }

    /// Opens the application without its background tasks, for a single operation while a server may be
    /// running.
    ///
    /// # Errors
    /// Fails if the database cannot be opened.
    pub async fn open(config: Config) -> Result<Self> {
        crate::meter::start();
        #[cfg(feature = "planted")]
        crate::planted::plant(config.planted_bug);
        if config.nats.url.is_some() && config.store.is_sqlite() {
            return Err(Error::Unavailable(NATS_NEEDS_POSTGRES.into()));
        }
        // It may contain the search index and files even if the database is Postgres.
        directory::require_private(&config.store.data)?;
        let database = open(&config.store).await?.migrate().await?;
        create_log(&database, WorkspaceId::SERVER).await?;
        let bus = Bus::open(&config.nats).await?;
        if let Some(stream) = bus.log_stream() {
            stream.check_sync().await?;
        }
        let semaphores = Semaphores::new(&database);
        let key = Key::open(&config)?;
        let rooms = Arc::new(rooms(&config, &database, &bus, &semaphores));
        let app = Self(Arc::new(Inner {
            notifier: Notifier::new(rooms.clone(), database.clone(), semaphores.counts.clone()),
            throttle: Throttle::new(config.sign_in_rate),
            viewers: Viewers::default(),
            seen: Seen::default(),
            passwords: Passwords::default(),
            budgets: Budgets::new(&config.rates, bus.is_in_process()),
            compute: Compute::default(),
            private: Private::default(),
            media: Media::open(&config, key.signatures())?,
            invite_secrets: key.invite_secrets(),
            membership_locks: AccountLocks::default(),
            subscriptions: Permits::new(MAX_SUBSCRIPTIONS, usize::MAX),
            matches: ExecutionPool::default(),
            follows: Follows::default(),
            search: Generations::new(engine(&config)?),
            queue: Queue::new(bus.intake()),
            bus: bus.clone(),
            presence: Rosters::new(bus),
            readers: ReaderNotifier::default(),
            waiting: Semaphore::new(MAX_WAITING_BYTES as usize),
            database_probe: CachedProbe::default(),
            rooms,
            semaphores,
            database,
            config,
        }));
        app.rooms.start().await?;
        app.rooms.refresh_all().await?;
        let own = app.database.isolated_with(CONNECTIONS).await?;
        let rooms = app.rooms.clone();
        supervise::spawn_forever("heartbeat", move || rooms.clone().heartbeat(own.clone()));
        let (bus, budgets) = (app.bus.clone(), Arc::downgrade(&app.budgets));
        supervise::spawn_forever("usage", move || usage::exchange(bus.clone(), budgets.clone()));
        Ok(app)
    }

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
            is_fresh: self.rooms.fresh().is_fresh(),
            follows_server_log: self.rooms.revocations().require_current().is_ok(),
            unsupported_logs: self.rooms.refused_logs().count(),
            has_bus: self.bus.is_connected(),
            has_search: self.search.is_available(),
            has_files: self.media.is_available(),
            can_queue: self.queue.is_open() && self.rooms.fresh().age() < queue::ACCEPTANCE_WINDOW,
        }
    }

    /// Returns all metrics in the Prometheus text format.
    pub fn metrics(&self) -> String {
        crate::meter::text()
    }

    /// Submits a command of the viewer to the lane of a workspace and waits for the result. A command that is
    /// sent again with the same ID returns its first result.
    ///
    /// # Errors
    /// Returns why the command was rejected; `UNAVAILABLE` if it may be sent again.
    pub async fn submit(
        &self,
        viewer: &Viewer,
        workspace_id: WorkspaceId,
        id: CommandId,
        command: impl Into<Command>,
    ) -> Result<Receipt> {
        let (account_id, command) = (viewer.account_id, command.into());
        self.dispatch(Submission { workspace_id, account_id, command_id: id.0, command }).await
    }

    /// Submits a command on an account to the server log.
    ///
    /// # Errors
    /// Returns why the command was rejected.
    pub async fn submit_to_server(&self, account_id: AccountId, command: impl Into<Command>) -> Result<()> {
        let (workspace_id, command_id, command) = (WorkspaceId::SERVER, CommandId::mint().0, command.into());
        self.dispatch(Submission { workspace_id, account_id, command_id, command }).await.map(drop)
    }

    /// Submits a command to the lane of a log, including commands of the server itself. Wakes the durable
    /// readers afterwards. The lane has already notified the room and the other processes.
    ///
    /// # Errors
    /// Those of [`App::submit`].
    pub async fn dispatch(&self, submission: Submission) -> Result<Receipt> {
        let id = submission.workspace_id;
        let room = self.rooms.get(id).await?;
        let _waits = self.waiting(submission.weight())?;
        let receipt = room.lane().clone().submit(room, submission).await?;
        if !receipt.events.is_empty() && !receipt.repeated {
            self.readers.notify(id);
        }
        Ok(receipt)
    }
}

impl Inner {
    /// Reserves bytes for a command that waits for its lane.
    fn waiting(&self, bytes: usize) -> Result<SemaphorePermit<'_>> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(MAX_WAITING_BYTES);
        let full = |_| Error::Unavailable("Too many commands are pending. Retry later.".into());
        self.waiting.try_acquire_many(bytes).map_err(full)
    }
}

/// Evicts unused rooms periodically.
async fn sweep(app: App) {
    let mut ticks = tokio::time::interval(ROOM_SWEEP_INTERVAL);
    loop {
        ticks.tick().await;
        app.rooms.sweep();
    }
}

async fn sweep_budgets(app: App) {
    let mut ticks = tokio::time::interval(BUDGET_SWEEP_INTERVAL);
    loop {
        ticks.tick().await;
        app.budgets.sweep();
    }
}

/// Creates the rooms of a process. None is loaded yet.
fn rooms(config: &Config, database: &Database, bus: &Bus, semaphores: &Semaphores) -> Rooms {
    let executor = Executor::new(graphql::executor(), semaphores.renders.clone());
    let memory_budget = MemoryBudget::new(usize::try_from(config.live_bytes).unwrap_or(usize::MAX));
    Rooms::new(
        database.clone(),
        bus.clone(),
        state_loader(database),
        executor,
        semaphores.catch_ups.clone(),
        memory_budget,
    )
}

fn state_loader(database: &Database) -> crate::live::rooms::Load {
    let database = database.clone();
    Arc::new(move |id| {
        let database = database.clone();
        Box::pin(async move { crate::workspace::service::load(&database, id).await })
    })
}

/// Returns the configured search engine, without connecting to it.
///
/// # Errors
/// Fails if the API key file cannot be read.
pub fn engine(config: &Config) -> Result<Engine> {
    let Some(url) = &config.search.url else { return Ok(Engine::embedded(&config.store.data)) };
    let key = config.search.key();
    let key = key.map_err(|error| Error::Unavailable(format!("Cannot read CONFAB_MEILISEARCH_KEY_FILE: {error}.")))?;
    Engine::meilisearch(url, key.as_deref())
}

/// Opens the configured database. Creates the data directory if needed.
///
/// # Errors
/// Fails if the database cannot be opened.
pub async fn open(store: &Store) -> Result<Database> {
    let url =
        store.url().map_err(|error| Error::Unavailable(format!("Cannot read CONFAB_DATABASE_URL_FILE: {error}.")))?;
    match url {
        Some(url) => Database::postgres(&url).await,
        None => Database::sqlite(&sqlite_file(&store.data)?).await,
    }
}

/// Locks the data directory for one server, for as long as the returned file is open. Returns `None` on
/// Postgres, which needs no lock.
///
/// # Errors
/// Fails if another server holds the lock.
pub fn lock(store: &Store) -> Result<Option<std::fs::File>> {
    if !store.is_sqlite() {
        return Ok(None);
    }
    let path = sqlite_file(&store.data)?.with_file_name("confab.lock");
    let refused = |why: String| Error::Unavailable(format!("The data directory {} {why}", store.data.display()));
    let file = std::fs::File::create(&path).map_err(|error| refused(format!("is not writable: {error}.")))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(refused("is in use by another server. Stop it first, or set a different directory with --data.".into()))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(refused(format!("cannot be locked: {error}."))),
    }
}

/// Returns the SQLite file. Creates the data directory if needed.
fn sqlite_file(data: &Path) -> Result<PathBuf> {
    directory::create(data)?;
    Ok(data.join(SQLITE_FILE))
}

/// Creates a log unless it exists. An empty log is a single row.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn create_log(database: &Database, id: WorkspaceId) -> Result<()> {
    use sea_orm::{ActiveValue::Set, EntityTrait, sea_query::OnConflict};
    let transaction = database.write(Scope::Workspace(id)).await?;
    let (last_seq, digest) = (Set(0), Set(Vec::new()));
    let row = log::ActiveModel { workspace_id: Set(id), last_seq, digest, ..Default::default() };
    log::Entity::insert(row)
        .on_conflict(OnConflict::column(log::Column::WorkspaceId).do_nothing().to_owned())
        .exec_without_returning(&transaction)
        .await?;
    Ok(transaction.commit().await?)
}
