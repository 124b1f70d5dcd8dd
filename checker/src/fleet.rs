//! The shared dependencies of a fleet: Postgres, three NATS servers, and a separate link between each process and
//! each server.

use std::path::Path;
use std::time::Duration;

use link::{Link, Mode};
use rustix::process::Signal;
use testbed::id::fresh;
use testbed::nats::Nats;
use tokio::process::Child;

use crate::cluster::{Programs, START_ATTEMPTS};
use crate::postgres::Postgres;
use crate::volume::Volume;
use crate::{Failure, Result};

/// Number of Confab processes.
pub const PROCESS_COUNT: usize = 3;
/// Number of NATS servers.
pub const NODE_COUNT: usize = 3;

/// The dependencies and links of a fleet.
#[derive(Debug)]
pub struct Fleet {
    pub postgres: Postgres,
    pub nodes: Vec<Nats>,
    /// Links from each process to Postgres.
    pub database_links: Vec<Link>,
    /// Links from each process to each NATS server.
    pub bus_links: Vec<Vec<Link>>,
    /// Sessions that hold locks in Postgres.
    pub sessions: Vec<Child>,
    /// The file system of the NATS servers.
    pub volume: Option<Volume>,
}

impl Fleet {
    /// Starts all dependencies, with the Postgres data under `home`.
    ///
    /// # Errors
    /// A dependency does not start.
    pub async fn start(programs: &Programs, scratch: &Path, home: &Path) -> Result<Self> {
        let volume = Volume::make(scratch, "nats").await;
        let password = fresh().simple().to_string();
        let postgres = Postgres::make(&programs.postgres_bin, &home.join("cluster"), password).await?;
        let stores = volume.as_ref().map_or_else(|| scratch.join("nats"), |volume| volume.path.clone());
        let nodes = Nats::start_cluster(&programs.nats_server, &stores, NODE_COUNT).await?;
        let (mut database_links, mut bus_links) = (Vec::new(), Vec::new());
        for _ in 0..PROCESS_COUNT {
            database_links.push(Link::to(postgres.port).await?);
            let mut buses = Vec::new();
            for node in &nodes {
                buses.push(Link::to(node.port).await?);
            }
            bus_links.push(buses);
        }
        Ok(Self { postgres, nodes, database_links, bus_links, sessions: Vec::new(), volume })
    }

    /// The settings of a process.
    pub fn environment(&self, process: usize) -> Vec<(&'static str, String)> {
        let addresses = |scheme: &str, ports: Vec<u16>| {
            ports.iter().map(|port| format!("{scheme}://127.0.0.1:{port}")).collect::<Vec<_>>().join(",")
        };
        let buses = self.bus_links[process].iter().map(|link| link.port).collect();
        let monitors = self.nodes.iter().map(|node| node.monitor_port).collect();
        vec![
            ("CONFAB_DATABASE_URL", self.postgres.url(self.database_links[process].port)),
            ("CONFAB_NATS_URL", addresses("nats", buses)),
            ("CONFAB_NATS_MONITOR_URL", addresses("http", monitors)),
            ("CONFAB_NATS_REPLICAS", NODE_COUNT.to_string()),
        ]
    }

    /// Ends all faults of the dependencies.
    ///
    /// # Errors
    /// A dependency does not recover.
    pub async fn heal(&mut self) -> Result<()> {
        for link in self.database_links.iter().chain(self.bus_links.iter().flatten()) {
            link.set(Mode::Connected);
        }
        self.postgres.signal(Signal::CONT);
        self.nodes.iter().for_each(|node| node.signal(Signal::CONT));
        for node in &mut self.nodes {
            // As after a full disk. NATS requires a restart then.
            if node.monitor("/jsz").await.is_some_and(|state| state["disabled"] == true) {
                node.kill().await;
            }
            if !node.is_alive() {
                node.spawn()?;
            }
        }
        if !self.postgres.is_running() {
            self.postgres.start().await?;
        }
        self.sessions.clear();
        let release = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                      WHERE application_name = 'psql' AND pid <> pg_backend_pid(); \
                      ALTER ROLE confab CONNECTION LIMIT -1; \
                      UPDATE chaos SET at_commit = 0, at_insert = 0 WHERE at_commit + at_insert > 0";
        self.execute_with_retries(release).await
    }

    /// Executes a statement with retries, since Postgres may be recovering.
    async fn execute_with_retries(&self, sql: &str) -> Result<()> {
        let mut last = Failure::new("never executed");
        for _ in 0..START_ATTEMPTS {
            match self.postgres.execute_in_confab(sql).await {
                Ok(_) => return Ok(()),
                Err(error) => last = error,
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        Err(last)
    }

    /// Creates the triggers by which Postgres rejects statements or commits at a given rate.
    ///
    /// # Errors
    /// Postgres rejects a statement.
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
        self.postgres.execute_in_confab(sql).await.map(drop)
    }

    /// Stops all dependencies.
    pub async fn end(mut self) {
        for node in &mut self.nodes {
            node.kill().await;
        }
        self.postgres.stop().await;
    }
}
