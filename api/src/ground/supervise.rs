//! Supervision of background tasks.
//!
//! A panic would otherwise silently stop a task: a room would stop delivering, a lane answering, a reader
//! reading. Guarantees that every panic is logged and counted by task name (`confab_task_panics_total{task}`),
//! and that permanent tasks restart after a pause. [`guard`] reports a panic to the owner of a task, which can
//! then stop what the task served.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;

/// Delay before a task restarts after a panic.
const RESTART_DELAY: Duration = Duration::from_secs(1);

/// A task panicked. The panic has been logged and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a task panicked")]
pub struct Panicked;

/// Runs a future and catches its panic.
///
/// # Errors
/// [`Panicked`] if it panics.
pub async fn guard<T>(name: &'static str, work: impl Future<Output = T>) -> Result<T, Panicked> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|panic| record_panic(name, &*panic))
}

fn record_panic(name: &'static str, panic: &(dyn Any + Send)) -> Panicked {
    let text = panic.downcast_ref::<&str>().copied().map(str::to_owned);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    metrics::counter!("confab_task_panics_total", "task" => name).increment(1);
    tracing::error!(task = name, panic = text, "a task panicked");
    Panicked
}

/// Runs a closure and catches its panic.
///
/// # Errors
/// [`Panicked`] if it panics.
pub fn guard_sync<T>(name: &'static str, work: impl FnOnce() -> T) -> Result<T, Panicked> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).map_err(|panic| record_panic(name, &*panic))
}

/// Spawns a task that ends by itself.
pub fn spawn(name: &'static str, work: impl Future<Output = ()> + Send + 'static) -> JoinHandle<()> {
    tokio::spawn(async move {
        let _ = guard(name, work).await;
    })
}

/// Spawns a permanent task, which restarts after each panic. It ends when its future returns.
pub fn spawn_forever<F>(name: &'static str, mut begin: impl FnMut() -> F + Send + 'static) -> JoinHandle<()>
where
    F: Future<Output = ()> + Send + 'static,
{
    tokio::spawn(async move {
        while guard(name, begin()).await.is_err() {
            tokio::time::sleep(RESTART_DELAY).await;
        }
    })
}

/// A handle to a spawned task. Dropping it aborts the task.
pub struct TaskHandle<T>(AbortOnDropHandle<Result<T, Panicked>>);

impl<T> Future for TaskHandle<T> {
    type Output = Result<T, Panicked>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Panics are caught inside the task and nothing else can abort it, so joining cannot fail.
        Pin::new(&mut self.0).poll(context).map(|joined| joined.unwrap_or(Err(Panicked)))
    }
}

/// Spawns a task that is aborted when its handle is dropped.
pub fn spawn_abort_on_drop<T: Send + 'static>(
    name: &'static str,
    work: impl Future<Output = T> + Send + 'static,
) -> TaskHandle<T> {
    TaskHandle(AbortOnDropHandle::new(tokio::spawn(guard(name, work))))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn restarts_permanent_tasks_after_a_panic() {
        let starts = Arc::<AtomicU32>::default();
        let counted = starts.clone();
        let task = spawn_forever("test", move || {
            let count = counted.fetch_add(1, Ordering::SeqCst);
            async move { assert!(count == 2, "the first two fail") }
        });
        task.await.unwrap();
        assert_eq!(starts.load(Ordering::SeqCst), 3);
    }

    #[tokio::test]
    async fn reports_panics_without_propagating_them() {
        assert_eq!(guard("test", async { 7 }).await, Ok(7));
        assert_eq!(guard::<()>("test", async { panic!("words") }).await, Err(Panicked));
        spawn("test", async { panic!("more words") }).await.unwrap();
        assert_eq!(spawn_abort_on_drop("test", async { 7 }).await, Ok(7));
        assert_eq!(spawn_abort_on_drop::<()>("test", async { panic!("yet more words") }).await, Err(Panicked));
    }
}
