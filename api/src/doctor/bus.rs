//! Checks NATS: reachability, version, JetStream, and whether it syncs acknowledged messages to disk.

use std::time::Duration;

use super::finding::Finding;
use crate::adapter::bus::sync::SyncCheck;
use crate::adapter::bus::{Bus, nats};
use crate::ground::config::Config;

/// How long NATS may take to accept the connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Checks the configured bus.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let Some(url) = &config.nats.url else {
        return vec![Finding::ok("bus", "not configured: single process. Set CONFAB_NATS_URL to run several")];
    };
    let bus = match Bus::open(&config.nats).await {
        Ok(bus) => bus,
        Err(error) => return vec![Finding::error("bus", format!("{error} Check the CONFAB_NATS_… settings"))],
    };
    let Bus::Nats(nats) = &bus else { return Vec::new() };
    let Ok(version) = tokio::time::timeout(CONNECT_TIMEOUT, nats.version()).await else {
        let reason = nats::connection_error(url, &config.nats).await.unwrap_or_else(|| "timed out".to_owned());
        let url = without_password(url);
        let detail = format!("{url}: connection failed ({reason}). Check CONFAB_NATS_URL, the credentials and TLS");
        return vec![Finding::error("bus", detail)];
    };
    let mut findings = vec![if nats.is_supported_version() {
        Finding::ok("bus", format!("NATS {version}"))
    } else {
        Finding::error("bus", format!("NATS {version}: requires 2.15 or later"))
    }];
    let stream = nats.log_stream();
    findings.push(match stream.check_sync().await {
        Ok(SyncCheck::Always) => {
            Finding::ok("bus sync", "all reachable servers sync messages before they acknowledge them")
        }
        Ok(SyncCheck::Allowed) => Finding::warning(
            "bus sync",
            "CONFAB_NATS_ALLOW_LAZY_SYNC is set: a power failure may lose the latest messages",
        ),
        Ok(SyncCheck::Unknown) => {
            Finding::warning("bus sync", "unknown: check CONFAB_NATS_MONITOR_URL, and whether JetStream is enabled")
        }
        Err(error) => Finding::error("bus sync", error.to_string()),
    });
    findings.push(match stream.describe().await {
        Ok(Some(description)) => Finding::ok("bus stream", description),
        Ok(None) => Finding::ok("bus stream", "not created yet: `confab serve` creates it"),
        Err(error) => Finding::error("bus stream", format!("{error} Enable JetStream with file storage")),
    });
    findings
}

/// Returns the hosts of a list of URLs, without credentials.
fn without_password(url: &str) -> String {
    url.split(',').map(|one| one.rsplit('@').next().unwrap_or(one)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_shows_passwords() {
        assert_eq!(without_password("nats://a:secret@one:4222, nats://b:secret@two:4222"), "one:4222, two:4222");
        assert_eq!(without_password("nats://one:4222"), "nats://one:4222");
    }
}
