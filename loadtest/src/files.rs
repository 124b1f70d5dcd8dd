//! `loadtest files`: many people put a large file at the same time, and get it again: bytes per second each way, how
//! long the check takes, and how much memory the server takes meanwhile.
//!
//! Bytes go where the server says: through it, or straight to its storage. They are made as they are sent, and
//! thrown away as they come, so that the generator holds none.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

use crate::ground::{self, Ground, mint};
use crate::http::Http;
use crate::process::resident;
use crate::{Failure, Report, Result};

/// Bytes of one piece.
const PIECE: usize = 64 * 1024;
/// Between two looks at the server's memory.
const LOOK: Duration = Duration::from_millis(100);

/// Options of `files`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    ground: ground::Options,
    /// How many people upload at the same time.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    people: u16,
    /// Bytes of each one's file.
    #[arg(long, default_value_t = 100_000_000, value_parser = clap::value_parser!(u64).range(1..=5_368_709_120))]
    bytes: u64,
}

/// Measures.
///
/// # Errors
/// The server cannot be reached, or refuses a step.
pub async fn run(options: Options) -> Result<Report> {
    let people = usize::from(options.people);
    let ground = Arc::new(Ground::prepare(&options.ground, people).await?);
    // Storage may be behind TLS. It fails only if a provider was chosen before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let web = reqwest::Client::builder().build().map_err(Failure::new)?;
    let begun = each(people, |nth| begin(ground.clone(), nth, options.bytes)).await?;
    let peak = Peak::watch(ground.pids.clone());
    let (put, put_took) = timed(each(people, |nth| put(&web, &ground, &begun[nth]))).await;
    put?;
    let while_put = peak.take();
    let (files, check_took) = timed(each(people, |nth| complete(ground.clone(), nth, begun[nth].0.clone()))).await;
    let files = files?;
    let while_checked = peak.take();
    let (got, get_took) = timed(each(people, |nth| get(&web, &ground, nth, &files[nth]))).await;
    let got: u64 = got?.into_iter().sum();
    let while_got = peak.take();
    let all = options.bytes * u64::from(options.people);
    let rate = |took: Duration| (all as f64 / 1e6 / took.as_secs_f64()).round();
    let text = format!(
        "files: {people} at once, {} MB each: put {} MB/s, checked {} MB/s, got {} MB/s; the server held {} MiB at \
         rest, at most {while_put} while they put, {while_checked} while it checked, {while_got} while they got",
        options.bytes / 1_000_000,
        rate(put_took),
        rate(check_took),
        rate(get_took),
        peak.at_rest,
    );
    let json = json!({
        "what": "files", "people": people, "bytes": options.bytes, "putMegabytesPerSecond": rate(put_took),
        "checkedMegabytesPerSecond": rate(check_took), "gotMegabytesPerSecond": rate(get_took),
        "residentMiB": { "atRest": peak.at_rest, "put": while_put, "checked": while_checked, "got": while_got },
    });
    Ok(Report { json, text, kept: got == all })
}

/// Does something as each of so many people, all at once.
async fn each<T, F: Future<Output = Result<T>>>(people: usize, work: impl Fn(usize) -> F) -> Result<Vec<T>> {
    stream::iter((0..people).map(work)).buffered(people).try_collect().await
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    (work.await, begun.elapsed())
}

async fn ask(ground: &Ground, nth: usize, mutation: &str, input: &Value, selection: &str) -> Result<Value> {
    let name = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
    let query = format!("mutation($input: {name}!) {{ {mutation}(input: $input) {{ {selection} }} }}");
    let body = json!({ "query": query, "variables": { "input": input } }).to_string();
    let mut http = Http::open(ground.target(nth)).await?;
    let (_, answer) = http.graphql(Some(ground.token(nth)), &body).await?;
    let answer: Value = serde_json::from_slice(answer).map_err(Failure::new)?;
    match &answer["data"][mutation] {
        Value::Null => Err(Failure::new(format!("{mutation}: {answer}"))),
        done => Ok(done.clone()),
    }
}

