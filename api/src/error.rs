//! The one error of the server.
//!
//! Services and commands return it; only `graphql` and `http` turn it into wire. A variant says what
//! the caller can do about it. What the caller may not see is `NotFound`, never `Forbidden`:
//! `Forbidden` is for things that they see but may not do. Internals are logged where they happen
//! and leave only a correlation id.

use std::time::Duration;

/// When what is busy or away may be asked for again: at random between these, in whole seconds, so that not all who were
/// refused come back in the same moment.
const PAUSE_SECONDS: std::ops::RangeInclusive<u64> = 1..=3;

/// Everything that can go wrong for a caller.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in, or the sign-in has ended.
    #[error("Sign in first.")]
    Unauthenticated,
    /// The caller sees the thing, but may not do this to it.
    #[error("{0}")]
    Forbidden(&'static str),
    /// It does not exist, or the caller may not know that it does.
    #[error("There is no such {0}.")]
    NotFound(&'static str),
    /// An input is wrong; `field` is its name in the schema.
    #[error("{why}")]
    Invalid {
        /// The input field as the schema names it.
        field: &'static str,
        /// A sentence for people.
        why: String,
    },
    /// It collides with something that exists, or a command id came again with another input.
    #[error("{0}")]
    Conflict(String),
    /// A rate limit, or too many attempts; try again after the given time.
    #[error("Too many requests. Try again in {} s.", Error::retry_seconds(*.retry_after))]
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// The caller has as much of something at the same time as they may; the text names the limit.
    #[error("{0}")]
    Limit(String),
    /// A part of the server cannot answer now; the same request may be sent again.
    #[error("{0}")]
    Unavailable(String),
    /// The log has events that this version of the server does not know.
    #[error("This workspace was written to by a newer version of the server.")]
    Newer,
    /// Something that the server depends on does not answer; nobody waits for it until it is back.
    #[error("The {0} does not answer.")]
    Away(&'static str),
    /// The input is larger than the server takes.
    #[error("{0}")]
    TooLarge(String),
    /// A defect or a broken dependency. The text is for the log only.
    #[error("Something went wrong on the server.")]
    Internal(String),
}

/// `Result` with the server's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The value of `extensions.code` on the wire.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Invalid { .. } => "BAD_USER_INPUT",
            Self::Conflict(_) => "CONFLICT",
            Self::RateLimited { .. } | Self::Limit(_) => "RATE_LIMITED",
            Self::Unavailable(_) | Self::Newer | Self::Away(_) => "UNAVAILABLE",
            Self::TooLarge(_) => "PAYLOAD_TOO_LARGE",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// Whether the same may succeed later, without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Newer | Self::Away(_))
    }

    /// When it may be tried again, where that is known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::Unavailable(_) | Self::Newer | Self::Away(_) => Some(Self::pause()),
            _ => None,
        }
    }

    /// A while after which whoever was refused may come again, and not all of them in the same moment.
    pub fn pause() -> Duration {
        Duration::from_secs(rand::random_range(PAUSE_SECONDS))
    }

    /// An id that a client minted stands for something else already. It says no more: what that is, the
    /// caller may not be allowed to know.
    pub fn id_taken() -> Self {
        Self::Conflict("This id was used before, for something else.".into())
    }

    /// How long to wait as the wire says it: whole seconds, rounded up.
    pub fn retry_seconds(wait: Duration) -> u64 {
        wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
    }

    /// A wrong input field.
    pub fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid { field, why: why.into() }
    }

    /// A defect: something that the code holds to be impossible.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }
}

impl From<sea_orm::DbErr> for Error {
    /// Lost connections, timeouts and locks can be tried again; everything else is a defect.
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::{DbErr, RuntimeErr};
        let text = error.to_string();
        let inner = match &error {
            // All connections are in use by ourselves.
            DbErr::ConnectionAcquire(_) => return busy(&text),
            DbErr::Conn(_) => return away(&text),
            DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner)) => inner,
            _ => return Self::Internal(text),
        };
        match Trouble::of(inner) {
            Trouble::Away => away(&text),
            Trouble::Busy => busy(&text),
            Trouble::Defect => Self::Internal(text),
        }
    }
}

