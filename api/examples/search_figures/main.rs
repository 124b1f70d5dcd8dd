//! Benchmarks indexing and search: both engines, the raw engines beneath them, and two databases with full-text search,
//! with identical messages and queries.
//!
//! ```text
//! scripts/with-postgres.sh cargo run -p api --example search_figures -- --messages 100000
//! ```
//!
//! An example rather than a `loadtest` command, since `loadtest` only uses the public API and engines alone are only
//! accessible through the library. Prints one JSON line to stdout and tables to stderr. Skips servers that are not
//! configured.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program prints to its terminal")]

mod corpus;
mod meilisearch_alone;
mod postgres;
mod processor;
mod rng;
mod sqlite;
mod subject;
mod tantivy_alone;
mod vocabulary;

use std::path::Path;
use std::time::{Duration, Instant};

use api::adapter::search::engine::Engine;
use clap::Parser;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use corpus::{BenchmarkQuery, Corpus, Kind};
use postgres::Postgres;
use sqlite::Sqlite;
use subject::{Searcher, Store};

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Hits per search.
pub const LIMIT: usize = 20;
/// Messages per batch: as fed continuously, and when building an index.
const FEED_BATCH: u64 = 256;
const BUILD_BATCH: u64 = 10_000;
/// Warm-up queries per kind, not measured.
const WARM_UP: usize = 20;
const INDEX: Uuid = Uuid::from_u128(0xf19_0e5e);

#[derive(Parser)]
struct Options {
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    messages: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Measured queries per kind.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    queries: u16,
    /// Maximum seconds for indexing; then the partial index is searched.
    #[arg(long, default_value_t = 720)]
    seconds_to_index: u64,
    #[arg(long, default_value_t = 90)]
    seconds_to_ask: u64,
    /// Number of final batches of the size of the continuous feed.
    #[arg(long, default_value_t = 100)]
    changes_fed: u64,
    /// Engines to measure: embedded, meilisearch, postgres, sqlite. Defaults to all that are reachable.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    #[arg(long, env = "CONFAB_TEST_POSTGRES_URL", hide_env_values = true)]
    postgres: Option<String>,
    #[arg(long, env = "CONFAB_TEST_MEILISEARCH_URL")]
    meilisearch: Option<String>,
    #[arg(long, env = "CONFAB_TEST_MEILISEARCH_KEY", hide_env_values = true)]
    meilisearch_key: Option<String>,
    /// Process id of the Meilisearch server, to measure its CPU time.
    #[arg(long)]
    meilisearch_pid: Option<u32>,
}

/// The configured servers.
pub struct Servers {
    postgres: Option<String>,
    meilisearch: Option<(String, Option<String>)>,
    meilisearch_pid: Option<u32>,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let options = Options::parse();
    let servers = Servers {
        postgres: options.postgres.clone(),
        meilisearch: options.meilisearch.clone().map(|url| (url, options.meilisearch_key.clone())),
        meilisearch_pid: options.meilisearch_pid,
    };
    let corpus = Corpus::new(options.seed, options.messages);
    let mut figures = Map::new();
    for name in ["embedded", "meilisearch", "postgres", "sqlite"] {
        if !options.only.is_empty() && !options.only.iter().any(|only| only == name) {
            continue;
        }
        let data = tempfile::tempdir()?;
        let Some(store) = open(name, data.path(), &servers).await? else {
            eprintln!("{name}: skipped, no server configured");
            continue;
        };
        eprintln!("{name}:");
        figures.insert(name.to_owned(), measure(store, data.path(), &corpus, &options, &servers).await?);
    }
    println!("{}", json!({ "messages": options.messages, "seed": options.seed, "figures": figures }));
    Ok(())
}

async fn open(name: &str, data: &Path, servers: &Servers) -> Result<Option<Store>, Failure> {
    let audiences = Corpus::audiences();
    Ok(match (name, servers) {
        ("embedded", _) => Some(Store::engine(Engine::embedded(data), INDEX).await?),
        ("meilisearch", Servers { meilisearch: Some((url, key)), .. }) => {
            let engine = Engine::meilisearch(url, key.as_deref())?;
            // Removes the index of an earlier run, which would be counted.
            engine.remove(INDEX).await?;
            Some(Store::engine(engine, INDEX).await?)
        }
        ("postgres", Servers { postgres: Some(url), .. }) => {
            Some(Store::Postgres(Postgres::create(url, audiences).await?))
        }
        ("sqlite", _) => Some(Store::Sqlite(Sqlite::create(&data.join("figures.sqlite"), &audiences).await?)),
        _ => None,
    })
}

async fn measure(
    mut store: Store,
    data: &Path,
    corpus: &Corpus,
    options: &Options,
    servers: &Servers,
) -> Result<Value, Failure> {
    let pids = store.pids(servers);
    let (messages, mut report) = fill(&mut store, corpus, options, &pids).await?;
    store.settle().await?;
    let (total_bytes, words) = store.size().await?;
    let each = |bytes: u64| bytes as f64 / messages as f64;
    report["bytesPerMessage"] = json!(each(total_bytes));
    report["bytesOfWordsPerMessage"] = json!(words.map(each));
    eprintln!("  {:.0} bytes per message, of which full-text {:?}", each(total_bytes), words.map(each).map(f64::round));
    let timeout = Duration::from_secs(options.seconds_to_ask);
    for (name, mut searcher) in store.searchers(data, servers)? {
        eprintln!("  {name}:");
        let mut kinds = Map::new();
        let mut mix = Results::default();
        for kind in searcher.kinds() {
            let queries = corpus.queries(kind, WARM_UP + usize::from(options.queries), messages);
            let results = run_queries(&mut searcher, &queries, timeout, &pids).await?;
            if kind != Kind::Typo {
                mix.add(&results);
            }
            kinds.insert(kind.name().to_owned(), results.report(kind.name()));
        }
        kinds.insert("mix".to_owned(), mix.report("all but typos"));
        report[name] = Value::Object(kinds);
    }
    store.remove().await?;
    Ok(report)
}