/// The id of an upload, and its parts.
async fn begin(ground: Arc<Ground>, nth: usize, bytes: u64) -> Result<(String, Vec<Value>)> {
    let id = mint("fil_");
    let input = json!({ "workspaceId": ground.workspace, "id": id, "name": "load.bin", "size": bytes });
    let selection = "upload { parts { size url method headers { name value } } }";
    let upload = ask(&ground, nth, "createUpload", &input, selection).await?;
    let parts = upload["upload"]["parts"].as_array().cloned().unwrap_or_default();
    Ok((id, parts))
}

fn address(ground: &Ground, url: &Value) -> String {
    let url = url.as_str().unwrap_or_default();
    if url.starts_with('/') { format!("http://{}{url}", ground.target.host) } else { url.to_owned() }
}

/// Puts all parts, one after the other.
async fn put(web: &reqwest::Client, ground: &Ground, (_, parts): &(String, Vec<Value>)) -> Result<()> {
    for part in parts {
        let size = part["size"].as_u64().unwrap_or(0);
        let mut request = web.put(address(ground, &part["url"])).header("content-length", size);
        for header in part["headers"].as_array().into_iter().flatten() {
            let text = |name: &str| header[name].as_str().unwrap_or_default().to_owned();
            request = request.header(text("name"), text("value"));
        }
        let sent = request.body(reqwest::Body::wrap_stream(noise(size))).send().await.map_err(Failure::new)?;
        if !sent.status().is_success() {
            return Err(Failure::new(format!("a part was refused: {}", sent.status())));
        }
    }
    Ok(())
}

/// So many bytes that begin like no known kind of file.
fn noise(size: u64) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    let piece = Bytes::from((0..PIECE).map(|at| (at * 7 % 251) as u8 | 0x80).collect::<Vec<_>>());
    stream::iter((0..size).step_by(PIECE)).map(move |at| {
        let length = usize::try_from(size - at).unwrap_or(PIECE).min(PIECE);
        Ok(piece.slice(..length))
    })
}

/// The path of the file that it becomes.
async fn complete(ground: Arc<Ground>, nth: usize, id: String) -> Result<String> {
    let input = json!({ "workspaceId": ground.workspace, "uploadId": id });
    loop {
        let done = ask(&ground, nth, "completeUpload", &input, "status file { url }").await?;
        if done["status"] == "DONE" {
            return Ok(address(&ground, &done["file"]["url"]));
        }
    }
}

/// Gets a file; answers how many bytes came.
async fn get(web: &reqwest::Client, ground: &Ground, nth: usize, url: &str) -> Result<u64> {
    let got = web.get(url).bearer_auth(ground.token(nth)).send().await.map_err(Failure::new)?;
    let bytes = got.error_for_status().map_err(Failure::new)?.bytes_stream();
    bytes.try_fold(0, |sum, piece| async move { Ok(sum + piece.len() as u64) }).await.map_err(Failure::new)
}

/// The most memory of the server's processes since it was last asked for, in MiB.
struct Peak {
    at_rest: u64,
    most: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl Peak {
    fn watch(pids: Vec<u32>) -> Self {
        let held = move || pids.iter().filter_map(|pid| Some(resident(*pid).ok()?.0 / 1024)).sum::<u64>();
        let (at_rest, most) = (held(), Arc::new(AtomicU64::new(0)));
        let seen = most.clone();
        let task = tokio::spawn(async move {
            let mut looks = tokio::time::interval(LOOK);
            loop {
                looks.tick().await;
                seen.fetch_max(held(), Ordering::Relaxed);
            }
        });
        Self { at_rest, most, task }
    }

    fn take(&self) -> u64 {
        self.most.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Peak {
    fn drop(&mut self) {
        self.task.abort();
    }
}
