//! A finding of `confab doctor`: one line of its output.

use std::fmt;

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
    pub(super) fn ok(subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Ok, subject: subject.into(), detail: detail.into() }
    }

    pub(super) fn warning(subject: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, subject: subject.into(), detail: detail.into() }
    }

    pub(super) fn error(subject: impl Into<String>, detail: impl Into<String>) -> Self {
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
