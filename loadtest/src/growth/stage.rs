//! A stage: a server of its own with a database of its own, made for one cost at one size, and what it uses.
//!
//! All stages of a place begin as copies of one base, in which there is one account with one workspace, so they
//! differ only in the rows that a cost prepares. A copy is gone when it was measured.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::cost::{Figures, Unit};
use super::database::Database;
use super::meters::Meters;
use super::server::{Nats, Server, copy};
use crate::ground::{self, Api, Ground, mint};
use crate::process;
use crate::target::Target;
use crate::{Failure, Result};

/// What a server does in its first moment is over then.
const BEGUN: Duration = Duration::from_millis(1500);
/// A server is quiet that uses less of a processor, in milliseconds a second.
const QUIET: f64 = 60.0;
/// Seconds after which it is measured however it is.
const RESTLESS: u32 = 90;
/// What follows a command, such as notifications and the search index, is over then.
pub const SETTLE: Duration = Duration::from_millis(600);

/// Where a cost is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// One process with SQLite.
    Sqlite,
    /// One process with Postgres.
    Postgres,
    /// A process of a fleet: Postgres and NATS.
    Fleet,
}

impl Place {
    /// As it stands in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "Postgres",
            Self::Fleet => "Postgres, NATS",
        }
    }
}

/// What is needed to set stages up.
#[derive(Debug, Clone)]
pub struct Means {
    /// The server.
    pub program: PathBuf,
    /// A Postgres that is nobody else's.
    pub postgres: Option<String>,
    /// A NATS server.
    pub nats: Option<PathBuf>,
}

impl Means {
    /// Whether something can be measured there.
    pub fn allow(&self, place: Place) -> bool {
        match place {
            Place::Sqlite => true,
            Place::Postgres => self.postgres.is_some(),
            Place::Fleet => self.postgres.is_some() && self.nats.is_some(),
        }
    }
}

/// Who did everything that there is at the beginning.
#[derive(Debug, Clone)]
pub struct Owner {
    /// Of an owner's session.
    pub token: String,
    pub workspace: String,
    /// Their member.
    pub member: String,
    /// The channel that everybody is in.
    pub general: String,
}

/// What all stages of a place are copies of.
#[derive(Debug)]
pub struct Base {
    means: Means,
    place: Place,
    directory: TempDir,
    database: Database,
    owner: Arc<Owner>,
}

/// A server to measure.
pub struct Stage {
    pub owner: Arc<Owner>,
    pub database: Database,
    means: Means,
    directory: TempDir,
    nats: Option<Nats>,
    running: Option<(Server, Meters)>,
}

impl Base {
    /// Makes it.
    ///
    /// # Errors
    /// The server does not start or refuses something.
    pub async fn make(means: &Means, place: Place) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let data = directory.path().join("data");
        let database = match (place, &means.postgres) {
            (Place::Sqlite, _) => Database::of_directory(&data),
            (_, Some(admin)) => Database::create(admin, &fresh_name(), None).await?,
            (_, None) => return Err(Failure::new("there is no Postgres")),
        };
        let nats = nats(means, place, &directory).await?;
        let server = Server::start(&means.program, &data, &settings(&database, nats.as_ref())).await?;
        let owner = Arc::new(found(&server.target().await?).await?);
        tokio::time::sleep(BEGUN).await;
        server.stop().await?;
        Ok(Self { means: means.clone(), place, directory, database, owner })
    }

    /// A copy, with its server not started yet.
    ///
    /// # Errors
    /// It cannot be copied.
    pub async fn stage(&self) -> Result<Stage> {
        let directory = tempfile::tempdir()?;
        let data = directory.path().join("data");
        copy(&self.directory.path().join("data"), &data)?;
        let database = match &self.database {
            Database::Sqlite(_) => Database::of_directory(&data),
            Database::Postgres { admin, name } => Database::create(admin, &fresh_name(), Some(name)).await?,
        };
        let nats = nats(&self.means, self.place, &directory).await?;
        let (means, owner) = (self.means.clone(), Arc::clone(&self.owner));
        Ok(Stage { owner, database, means, directory, nats, running: None })
    }

    /// Takes it away.
    ///
    /// # Errors
    /// Postgres refuses.
    pub async fn remove(self) -> Result<()> {
        self.database.remove().await
    }
}

