//! NATS: reachable, new enough, with JetStream, and whether it syncs what it acknowledges.

use std::time::Duration;

use super::Finding;
use crate::bus::sync::Sync;
use crate::bus::{Bus, nats};
use crate::config::Config;

/// How long NATS may take to accept the connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at the bus that the settings name.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let Some(url) = &config.nats.url else {
        return vec![Finding::good("bus", "none: this is one process. CONFAB_NATS_URL makes it one of a fleet")];
    };
    let bus = match Bus::open(&config.nats).await {
        Ok(bus) => bus,
        Err(error) => return vec![Finding::bad("bus", format!("{error} Check the CONFAB_NATS_… settings"))],
    };
    let Bus::Nats(nats) = &bus else { return Vec::new() };
    let Ok(version) = tokio::time::timeout(PATIENCE, nats.version()).await else {
        let why = nats::refusal(url, &config.nats).await.unwrap_or_else(|| "it did not answer in time".to_owned());
        let url = without_password(url);
        let words = format!("{url} refused the connection ({why}): check the address, the credentials and TLS");
        return vec![Finding::bad("bus", words)];
    };
    let mut findings = vec![if nats.is_new_enough() {
        Finding::good("bus", format!("NATS {version}"))
    } else {
        Finding::bad("bus", format!("NATS {version}: 2.15 or later is needed"))
    }];
    let stream = nats.log_stream();
    findings.push(match stream.check_sync().await {
        Ok(Sync::Always) => Finding::good("bus sync", "every server that answers syncs what it acknowledges"),
        Ok(Sync::Allowed) => Finding::doubtful("bus sync", "CONFAB_NATS_ALLOW_LAZY_SYNC: the stream may lose its end"),
        Ok(Sync::Unknown) => Finding::doubtful(
            "bus sync",
            "no server says so: check CONFAB_NATS_MONITOR_URL, and whether JetStream is on",
        ),
        Err(error) => Finding::bad("bus sync", error.to_string()),
    });
    findings.push(match stream.look().await {
        Ok(Some(found)) => Finding::good("bus stream", found),
        Ok(None) => Finding::good("bus stream", "not there yet: the server makes it"),
        Err(error) => Finding::bad("bus stream", format!("{error} Enable JetStream, with a store on disk")),
    });
    findings
}

/// The address without what stands before an `@`.
fn without_password(url: &str) -> String {
    url.split(',').map(|one| one.rsplit('@').next().unwrap_or(one)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_shown() {
        assert_eq!(without_password("nats://a:secret@one:4222, nats://b:secret@two:4222"), "one:4222, two:4222");
        assert_eq!(without_password("nats://one:4222"), "nats://one:4222");
    }
}
