//! Errors of processing, and their transfer between the processes.

use std::io;

use serde::{Deserialize, Serialize};

use crate::Outcome;

/// Why a file could not be processed. All variants except `Io` are permanent: they are caused by the file.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The image exceeds the pixel or memory limit.
    #[error("image exceeds the pixel limit")]
    TooLarge,
    /// The file is corrupt, truncated, or not of its declared type.
    #[error("file is damaged: {0}")]
    Damaged(String),
    /// Processing exceeded the time limit.
    #[error("processing timed out")]
    TooSlow,
    /// The subprocess was killed, by its memory limit or a crash.
    #[error("preview process was killed")]
    Killed,
    /// The media type is not supported.
    #[error("unsupported media type")]
    Unsupported,
    /// An I/O error unrelated to the file.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The subprocess's response.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Response {
    Made(Outcome),
    TooLarge,
    Damaged(String),
    TooSlow,
    Killed,
    Unsupported,
    Io(String),
}

impl From<Result<Outcome, Failure>> for Response {
    fn from(result: Result<Outcome, Failure>) -> Self {
        match result {
            Ok(outcome) => Self::Made(outcome),
            Err(Failure::TooLarge) => Self::TooLarge,
            Err(Failure::Damaged(reason)) => Self::Damaged(reason),
            Err(Failure::TooSlow) => Self::TooSlow,
            Err(Failure::Killed) => Self::Killed,
            Err(Failure::Unsupported) => Self::Unsupported,
            Err(Failure::Io(error)) => Self::Io(error.to_string()),
        }
    }
}

impl From<Response> for Result<Outcome, Failure> {
    fn from(response: Response) -> Self {
        match response {
            Response::Made(outcome) => Ok(outcome),
            Response::TooLarge => Err(Failure::TooLarge),
            Response::Damaged(reason) => Err(Failure::Damaged(reason)),
            Response::TooSlow => Err(Failure::TooSlow),
            Response::Killed => Err(Failure::Killed),
            Response::Unsupported => Err(Failure::Unsupported),
            Response::Io(message) => Err(Failure::Io(io::Error::other(message))),
        }
    }
}
