//! A NATS cluster of the run's own: three servers on loopback that keep the log three times and sync what
//! they acknowledge. Killed, wiped, frozen, started again one by one.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::process::{free_port, send};
use crate::{Failure, Result};

/// Servers of the cluster.
pub const NODES: usize = 3;

/// One server.
#[derive(Debug)]
pub struct Node {
    program: PathBuf,
    directory: PathBuf,
    pub port: u16,
    pub monitor: u16,
    child: Option<Child>,
}

/// Makes the cluster and starts it.
///
/// # Errors
/// A server does not start.
pub async fn cluster(program: &Path, directory: &Path) -> Result<Vec<Node>> {
    let ports: Vec<[u16; 3]> =
        (0..NODES).map(|_| Ok([free_port()?, free_port()?, free_port()?])).collect::<Result<_>>()?;
    let routes: Vec<String> = ports.iter().map(|[_, route, _]| format!("nats://127.0.0.1:{route}")).collect();
    let mut nodes = Vec::new();
    for (number, [port, route, monitor]) in ports.iter().copied().enumerate() {
        let home = directory.join(format!("nats-{number}"));
        std::fs::create_dir_all(&home)?;
        let config = format!(
            "server_name: n{number}\nlisten: 127.0.0.1:{port}\nhttp: 127.0.0.1:{monitor}\n\
             jetstream {{ store_dir: {:?}, sync_interval: always, max_mem: 64MB, max_file: 2GB }}\n\
             cluster {{ name: checker, listen: 127.0.0.1:{route}, no_advertise: true, routes: [{}] }}\n",
            home.join("store"),
            routes.join(", ")
        );
        std::fs::write(home.join("nats.conf"), config)?;
        nodes.push(Node { program: program.to_owned(), directory: home, port, monitor, child: None });
    }
    for node in &mut nodes {
        node.start()?;
    }
    for node in &nodes {
        node.listens().await?;
    }
    Ok(nodes)
}

impl Node {
    /// Starts it.
    ///
    /// # Errors
    /// The program cannot be started.
    pub fn start(&mut self) -> Result<()> {
        let log = File::options().create(true).append(true).open(self.directory.join("log"))?;
        let mut command = Command::new(&self.program);
        command.arg("--config").arg(self.directory.join("nats.conf"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).kill_on_drop(true);
        self.child = Some(command.spawn()?);
        Ok(())
    }

    /// Whether it runs (or is frozen).
    pub fn is_alive(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Whether it runs on without its store, as after a full disk. NATS asks to be started again then.
    pub async fn has_given_up(&self) -> bool {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], self.monitor));
        crate::http::get(address, "/jsz").await.is_some_and(|answer| answer["disabled"] == true)
    }

    async fn listens(&self) -> Result<()> {
        for _ in 0..200 {
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(Failure::new(format!("nats-server does not start: see {}/log", self.directory.display())))
    }

    /// Kills it with SIGKILL.
    pub async fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill().await;
        }
    }

    /// Takes away all that it has stored. It must not be running.
    pub fn wipe(&self) {
        let _ = std::fs::remove_dir_all(self.directory.join("store"));
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = self.child.as_ref().and_then(Child::id) {
            send(pid, signal);
        }
    }
}
