//! The real server as a process on the store of a test, which can be killed and restarted, and its other commands.

use std::net::SocketAddr;

use api::ground::config::RateSettings;
use tempfile::NamedTempFile;
use testbed::server::Server;

use crate::support::{Request, Response, Store, exchange};

/// A running `confab serve`, killed on drop.
pub struct Process {
    pub address: SocketAddr,
    server: Server,
    /// Removed with the process.
    _log: NamedTempFile,
}

impl Process {
    /// Starts a server and waits until it prints its address.
    pub async fn start(store: &Store) -> Self {
        Self::start_with(store, &[], &[]).await
    }

    /// The same with an armed fail point, `name:count`.
    pub async fn start_with_failpoint(store: &Store, failpoint: Option<&str>) -> Self {
        let setting = failpoint.map(|failpoint| ("CONFAB_FAILPOINT", failpoint));
        Self::start_with(store, setting.as_slice(), &[]).await
    }

    /// The same with a hard limit on open files.
    pub async fn start_with_file_limit(store: &Store, files: usize) -> Self {
        let limited = format!("ulimit -n {files} && exec \"$0\" \"$@\"");
        Self::start_with(store, &[], &["sh".to_owned(), "-c".to_owned(), limited]).await
    }

    /// The same with another log level.
    pub async fn start_with_log(store: &Store, level: &str) -> Self {
        Self::start_with(store, &[("CONFAB_LOG", level)], &[]).await
    }

    async fn start_with(store: &Store, environment: &[(&str, &str)], prefix: &[String]) -> Self {
        let log = NamedTempFile::new().unwrap();
        let mut server = confab(store, log.path());
        for (name, value) in environment {
            server.set(name, *value);
        }
        server.start_with_prefix(prefix).await.unwrap();
        Self { address: server.address, server, _log: log }
    }

    /// Kills the server. Returns everything it logged and printed.
    pub async fn kill_and_read_log(mut self) -> String {
        self.kill().await;
        self.server.output()
    }

    /// Sends a request and reads the complete response.
    pub async fn send(&self, request: Request) -> Response {
        exchange(self.address, &request).await
    }

    /// Waits until the process has been killed.
    pub async fn wait_for_crash(&mut self) {
        assert!(!self.server.wait().await.unwrap(), "the server exited: {}", self.server.output());
    }

    /// Kills the process with SIGKILL.
    pub async fn kill(&mut self) {
        self.server.kill().await;
        self.wait_for_crash().await;
    }
}

impl Drop for Process {
    /// Shows the log beside the output of a failed test.
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.server.output());
        }
    }
}

/// Runs a command with extra environment variables. Returns whether it succeeded, and its output on both streams.
pub async fn run_with(store: &Store, arguments: &[&str], environment: &[(&str, &str)]) -> (bool, String) {
    let mut command = confab(store, "/dev/null".as_ref()).command(&[], arguments);
    let output = command.envs(environment.iter().copied()).kill_on_drop(true).output().await.unwrap();
    (output.status.success(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

/// Runs a command. Returns whether it succeeded, and its standard output.
pub async fn run(store: &Store, arguments: &[&str]) -> (bool, String) {
    let output = confab(store, "/dev/null".as_ref()).command(&[], arguments).output().await.unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

/// Verifies all logs with `confab verify`.
pub async fn verify(store: &Store) {
    let (succeeded, output) = run(store, &["verify"]).await;
    assert!(succeeded && output.trim_end().ends_with(" 0 errors."), "{output}");
}

/// The server of this store.
fn confab(store: &Store, log: &std::path::Path) -> Server {
    let mut server = Server::new(env!("CARGO_BIN_EXE_confab").as_ref(), store.directory.path(), log);
    server.set("CONFAB_LOG", "error");
    server.set("CONFAB_WORKSPACE_CREATION", "everyone");
    for scope in ["ACCOUNT", "ADDRESS", "WORKSPACE"] {
        server.set(&format!("CONFAB_{scope}_RATE_FACTOR"), RateSettings::MAX.to_string());
    }
    if let Some(url) = store.database_url() {
        server.set("CONFAB_DATABASE_URL", url);
    }
    if let Some(nats) = store.nats() {
        server.set("CONFAB_NATS_URL", nats.url());
        server.set("CONFAB_NATS_MONITOR_URL", nats.monitor_url());
    }
    server
}
