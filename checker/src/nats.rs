//! A temporary NATS cluster: three servers on loopback with three replicas that sync before they acknowledge. Each can
//! be killed, wiped, frozen and restarted.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::Signal;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::process::{free_port, send};
use crate::{Failure, Result};

/// Number of servers.
pub const NODE_COUNT: usize = 3;

/// One server.
#[derive(Debug)]
pub struct Node {
    program: PathBuf,
    directory: PathBuf,
    pub port: u16,
    pub monitor: u16,
    child: Option<Child>,
}

/// Creates and starts the cluster.
///
/// # Errors
/// A server does not start.
pub async fn cluster(program: &Path, directory: &Path) -> Result<Vec<Node>> {
    let ports: Vec<[u16; 3]> =
        (0..NODE_COUNT).map(|_| Ok([free_port()?, free_port()?, free_port()?])).collect::<Result<_>>()?;
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
        node.wait_until_ready().await?;
    }
    Ok(nodes)
}

impl Node {
    /// Starts the server.
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

    /// Whether it runs or is frozen.
    pub fn is_alive(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Whether `JetStream` has been disabled, as after a full disk. NATS requires a restart then.
    pub async fn has_lost_jetstream(&self) -> bool {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], self.monitor));
        crate::http::get(address, "/jsz").await.is_some_and(|answer| answer["disabled"] == true)
    }

    async fn wait_until_ready(&self) -> Result<()> {
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

    /// Deletes its store. The server must be stopped.
    pub fn wipe(&self) {
        let _ = std::fs::remove_dir_all(self.directory.join("store"));
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        if let Some(pid) = self.child.as_ref().and_then(Child::id) {
            send(pid, signal);
        }
    }
}
