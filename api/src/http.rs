//! The wire: everything that comes in from outside comes through here.
//!
//! [`router`] is its table of contents. Promises: a document is guarded before it is parsed
//! ([`guard`]); every answer to a GraphQL request is JSON, every error has a code; a sign-in that has
//! ended gets nothing more; a slow or hostile peer costs only itself. It translates and executes; it
//! decides nothing about workspaces, channels or messages.

mod admission;
mod answers;
mod assets;
mod brake;
mod caller;
mod charge;
mod connections;
mod cors;
mod execution;
mod files;
mod graphql;
mod guard;
mod headers;
mod heads;
mod health;
mod media;
mod multipart;
mod refusal;
mod server;
mod sites;
mod sockets;
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
use self::answers::Answers;
use self::brake::Brake;
use self::connections::Connections;
use self::guard::Guard;
pub use self::server::listen;
use self::sites::Sites;
use self::sockets::Sockets;
use crate::app::App;
use crate::graphql::{Schema, schema};

/// How the wire behaves, as far as it can be set.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How long things may take.
    pub timing: Timing,
    /// Connections of all kinds.
    pub connections: usize,
    /// Connections of all kinds from one address (one /64 of IPv6), unless it is a proxy.
    pub connections_of_address: usize,
    /// Live connections of one account.
    pub sockets_per_account: usize,
    /// Live connections from one address (one /64 of IPv6).
    pub sockets_per_address: usize,
    /// Believe `X-Forwarded-For` from any peer, not only from this machine.
    pub trust_forwarded: bool,
    /// Show `/metrics` to everybody, not only to this machine.
    pub open_metrics: bool,
    /// Live connections that may begin in a second; eight times as many at once.
    pub admission_rate: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            timing: Timing::default(),
            connections: 10_000,
            connections_of_address: 4_000,
            sockets_per_account: 50,
            sockets_per_address: 1_000,
            trust_forwarded: false,
            open_metrics: false,
            admission_rate: 250,
        }
    }
}

/// How long things may take.
#[derive(Debug, Clone)]
pub struct Timing {
    /// For the head of an HTTP request to come, and for a connection to stay idle between two.
    pub head: Duration,
    /// For a request to come in, and again to be executed.
    pub request: Duration,
    /// For `connection_init` after a WebSocket has opened.
    pub init: Duration,
    /// Between two pings of a live connection; two without any answer end it.
    pub ping: Duration,
    /// For a live peer to take what is written to it; three times as long for one that takes nothing of an answer.
    pub write: Duration,
    /// For a peer to take all of an answer by HTTP that is not small.
    pub answer: Duration,
    /// That a refusal is held at most, of one who goes on after many.
    pub hold: Duration,
    /// Between `/readyz` saying no and the end of the first connection: for balancers to notice.
    pub notice: Duration,
    /// Over which live connections are closed after that.
    pub drain: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(30),
            request: Duration::from_secs(10),
            init: Duration::from_secs(3),
            ping: Duration::from_secs(20),
            write: Duration::from_secs(10),
            answer: Duration::from_secs(120),
            hold: Duration::from_secs(2),
            notice: Duration::ZERO,
            drain: Duration::from_secs(2),
        }
    }
}

/// What every handler of the wire may touch. A handle, cheap to clone.
#[derive(Clone)]
pub struct Wire(Arc<Inner>);

struct Inner {
    app: App,
    schema: Schema,
    guard: Guard,
    settings: Settings,
    sites: Sites,
    cookie: &'static str,
    /// What our own pages may load.
    page: HeaderValue,
    connections: Connections,
    sockets: Sockets,
    brake: Brake,
    admission: Admission,
    answers: Answers,
    /// Cancelled when the server is about to go down: nothing new should be sent here.
    leaving: CancellationToken,
    /// Cancelled when it goes down: what is open is closed.
    closing: CancellationToken,
    tasks: TaskTracker,
}

impl Wire {
    /// A wire to `app` that ends when `shutdown` is cancelled.
    pub fn new(app: App, settings: Settings, shutdown: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            schema: schema(app.clone()),
            guard: Guard::new(),
            sites: Sites::new(&app.config),
            cookie: crate::sign_in::cookie::name(&app.config),
            page: headers::page(&app.config),
            connections: Connections::new(&settings),
            sockets: Sockets::new(&settings),
            brake: Brake::new(settings.timing.hold),
            admission: Admission::new(settings.admission_rate, Instant::now()),
            answers: Answers::new(settings.timing.answer),
            leaving: shutdown,
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

    fn sockets(&self) -> &Sockets {
        &self.0.sockets
    }

    fn brake(&self) -> &Brake {
        &self.0.brake
    }

    fn leaving(&self) -> &CancellationToken {
        &self.0.leaving
    }

    fn closing(&self) -> &CancellationToken {
        &self.0.closing
    }

    fn admission(&self) -> &Admission {
        &self.0.admission
    }

    fn answers(&self) -> &Answers {
        &self.0.answers
    }

    fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    fn cookie(&self) -> &'static str {
        self.0.cookie
    }

    fn device_cookie(&self) -> &'static str {
        crate::sign_in::cookie::device_name(&self.0.app.config)
    }

    fn page(&self) -> &HeaderValue {
        &self.0.page
    }

    fn sites(&self) -> &Sites {
        &self.0.sites
    }
}

/// All that can be asked of this server.
pub fn router(wire: Wire) -> Router {
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
        .layer(middleware::from_fn_with_state(wire.clone(), sites::check))
        .layer(middleware::from_fn(heads::check))
        .layer(middleware::from_fn_with_state(wire.clone(), cors::share))
        .layer(middleware::map_response(headers::secure))
        .with_state(wire)
}

fn graphql() -> MethodRouter<Wire> {
    get(websocket::or_get).post(graphql::post).fallback(graphql::other_method)
}

/// Serves until `shutdown` is cancelled and every connection has ended or had its time to.
///
/// # Errors
/// None today; a listener that fails is tried again.
pub async fn serve(
    app: App,
    settings: Settings,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> std::io::Result<()> {
    server::run(Wire::new(app.clone(), settings, shutdown), listener).await;
    // Its people are at other processes by now, or gone.
    app.presence.end().await;
    if let Err(error) = app.seen.store(&app.database).await {
        tracing::warn!(%error, "which sessions were used was not stored");
    }
    app.search.close().await;
    Ok(())
}
