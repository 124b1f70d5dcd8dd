//! The error type of the server.
//!
//! Services and commands return [`Error`]; only `graphql` and `http` convert it to responses. A variant states what the
//! caller can do about the error.
//! - Objects the caller cannot see are `NotFound`. `Forbidden` is for objects they see but cannot change.
//! - Internals are logged where they happen and leave only a correlation ID.

use std::time::Duration;

/// Range of the retry delay after an unavailable dependency or a full queue, in whole seconds. Drawn at random, so that
/// rejected clients do not retry at the same time.
const RETRY_SECONDS: std::ops::RangeInclusive<u64> = 1..=3;

/// An error returned to the caller.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The request is not authenticated, or its session has ended.
    #[error("Authentication required. Sign in and send the session token or cookie.")]
    Unauthenticated,
    /// The caller can see the object but is not allowed to do this.
    #[error("{1}")]
    Forbidden(Reason, &'static str),
    /// The object does not exist or the caller cannot see it.
    #[error("The {0} was not found.")]
    NotFound(&'static str),
    /// An input is invalid.
    #[error("{why}")]
    Invalid {
        /// The name of the input field in the schema.
        field: &'static str,
        /// The message: what is wrong and what is expected.
        why: String,
        /// The rule, if clients react to it.
        reason: Option<Reason>,
    },
    /// The request conflicts with an existing object or a limit, or a command ID was reused with a different input.
    #[error("{1}")]
    Conflict(Reason, String),
    /// A rate limit was exceeded.
    #[error("Rate limit exceeded. Retry in {} s.", Error::retry_seconds(*.retry_after))]
    RateLimited {
        /// How long to wait before retrying.
        retry_after: Duration,
    },
    /// A limit of concurrent resources was reached. The message states the limit.
    #[error("{0}")]
    Limit(String),
    /// A part of the server is temporarily unavailable. The same request can be retried.
    #[error("{0}")]
    Unavailable(String),
    /// The log contains events of a version that this server does not support.
    #[error("The workspace contains events of an unsupported version. Upgrade this server.")]
    UnsupportedVersion,
    /// A dependency is unavailable and its circuit is open: requests fail without waiting for it.
    #[error("The {0} is temporarily unavailable. Retry later.")]
    DependencyUnavailable(&'static str),
    /// The input is too large, or processing it is too expensive.
    #[error("{0}")]
    TooLarge(String),
    /// A defect or a broken dependency. The text is only logged.
    #[error("Internal server error. Report the correlation ID to the operator.")]
    Internal(String),
}

/// The rule by which a request was refused, so that clients can tell refusals apart and describe them in their own
/// words. `ErrorReason` in the schema documents them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    // With `Forbidden`.
    ChannelMentionRestricted,
    DirectChannel,
    FirstChannel,
    InviteRequired,
    LinkExpired,
    NotCreator,
    NotInChannel,
    RoleRequired,
    ServerAdminRequired,
    UnknownDevice,
    // With `Invalid`.
    ChannelMentionUnconfirmed,
    // With `Conflict`: the state of an object.
    ChannelArchived,
    FileAlreadyUsed,
    FileInUse,
    LastOwner,
    PartReplaced,
    UploadEnded,
    // With `Conflict`: something that exists.
    ChannelNameTaken,
    EmailTaken,
    EmojiNameTaken,
    HandleLooksAlike,
    HandleTaken,
    IdTaken,
    // With `Conflict`: a limit.
    CreatedChannelLimit,
    EditLimit,
    EmojiLimit,
    InviteLimit,
    JoinedChannelLimit,
    MemberChannelLimit,
    ReactionLimit,
    SavedSearchLimit,
    WorkspaceChannelLimit,
    WorkspaceLimit,
}

/// `Result` with the server's error type.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The value of `extensions.code` in the response.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden(..) => "FORBIDDEN",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Invalid { .. } => "BAD_USER_INPUT",
            Self::Conflict(..) => "CONFLICT",
            Self::RateLimited { .. } | Self::Limit(_) => "RATE_LIMITED",
            Self::Unavailable(_) | Self::UnsupportedVersion | Self::DependencyUnavailable(_) => "UNAVAILABLE",
            Self::TooLarge(_) => "PAYLOAD_TOO_LARGE",
            Self::Internal(_) => "INTERNAL",
        }
    }

    /// The value of `extensions.reason` in the response, if any.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Forbidden(reason, _) | Self::Conflict(reason, _) => Some(*reason),
            Self::Invalid { reason, .. } => *reason,
            _ => None,
        }
    }

    /// Whether the same request may succeed later without any change.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::UnsupportedVersion | Self::DependencyUnavailable(_))
    }

    /// How long to wait before retrying, if known.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after } => Some(*retry_after),
            Self::Unavailable(_) | Self::UnsupportedVersion | Self::DependencyUnavailable(_) => {
                Some(Self::retry_delay())
            }
            _ => None,
        }
    }

    /// A random delay before retrying.
    pub fn retry_delay() -> Duration {
        Duration::from_secs(rand::random_range(RETRY_SECONDS))
    }

    /// The error for a client-generated ID that is already in use. Does not reveal for what, because the caller may not
    /// be allowed to see it.
    pub fn id_taken() -> Self {
        Self::Conflict(Reason::IdTaken, "The ID is already in use. Generate a new one.".into())
    }

    /// A wait as reported to clients: whole seconds, rounded up, at least 1.
    pub fn retry_seconds(wait: Duration) -> u64 {
        wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
    }

    /// An invalid input field.
    pub fn invalid(field: &'static str, why: impl Into<String>) -> Self {
        Self::Invalid { field, why: why.into(), reason: None }
    }

    /// A defect: a state that should be impossible.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }
}

