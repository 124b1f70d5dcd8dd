//! The processes that a measurement starts: one Confab server, and one of NATS where a fleet is measured.
//!
//! They listen on loopback, write their logs beside their data, and end with what holds them.

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

/// How long a process may take to start, and to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// `confab serve`.
#[derive(Debug)]
pub struct Server {
    /// Its process.
    pub pid: u32,
    port: u16,
    child: Child,
    /// Held, so that what it prints has somewhere to go.
    _printed: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Starts one and waits until it says that it runs.
    ///
    /// # Errors
    /// It ends, or says nothing for long.
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
        let output = child.stdout.take().ok_or_else(|| Failure::new("a child without output"))?;
        let mut printed = BufReader::new(output).lines();
        let line = timeout(PATIENCE, printed.next_line()).await;
        let line = line.map_err(|_| Failure::new("the server did not start within 60 s"))??;
        if line.is_none() {
            let said = std::fs::read_to_string(&path).unwrap_or_default();
            return Err(Failure::new(format!("the server ended at its start: {}", said.trim())));
        }
        let pid = child.id().ok_or_else(|| Failure::new("the server ended at its start"))?;
        Ok(Self { pid, port, child, _printed: printed })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// Never: it is on this machine.
    pub async fn target(&self) -> Result<Target> {
        Target::find(&format!("http://127.0.0.1:{}", self.port), false).await
    }

    /// Asks it to end and waits until it has.
    ///
    /// # Errors
    /// It does not.
    pub async fn stop(mut self) -> Result<()> {
        if let Some(pid) = i32::try_from(self.pid).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let ended = timeout(PATIENCE, self.child.wait()).await;
        ended.map_err(|_| Failure::new("the server did not end within 60 s"))??;
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
    /// Starts one that keeps its files in a directory.
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
        Err(Failure::new("nats-server does not start"))
    }

    /// What a server of the fleet is told.
    pub fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.port)
    }

    /// Messages that it got so far.
    ///
    /// # Errors
    /// It does not answer.
    pub async fn messages(&self) -> Result<f64> {
        // In HTTP/1.0 the answer comes in one piece and ends with the connection.
        let mut stream = TcpStream::connect(("127.0.0.1", self.monitor)).await?;
        stream.write_all(b"GET /varz HTTP/1.0\r\n\r\n").await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
        let told: Value = serde_json::from_str(body).map_err(Failure::new)?;
        told["in_msgs"].as_f64().ok_or_else(|| Failure::new("NATS does not count messages"))
    }
}

/// A port that nobody listens on now.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Copies a directory with all that is in it; only the owner may read the copy.
///
/// # Errors
/// Something cannot be read or written.
pub fn copy(from: &Path, to: &PathBuf) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().mode(0o700).create(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let place = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &place)?;
        } else {
            std::fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}
