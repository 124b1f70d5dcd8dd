//! `confab doctor`: checks the settings and all dependencies, and suggests fixes. It changes no data.
//!
//! [`Finding`] is one line of output; [`examine`] runs all checks in order. An error prevents the server from
//! starting or breaks its guarantees. A warning deserves attention.

mod bus;
mod database;
mod finding;
mod machine;
mod media;
mod search;

pub use finding::{Finding, Severity};

use crate::ground::config::Config;

/// Runs all checks.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = machine::settings(config);
    findings.extend(machine::limits(config));
    findings.extend(machine::directory(config));
    findings.extend(database::examine(&config.store).await);
    findings.extend(bus::examine(config).await);
    findings.extend(search::examine(config).await);
    findings.extend(media::examine(config).await);
    findings
}
