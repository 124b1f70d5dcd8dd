//! Child processes: a Confab server, and signals.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::{Failure, Result};

/// The longest time for a server to start, and to stop after SIGTERM.
const LIFECYCLE_TIMEOUT: Duration = Duration::from_secs(20);

/// One `confab serve`.
#[derive(Debug)]
pub struct Process {
    pub address: SocketAddr,
    program: PathBuf,
    pub environment: Vec<(String, String)>,
    log: PathBuf,
    running: Option<(Child, Lines<BufReader<ChildStdout>>)>,
}

impl Process {
    /// Prepares a process without starting it.
    ///
    /// # Errors
    /// No port is free.
    pub fn new(program: PathBuf, environment: Vec<(String, String)>, log: PathBuf) -> Result<Self> {
        let address = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        Ok(Self { address, program, environment, log, running: None })
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        let data = self.environment.iter().find(|(name, _)| name == "CONFAB_DATA");
        data.map(|(_, data)| data.into()).unwrap_or_default()
    }

    /// Starts the server behind a command prefix and waits until it is ready.
    ///
    /// # Errors
    /// It exited, or was not ready in time.
    pub async fn start_with_prefix(&mut self, prefix: &[String]) -> Result<()> {
        let log = File::options().create(true).append(true).open(&self.log)?;
        let mut words = prefix.iter().map(PathBuf::from).chain([self.program.clone()]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).args(["serve", "--listen", &self.address.to_string()]);
        command.envs(self.environment.iter().cloned());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or_else(|| Failure::new("child without stdout"))?;
        let mut lines = BufReader::new(output).lines();
        let line =
            timeout(LIFECYCLE_TIMEOUT, lines.next_line()).await.map_err(|_| Failure::new("confab did not start"))??;
        line.ok_or_else(|| Failure::new(format!("confab exited during startup: see {}", self.log.display())))?;
        self.running = Some((child, lines));
        Ok(())
    }

    /// Starts the server and waits until it is ready.
    ///
    /// # Errors
    /// It exited, or was not ready in time.
    pub async fn start(&mut self) -> Result<()> {
        self.start_with_prefix(&[]).await
    }

    /// Whether it runs or is frozen.
    pub fn is_alive(&mut self) -> bool {
        self.running.as_mut().is_some_and(|(child, _)| matches!(child.try_wait(), Ok(None)))
    }

    /// The process id, if started.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().and_then(|(child, _)| child.id())
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            send(pid, signal);
        }
    }

    /// Kills it with SIGKILL.
    pub async fn kill(&mut self) {
        if let Some((mut child, _)) = self.running.take() {
            let _ = child.kill().await;
        }
    }

    /// Stops it with SIGTERM, and kills it after a timeout.
    pub async fn end(&mut self) {
        self.signal(Signal::TERM);
        if let Some((mut child, _)) = self.running.take()
            && timeout(LIFECYCLE_TIMEOUT, child.wait()).await.is_err()
        {
            let _ = child.kill().await;
        }
    }
}

/// Sends a signal to a process.
pub fn send(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// A free port.
///
/// # Errors
/// None is free.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Runs a command to completion and returns its output.
///
/// # Errors
/// It cannot be started, or failed; the error contains its stderr.
pub async fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Failure::new(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))))
}
