//! A real nats-server on loopback, which tests can kill, wipe and restart.
//!
//! The binary is that of `CONFAB_TEST_NATS_SERVER`. Without it tests fail in CI, and are skipped by name elsewhere.

use std::process::Stdio;

use api::ground::config::NatsSettings;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use crate::support::store::setting;

/// A running server, killed on drop.
pub struct NatsServer {
    program: String,
    directory: TempDir,
    port: u16,
    monitor: u16,
    child: Child,
    /// Kept open, since the server keeps writing.
    _output: Lines<BufReader<ChildStderr>>,
}

impl NatsServer {
    /// Starts a server that syncs before it acknowledges. `None` if none is configured outside of CI.
    pub async fn start(test: &str) -> Option<Self> {
        Self::start_with(test, "always").await
    }

    /// The same with another `sync_interval`.
    pub async fn start_with(test: &str, sync_interval: &str) -> Option<Self> {
        Self::start_configured(test, sync_interval, "").await
    }

    /// Starts a server that requires authentication.
    pub async fn start_secured(test: &str, security: &str) -> Option<Self> {
        Self::start_configured(test, "always", security).await
    }

    async fn start_configured(test: &str, sync_interval: &str, more: &str) -> Option<Self> {
        let Some(program) = setting("CONFAB_TEST_NATS_SERVER") else {
            assert!(setting("CI").is_none(), "CI needs CONFAB_TEST_NATS_SERVER");
            println!("skipped: {test} needs CONFAB_TEST_NATS_SERVER");
            return None;
        };
        let directory = TempDir::new().unwrap();
        let config = format!(
            "jetstream {{ store_dir: {:?}, sync_interval: {sync_interval}, max_mem: 64MB, max_file: 1GB }}\n{more}",
            directory.path().join("store")
        );
        std::fs::write(directory.path().join("nats.conf"), config).unwrap();
        let (child, output, port, monitor) = spawn(&program, &directory, -1, -1).await;
        Some(Self { program, directory, port, monitor, child, _output: output })
    }

    /// The client URL.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// The monitoring URL.
    pub fn monitor_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.monitor)
    }

    /// The settings of a process on this server.
    pub fn settings(&self) -> NatsSettings {
        NatsSettings { url: Some(self.url()), monitor_url: Some(self.monitor_url()), ..NatsSettings::default() }
    }

    /// Kills the server with SIGKILL.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Restarts the server on the same ports.
    pub async fn restart(&mut self) {
        let (child, output, ..) = spawn(&self.program, &self.directory, self.port.into(), self.monitor.into()).await;
        (self.child, self._output) = (child, output);
    }

    /// Deletes all stored data. The server must not be running.
    pub fn wipe(&self) {
        std::fs::remove_dir_all(self.directory.path().join("store")).unwrap();
    }

    /// A NATS client for the test.
    pub async fn client(&self) -> async_nats::Client {
        async_nats::connect(self.url()).await.unwrap()
    }
}

/// Starts the binary and waits until it is ready. Returns its ports.
async fn spawn(
    program: &str,
    directory: &TempDir,
    port: i32,
    monitor: i32,
) -> (Child, Lines<BufReader<ChildStderr>>, u16, u16) {
    let mut child = Command::new(program)
        .args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--http_port", &monitor.to_string()])
        .arg("--config")
        .arg(directory.path().join("nats.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let (mut taken, mut monitoring, mut output) = (0, 0, String::new());
    while let Some(line) = lines.next_line().await.unwrap() {
        let number = || line.rsplit_once(':').and_then(|(_, port)| port.trim().parse().ok()).unwrap_or(0);
        if line.contains("Listening for client connections on") {
            taken = number();
        } else if line.contains("Starting http monitor on") {
            monitoring = number();
        } else if line.contains("Server is ready") {
            return (child, lines, taken, monitoring);
        }
        output += &(line + "\n");
    }
    panic!("nats-server did not start: {output}");
}
