//! `loadtest files`: many users upload a large file concurrently and download it again. Measures throughput in both
//! directions, the duration of the check, and the server's memory.
//!
//! Bytes go where the server directs them: through it, or directly to its storage. They are generated while sending and
//! discarded while receiving, so the generator holds none.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};
use testbed::id::mint_in;

use crate::process::resident_memory;
use crate::setup::{self, Setup};
use crate::{Failure, Report, Result};

/// Bytes per chunk.
const CHUNK_BYTES: usize = 64 * 1024;
/// Interval of memory readings.
const POLL_INTERVAL: Duration = Duration::from_millis(100);

/// Options of `files`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    setup: setup::Options,
    /// Number of concurrent users.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
    users: u16,
    /// Bytes per file.
    #[arg(long, default_value_t = 100_000_000, value_parser = clap::value_parser!(u64).range(1..=5_368_709_120))]
    bytes: u64,
}

/// Measures.
///
/// # Errors
/// The server cannot be reached, or refuses a step.
pub async fn run(options: Options) -> Result<Report> {
    let users = usize::from(options.users);
    let setup = Arc::new(Setup::prepare(&options.setup, users).await?);
    let web = reqwest::Client::builder().build().map_err(Failure::new)?;
    let begun = for_each_user(users, |nth| create_upload(setup.clone(), nth, options.bytes)).await?;
    let peak = MemoryPeak::start(setup.pids.clone());
    let (put, upload_time) = measure_time(for_each_user(users, |nth| upload_parts(&web, &setup, &begun[nth]))).await;
    put?;
    let during_upload = peak.take();
    let (files, check_time) =
        measure_time(for_each_user(users, |nth| complete_upload(setup.clone(), nth, begun[nth].0.clone()))).await;
    let files = files?;
    let during_check = peak.take();
    let (got, download_time) = measure_time(for_each_user(users, |nth| download(&web, &setup, nth, &files[nth]))).await;
    let got: u64 = got?.into_iter().sum();
    let during_download = peak.take();
    let all = options.bytes * u64::from(options.users);
    let rate = |took: Duration| (all as f64 / 1e6 / took.as_secs_f64()).round();
    let text = format!(
        "files: {users} users, {} MB each: upload {} MB/s, check {} MB/s, download {} MB/s; server memory {} MiB at \
         rest, peak {during_upload} during upload, {during_check} during check, {during_download} during download",
        options.bytes / 1_000_000,
        rate(upload_time),
        rate(check_time),
        rate(download_time),
        peak.at_rest,
    );
    let json = json!({
        "what": "files", "users": users, "bytes": options.bytes, "uploadMegabytesPerSecond": rate(upload_time),
        "checkMegabytesPerSecond": rate(check_time), "downloadMegabytesPerSecond": rate(download_time),
        "residentMiB": { "atRest": peak.at_rest, "upload": during_upload, "check": during_check, "download": during_download },
    });
    Ok(Report { json, text, passed: got == all })
}

/// Runs an operation for all users concurrently.
async fn for_each_user<T, F: Future<Output = Result<T>>>(users: usize, work: impl Fn(usize) -> F) -> Result<Vec<T>> {
    stream::iter((0..users).map(work)).buffered(users).try_collect().await
}

async fn measure_time<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    (work.await, begun.elapsed())
}

/// Creates an upload and returns its id and parts.
async fn create_upload(setup: Arc<Setup>, nth: usize, bytes: u64) -> Result<(String, Vec<Value>)> {
    let id = mint_in(&setup.workspace, "upl_");
    let input = json!({ "workspaceId": setup.workspace, "id": id, "name": "load.bin", "size": bytes });
    let selection = "upload { parts { size url method headers { name value } } }";
    let upload = setup.client(nth).try_mutate("createUpload", &input, selection).await?;
    let parts = upload["upload"]["parts"].as_array().cloned().unwrap_or_default();
    Ok((id, parts))
}

fn address(setup: &Setup, url: &Value) -> String {
    let url = url.as_str().unwrap_or_default();
    if url.starts_with('/') { format!("http://{}{url}", setup.target.host) } else { url.to_owned() }
}

/// Uploads all parts in sequence.
async fn upload_parts(web: &reqwest::Client, setup: &Setup, (_, parts): &(String, Vec<Value>)) -> Result<()> {
    for part in parts {
        let size = part["size"].as_u64().unwrap_or(0);
        let mut request = web.put(address(setup, &part["url"])).header("content-length", size);
        for header in part["headers"].as_array().into_iter().flatten() {
            let text = |name: &str| header[name].as_str().unwrap_or_default().to_owned();
            request = request.header(text("name"), text("value"));
        }
        let sent = request.body(reqwest::Body::wrap_stream(random_bytes(size))).send().await.map_err(Failure::new)?;
        if !sent.status().is_success() {
            return Err(Failure::new(format!("a part was rejected: {}", sent.status())));
        }
    }
    Ok(())
}

/// Bytes that match no known file type.
fn random_bytes(size: u64) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> + Send + 'static {
    let piece = Bytes::from((0..CHUNK_BYTES).map(|at| (at * 7 % 251) as u8 | 0x80).collect::<Vec<_>>());
    stream::iter((0..size).step_by(CHUNK_BYTES)).map(move |at| {
        let length = usize::try_from(size - at).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        Ok(piece.slice(..length))
    })
}

/// Completes the upload and returns the URL of the file.
async fn complete_upload(setup: Arc<Setup>, nth: usize, id: String) -> Result<String> {
    let input = json!({ "uploadId": id });
    loop {
        let done = setup.client(nth).try_mutate("completeUpload", &input, "status file { url }").await?;
        if done["status"] == "DONE" {
            return Ok(address(&setup, &done["file"]["url"]));
        }
    }
}

/// Downloads a file and returns its size.
async fn download(web: &reqwest::Client, setup: &Setup, nth: usize, url: &str) -> Result<u64> {
    let got = web.get(url).bearer_auth(setup.token(nth)).send().await.map_err(Failure::new)?;
    let bytes = got.error_for_status().map_err(Failure::new)?.bytes_stream();
    bytes.try_fold(0, |sum, piece| async move { Ok(sum + piece.len() as u64) }).await.map_err(Failure::new)
}

/// Peak memory of the server's processes since the last reading, in MiB.
struct MemoryPeak {
    at_rest: u64,
    peak: Arc<AtomicU64>,
    task: tokio::task::JoinHandle<()>,
}

impl MemoryPeak {
    fn start(pids: Vec<u32>) -> Self {
        let current = move || pids.iter().filter_map(|pid| Some(resident_memory(*pid).ok()?.0 / 1024)).sum::<u64>();
        let (at_rest, peak) = (current(), Arc::new(AtomicU64::new(0)));
        let seen = peak.clone();
        let task = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(POLL_INTERVAL);
            loop {
                ticks.tick().await;
                seen.fetch_max(current(), Ordering::Relaxed);
            }
        });
        Self { at_rest, peak, task }
    }

    fn take(&self) -> u64 {
        self.peak.swap(0, Ordering::Relaxed)
    }
}

impl Drop for MemoryPeak {
    fn drop(&mut self) {
        self.task.abort();
    }
}
