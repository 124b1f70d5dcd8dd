//! The loop that accepts connections, and the end of all of them.
//!
//! Promises: a peer that sends its head slowly, says nothing, or does not take what it asked for, is cut off;
//! connections are bounded ([`super::connections`]); small writes go out at once; when the server goes down, it is
//! said first (`/readyz`), then running requests are answered and live connections closed before this returns.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::io::Errno;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use super::connections::{Answering, Place};
use super::{Wire, router};
use crate::supervise;

/// The head of a request and what is read ahead; a query by GET must fit in.
const READ_AHEAD: usize = 128 * 1024;
/// A peer that takes nothing of an answer has so many times as long as one that is live.
const PATIENCE: u32 = 3;
/// Connections that may wait to be accepted. The system bounds it too (`net.core.somaxconn`, 4,096 on most).
const WAITING: u32 = 16_384;
/// When no connection can be accepted (no file handles are left), wait for some to end.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens on an address, with room for a burst of connections that wait to be accepted: a peer that finds none comes
/// again only after a second.
///
/// # Errors
/// The address cannot be had.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // A server that is started again has its port at once.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(WAITING)
}

/// Accepts connections until the wire is closing, then waits for those that are open.
pub(super) async fn run(wire: Wire, listener: TcpListener) {
    supervise::spawn("closing", close_after_notice(wire.clone()));
    let routes = router(wire.clone());
    while let Some((stream, peer)) = accept(&wire, &listener).await {
        let ip = peer.ip().to_canonical();
        let is_proxy = wire.settings().trust_forwarded || ip.is_loopback();
        // Without a place it is closed: all others have more right to be here.
        if let Some(place) = wire.connections().take(ip, is_proxy) {
            let connection = connection(wire.clone(), routes.clone(), stream, peer, place);
            wire.tasks().spawn(supervise::guard("connection", connection));
        }
    }
    drop(listener);
    wire.tasks().close();
    let timing = &wire.settings().timing;
    let grace = timing.drain + timing.request;
    if tokio::time::timeout(grace, wire.tasks().wait()).await.is_err() {
        tracing::warn!(open = wire.tasks().len(), "connections cut off at the end");
    }
}

/// Those who balance see first that nothing new should come.
async fn close_after_notice(wire: Wire) {
    wire.leaving().cancelled().await;
    tokio::time::sleep(wire.settings().timing.notice).await;
    wire.closing().cancel();
}

/// The next connection, or nothing once the wire is closing.
async fn accept(wire: &Wire, listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            () = wire.closing().cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(accepted) => return Some(accepted),
            // One that ended before it was accepted says nothing of the room that there is.
            Err(error) if !is_exhausted(&error) => continue,
            Err(error) => {
                let relieved = wire.connections().relieve();
                tracing::warn!(%error, relieved, "a connection could not be accepted");
            }
        }
        tokio::time::sleep(ACCEPT_PAUSE).await;
    }
}

/// Whether the process or the system has no files or memory left.
fn is_exhausted(error: &std::io::Error) -> bool {
    let exhausted = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    exhausted.iter().any(|one| error.raw_os_error() == Some(one.raw_os_error()))
}

async fn connection(wire: Wire, routes: Router, stream: TcpStream, peer: SocketAddr, place: Arc<Place>) {
    if let Err(error) = serve(&wire, routes, stream, peer, &place).await {
        tracing::debug!(%error, %peer, "a connection ended early");
    }
}

async fn serve(
    wire: &Wire,
    routes: Router,
    stream: TcpStream,
    peer: SocketAddr,
    place: &Arc<Place>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    stream.set_nodelay(true)?;
    let held = place.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(held.clone());
        answer(routes.clone(), request, Answering::begin(held.clone()))
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(wire.settings().timing.write * PATIENCE));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(wire.settings().timing.head)
        .max_buf_size(READ_AHEAD)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
        .with_upgrades();
    let mut serving = pin!(serving);
    tokio::select! {
        ended = serving.as_mut() => return Ok(ended?),
        () = place.ended().cancelled() => return Ok(()),
        () = wire.closing().cancelled() => serving.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        ended = serving => Ok(ended?),
        () = place.ended().cancelled() => Ok(()),
    }
}

async fn answer(
    routes: Router,
    request: Request<Incoming>,
    answering: Answering,
) -> Result<axum::response::Response, Infallible> {
    let response = routes.oneshot(request.map(Body::new)).await?;
    Ok(response.map(|body| answering.with(body)))
}
