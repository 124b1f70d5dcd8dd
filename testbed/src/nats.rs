//! Real NATS servers with `JetStream` on loopback, alone or as a cluster, which can be killed, frozen, wiped and
//! restarted on the same ports.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use crate::Result;
use crate::client::loopback_http;
use crate::process::{Process, free_port};

/// The longest wait for a response of the monitor.
const MONITOR_TIMEOUT: Duration = Duration::from_secs(5);

/// One server, killed when dropped.
#[derive(Debug)]
pub struct Nats {
    program: PathBuf,
    directory: PathBuf,
    /// Client port, once it is ready.
    pub port: u16,
    /// Monitoring port, once it is ready.
    pub monitor_port: u16,
    process: Process,
    _temporary: Option<TempDir>,
}

impl Nats {
    /// Starts a server with its files in a directory of its own. `sync_interval` is that of `JetStream`: `always`, or a
    /// duration. `more` is appended to its configuration.
    pub async fn start(program: &Path, sync_interval: &str, more: &str) -> Result<Self> {
        let temporary = tempfile::tempdir()?;
        let mut nats = Self::configure(program, temporary.path(), sync_interval, more)?;
        nats.restart().await?;
        Ok(Self { _temporary: Some(temporary), ..nats })
    }

    /// Starts a cluster whose servers sync before they acknowledge.
    pub async fn start_cluster(program: &Path, directory: &Path, count: usize) -> Result<Vec<Self>> {
        let routes = (0..count).map(|_| free_port()).collect::<Result<Vec<_>>>()?;
        let urls: Vec<String> = routes.iter().map(|route| format!("nats://127.0.0.1:{route}")).collect();
        let mut nodes = Vec::new();
        for (number, route) in routes.iter().enumerate() {
            let more = format!(
                "server_name: n{number}\ncluster {{ name: testbed, listen: 127.0.0.1:{route}, no_advertise: true, \
                 routes: [{}] }}\n",
                urls.join(", ")
            );
            let mut node = Self::configure(program, &directory.join(format!("nats-{number}")), "always", &more)?;
            node.spawn()?;
            nodes.push(node);
        }
        for node in &mut nodes {
            node.wait_until_ready().await?;
        }
        Ok(nodes)
    }

    fn configure(program: &Path, directory: &Path, sync_interval: &str, more: &str) -> Result<Self> {
        std::fs::create_dir_all(directory)?;
        let store = directory.join("store");
        let config = format!(
            "jetstream {{ store_dir: {store:?}, sync_interval: {sync_interval}, max_mem: 64MB, max_file: 2GB }}\n{more}"
        );
        std::fs::write(directory.join("nats.conf"), config)?;
        let process = Process::new(&directory.join("log"));
        let (program, directory) = (program.to_owned(), directory.to_owned());
        Ok(Self { program, directory, port: 0, monitor_port: 0, process, _temporary: None })
    }

    /// Starts the server, on its former ports if it had some, without waiting.
    pub fn spawn(&mut self) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.args(["--addr", "127.0.0.1"]);
        for (option, port) in [("--port", self.port), ("--http_port", self.monitor_port)] {
            // -1 is any free port.
            command.arg(option).arg(if port == 0 { "-1".to_owned() } else { port.to_string() });
        }
        command.arg("--config").arg(self.directory.join("nats.conf"));
        self.process.spawn(&mut command)
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        let port = |lines: &str, what: &str| {
            lines.lines().find(|line| line.contains(what))?.rsplit_once(':')?.1.trim().parse::<u16>().ok()
        };
        let ports = |lines: &str| {
            lines.contains("Server is ready").then_some(())?;
            port(lines, "Listening for client connections on").zip(port(lines, "Starting http monitor on"))
        };
        (self.port, self.monitor_port) = self.process.wait_for_output(ports).await?;
        Ok(())
    }

    /// Starts the server, on its former ports if it had some, and waits until it is ready.
    pub async fn restart(&mut self) -> Result<()> {
        self.spawn()?;
        self.wait_until_ready().await
    }

    /// The client URL.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The monitoring URL.
    pub fn monitor_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.monitor_port)
    }

    /// What the monitor returns at a path such as `/varz`, if it responds.
    pub async fn monitor(&self, path: &str) -> Option<Value> {
        let request = loopback_http().get(self.monitor_url() + path).timeout(MONITOR_TIMEOUT);
        request.send().await.ok()?.json().await.ok()
    }

    /// Deletes all stored data. The server must not be running.
    pub fn wipe(&self) {
        let _ = std::fs::remove_dir_all(self.directory.join("store"));
    }
}

impl Deref for Nats {
    type Target = Process;
    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Nats {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}
