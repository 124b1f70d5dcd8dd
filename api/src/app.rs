//! The one handle: everything that a request may touch.

pub mod gates;
mod keys;
pub mod media;
pub mod queue;
mod standing;
mod usage;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::account::password::Passwords;
use crate::budget::Budgets;
use crate::bus::Bus;
use crate::compute::Compute;
use crate::config::{Config, Store};
use crate::db::{Database, Scope};
use crate::directory;
use crate::error::{Error, Result};
use crate::graphql;
use crate::id::{AccountId, CommandId, WorkspaceId};
use crate::invite::minting::Secrets;
use crate::live::heartbeat::CONNECTIONS;
use crate::live::keep::Keep;
use crate::live::rendering::Renderer;
use crate::live::renderings::Renderings;
use crate::live::rooms::Rooms;
use crate::log::entity::log;
use crate::log::wake::Wake;
use crate::log::{Command, Receipt, Submission};
use crate::permits::Permits;
use crate::presence::boards::Boards;
use crate::reading::marks::Private;
use crate::saved_search::follows::Follows;
use crate::search::engine::Engine;
use crate::search::generation::Generations;
use crate::sign_in::seen::Seen;
use crate::sign_in::service::Viewers;
use crate::sign_in::throttle::Throttle;
use crate::supervise;
use crate::turns::Turns;
use crate::viewer::Viewer;
use crate::worker::notifications::telling::Telling;
use gates::Gates;
use keys::Key;
use media::Media;
use queue::Queue;
use standing::Look;
pub use standing::Standing;

/// The rows, in the data directory.
pub const ROWS: &str = "confab.sqlite";
const NATS_NEEDS_POSTGRES: &str = "CONFAB_NATS_URL makes this process one of a fleet, and a fleet shares Postgres: \
     SQLite is a file of one process. Set CONFAB_DATABASE_URL, or leave CONFAB_NATS_URL out.";
/// Subscriptions that one account runs at the same time, at one process.
pub const SUBSCRIPTIONS_MAX: usize = 1_000;
/// Bytes of commands that wait for their lanes.
const WAITING_BYTES: u32 = 64 * 1024 * 1024;
/// How often memory is tidied.
const SWEEP: Duration = Duration::from_secs(600);
/// How often callers are forgotten whose budgets are full again.
const SWEEP_BUDGETS: Duration = Duration::from_secs(60);

/// A handle to the running server. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// What the handle points to.
pub struct Inner {
    pub config: Config,
    pub database: Database,
    pub rooms: Arc<Rooms>,
    pub bus: Bus,
    /// Messages that wait for the database.
    pub queue: Queue,
    /// Who is here.
    pub presence: Arc<Boards>,
    pub passwords: Passwords,
    /// What callers may use.
    pub budgets: Arc<Budgets>,
    /// What goes on at the same time.
    pub gates: Gates,
    /// Where work of the processor is done.
    pub compute: Compute,
    pub throttle: Throttle,
    pub viewers: Viewers,
    /// Sessions that were used and are still to be stored as such.
    pub seen: Seen,
    pub private: Private,
    /// The indexes of the search.
    pub search: Generations,
    /// Where the bytes of files are.
    pub media: Media,
    /// What makes the secrets of invites.
    pub invite_secrets: Secrets,
    /// Whose membership of a further workspace is being decided.
    pub memberships: Turns,
    /// How many subscriptions each account runs.
    pub subscriptions: Permits<AccountId>,
    /// What writes the matches of saved searches.
    pub matches: Renderings,
    /// Who follows saved searches.
    pub follows: Follows,
    /// Wakes the durable readers.
    pub wake: Wake,
    /// What tells members of their notifications.
    pub telling: Telling,
    /// Room for commands that wait for their lanes, in bytes.
    waiting: Semaphore,
    /// Whether the database answers.
    look: Look,
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
    /// Opens the database, brings it up to date, and starts what runs beside the requests.
    ///
    /// # Errors
    /// When the database cannot be opened.
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