/// Indexes all messages; returns the number indexed and the rates.
async fn fill(store: &mut Store, corpus: &Corpus, options: &Options, pids: &[u32]) -> Result<(u64, Value), Failure> {
    let fed_from = corpus.total.saturating_sub(FEED_BATCH * options.changes_fed).max(corpus.total / 2);
    let limit = Duration::from_secs(options.seconds_to_index);
    let started = Instant::now();
    let mut rates = [(0_u64, Duration::ZERO, Duration::ZERO); 2];
    let (mut next, mut slowest) = (1, Duration::ZERO);
    while next <= corpus.total && started.elapsed() < limit {
        let is_fed = next > fed_from;
        let end = match is_fed {
            true => (next + FEED_BATCH).min(corpus.total + 1),
            false => (next + BUILD_BATCH).min(fed_from + 1),
        };
        let documents = corpus.range(next, end);
        let (change, cpu_time) = (Instant::now(), processor::cpu_time(pids));
        store.apply(documents).await?;
        let elapsed = change.elapsed();
        let rate = &mut rates[usize::from(is_fed)];
        *rate = (rate.0 + end - next, rate.1 + elapsed, rate.2 + processor::cpu_time(pids).saturating_sub(cpu_time));
        slowest = if is_fed { slowest.max(elapsed) } else { slowest };
        next = end;
    }
    let [built, fed] = rates.map(|(count, elapsed, _)| count as f64 / elapsed.as_secs_f64());
    let [built_used, fed_used] = rates.map(|(count, _, cpu_time)| cpu_time.as_secs_f64() * 1e6 / count as f64);
    let done = next - 1;
    eprintln!(
        "  {done} messages in {:.1} s; {built:.0} per second in batches of {BUILD_BATCH}, {fed:.0} in batches of \
         {FEED_BATCH} (slowest: {:.0} ms); CPU time per message: {built_used:.0} and {fed_used:.0} µs",
        started.elapsed().as_secs_f64(),
        slowest.as_secs_f64() * 1000.0
    );
    let report = json!({
        "messages": done, "builtPerSecond": built, "fedPerSecond": fed, "slowestChangeMs": slowest.as_secs_f64() * 1e3,
        "builtProcessorMicros": built_used, "fedProcessorMicros": fed_used,
    });
    Ok((done, report))
}

/// Results of a series of queries.
#[derive(Default)]
struct Results {
    elapsed: Vec<Duration>,
    hits: usize,
    failed: usize,
    /// Total CPU time.
    cpu_time: Duration,
}

async fn run_queries(
    searcher: &mut Searcher<'_>,
    queries: &[BenchmarkQuery],
    timeout: Duration,
    pids: &[u32],
) -> Result<Results, Failure> {
    let mut results = Results::default();
    let mut cpu_time = processor::cpu_time(pids);
    let started = Instant::now();
    for (nth, query) in queries.iter().enumerate() {
        let answer = searcher.run(query).await;
        match answer {
            _ if nth < WARM_UP => cpu_time = processor::cpu_time(pids),
            Ok((elapsed, hits)) => {
                results.elapsed.push(elapsed);
                results.hits += hits;
            }
            Err(failure) => {
                if results.failed == 0 {
                    eprintln!("    failed: {failure}");
                }
                results.failed += 1;
            }
        }
        if started.elapsed() > timeout {
            break;
        }
    }
    results.cpu_time = processor::cpu_time(pids).saturating_sub(cpu_time);
    Ok(results)
}

impl Results {
    fn add(&mut self, other: &Self) {
        self.elapsed.extend(&other.elapsed);
        self.hits += other.hits;
        self.failed += other.failed;
        self.cpu_time += other.cpu_time;
    }

    fn report(mut self, name: &str) -> Value {
        self.elapsed.sort_unstable();
        let at = |hundredths: usize| {
            let place = (self.elapsed.len() * hundredths / 100).min(self.elapsed.len().saturating_sub(1));
            self.elapsed.get(place).map_or(0.0, |elapsed| elapsed.as_secs_f64() * 1000.0)
        };
        let hits = self.hits as f64 / self.elapsed.len().max(1) as f64;
        let count = self.elapsed.len();
        let cpu_time = self.cpu_time.as_secs_f64() * 1000.0 / (count + self.failed).max(1) as f64;
        eprintln!(
            "    {name:<29} p50 {:8.2} ms   p99 {:8.2} ms   CPU {cpu_time:7.2} ms   \
             ({count} queries, {} failed, {hits:.1} hits)",
            at(50),
            at(99),
            self.failed
        );
        json!({
            "p50": at(50), "p99": at(99), "processor": cpu_time, "queries": count, "failed": self.failed, "hits": hits,
        })
    }
}
