//! `loadtest search`: how long a message takes from its acknowledgement until a search finds it, at a constant
//! rate of sends, and how long a search takes over the wire.
//!
//! The searcher is in as many channels as is asked for, and as many messages are there before. Each watched
//! message has a word of its own, which is looked for again and again until the message is the answer; the first
//! look is right after the acknowledgement. One that is never found is a broken promise.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::figures::{Latencies, per_second};
use crate::ground::{self, Ground};
use crate::http::Http;
use crate::prose;
use crate::sends::{Sender, Transport};
use crate::{Failure, Report, Result};

/// A watched message is looked for so often.
const LOOK: Duration = Duration::from_millis(20);
/// One that is not found for so long counts as missing.
const PATIENCE: Duration = Duration::from_secs(30);
/// Searches before those that are measured.
const WARM_UP: u64 = 20;
const FOUND: &str = "query Find($w: ID!, $q: String!) { search(workspaceId: $w, query: $q, kinds: [MESSAGE], first: 1) { \
    edges { node { ... on Message { seq } } } } }";
/// As a client asks that shows a page of hits.
const PAGE: &str = "query Page($w: ID!, $q: String!) { search(workspaceId: $w, query: $q, kinds: [MESSAGE], first: 20) { \
    edges { cursor highlights { start length } node { ... on Message { id seq text } } } } }";
/// And all that can be told of them.
const WHOLE: &str = "query Whole($w: ID!, $q: String!) { search(workspaceId: $w, query: $q, kinds: [MESSAGE], first: 20) { \
    edges { cursor highlights { start length } node { ... on Message { id seq text } } } total { count exact } \
    facets { channels { count } authors { count } months { month count } } } }";

/// Options of `search`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    ground: ground::Options,
    /// Messages per second.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// How long is measured.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
    /// One of so many messages is watched.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    one_in: u32,
    /// Connections for sending.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=4096))]
    senders: u16,
    /// Messages that are there before, sent as fast as it goes.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=10_000_000))]
    messages: u64,
    /// Private channels of the searcher, beside the one in which all are.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=5_000))]
    channels: u16,
    /// Searches of each kind.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    searches: u64,
}

