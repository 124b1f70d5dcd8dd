//! The HTTP server: GraphQL over HTTP and WebSocket, files, the web client, health and metrics.
//!
//! [`router`] lists all routes. Documents pass the [`guard`] before they are parsed. Every GraphQL response is
//! JSON and every error has a code. A revoked session receives nothing more. Slow or hostile peers only affect
//! themselves. This module translates and executes requests; it contains no domain logic.

mod accept;
mod admission;
mod assets;
mod caller;
mod charge;
mod connections;
mod cors;
mod execution;
mod files;
mod graphql;
mod guard;
mod head_limits;
mod headers;
mod health;
mod multipart;
mod origin_policy;
mod refusal;
mod refusal_delay;
mod response_budget;
mod server;
mod socket_limits;
mod websocket;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::HeaderValue;
use axum::routing::{MethodRouter, get, put};
use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::admission::Admission;
use self::connections::Connections;
use self::guard::Guard;
use self::origin_policy::OriginPolicy;
use self::refusal_delay::RefusalDelay;
use self::response_budget::ResponseBudget;
pub use self::server::listen;
use self::socket_limits::SocketLimits;
use crate::app::App;
use crate::graphql::{Schema, schema};

/// The settings of the HTTP server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Timeouts and intervals.
    pub timing: Timing,
    /// Maximum connections of all kinds.
    pub connections: usize,
    /// Maximum connections of all kinds from one IP address (one /64 for IPv6), unless it is a proxy.
    pub connections_per_address: usize,
    /// Maximum live connections of an account.
    pub sockets_per_account: usize,
    /// Maximum live connections from one IP address (one /64 for IPv6).
    pub sockets_per_address: usize,
    /// Trust `X-Forwarded-For` from any peer, not only from loopback.
    pub trust_forwarded: bool,
    /// Serve `/metrics` to any client, not only to loopback.
    pub open_metrics: bool,
    /// New live connections per second, with bursts of up to eight times as many.
    pub admission_rate: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timing: Timing::default(),
            connections: 10_000,
            connections_per_address: 4_000,
            sockets_per_account: 50,
            sockets_per_address: 1_000,
            trust_forwarded: false,
            open_metrics: false,
            admission_rate: 250,
        }
    }
}

/// Timeouts and intervals.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Timeout for the head of an HTTP request, and for idle connections between requests.
    pub head_timeout: Duration,
    /// Timeout for receiving the body of a request, and separately for executing it.
    pub request_timeout: Duration,
    /// Timeout for `connection_init` after a WebSocket has opened.
    pub init_timeout: Duration,
    /// Interval between pings on a live connection. Two missed responses close it.
    pub ping_interval: Duration,
    /// Timeout for writing to a live connection. An HTTP response without progress times out after three times
    /// as long.
    pub write_timeout: Duration,
    /// Timeout for sending a complete HTTP response, unless it is small.
    pub response_timeout: Duration,
    /// Maximum refusal delay for callers that continue after many refusals.
    pub max_refusal_delay: Duration,
    /// Time between `/readyz` failing and the first connection closing on shutdown, for load balancers to
    /// notice.
    pub shutdown_notice: Duration,
    /// Time over which live connections are closed on shutdown, after the notice period.
    pub drain_period: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(10),
            init_timeout: Duration::from_secs(3),
            ping_interval: Duration::from_secs(20),
            write_timeout: Duration::from_secs(10),
            response_timeout: Duration::from_secs(120),
            max_refusal_delay: Duration::from_secs(2),
            shutdown_notice: Duration::ZERO,
            drain_period: Duration::from_secs(2),
        }
    }
}

/// The state shared by all HTTP handlers. Cheap to clone.
#[derive(Clone)]
pub struct HttpState(Arc<Inner>);

