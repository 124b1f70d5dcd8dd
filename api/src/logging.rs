//! What the process says of itself, on standard error.
//!
//! Promises: whatever the setting, what others wrote into the process, such as tokens, passwords and texts, is not in
//! it. What we log ourselves holds none of that; the libraries that we are made of log bytes, headers and statements
//! at their lower levels, so of these only what is important enough is let through.

use std::io::{self, IsTerminal};

use tracing::{Level, Metadata};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, registry};

/// Our own crates, of which every level may be shown.
const OURS: [&str; 4] = ["api", "confab", "migrations", "previews"];
/// What of others may be shown.
const OF_OTHERS: Level = Level::INFO;

/// Begins to log what a filter lets through, such as `info` or `warn,api::log=debug`.
pub fn start(filter: &str) {
    // What the NATS client says of itself is said by us, once.
    let filter = EnvFilter::new(format!("async_nats=error,{filter}"));
    // Colours are for a terminal, and not for what reads the log.
    let lines = fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(io::stderr);
    registry().with(filter).with(filter_fn(may_be_shown)).with(lines).init();
}

fn may_be_shown(metadata: &Metadata<'_>) -> bool {
    let name = metadata.target().split("::").next().unwrap_or_default();
    OURS.contains(&name) || *metadata.level() <= OF_OTHERS
}
