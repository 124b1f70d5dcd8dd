//! The whole log on JetStream: every event once and in order, through deaths and wipes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use api::bus::encoding;
use api::bus::log_stream::{STREAM, subject};
use api::event::SharedEvent;
use async_nats::jetstream::{self, consumer};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::process::Process;
use crate::rows;
use crate::store::{Store, fleet};
use crate::team::Team;

fleet! {
    every_event_stands_there_once_and_in_order
    a_publisher_that_dies_before_it_remembers_repeats_nothing
    a_wiped_stream_is_filled_again
    while_nats_is_away_everything_goes_on
    the_example_writes_every_event_once
}

/// How often something is looked for that comes by itself.
const LOOK: Duration = Duration::from_millis(20);

/// The first events of a team's subject, so many.
async fn stream(store: &Store, team: &Team, count: usize) -> Vec<SharedEvent> {
    let jetstream = jetstream::new(store.nats().unwrap().client().await);
    let config = consumer::pull::OrderedConfig { filter_subject: subject(team.id()), ..Default::default() };
    // The stream may have yet to be made (again).
    let mut looks = tokio::time::interval(LOOK);
    let stream = loop {
        match jetstream.get_stream(STREAM).await {
            Ok(stream) => break stream,
            Err(_) => drop(looks.tick().await),
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

async fn assert_whole(store: &Store, team: &Team) {
    let truth = rows::events(store, team.id()).await;
    assert_eq!(stream(store, team, truth.len()).await, truth);
}

async fn say(team: &Team, count: usize, text: &str) {
    for number in 0..count {
        let input =
            json!({ "workspaceId": team.workspace, "channelId": team.general, "text": format!("{text} {number}") });
        team.owner().client.must("sendMessage", input, "seq").await;
    }
}

async fn every_event_stands_there_once_and_in_order(store: &mut Store) {
    // Two processes, each with a publisher.
    let (mut first, mut second) = (Process::start(store).await, Process::start(store).await);
    let team = Team::begin(first.address, 3).await;
    say(&team, 30, "one").await;
    let there = Team {
        people: vec![crate::team::Person { client: team.owner().client.at(second.address), ..team.owner().clone() }],
        ..team.clone()
    };
    say(&there, 30, "two").await;
    let long = json!({ "workspaceId": team.workspace, "channelId": team.general, "text": "ü".repeat(16_000) });
    for _ in 0..12 {
        team.owner().client.must("sendMessage", long.clone(), "seq").await;
    }
    assert_whole(store, &team).await;
    first.kill().await;
    second.kill().await;
}

async fn a_publisher_that_dies_before_it_remembers_repeats_nothing(store: &mut Store) {
    let mut process = Process::start(store).await;
    let team = Team::begin(process.address, 2).await;
    assert_whole(store, &team).await;
    process.kill().await;
    let mut process = Process::start_with(store, Some("publisher.appended:2")).await;
    let owner = team.owner().client.at(process.address);
    for number in 0.. {
        let input = json!({ "workspaceId": team.workspace, "channelId": team.general, "text": number.to_string() });
        if owner.mutate("sendMessage", &input, "seq").await.is_err() {
            break;
        }
    }
    process.died().await;
    let mut process = Process::start(store).await;
    let client = team.owner().client.at(process.address);
    let input = json!({ "workspaceId": team.workspace, "channelId": team.general, "text": "afterwards" });
    client.must("sendMessage", input, "seq").await;
    assert_whole(store, &team).await;
    process.kill().await;
}

async fn a_wiped_stream_is_filled_again(store: &mut Store) {
    let mut process = Process::start(store).await;
    let team = Team::begin(process.address, 2).await;
    say(&team, 10, "before").await;
    assert_whole(store, &team).await;
    let nats = store.nats_mut();
    nats.kill().await;
    nats.wipe();
    nats.start_again().await;
    say(&team, 10, "after").await;
    assert_whole(store, &team).await;
    process.kill().await;
}

async fn while_nats_is_away_everything_goes_on(store: &mut Store) {
    let mut here = Process::start(store).await;
    let mut there = Process::start(store).await;
    let team = Team::begin(here.address, 1).await;
    store.nats_mut().kill().await;
    say(&team, 5, "without").await;
    // The other process reads what it was not told.
    let seq = team.announce("also").await;
    let owner = team.owner().client.at(there.address);
    let query = "query($id: ID!) { boot(workspaceId: $id) { seq } }";
    let boot = owner.query(query, json!({ "id": team.workspace })).await;
    assert_eq!(boot["boot"]["seq"], seq);
    // And one that starts now starts.
    let mut third = Process::start(store).await;
    third.kill().await;
    store.nats_mut().start_again().await;
    assert_whole(store, &team).await;
    here.kill().await;
    there.kill().await;
}

/// The example of `docs/event-format.md`, killed and started again.
async fn the_example_writes_every_event_once(store: &mut Store) {
    let mut process = Process::start(store).await;
    let team = Team::begin(process.address, 2).await;
    say(&team, 20, "one").await;
    assert_whole(store, &team).await;
    let file = store.directory.path().join("events.jsonl");
    for round in 0..3 {
        let mut example = Command::new(example("warehouse"))
            .args([store.nats().unwrap().url(), file.display().to_string()])
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        say(&team, 20, &format!("round {round}")).await;
        let truth = rows::events(store, team.id()).await;
        let written = lines_of(&file, &mut example, truth.len()).await;
        let numbers: Vec<i64> = written.iter().map(|event| event["seq"].as_i64().unwrap()).collect();
        assert_eq!(numbers, truth.iter().map(|event| event.seq).collect::<Vec<_>>());
        for (written, event) in written.iter().zip(&truth) {
            assert_eq!(written["workspace_id"], json!(event.workspace_id));
            assert_eq!(written["body"], json!(event.body));
            assert_eq!(written["skeleton"], json!(event.skeleton));
        }
        example.kill().await.unwrap();
        // As a crash in the middle of a write would leave it.
        let mut cut = std::fs::OpenOptions::new().append(true).open(&file).unwrap();
        std::io::Write::write_all(&mut cut, br#"{"seq":99,"work"#).unwrap();
    }
    process.kill().await;
}

/// The program of an example, which cargo builds with the tests.
fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let program = tests.parent().unwrap().with_file_name("examples").join(name);
    assert!(program.exists(), "`cargo test` builds the examples, `cargo test --test it` does not: build them first");
    program
}

/// Waits until the file has so many whole lines; the example must live meanwhile.
async fn lines_of(file: &Path, example: &mut Child, count: usize) -> Vec<Value> {
    let mut looks = tokio::time::interval(LOOK);
    loop {
        assert!(example.try_wait().unwrap().is_none(), "the example ended by itself");
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let lines: Vec<Value> = whole.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if lines.len() >= count {
            return lines;
        }
        looks.tick().await;
    }
}
