//! How fast messages are indexed and found: both engines, what they stand on, and two databases that could do
//! the same, with the same messages and the same questions.
//!
//! ```text
//! scripts/with-postgres.sh cargo run -p api --example search_figures -- --messages 100000
//! ```
//!
//! An example and no command of `loadtest`, because that speaks only the wire: an engine by itself can be asked
//! only by the server's own library. Prints one JSON line on stdout and tables for people on stderr. Servers that
//! are not named are left out.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its terminal")]

mod corpus;
mod dice;
mod meilisearch_alone;
mod postgres;
mod processor;
mod sqlite;
mod subject;
mod tantivy_alone;
mod vocabulary;

use std::path::Path;
use std::time::{Duration, Instant};

use api::search::engine::Engine;
use clap::Parser;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use corpus::{Corpus, Kind, Question};
use postgres::Postgres;
use sqlite::Sqlite;
use subject::{Asked, Store};

pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Hits of a search.
pub const LIMIT: usize = 20;
/// Messages of one change: as the feed gives them, and where an index is built.
const FED: u64 = 256;
const BUILT: u64 = 10_000;
/// Questions of each kind that are not measured.
const WARM_UP: usize = 20;
const INDEX: Uuid = Uuid::from_u128(0xf19_0e5e);

#[derive(Parser)]
struct Options {
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1_000..=10_000_000))]
    messages: u64,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Questions of each kind.
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    questions: u16,
    /// Seconds after which an index is asked with what it has, and a kind of question is left.
    #[arg(long, default_value_t = 720)]
    seconds_to_index: u64,
    #[arg(long, default_value_t = 90)]
    seconds_to_ask: u64,
    /// How many of the last changes come as the feed gives them.
    #[arg(long, default_value_t = 100)]
    changes_fed: u64,
    /// Which of embedded, meilisearch, postgres and sqlite. Defaults to all that can be reached.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    #[arg(long, env = "CONFAB_TEST_POSTGRES_URL", hide_env_values = true)]
    postgres: Option<String>,
    #[arg(long, env = "CONFAB_TEST_MEILISEARCH_URL")]
    meilisearch: Option<String>,
    #[arg(long, env = "CONFAB_TEST_MEILISEARCH_KEY", hide_env_values = true)]
    meilisearch_key: Option<String>,
    /// Its process, to tell the processor time that it takes.
    #[arg(long)]
    meilisearch_pid: Option<u32>,
}

/// Servers that can be asked.
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
            eprintln!("{name}: left out, no server is named");
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
            // What an earlier run has left would be counted.
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
    let (messages, mut told) = fill(&mut store, corpus, options, &pids).await?;
    store.settle().await?;
    let (whole, words) = store.size().await?;
    let each = |bytes: u64| bytes as f64 / messages as f64;
    told["bytesPerMessage"] = json!(each(whole));
    told["bytesOfWordsPerMessage"] = json!(words.map(each));
    eprintln!("  {:.0} bytes a message, of them for words {:?}", each(whole), words.map(each).map(f64::round));
    let patience = Duration::from_secs(options.seconds_to_ask);
    for (name, mut asked) in store.asked(data, servers)? {
        eprintln!("  {name}:");
        let mut kinds = Map::new();
        let mut mix = Answers::default();
        for kind in asked.kinds() {
            let questions = corpus.questions(kind, WARM_UP + usize::from(options.questions), messages);
            let answers = ask(&mut asked, &questions, patience, &pids).await?;
            if kind != Kind::Slip {
                mix.add(&answers);
            }
            kinds.insert(kind.name().to_owned(), answers.tell(kind.name()));
        }
        kinds.insert("mix".to_owned(), mix.tell("all but slips"));
        told[name] = Value::Object(kinds);
    }
    store.remove().await?;
    Ok(told)
}

