//! An instance: a server with its own database, created for one cost at one size.
//!
//! All instances of a backend are copies of one template, which contains one account with one workspace, so they differ
//! only in the rows that a cost prepares. An instance is deleted after its measurement.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::cost::{Figures, Unit};
use super::database::Database;
use super::meters::Meters;
use super::server::{Nats, Server, copy};
use crate::process;
use crate::setup::{self, Api, Setup, mint};
use crate::target::Target;
use crate::{Failure, Result};

/// Time for a server to finish startup.
const STARTUP_TIME: Duration = Duration::from_millis(1500);
/// CPU use below which a server is quiet, in milliseconds per second.
const QUIET_CPU_MILLIS: f64 = 60.0;
/// Seconds after which a server is measured even if it is not quiet.
const QUIET_TIMEOUT_SECONDS: u32 = 90;
/// Time for the effects of a command, such as notifications and the search index.
pub const SETTLE_TIME: Duration = Duration::from_millis(600);

/// The backend of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Backend {
    /// One process with SQLite.
    Sqlite,
    /// One process with Postgres.
    Postgres,
    /// A process of a fleet: Postgres and NATS.
    Fleet,
}

impl Backend {
    /// Name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "Postgres",
            Self::Fleet => "Postgres, NATS",
        }
    }
}

/// The programs and servers for instances.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Confab server.
    pub program: PathBuf,
    /// Postgres, for exclusive use.
    pub postgres: Option<String>,
    /// NATS server.
    pub nats: Option<PathBuf>,
}

impl Environment {
    /// Whether a backend can be measured.
    pub fn allow(&self, backend: Backend) -> bool {
        match backend {
            Backend::Sqlite => true,
            Backend::Postgres => self.postgres.is_some(),
            Backend::Fleet => self.postgres.is_some() && self.nats.is_some(),
        }
    }
}

/// The first account.
#[derive(Debug, Clone)]
pub struct Owner {
    /// Session token.
    pub token: String,
    pub workspace: String,
    /// Member id.
    pub member: String,
    /// Channel with all members.
    pub general: String,
}

/// The template of all instances of a backend.
#[derive(Debug)]
pub struct Template {
    environment: Environment,
    backend: Backend,
    directory: TempDir,
    database: Database,
    owner: Arc<Owner>,
}

/// A server to measure.
pub struct Instance {
    pub owner: Arc<Owner>,
    pub database: Database,
    environment: Environment,
    directory: TempDir,
    nats: Option<Nats>,
    running: Option<(Server, Meters)>,
}

impl Template {
    /// Creates the template.
    ///
    /// # Errors
    /// The server does not start or rejects a step.
    pub async fn make(environment: &Environment, backend: Backend) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let data = directory.path().join("data");
        let database = match (backend, &environment.postgres) {
            (Backend::Sqlite, _) => Database::in_directory(&data),
            (_, Some(admin)) => Database::create(admin, &fresh_name(), None).await?,
            (_, None) => return Err(Failure::new("no Postgres specified")),
        };
        let nats = nats(environment, backend, &directory).await?;
        let server = Server::start(&environment.program, &data, &settings(&database, nats.as_ref())).await?;
        let owner = Arc::new(create_owner(&server.target().await?).await?);
        tokio::time::sleep(STARTUP_TIME).await;
        server.stop().await?;
        Ok(Self { environment: environment.clone(), backend, directory, database, owner })
    }

    /// Creates a copy. Its server is not started yet.
    ///
    /// # Errors
    /// It cannot be copied.
    pub async fn instance(&self) -> Result<Instance> {
        let directory = tempfile::tempdir()?;
        let data = directory.path().join("data");
        copy(&self.directory.path().join("data"), &data)?;
        let database = match &self.database {
            Database::Sqlite(_) => Database::in_directory(&data),
            Database::Postgres { admin, name } => Database::create(admin, &fresh_name(), Some(name)).await?,
        };
        let nats = nats(&self.environment, self.backend, &directory).await?;
        let (environment, owner) = (self.environment.clone(), Arc::clone(&self.owner));
        Ok(Instance { owner, database, environment, directory, nats, running: None })
    }

    /// Deletes the template.
    ///
    /// # Errors
    /// Postgres rejects it.
    pub async fn remove(self) -> Result<()> {
        self.database.remove().await
    }
}

