//! The real program as a process of its own: started, killed as by a power cut, started again.

use std::net::SocketAddr;
use std::process::Stdio;

use api::config::RateSettings;
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

use crate::server::{Reply, Request};
use crate::store::Store;

/// A server on any port.
const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// A running `confab serve`. Dropping it kills it.
pub struct Process {
    pub address: SocketAddr,
    child: Child,
    /// Read no further, but open: the server may say more.
    output: Lines<BufReader<ChildStdout>>,
    log: Option<NamedTempFile>,
}

impl Process {
    /// Starts a server and waits until it says where it is.
    pub async fn start(store: &Store) -> Self {
        Self::start_with(store, None).await
    }

    /// The same with an armed fail point, `name:count`.
    pub async fn start_with(store: &Store, failpoint: Option<&str>) -> Self {
        let mut command = confab(store, &SERVE);
        if let Some(failpoint) = failpoint {
            command.env("CONFAB_FAILPOINT", failpoint);
        }
        Self::spawn(command).await
    }

    /// The same with at most so many open files, which it cannot raise.
    pub async fn start_limited(store: &Store, files: usize) -> Self {
        let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &limited, env!("CARGO_BIN_EXE_confab")]);
        Self::spawn(settled(command, store, &SERVE)).await
    }

    /// The same, logging into a file of its own beside the data directory.
    pub async fn start_logging(store: &Store, level: &str) -> Self {
        let log = NamedTempFile::new().unwrap();
        let mut command = confab(store, &SERVE);
        command.env("CONFAB_LOG", level).stderr(log.reopen().unwrap());
        Self { log: Some(log), ..Self::spawn(command).await }
    }

    /// Kills it; answers all that it has said.
    pub async fn end_and_read_log(mut self) -> String {
        self.kill().await;
        let mut said = std::fs::read_to_string(self.log.as_ref().unwrap()).unwrap();
        while let Some(line) = self.output.next_line().await.unwrap() {
            said.push_str(&line);
        }
        said
    }

    /// Sends a request and reads the whole answer.
    pub async fn send(&self, request: Request) -> Reply {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(&request.bytes(self.address)).await.unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        Reply::read(&bytes)
    }

    async fn spawn(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().expect("the server starts");
        let address = line.rsplit_once("http://").map(|(_, address)| address.parse());
        let address = address.unwrap_or_else(|| panic!("no address in {line:?}")).unwrap();
        Self { address, child, output: lines, log: None }
    }

    /// Waits until it is dead, by whatever killed it.
    pub async fn died(&mut self) {
        let status = self.child.wait().await.unwrap();
        assert!(!status.success(), "the server ended by itself: {status}");
    }

    /// Kills it with SIGKILL.
    pub async fn kill(&mut self) {
        self.child.start_kill().unwrap();
        self.died().await;
    }
}

/// Runs a command with more in its environment; answers whether it succeeded, and all that it said.
pub async fn run_with(store: &Store, arguments: &[&str], environment: &[(&str, &str)]) -> (bool, String) {
    let mut command = confab(store, arguments);
    command.envs(environment.iter().copied()).kill_on_drop(true);
    let output = command.output().await.unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// Runs a command of the program to its end; answers whether it succeeded, and what it printed.
pub async fn run(store: &Store, arguments: &[&str]) -> (bool, String) {
    let output = confab(store, arguments).output().await.unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

/// Proves the logs with the program itself.
pub async fn verify(store: &Store) {
    let (proven, said) = run(store, &["verify"]).await;
    assert!(proven && said.trim_end().ends_with(" 0 flaws."), "{said}");
}

fn confab(store: &Store, arguments: &[&str]) -> Command {
    settled(Command::new(env!("CARGO_BIN_EXE_confab")), store, arguments)
}

/// A command with its arguments, on this store.
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
