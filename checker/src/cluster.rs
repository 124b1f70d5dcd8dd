//! The cluster: three Confab processes, Postgres, three NATS servers, and a link of its own between each
//! process and each server. [`Cluster::heal`] makes all of it whole again, whatever was done to it.

use std::path::PathBuf;
use std::time::Duration;

use link::{Link, Mode};
use rustix::process::Signal;
use tempfile::TempDir;
use tokio::process::Child;

use crate::nats::{self, Node};
use crate::postgres::Postgres;
use crate::process::Process;
use crate::volume::Volume;
use crate::{Failure, Result};

/// Confab processes.
pub const PROCESSES: usize = 3;
/// How often a part that does not start is tried.
const ATTEMPTS: usize = 20;

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

/// Whose file system is dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dark {
    Postgres,
    Nats,
}

/// The running cluster.
#[derive(Debug)]
pub struct Cluster {
    pub processes: Vec<Process>,
    pub postgres: Postgres,
    pub nodes: Vec<Node>,
    /// From each process to Postgres.
    pub database_links: Vec<Link>,
    /// From each process to each NATS server.
    pub bus_links: Vec<Vec<Link>>,
    /// Sessions that hold something in Postgres.
    pub sessions: Vec<Child>,
    pub postgres_volume: Option<Volume>,
    pub nats_volume: Option<Volume>,
    /// What lost its power.
    pub dark: Option<Dark>,
    pub scratch: TempDir,
}

