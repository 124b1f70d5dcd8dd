//! A real nats-server of the test's own, on loopback: started, killed, wiped, started again.
//!
//! Its program is the one of `CONFAB_TEST_NATS_SERVER`; without it the test fails in CI, and is skipped by
//! name elsewhere.

use std::process::Stdio;

use api::config::NatsSettings;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStderr, Command};

use crate::store::setting;

/// A running server. Dropping it kills it.
pub struct NatsServer {
    program: String,
    directory: TempDir,
    port: u16,
    monitor: u16,
    child: Child,
    /// Read no further, but open: the server says more.
    _output: Lines<BufReader<ChildStderr>>,
}

impl NatsServer {
    /// Starts one that syncs what it acknowledges; `None` where there is none and need not be.
    pub async fn start(test: &str) -> Option<Self> {
        Self::start_with(test, "always").await
    }

    /// The same with another `sync_interval`.
    pub async fn start_with(test: &str, sync_interval: &str) -> Option<Self> {
        Self::start_configured(test, sync_interval, "").await
    }

    /// One that does not let everybody in.
    pub async fn start_guarded(test: &str, guard: &str) -> Option<Self> {
        Self::start_configured(test, "always", guard).await
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

    /// Where clients connect.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Where it tells of itself.
    pub fn monitor_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.monitor)
    }

    /// The settings of a process on it.
    pub fn settings(&self) -> NatsSettings {
        NatsSettings { url: Some(self.url()), monitor_url: Some(self.monitor_url()), ..NatsSettings::default() }
    }

    /// Kills it with SIGKILL.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Starts it again where it was.
    pub async fn start_again(&mut self) {
        let (child, output, ..) = spawn(&self.program, &self.directory, self.port.into(), self.monitor.into()).await;
        (self.child, self._output) = (child, output);
    }

    /// Takes away all that it has stored. It must not be running.
    pub fn wipe(&self) {
        std::fs::remove_dir_all(self.directory.path().join("store")).unwrap();
    }

    /// A client of the test's own.
    pub async fn client(&self) -> async_nats::Client {
        async_nats::connect(self.url()).await.unwrap()
    }
}

/// Starts the program and waits until it is ready; answers the ports that it took.
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
    let (mut taken, mut monitoring, mut said) = (0, 0, String::new());
    while let Some(line) = lines.next_line().await.unwrap() {
        let number = || line.rsplit_once(':').and_then(|(_, port)| port.trim().parse().ok()).unwrap_or(0);
        if line.contains("Listening for client connections on") {
            taken = number();
        } else if line.contains("Starting http monitor on") {
            monitoring = number();
        } else if line.contains("Server is ready") {
            return (child, lines, taken, monitoring);
        }
        said += &(line + "\n");
    }
    panic!("nats-server did not start: {said}");
}
