//! `loadtest search`: the time from the acknowledgement of a message until a search finds it, at a constant send rate,
//! and the latency of searches.
//!
//! The searcher is a member of a given number of channels, with a given number of existing messages. Each watched
//! message contains a unique word, which is searched repeatedly until the message is found, starting right after the
//! acknowledgement. A message that is never found fails the measurement.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testbed::client::Client;
use testbed::id::fresh;
use tokio::task::JoinSet;

use crate::histogram::{Latencies, per_second};
use crate::pace;
use crate::prose;
use crate::sends::{Sender, Transport};
use crate::setup::{self, Setup};
use crate::{Failure, Report, Result};

/// Interval of searches for a watched message.
const POLL_INTERVAL: Duration = Duration::from_millis(20);
/// Time after which a message counts as missing.
const FIND_TIMEOUT: Duration = Duration::from_secs(30);
/// Searches before the measurement.
const WARM_UP_SEARCHES: u64 = 20;
const FIND: &str = "query Find($w: ID!, $q: String!) { search(workspaceId: $w, query: $q, kinds: [MESSAGE], first: 1) { \
    edges { node { ... on Message { seq } } } } }";
/// The query of a client that shows a page of hits.
const PAGE: &str = "query Page($w: ID!, $q: String!) { search(workspaceId: $w, query: $q, kinds: [MESSAGE], first: 20) { \
    edges { cursor highlights { start length } node { ... on Message { id seq text } } } } }";
/// The same with total and facets.
const WHOLE: &str = "query Whole($w: ID!, $q: String!) { search(workspaceId: $w, query: $q, kinds: [MESSAGE], first: 20) { \
    edges { cursor highlights { start length } node { ... on Message { id seq text } } } total { count exact } \
    facets { channels { count } authors { count } months { month count } } } }";

/// Options of `search`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    setup: setup::Options,
    /// Messages per second.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// Duration of the measurement in seconds.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
    /// Watch one of this many messages.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    one_in: u32,
    /// Connections for sending.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=4096))]
    senders: u16,
    /// Existing messages, sent at full speed before the measurement.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=10_000_000))]
    messages: u64,
    /// Private channels of the searcher, besides the shared one.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=5_000))]
    channels: u16,
    /// Searches of each kind.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    searches: u64,
}

/// Measures.
///
/// # Errors
/// The setup failed, or a message or a search was rejected.
pub async fn run(options: Options) -> Result<Report> {
    let setup = Arc::new(Setup::prepare(&options.setup, options.senders.into()).await?);
    setup.add_channels(options.channels).await?;
    let filled = fill(&setup, &options).await?;
    let searcher = Searcher::new(&setup);
    let behind = searcher.wait_until_indexed(&setup).await?;
    let (findable, missing) = send(&setup, &options).await?;
    let mut kinds = serde_json::Map::new();
    let mut lines = String::new();
    for (name, document) in [("a page", PAGE), ("a page with total and facets", WHOLE)] {
        for (kind, query) in prose::QUERIES {
            let (took, hits) = searcher.measure(document, query, options.searches).await?;
            lines.push_str(&format!("\n  {name}, {kind}: {}, {hits:.1} hits", took.text()));
            kinds.insert(format!("{name}, {kind}"), json!({ "milliseconds": took.json(), "hits": hits }));
        }
    }
    let text = format!(
        "search in {} messages and {} channels (sent at {filled} per second, indexed {:.1} s after the last):\n  \
         findable at {} per second: {}; {missing} missing{lines}",
        options.messages,
        options.channels + 1,
        behind.as_secs_f64(),
        options.rate,
        findable.text()
    );
    let json = json!({
        "what": "search", "rate": options.rate, "seconds": options.seconds, "messages": options.messages,
        "channels": options.channels + 1, "filledPerSecond": filled, "secondsBehind": behind.as_secs_f64(),
        "findable": findable.json(), "missing": missing, "searches": kinds,
    });
    Ok(Report { json, text, passed: missing == 0 })
}

