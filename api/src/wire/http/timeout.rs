//! The request timeout. A panic fails only the work that it interrupts.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

use super::refusal::{Refusal, internal};
use super::state::HttpState;

/// Runs a future with the request timeout, and catches panics.
pub(crate) async fn with_timeout<T>(state: &HttpState, work: impl Future<Output = T>) -> Result<T, Refusal> {
    let timeout = state.settings().timing.request_timeout;
    match tokio::time::timeout(timeout, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(_)) => Err(internal("panic during execution")),
        Err(_) => {
            Err(Refusal::new("UNAVAILABLE", format!("Execution timed out after {} s. Retry later.", timeout.as_secs())))
        }
    }
}
