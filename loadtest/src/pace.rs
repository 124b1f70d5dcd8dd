//! Concurrent work: at a constant rate, repeated for a time, and the results of tasks.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::histogram::Latencies;
use crate::{Failure, Result};

/// Runs `work` `count` times at a constant rate, regardless of earlier results, each time with a free worker. Passes its
/// number and scheduled time.
///
/// # Errors
/// Some work failed.
pub async fn at_rate<W, T, F>(
    workers: Vec<W>,
    rate: u64,
    count: u64,
    work: impl Fn(u64, Instant, W) -> F,
) -> Result<Vec<T>>
where
    W: Send + 'static,
    T: Send + 'static,
    F: Future<Output = Result<(T, W)>> + Send + 'static,
{
    let (free, mut waiting) = mpsc::channel(workers.len().max(1));
    for worker in workers {
        free.send(worker).await.map_err(Failure::new)?;
    }
    let start = Instant::now();
    let mut tasks = JoinSet::new();
    for nth in 0..count {
        let due = start + Duration::from_nanos(nth * 1_000_000_000 / rate);
        tokio::time::sleep_until(due.into()).await;
        let Some(worker) = waiting.recv().await else { break };
        let (working, free) = (work(nth, due, worker), free.clone());
        tasks.spawn(async move {
            let (done, worker) = working.await?;
            // The receiver may be gone at the end.
            let _ = free.send(worker).await;
            Ok(done)
        });
    }
    join_all(tasks).await
}

/// Repeats an operation for a time and measures each.
///
/// # Errors
/// It failed.
pub async fn repeat(time: Duration, mut operation: impl AsyncFnMut() -> Result<()>) -> Result<Latencies> {
    let mut latencies = Latencies::new()?;
    let until = Instant::now() + time;
    loop {
        let begun = Instant::now();
        if begun >= until {
            return Ok(latencies);
        }
        operation().await?;
        latencies.record(begun.elapsed());
    }
}

/// The results of all tasks.
///
/// # Errors
/// One of them failed.
pub async fn join_all<T: 'static>(mut tasks: JoinSet<Result<T>>) -> Result<Vec<T>> {
    let mut results = Vec::new();
    while let Some(done) = tasks.join_next().await {
        results.push(done.map_err(Failure::new)??);
    }
    Ok(results)
}
