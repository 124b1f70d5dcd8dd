//! Logging to standard error.
//!
//! Guarantees that tokens, passwords and user texts never appear in the log, whatever the filter. Confab's own
//! log statements contain none of them. Libraries log bytes, headers and statements at low levels, so
//! everything below INFO from libraries is dropped.

use std::io::{self, IsTerminal};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, registry};

/// Confab's own crates, which may log at every level.
const OWN_CRATES: [&str; 4] = ["api", "confab", "migrations", "previews"];
/// The lowest level for all other crates.
const LIBRARY_LEVEL: Level = Level::INFO;

/// Starts logging with a filter such as `info` or `warn,api::log=debug`.
pub fn start(filter: &str) {
    // Connection state of NATS is logged by the `bus` module instead.
    let filter = EnvFilter::new(format!("async_nats=error,{filter}"));
    // Colors only for a terminal, not for log collectors.
    let lines = fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr);
    registry().with(filter).with(filter_fn(is_enabled)).with(lines).init();
}

fn is_enabled(metadata: &Metadata<'_>) -> bool {
    let name = metadata.target().split("::").next().unwrap_or_default();
    OWN_CRATES.contains(&name) || *metadata.level() <= LIBRARY_LEVEL
}
