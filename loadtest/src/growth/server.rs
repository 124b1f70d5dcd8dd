//! The processes of a measurement: one Confab server, and one NATS server for a fleet.
//!
//! They listen on loopback, log beside their data, and end when dropped.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::target::Target;
use crate::{Failure, Result};

/// The longest time for a process to start, and to stop.
const LIFECYCLE_TIMEOUT: Duration = Duration::from_secs(60);

/// `confab serve`.
#[derive(Debug)]
pub struct Server {
    /// Process id.
    pub pid: u32,
    port: u16,
    child: Child,
    /// Held, so that its output pipe stays open.
    _printed: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts a server and waits until it is ready.
    ///
    /// # Errors
    /// It exits, or is not ready in time.
    pub async fn start(program: &Path, data: &Path, settings: &[(&str, String)]) -> Result<Self> {
        let port = free_port()?;
        let path = data.with_extension("log");
        let log = File::options().create(true).append(true).open(&path)?;
        let mut command = Command::new(program);
        command.args(["serve", "--listen", &format!("127.0.0.1:{port}")]).env("CONFAB_DATA", data);
        command.envs(settings.iter().map(|(name, value)| (*name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let begun = command.spawn();
        let mut child = begun.map_err(|error| Failure::new(format!("{}: {error}", program.display())))?;
        let output = child.stdout.take().ok_or_else(|| Failure::new("child without stdout"))?;
        let mut printed = BufReader::new(output).lines();
        let line = timeout(LIFECYCLE_TIMEOUT, printed.next_line()).await;
        let line = line.map_err(|_| Failure::new("the server did not start within 60 s"))??;
        if line.is_none() {
            let log = std::fs::read_to_string(&path).unwrap_or_default();
            return Err(Failure::new(format!("the server exited during startup: {}", log.trim())));
        }
        let pid = child.id().ok_or_else(|| Failure::new("the server exited during startup"))?;
        Ok(Self { pid, port, child, _printed: printed })
    }

    /// Its address.
    ///
    /// # Errors
    /// Never: it is on this machine.
    pub async fn target(&self) -> Result<Target> {
        Target::find(&format!("http://127.0.0.1:{}", self.port), false).await
    }

    /// Stops it and waits for its end.
    ///
    /// # Errors
    /// It does not stop.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let ended = timeout(LIFECYCLE_TIMEOUT, self.child.wait()).await;
        ended.map_err(|_| Failure::new("the server did not stop within 60 s"))??;
        Ok(())
    }
}

/// A NATS server with JetStream.
#[derive(Debug)]
pub struct Nats {
    port: u16,
    monitor: u16,
    _child: Child,
}

impl Nats {
    /// Starts a server that stores its files in a directory.
    ///
    /// # Errors
    /// It does not listen.
    pub async fn start(program: &Path, directory: &Path) -> Result<Self> {
        let (port, monitor) = (free_port()?, free_port()?);
        let mut command = Command::new(program);
        command.args(["--addr", "127.0.0.1", "--port", &port.to_string(), "--http_port", &monitor.to_string()]);
        command.args(["--jetstream", "--store_dir"]).arg(directory.join("nats"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        let child = command.spawn().map_err(|error| Failure::new(format!("{}: {error}", program.display())))?;
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(Self { port, monitor, _child: child });
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(Failure::new("nats-server did not start"))
    }

    /// The URL for Confab servers.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Messages received so far.
    ///
    /// # Errors
    /// It does not respond.
    pub async fn messages(&self) -> Result<f64> {
        // HTTP/1.0: the response ends with the connection.
        let mut stream = TcpStream::connect(("127.0.0.1", self.monitor)).await?;
        stream.write_all(b"GET /varz HTTP/1.0\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        let status: Value = serde_json::from_str(body).map_err(Failure::new)?;
        status["in_msgs"].as_f64().ok_or_else(|| Failure::new("NATS reports no message count"))
    }
}

/// A free port.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Copies a directory recursively. Only the owner can read the copy.
///
/// # Errors
/// A file cannot be read or written.
pub fn copy(from: &Path, to: &PathBuf) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let destination = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &destination)?;
        } else {
            std::fs::copy(entry.path(), destination)?;
        }
    }
    Ok(())
}
