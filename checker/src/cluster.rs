//! The cluster: three Confab processes with their dependencies, or a single embedded one. [`Cluster::heal`] ends every
//! fault and restarts what has stopped.

use std::path::PathBuf;
use std::time::Duration;

use rustix::process::Signal;
use tempfile::TempDir;
use testbed::server::Server;

use crate::Result;
use crate::fleet::{Fleet, PROCESS_COUNT};
use crate::rows::Rows;
use crate::volume::Volume;

/// Attempts to start a part.
pub const START_ATTEMPTS: usize = 20;

/// The programs that form a cluster.
#[derive(Debug, Clone, clap::Args)]
pub struct Programs {
    /// Confab server under test.
    #[arg(long, env = "CONFAB_BIN", default_value = "target/debug/confab")]
    pub confab: PathBuf,
    /// NATS server.
    #[arg(long, env = "CONFAB_TEST_NATS_SERVER", default_value = "nats-server")]
    pub nats_server: PathBuf,
    /// Directory of the Postgres programs.
    #[arg(long, env = "CONFAB_POSTGRES_BIN", default_value = "/usr/lib/postgresql/15/bin")]
    pub postgres_bin: PathBuf,
}

/// The kind of a cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Three processes, Postgres and NATS.
    #[default]
    Fleet,
    /// One process on SQLite.
    Embedded,
}

/// The rate limits of the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// The server's defaults, but 500 connections.
    Default,
    /// Far above the workload, whose accounts share one IP address.
    Raised,
}

/// The file system that lost power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoweredOff {
    /// Of the database.
    Rows,
    Nats,
}

/// The running cluster.
#[derive(Debug)]
pub struct Cluster {
    pub processes: Vec<Server>,
    /// The dependencies of a fleet; `None` when embedded.
    pub fleet: Option<Fleet>,
    /// The file system of the database: Postgres, or the data directory.
    pub volume: Option<Volume>,
    /// The file system without power.
    pub powered_off: Option<PoweredOff>,
    pub scratch: TempDir,
}

impl Cluster {
    /// Starts everything.
    ///
    /// # Errors
    /// A part does not start.
    pub async fn start(programs: &Programs, kind: Kind, limits: Limits) -> Result<Self> {
        let scratch = tempfile::Builder::new().prefix("confab-checker.").tempdir()?;
        // Postgres runs as another user.
        open_to_all(&scratch)?;
        let root = scratch.path().to_owned();
        let volume = Volume::make(&root, "rows").await;
        let home = volume.as_ref().map_or_else(|| root.join("rows"), |volume| volume.path.clone());
        let fleet = match kind {
            Kind::Fleet => Some(Fleet::start(programs, &root, &home).await?),
            Kind::Embedded => None,
        };
        let mut processes = Vec::new();
        for number in 0..fleet.as_ref().map_or(1, |_| PROCESS_COUNT) {
            // An embedded server has its database in the data directory.
            let data = if fleet.is_some() { root.join(format!("data-{number}")) } else { home.join("data") };
            let mut process = Server::new(&programs.confab, &data, &root.join(format!("confab-{number}.log")));
            process.set("CONFAB_LOG", "warn");
            match limits {
                // Few enough that one machine can exceed them.
                Limits::Default => process.set("CONFAB_CONNECTIONS", "500"),
                Limits::Raised => {
                    for name in ["SIGN_IN_RATE", "ACCOUNT_RATE_FACTOR", "WORKSPACE_RATE_FACTOR"] {
                        process.set(&format!("CONFAB_{name}"), "1000000");
                    }
                }
            }
            for (name, value) in fleet.iter().flat_map(|fleet| fleet.environment(number)) {
                process.set(name, value);
            }
            processes.push(process);
        }
        let mut cluster = Self { processes, fleet, volume, powered_off: None, scratch };
        // In sequence: the first process migrates.
        for process in &mut cluster.processes {
            process.start().await?;
        }
        if let Some(fleet) = &cluster.fleet {
            fleet.prepare_refusals().await?;
        }
        Ok(cluster)
    }

    /// Direct access to the database.
    pub fn rows(&self) -> Rows<'_> {
        match &self.fleet {
            Some(fleet) => Rows::Postgres(&fleet.postgres),
            None => Rows::Sqlite(self.processes[0].data().join("confab.sqlite")),
        }
    }

    /// Restarts the processes with a planted bug.
    ///
    /// # Errors
    /// A process does not start.
    pub async fn plant(&mut self, bug: &str) -> Result<()> {
        for process in &mut self.processes {
            process.set("CONFAB_PLANTED_BUG", bug);
            process.stop().await;
            process.start().await?;
        }
        Ok(())
    }

    /// Ends every fault.
    ///
    /// # Errors
    /// A part does not recover.
    pub async fn heal(&mut self) -> Result<()> {
        let nats_volume = self.fleet.as_ref().and_then(|fleet| fleet.volume.as_ref());
        self.volume.iter().chain(nats_volume).for_each(Volume::empty);
        if let Some(powered_off) = self.powered_off.take() {
            self.restore_power(powered_off).await?;
        }
        self.processes.iter().for_each(|process| process.signal(Signal::CONT));
        if let Some(fleet) = &mut self.fleet {
            fleet.heal().await?;
        }
        self.start_processes().await
    }

    /// Starts the processes that have stopped, like a service manager.
    async fn start_processes(&mut self) -> Result<()> {
        for process in &mut self.processes {
            for attempt in 1.. {
                if process.is_alive() {
                    break;
                }
                match process.start().await {
                    Err(error) if attempt == START_ATTEMPTS => return Err(error),
                    Err(_) => tokio::time::sleep(Duration::from_millis(500)).await,
                    Ok(()) => {}
                }
            }
        }
        Ok(())
    }

    /// After a power cut: kills the processes that used the file system and mounts it again.
    async fn restore_power(&mut self, powered_off: PoweredOff) -> Result<()> {
        match (powered_off, &mut self.fleet) {
            (PoweredOff::Rows, Some(fleet)) => fleet.postgres.signal(Signal::KILL),
            (PoweredOff::Rows, None) => {
                for process in &mut self.processes {
                    process.kill().await;
                }
            }
            (PoweredOff::Nats, fleet) => {
                for node in fleet.iter_mut().flat_map(|fleet| &mut fleet.nodes) {
                    node.kill().await;
                }
            }
        }
        let volume = match powered_off {
            PoweredOff::Rows => self.volume.as_ref(),
            PoweredOff::Nats => self.fleet.as_ref().and_then(|fleet| fleet.volume.as_ref()),
        };
        let Some(volume) = volume else { return Ok(()) };
        let mut unmounted = volume.unmount().await;
        // Killed processes may still be exiting.
        for _ in 0..5 * START_ATTEMPTS {
            if unmounted.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            unmounted = volume.unmount().await;
        }
        unmounted?;
        volume.mount().await?;
        if let (PoweredOff::Rows, Some(fleet)) = (powered_off, &self.fleet) {
            fleet.postgres.forget_process();
        }
        Ok(())
    }

    /// Stops everything.
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
