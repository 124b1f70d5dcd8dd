//! Invariant 1: an acknowledged message is never lost. The real process is killed at every fail point and at random
//! times while 32 writers write. A writer without a response resends the message to the next process.
//!
//! `CONFAB_TEST_ROUNDS` sets how often each point is tried. Defaults to 1; the long form uses 20.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use api::ground::id::MessageId;
use api::log::failpoint;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::{Notify, watch};

use crate::support::{
    Client, Process, Random, RequestError, Socket, Store, Workspace, both, new_id, process, rows, setting, text,
};

const WRITERS: usize = 32;
/// Messages of one writer in one round. A fail point that is not reached within them is unreachable.
const MAX_MESSAGES_PER_WRITER: usize = 500;
/// A kill at a random time instead of a fail point.
const RANDOM_KILL: &str = "random kill";

both! { acknowledged_messages_survive_every_crash }

/// An acknowledged message.
#[derive(Debug, Clone, PartialEq)]
struct Acknowledged {
    point: &'static str,
    id: String,
    seq: i64,
    text: String,
}

async fn acknowledged_messages_survive_every_crash(store: &Store) {
    let mut random = Random::seeded("invariant 1");
    let rounds = setting("CONFAB_TEST_ROUNDS").map_or(1, |rounds| rounds.parse().unwrap());
    let mut process = Process::start(store).await;
    let workspace = Workspace::create(process.address).await;
    process.kill().await;
    let mut acknowledged = Vec::new();
    for point in failpoint::POINTS.into_iter().chain([RANDOM_KILL]) {
        for round in 0..rounds {
            acknowledged.extend(crash(store, &workspace, point, round, &mut random).await);
        }
    }
    let mut process = Process::start(store).await;
    let read = read_all(&workspace, process.address).await;
    process.kill().await;
    process::verify(store).await;
    rows::assert_gapless(store).await;
    report(rounds, &acknowledged, &read);
    assert_eq!(losses(&acknowledged, &read), Losses::default());
}

/// One round: the process dies while all writers write, and another takes over.
async fn crash(
    store: &Store,
    workspace: &Workspace,
    point: &'static str,
    round: usize,
    random: &mut Random,
) -> Vec<Acknowledged> {
    // Counted from the start of the process: within the first batches, or among many.
    let count = 1 + random.below(4);
    let failpoint = (point != RANDOM_KILL).then(|| format!("{point}:{count}"));
    let mut process = Process::start_with_failpoint(store, failpoint.as_deref()).await;
    let context = Arc::new(WriterContext {
        client: workspace.owner().client.clone(),
        workspace: workspace.id.clone(),
        channel: workspace.general.clone(),
        point,
        round,
        written: AtomicUsize::new(0),
        progress: Notify::new(),
    });
    let (addresses, address) = watch::channel(Some(process.address));
    // Rendering requires a subscriber.
    let listener = listen(&context, process.address).await;
    let writers: Vec<_> =
        (0..WRITERS).map(|writer| tokio::spawn(write(context.clone(), writer, address.clone()))).collect();
    if point == RANDOM_KILL {
        let moment = random.below(4 * WRITERS);
        context.wait_for(moment).await;
        process.kill().await;
    } else {
        process.wait_for_crash().await;
    }
    addresses.send_replace(None);
    let mut process = Process::start(store).await;
    addresses.send_replace(Some(process.address));
    let acknowledged = join_all(writers).await.into_iter().flat_map(Result::unwrap).collect();
    listener.abort();
    process.kill().await;
    acknowledged
}

/// What the writers of one round share.
struct WriterContext {
    client: Client,
    workspace: String,
    channel: String,
    point: &'static str,
    round: usize,
    written: AtomicUsize,
    progress: Notify,
}

impl WriterContext {
    async fn wait_for(&self, count: usize) {
        loop {
            let progress = self.progress.notified();
            if self.written.load(Ordering::SeqCst) >= count {
                return;
            }
            progress.await;
        }
    }

    /// Sends a message until it is acknowledged. Also returns whether a server was lost meanwhile.
    async fn send(&self, text: &str, address: &mut watch::Receiver<Option<SocketAddr>>) -> (Acknowledged, bool) {
        let id = new_id::<MessageId>(&self.workspace);
        let input = json!({ "channelId": self.channel, "id": id, "text": text });
        let mut lost = false;
        loop {
            let here = address.wait_for(Option::is_some).await.unwrap().expect("some");
            let sent = self.client.at(here).try_mutate("sendMessage", &input, "seq message { id text }").await;
            match sent {
                Ok(payload) => return (self.acknowledged(&payload), lost),
                Err(RequestError::NoResponse(_)) => {
                    lost = true;
                    address.wait_for(|now| *now != Some(here)).await.unwrap();
                }
                Err(failure) => assert_eq!(failure.code(), "UNAVAILABLE", "{failure:?}"),
            }
        }
    }

