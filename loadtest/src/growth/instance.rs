//! An instance: a server with its own database, created for one cost at one size.
//!
//! All instances of a backend are copies of one template, which contains one account with one workspace, so they differ
//! only in the rows that a cost prepares. An instance is deleted after its measurement.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use testbed::client::Client;
use testbed::id::fresh;
use testbed::nats::Nats;
use testbed::postgres;
use testbed::server::Server;

use super::cost::{Figures, Unit};
use super::database::Database;
use super::meters::Meters;
use crate::process;
use crate::setup::Setup;
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
    running: Option<Running>,
}

/// A started server.
struct Running {
    server: Server,
    target: Target,
    meters: Meters,
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
            (_, Some(admin)) => Database::Postgres(postgres::Database::create(admin, "growth", None).await?),
            (_, None) => return Err(Failure::new("no Postgres specified")),
        };
        let nats = nats(environment, backend).await?;
        let mut server = server(&environment.program, &data, &database, nats.as_ref());
        server.start().await?;
        let owner = Arc::new(create_owner(&Client::new(server.address)).await?);
        tokio::time::sleep(STARTUP_TIME).await;
        server.stop().await;
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
            Database::Postgres(template) => {
                Database::Postgres(postgres::Database::create(&template.admin_url, "growth", Some(template)).await?)
            }
        };
        let nats = nats(&self.environment, self.backend).await?;
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
        let mut server = server(&self.environment.program, &data, &self.database, self.nats.as_ref());
        server.start().await?;
        let pid = server.pid().ok_or_else(|| Failure::new("the server exited during startup"))?;
        let target = Target::find(&format!("http://{}", server.address), false).await?;
        let meters = Meters::open(pid, target.clone(), &self.database).await?;
        self.running = Some(Running { server, target, meters });
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
    pub async fn stop(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.server.stop().await;
        }
    }

    /// Stops and deletes the instance.
    ///
    /// # Errors
    /// Postgres rejects it.
    pub async fn remove(mut self) -> Result<()> {
        self.stop().await;
        self.database.remove().await
    }

    fn running(&mut self) -> Result<&mut Running> {
        self.running.as_mut().ok_or_else(|| Failure::new("the server is not running"))
    }

    /// The server's address.
    ///
    /// # Errors
    /// It is not running.
    pub fn target(&mut self) -> Result<&Target> {
        Ok(&self.running()?.target)
    }

    /// A client of the owner.
    ///
    /// # Errors
    /// It is not running.
    pub fn api(&mut self) -> Result<Client> {
        let token = self.owner.token.clone();
        Ok(self.target()?.client.signed_in(token))
    }

    /// The setup that other subcommands use, with these sessions.
    ///
    /// # Errors
    /// The server is not running.
    pub fn setup(&mut self, tokens: Vec<String>) -> Result<Arc<Setup>> {
        let target = self.target()?.clone();
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
        let before = self.running()?.meters.read().await?;
        operation().await?;
        tokio::time::sleep(settle).await;
        self.running()?.meters.since(&before).await
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
        mut operation: impl AsyncFnMut(&mut Client, usize) -> Result<()>,
    ) -> Result<Figures> {
        // The first operation runs with cold caches.
        let mut api = self.api()?;
        operation(&mut api, 0).await?;
        self.quiet().await?;
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
        self.stop().await;
        let before = Meters::before_start(&self.database).await?;
        self.start().await?;
        self.quiet().await?;
        let (figures, _) = self.running()?.meters.since(&before).await?;
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
            Some(nats) => {
                let status = nats.monitor("/varz").await;
                let count = status.as_ref().and_then(|status| status["in_msgs"].as_f64());
                count.map(Some).ok_or_else(|| Failure::new("NATS reports no message count"))
            }
            None => Ok(None),
        }
    }

    /// Anonymous memory of the server in MiB.
    ///
    /// # Errors
    /// It is not running.
    pub fn memory(&mut self) -> Result<f64> {
        let pid = self.running()?.server.pid();
        let (_, own) = process::resident_memory(pid.ok_or_else(|| Failure::new("the server has exited"))?)?;
        Ok(own as f64 / 1024.0)
    }
}

async fn nats(environment: &Environment, backend: Backend) -> Result<Option<Nats>> {
    match (&environment.nats, backend) {
        // The default of NATS, which costs the machine less than a sync per message.
        (Some(program), Backend::Fleet) => Nats::start(program, "2m", "").await.map(Some),
        _ => Ok(None),
    }
}

/// A server with settings that add as little overhead as possible.
fn server(program: &Path, data: &Path, database: &Database, nats: Option<&Nats>) -> Server {
    let mut server = Server::new(program, data, &data.with_extension("log"));
    server.set("CONFAB_LOG", "warn");
    server.set("CONFAB_ACCOUNT_RATE_FACTOR", "1000000");
    server.set("CONFAB_WORKSPACE_RATE_FACTOR", "1000000");
    server.set("CONFAB_DRAIN_SECONDS", "0");
    if let Some(url) = database.url() {
        server.set("CONFAB_DATABASE_URL", url);
    }
    if let Some(nats) = nats {
        server.set("CONFAB_NATS_URL", nats.url());
        server.set("CONFAB_NATS_ALLOW_LAZY_SYNC", "true");
    }
    server
}

/// Registers the first account and creates its workspace.
async fn create_owner(server: &Client) -> Result<Owner> {
    let client = server.register_with("owner@example.org", &fresh().to_string(), "Olive Owner", None).await?;
    let workspace = client.create_workspace("Growth").await?;
    let token = client.token.unwrap_or_default();
    Ok(Owner { token, workspace: workspace.id, member: workspace.founder, general: workspace.general })
}

/// Copies a directory recursively. Only the owner can read the copy.
fn copy(from: &Path, to: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let destination = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &destination)?;
        } else {
            std::fs::copy(entry.path(), destination)?;
        }
    }
    Ok(())
}