impl Stage {
    /// Starts the server and waits a moment.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(&mut self) -> Result<()> {
        let data = self.directory.path().join("data");
        let server = Server::start(&self.means.program, &data, &settings(&self.database, self.nats.as_ref())).await?;
        let meters = Meters::of(server.pid, server.target().await?, &self.database).await?;
        self.running = Some((server, meters));
        tokio::time::sleep(BEGUN).await;
        Ok(())
    }

    /// Waits until the server has done what it does after its start.
    ///
    /// # Errors
    /// It is not running.
    pub async fn quiet(&mut self) -> Result<()> {
        for _ in 0..RESTLESS {
            let used = self.idle(Duration::from_secs(1)).await?;
            if used.0.get(&Unit::Cpu).is_none_or(|used| *used < QUIET) {
                break;
            }
        }
        Ok(())
    }

    /// Stops the server.
    ///
    /// # Errors
    /// It does not end.
    pub async fn stop(&mut self) -> Result<()> {
        match self.running.take() {
            Some((server, _)) => server.stop().await,
            None => Ok(()),
        }
    }

    /// Stops everything and takes it away.
    ///
    /// # Errors
    /// The server does not end.
    pub async fn remove(mut self) -> Result<()> {
        let stopped = self.stop().await;
        self.database.remove().await?;
        stopped
    }

    fn running(&mut self) -> Result<&mut (Server, Meters)> {
        self.running.as_mut().ok_or_else(|| Failure::new("the server is not running"))
    }

    /// Where the server is.
    ///
    /// # Errors
    /// It is not running.
    pub async fn target(&mut self) -> Result<Target> {
        self.running()?.0.target().await
    }

    /// A connection of the owner.
    ///
    /// # Errors
    /// The server does not listen.
    pub async fn api(&mut self) -> Result<Api> {
        let token = self.owner.token.clone();
        Api::open(&self.target().await?, Some(token)).await
    }

    /// The same as other measurements of this tool have it, with these sessions.
    ///
    /// # Errors
    /// The server is not running.
    pub async fn ground(&mut self, tokens: Vec<String>) -> Result<Arc<Ground>> {
        let target = self.target().await?;
        let Owner { workspace, general, .. } = (*self.owner).clone();
        let (targets, pids) = (vec![target.clone()], Vec::new());
        Ok(Arc::new(Ground { target, targets, workspace, channel: general, tokens, pids }))
    }

    /// What something uses, with what follows it for so long.
    ///
    /// # Errors
    /// It fails.
    pub async fn once(&mut self, settle: Duration, does: impl AsyncFnOnce() -> Result<()>) -> Result<(Figures, f64)> {
        let before = self.running()?.1.read().await?;
        does().await?;
        tokio::time::sleep(settle).await;
        self.running()?.1.since(&before).await
    }

    /// What something uses each time that the owner asks for it: the middle of several times. What follows it for a
    /// while counts, and what goes on anyway does not.
    ///
    /// # Errors
    /// It fails.
    pub async fn sample(
        &mut self,
        times: usize,
        settle: Duration,
        mut does: impl AsyncFnMut(&mut Api, usize) -> Result<()>,
    ) -> Result<Figures> {
        // The first one finds nothing in memory.
        does(&mut self.api().await?, 0).await?;
        self.quiet().await?;
        // The server closes connections on which nothing is asked for long.
        let mut api = self.api().await?;
        let idle = self.idle(Duration::from_secs(2)).await?;
        let mut all = Vec::new();
        for nth in 1..=times {
            let (figures, seconds) = self.once(settle, async || does(&mut api, nth).await).await?;
            all.push(figures.without(&idle, seconds));
        }
        Ok(Figures::median(&all))
    }

    /// What a server uses that is started anew, until it has nothing to do.
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

    /// What it uses in a second when nobody asks for anything.
    ///
    /// # Errors
    /// It is not running.
    pub async fn idle(&mut self, time: Duration) -> Result<Figures> {
        let (figures, seconds) = self.once(time, async || Ok(())).await?;
        Ok(figures.each(seconds))
    }

    /// The same in a minute, with what goes over the bus of a fleet.
    ///
    /// # Errors
    /// It is not running.
    pub async fn idle_minute(&mut self, time: Duration) -> Result<Figures> {
        let before = self.messages().await?;
        let (figures, seconds) = self.once(time, async || Ok(())).await?;
        let mut figures = figures.in_a_minute(seconds);
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

    /// MiB of memory of the server's own.
    ///
    /// # Errors
    /// It is not running.
    pub fn memory(&mut self) -> Result<f64> {
        let (_, own) = process::resident(self.running()?.0.pid)?;
        Ok(own as f64 / 1024.0)
    }
}

async fn nats(means: &Means, place: Place, directory: &TempDir) -> Result<Option<Nats>> {
    match (&means.nats, place) {
        (Some(program), Place::Fleet) => Nats::start(program, directory.path()).await.map(Some),
        _ => Ok(None),
    }
}

/// As little as possible stands between a cost and its figure.
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
    format!("growth_{}", ground::fresh().simple())
}

/// Registers the first account and creates its workspace.
async fn found(target: &Target) -> Result<Owner> {
    let mut api = Api::open(target, None).await?;
    let register = "mutation R($input: RegisterInput!) { register(input: $input) { token } }";
    let input = json!({ "email": "owner@example.org", "password": ground::fresh().to_string(), "name": "Olive Owner" });
    let token = ground::text(&api.call(register, input).await?, "/register/token")?;
    api.token = Some(token.clone());
    let workspace = mint("wks_");
    let create = "mutation C($input: CreateWorkspaceInput!) { createWorkspace(input: $input) { workspace { id } } }";
    api.call(create, json!({ "id": workspace, "name": "Growth" })).await?;
    let boot = "query B($w: ID!) { boot(workspaceId: $w) { me { id } channels { id } } }";
    let booted: Value = api.query(boot, json!({ "w": workspace })).await?;
    let member = ground::text(&booted, "/boot/me/id")?;
    let general = ground::text(&booted, "/boot/channels/0/id")?;
    Ok(Owner { token, workspace, member, general })
}
