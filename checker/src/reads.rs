//! What the API shows at the end, at every process, and what stands on `JetStream`.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::{self, consumer};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::http::{Refusal, ask};
use crate::town::{Town, bare, text};
use crate::{Failure, Result};

/// The stream in `JetStream`.
const STREAM: &str = "confab_log";
/// How long its copy may take to be whole.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often a final read is tried.
const ATTEMPTS: usize = 8;

/// What the API shows.
#[derive(Debug, Default)]
pub struct Found {
    pub messages: HashMap<String, Shown>,
    /// How often each message is shown.
    pub rows: HashMap<String, usize>,
    pub readings: Vec<Reading>,
}

/// A message as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    pub seq: i64,
    pub text: String,
    pub replies: usize,
    pub reactions: usize,
}

/// How far somebody has read a channel, as one process says it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub process: usize,
    pub member: String,
    pub channel: String,
    pub last_read: i64,
    pub unread: usize,
    pub mentions: usize,
}

/// An event on `JetStream`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    pub seq: i64,
    pub command: String,
    pub kind: String,
}

/// Asks until it is answered: everything is whole now.
async fn must(town: &Town, person: usize, process: usize, query: &str, variables: Value) -> Result<Value> {
    let mut last = Refusal::Gone;
    for _ in 0..ATTEMPTS {
        match ask(town.addresses[process], Some(&town.people[person].token), query, variables.clone()).await {
            Ok(data) => return Ok(data),
            Err(refusal) => last = refusal,
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Err(Failure::new(format!("a final read fails: {last:?} for {query}")))
}

/// Reads everything.
///
/// # Errors
/// A process does not answer although everything is whole.
pub async fn found(town: &Town) -> Result<Found> {
    let mut found = Found::default();
    for process in 0..town.addresses.len() {
        for person in 0..town.people.len() {
            readings(town, person, process, &mut found).await?;
        }
    }
    for channel in &town.channels {
        messages(town, channel, &mut found).await?;
    }
    Ok(found)
}

async fn readings(town: &Town, person: usize, process: usize, found: &mut Found) -> Result<()> {
    let query = "query($id: ID!) { boot(workspaceId: $id) { channels { id reading \
                 { lastReadSeq unreadCount mentionCount } } } }";
    let data = must(town, person, process, query, json!({ "id": town.workspace })).await?;
    for channel in data["boot"]["channels"].as_array().into_iter().flatten() {
        let reading = &channel["reading"];
        let number = |name: &str| reading[name].as_u64().and_then(|count| usize::try_from(count).ok());
        found.readings.push(Reading {
            process,
            member: bare(&town.people[person].member),
            channel: bare(&text(&channel["id"])?),
            last_read: reading["lastReadSeq"].as_i64().unwrap_or(-1),
            unread: number("unreadCount").unwrap_or(usize::MAX),
            mentions: number("mentionCount").unwrap_or(usize::MAX),
        });
    }
    Ok(())
}

/// All pages of a channel, and of the threads in it, as the owner sees them.
async fn messages(town: &Town, channel: &str, found: &mut Found) -> Result<()> {
    let query = "query($w: ID!, $c: ID!, $after: String) { channel(workspaceId: $w, id: $c) { \
                 messages(first: 100, after: $after) { nodes { id seq text reactions { count } thread { replyCount } } \
                 pageInfo { endCursor hasNextPage } } } }";
    let mut after = Value::Null;
    let mut threads = Vec::new();
    loop {
        let variables = json!({ "w": town.workspace, "c": channel, "after": after });
        let data = must(town, 0, 0, query, variables).await?;
        let page = &data["channel"]["messages"];
        for node in page["nodes"].as_array().into_iter().flatten() {
            show(node, found)?;
            if node["thread"]["replyCount"].as_u64().unwrap_or(0) > 0 {
                threads.push(text(&node["id"])?);
            }
        }
        if page["pageInfo"]["hasNextPage"] != true {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let query = "query($w: ID!, $id: ID!) { message(workspaceId: $w, id: $id) { thread { replies(first: 100) { nodes \
                 { id seq text reactions { count } } } } } }";
    for (number, id) in threads.iter().enumerate() {
        let process = number % town.addresses.len();
        let data = must(town, 0, process, query, json!({ "w": town.workspace, "id": id })).await?;
        for node in data["message"]["thread"]["replies"]["nodes"].as_array().into_iter().flatten() {
            show(node, found)?;
        }
    }
    Ok(())
}

fn show(node: &Value, found: &mut Found) -> Result<()> {
    let id = bare(&text(&node["id"])?);
    let count = |value: &Value| value.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    let reactions = node["reactions"].as_array().into_iter().flatten();
    let shown = Shown {
        seq: node["seq"].as_i64().unwrap_or(-1),
        text: text(&node["text"])?,
        replies: count(&node["thread"]["replyCount"]),
        reactions: reactions.map(|reaction| count(&reaction["count"])).sum(),
    };
    *found.rows.entry(id.clone()).or_default() += 1;
    found.messages.insert(id, shown);
    Ok(())
}

/// Reads a workspace's log on `JetStream`: so many events, or what is there after a while.
///
/// # Errors
/// NATS cannot be reached.
pub async fn copied(port: u16, workspace: &str, wanted: usize) -> Result<Vec<Copied>> {
    let options = async_nats::ConnectOptions::new().retry_on_initial_connect();
    let client = options.connect(format!("nats://127.0.0.1:{port}")).await.map_err(Failure::new)?;
    let mut copied = Vec::new();
    let _ = timeout(PATIENCE, read_stream(client, &format!("log.{workspace}"), wanted, &mut copied)).await;
    Ok(copied)
}

async fn read_stream(client: async_nats::Client, subject: &str, wanted: usize, copied: &mut Vec<Copied>) -> Result<()> {
    let context = jetstream::new(client);
    let stream = loop {
        match context.get_stream(STREAM).await {
            Ok(stream) => break stream,
            Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
        }
    };
    let config = consumer::pull::OrderedConfig { filter_subject: subject.to_owned(), ..Default::default() };
    let consumer = stream.create_consumer(config).await.map_err(Failure::new)?;
    let mut messages = consumer.messages().await.map_err(Failure::new)?;
    while copied.len() < wanted {
        let Some(Ok(message)) = messages.next().await else { continue };
        let batch: Value = serde_json::from_slice(&message.payload).map_err(Failure::new)?;
        for event in batch["events"].as_array().into_iter().flatten() {
            copied.push(Copied {
                seq: event["seq"].as_i64().unwrap_or(-1),
                command: event["command_id"].as_str().unwrap_or_default().to_owned(),
                kind: event["skeleton"]["kind"].as_str().unwrap_or_default().to_owned(),
            });
        }
    }
    Ok(())
}