/// Sends the existing messages and returns the rate.
async fn fill(setup: &Arc<Setup>, options: &Options) -> Result<f64> {
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for share in 0..u64::from(options.senders).min(options.messages) {
        let mut sender = Sender::open(setup, usize::try_from(share).map_err(Failure::new)?, Transport::Http).await?;
        let (all, step) = (options.messages, usize::from(options.senders));
        tasks.spawn(async move {
            for nth in (share..all).step_by(step) {
                sender.send(&prose::text(nth)).await?;
            }
            Ok(())
        });
    }
    pace::join_all(tasks).await?;
    Ok(per_second(options.messages, begun.elapsed()))
}

/// Sends at the rate. Returns the time until watched messages were found, and the number never found.
async fn send(setup: &Arc<Setup>, options: &Options) -> Result<(Latencies, u64)> {
    let mut workers = Vec::new();
    for nth in 0..options.senders.into() {
        workers.push((Sender::open(setup, nth, Transport::Http).await?, Searcher::new(setup)));
    }
    let (rate, one_in) = (u64::from(options.rate), u64::from(options.one_in));
    let sent = pace::at_rate(workers, rate, u64::from(options.seconds) * rate, |nth, _, (mut sender, searcher)| {
        let unique = format!("{}{}", prose::UNIQUE_PREFIX, fresh().simple());
        async move {
            let seq = sender.send(&format!("{} {unique}", prose::text(nth))).await?.seq;
            let is_measured = nth % one_in == 0;
            let found = if is_measured { Some(searcher.wait_until_found(&unique, seq).await?) } else { None };
            Ok((found, (sender, searcher)))
        }
    });
    let (mut findable, mut missing) = (Latencies::new()?, 0);
    for found in sent.await?.into_iter().flatten() {
        match found {
            Some(took) => findable.record(took),
            None => missing += 1,
        }
    }
    Ok((findable, missing))
}

/// A client that searches as the member of all channels.
struct Searcher {
    client: Client,
    workspace: String,
}

impl Searcher {
    fn new(setup: &Setup) -> Self {
        // A retry would be measured.
        Self { client: setup.client(0).with_retries(Duration::ZERO), workspace: setup.workspace.clone() }
    }

    /// Executes a search. Returns its `data`.
    async fn execute(&self, document: &str, query: &str) -> Result<Value> {
        Ok(self.client.try_query(document, json!({ "w": self.workspace, "q": query })).await?)
    }

    /// Measures the time until a message is found. Returns `None` on timeout.
    async fn wait_until_found(&self, unique: &str, seq: u64) -> Result<Option<Duration>> {
        let begun = Instant::now();
        let mut ticks = tokio::time::interval(POLL_INTERVAL);
        while begun.elapsed() < FIND_TIMEOUT {
            ticks.tick().await;
            let answer = self.execute(FIND, unique).await?;
            let found = answer.pointer("/search/edges/0/node/seq").and_then(Value::as_u64);
            if found == Some(seq) {
                return Ok(Some(begun.elapsed()));
            }
        }
        Ok(None)
    }

    /// Waits until a new message is found, which implies that all earlier ones are indexed.
    async fn wait_until_indexed(&self, setup: &Arc<Setup>) -> Result<Duration> {
        let unique = format!("{}{}", prose::UNIQUE_PREFIX, fresh().simple());
        let sent = Sender::open(setup, 0, Transport::Http).await?.send(&unique).await?;
        let begun = Instant::now();
        // A lagging index is not an error yet.
        for _ in 0..20 {
            if self.wait_until_found(&unique, sent.seq).await?.is_some() {
                return Ok(begun.elapsed());
            }
        }
        Err(Failure::new("the index did not catch up"))
    }

    /// Measures the latency of searches and their average number of hits.
    async fn measure(&self, document: &str, query: fn(u64) -> String, count: u64) -> Result<(Latencies, f64)> {
        let (mut took, mut hits) = (Latencies::new()?, 0);
        for nth in 0..WARM_UP_SEARCHES + count {
            let query = query(nth);
            let begun = Instant::now();
            let answer = self.execute(document, &query).await?;
            if nth >= WARM_UP_SEARCHES {
                took.record(begun.elapsed());
                hits += answer.pointer("/search/edges").and_then(Value::as_array).map_or(0, Vec::len);
            }
        }
        Ok((took, hits as f64 / count as f64))
    }
}
