//! The real server as a process: `confab serve` on a free loopback port, which can be stopped, killed, frozen and
//! restarted on the same port.

use std::net::SocketAddr;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use crate::Result;
use crate::process::Process;

/// What the server prints once it is ready, before its address.
const READY_MARKER: &str = "Confab is running: http://";

/// One `confab serve`, killed when dropped.
#[derive(Debug)]
pub struct Server {
    /// Chosen by the system at the first start and kept by later ones.
    pub address: SocketAddr,
    program: PathBuf,
    data: PathBuf,
    environment: Vec<(String, String)>,
    process: Process,
}

impl Server {
    /// Describes a server with its data directory and log file, without starting it.
    pub fn new(program: &Path, data: &Path, log: &Path) -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            program: program.to_owned(),
            data: data.to_owned(),
            environment: Vec::new(),
            process: Process::new(log),
        }
    }

    /// Sets an environment variable from the next start on.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.environment.push((name.to_owned(), value.into()));
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// A command of the same program with the same environment, such as `confab verify`.
    pub fn command(&self, prefix: &[String], arguments: &[&str]) -> Command {
        let mut words = prefix.iter().map(PathBuf::from).chain([self.program.clone()]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).args(arguments).env("CONFAB_DATA", &self.data).stdin(Stdio::null());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts the server and waits until it is ready.
    pub async fn start(&mut self) -> Result<()> {
        self.start_with_prefix(&[]).await
    }

    /// The same behind a command prefix such as `env NAME=value`.
    pub async fn start_with_prefix(&mut self, prefix: &[String]) -> Result<()> {
        let mut command = self.command(prefix, &["serve", "--listen", &self.address.to_string()]);
        self.process.spawn(&mut command)?;
        let printed = |lines: &str| lines.lines().find_map(|line| line.strip_prefix(READY_MARKER)?.parse().ok());
        self.address = self.process.wait_for_output(printed).await?;
        Ok(())
    }
}

impl Deref for Server {
    type Target = Process;
    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}
