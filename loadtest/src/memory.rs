//! `loadtest memory`: how much resident memory of the server one idle subscriber costs.
//!
//! Begin with a server that was just started: memory that earlier load left behind is used again and hides
//! the growth. Kernel memory of sockets is not in it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use crate::crowd::Crowd;
use crate::ground::{self, Ground};
use crate::process::resident;
use crate::sends;
use crate::{Failure, Report, Result};

/// How long an event may take to everybody.
const WAIT: Duration = Duration::from_secs(60);

/// Options of `memory`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    ground: ground::Options,
    /// How many subscribers.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    idle_subscribers: u32,
    /// How long the server may settle before each reading.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(0..=600))]
    settle: u16,
}

/// Measures.
///
/// # Errors
/// No process was named, or the subscribers could not connect.
pub async fn run(options: Options) -> Result<Report> {
    let &[pid] = options.ground.pid.as_slice() else {
        return Err(Failure::new("name the server's process by --pid, once"));
    };
    let count = usize::try_from(options.idle_subscribers).map_err(Failure::new)?;
    let ground = Arc::new(Ground::prepare(&options.ground, count + 1).await?);
    let settle = Duration::from_secs(options.settle.into());
    let seq = ground.seq().await?;
    // The first subscriber loads what all of them share.
    let first = Crowd::gather(&ground, &[seq], None).await?;
    first.reach(sends::one(&ground).await?, WAIT).await;
    tokio::time::sleep(settle).await;
    let before = resident(pid)?;
    let crowd = Crowd::gather(&ground, &vec![seq; count], None).await?;
    let there = crowd.reach(sends::one(&ground).await?, WAIT).await;
    tokio::time::sleep(settle).await;
    crowd.check()?;
    there.ok_or_else(|| Failure::new("not everybody got an event in time"))?;
    let after = resident(pid)?;
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
    Ok(Report { json, text, kept: true })
}

fn per_subscriber(before: u64, after: u64, count: usize) -> f64 {
    let grown = after as f64 - before as f64;
    (grown / count.max(1) as f64 * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_shared_out() {
        assert_eq!(per_subscriber(1000, 5000, 1000), 4.0);
        assert_eq!(per_subscriber(5000, 4000, 1000), -1.0);
    }
}