    fn acknowledged(&self, payload: &Value) -> Acknowledged {
        self.written.fetch_add(1, Ordering::SeqCst);
        self.progress.notify_waiters();
        let message = &payload["message"];
        let seq = payload["seq"].as_i64().unwrap();
        Acknowledged { point: self.point, id: text(message, "/id"), seq, text: text(message, "/text") }
    }
}

/// Writes until the server is lost, and two messages more.
async fn write(
    context: Arc<WriterContext>,
    writer: usize,
    mut address: watch::Receiver<Option<SocketAddr>>,
) -> Vec<Acknowledged> {
    let mut acknowledged = Vec::new();
    let first = *address.borrow();
    let mut after = 0;
    while after < 2 {
        assert!(acknowledged.len() < MAX_MESSAGES_PER_WRITER, "{} is never reached", context.point);
        let text = format!("{} {} {writer} {}", context.point, context.round, acknowledged.len());
        let (message, lost) = context.send(&text, &mut address).await;
        assert_eq!(message.text, text);
        acknowledged.push(message);
        if lost || *address.borrow() != first {
            after += 1;
        }
    }
    acknowledged
}

/// Subscribes to events, since only events with subscribers are rendered.
async fn listen(context: &WriterContext, address: SocketAddr) -> tokio::task::JoinHandle<()> {
    let mut socket = Socket::try_connect(address, context.client.token.as_deref()).await.unwrap();
    let query = "subscription($workspaceId: ID!) { events(workspaceId: $workspaceId) { __typename } }";
    socket.subscribe("1", query, json!({ "workspaceId": context.workspace })).await;
    socket.round_trip().await;
    tokio::spawn(async move { while socket.try_next().await.is_some() {} })
}

/// Reads all messages page by page.
async fn read_all(workspace: &Workspace, address: SocketAddr) -> Vec<(String, i64, String)> {
    let query = "query($c: ID!, $after: String) { channel(id: $c) { \
                 messages(first: 100, after: $after) { nodes { id seq text } pageInfo { endCursor hasNextPage } } } }";
    let client = workspace.owner().client.at(address);
    let mut read = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = &client.query(query, json!({ "c": workspace.general, "after": after })).await["channel"]["messages"];
        for node in page["nodes"].as_array().unwrap() {
            read.push((text(node, "/id"), node["seq"].as_i64().unwrap(), text(node, "/text")));
        }
        if page["pageInfo"]["hasNextPage"] == false {
            return read;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

/// Lost and duplicated messages by fail point.
#[derive(Debug, Default, PartialEq)]
struct Losses {
    lost: BTreeMap<&'static str, usize>,
    doubled: BTreeMap<&'static str, usize>,
}

fn losses(acknowledged: &[Acknowledged], read: &[(String, i64, String)]) -> Losses {
    let mut by_text: HashMap<&str, Vec<(&str, i64)>> = HashMap::new();
    for (id, seq, text) in read {
        by_text.entry(text).or_default().push((id, *seq));
    }
    let mut losses = Losses::default();
    for message in acknowledged {
        let found = by_text.get(&*message.text).map_or(&[][..], Vec::as_slice);
        if !found.contains(&(&message.id, message.seq)) {
            *losses.lost.entry(message.point).or_default() += 1;
        }
        if found.len() > 1 {
            *losses.doubled.entry(message.point).or_default() += 1;
        }
    }
    losses
}

fn report(rounds: usize, acknowledged: &[Acknowledged], read: &[(String, i64, String)]) {
    let Losses { lost, doubled } = losses(acknowledged, read);
    println!("{:<16} {:>7} {:>13} {:>6} {:>8}", "point", "rounds", "acknowledged", "lost", "doubled");
    for point in failpoint::POINTS.into_iter().chain([RANDOM_KILL]) {
        let count = acknowledged.iter().filter(|message| message.point == point).count();
        let count_at_point = |losses: &BTreeMap<&str, usize>| losses.get(point).copied().unwrap_or(0);
        println!("{point:<16} {rounds:>7} {count:>13} {:>6} {:>8}", count_at_point(&lost), count_at_point(&doubled));
    }
}

#[test]
fn detects_lost_and_duplicated_messages() {
    let message = |id: &str, seq, text: &str| Acknowledged { point: "p", id: id.into(), seq, text: text.into() };
    let sent = [message("a", 1, "one"), message("b", 2, "two")];
    let row = |id: &str, seq, text: &str| (id.to_owned(), seq, text.to_owned());
    let complete = [row("a", 1, "one"), row("b", 2, "two")];
    assert_eq!(losses(&sent, &complete), Losses::default());
    for lacking in [vec![row("a", 1, "one")], vec![row("a", 1, "one"), row("b", 3, "two")]] {
        assert_eq!(losses(&sent, &lacking).lost, BTreeMap::from([("p", 1)]));
    }
    let twice = [row("a", 1, "one"), row("b", 2, "two"), row("c", 3, "two")];
    assert_eq!(losses(&sent, &twice).doubled, BTreeMap::from([("p", 1)]));
}
