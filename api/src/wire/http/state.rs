//! The state shared by all HTTP handlers: the application, its schema, and the limits of connections.

use std::sync::Arc;
use std::time::Instant;

use axum::http::HeaderValue;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::admission::Admission;
use super::connections::Connections;
use super::guard::Guard;
use super::headers::page_policy;
use super::origin_policy::OriginPolicy;
use super::refusal_delay::RefusalDelay;
use super::response_budget::ResponseBudget;
use super::settings::Settings;
use super::socket_limits::SocketLimits;
use crate::app::App;
use crate::chat::session::cookie;
use crate::wire::graphql::{Schema, schema};

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
            cookie: cookie::name(&app.config),
            page_policy: page_policy(&app.config),
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

    pub(super) fn app(&self) -> &App {
        &self.0.app
    }

    pub(super) fn schema(&self) -> &Schema {
        &self.0.schema
    }

    pub(super) fn guard(&self) -> &Guard {
        &self.0.guard
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.0.settings
    }

    pub(super) fn connections(&self) -> &Connections {
        &self.0.connections
    }

    pub(super) fn socket_limits(&self) -> &SocketLimits {
        &self.0.socket_limits
    }

    pub(super) fn refusal_delay(&self) -> &RefusalDelay {
        &self.0.refusal_delay
    }

    pub(super) fn shutdown_started(&self) -> &CancellationToken {
        &self.0.shutdown_started
    }

    pub(super) fn closing(&self) -> &CancellationToken {
        &self.0.closing
    }

    pub(super) fn admission(&self) -> &Admission {
        &self.0.admission
    }

    pub(super) fn response_budget(&self) -> &ResponseBudget {
        &self.0.response_budget
    }

    pub(super) fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    pub(super) fn cookie(&self) -> &'static str {
        self.0.cookie
    }

    pub(super) fn device_cookie(&self) -> &'static str {
        cookie::device_name(&self.0.app.config)
    }

    pub(super) fn page_policy(&self) -> &HeaderValue {
        &self.0.page_policy
    }

    pub(super) fn origin_policy(&self) -> &OriginPolicy {
        &self.0.origin_policy
    }
}
