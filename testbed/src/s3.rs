//! A real S3 server (`s3s-fs`) on loopback with one bucket, which can be killed and restarted on the same port.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use tokio::process::Command;

use crate::Result;
use crate::process::Process;

/// The name of the bucket.
pub const BUCKET: &str = "confab";
/// The id of the access key.
pub const ACCESS_KEY_ID: &str = "AKIACONFABTEST";
/// The secret of the access key.
pub const SECRET_ACCESS_KEY: &str = "a secret of the tests";

/// A running server, killed when dropped.
#[derive(Debug)]
pub struct S3 {
    program: PathBuf,
    port: u16,
    process: Process,
    directory: TempDir,
}

impl S3 {
    /// Starts a server with its files in a directory of its own.
    pub async fn start(program: &Path) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        std::fs::create_dir_all(directory.path().join("objects").join(BUCKET))?;
        let process = Process::new(&directory.path().join("log"));
        let mut s3 = Self { program: program.to_owned(), port: 0, process, directory };
        s3.restart().await?;
        Ok(s3)
    }

    /// The URL of the endpoint.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Kills it with SIGKILL.
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Starts it, on its former port if it had one, and waits until it is ready.
    pub async fn restart(&mut self) -> Result<()> {
        let mut command = Command::new(&self.program);
        command.args(["--host", "127.0.0.1", "--port", &self.port.to_string()]);
        command.args(["--access-key", ACCESS_KEY_ID, "--secret-key", SECRET_ACCESS_KEY]);
        command.arg(self.directory.path().join("objects")).env("RUST_LOG", "info").env("NO_COLOR", "1");
        self.process.spawn(&mut command)?;
        let port = |line: &str| line.split_once("http://127.0.0.1:")?.1.trim().parse().ok();
        self.port = self.process.wait_for_output(|lines| lines.lines().find_map(port)).await?;
        Ok(())
    }
}
