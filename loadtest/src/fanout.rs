//! `loadtest fanout`: how fast events reach many subscribers, and whether each got every event once.
//!
//! With `--cursors spread` every subscriber begins at another position of a history that was written
//! before, catches up, and then takes part in the live edge; with `head` all begin at its end. The
//! server's own counters, read before and after the live part, tell how often it executed the selection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use crate::crowd::Crowd;
use crate::figures::per_second;
use crate::ground::{self, Ground};
use crate::process::{self, Live};
use crate::sends::{self, Sender, Transport};
use crate::{Failure, Report, Result};

/// After the last event, how long a second copy of one could still come.
const ECHO: Duration = Duration::from_millis(500);

/// Options of `fanout`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    ground: ground::Options,
    /// How many subscribers.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    subscribers: u32,
    /// Where they begin.
    #[arg(long, value_enum, default_value = "spread")]
    cursors: Cursors,
    /// How many events are sent at the live edge.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    events: u32,
    /// How many senders.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    senders: u16,
    /// Characters of a message.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=16000))]
    characters: u16,
    /// Each part may take so long.
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
}

/// Where subscribers begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Cursors {
    /// Each after another event of the history.
    Spread,
    /// All at the end.
    Head,
}

/// Measures.
///
/// # Errors
/// The ground could not be prepared, or the subscribers do not get to the end of the history.
pub async fn run(options: Options) -> Result<Report> {
    let count = usize::try_from(options.subscribers).map_err(Failure::new)?;
    let ground = Arc::new(Ground::prepare(&options.ground, count).await?);
    let within = Duration::from_secs(options.seconds.into());
    let mut expected = Vec::new();
    let cursors = if options.cursors == Cursors::Spread {
        expected = send(&ground, &options, options.subscribers).await?;
        expected.clone()
    } else {
        vec![ground.seq().await?; count]
    };
    let crowd = Crowd::gather(&ground, &cursors, None).await?;
    // A last event for the history, so that also those who began at its end show that they are there.
    expected.push(sends::one(&ground).await?);
    let caught_up = crowd.reach(expected[expected.len() - 1], within).await;
    crowd.check()?;
    let caught_up = caught_up.ok_or_else(|| Failure::new("not everybody got to the end of the history in time"))?;
    let catching = crowd.deliveries();

    let before = Live::read(&ground.target).await?;
    let used_before = process::processor(&ground.pids)?;
    let begun = crowd.age();
    let live = send(&ground, &options, options.events).await?;
    let last = live.last().copied().unwrap_or(0);
    let arrived = crowd.reach(last, within).await;
    let used = process::processor(&ground.pids)? - used_before;
    // The server counts after it has sent, and a copy too many would come a little later.
    tokio::time::sleep(ECHO).await;
    let after = Live::read(&ground.target).await?;
    expected.extend(live);
    let verdict = crowd.verdict(&expected);

    let took = arrived.unwrap_or(within).saturating_sub(begun);
    let deliveries = verdict.deliveries - catching;
    let rate = per_second(deliveries, took);
    let history_took = caught_up.saturating_sub(crowd.connected);
    let history_rate = per_second(catching, history_took);
    let executions = before.zip(after).and_then(|(before, after)| after.per_event_since(&before));
    let kept = verdict.kept() && arrived.is_some();
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
        "executionsPerEvent": executions, "wrong": verdict.wrong, "disorder": verdict.disorder,
        "resyncs": verdict.resyncs, "comebacks": verdict.comebacks, "ended": verdict.ended, "exactlyOnce": kept,
        "processor": process::per_processor_second(deliveries, used),
    });
    Ok(Report { json, text, kept })
}

/// Sends so many messages by several senders; their numbers in order.
async fn send(ground: &Arc<Ground>, options: &Options, count: u32) -> Result<Vec<u64>> {
    let text: Arc<str> = "x".repeat(options.characters.into()).into();
    let next = Arc::new(AtomicU32::new(0));
    let mut tasks = JoinSet::new();
    for nth in 0..options.senders.into() {
        let mut sender = Sender::open(ground, nth, Transport::Http).await?;
        let (text, next) = (Arc::clone(&text), Arc::clone(&next));
        tasks.spawn(async move {
            let mut numbers = Vec::new();
            while next.fetch_add(1, Ordering::Relaxed) < count {
                numbers.push(sender.send(&text).await?.seq);
            }
            Ok::<_, Failure>(numbers)
        });
    }
    let mut all = Vec::new();
    while let Some(numbers) = tasks.join_next().await {
        all.extend(numbers.map_err(Failure::new)??);
    }
    all.sort_unstable();
    Ok(all)
}