struct Inner {
    app: App,
    schema: Schema,
    guard: Guard,
    settings: Settings,
    origin_policy: OriginPolicy,
    cookie: &'static str,
    /// Content security policy of the server's own pages.
    page_policy: HeaderValue,
    connections: Connections,
    socket_limits: SocketLimits,
    refusal_delay: RefusalDelay,
    admission: Admission,
    response_budget: ResponseBudget,
    /// Cancelled when shutdown begins: load balancers should stop sending requests.
    shutdown_started: CancellationToken,
    /// Cancelled when open connections are closed.
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl HttpState {
    /// Creates the state of a server that stops when `shutdown` is cancelled.
    pub fn new(app: App, settings: Settings, shutdown: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            schema: schema(app.clone()),
            guard: Guard::new(),
            origin_policy: OriginPolicy::new(&app.config),
            cookie: crate::session::cookie::name(&app.config),
            page_policy: headers::page_policy(&app.config),
            connections: Connections::new(&settings),
            socket_limits: SocketLimits::new(&settings),
            refusal_delay: RefusalDelay::new(settings.timing.max_refusal_delay),
            admission: Admission::new(settings.admission_rate, Instant::now()),
            response_budget: ResponseBudget::new(settings.timing.response_timeout),
            shutdown_started: shutdown,
            closing: CancellationToken::new(),
            tasks: TaskTracker::new(),
            app,
            settings,
        }))
    }

    fn app(&self) -> &App {
        &self.0.app
    }

    fn schema(&self) -> &Schema {
        &self.0.schema
    }

    fn guard(&self) -> &Guard {
        &self.0.guard
    }

    fn settings(&self) -> &Settings {
        &self.0.settings
    }

    fn connections(&self) -> &Connections {
        &self.0.connections
    }

    fn socket_limits(&self) -> &SocketLimits {
        &self.0.socket_limits
    }

    fn refusal_delay(&self) -> &RefusalDelay {
        &self.0.refusal_delay
    }

    fn shutdown_started(&self) -> &CancellationToken {
        &self.0.shutdown_started
    }

    fn closing(&self) -> &CancellationToken {
        &self.0.closing
    }

    fn admission(&self) -> &Admission {
        &self.0.admission
    }

    fn response_budget(&self) -> &ResponseBudget {
        &self.0.response_budget
    }

    fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    fn cookie(&self) -> &'static str {
        self.0.cookie
    }

    fn device_cookie(&self) -> &'static str {
        crate::session::cookie::device_name(&self.0.app.config)
    }

    fn page_policy(&self) -> &HeaderValue {
        &self.0.page_policy
    }

    fn origin_policy(&self) -> &OriginPolicy {
        &self.0.origin_policy
    }
}

/// Returns the router with all routes.
pub fn router(state: HttpState) -> Router {
    Router::new()
        .route("/graphql", graphql())
        .route("/graphql/", graphql())
        .route("/playground", get(assets::playground))
        .route("/playground/", get(assets::playground))
        .route("/playground/{*path}", get(assets::playground))
        .route("/media/{workspace}/{file}/{variant}", get(files::get))
        .route("/media/signed/{workspace}/{file}/{variant}", get(files::get_signed))
        .route("/media/uploads/{workspace}/{file}/{part}", put(files::put))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/version", get(health::version))
        .route("/robots.txt", get(assets::robots))
        .fallback(assets::client)
        .layer(middleware::from_fn_with_state(state.clone(), origin_policy::check_host))
        .layer(middleware::from_fn(head_limits::check_head))
        .layer(middleware::from_fn_with_state(state.clone(), cors::add_headers))
        .layer(middleware::map_response(headers::add_security_headers))
        .with_state(state)
}

fn graphql() -> MethodRouter<HttpState> {
    get(websocket::upgrade_or_get).post(graphql::post).fallback(graphql::other_method)
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
    server::run(HttpState::new(app.clone(), settings, shutdown), listener).await;
    // By now, clients are connected to other processes.
    app.presence.end().await;
    if let Err(error) = app.seen.store(&app.database).await {
        tracing::warn!(%error, "cannot store last use of sessions");
    }
    app.search.close().await;
    Ok(())
}
