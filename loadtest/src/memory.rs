//! `loadtest memory`: resident memory of the server per idle subscriber.
//!
//! Start with a fresh server: memory freed by earlier load is reused and hides the growth. Excludes kernel memory of
//! sockets.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::process::resident_memory;
use crate::sends;
use crate::setup::{self, Setup};
use crate::subscribers::SubscriberPool;
use crate::{Failure, Report, Result};

/// The longest delivery of an event to all subscribers.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(60);

/// Options of `memory`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    setup: setup::Options,
    /// Number of subscribers.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    idle_subscribers: u32,
    /// Time for the server to settle before each reading, in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(0..=600))]
    settle: u16,
}

/// Measures.
///
/// # Errors
/// No process was specified, or the subscribers could not connect.
pub async fn run(options: Options) -> Result<Report> {
    let &[pid] = options.setup.pid.as_slice() else {
        return Err(Failure::new("specify the server's process with --pid, once"));
    };
    let count = usize::try_from(options.idle_subscribers).map_err(Failure::new)?;
    let setup = Arc::new(Setup::prepare(&options.setup, count + 1).await?);
    let settle = Duration::from_secs(options.settle.into());
    let seq = setup.seq().await?;
    // The first subscriber loads the shared state.
    let first = SubscriberPool::connect(&setup, &[seq], None).await?;
    first.wait_for(sends::send_one(&setup).await?, DELIVERY_TIMEOUT).await;
    tokio::time::sleep(settle).await;
    let before = resident_memory(pid)?;
    let pool = SubscriberPool::connect(&setup, &vec![seq; count], None).await?;
    let there = pool.wait_for(sends::send_one(&setup).await?, DELIVERY_TIMEOUT).await;
    tokio::time::sleep(settle).await;
    pool.check()?;
    there.ok_or_else(|| Failure::new("not all subscribers received an event in time"))?;
    let after = resident_memory(pid)?;
    let each = per_subscriber(before.0, after.0, count);
    let own = per_subscriber(before.1, after.1, count);
    let text = format!(
        "memory: {each:.2} KiB per idle subscriber ({own:.2} anonymous); {} KiB with 1, {} KiB with {}",
        before.0,
        after.0,
        count + 1
    );
    let json = json!({
        "what": "memory", "idleSubscribers": count, "kibPerSubscriber": each, "anonymousKibPerSubscriber": own,
        "residentKibBefore": before.0, "residentKibAfter": after.0,
    });
    Ok(Report { json, text, passed: true })
}

fn per_subscriber(before: u64, after: u64, count: usize) -> f64 {
    let grown = after as f64 - before as f64;
    (grown / count.max(1) as f64 * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divides_growth_by_subscribers() {
        assert_eq!(per_subscriber(1000, 5000, 1000), 4.0);
        assert_eq!(per_subscriber(5000, 4000, 1000), -1.0);
    }
}
