//! The one error of the server.
//!
//! Services and commands return it; only `graphql` and `http` turn it into wire. A variant says what
//! the caller can do about it. What the caller may not see is `NotFound`, never `Forbidden`:
//! `Forbidden` is for things that they see but may not do. Internals are logged where they happen
//! and leave only a correlation id.

use std::time::Duration;

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
    /// Too many attempts; try again after the given time.
    #[error("Too many attempts. Try again in {} s.", Error::retry_seconds(*.retry_after))]
    RateLimited {
        /// How long to wait.
        retry_after: Duration,
    },
    /// A part of the server cannot answer now; the same request may be sent again.
    #[error("{0}")]
    Unavailable(String),
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
            Self::RateLimited { .. } => "RATE_LIMITED",
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::TooLarge(_) => "PAYLOAD_TOO_LARGE",
            Self::Internal(_) => "INTERNAL",
        }
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
    /// Timeouts, lost connections and locks can be tried again; everything else is a defect.
    fn from(error: sea_orm::DbErr) -> Self {
        use sea_orm::{DbErr, RuntimeErr};
        let text = error.to_string();
        match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => {
                tracing::warn!(%text, "database away");
                Self::Unavailable("The database does not answer.".into())
            }
            DbErr::Exec(RuntimeErr::SqlxError(inner)) | DbErr::Query(RuntimeErr::SqlxError(inner))
                if may_pass(inner) =>
            {
                tracing::warn!(%text, "database busy or away");
                Self::Unavailable("The database does not answer.".into())
            }
            _ => Self::Internal(text),
        }
    }
}

/// Whether a driver's error is of the passing kind: input and output, a lock or statement timeout
/// (Postgres 55P03, 57014, 25P03), a shutdown (57P01 to 57P03), too many connections (53300), a full disk
/// (53100), or SQLite busy (5) and full (13).
fn may_pass(error: &sea_orm::SqlxError) -> bool {
    use sea_orm::SqlxError;
    match error {
        SqlxError::Io(_) | SqlxError::PoolTimedOut | SqlxError::PoolClosed | SqlxError::WorkerCrashed => true,
        SqlxError::Database(inner) => inner.code().is_some_and(|code| {
            matches!(
                code.as_ref(),
                "55P03"
                    | "57014"
                    | "25P03"
                    | "57P01"
                    | "57P02"
                    | "57P03"
                    | "53300"
                    | "53100"
                    | "40001"
                    | "40P01"
                    | "5"
                    | "13"
            )
        }),
        _ => false,
    }
}
