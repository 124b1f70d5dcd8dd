//! Checks the settings, the data directory and the limits of the process.

use super::finding::Finding;
use crate::ground::config::{AllowedOrigin, Config};
use crate::ground::{directory, open_files};

/// With fewer open files a busy server has to close idle connections.
const RECOMMENDED_OPEN_FILES: u64 = 8_192;

/// Checks the settings that need no dependency.
pub fn settings(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let open = !config.listen.ip().is_loopback();
    findings.push(match (&config.public_url, open) {
        (Some(url), _) if url.starts_with("https://") => Finding::ok("public URL", url.clone()),
        (Some(url), true) => Finding::warning(
            "public URL",
            format!("{url} is not encrypted: use a reverse proxy with https and set CONFAB_PUBLIC_URL to its URL"),
        ),
        (None, true) => Finding::warning(
            "public URL",
            "not set, but the server listens on a public IP address: it responds only to localhost until \
             CONFAB_PUBLIC_URL is set to the https URL of your reverse proxy",
        ),
        (_, false) => Finding::ok("public URL", "not needed: the server is only reachable from this machine"),
    });
    if config.allowed_origins.contains(&AllowedOrigin::Any) {
        findings.push(Finding::warning(
            "allowed origins",
            "any origin may call the API, without cookies: list the allowed origins in CONFAB_ALLOWED_ORIGINS",
        ));
    }
    if config.open_registration {
        findings.push(Finding::warning(
            "registration",
            "anyone who can reach the server may register: unset CONFAB_OPEN_REGISTRATION unless this is intended",
        ));
    }
    if config.nats.url.is_some() && config.store.is_sqlite() {
        let detail =
            "NATS requires Postgres, which all processes share: set CONFAB_DATABASE_URL, or unset CONFAB_NATS_URL";
        findings.push(Finding::error("database and bus", detail));
    }
    findings
}

/// Checks that other users cannot access the data directory.
pub fn directory(config: &Config) -> Vec<Finding> {
    vec![match directory::require_private(&config.store.data) {
        Ok(()) => Finding::ok("data directory", "not accessible to other users"),
        Err(error) => Finding::error("data directory", error.to_string()),
    }]
}

/// Checks the limit of open files.
pub fn limits(config: &Config) -> Vec<Finding> {
    let allowed = open_files::hard_limit();
    let capacity = open_files::max_connections(allowed);
    let connections = config.connections.map_or(capacity, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    vec![match allowed {
        Some(limit) if connections > capacity => Finding::error(
            "open files",
            format!("limit of {limit} allows {capacity} connections: lower CONFAB_CONNECTIONS, or raise LimitNOFILE"),
        ),
        Some(limit) if limit < RECOMMENDED_OPEN_FILES => Finding::warning(
            "open files",
            format!(
                "limit of {limit} allows {connections} connections: raise it (`ulimit -Hn 65536`, LimitNOFILE=65536)"
            ),
        ),
        Some(limit) => Finding::ok("open files", format!("limit of {limit} allows {connections} connections")),
        None => Finding::ok("open files", format!("no limit; {connections} connections")),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::Severity;
    use crate::ground::config::Store;

    #[test]
    fn warns_about_public_ports_without_encryption() {
        let store = Store::new(".".into(), None);
        let mut config = Config::for_store(store);
        let worst = |config: &Config| settings(config).into_iter().map(|finding| finding.severity).max();
        assert_eq!(worst(&config), Some(Severity::Ok));
        config.listen = ([0, 0, 0, 0], 8080).into();
        assert_eq!(worst(&config), Some(Severity::Warning));
        config.public_url = Some("https://chat.example.org".into());
        assert_eq!(worst(&config), Some(Severity::Ok));
        config.nats.url = Some("nats://127.0.0.1:4222".into());
        assert_eq!(worst(&config), Some(Severity::Error));
    }
}