impl Cluster {
    /// Starts everything.
    ///
    /// # Errors
    /// A part does not start.
    pub async fn start(programs: &Programs) -> Result<Self> {
        let scratch = tempfile::Builder::new().prefix("confab-checker.").tempdir()?;
        // Postgres is another user.
        open_to_all(&scratch)?;
        let root = scratch.path().to_owned();
        let postgres_volume = Volume::make(&root, "postgres").await;
        let nats_volume = Volume::make(&root, "nats").await;
        let home = |volume: &Option<Volume>, name| volume.as_ref().map_or(root.join(name), |it| it.path.clone());
        let password = crate::town::fresh().simple().to_string();
        let postgres_home = home(&postgres_volume, "postgres").join("cluster");
        let postgres = Postgres::make(&programs.postgres_bin, &postgres_home, password).await?;
        let nodes = nats::cluster(&programs.nats_server, &home(&nats_volume, "nats")).await?;
        let monitors: Vec<String> = nodes.iter().map(|node| format!("http://127.0.0.1:{}", node.monitor)).collect();
        let (mut processes, mut database_links, mut bus_links) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..PROCESSES {
            let database = Link::to(postgres.port).await?;
            let mut buses = Vec::new();
            for node in &nodes {
                buses.push(Link::to(node.port).await?);
            }
            let urls: Vec<String> = buses.iter().map(|link| format!("nats://127.0.0.1:{}", link.port)).collect();
            let environment = [
                ("CONFAB_DATABASE_URL", postgres.url(database.port)),
                ("CONFAB_DATA", root.join(format!("data-{number}")).display().to_string()),
                ("CONFAB_NATS_URL", urls.join(",")),
                ("CONFAB_NATS_MONITOR_URL", monitors.join(",")),
                ("CONFAB_NATS_REPLICAS", nats::NODES.to_string()),
                ("CONFAB_SIGN_IN_RATE", "1000000".to_owned()),
                ("CONFAB_LOG", "warn".to_owned()),
            ];
            let environment = environment.map(|(name, value)| (name.to_owned(), value)).to_vec();
            let log = root.join(format!("confab-{number}.log"));
            processes.push(Process::new(programs.confab.clone(), environment, log)?);
            database_links.push(database);
            bus_links.push(buses);
        }
        let mut cluster = Self {
            processes,
            postgres,
            nodes,
            database_links,
            bus_links,
            sessions: Vec::new(),
            postgres_volume,
            nats_volume,
            dark: None,
            scratch,
        };
        // One after the other: the first brings the schema up to date.
        for process in &mut cluster.processes {
            process.start().await?;
        }
        Ok(cluster)
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
        for link in self.database_links.iter().chain(self.bus_links.iter().flatten()) {
            link.set(Mode::Whole);
        }
        for volume in self.postgres_volume.iter().chain(&self.nats_volume) {
            volume.empty();
        }
        if let Some(dark) = self.dark.take() {
            self.power_on(dark).await?;
        }
        self.postgres.signal(Signal::CONT);
        self.nodes.iter().for_each(|node| node.signal(Signal::CONT));
        self.processes.iter().for_each(|process| process.signal(Signal::CONT));
        for node in &mut self.nodes {
            if !node.is_alive() {
                node.start()?;
            }
        }
        if !self.postgres.is_running() {
            self.postgres.start().await?;
        }
        self.sessions.clear();
        let let_go = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                      WHERE application_name = 'psql' AND pid <> pg_backend_pid(); \
                      ALTER ROLE confab CONNECTION LIMIT -1; \
                      UPDATE chaos SET at_commit = 0, at_insert = 0 WHERE at_commit + at_insert > 0";
        self.persist(let_go).await?;
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

    /// Tells Postgres something until it takes it: it may be recovering.
    async fn persist(&self, sql: &str) -> Result<()> {
        let mut last = Failure::new("never asked");
        for _ in 0..ATTEMPTS {
            match self.postgres.of_confab(sql).await {
                Ok(_) => return Ok(()),
                Err(error) => last = error,
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Err(last)
    }

    /// After a power cut: whoever ran there is gone, the file system is mounted again.
    async fn power_on(&mut self, dark: Dark) -> Result<()> {
        let volume = match dark {
            Dark::Postgres => {
                self.postgres.signal(Signal::KILL);
                &self.postgres_volume
            }
            Dark::Nats => {
                for node in &mut self.nodes {
                    node.kill().await;
                }
                &self.nats_volume
            }
        };
        let Some(volume) = volume else { return Ok(()) };
        let mut unmounted = volume.unmount().await;
        for _ in 0..ATTEMPTS {
            if unmounted.is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            unmounted = volume.unmount().await;
        }
        unmounted?;
        volume.mount().await?;
        if dark == Dark::Postgres {
            self.postgres.forget_process();
        }
        Ok(())
    }

    /// What Postgres needs to refuse at will: a trigger that reads how often.
    ///
    /// # Errors
    /// Postgres refuses it.
    pub async fn prepare_refusals(&self) -> Result<()> {
        let sql = "CREATE TABLE chaos (at_commit real NOT NULL, at_insert real NOT NULL); \
             INSERT INTO chaos VALUES (0, 0); GRANT SELECT ON chaos TO confab; \
             CREATE FUNCTION chaos_commit() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN IF random() < (SELECT at_commit FROM chaos) THEN RAISE EXCEPTION ''refused at the commit''; \
              END IF; RETURN NULL; END'; \
             CREATE FUNCTION chaos_insert() RETURNS trigger LANGUAGE plpgsql AS \
             'BEGIN IF random() < (SELECT at_insert FROM chaos) THEN RAISE EXCEPTION ''refused''; \
              END IF; RETURN NEW; END'; \
             CREATE CONSTRAINT TRIGGER chaos_commit AFTER INSERT ON event \
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION chaos_commit(); \
             CREATE TRIGGER chaos_insert BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION chaos_insert()";
        self.postgres.of_confab(sql).await.map(drop)
    }

    /// Ends everything in order.
    pub async fn end(mut self) {
        for process in &mut self.processes {
            process.kill().await;
        }
        for node in &mut self.nodes {
            node.kill().await;
        }
        self.postgres.stop().await;
    }
}

fn open_to_all(directory: &TempDir) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o755))?)
}
