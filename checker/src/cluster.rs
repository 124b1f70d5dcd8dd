//! The cluster: three Confab processes and what they share, or a single one that has its rows beside it
//! (embedded). [`Cluster::heal`] makes all of it whole again, whatever was done to it.

use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;

use crate::Result;
use crate::fleet::{Fleet, PROCESSES};
use crate::process::Process;
use crate::rows::Rows;
use crate::volume::Volume;

/// How often a part that does not start is tried.
pub const ATTEMPTS: usize = 20;

/// Which programs the cluster is made of.
#[derive(Debug, Clone, clap::Args)]
pub struct Programs {
    /// The server that is checked.
    #[arg(long, env = "CONFAB_BIN", default_value = "target/debug/confab")]
    pub confab: PathBuf,
    /// The NATS server.
    #[arg(long, env = "CONFAB_TEST_NATS_SERVER", default_value = "nats-server")]
    pub nats_server: PathBuf,
    /// The folder of Postgres' programs.
    #[arg(long, env = "CONFAB_POSTGRES_BIN", default_value = "/usr/lib/postgresql/15/bin")]
    pub postgres_bin: PathBuf,
}

/// What kind of a cluster it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Three processes, Postgres and NATS.
    #[default]
    Fleet,
    /// One process on SQLite.
    Embedded,
}

/// How much one person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// As the server has them, but for 500 connections at a time.
    Default,
    /// Far above what the people of the town do: they are a few accounts at one address.
    Raised,
}

/// Whose file system is dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dark {
    /// That of the rows.
    Rows,
    Nats,
}

/// The running cluster.
#[derive(Debug)]
pub struct Cluster {
    pub processes: Vec<Process>,
    /// What the processes share; embedded they are one, and there is nothing else.
    pub fleet: Option<Fleet>,
    /// Under the rows: Postgres, or the data directory.
    pub volume: Option<Volume>,
    /// What lost its power.
    pub dark: Option<Dark>,
    pub scratch: TempDir,
}

impl Cluster {
    /// Starts everything.
    ///
    /// # Errors
    /// A part does not start.
    pub async fn start(programs: &Programs, kind: Kind, limits: Limits) -> Result<Self> {
        let scratch = tempfile::Builder::new().prefix("confab-checker.").tempdir()?;
        // Postgres is another user.
        open_to_all(&scratch)?;
        let root = scratch.path().to_owned();
        let volume = Volume::make(&root, "rows").await;
        let home = volume.as_ref().map_or_else(|| root.join("rows"), |volume| volume.path.clone());
        let fleet = match kind {
            Kind::Fleet => Some(Fleet::start(programs, &root, &home).await?),
            Kind::Embedded => None,
        };
        let mut processes = Vec::new();
        for number in 0..fleet.as_ref().map_or(1, |_| PROCESSES) {
            // Embedded the rows are in there.
            let data = if fleet.is_some() { root.join(format!("data-{number}")) } else { home.join("data") };
            let mut environment = vec![("CONFAB_DATA", data.display().to_string()), ("CONFAB_LOG", "warn".to_owned())];
            match limits {
                // So few that one machine can ask for more.
                Limits::Default => environment.push(("CONFAB_CONNECTIONS", "500".to_owned())),
                Limits::Raised => {
                    environment.push(("CONFAB_SIGN_IN_RATE", "1000000".to_owned()));
                    environment.push(("CONFAB_ACCOUNT_RATE_FACTOR", "1000000".to_owned()));
                    environment.push(("CONFAB_WORKSPACE_RATE_FACTOR", "1000000".to_owned()));
                }
            }
            environment.extend(fleet.iter().flat_map(|fleet| fleet.environment(number)));
            let environment = environment.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
            let log = root.join(format!("confab-{number}.log"));
            processes.push(Process::new(programs.confab.clone(), environment, log)?);
        }
        let mut cluster = Self { processes, fleet, volume, dark: None, scratch };
        // One after the other: the first brings the schema up to date.
        for process in &mut cluster.processes {
            process.start().await?;
        }
        if let Some(fleet) = &cluster.fleet {
            fleet.prepare_refusals().await?;
        }
        Ok(cluster)
    }

    /// The rows, to be looked at past the processes.
    pub fn rows(&self) -> Rows<'_> {
        match &self.fleet {
            Some(fleet) => Rows::Postgres(&fleet.postgres),
            None => Rows::Sqlite(self.processes[0].data().join("confab.sqlite")),
        }
    }

    /// Starts the processes again with a planted bug.
    ///
    /// # Errors
    /// A process does not start.
    pub async fn plant(&mut self, bug: &str) -> Result<()> {
        for process in &mut self.processes {
            process.environment.push(("CONFAB_PLANTED_BUG".to_owned(), bug.to_owned()));
            process.end().await;
            process.start().await?;
        }
        Ok(())
    }

    /// Undoes every fault.
    ///
    /// # Errors
    /// A part does not come back.
    pub async fn heal(&mut self) -> Result<()> {
        let of_nats = self.fleet.as_ref().and_then(|fleet| fleet.volume.as_ref());
        self.volume.iter().chain(of_nats).for_each(Volume::empty);
        if let Some(dark) = self.dark.take() {
            self.power_on(dark).await?;
        }
        self.processes.iter().for_each(|process| process.signal(Signal::CONT));
        if let Some(fleet) = &mut self.fleet {
            fleet.heal().await?;
        }
        self.start_processes().await
    }

    /// Starts the processes that are not there, as whatever keeps a service running would.
    async fn start_processes(&mut self) -> Result<()> {
        for process in &mut self.processes {
            for attempt in 1.. {
                if process.is_alive() {
                    break;
                }
                match process.start().await {
                    Err(error) if attempt == ATTEMPTS => return Err(error),
                    Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
                    Ok(()) => {}
                }
            }
        }
        Ok(())
    }

    /// After a power cut: whoever ran there is gone, the file system is mounted again.
    async fn power_on(&mut self, dark: Dark) -> Result<()> {
        match (dark, &mut self.fleet) {
            (Dark::Rows, Some(fleet)) => fleet.postgres.signal(Signal::KILL),
            (Dark::Rows, None) => {
                for process in &mut self.processes {
                    process.kill().await;
                }
            }
            (Dark::Nats, fleet) => {
                for node in fleet.iter_mut().flat_map(|fleet| &mut fleet.nodes) {
                    node.kill().await;
                }
            }
        }
        let volume = match dark {
            Dark::Rows => self.volume.as_ref(),
            Dark::Nats => self.fleet.as_ref().and_then(|fleet| fleet.volume.as_ref()),
        };
        let Some(volume) = volume else { return Ok(()) };
        let mut unmounted = volume.unmount().await;
        // Those who died there may still be on their way out.
        for _ in 0..5 * ATTEMPTS {
            if unmounted.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            unmounted = volume.unmount().await;
        }
        unmounted?;
        volume.mount().await?;
        if let (Dark::Rows, Some(fleet)) = (dark, &self.fleet) {
            fleet.postgres.forget_process();
        }
        Ok(())
    }

    /// Ends everything in order.
    pub async fn end(mut self) {
        for process in &mut self.processes {
            process.kill().await;
        }
        if let Some(fleet) = self.fleet.take() {
            fleet.end().await;
        }
    }
}

fn open_to_all(directory: &TempDir) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755))?)
}