    /// The same without the durable readers: for what is done once beside a server that may be running.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn open(config: Config) -> Result<Self> {
        crate::meter::start();
        #[cfg(feature = "planted")]
        crate::planted::plant(config.planted_bug);
        if config.nats.url.is_some() && config.store.is_sqlite() {
            return Err(Error::Unavailable(NATS_NEEDS_POSTGRES.into()));
        }
        // It may hold the index and files, also where the rows are elsewhere.
        directory::check(&config.store.data)?;
        let database = open(&config.store).await?.migrate().await?;
        begin_log(&database, WorkspaceId::SERVER).await?;
        let bus = Bus::open(&config.nats).await?;
        if let Some(stream) = bus.log_stream() {
            stream.check_sync().await?;
        }
        let gates = Gates::new(&database);
        let key = Key::open(&config)?;
        let rooms = Arc::new(rooms(&config, &database, &bus, &gates));
        let app = Self(Arc::new(Inner {
            telling: Telling::new(rooms.clone(), database.clone(), gates.counts.clone()),
            throttle: Throttle::new(config.sign_in_rate),
            viewers: Viewers::default(),
            seen: Seen::default(),
            passwords: Passwords::default(),
            budgets: Budgets::new(&config.rates, bus.is_in_process()),
            compute: Compute::default(),
            private: Private::default(),
            media: Media::open(&config, key.signatures())?,
            invite_secrets: key.invite_secrets(),
            memberships: Turns::default(),
            subscriptions: Permits::new(SUBSCRIPTIONS_MAX, usize::MAX),
            matches: Renderings::default(),
            follows: Follows::default(),
            search: Generations::new(engine(&config)?),
            queue: Queue::new(bus.intake()),
            bus: bus.clone(),
            presence: Boards::new(bus),
            wake: Wake::default(),
            waiting: Semaphore::new(WAITING_BYTES as usize),
            look: Look::default(),
            rooms,
            gates,
            database,
            config,
        }));
        app.rooms.begin().await?;
        app.rooms.ask().await?;
        let own = app.database.isolated_by(CONNECTIONS).await?;
        let rooms = app.rooms.clone();
        supervise::spawn_forever("heartbeat", move || rooms.clone().heartbeat(own.clone()));
        let (bus, budgets) = (app.bus.clone(), Arc::downgrade(&app.budgets));
        supervise::spawn_forever("usage", move || usage::exchange(bus.clone(), budgets.clone()));
        Ok(app)
    }

    /// How it stands now. The database is asked at most once a second, however many want to know.
    pub async fn standing(&self) -> Standing {
        let answers = self.look.take(async || {
            let database = self.database.ping().await;
            if let Err(error) = &database {
                tracing::warn!(%error, "the database does not answer");
            }
            database.is_ok()
        });
        Standing {
            has_database: answers.await && !self.database.is_away(),
            is_fresh: self.rooms.fresh().is_fresh(),
            follows: self.rooms.ends().check().is_ok(),
            refused_logs: self.rooms.refusals().count(),
            has_bus: self.bus.is_connected(),
            searches: self.search.is_there(),
            has_files: self.media.is_there(),
            queues: self.queue.is_open() && self.rooms.fresh().age() < queue::HORIZON,
        }
    }

    /// Metrics in Prometheus' text form.
    pub fn metrics(&self) -> String {
        crate::meter::text()
    }

    /// Gives a command of the viewer to the lane of a log and waits for the answer. Sent again under
    /// the same id, it gets its first answer again.
    ///
    /// # Errors
    /// Why it was refused; `UNAVAILABLE` when it may be sent again.
    pub async fn submit(
        &self,
        viewer: &Viewer,
        workspace_id: WorkspaceId,
        id: CommandId,
        command: impl Into<Command>,
    ) -> Result<Receipt> {
        let (account_id, command) = (viewer.account_id, command.into());
        self.give(Submission { workspace_id, account_id, command_id: id.0, command }).await
    }

    /// Gives a command on an account to the server's own log, once.
    ///
    /// # Errors
    /// Why it was refused.
    pub async fn submit_to_server(&self, account_id: AccountId, command: impl Into<Command>) -> Result<()> {
        let (workspace_id, command_id, command) = (WorkspaceId::SERVER, CommandId::mint().0, command.into());
        self.give(Submission { workspace_id, account_id, command_id, command }).await.map(drop)
    }

    /// Gives a command to the lane of a log: also one of the server itself, which no account gave. Afterwards the
    /// durable readers are woken; the lane has told the room and other processes.
    ///
    /// # Errors
    /// Those of [`App::submit`].
    pub async fn give(&self, submission: Submission) -> Result<Receipt> {
        let id = submission.workspace_id;
        let room = self.rooms.get(id).await?;
        let _waits = self.waiting(submission.weight())?;
        let receipt = room.lane().clone().submit(room, submission).await?;
        if !receipt.events.is_empty() && !receipt.repeated {
            self.wake.wake(id);
        }
        Ok(receipt)
    }
}

