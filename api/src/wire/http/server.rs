//! Accepts connections, and shuts them down.
//!
//! Disconnects peers that send a head slowly, send nothing, or do not read their response. Limits connections
//! ([`super::connections`]). Sends small writes without delay. On shutdown, `/readyz` fails first, then running
//! requests complete and live connections are closed before this returns.

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
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::connections::{ConnectionSlot, RequestGuard};
use super::router::router;
use super::settings::Settings;
use super::state::HttpState;
use crate::app::App;
use crate::ground::supervise;

/// Maximum size of a request head and read buffer. Must fit a query by GET.
const READ_BUFFER_BYTES: usize = 128 * 1024;
/// Write timeout of HTTP responses, as a multiple of that of live connections.
const RESPONSE_WRITE_TIMEOUT_FACTOR: u32 = 3;
/// Length of the accept queue. The system limits it too (`net.core.somaxconn`, 4,096 on most).
const ACCEPT_BACKLOG: u32 = 16_384;
/// Delay before accepting again after the process has run out of file handles.
const ACCEPT_RETRY_DELAY: Duration = Duration::from_millis(100);

/// Listens on an address. The accept queue holds a burst of connections, because rejected peers only retry
/// after a second.
///
/// # Errors
/// Fails if the address is unavailable.
pub fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    // Allows an immediate restart on the same port.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(ACCEPT_BACKLOG)
}

/// Serves until `shutdown` is cancelled and all connections are closed or the shutdown timeout has elapsed.
///
/// # Errors
/// Currently never fails: a failing listener is retried.
pub async fn serve(
    app: App,
    settings: Settings,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    run(HttpState::new(app.clone(), settings, shutdown), listener).await;
    // By now, clients are connected to other processes.
    app.presence.end().await;
    if let Err(error) = app.seen.store(&app.database).await {
        tracing::warn!(%error, "cannot store last use of sessions");
    }
    app.search.close().await;
    Ok(())
}

/// Accepts connections until shutdown, then waits for open ones.
async fn run(state: HttpState, listener: TcpListener) {
    supervise::spawn("closing", close_after_notice(state.clone()));
    let routes = router(state.clone());
    while let Some((stream, peer)) = accept(&state, &listener).await {
        let ip = peer.ip().to_canonical();
        let is_proxy = state.settings().trust_forwarded || ip.is_loopback();
        // Without a slot, the connection is closed at once.
        if let Some(slot) = state.connections().acquire(ip, is_proxy) {
            let connection = serve_connection(state.clone(), routes.clone(), stream, peer, slot);
            state.tasks().spawn(supervise::guard("connection", connection));
        }
    }
    drop(listener);
    state.tasks().close();
    let timing = &state.settings().timing;
    let grace = timing.drain_period + timing.request_timeout;
    if tokio::time::timeout(grace, state.tasks().wait()).await.is_err() {
        tracing::warn!(open = state.tasks().len(), "shutdown timed out; closing open connections");
    }
}

/// Lets load balancers notice the shutdown first.
async fn close_after_notice(state: HttpState) {
    state.shutdown_started().cancelled().await;
    tokio::time::sleep(state.settings().timing.shutdown_notice).await;
    state.closing().cancel();
}

/// Returns the next connection, or `None` on shutdown.
async fn accept(state: &HttpState, listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            () = state.closing().cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok(accepted) => return Some(accepted),
            // A connection that closed before it was accepted.
            Err(error) if !is_exhausted(&error) => continue,
            Err(error) => {
                let evicted = state.connections().evict_any();
                tracing::warn!(%error, evicted, "cannot accept connection; out of resources");
            }
        }
        tokio::time::sleep(ACCEPT_RETRY_DELAY).await;
    }
}

/// Whether the process or system has run out of file handles or memory.
fn is_exhausted(error: &std::io::Error) -> bool {
    let exhausted = [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM];
    exhausted.iter().any(|one| error.raw_os_error() == Some(one.raw_os_error()))
}

async fn serve_connection(
    state: HttpState,
    routes: Router,
    stream: TcpStream,
    peer: SocketAddr,
    slot: Arc<ConnectionSlot>,
) {
    if let Err(error) = serve_http(&state, routes, stream, peer, &slot).await {
        tracing::debug!(%error, %peer, "connection failed");
    }
}

async fn serve_http(
    state: &HttpState,
    routes: Router,
    stream: TcpStream,
    peer: SocketAddr,
    slot: &Arc<ConnectionSlot>,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    stream.set_nodelay(true)?;
    let connection_slot = slot.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request.extensions_mut().insert(connection_slot.clone());
        respond(routes.clone(), request, RequestGuard::new(connection_slot.clone()))
    });
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(state.settings().timing.write_timeout * RESPONSE_WRITE_TIMEOUT_FACTOR));
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(state.settings().timing.head_timeout)
        .max_buf_size(READ_BUFFER_BYTES)
        .serve_connection(TokioIo::new(Box::pin(stream)), service)
        .with_upgrades();
    let mut serving = pin!(serving);
    tokio::select! {
        ended = serving.as_mut() => return Ok(ended?),
        () = slot.closed().cancelled() => return Ok(()),
        () = state.closing().cancelled() => serving.as_mut().graceful_shutdown(),
    }
    tokio::select! {
        ended = serving => Ok(ended?),
        () = slot.closed().cancelled() => Ok(()),
    }
}

async fn respond(
    routes: Router,
    request: Request<Incoming>,
    guard: RequestGuard,
) -> Result<axum::response::Response, Infallible> {
    let response = routes.oneshot(request.map(Body::new)).await?;
    Ok(response.map(|body| guard.with(body)))
}
