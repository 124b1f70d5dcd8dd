//! Everything that a request may touch.
use std::sync::Arc;

/// Settings (stub: will be `config::Config`).
pub struct Config {
    /// Address to listen on.
    pub listen: std::net::SocketAddr,
    /// Public URL, when known: its origin is the only foreign-host origin allowed.
    pub public_url: Option<String>,
}
/// A handle, cheap to clone.
#[derive(Clone)]
pub struct App(pub Arc<Inner>);
/// What the handle points to.
pub struct Inner {
    pub config: Config,
}
