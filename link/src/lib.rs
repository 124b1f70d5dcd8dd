//! A TCP proxy between a Confab process and a server it depends on, for fault injection in tests and the checker: it
//! can disconnect, delay traffic, drop one direction, and reset connections.
//!
//! Dropped bytes are lost, so a connection that lost any is closed when the link recovers, as a real network eventually
//! would. Independent of the protocol.

use std::io::Result;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// The behavior of a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Forwards all traffic.
    Connected,
    /// Closes all connections, and new ones at once.
    Disconnected,
    /// Delays every chunk by this duration.
    Delayed(Duration),
    /// Drops responses of the server.
    DropResponses,
    /// Drops requests of the process.
    DropRequests,
    /// Drops responses of the server and never closes the connection, as a firewall does that has lost its state.
    Blackholed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    mode: Mode,
    /// Incremented to close the open connections.
    resets: u64,
}

/// A fault-injection proxy.
#[derive(Debug)]
pub struct Link {
    /// The local port to connect to.
    pub port: u16,
    state: Arc<watch::Sender<State>>,
}

impl Link {
    /// Starts a link to a local port.
    ///
    /// # Errors
    /// No local port is available.
    pub async fn to(port: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let local_port = listener.local_addr()?.port();
        let state = Arc::new(watch::Sender::new(State { mode: Mode::Connected, resets: 0 }));
        tokio::spawn(accept(listener, SocketAddr::from(([127, 0, 0, 1], port)), state.clone()));
        Ok(Self { port: local_port, state })
    }

    /// Sets the mode.
    pub fn set(&self, mode: Mode) {
        self.state.send_modify(|state| {
            if matches!(state.mode, Mode::DropResponses | Mode::DropRequests) {
                state.resets += 1;
            }
            state.mode = mode;
        });
    }

    /// Resets all connections.
    pub fn reset(&self) {
        self.state.send_modify(|state| state.resets += 1);
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, state: Arc<watch::Sender<State>>) {
    while let Ok((client, _)) = listener.accept().await {
        let state = state.subscribe();
        tokio::spawn(async move {
            // Close with a reset instead of an orderly shutdown, for all connections that a link breaks.
            let _ = client.set_zero_linger();
            if state.borrow().mode != Mode::Disconnected {
                drop(forward(client, target, state).await);
            }
        });
    }
}

async fn forward(client: TcpStream, target: SocketAddr, mut state: watch::Receiver<State>) -> Result<()> {
    let server = TcpStream::connect(target).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    server.set_zero_linger()?;
    let resets_at_start = state.borrow_and_update().resets;
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    let requests = copy_direction(client_read, server_write, state.clone(), Mode::DropRequests);
    let responses = copy_direction(server_read, client_write, state.clone(), Mode::DropResponses);
    tokio::select! {
        result = requests => result,
        result = responses => result,
        _ = state.wait_for(|now| now.resets != resets_at_start || now.mode == Mode::Disconnected) => Ok(()),
    }
}

async fn copy_direction(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: watch::Receiver<State>,
    dropped_in: Mode,
) -> Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let mode = state.borrow().mode;
        if mode == dropped_in || mode == Mode::Blackholed && dropped_in == Mode::DropResponses {
            continue;
        }
        if let Mode::Delayed(delay) = mode {
            tokio::time::sleep(delay).await;
        }
        to.write_all(buffer.get(..count).unwrap_or_default()).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts an echo server.
    async fn echo() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        port
    }

    async fn is_echoed(stream: &mut TcpStream) -> bool {
        let mut byte = [0];
        stream.write_all(b"x").await.is_ok()
            && matches!(tokio::time::timeout(Duration::from_millis(200), stream.read(&mut byte)).await, Ok(Ok(1)))
    }

    #[tokio::test]
    async fn applies_each_mode_and_recovers() {
        let link = Link::to(echo().await).await.unwrap();
        let connect = || TcpStream::connect(("127.0.0.1", link.port));
        let mut stream = connect().await.unwrap();
        assert!(is_echoed(&mut stream).await);
        for mode in [Mode::Disconnected, Mode::DropResponses, Mode::DropRequests] {
            link.set(mode);
            assert!(!is_echoed(&mut stream).await, "{mode:?}");
            link.set(Mode::Connected);
            stream = connect().await.unwrap();
            assert!(is_echoed(&mut stream).await, "{mode:?}");
        }
        link.reset();
        assert!(!is_echoed(&mut stream).await);
    }
}