/// Measures.
///
/// # Errors
/// The ground could not be prepared, a message was refused for good, or a search.
pub async fn run(options: Options) -> Result<Report> {
    let ground = Arc::new(Ground::prepare(&options.ground, options.senders.into()).await?);
    ground.add_channels(options.channels).await?;
    let filled = fill(&ground, &options).await?;
    let mut searcher = Searcher::open(&ground).await?;
    let behind = searcher.find_last(&ground).await?;
    let (findable, missing) = send(&ground, &options).await?;
    let mut kinds = serde_json::Map::new();
    let mut lines = String::new();
    for (name, document) in [("a page", PAGE), ("a page with total and facets", WHOLE)] {
        for (kind, typed) in prose::TYPED {
            let (took, hits) = searcher.measure(document, typed, options.searches).await?;
            lines.push_str(&format!("\n  {name}, {kind}: {}, {hits:.1} hits", took.text()));
            kinds.insert(format!("{name}, {kind}"), json!({ "milliseconds": took.json(), "hits": hits }));
        }
    }
    let text = format!(
        "search among {} messages and {} channels (sent at {filled} per second, findable {:.1} s behind the last):\n  \
         findable at {} per second: {}; {missing} never{lines}",
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
    Ok(Report { json, text, kept: missing == 0 })
}

/// Sends what is to be there before, and says how fast that was.
async fn fill(ground: &Arc<Ground>, options: &Options) -> Result<f64> {
    let begun = Instant::now();
    let senders = u64::from(options.senders);
    let mut tasks: JoinSet<Result<()>> = JoinSet::new();
    for share in 0..senders.min(options.messages) {
        let mut sender = Sender::open(ground, usize::try_from(share).map_err(Failure::new)?, Transport::Http).await?;
        let (all, step) = (options.messages, usize::from(options.senders));
        tasks.spawn(async move {
            for nth in (share..all).step_by(step) {
                sender.send(&prose::text(nth)).await?;
            }
            Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(Failure::new)??;
    }
    Ok(per_second(options.messages, begun.elapsed()))
}

/// Sends at the rate: how long the watched ones took to be found, and how many never were.
async fn send(ground: &Arc<Ground>, options: &Options) -> Result<(Latencies, u64)> {
    let (free, mut waiting) = mpsc::channel(options.senders.into());
    for nth in 0..options.senders.into() {
        let pair = (Sender::open(ground, nth, Transport::Http).await?, Searcher::open(ground).await?);
        free.send(pair).await.map_err(Failure::new)?;
    }
    let rate = u64::from(options.rate);
    let start = Instant::now();
    let mut tasks: JoinSet<Result<Option<Option<Duration>>>> = JoinSet::new();
    for nth in 0..u64::from(options.seconds) * rate {
        let due = start + Duration::from_nanos(nth * 1_000_000_000 / rate);
        tokio::time::sleep_until(due.into()).await;
        let Some((mut sender, mut searcher)) = waiting.recv().await else {
            break;
        };
        let free = free.clone();
        let is_watched = nth % u64::from(options.one_in) == 0;
        let own = format!("{}{}", prose::OWN, ground::fresh().simple());
        tasks.spawn(async move {
            let sent = sender.send(&format!("{} {own}", prose::text(nth))).await?;
            let found = if is_watched { Some(searcher.watch(&own, sent.seq).await?) } else { None };
            // The receiver lives as long as messages are due; afterwards nobody needs the connections.
            let _ = free.send((sender, searcher)).await;
            Ok(found)
        });
    }
    let (mut findable, mut missing) = (Latencies::new()?, 0);
    while let Some(done) = tasks.join_next().await {
        match done.map_err(Failure::new)?? {
            Some(Some(took)) => findable.record(took),
            Some(None) => missing += 1,
            None => {}
        }
    }
    Ok((findable, missing))
}

/// A connection that searches, as the one who is in all channels.
struct Searcher {
    http: Http,
    token: String,
    workspace: String,
}

impl Searcher {
    async fn open(ground: &Ground) -> Result<Self> {
        let http = Http::open(ground.target(0)).await?;
        Ok(Self { http, token: ground.token(0).to_owned(), workspace: ground.workspace.clone() })
    }

    /// The answer, once it is none to come back for.
    async fn ask(&mut self, document: &str, typed: &str) -> Result<Value> {
        let body = json!({ "query": document, "variables": { "w": self.workspace, "q": typed } }).to_string();
        let (status, answer) = self.http.graphql(Some(&self.token), &body).await?;
        let no_json = |_| Failure::new(format!("status {status} and no JSON"));
        let answer: Value = serde_json::from_slice(answer).map_err(no_json)?;
        match answer.pointer("/errors/0") {
            Some(error) => Err(Failure::new(format!("a search was refused: {error}"))),
            None => Ok(answer),
        }
    }

    /// How long it takes until the message is found; none if it is not found in time.
    async fn watch(&mut self, own: &str, seq: u64) -> Result<Option<Duration>> {
        let begun = Instant::now();
        let mut looks = tokio::time::interval(LOOK);
        while begun.elapsed() < PATIENCE {
            looks.tick().await;
            let answer = self.ask(FOUND, own).await?;
            let found = answer.pointer("/data/search/edges/0/node/seq").and_then(Value::as_u64);
            if found == Some(seq) {
                return Ok(Some(begun.elapsed()));
            }
        }
        Ok(None)
    }

    /// Waits until a new message is found: then all before it are.
    async fn find_last(&mut self, ground: &Arc<Ground>) -> Result<Duration> {
        let own = format!("{}{}", prose::OWN, ground::fresh().simple());
        let sent = Sender::open(ground, 0, Transport::Http).await?.send(&own).await?;
        let begun = Instant::now();
        // An index that is far behind is not yet late.
        for _ in 0..20 {
            if self.watch(&own, sent.seq).await?.is_some() {
                return Ok(begun.elapsed());
            }
        }
        Err(Failure::new("the index does not catch up"))
    }

    /// How long searches take, and how many hits they have on the average.
    async fn measure(&mut self, document: &str, typed: fn(u64) -> String, count: u64) -> Result<(Latencies, f64)> {
        let (mut took, mut hits) = (Latencies::new()?, 0);
        for nth in 0..WARM_UP + count {
            let typed = typed(nth);
            let begun = Instant::now();
            let answer = self.ask(document, &typed).await?;
            if nth >= WARM_UP {
                took.record(begun.elapsed());
                hits += answer.pointer("/data/search/edges").and_then(Value::as_array).map_or(0, Vec::len);
            }
        }
        Ok((took, hits as f64 / count as f64))
    }
}
