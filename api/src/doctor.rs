//! `confab doctor`: looks at the settings and at everything that the server depends on, and says what to
//! do about what is wrong. It changes no data.
//!
//! [`Finding`] is one line; [`examine`] asks all of them in order. A finding that is `Bad` would keep the
//! server from starting or from keeping its promises; `Doubtful` ones are worth a look.

mod bus;
mod machine;
mod media;
mod rows;
mod search;

use std::fmt;

use crate::config::Config;

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Good,
    Doubtful,
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub standing: Standing,
    /// What was looked at, in a few words.
    pub what: String,
    /// What was found, and what to do about it unless it is good.
    pub words: String,
}

impl Finding {
    fn good(what: impl Into<String>, words: impl Into<String>) -> Self {
        Self { standing: Standing::Good, what: what.into(), words: words.into() }
    }

    fn doubtful(what: impl Into<String>, words: impl Into<String>) -> Self {
        Self { standing: Standing::Doubtful, what: what.into(), words: words.into() }
    }

    fn bad(what: impl Into<String>, words: impl Into<String>) -> Self {
        Self { standing: Standing::Bad, what: what.into(), words: words.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.standing {
            Standing::Good => "ok",
            Standing::Doubtful => "look",
            Standing::Bad => "BAD",
        };
        write!(f, "{sign:<5} {:<22} {}", self.what, self.words)
    }
}

/// Looks at everything.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = machine::settings(config);
    findings.extend(machine::limits(config));
    findings.extend(machine::directory(config));
    findings.extend(rows::examine(&config.store).await);
    findings.extend(bus::examine(config).await);
    findings.extend(search::examine(config).await);
    findings.extend(media::examine(config).await);
    findings
}
