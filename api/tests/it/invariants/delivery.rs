//! Invariant 4: a subscriber receives every visible event after its cursor exactly once and in order: after being too
//! slow, after a long absence, with an invalid cursor, and across a crash of the server. `ordering` covers random
//! disconnects.

use api::chat::session;
use api::ground::budget::Owner;
use api::live;
use api::live::queue::MAX_FRAMES;
use api::wire::graphql::subscription::{self, Running};
use async_graphql::{Request, Variables};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::{
    ALL_LOG_EVENTS, Observer, Process, Random, Server, Setup, Store, Workload, Workspace, both, compare_seqs, process,
    rows, visible_seqs,
};

/// Clients further behind must boot.
const CATCH_UP_LIMIT: i64 = 2_000;
const CONCURRENT_COMMANDS: usize = 128;

both! {
    resyncs_slow_subscribers
    requires_boot_beyond_the_catch_up_limit
    requires_boot_for_a_cursor_beyond_the_log
    a_crash_loses_and_duplicates_nothing
}

async fn resyncs_slow_subscribers(Setup { server, workspace, .. }: &Setup) {
    let (mut slow, mut fast) = (subscribe(server, workspace).await, subscribe(server, workspace).await);
    let count = MAX_FRAMES + 50;
    send(workspace, count).await;
    let end = workspace.create_channel("end").await;
    // Both subscriptions are served together: once one has everything, the other was offered everything and could not
    // hold it.
    let first = end - i64::try_from(count).unwrap();
    assert_eq!(receive_up_to(&mut fast, end).await, (first..=end).collect::<Vec<_>>());
    let mut frames = Vec::new();
    slow.recv_many(&mut frames, 64).await.unwrap();
    let item = item(&frames[0]);
    assert_eq!((&item["__typename"], &item["takeBoot"]), (&json!("Resync"), &json!(false)), "{item}");
    assert_eq!(item["after"], first - 1);
    let mut seen: Vec<i64> = frames[1..].iter().filter_map(|frame| frame.seq()).collect();
    if seen.last() != Some(&end) {
        seen.extend(receive_up_to(&mut slow, end).await);
    }
    compare_seqs(&(first..=end).collect::<Vec<_>>(), &seen).unwrap();
}

/// A live subscription that no connection reads. A revision that does not exist is answered by a signal, and signals
/// are sent at the live edge only.
async fn subscribe(server: &Server, workspace: &Workspace) -> Running {
    let token = workspace.owner().client.token.clone().unwrap();
    let viewer = session::service::viewer_for_token(&server.app, Owner::Server, &token).await.unwrap();
    let query = "subscription($workspaceId: ID!, $rev: Seq) { events(workspaceId: $workspaceId, privateRev: $rev) { \
                 __typename ... on LogEvent { seq } ... on Resync { after takeBoot } } }";
    let variables = Variables::from_json(json!({ "workspaceId": workspace.id, "rev": 77 }));
    let request = Request::new(query).variables(variables);
    let started = subscription::subscribe(&server.app, Owner::Server, viewer, None, request).await;
    let mut subscription = started.unwrap_or_else(|refused| panic!("{:?}", refused.errors));
    let mut frames = Vec::new();
    subscription.recv_many(&mut frames, 1).await.unwrap();
    assert_eq!(item(&frames[0])["__typename"], "PrivateChanged");
    subscription
}

async fn receive_up_to(subscription: &mut Running, end: i64) -> Vec<i64> {
    let mut frames = Vec::new();
    while frames.iter().filter_map(|frame: &std::sync::Arc<live::Frame>| frame.seq()).next_back() != Some(end) {
        subscription.recv_many(&mut frames, 64).await.unwrap();
    }
    frames.iter().filter_map(|frame| (item(frame)["seq"].is_i64()).then(|| frame.seq()).flatten()).collect()
}

fn item(frame: &live::Frame) -> Value {
    let response: Value = serde_json::from_slice(frame.payload()).unwrap();
    response["data"]["events"].clone()
}

