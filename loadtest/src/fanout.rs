//! `loadtest fanout`: the rate at which events reach many subscribers, and whether each received every event once.
//!
//! With `--cursors spread`, every subscriber starts at another position of an existing history, catches up, and then
//! receives live events. With `head`, all start at its end. The server's counters before and after the live part show
//! how often it executed the selection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use crate::histogram::per_second;
use crate::pace;
use crate::process::{self, Live};
use crate::sends::{self, Sender, Transport};
use crate::setup::{self, Setup};
use crate::subscribers::SubscriberPool;
use crate::{Failure, Report, Result};

/// How long a duplicate could still arrive after the last event.
const DUPLICATE_WINDOW: Duration = Duration::from_millis(500);

/// Options of `fanout`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    setup: setup::Options,
    /// Number of subscribers.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    subscribers: u32,
    /// Starting positions.
    #[arg(long, value_enum, default_value = "spread")]
    cursors: Cursors,
    /// Number of live events.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    events: u32,
    /// Number of senders.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    senders: u16,
    /// Characters per message.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=16000))]
    characters: u16,
    /// Timeout of each part in seconds.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
}

/// Starting positions of subscribers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Cursors {
    /// Each after a different event of the history.
    Spread,
    /// All at the end.
    Head,
}

/// Measures.
///
/// # Errors
/// The setup failed, or subscribers do not reach the end of the history in time.
pub async fn run(options: Options) -> Result<Report> {
    let count = usize::try_from(options.subscribers).map_err(Failure::new)?;
    let setup = Arc::new(Setup::prepare(&options.setup, count).await?);
    let within = Duration::from_secs(options.seconds.into());
    let mut expected = Vec::new();
    let cursors = if options.cursors == Cursors::Spread {
        expected = send(&setup, &options, options.subscribers).await?;
        expected.clone()
    } else {
        vec![setup.seq().await?; count]
    };
    let pool = SubscriberPool::connect(&setup, &cursors, None).await?;
    // A last event, so that subscribers that started at the end of the history show that they are connected.
    expected.push(sends::send_one(&setup).await?);
    let caught_up = pool.wait_for(expected[expected.len() - 1], within).await;
    pool.check()?;
    let caught_up =
        caught_up.ok_or_else(|| Failure::new("not all subscribers reached the end of the history in time"))?;
    let catching = pool.deliveries();

    let before = Live::read(&setup.target).await?;
    let used_before = process::cpu_seconds(&setup.pids)?;
    let begun = pool.age();
    let live = send(&setup, &options, options.events).await?;
    let last = live.last().copied().unwrap_or(0);
    let arrived = pool.wait_for(last, within).await;
    let used = process::cpu_seconds(&setup.pids)? - used_before;
    // The server counts after sending, and a duplicate would arrive shortly after.
    tokio::time::sleep(DUPLICATE_WINDOW).await;
    let after = Live::read(&setup.target).await?;
    expected.extend(live);
    let verdict = pool.verdict(&expected);

    let took = arrived.unwrap_or(within).saturating_sub(begun);
    let deliveries = verdict.deliveries - catching;
    let rate = per_second(deliveries, took);
    let history_took = caught_up.saturating_sub(pool.connected);
    let history_rate = per_second(catching, history_took);
    let executions = before.zip(after).and_then(|(before, after)| after.per_event_since(&before));
    let passed = verdict.passed() && arrived.is_some();
    let text = format!(
        "fanout: {rate} deliveries per second live ({deliveries} in {:.2} s), {history_rate} catching up ({catching}); \
         executions per event {}; {}",
        took.as_secs_f64(),
        executions.map_or("unknown".into(), |value| format!("{value:.3}")),
        verdict.text()
    );
    let json = json!({
        "what": "fanout", "subscribers": count, "cursors": format!("{:?}", options.cursors).to_lowercase(),
        "events": options.events, "characters": options.characters,
        "live": { "deliveries": deliveries, "seconds": took.as_secs_f64(), "perSecond": rate },
        "history": { "deliveries": catching, "seconds": history_took.as_secs_f64(), "perSecond": history_rate },
        "executionsPerEvent": executions, "incorrect": verdict.incorrect, "outOfOrder": verdict.out_of_order,
        "resyncs": verdict.resyncs, "resubscriptions": verdict.resubscriptions, "ended": verdict.ended, "exactlyOnce": passed,
        "cpu": process::per_cpu_second(deliveries, used),
    });
    Ok(Report { json, text, passed })
}

/// Sends `count` messages by several senders and returns their sequence numbers in order.
async fn send(setup: &Arc<Setup>, options: &Options, count: u32) -> Result<Vec<u64>> {
    let text: Arc<str> = "x".repeat(options.characters.into()).into();
    let next = Arc::new(AtomicU32::new(0));
    let mut tasks = JoinSet::new();
    for nth in 0..options.senders.into() {
        let mut sender = Sender::open(setup, nth, Transport::Http).await?;
        let (text, next) = (Arc::clone(&text), Arc::clone(&next));
        tasks.spawn(async move {
            let mut numbers = Vec::new();
            while next.fetch_add(1, Ordering::Relaxed) < count {
                numbers.push(sender.send(&text).await?.seq);
            }
            Ok(numbers)
        });
    }
    let mut all = pace::join_all(tasks).await?.concat();
    all.sort_unstable();
    Ok(all)
}
