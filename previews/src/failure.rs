//! Why nothing was made, and how the process that makes says so.

use std::io;

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// Why nothing was made of a file. All but `Io` are about the file, and trying again gives the same.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It would take more pixels, or more memory for them, than the limits allow.
    #[error("it has too many pixels")]
    TooLarge,
    /// It is not what its type says, or not whole.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// It took more time than the limits allow.
    #[error("it took too long")]
    TooSlow,
    /// The process died of it: of too much memory, or of a defect.
    #[error("the process that looked at it was killed")]
    Killed,
    /// Nothing can be made of files of this type.
    #[error("nothing can be made of this type")]
    Unsupported,
    /// This machine failed, not the file.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What one process tells the other.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Answer {
    Made(Outcome),
    TooLarge,
    Damaged(String),
    TooSlow,
    Killed,
    Unsupported,
    Io(String),
}

impl From<Result<Outcome, Failure>> for Answer {
    fn from(result: Result<Outcome, Failure>) -> Self {
        match result {
            Ok(outcome) => Self::Made(outcome),
            Err(Failure::TooLarge) => Self::TooLarge,
            Err(Failure::Damaged(how)) => Self::Damaged(how),
            Err(Failure::TooSlow) => Self::TooSlow,
            Err(Failure::Killed) => Self::Killed,
            Err(Failure::Unsupported) => Self::Unsupported,
            Err(Failure::Io(error)) => Self::Io(error.to_string()),
        }
    }
}

impl From<Answer> for Result<Outcome, Failure> {
    fn from(answer: Answer) -> Self {
        match answer {
            Answer::Made(outcome) => Ok(outcome),
            Answer::TooLarge => Err(Failure::TooLarge),
            Answer::Damaged(how) => Err(Failure::Damaged(how)),
            Answer::TooSlow => Err(Failure::TooSlow),
            Answer::Killed => Err(Failure::Killed),
            Answer::Unsupported => Err(Failure::Unsupported),
            Answer::Io(what) => Err(Failure::Io(io::Error::other(what))),
        }
    }
}
