//! The composition root: opens everything that a server consists of, and starts its background tasks.

use std::sync::Arc;
use std::time::Duration;

use crate::adapter::bus::Bus;
use crate::adapter::search::engine::Engine;
use crate::app::follows::Follows;
use crate::app::generations::Generations;
use crate::app::keys::Key;
use crate::app::media::Media;
use crate::app::password::Passwords;
use crate::app::queue::Queue;
use crate::app::readiness::CachedProbe;
use crate::app::seen::Seen;
use crate::app::semaphores::Semaphores;
use crate::app::throttle::Throttle;
use crate::app::viewers::Viewers;
use crate::app::{App, MAX_SUBSCRIPTIONS, Services, usage};
use crate::ground::account_locks::AccountLocks;
use crate::ground::budget::Budgets;
use crate::ground::compute::Compute;
use crate::ground::config::Config;
use crate::ground::db::{Database, store};
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::ground::permits::Permits;
use crate::ground::supervise::spawn_forever;
use crate::ground::{directory, meter};
use crate::live::execution::Executor;
use crate::live::execution_pool::ExecutionPool;
use crate::live::memory_budget::MemoryBudget;
use crate::live::notification::notifier::Notifier;
use crate::live::presence::rosters::Rosters;
use crate::live::read_state::marks::Private;
use crate::live::rooms::Rooms;
use crate::log::heartbeat::CONNECTIONS;
use crate::log::load;
use crate::log::logs::Logs;
use crate::log::wake::ReaderNotifier;
use crate::wire::graphql;
use crate::worker;

const NATS_NEEDS_POSTGRES: &str = "CONFAB_NATS_URL requires Postgres, because SQLite cannot be shared between \
     processes. Set CONFAB_DATABASE_URL, or unset CONFAB_NATS_URL.";
/// Interval at which unused rooms are evicted.
const ROOM_SWEEP_INTERVAL: Duration = Duration::from_secs(600);
/// Interval at which full budgets are evicted.
const BUDGET_SWEEP_INTERVAL: Duration = Duration::from_secs(60);

/// Opens the application and starts its background tasks. Pending migrations are applied.
///
/// # Errors
/// Fails if the database cannot be opened.
pub async fn start(config: Config) -> Result<App> {
    let app = open(config).await?;
    worker::start(&app).await?;
    let rooms = app.rooms.clone();
    spawn_forever("sweep", move || every(ROOM_SWEEP_INTERVAL, rooms.clone(), Rooms::sweep));
    let budgets = app.budgets.clone();
    spawn_forever("budget sweep", move || every(BUDGET_SWEEP_INTERVAL, budgets.clone(), Budgets::sweep));
    Ok(app)
}

/// Opens the application without its durable readers and maintenance, for a single operation while a server may be
/// running.
///
/// # Errors
/// Fails if the database cannot be opened.
pub async fn open(config: Config) -> Result<App> {
    meter::start();
    #[cfg(feature = "planted")]
    crate::ground::planted::plant(config.planted_bug);
    if config.nats.url.is_some() && config.store.is_sqlite() {
        return Err(Error::Unavailable(NATS_NEEDS_POSTGRES.into()));
    }
    // It may contain the search index and files even if the database is Postgres.
    directory::require_private(&config.store.data)?;
    let database = store::open(&config.store).await?.migrate().await?;
    load::create(&database, WorkspaceId::SERVER).await?;
    let bus = Bus::open(&config.nats).await?;
    if let Some(stream) = bus.log_stream() {
        stream.check_sync().await?;
    }
    let app = build(config, database, bus)?;
    app.rooms.start().await?;
    app.logs.refresh_all().await?;
    let own = app.database.isolated_with(CONNECTIONS).await?;
    let logs = app.logs.clone();
    spawn_forever("heartbeat", move || logs.clone().heartbeat(own.clone()));
    let (bus, budgets) = (app.bus.clone(), Arc::downgrade(&app.budgets));
    spawn_forever("usage", move || usage::exchange(bus.clone(), budgets.clone()));
    Ok(app)
}

fn build(config: Config, database: Database, bus: Bus) -> Result<App> {
    let semaphores = Semaphores::new(&database);
    let key = Key::open(&config)?;
    let logs = Arc::new(Logs::new(database.clone(), bus.clone()));
    let executor = Executor::new(graphql::executor(), semaphores.renders.clone());
    let memory_budget = MemoryBudget::new(usize::try_from(config.live_bytes).unwrap_or(usize::MAX));
    let rooms = Rooms::new(logs.clone(), bus.clone(), executor, semaphores.catch_ups.clone(), memory_budget);
    let rooms = Arc::new(rooms);
    Ok(App::from(Services {
        notifier: Notifier::new(logs.clone(), rooms.clone(), database.clone(), semaphores.counts.clone()),
        throttle: Throttle::new(config.sign_in_rate),
        viewers: Viewers::default(),
        seen: Seen::default(),
        passwords: Passwords::default(),
        budgets: Budgets::new(&config.rates, bus.is_in_process()),
        compute: Compute::default(),
        private: Private::new(database.clone(), logs.clone(), rooms.clone()),
        media: Media::open(&config, key.signatures())?,
        invite_secrets: key.invite_secrets(),
        membership_locks: AccountLocks::default(),
        subscriptions: Permits::new(MAX_SUBSCRIPTIONS, usize::MAX),
        matches: ExecutionPool::default(),
        follows: Follows::default(),
        search: Generations::new(Engine::configured(&config)?),
        queue: Queue::new(bus.intake()),
        bus: bus.clone(),
        presence: Rosters::new(bus),
        readers: ReaderNotifier::default(),
        database_probe: CachedProbe::default(),
        logs,
        rooms,
        semaphores,
        database,
        config,
    }))
}

/// Runs `work` periodically, for the first time at once.
async fn every<T>(interval: Duration, state: Arc<T>, work: impl Fn(&T)) {
    let mut ticks = tokio::time::interval(interval);
    loop {
        ticks.tick().await;
        work(&state);
    }
}