fn busy(text: &str) -> Error {
    tracing::warn!(text, "database busy");
    Error::Unavailable("The database is busy or full. Send it again.".into())
}

fn away(text: &str) -> Error {
    // For each request; the breaker says it once.
    tracing::debug!(text, "database away");
    Error::Away("database")
}

/// What a driver's error says of the database.
enum Trouble {
    Away,
    Busy,
    Defect,
}

impl Trouble {
    /// Away: input and output, a shutdown (Postgres 57P01 to 57P03), too many connections (53300), a pooler
    /// that lost its server (class 08).
    /// Busy: a lock or statement timeout (55P03, 57014, 25P03, 40001, 40P01), a full disk (53100), and what
    /// [`Self::of_sqlite`] says.
    fn of(error: &sea_orm::SqlxError) -> Self {
        use sea_orm::SqlxError;
        use sea_orm::sqlx::sqlite::SqliteError;
        match error {
            SqlxError::Io(_) | SqlxError::PoolTimedOut | SqlxError::PoolClosed | SqlxError::WorkerCrashed => Self::Away,
            SqlxError::Database(inner) if inner.try_downcast_ref::<SqliteError>().is_some() => {
                Self::of_sqlite(inner.code().as_deref())
            }
            SqlxError::Database(inner) => match inner.code().as_deref() {
                Some("57P01" | "57P02" | "57P03" | "53300") => Self::Away,
                Some(code) if code.starts_with("08") => Self::Away,
                Some("55P03" | "57014" | "25P03" | "40001" | "40P01" | "53100") => Self::Busy,
                _ => Self::Defect,
            },
            _ => Self::Defect,
        }
    }

    /// SQLite's codes carry what kind of an error it is in their low byte (517 is one of the kind 5). Busy: another
    /// connection's lock (5 and 6), interrupted (9), a disk that fails (10), is full (13) or has no file to
    /// open (14).
    fn of_sqlite(code: Option<&str>) -> Self {
        let kind = code.and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
        if matches!(kind, Some(5 | 6 | 9 | 10 | 13 | 14)) { Self::Busy } else { Self::Defect }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_sqlite_are_told_by_their_kind() {
        for (code, kind) in [
            ("5", "SQLITE_BUSY"),
            ("261", "SQLITE_BUSY_RECOVERY"),
            ("517", "SQLITE_BUSY_SNAPSHOT"),
            ("773", "SQLITE_BUSY_TIMEOUT"),
            ("262", "SQLITE_LOCKED_SHAREDCACHE"),
            ("778", "SQLITE_IOERR_WRITE"),
            ("13", "SQLITE_FULL"),
            ("270", "SQLITE_CANTOPEN_NOTEMPDIR"),
        ] {
            assert!(matches!(Trouble::of_sqlite(Some(code)), Trouble::Busy), "{kind}");
        }
        for (code, kind) in [("1", "SQLITE_ERROR"), ("2067", "SQLITE_CONSTRAINT_UNIQUE"), ("11", "SQLITE_CORRUPT")] {
            assert!(matches!(Trouble::of_sqlite(Some(code)), Trouble::Defect), "{kind}");
        }
        assert!(matches!(Trouble::of_sqlite(None), Trouble::Defect));
    }

    #[test]
    fn those_who_are_refused_come_back_at_different_times() {
        for refused in [Error::Away("database"), Error::Newer, Error::Unavailable("Busy.".into())] {
            let waits: std::collections::BTreeSet<u64> =
                (0..1000).filter_map(|_| refused.retry_after()).map(Error::retry_seconds).collect();
            assert_eq!(waits, PAUSE_SECONDS.collect(), "{refused}");
        }
    }
}
