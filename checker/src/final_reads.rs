//! Final reads: the state that the API returns on every process, and the log on `JetStream`.

use std::collections::HashMap;
use std::time::Duration;

use async_nats::jetstream::{self, consumer};
use futures_util::StreamExt;
use serde_json::{Value, json};
use testbed::id::bare;
use tokio::time::timeout;

use crate::workload::{Workload, text};
use crate::{Failure, Result};

/// The `JetStream` stream.
const STREAM: &str = "confab_log";
/// The longest wait for a complete stream.
const COPY_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a final read is retried.
const READ_TIMEOUT: Duration = Duration::from_secs(40);

/// The state that the API returns.
#[derive(Debug, Default)]
pub struct FinalState {
    pub messages: HashMap<String, ReturnedMessage>,
    /// How often each message is returned.
    pub rows: HashMap<String, usize>,
    pub read_states: Vec<ReadState>,
}

/// A message as returned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnedMessage {
    pub seq: i64,
    pub text: String,
    pub replies: usize,
    pub reactions: usize,
}

/// A member's read state in a channel, as one process returns it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadState {
    pub process: usize,
    pub member: String,
    pub channel: String,
    pub last_read: i64,
    pub unread: usize,
    pub mentions: usize,
}

/// An event on `JetStream`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamEvent {
    pub seq: i64,
    pub command: String,
    pub kind: String,
}

/// Queries with retries: the cluster is healthy now.
async fn must(workload: &Workload, user: usize, process: usize, query: &str, variables: Value) -> Result<Value> {
    let client = workload.client(user, process).with_retries(READ_TIMEOUT);
    let answer = client.try_query(query, variables).await;
    answer.map_err(|error| Failure::new(format!("a final read failed: {error} for {query}")))
}

/// Reads the final state.
///
/// # Errors
/// A process does not respond although the cluster is healthy.
pub async fn final_state(workload: &Workload) -> Result<FinalState> {
    let mut final_state = FinalState::default();
    for process in 0..workload.addresses.len() {
        for user in 0..workload.users.len() {
            read_states(workload, user, process, &mut final_state).await?;
        }
    }
    for channel in &workload.channels {
        messages(workload, channel, &mut final_state).await?;
    }
    Ok(final_state)
}

async fn read_states(workload: &Workload, user: usize, process: usize, final_state: &mut FinalState) -> Result<()> {
    let query = "query($id: ID!) { boot(workspaceId: $id) { channels { id readState \
                 { lastReadSeq unreadCount mentionCount } } } }";
    let data = must(workload, user, process, query, json!({ "id": workload.workspace })).await?;
    for channel in data["boot"]["channels"].as_array().into_iter().flatten() {
        let read_state = &channel["readState"];
        let number = |name: &str| read_state[name].as_u64().and_then(|count| usize::try_from(count).ok());
        final_state.read_states.push(ReadState {
            process,
            member: bare(&workload.users[user].member),
            channel: bare(&text(&channel["id"])?),
            last_read: read_state["lastReadSeq"].as_i64().unwrap_or(-1),
            unread: number("unreadCount").unwrap_or(usize::MAX),
            mentions: number("mentionCount").unwrap_or(usize::MAX),
        });
    }
    Ok(())
}

/// Reads all pages of a channel and its threads, as the owner.
async fn messages(workload: &Workload, channel: &str, final_state: &mut FinalState) -> Result<()> {
    let query = "query($c: ID!, $after: String) { channel(id: $c) { \
                 messages(first: 100, after: $after) { nodes { id seq text reactions { count } thread { replyCount } } \
                 pageInfo { endCursor hasNextPage } } } }";
    let mut after = Value::Null;
    let mut threads = Vec::new();
    loop {
        let variables = json!({ "c": channel, "after": after });
        let data = must(workload, 0, 0, query, variables).await?;
        let page = &data["channel"]["messages"];
        for node in page["nodes"].as_array().into_iter().flatten() {
            show(node, final_state)?;
            if node["thread"]["replyCount"].as_u64().unwrap_or(0) > 0 {
                threads.push(text(&node["id"])?);
            }
        }
        if page["pageInfo"]["hasNextPage"] != true {
            break;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
    let query = "query($id: ID!) { message(id: $id) { thread { replies(first: 100) { nodes \
                 { id seq text reactions { count } } } } } }";
    for (number, id) in threads.iter().enumerate() {
        let process = number % workload.addresses.len();
        let data = must(workload, 0, process, query, json!({ "id": id })).await?;
        for node in data["message"]["thread"]["replies"]["nodes"].as_array().into_iter().flatten() {
            show(node, final_state)?;
        }
    }
    Ok(())
}

fn show(node: &Value, final_state: &mut FinalState) -> Result<()> {
    let id = bare(&text(&node["id"])?);
    let count = |value: &Value| value.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    let reactions = node["reactions"].as_array().into_iter().flatten();
    let shown = ReturnedMessage {
        seq: node["seq"].as_i64().unwrap_or(-1),
        text: text(&node["text"])?,
        replies: count(&node["thread"]["replyCount"]),
        reactions: reactions.map(|reaction| count(&reaction["count"])).sum(),
    };
    *final_state.rows.entry(id.clone()).or_default() += 1;
    final_state.messages.insert(id, shown);
    Ok(())
}

/// Reads a workspace's log on `JetStream`: `wanted` events, or what is there after a timeout.
///
/// # Errors
/// NATS cannot be reached.
pub async fn stream_events(port: u16, workspace: &str, wanted: usize) -> Result<Vec<StreamEvent>> {
    let options = async_nats::ConnectOptions::new().retry_on_initial_connect();
    let client = options.connect(format!("nats://127.0.0.1:{port}")).await.map_err(Failure::new)?;
    let mut stream_events = Vec::new();
    let subject = format!("log.{}", bare(workspace));
    let _ = timeout(COPY_TIMEOUT, read_stream(client, &subject, wanted, &mut stream_events)).await;
    Ok(stream_events)
}

async fn read_stream(
    client: async_nats::Client,
    subject: &str,
    wanted: usize,
    stream_events: &mut Vec<StreamEvent>,
) -> Result<()> {
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
    while stream_events.len() < wanted {
        let Some(Ok(message)) = messages.next().await else { continue };
        let batch: Value = serde_json::from_slice(&message.payload).map_err(Failure::new)?;
        for event in batch["events"].as_array().into_iter().flatten() {
            stream_events.push(StreamEvent {
                seq: event["seq"].as_i64().unwrap_or(-1),
                command: event["command_id"].as_str().unwrap_or_default().to_owned(),
                kind: event["skeleton"]["kind"].as_str().unwrap_or_default().to_owned(),
            });
        }
    }
    Ok(())
}