/// Gives all messages to a store: how many it took, and how fast.
async fn fill(store: &mut Store, corpus: &Corpus, options: &Options, pids: &[u32]) -> Result<(u64, Value), Failure> {
    let fed_from = corpus.total.saturating_sub(FED * options.changes_fed).max(corpus.total / 2);
    let limit = Duration::from_secs(options.seconds_to_index);
    let begun = Instant::now();
    let mut rates = [(0_u64, Duration::ZERO, Duration::ZERO); 2];
    let (mut next, mut slowest) = (1, Duration::ZERO);
    while next <= corpus.total && begun.elapsed() < limit {
        let is_fed = next > fed_from;
        let end = if is_fed { (next + FED).min(corpus.total + 1) } else { (next + BUILT).min(fed_from + 1) };
        let documents = corpus.part(next, end);
        let (change, used) = (Instant::now(), processor::used(pids));
        store.apply(documents).await?;
        let took = change.elapsed();
        let rate = &mut rates[usize::from(is_fed)];
        *rate = (rate.0 + end - next, rate.1 + took, rate.2 + processor::used(pids).saturating_sub(used));
        slowest = if is_fed { slowest.max(took) } else { slowest };
        next = end;
    }
    let [built, fed] = rates.map(|(count, took, _)| count as f64 / took.as_secs_f64());
    let [built_used, fed_used] = rates.map(|(count, _, used)| used.as_secs_f64() * 1e6 / count as f64);
    let done = next - 1;
    eprintln!(
        "  {done} messages in {:.1} s; {built:.0} a second in changes of {BUILT}, {fed:.0} in changes of {FED} \
         (the slowest {:.0} ms); {built_used:.0} and {fed_used:.0} µs of processor each",
        begun.elapsed().as_secs_f64(),
        slowest.as_secs_f64() * 1000.0
    );
    let told = json!({
        "messages": done, "builtPerSecond": built, "fedPerSecond": fed, "slowestChangeMs": slowest.as_secs_f64() * 1e3,
        "builtProcessorMicros": built_used, "fedProcessorMicros": fed_used,
    });
    Ok((done, told))
}

/// What came of questions.
#[derive(Default)]
struct Answers {
    took: Vec<Duration>,
    hits: usize,
    refused: usize,
    /// Processor time of all.
    used: Duration,
}

async fn ask(
    asked: &mut Asked<'_>,
    questions: &[Question],
    patience: Duration,
    pids: &[u32],
) -> Result<Answers, Failure> {
    let mut answers = Answers::default();
    let mut used = processor::used(pids);
    let begun = Instant::now();
    for (nth, question) in questions.iter().enumerate() {
        let answer = asked.ask(question).await;
        match answer {
            _ if nth < WARM_UP => used = processor::used(pids),
            Ok((took, hits)) => {
                answers.took.push(took);
                answers.hits += hits;
            }
            Err(failure) => {
                if answers.refused == 0 {
                    eprintln!("    refused: {failure}");
                }
                answers.refused += 1;
            }
        }
        if begun.elapsed() > patience {
            break;
        }
    }
    answers.used = processor::used(pids).saturating_sub(used);
    Ok(answers)
}

impl Answers {
    fn add(&mut self, other: &Self) {
        self.took.extend(&other.took);
        self.hits += other.hits;
        self.refused += other.refused;
        self.used += other.used;
    }

    fn tell(mut self, name: &str) -> Value {
        self.took.sort_unstable();
        let at = |hundredths: usize| {
            let place = (self.took.len() * hundredths / 100).min(self.took.len().saturating_sub(1));
            self.took.get(place).map_or(0.0, |took| took.as_secs_f64() * 1000.0)
        };
        let hits = self.hits as f64 / self.took.len().max(1) as f64;
        let count = self.took.len();
        let used = self.used.as_secs_f64() * 1000.0 / (count + self.refused).max(1) as f64;
        eprintln!(
            "    {name:<22} p50 {:8.2} ms   p99 {:8.2} ms   processor {used:7.2} ms   ({count} asked, {} refused, {hits:.1} hits)",
            at(50),
            at(99),
            self.refused
        );
        json!({ "p50": at(50), "p99": at(99), "processor": used, "asked": count, "refused": self.refused, "hits": hits })
    }
}