impl Instance {
    /// Starts the server and waits for the end of startup.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(&mut self) -> Result<()> {
        let data = self.directory.path().join("data");
        let server =
            Server::start(&self.environment.program, &data, &settings(&self.database, self.nats.as_ref())).await?;
        let meters = Meters::open(server.pid, server.target().await?, &self.database).await?;
        self.running = Some((server, meters));
        tokio::time::sleep(STARTUP_TIME).await;
        Ok(())
    }

    /// Waits until the server is quiet.
    ///
    /// # Errors
    /// It is not running.
    pub async fn quiet(&mut self) -> Result<()> {
        for _ in 0..QUIET_TIMEOUT_SECONDS {
            let used = self.idle(Duration::from_secs(1)).await?;
            if used.0.get(&Unit::Cpu).is_none_or(|used| *used < QUIET_CPU_MILLIS) {
                break;
            }
        }
        Ok(())
    }

    /// Stops the server.
    ///
    /// # Errors
    /// It does not stop.
    pub async fn stop(&mut self) -> Result<()> {
        match self.running.take() {
            Some((server, _)) => server.stop().await,
            None => Ok(()),
        }
    }

    /// Stops and deletes the instance.
    ///
    /// # Errors
    /// The server does not stop.
    pub async fn remove(mut self) -> Result<()> {
        let stopped = self.stop().await;
        self.database.remove().await?;
        stopped
    }

    fn running(&mut self) -> Result<&mut (Server, Meters)> {
        self.running.as_mut().ok_or_else(|| Failure::new("the server is not running"))
    }

    /// The server's address.
    ///
    /// # Errors
    /// It is not running.
    pub async fn target(&mut self) -> Result<Target> {
        self.running()?.0.target().await
    }

    /// A connection of the owner.
    ///
    /// # Errors
    /// The connection is refused.
    pub async fn api(&mut self) -> Result<Api> {
        let token = self.owner.token.clone();
        Api::open(&self.target().await?, Some(token)).await
    }

    /// The setup that other subcommands use, with these sessions.
    ///
    /// # Errors
    /// The server is not running.
    pub async fn setup(&mut self, tokens: Vec<String>) -> Result<Arc<Setup>> {
        let target = self.target().await?;
        let Owner { workspace, general, .. } = (*self.owner).clone();
        let (targets, pids) = (vec![target.clone()], Vec::new());
        Ok(Arc::new(Setup { target, targets, workspace, channel: general, tokens, pids }))
    }

    /// Measures an operation and its effects during `settle`.
    ///
    /// # Errors
    /// The operation failed.
    pub async fn measure(
        &mut self,
        settle: Duration,
        operation: impl AsyncFnOnce() -> Result<()>,
    ) -> Result<(Figures, f64)> {
        let before = self.running()?.1.read().await?;
        operation().await?;
        tokio::time::sleep(settle).await;
        self.running()?.1.since(&before).await
    }

    /// The median of several measurements of an operation by the owner. Includes its effects during `settle`, excludes
    /// idle use.
    ///
    /// # Errors
    /// The operation failed.
    pub async fn sample(
        &mut self,
        times: usize,
        settle: Duration,
        mut operation: impl AsyncFnMut(&mut Api, usize) -> Result<()>,
    ) -> Result<Figures> {
        // The first operation runs with cold caches.
        operation(&mut self.api().await?, 0).await?;
        self.quiet().await?;
        // The server closes idle connections.
        let mut api = self.api().await?;
        let idle = self.idle(Duration::from_secs(2)).await?;
        let mut all = Vec::new();
        for nth in 1..=times {
            let (figures, seconds) = self.measure(settle, async || operation(&mut api, nth).await).await?;
            all.push(figures.minus_idle(&idle, seconds));
        }
        Ok(Figures::median(&all))
    }

    /// Measures a restart until the server is quiet.
    ///
    /// # Errors
    /// It does not start.
    pub async fn since_start(&mut self) -> Result<Figures> {
        self.stop().await?;
        let before = Meters::before_start(&self.database).await?;
        self.start().await?;
        self.quiet().await?;
        let (figures, _) = self.running()?.1.since(&before).await?;
        Ok(figures)
    }

    /// Idle use per second.
    ///
    /// # Errors
    /// It is not running.
    pub async fn idle(&mut self, time: Duration) -> Result<Figures> {
        let (figures, seconds) = self.measure(time, async || Ok(())).await?;
        Ok(figures.divided_by(seconds))
    }

    /// Idle use per minute, including bus messages of a fleet.
    ///
    /// # Errors
    /// It is not running.
    pub async fn idle_minute(&mut self, time: Duration) -> Result<Figures> {
        let before = self.messages().await?;
        let (figures, seconds) = self.measure(time, async || Ok(())).await?;
        let mut figures = figures.per_minute(seconds);
        if let (Some(before), Some(after)) = (before, self.messages().await?) {
            figures.0.insert(Unit::MessagesPerMinute, (after - before) * 60.0 / seconds);
        }
        Ok(figures)
    }

    async fn messages(&self) -> Result<Option<f64>> {
        match &self.nats {
            Some(nats) => nats.messages().await.map(Some),
            None => Ok(None),
        }
    }

    /// Anonymous memory of the server in MiB.
    ///
    /// # Errors
    /// It is not running.
    pub fn memory(&mut self) -> Result<f64> {
        let (_, own) = process::resident_memory(self.running()?.0.pid)?;
        Ok(own as f64 / 1024.0)
    }
}

