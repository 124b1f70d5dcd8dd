//! Whether NATS writes to the disk what it acknowledges.
//!
//! By default it does so every two minutes, and a power cut takes all that was acknowledged since, even
//! the stream itself. No client can see the setting over NATS, so the server's monitoring is asked.

use std::time::Duration;

use serde::Deserialize;

use crate::error::{Error, Result};

/// How long the monitoring may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// What is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// `sync_interval: always`, on every server that answered, which was at least one.
    Always,
    /// The operator takes the risk.
    Allowed,
    /// No server says so now: none answers, or none has `JetStream` now. One turns it off by itself when its
    /// disk is full, and that must keep nobody from starting.
    Unknown,
}

/// The part of `/varz` that matters.
#[derive(Deserialize)]
struct Varz {
    #[serde(default)]
    jetstream: JetStream,
}

#[derive(Default, Deserialize)]
struct JetStream {
    config: Option<JetStreamConfig>,
}

#[derive(Deserialize)]
struct JetStreamConfig {
    #[serde(default)]
    sync_always: bool,
}

/// Asks the monitoring of every server, given as `http://host:8222`, several with commas.
///
/// # Errors
/// `UNAVAILABLE` with a sentence on what must be set.
pub async fn check(monitors: Option<&str>) -> Result<Sync> {
    let Some(monitors) = monitors else {
        return Err(Error::Unavailable(
            "Whether NATS syncs what it acknowledges cannot be seen: set CONFAB_NATS_MONITOR_URL to its monitoring \
             (such as http://127.0.0.1:8222), or CONFAB_NATS_ALLOW_LAZY_SYNC=true to take the risk."
                .into(),
        ));
    };
    let mut known = Sync::Unknown;
    for monitor in monitors.split(',').map(str::trim) {
        let config = match ask(monitor).await {
            Ok(varz) => varz.jetstream.config,
            Err(error) => {
                tracing::warn!(%error, monitor, "the monitoring of NATS does not answer");
                continue;
            }
        };
        let Some(config) = config else {
            tracing::warn!(monitor, "this NATS server runs without JetStream: enable it, or look at its disk");
            continue;
        };
        known = Sync::Always;
        if !config.sync_always {
            return Err(Error::Unavailable(format!(
                "The NATS server at {monitor} acknowledges before it writes to the disk: set `sync_interval: always` in \
                 its jetstream block, or CONFAB_NATS_ALLOW_LAZY_SYNC=true to take the risk."
            )));
        }
    }
    Ok(known)
}

async fn ask(monitor: &str) -> reqwest::Result<Varz> {
    let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
    client.get(format!("{monitor}/varz")).send().await?.json().await
}