impl From<sea_orm::DbErr> for Error {
    /// Lost connections, timeouts and locks are transient; everything else is a defect.
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::{DbErr, RuntimeErr};
        let text = error.to_string();
        let inner = match &error {
            // All connections of the pool are in use.
            DbErr::ConnectionAcquire(_) => return busy(&text),
            DbErr::Conn(_) => return unavailable(&text),
            DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner)) => inner,
            _ => return Self::Internal(text),
        };
        match DatabaseFailure::from_sqlx(inner) {
            DatabaseFailure::Lost => unavailable(&text),
            DatabaseFailure::Busy => busy(&text),
            DatabaseFailure::Defect => Self::Internal(text),
        }
    }
}

fn busy(text: &str) -> Error {
    tracing::warn!(text, "database busy");
    Error::Unavailable("The database is busy or its disk is full. Retry later.".into())
}

fn unavailable(text: &str) -> Error {
    // Logged for every request; the circuit breaker reports the outage once.
    tracing::debug!(text, "database unavailable");
    Error::DependencyUnavailable("database")
}

/// Classification of a driver error.
enum DatabaseFailure {
    Lost,
    Busy,
    Defect,
}

impl DatabaseFailure {
    /// `Lost`: I/O errors, shutdown (Postgres 57P01 to 57P03), too many connections (53300), a pooler that lost its
    /// server (class 08).
    /// `Busy`: lock and statement timeouts (55P03, 57014, 25P03, 40001, 40P01), a full disk (53100), and the errors of
    /// [`Self::from_sqlite_code`].
    fn from_sqlx(error: &sea_orm::SqlxError) -> Self {
        use sea_orm::SqlxError;
        use sea_orm::sqlx::sqlite::SqliteError;
        match error {
            SqlxError::Io(_) | SqlxError::PoolTimedOut | SqlxError::PoolClosed | SqlxError::WorkerCrashed => Self::Lost,
            SqlxError::Database(inner) if inner.try_downcast_ref::<SqliteError>().is_some() => {
                Self::from_sqlite_code(inner.code().as_deref())
            }
            SqlxError::Database(inner) => match inner.code().as_deref() {
                Some("57P01" | "57P02" | "57P03" | "53300") => Self::Lost,
                Some(code) if code.starts_with("08") => Self::Lost,
                Some("55P03" | "57014" | "25P03" | "40001" | "40P01" | "53100") => Self::Busy,
                _ => Self::Defect,
            },
            _ => Self::Defect,
        }
    }

    /// The low byte of an SQLite error code is its primary code (517 has the primary code 5). `Busy`: locked by another
    /// connection (5 and 6), interrupted (9), I/O error (10), disk full (13) and unable to open a file (14).
    fn from_sqlite_code(code: Option<&str>) -> Self {
        let primary = code.and_then(|code| code.parse::<u32>().ok()).map(|code| code & 0xff);
        if matches!(primary, Some(5 | 6 | 9 | 10 | 13 | 14)) { Self::Busy } else { Self::Defect }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classifies_sqlite_codes_by_primary_code() {
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
            assert!(matches!(DatabaseFailure::from_sqlite_code(Some(code)), DatabaseFailure::Busy), "{kind}");
        }
        for (code, kind) in [("1", "SQLITE_ERROR"), ("2067", "SQLITE_CONSTRAINT_UNIQUE"), ("11", "SQLITE_CORRUPT")] {
            assert!(matches!(DatabaseFailure::from_sqlite_code(Some(code)), DatabaseFailure::Defect), "{kind}");
        }
        assert!(matches!(DatabaseFailure::from_sqlite_code(None), DatabaseFailure::Defect));
    }

    #[test]
    fn randomizes_the_retry_delay() {
        for error in
            [Error::DependencyUnavailable("database"), Error::UnsupportedVersion, Error::Unavailable("Busy.".into())]
        {
            let waits: std::collections::BTreeSet<u64> =
                (0..1000).filter_map(|_| error.retry_after()).map(Error::retry_seconds).collect();
            assert_eq!(waits, RETRY_SECONDS.collect(), "{error}");
        }
    }
}