async fn nats(environment: &Environment, backend: Backend, directory: &TempDir) -> Result<Option<Nats>> {
    match (&environment.nats, backend) {
        (Some(program), Backend::Fleet) => Nats::start(program, directory.path()).await.map(Some),
        _ => Ok(None),
    }
}

/// Settings that add as little overhead as possible.
fn settings(database: &Database, nats: Option<&Nats>) -> Vec<(&'static str, String)> {
    let mut settings = vec![
        ("CONFAB_LOG", "warn".to_owned()),
        ("CONFAB_ACCOUNT_RATE_FACTOR", "1000000".to_owned()),
        ("CONFAB_WORKSPACE_RATE_FACTOR", "1000000".to_owned()),
        ("CONFAB_DRAIN_SECONDS", "0".to_owned()),
    ];
    settings.extend(database.url().map(|url| ("CONFAB_DATABASE_URL", url)));
    if let Some(nats) = nats {
        settings.push(("CONFAB_NATS_URL", nats.url()));
        settings.push(("CONFAB_NATS_ALLOW_LAZY_SYNC", "true".to_owned()));
    }
    settings
}

fn fresh_name() -> String {
    format!("growth_{}", setup::fresh().simple())
}

/// Registers the first account and creates its workspace.
async fn create_owner(target: &Target) -> Result<Owner> {
    let mut api = Api::open(target, None).await?;
    let register = "mutation R($input: RegisterInput!) { register(input: $input) { token } }";
    let input = json!({ "email": "owner@example.org", "password": setup::fresh().to_string(), "name": "Olive Owner" });
    let token = setup::text(&api.call(register, input).await?, "/register/token")?;
    api.token = Some(token.clone());
    let workspace = mint("wks_");
    let create = "mutation C($input: CreateWorkspaceInput!) { createWorkspace(input: $input) { workspace { id } } }";
    api.call(create, json!({ "id": workspace, "name": "Growth" })).await?;
    let boot = "query B($w: ID!) { boot(workspaceId: $w) { me { id } channels { id } } }";
    let booted: Value = api.query(boot, json!({ "w": workspace })).await?;
    let member = setup::text(&booted, "/boot/me/id")?;
    let general = setup::text(&booted, "/boot/channels/0/id")?;
    Ok(Owner { token, workspace, member, general })
}
