//! A temporary Postgres cluster that can be started, crashed, frozen and queried.
//!
//! It is in the scratch directory or on a separate file system, listens on loopback, and is durable (`fsync=on`).

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rustix::process::{Signal, geteuid};
use testbed::process::{free_port, output, send_signal};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::{Failure, Result};

/// The longest time for a statement of the checker.
const STATEMENT_TIMEOUT: Duration = Duration::from_secs(20);
/// The database, and the role that Confab connects as.
const DATABASE: &str = "confab";

/// A running Postgres cluster.
#[derive(Debug)]
pub struct Postgres {
    bin: PathBuf,
    directory: PathBuf,
    password: String,
    pub port: u16,
    /// Process id of the postmaster; 0 if stopped. Its file is unreadable after a power cut.
    postmaster: AtomicU32,
}

impl Postgres {
    /// Creates a cluster in a directory and starts it.
    ///
    /// # Errors
    /// `initdb` or the start failed.
    pub async fn make(bin: &Path, directory: &Path, password: String) -> Result<Self> {
        std::fs::create_dir_all(directory)?;
        let (bin, directory, port) = (bin.to_owned(), directory.to_owned(), free_port()?);
        let postgres = Self { bin, directory, password, port, postmaster: AtomicU32::new(0) };
        let directory = &postgres.directory;
        let secret = directory.join("password");
        std::fs::write(&secret, &postgres.password)?;
        if geteuid().is_root() {
            output(Command::new("chown").args(["-R", "postgres"]).arg(directory)).await?;
        }
        let mut initdb = postgres.program("initdb");
        initdb.arg("-D").arg(postgres.data()).arg("--pwfile").arg(&secret);
        initdb.args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-locale"]);
        output(&mut initdb).await?;
        postgres.start().await?;
        let role = format!("CREATE ROLE {DATABASE} LOGIN PASSWORD '{}'", postgres.password);
        postgres.execute("postgres", &role).await?;
        postgres.execute("postgres", &format!("CREATE DATABASE {DATABASE} OWNER {DATABASE}")).await?;
        Ok(postgres)
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// Postgres refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let program = self.bin.join(name);
        let mut command = if geteuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir("/");
        command
    }

    /// Starts it and waits until it accepts connections.
    ///
    /// # Errors
    /// It does not start.
    pub async fn start(&self) -> Result<()> {
        let options = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1 -c max_connections=150 -c fsync=on -c shared_buffers=64MB",
            self.port,
            self.directory.display()
        );
        let mut start = self.program("pg_ctl");
        start
            .arg("-D")
            .arg(self.data())
            .arg("-l")
            .arg(self.directory.join("log"))
            .args(["-w", "-o", &options, "start"]);
        // If it inherited our end of the pipe, we would wait for the server itself.
        let status = start.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null()).status().await?;
        status.success().then_some(()).ok_or_else(|| Failure::new("Postgres did not start"))?;
        let file = std::fs::read_to_string(self.data().join("postmaster.pid"))?;
        let pid = file.lines().next().and_then(|line| line.trim().parse().ok()).unwrap_or(0);
        self.postmaster.store(pid, Ordering::SeqCst);
        Ok(())
    }

    /// Stops it immediately, like a crash.
    pub async fn stop(&self) {
        let mut stop = self.program("pg_ctl");
        let _ = output(stop.arg("-D").arg(self.data()).args(["-m", "immediate", "-w", "stop"])).await;
    }

    /// Whether it runs. A zombie does not.
    pub fn is_running(&self) -> bool {
        let state = self.postmaster().and_then(stat).map(|(state, _)| state);
        state.is_some_and(|state| state != "Z")
    }

    /// After a power cut, recorded process ids are stale, as after a reboot.
    pub fn forget_process(&self) {
        self.postmaster.store(0, Ordering::SeqCst);
        let _ = std::fs::remove_file(self.data().join("postmaster.pid"));
        let _ = std::fs::remove_file(self.directory.join(format!(".s.PGSQL.{}.lock", self.port)));
    }

    /// The connection URL of Confab through a port.
    pub fn url(&self, port: u16) -> String {
        format!("postgres://{DATABASE}:{}@127.0.0.1:{port}/{DATABASE}", self.password)
    }

    fn postmaster(&self) -> Option<u32> {
        Some(self.postmaster.load(Ordering::SeqCst)).filter(|pid| *pid != 0)
    }

    /// Sends a signal to all its processes.
    pub fn signal(&self, signal: Signal) {
        let Some(postmaster) = self.postmaster() else { return };
        // Listed first: when the postmaster dies, its children are reparented.
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        let children: Vec<u32> =
            pids.filter(|pid| stat(*pid).is_some_and(|(_, parent)| parent == postmaster)).collect();
        send_signal(postmaster, signal);
        children.into_iter().for_each(|pid| send_signal(pid, signal));
    }

    fn psql(&self, database: &str) -> Command {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.env("PGPASSWORD", &self.password).env("PGOPTIONS", "-c client_min_messages=warning");
        psql.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", "postgres", "-d", database]);
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"]);
        psql
    }

    /// Executes a statement as superuser without a link, and returns the output.
    ///
    /// # Errors
    /// The statement failed or timed out.
    pub async fn execute(&self, database: &str, sql: &str) -> Result<String> {
        let asked = timeout(STATEMENT_TIMEOUT, output(self.psql(database).args(["-c", sql]))).await;
        asked.map_err(|_| Failure::new(format!("Postgres did not respond: {sql}")))?
    }

    /// Executes a statement in Confab's database.
    ///
    /// # Errors
    /// As for [`Self::execute`].
    pub async fn execute_in_confab(&self, sql: &str) -> Result<String> {
        self.execute(DATABASE, sql).await
    }

    /// Starts a session that runs statements until it is dropped.
    ///
    /// # Errors
    /// `psql` cannot be started.
    pub fn session(&self, sql: &str) -> Result<Child> {
        let mut psql = self.psql(DATABASE);
        psql.args(["-c", sql]).stdin(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        Ok(psql.stderr(std::process::Stdio::null()).kill_on_drop(true).spawn()?)
    }
}

/// The state and the parent of a process.
fn stat(pid: u32) -> Option<(String, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}

impl Drop for Postgres {
    /// Stops all processes, however the run ended.
    fn drop(&mut self) {
        self.signal(Signal::CONT);
        if let Some(postmaster) = self.postmaster() {
            // SIGQUIT: immediate shutdown of all children.
            send_signal(postmaster, Signal::QUIT);
        }
    }
}
