//! Child processes: their output goes to a log file, and they are killed when dropped.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::{Failure, Result};

/// The longest time for a process to become ready.
const START_TIMEOUT: Duration = Duration::from_secs(60);
/// The longest time for a process to stop after SIGTERM.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// Interval at which the output of a starting process is read.
const POLL_INTERVAL: Duration = Duration::from_millis(5);

/// A process, which may be started several times.
#[derive(Debug)]
pub struct Process {
    child: Option<Child>,
    log: PathBuf,
    /// Where the output of this process begins in the log.
    log_start: usize,
}

impl Process {
    /// A process that appends its output to a log file, not started yet.
    pub fn new(log: &Path) -> Self {
        Self { child: None, log: log.to_owned(), log_start: 0 }
    }

    /// Starts a program.
    pub fn spawn(&mut self, command: &mut Command) -> Result<()> {
        let file = File::options().create(true).append(true).open(&self.log)?;
        self.log_start = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).kill_on_drop(true);
        let program = command.as_std().get_program().to_owned();
        let child = command.spawn().map_err(|error| Failure::new(format!("{}: {error}", program.display())))?;
        self.child = Some(child);
        Ok(())
    }

    /// Waits until `find` finds what it looks for in the complete lines of the output.
    pub async fn wait_for_output<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> Result<T> {
        let started = Instant::now();
        loop {
            // First, so that the last output of an ended process is read.
            let has_ended = !self.is_alive();
            let output = self.output();
            let lines = output.rfind('\n').map_or("", |end| &output[..end]);
            if let Some(value) = find(lines) {
                return Ok(value);
            }
            if has_ended || started.elapsed() > START_TIMEOUT {
                let problem = if has_ended { "exited during startup" } else { "did not start in time" };
                return Err(Failure::new(format!("the process {problem}: {}", output.trim())));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Everything that the process has written since its last start.
    pub fn output(&self) -> String {
        let bytes = std::fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(bytes.get(self.log_start..).unwrap_or_default()).into_owned()
    }

    /// The process id, until its end has been awaited.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref()?.id()
    }

    /// Whether it runs or is frozen.
    pub fn is_alive(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            send_signal(pid, signal);
        }
    }

    /// Waits for its end. Returns whether it exited successfully, as does a process that was never started.
    pub async fn wait(&mut self) -> Result<bool> {
        match &mut self.child {
            Some(child) => Ok(child.wait().await?.success()),
            None => Ok(true),
        }
    }

    /// Kills it with SIGKILL and waits for its end.
    pub async fn kill(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill().await;
        }
    }

    /// Stops it with SIGTERM, and kills it after a timeout.
    pub async fn stop(&mut self) {
        self.signal(Signal::TERM);
        if timeout(STOP_TIMEOUT, self.wait()).await.is_err() {
            self.kill().await;
        }
    }
}

/// Sends a signal to a process.
pub fn send_signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, signal);
    }
}

/// A port that is free at the moment. Let a server choose its own port where possible.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Runs a command to completion and returns its standard output.
pub async fn output(command: &mut Command) -> Result<String> {
    let output = command.stdin(Stdio::null()).kill_on_drop(true).output().await?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Failure::new(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> (Process, tempfile::TempDir) {
        let directory = tempfile::tempdir().unwrap();
        let mut process = Process::new(&directory.path().join("log"));
        process.spawn(Command::new("sh").args(["-c", script])).unwrap();
        (process, directory)
    }

    #[tokio::test]
    async fn waits_for_a_line_on_either_stream() {
        let (mut process, _directory) = shell("echo one >&2; echo port 7; exec sleep 60");
        let port = process.wait_for_output(|lines| lines.split_once("port ")?.1.parse::<u16>().ok()).await.unwrap();
        assert_eq!((port, process.is_alive()), (7, true));
        assert_eq!(process.output(), "one\nport 7\n");
        process.stop().await;
        assert!(!process.is_alive());
    }

    #[tokio::test]
    async fn reports_the_output_of_a_process_that_exits() {
        let (mut process, _directory) = shell("echo no such setting; exit 2");
        let failure = process.wait_for_output(|lines| lines.contains("ready").then_some(())).await.unwrap_err();
        assert!(failure.to_string().contains("no such setting"), "{failure}");
    }
}
