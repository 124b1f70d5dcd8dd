//! `loadtest latency`: the time from the scheduled send of a message to its receipt by every subscriber.
//!
//! An open loop: messages are scheduled at a constant rate regardless of earlier acknowledgements, and a late start
//! counts from the scheduled time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::histogram::{Latencies, per_second};
use crate::pace;
use crate::process;
use crate::sends::{self, Sender, Transport};
use crate::setup::{self, Setup};
use crate::subscribers::{SubscriberPool, TIMESTAMP_MARKER};
use crate::{Failure, Report, Result};

/// How long pending deliveries may take at the end.
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a duplicate could still arrive after the last event.
const DUPLICATE_WINDOW: Duration = Duration::from_millis(300);

/// Options of `latency`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    setup: setup::Options,
    /// Messages per second.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// Number of subscribers.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    subscribers: u32,
    /// Duration of the measurement in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
    /// Duration of the warm-up in seconds.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=600))]
    warm_up: u16,
    /// Connections for sending, which bounds concurrent messages.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    senders: u16,
}

/// Measures.
///
/// # Errors
/// The setup failed, or a message was rejected permanently.
pub async fn run(options: Options) -> Result<Report> {
    let count = usize::try_from(options.subscribers).map_err(Failure::new)?;
    let setup = Arc::new(Setup::prepare(&options.setup, count).await?);
    let base = Instant::now();
    let cursors = vec![setup.seq().await?; count];
    let pool = SubscriberPool::connect(&setup, &cursors, Some(base)).await?;
    let first = sends::send_one(&setup).await?;
    pool.wait_for(first, DELIVERY_TIMEOUT)
        .await
        .ok_or_else(|| Failure::new("not all subscribers received the first event in time"))?;

    let used_before = process::cpu_seconds(&setup.pids)?;
    let (mut numbers, acknowledged) = send(&setup, &options, base).await?;
    let used = process::cpu_seconds(&setup.pids)? - used_before;
    let last = numbers.last().copied().unwrap_or(0);
    let arrived = pool.wait_for(last, DELIVERY_TIMEOUT).await.is_some();
    tokio::time::sleep(DUPLICATE_WINDOW).await;
    numbers.insert(0, first);
    let verdict = pool.verdict(&numbers);
    let received = pool.latencies()?;
    let passed = arrived && verdict.passed();
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
        "received": received.json(), "acknowledged": acknowledged.json(), "exactlyOnce": passed,
        "deliveriesPerSecond": per_second(received.count(), Duration::from_secs(options.seconds.into())),
        "cpu": process::per_cpu_second(verdict.deliveries, used),
    });
    Ok(Report { json, text, passed })
}

/// Sends at the rate. Returns the sequence numbers in order and the time from schedule to acknowledgement. Only
/// messages after the warm-up carry a timestamp and are measured.
async fn send(setup: &Arc<Setup>, options: &Options, base: Instant) -> Result<(Vec<u64>, Latencies)> {
    let mut senders = Vec::new();
    for nth in 0..options.senders.into() {
        senders.push(Sender::open(setup, nth, Transport::Http).await?);
    }
    let rate = u64::from(options.rate);
    let warm_up = u64::from(options.warm_up) * rate;
    let count = warm_up + u64::from(options.seconds) * rate;
    let sent = pace::at_rate(senders, rate, count, |nth, due, mut sender| async move {
        let measured = nth >= warm_up;
        let text = match measured {
            true => format!("{TIMESTAMP_MARKER}{}", (due - base).as_nanos()),
            false => "warming up".to_owned(),
        };
        let seq = sender.send(&text).await?.seq;
        Ok(((seq, measured.then(|| due.elapsed())), sender))
    });
    let (mut numbers, took): (Vec<u64>, Vec<Option<Duration>>) = sent.await?.into_iter().unzip();
    let mut acknowledged = Latencies::new()?;
    took.into_iter().flatten().for_each(|took| acknowledged.record(took));
    numbers.sort_unstable();
    Ok((numbers, acknowledged))
}