/// Sends `count` messages to all members.
async fn send(workspace: &Workspace, count: usize) {
    let client = &workspace.owner().client;
    let sending = (0..count).map(|n| {
        let input = json!({ "channelId": workspace.general, "text": n.to_string() });
        async move { client.mutate("sendMessage", input, "seq").await }
    });
    stream::iter(sending).buffer_unordered(CONCURRENT_COMMANDS).collect::<Vec<_>>().await;
}

async fn requires_boot_beyond_the_catch_up_limit(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(server.address).await;
    send(&workspace, usize::try_from(CATCH_UP_LIMIT).unwrap()).await;
    let end = workspace.create_channel("end").await;
    assert_catch_up_limit(&workspace, &server, end).await;
    server.stop().await;
    // Another server has no events in memory.
    let server = Server::on(store).await;
    assert_catch_up_limit(&workspace.at(&server), &server, end).await;
    server.stop().await;
}

async fn assert_catch_up_limit(workspace: &Workspace, server: &Server, end: i64) {
    let owner = workspace.owner();
    assert_requires_boot(workspace, end - CATCH_UP_LIMIT - 1).await;
    let (_running, servers) = watch::channel(vec![server.address]);
    let near = Observer {
        user: owner.clone(),
        workspace: workspace.id.clone(),
        servers,
        after: end - CATCH_UP_LIMIT,
        disconnect_every: 0,
        random: Random::seeded("invariant 4"),
    };
    let observation = near.watch("end").await;
    compare_seqs(&(end - CATCH_UP_LIMIT + 1..=end).collect::<Vec<_>>(), &observation.seqs()).unwrap();
}

async fn requires_boot_for_a_cursor_beyond_the_log(Setup { workspace, .. }: &Setup) {
    let end = workspace.create_channel("end").await;
    for beyond in [end + 1, end + CATCH_UP_LIMIT + 1, (1 << 53) - 1] {
        assert_requires_boot(workspace, beyond).await;
    }
}

/// The only item requires boot, and then the subscription completes.
async fn assert_requires_boot(workspace: &Workspace, after: i64) {
    let mut socket =
        workspace.owner().subscribe(ALL_LOG_EVENTS, json!({ "workspaceId": workspace.id, "after": after })).await;
    let resync = json!({ "__typename": "Resync", "after": after, "takeBoot": true });
    assert_eq!(socket.next().await["payload"]["data"]["events"], resync);
    assert_eq!(socket.next().await, json!({ "id": "1", "type": "complete" }));
}

async fn a_crash_loses_and_duplicates_nothing(store: &Store) {
    let mut random = Random::seeded("invariant 4");
    let mut process = Process::start(store).await;
    let workspace = Workspace::with_members(process.address, 4).await;
    let (running, servers) = watch::channel(vec![process.address]);
    let watching: Vec<_> = (0..6)
        .map(|n| Observer {
            user: workspace.members[n % 3].clone(),
            workspace: workspace.id.clone(),
            servers: servers.clone(),
            after: 0,
            disconnect_every: [0, 15][n / 3],
            random: random.fork(),
        })
        .map(|observer| tokio::spawn(observer.watch("end")))
        .collect();
    let mut workload = Workload::new(workspace.clone(), vec![process.address], random.fork(), 3);
    for _ in 0..3 {
        workload.run(12).await;
        process.kill().await;
        running.send_replace(Vec::new());
        process = Process::start(store).await;
        workload.servers = vec![process.address];
        running.send_replace(workload.servers.clone());
    }
    workload.run(12).await;
    let input = json!({ "workspaceId": workspace.id, "name": "end" });
    workspace.owner().client.at(process.address).mutate("createChannel", input, "seq").await;
    let observations = join_all(watching).await;
    process.kill().await;
    process::verify(store).await;
    let events = rows::events(store, workspace.parsed_id()).await;
    for observation in observations.into_iter().map(Result::unwrap) {
        compare_seqs(&visible_seqs(&events, observation.user.parsed_id()), &observation.seqs()).unwrap();
    }
}
