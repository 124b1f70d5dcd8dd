//! Checks that NATS syncs messages to disk before it acknowledges them.
//!
//! By default NATS syncs every two minutes, and a power failure loses everything acknowledged since then, even the
//! stream itself. Clients cannot read the setting over NATS, so the check uses the server's monitoring endpoint.

use std::time::Duration;

use serde::Deserialize;

use crate::ground::error::{Error, Result};

/// Timeout of a request to the monitoring endpoint.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(3);

/// Result of the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncCheck {
    /// Every server that responded, at least one, has `sync_interval: always`.
    Always,
    /// Not checked: the operator accepted the risk.
    Allowed,
    /// No server responded with `JetStream` enabled. A server disables `JetStream` when its disk is full, which must
    /// not prevent a start.
    Unknown,
}

/// The relevant part of `/varz`.
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

/// Checks every server by its monitoring URL, such as `http://host:8222`. Several URLs are separated by commas.
///
/// # Errors
/// `UNAVAILABLE` with a message that names the setting to change.
pub async fn check(monitors: Option<&str>) -> Result<SyncCheck> {
    let Some(monitors) = monitors else {
        return Err(Error::Unavailable(
            "Cannot verify that NATS syncs acknowledged messages to disk. Set CONFAB_NATS_MONITOR_URL to its monitoring \
             URL (for example http://127.0.0.1:8222), or CONFAB_NATS_ALLOW_LAZY_SYNC=true to accept possible data loss."
                .into(),
        ));
    };
    let mut result = SyncCheck::Unknown;
    for monitor in monitors.split(',').map(str::trim) {
        let config = match fetch_varz(monitor).await {
            Ok(varz) => varz.jetstream.config,
            Err(error) => {
                tracing::warn!(%error, monitor, "NATS monitoring request failed");
                continue;
            }
        };
        let Some(config) = config else {
            tracing::warn!(monitor, "JetStream is disabled on a NATS server; enable it or check its disk");
            continue;
        };
        result = SyncCheck::Always;
        if !config.sync_always {
            return Err(Error::Unavailable(format!(
                "The NATS server at {monitor} acknowledges messages before it syncs them to disk. Set `sync_interval: \
                 always` in its jetstream block, or CONFAB_NATS_ALLOW_LAZY_SYNC=true to accept possible data loss."
            )));
        }
    }
    Ok(result)
}

async fn fetch_varz(monitor: &str) -> reqwest::Result<Varz> {
    let client = reqwest::Client::builder().timeout(REQUEST_TIMEOUT).build()?;
    client.get(format!("{monitor}/varz")).send().await?.json().await
}
