//! Example consumer of the event stream: copies all events of all workspaces from JetStream into a file, one JSON
//! object per line, as a data warehouse feed.
//!
//! ```text
//! cargo run --example warehouse -- nats://127.0.0.1:4222 events.jsonl
//! ```
//!
//! Can be stopped and restarted at any time: events already in the file are not written twice, and a message is
//! acknowledged only once its events are on disk. Each line is an event as described in `docs/event-format.md`, with
//! its `workspace_id`. Uses no server code.

#![expect(clippy::print_stderr, reason = "a command-line program prints to its terminal")]

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};

use async_nats::jetstream::{self, consumer};
use futures_util::StreamExt;
use serde_json::Value;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The stream, and the supported message format.
const STREAM: &str = "confab_log";
const FORMAT: u64 = 1;
/// The durable consumer that keeps this program's position.
const CONSUMER: &str = "warehouse";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, path] = arguments.as_slice() else {
        return Err("usage: warehouse <NATS URL> <file>".into());
    };
    let mut file = Warehouse::open(path)?;
    let jetstream = jetstream::new(async_nats::connect(url).await?);
    let stream = jetstream.get_stream(STREAM).await?;
    let config = consumer::pull::Config { durable_name: Some(CONSUMER.into()), ..Default::default() };
    let mut messages = stream.get_or_create_consumer(CONSUMER, config).await?.messages().await?;
    while let Some(message) = messages.next().await {
        let message = message?;
        file.append(&message.payload)?;
        message.ack().await?;
    }
    Ok(())
}

/// The output file, and the last written sequence number of each workspace.
struct Warehouse {
    file: File,
    last: HashMap<String, i64>,
}

impl Warehouse {
    /// Opens the file, restores the positions, and truncates an incomplete last line.
    fn open(path: &str) -> Result<Self, Failure> {
        let file = OpenOptions::new().create(true).read(true).append(true).open(path)?;
        let (mut last, mut complete_bytes, mut line) = (HashMap::new(), 0, String::new());
        let mut lines = BufReader::new(&file);
        while lines.read_line(&mut line)? > 0 && line.ends_with('\n') {
            let event: Value = serde_json::from_str(&line)?;
            last.insert(text(&event, "workspace_id")?, number(&event, "seq")?);
            complete_bytes += u64::try_from(line.len())?;
            line.clear();
        }
        file.set_len(complete_bytes)?;
        Ok(Self { file, last })
    }

    /// Appends the events of a message that have not been written yet.
    fn append(&mut self, payload: &[u8]) -> Result<(), Failure> {
        let batch: Value = serde_json::from_slice(payload)?;
        if batch["format"].as_u64() != Some(FORMAT) {
            return Err(format!("unsupported message format {}", batch["format"]).into());
        }
        let workspace = text(&batch, "workspace_id")?;
        let last = self.last.entry(workspace.clone()).or_default();
        let mut lines = Vec::new();
        for event in batch["events"].as_array().into_iter().flatten() {
            let seq = number(event, "seq")?;
            if seq <= *last {
                continue;
            }
            if seq > *last + 1 {
                eprintln!("{workspace}: events {} to {} are no longer in the stream", *last + 1, seq - 1);
            }
            let mut event = event.clone();
            event["workspace_id"] = workspace.clone().into();
            serde_json::to_writer(&mut lines, &event)?;
            lines.push(b'\n');
            *last = seq;
        }
        self.file.write_all(&lines)?;
        self.file.sync_data()?;
        Ok(())
    }
}

fn text(value: &Value, name: &str) -> Result<String, String> {
    value[name].as_str().map(str::to_owned).ok_or_else(|| format!("missing {name} in {value}"))
}

fn number(value: &Value, name: &str) -> Result<i64, String> {
    value[name].as_i64().ok_or_else(|| format!("missing {name} in {value}"))
}
