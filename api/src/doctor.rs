//! `confab doctor`: checks the settings and all dependencies, and suggests fixes. It changes no data.
//!
//! [`Finding`] is one line of output; [`examine`] runs all checks in order. An error prevents the server from
//! starting or breaks its guarantees. A warning deserves attention.

mod bus;
mod database;
mod machine;
mod media;
mod search;

use std::fmt;

use crate::config::Config;

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Ok,
    Warning,
    Error,
}

/// The result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub severity: Severity,
    /// What was checked, in a few words.
    pub subject: String,
    /// What was found and, unless it is fine, how to fix it.
    pub detail: String,
}

impl Finding {
    fn ok(subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Ok, subject: subject.into(), detail: detail.into() }
    }

    fn warning(subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, subject: subject.into(), detail: detail.into() }
    }

    fn error(subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Error, subject: subject.into(), detail: detail.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = match self.severity {
            Severity::Ok => "ok",
            Severity::Warning => "warn",
            Severity::Error => "FAIL",
        };
        write!(f, "{label:<5} {:<22} {}", self.subject, self.detail)
    }
}

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
