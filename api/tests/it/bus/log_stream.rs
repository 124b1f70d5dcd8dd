//! The log on JetStream: every event once and in order, through crashes and wipes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use api::adapter::bus::encoding;
use api::adapter::bus::log_stream::{STREAM, subject};
use api::model::event::SharedEvent;
use async_nats::jetstream::{self, consumer};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::support::{Process, Store, Workspace, fleet, rows};

fleet! {
    holds_every_event_once_and_in_order
    a_publisher_crash_duplicates_nothing
    refills_a_wiped_stream
    keeps_working_while_nats_is_unavailable
    the_warehouse_example_writes_every_event_once
}

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// The first `count` events of a workspace in the stream.
async fn read_stream(store: &Store, workspace: &Workspace, count: usize) -> Vec<SharedEvent> {
    let jetstream = jetstream::new(store.nats().unwrap().client().await);
    let config = consumer::pull::OrderedConfig { filter_subject: subject(workspace.parsed_id()), ..Default::default() };
    // The stream may not exist yet, or not again.
    let mut interval = tokio::time::interval(POLL_INTERVAL);
    let stream = loop {
        match jetstream.get_stream(STREAM).await {
            Ok(stream) => break stream,
            Err(_) => drop(interval.tick().await),
        }
    };
    let mut messages = stream.create_consumer(config).await.unwrap().messages().await.unwrap();
    let mut events = Vec::new();
    while events.len() < count {
        let message = messages.next().await.unwrap().unwrap();
        let batch = encoding::decode(&message.payload).unwrap();
        let numbers = ["Confab-First", "Confab-Last"]
            .map(|name| message.headers.as_ref().unwrap().get(name).unwrap().as_str().parse::<i64>().unwrap());
        assert_eq!(numbers, [batch.first().unwrap().seq, batch.last().unwrap().seq]);
        events.extend(batch);
    }
    events
}

async fn assert_stream_is_complete(store: &Store, workspace: &Workspace) {
    let events = rows::events(store, workspace.parsed_id()).await;
    assert_eq!(read_stream(store, workspace, events.len()).await, events);
}

async fn send(workspace: &Workspace, count: usize, text: &str) {
    for number in 0..count {
        let input = json!({ "channelId": workspace.general, "text": format!("{text} {number}") });
        workspace.owner().mutate("sendMessage", input, "seq").await;
    }
}

async fn holds_every_event_once_and_in_order(store: &mut Store) {
    // Two processes, each with a publisher.
    let (mut first, mut second) = (Process::start(store).await, Process::start(store).await);
    let workspace = Workspace::with_members(first.address, 3).await;
    send(&workspace, 30, "one").await;
    send(&workspace.at(second.address), 30, "two").await;
    let long = json!({ "channelId": workspace.general, "text": "ü".repeat(16_000) });
    for _ in 0..12 {
        workspace.owner().mutate("sendMessage", long.clone(), "seq").await;
    }
    assert_stream_is_complete(store, &workspace).await;
    first.kill().await;
    second.kill().await;
}

async fn a_publisher_crash_duplicates_nothing(store: &mut Store) {
    let mut process = Process::start(store).await;
    let workspace = Workspace::with_members(process.address, 2).await;
    assert_stream_is_complete(store, &workspace).await;
    process.kill().await;
    let mut process = Process::start_with_failpoint(store, Some("publisher.appended:2")).await;
    let owner = workspace.owner().client.at(process.address);
    for number in 0.. {
        let input = json!({ "channelId": workspace.general, "text": number.to_string() });
        if owner.try_mutate("sendMessage", &input, "seq").await.is_err() {
            break;
        }
    }
    process.wait_for_crash().await;
    let mut process = Process::start(store).await;
    let client = workspace.owner().client.at(process.address);
    client.mutate("sendMessage", json!({ "channelId": workspace.general, "text": "afterwards" }), "seq").await;
    assert_stream_is_complete(store, &workspace).await;
    process.kill().await;
}

async fn refills_a_wiped_stream(store: &mut Store) {
    let mut process = Process::start(store).await;
    let workspace = Workspace::with_members(process.address, 2).await;
    send(&workspace, 10, "before").await;
    assert_stream_is_complete(store, &workspace).await;
    let nats = store.nats_mut();
    nats.kill().await;
    nats.wipe();
    nats.restart().await.unwrap();
    send(&workspace, 10, "after").await;
    assert_stream_is_complete(store, &workspace).await;
    process.kill().await;
}

async fn keeps_working_while_nats_is_unavailable(store: &mut Store) {
    let mut here = Process::start(store).await;
    let mut there = Process::start(store).await;
    let workspace = Workspace::create(here.address).await;
    store.nats_mut().kill().await;
    send(&workspace, 5, "without").await;
    // The other process reads events that it did not receive.
    let seq = workspace.create_channel("also").await;
    let owner = workspace.owner().client.at(there.address);
    let query = "query($id: ID!) { boot(workspaceId: $id) { seq } }";
    let boot = owner.query(query, json!({ "id": workspace.id })).await;
    assert_eq!(boot["boot"]["seq"], seq);
    // A new process starts without NATS.
    let mut third = Process::start(store).await;
    third.kill().await;
    store.nats_mut().restart().await.unwrap();
    assert_stream_is_complete(store, &workspace).await;
    here.kill().await;
    there.kill().await;
}

/// The example of `docs/event-format.md`, killed and restarted.
async fn the_warehouse_example_writes_every_event_once(store: &mut Store) {
    let mut process = Process::start(store).await;
    let workspace = Workspace::with_members(process.address, 2).await;
    send(&workspace, 20, "one").await;
    assert_stream_is_complete(store, &workspace).await;
    let file = store.directory.path().join("events.jsonl");
    for round in 0..3 {
        let mut example = Command::new(example("warehouse"))
            .args([store.nats().unwrap().url(), file.display().to_string()])
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        send(&workspace, 20, &format!("round {round}")).await;
        let events = rows::events(store, workspace.parsed_id()).await;
        let written = wait_for_lines(&file, &mut example, events.len()).await;
        let numbers: Vec<i64> = written.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
        assert_eq!(numbers, events.iter().map(|event| event.seq).collect::<Vec<_>>());
        for (written, event) in written.iter().zip(&events) {
            assert_eq!(written["workspace_id"], json!(event.workspace_id));
            assert_eq!(written["body"], json!(event.body));
            assert_eq!(written["skeleton"], json!(event.skeleton));
        }
        example.kill().await.unwrap();
        // The state after a crash in the middle of a write.
        let mut append = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
        std::io::Write::write_all(&mut append, br#"{"seq":99,"work"#).unwrap();
    }
    process.kill().await;
}

/// The binary of an example, which cargo builds with the tests.
fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().with_file_name("examples").join(name);
    assert!(
        program.exists(),
        "`cargo test --test it` does not build the examples: run `cargo test` or build them first"
    );
    program
}

/// Waits until the file has `count` complete lines. The example must keep running.
async fn wait_for_lines(file: &Path, example: &mut Child, count: usize) -> Vec<Value> {
    let mut interval = tokio::time::interval(POLL_INTERVAL);
    loop {
        assert!(example.try_wait().unwrap().is_none(), "the example exited");
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let complete = text.rsplit_once('\n').map_or("", |(complete, _)| complete);
        let lines: Vec<Value> = complete.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if lines.len() >= count {
            return lines;
        }
        interval.tick().await;
    }
}
