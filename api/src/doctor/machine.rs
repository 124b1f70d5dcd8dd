//! The settings by themselves, and what this machine allows a process.

use super::Finding;
use crate::config::{AllowedOrigin, Config};
use crate::{directory, handles};

/// With fewer open files a busy server has to close connections that do nothing.
const HANDLES: u64 = 8_192;

/// The settings as far as they can be judged without asking anybody.
pub fn settings(config: &Config) -> Vec<Finding> {
    let mut findings = Vec::new();
    let open = !config.listen.ip().is_loopback();
    findings.push(match (&config.public_url, open) {
        (Some(url), _) if url.starts_with("https://") => Finding::good("public URL", url.clone()),
        (Some(url), true) => Finding::doubtful(
            "public URL",
            format!("{url} is not encrypted: put a proxy with https before the server and set CONFAB_PUBLIC_URL to it"),
        ),
        (None, true) => Finding::doubtful(
            "public URL",
            "not set, and the server listens beyond this machine: it answers as localhost only until CONFAB_PUBLIC_URL is \
             set to the https address of your proxy",
        ),
        (_, false) => Finding::good("public URL", "not needed: the server answers on this machine only"),
    });
    if config.allowed_origins.contains(&AllowedOrigin::Any) {
        findings.push(Finding::doubtful(
            "allowed origins",
            "every page may call the API, without cookies: list the pages that should, in CONFAB_ALLOWED_ORIGINS",
        ));
    }
    if config.open_registration {
        findings.push(Finding::doubtful(
            "registration",
            "everybody who reaches the server may register: unset CONFAB_OPEN_REGISTRATION unless that is meant",
        ));
    }
    if config.nats.url.is_some() && config.store.is_sqlite() {
        let words =
            "NATS is for a fleet, and a fleet shares Postgres: set CONFAB_DATABASE_URL, or unset CONFAB_NATS_URL";
        findings.push(Finding::bad("rows and bus", words));
    }
    findings
}

/// Whether the data directory is for its owner alone.
pub fn directory(config: &Config) -> Vec<Finding> {
    vec![match directory::check(&config.store.data) {
        Ok(()) => Finding::good("data directory", "nobody else on this machine may look into it"),
        Err(error) => Finding::bad("data directory", error.to_string()),
    }]
}

/// What the system allows this process.
pub fn limits(config: &Config) -> Vec<Finding> {
    let allowed = handles::allowed();
    let fitting = handles::connections(allowed);
    let wanted = config.connections.map_or(fitting, |most| usize::try_from(most).unwrap_or(usize::MAX));
    vec![match allowed {
        Some(most) if wanted > fitting => Finding::bad(
            "open files",
            format!(
                "at most {most}, into which {fitting} connections fit: lower CONFAB_CONNECTIONS, or raise LimitNOFILE"
            ),
        ),
        Some(most) if most < HANDLES => Finding::doubtful(
            "open files",
            format!(
                "at most {most}, so {wanted} connections. Raise the hard limit (`ulimit -Hn 65536`, LimitNOFILE=65536)"
            ),
        ),
        Some(most) => Finding::good("open files", format!("at most {most}, so {wanted} connections")),
        None => Finding::good("open files", format!("without a limit; {wanted} connections")),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Store;
    use crate::doctor::Standing;

    #[test]
    fn an_open_port_without_encryption_is_worth_a_look() {
        let store = Store::new(".".into(), None);
        let mut config = Config::of_store(store);
        let worst = |config: &Config| settings(config).into_iter().map(|finding| finding.standing).max();
        assert_eq!(worst(&config), Some(Standing::Good));
        config.listen = ([0, 0, 0, 0], 8080).into();
        assert_eq!(worst(&config), Some(Standing::Doubtful));
        config.public_url = Some("https://chat.example.org".into());
        assert_eq!(worst(&config), Some(Standing::Good));
        config.nats.url = Some("nats://127.0.0.1:4222".into());
        assert_eq!(worst(&config), Some(Standing::Bad));
    }
}
