//! The real binary as a separate process, which tests can kill and restart.

use std::net::SocketAddr;
use std::process::Stdio;

use api::ground::config::RateSettings;
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

use crate::support::server::{Request, Response};
use crate::support::store::Store;

/// Listens on any free port.
const SERVE_ARGUMENTS: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// A running `confab serve`, killed on drop.
pub struct Process {
    pub address: SocketAddr,
    child: Child,
    /// Kept open, since the server may write more.
    output: Lines<BufReader<ChildStdout>>,
    log: Option<NamedTempFile>,
}

impl Process {
    /// Starts a server and waits until it prints its address.
    pub async fn start(store: &Store) -> Self {
        Self::start_with_failpoint(store, None).await
    }

    /// The same with an armed fail point, `name:count`.
    pub async fn start_with_failpoint(store: &Store, failpoint: Option<&str>) -> Self {
        let mut command = confab(store, &SERVE_ARGUMENTS);
        if let Some(failpoint) = failpoint {
            command.env("CONFAB_FAILPOINT", failpoint);
        }
        Self::spawn(command).await
    }

    /// The same with a hard limit on open files.
    pub async fn start_with_file_limit(store: &Store, files: usize) -> Self {
        let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_confab")]);
        Self::spawn(settled(command, store, &SERVE_ARGUMENTS)).await
    }

    /// The same, logging to a separate file.
    pub async fn start_with_log(store: &Store, level: &str) -> Self {
        let log = NamedTempFile::new().unwrap();
        let mut command = confab(store, &SERVE_ARGUMENTS);
        command.env("CONFAB_LOG", level).stderr(log.reopen().unwrap());
        Self { log: Some(log), ..Self::spawn(command).await }
    }

    /// Kills the server. Returns everything it logged and printed.
    pub async fn kill_and_read_log(mut self) -> String {
        self.kill().await;
        let mut output = std::fs::read_to_string(self.log.as_ref().unwrap()).unwrap();
        while let Some(line) = self.output.next_line().await.unwrap() {
            output.push_str(&line);
        }
        output
    }

    /// Sends a request and reads the complete response.
    pub async fn send(&self, request: Request) -> Response {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(&request.bytes(self.address)).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        Response::read(&bytes)
    }

    async fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().expect("the server starts");
        let address = line.rsplit_once("http://").map(|(_, address)| address.parse());
        let address = address.unwrap_or_else(|| panic!("no address in {line:?}")).unwrap();
        Self { address, child, output: lines, log: None }
    }

    /// Waits until the process has been killed.
    pub async fn wait_for_crash(&mut self) {
        let status = self.child.wait().await.unwrap();
        assert!(!status.success(), "the server exited: {status}");
    }

    /// Kills the process with SIGKILL.
    pub async fn kill(&mut self) {
        self.child.start_kill().unwrap();
        self.wait_for_crash().await;
    }
}

/// Runs a command with extra environment variables. Returns whether it succeeded, and its output on both streams.
pub async fn run_with(store: &Store, arguments: &[&str], environment: &[(&str, &str)]) -> (bool, String) {
    let mut command = confab(store, arguments);
    command.envs(environment.iter().copied()).kill_on_drop(true);
    let output = command.output().await.unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// Runs a command. Returns whether it succeeded, and its standard output.
pub async fn run(store: &Store, arguments: &[&str]) -> (bool, String) {
    let output = confab(store, arguments).output().await.unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

/// Verifies all logs with `confab verify`.
pub async fn verify(store: &Store) {
    let (succeeded, output) = run(store, &["verify"]).await;
    assert!(succeeded && output.trim_end().ends_with(" 0 errors."), "{output}");
}

fn confab(store: &Store, arguments: &[&str]) -> Command {
    settled(Command::new(env!("CARGO_BIN_EXE_confab")), store, arguments)
}

/// Configures a command for this store.
fn settled(mut command: Command, store: &Store, arguments: &[&str]) -> Command {
    command.args(arguments).arg("--data").arg(store.directory.path());
    command.env("CONFAB_LOG", "error").env("CONFAB_WORKSPACE_CREATION", "everyone").stdin(Stdio::null());
    for scope in ["ACCOUNT", "ADDRESS", "WORKSPACE"] {
        command.env(format!("CONFAB_{scope}_RATE_FACTOR"), RateSettings::MAX.to_string());
    }
    if let Some(url) = store.database_url() {
        command.env("CONFAB_DATABASE_URL", url);
    }
    if let Some(nats) = store.nats() {
        command.env("CONFAB_NATS_URL", nats.url()).env("CONFAB_NATS_MONITOR_URL", nats.monitor_url());
    }
    command
}
