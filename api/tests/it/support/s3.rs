//! A real S3 server on loopback, which tests can stop and restart.
//!
//! The binary is that of `CONFAB_TEST_S3_SERVER` (s3s-fs). Without it tests fail in CI, and are skipped by name
//! elsewhere.

use std::process::Stdio;

use api::ground::config::S3Settings;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::support::store::setting;

const BUCKET: &str = "confab";
const KEY: &str = "AKIACONFABTEST";
const SECRET: &str = "a secret of the tests";

/// A running server with one bucket, killed on drop.
pub struct S3Server {
    program: String,
    directory: TempDir,
    port: u16,
    child: Child,
    /// Kept open, since the server keeps writing.
    _output: Lines<BufReader<ChildStdout>>,
}

impl S3Server {
    /// Starts a server. `None` if none is configured outside of CI.
    pub async fn start(test: &str) -> Option<Self> {
        let Some(program) = setting("CONFAB_TEST_S3_SERVER") else {
            assert!(setting("CI").is_none(), "CI needs CONFAB_TEST_S3_SERVER");
            println!("skipped: {test} needs CONFAB_TEST_S3_SERVER");
            return None;
        };
        let directory = TempDir::new().unwrap();
        std::fs::create_dir(directory.path().join(BUCKET)).unwrap();
        let (child, output, port) = spawn(&program, &directory, 0).await;
        Some(Self { program, directory, port, child, _output: output })
    }

    pub fn settings(&self) -> S3Settings {
        S3Settings {
            bucket: Some(BUCKET.into()),
            endpoint: Some(format!("http://127.0.0.1:{}", self.port)),
            access_key_id: Some(KEY.into()),
            secret_access_key: Some(SECRET.into()),
            ..S3Settings::default()
        }
    }

    /// Kills the server with SIGKILL.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Restarts the server on the same port.
    pub async fn restart(&mut self) {
        (self.child, self._output, _) = spawn(&self.program, &self.directory, self.port).await;
    }
}

async fn spawn(program: &str, directory: &TempDir, port: u16) -> (Child, Lines<BufReader<ChildStdout>>, u16) {
    let mut child = Command::new(program)
        .args(["--host", "127.0.0.1", "--port", &port.to_string(), "--access-key", KEY, "--secret-key", SECRET])
        .arg(directory.path())
        .env("RUST_LOG", "info")
        .env("NO_COLOR", "1")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    loop {
        let line = lines.next_line().await.unwrap().expect("the S3 server starts");
        if let Some((_, address)) = line.split_once("http://127.0.0.1:") {
            return (child, lines, address.trim().parse().unwrap());
        }
    }
}
