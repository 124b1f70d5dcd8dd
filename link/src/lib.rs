//! A link: a small TCP proxy between a Confab process and a server that it depends on, which can be cut,
//! slowed, made to swallow one direction, and reset. For the checker and for tests.
//!
//! What was swallowed is gone, so a connection that lost bytes is closed when the link is whole again, as
//! a real network would end it late. It knows nothing of what is carried.

use std::io::Result;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// How a link behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything passes.
    Whole,
    /// Connections end, and new ones are ended at once.
    Cut,
    /// Each piece takes so much longer.
    Slow(Duration),
    /// What the server answers is swallowed.
    NoAnswers,
    /// What the process asks is swallowed.
    NoRequests,
    /// What the server answers is swallowed, and the connection stays open for ever, as when a firewall
    /// forgets it.
    Forgotten,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    mode: Mode,
    /// Raised to end the connections that are open.
    resets: u64,
}

/// The link.
#[derive(Debug)]
pub struct Link {
    /// Where the process connects.
    pub port: u16,
    state: Arc<watch::Sender<State>>,
}

impl Link {
    /// A link to a port of this machine.
    ///
    /// # Errors
    /// No port is free.
    pub async fn to(port: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let own = listener.local_addr()?.port();
        let state = Arc::new(watch::Sender::new(State { mode: Mode::Whole, resets: 0 }));
        tokio::spawn(accept(listener, SocketAddr::from(([127, 0, 0, 1], port)), state.clone()));
        Ok(Self { port: own, state })
    }

    /// Changes how it behaves.
    pub fn set(&self, mode: Mode) {
        self.state.send_modify(|state| {
            if matches!(state.mode, Mode::NoAnswers | Mode::NoRequests) {
                state.resets += 1;
            }
            state.mode = mode;
        });
    }

    /// Ends every connection with a reset.
    pub fn reset(&self) {
        self.state.send_modify(|state| state.resets += 1);
    }
}

async fn accept(listener: TcpListener, target: SocketAddr, state: Arc<watch::Sender<State>>) {
    while let Ok((near, _)) = listener.accept().await {
        let state = state.subscribe();
        tokio::spawn(async move {
            // A reset rather than a polite end, here as in all that a link breaks.
            let _ = near.set_zero_linger();
            if state.borrow().mode != Mode::Cut {
                drop(carry(near, target, state).await);
            }
        });
    }
}

async fn carry(near: TcpStream, target: SocketAddr, mut state: watch::Receiver<State>) -> Result<()> {
    let far = TcpStream::connect(target).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    far.set_zero_linger()?;
    let born = state.borrow_and_update().resets;
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = far.into_split();
    let requests = pump(near_read, far_write, state.clone(), Mode::NoRequests);
    let answers = pump(far_read, near_write, state.clone(), Mode::NoAnswers);
    tokio::select! {
        done = requests => done,
        done = answers => done,
        _ = state.wait_for(|now| now.resets != born || now.mode == Mode::Cut) => Ok(()),
    }
}

async fn pump(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: watch::Receiver<State>,
    swallowed: Mode,
) -> Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        let mode = state.borrow().mode;
        if mode == swallowed || mode == Mode::Forgotten && swallowed == Mode::NoAnswers {
            continue;
        }
        if let Mode::Slow(by) = mode {
            tokio::time::sleep(by).await;
        }
        to.write_all(buffer.get(..count).unwrap_or_default()).await?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server that says everything back.
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

    async fn says_back(stream: &mut TcpStream) -> bool {
        let mut byte = [0];
        stream.write_all(b"x").await.is_ok()
            && matches!(tokio::time::timeout(Duration::from_millis(200), stream.read(&mut byte)).await, Ok(Ok(1)))
    }

    #[tokio::test]
    async fn a_link_breaks_as_it_is_told_and_is_whole_again() {
        let link = Link::to(echo().await).await.unwrap();
        let connect = || TcpStream::connect(("127.0.0.1", link.port));
        let mut stream = connect().await.unwrap();
        assert!(says_back(&mut stream).await);
        for mode in [Mode::Cut, Mode::NoAnswers, Mode::NoRequests] {
            link.set(mode);
            assert!(!says_back(&mut stream).await, "{mode:?}");
            link.set(Mode::Whole);
            stream = connect().await.unwrap();
            assert!(says_back(&mut stream).await, "{mode:?}");
        }
        link.reset();
        assert!(!says_back(&mut stream).await);
    }
}
