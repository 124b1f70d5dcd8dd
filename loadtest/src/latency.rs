//! `loadtest latency`: how long a message takes from its planned moment to every subscriber.
//!
//! An open loop: messages are due at a constant rate whether or not earlier ones have been acknowledged,
//! and a message that starts late because the server is slow counts from when it was due.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::crowd::{Crowd, STAMP};
use crate::figures::{Latencies, per_second};
use crate::ground::{self, Ground};
use crate::process;
use crate::sends::{self, Sender, Transport};
use crate::{Failure, Report, Result};

/// What is still on its way at the end gets so long.
const GRACE: Duration = Duration::from_secs(30);
/// After the last event, how long a second copy of one could still come.
const ECHO: Duration = Duration::from_millis(300);

/// Options of `latency`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    ground: ground::Options,
    /// Messages per second.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// How many subscribers.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    subscribers: u32,
    /// How long is measured.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
    /// How long is not measured before.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=600))]
    warm_up: u16,
    /// Connections for sending: so many messages can be on their way at once.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    senders: u16,
}

/// Measures.
///
/// # Errors
/// The ground could not be prepared, or a message was refused for good.
pub async fn run(options: Options) -> Result<Report> {
    let count = usize::try_from(options.subscribers).map_err(Failure::new)?;
    let ground = Arc::new(Ground::prepare(&options.ground, count).await?);
    let base = Instant::now();
    let cursors = vec![ground.seq().await?; count];
    let crowd = Crowd::gather(&ground, &cursors, Some(base)).await?;
    let first = sends::one(&ground).await?;
    crowd.reach(first, GRACE).await.ok_or_else(|| Failure::new("not everybody got the first event in time"))?;

    let used_before = process::processor(&ground.pids)?;
    let (mut numbers, acknowledged) = send(&ground, &options, base).await?;
    let used = process::processor(&ground.pids)? - used_before;
    let last = numbers.last().copied().unwrap_or(0);
    let arrived = crowd.reach(last, GRACE).await.is_some();
    tokio::time::sleep(ECHO).await;
    numbers.insert(0, first);
    let verdict = crowd.verdict(&numbers);
    let received = crowd.latencies()?;
    let kept = arrived && verdict.kept();
    let text = format!(
        "latency at {} per second to {} subscribers: received {}; acknowledged {}; {}",
        options.rate,
        options.subscribers,
        received.text(),
        acknowledged.text(),
        verdict.text()
    );
    let json = json!({
        "what": "latency", "rate": options.rate, "subscribers": options.subscribers, "seconds": options.seconds,
        "received": received.json(), "acknowledged": acknowledged.json(), "exactlyOnce": kept,
        "deliveriesPerSecond": per_second(received.count(), Duration::from_secs(options.seconds.into())),
        "processor": process::per_processor_second(verdict.deliveries, used),
    });
    Ok(Report { json, text, kept })
}

/// Sends at the rate; the numbers of the messages in order and the time from due to acknowledged.
/// Only what is due after the warm-up carries its moment and is measured.
async fn send(ground: &Arc<Ground>, options: &Options, base: Instant) -> Result<(Vec<u64>, Latencies)> {
    let (free, mut waiting) = mpsc::channel(options.senders.into());
    for nth in 0..options.senders.into() {
        let sender = Sender::open(ground, nth, Transport::Http).await?;
        free.send(sender).await.map_err(Failure::new)?;
    }
    let rate = u64::from(options.rate);
    let warm_up = u64::from(options.warm_up) * rate;
    let start = Instant::now();
    let mut tasks: JoinSet<Result<(Option<Duration>, u64)>> = JoinSet::new();
    for nth in 0..warm_up + u64::from(options.seconds) * rate {
        let due = start + Duration::from_nanos(nth * 1_000_000_000 / rate);
        tokio::time::sleep_until(due.into()).await;
        let Some(mut sender) = waiting.recv().await else {
            break;
        };
        let free = free.clone();
        tasks.spawn(async move {
            let measured = nth >= warm_up;
            let text = match measured {
                true => format!("{STAMP}{}", (due - base).as_nanos()),
                false => "warming up".to_owned(),
            };
            let sent = sender.send(&text).await?;
            let took = measured.then(|| due.elapsed());
            // The receiver lives as long as messages are due; afterwards nobody needs the sender.
            let _ = free.send(sender).await;
            Ok((took, sent.seq))
        });
    }
    let mut numbers = Vec::new();
    let mut acknowledged = Latencies::new()?;
    while let Some(done) = tasks.join_next().await {
        let (took, seq) = done.map_err(Failure::new)??;
        numbers.push(seq);
        if let Some(took) = took {
            acknowledged.record(took);
        }
    }
    numbers.sort_unstable();
    Ok((numbers, acknowledged))
}