impl Inner {
    /// Room for a command of so many bytes among those that wait.
    fn waiting(&self, bytes: usize) -> Result<SemaphorePermit<'_>> {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX).min(WAITING_BYTES);
        let full = |_| Error::Unavailable("Too many commands are waiting. Send it again.".into());
        self.waiting.try_acquire_many(bytes).map_err(full)
    }
}

/// Lets go, every ten minutes, what nobody has used since.
async fn sweep(app: App) {
    let mut ticks = tokio::time::interval(SWEEP);
    loop {
        ticks.tick().await;
        app.rooms.sweep();
    }
}

async fn sweep_budgets(app: App) {
    let mut ticks = tokio::time::interval(SWEEP_BUDGETS);
    loop {
        ticks.tick().await;
        app.budgets.sweep();
    }
}

/// The rooms of a process, none of them in memory yet.
fn rooms(config: &Config, database: &Database, bus: &Bus, gates: &Gates) -> Rooms {
    let renderer = Renderer::new(graphql::rendering(), gates.renders.clone());
    let keep = Keep::new(usize::try_from(config.live_bytes).unwrap_or(usize::MAX));
    Rooms::new(database.clone(), bus.clone(), load_from(database), renderer, gates.catch_ups.clone(), keep)
}

fn load_from(database: &Database) -> crate::live::rooms::Load {
    let database = database.clone();
    Arc::new(move |id| {
        let database = database.clone();
        Box::pin(async move { crate::workspace::service::load(&database, id).await })
    })
}

/// The search engine that the settings name. Nothing is asked of it yet.
///
/// # Errors
/// When its key cannot be read.
pub fn engine(config: &Config) -> Result<Engine> {
    let Some(url) = &config.search.url else { return Ok(Engine::embedded(&config.store.data)) };
    let key = config.search.key();
    let key = key.map_err(|error| Error::Unavailable(format!("The file of Meilisearch's key: {error}.")))?;
    Engine::meilisearch(url, key.as_deref())
}

/// Opens the database that the settings name; makes the data directory.
///
/// # Errors
/// When it cannot be opened.
pub async fn open(store: &Store) -> Result<Database> {
    let url = store.url().map_err(|error| Error::Unavailable(format!("The file of the database URL: {error}.")))?;
    match url {
        Some(url) => Database::postgres(&url).await,
        None => Database::sqlite(&data_file(&store.data)?).await,
    }
}

/// Keeps the data directory to one server. Held for as long as the answer is; nothing is kept on Postgres.
///
/// # Errors
/// When another server holds it.
pub fn lock(store: &Store) -> Result<Option<std::fs::File>> {
    if !store.is_sqlite() {
        return Ok(None);
    }
    let path = data_file(&store.data)?.with_file_name("confab.lock");
    let refused = |why: String| Error::Unavailable(format!("The data directory {}: {why}", store.data.display()));
    let file = std::fs::File::create(&path).map_err(|error| refused(format!("{error}.")))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => Err(refused(
            "another server is running on it. Stop that one first, or give this one a directory of its own by --data."
                .into(),
        )),
        Err(std::fs::TryLockError::Error(error)) => Err(refused(format!("{error}."))),
    }
}

/// The file of the rows; makes the directory.
fn data_file(data: &Path) -> Result<PathBuf> {
    directory::make(data)?;
    Ok(data.join(ROWS))
}

/// Makes sure that a log is there; an empty one costs a row.
///
/// # Errors
/// When the database does not answer.
pub async fn begin_log(database: &Database, id: WorkspaceId) -> Result<()> {
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
