//! Tasks that run beside the requests: each has a name, and none dies in silence.
//!
//! A task that panics would otherwise just be gone, and what it did with it: a room without deliveries, a lane without
//! answers, a reader that reads no more. Promises: every panic is logged and counted by the name of its task
//! (`confab_task_panics_total{task}`); what runs for ever is begun again after a pause; where a task serves something,
//! whoever started it learns of its end by [`guard`] and can end that.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;

/// What runs for ever and has panicked begins again after so long.
const PAUSE: Duration = Duration::from_secs(1);

/// A task panicked. It is logged and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a task panicked")]
pub struct Panicked;

/// Runs a part of a task to its end, or to its panic.
///
/// # Errors
/// If it panicked.
pub async fn guard<T>(name: &'static str, work: impl Future<Output = T>) -> Result<T, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|panic| note(name, &*panic))
}

fn note(name: &'static str, panic: &(dyn Any + Send)) -> Panicked {
    let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    metrics::counter!("confab_task_panics_total", "task" => name).increment(1);
    tracing::error!(task = name, panic = text, "a task panicked");
    Panicked
}

/// The same of what does not wait.
///
/// # Errors
/// If it panicked.
pub fn guard_now<T>(name: &'static str, work: impl FnOnce() -> T) -> Result<T, Panicked> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).map_err(|panic| note(name, &*panic))
}

/// Starts a task that ends by itself.
pub fn spawn(name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _ = guard(name, work).await;
    })
}

/// Starts a task that runs for ever; each time it panics it is begun anew. It ends when it returns.
pub fn spawn_forever<F>(name: &'static str, mut begin: impl FnMut() -> F + Send + 'static) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        while guard(name, begin()).await.is_err() {
            tokio::time::sleep(PAUSE).await;
        }
    })
}

/// A running task whose result is awaited. Dropping it ends the task.
pub struct Awaited<T>(AbortOnDropHandle<Result<T, Panicked>>);

impl<T> Future for Awaited<T> {
    type Output = Result<T, Panicked>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // A panic is caught inside, and nobody else holds the handle, so it always joins.
        Pin::new(&mut self.0).poll(context).map(|joined| joined.unwrap_or(Err(Panicked)))
    }
}

/// Starts a task whose result is awaited.
pub fn spawn_awaited<T: Send + 'static>(
    name: &'static str,
    work: impl Future<Output = T> + Send + 'static,
) -> Awaited<T> {
    Awaited(AbortOnDropHandle::new(tokio::spawn(guard(name, work))))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_runs_for_ever_begins_again_after_a_panic() {
        let begun = Arc::<AtomicU32>::default();
        let counted = begun.clone();
        let task = spawn_forever("test", move || {
            let count = counted.fetch_add(1, Ordering::SeqCst);
            async move { assert!(count == 2, "the first two fail") }
        });
        task.await.unwrap();
        assert_eq!(begun.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn a_panic_of_a_part_is_told_and_the_rest_goes_on() {
        assert_eq!(guard("test", async { 7 }).await, Ok(7));
        assert_eq!(guard::<()>("test", async { panic!("words") }).await, Err(Panicked));
        spawn("test", async { panic!("more words") }).await.unwrap();
        assert_eq!(spawn_awaited("test", async { 7 }).await, Ok(7));
        assert_eq!(spawn_awaited::<()>("test", async { panic!("yet more words") }).await, Err(Panicked));
    }
}
