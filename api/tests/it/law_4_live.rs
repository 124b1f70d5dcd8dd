//! Law 4: a subscriber gets every event after their cursor that they may see, once and in order: after
//! being too slow, after being away too long, with a cursor from nowhere, and across the death of the
//! server. (Law 3 has those who are cut off at random.)

use api::budget::Owner;
use api::graphql::subscription::{self, Running};
use api::live;
use api::live::queue::LENGTH;
use api::sign_in;
use async_graphql::{Request, Variables};
use futures_util::future::join_all;
use futures_util::stream::{self, StreamExt};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::model::visible;
use crate::observer::{EVERYTHING, Observer, exactly};
use crate::play::Play;
use crate::process::{self, Process};
use crate::random::Random;
use crate::rows;
use crate::server::Server;
use crate::socket::Socket;
use crate::store::{Store, both};
use crate::team::Team;

/// Further behind than this a client takes boot.
const HORIZON: i64 = 2_000;
/// Commands on their way at once.
const ABREAST: usize = 128;

both! {
    who_was_too_slow_is_told_and_goes_on
    who_was_away_too_long_takes_boot
    a_cursor_beyond_the_log_takes_boot
    the_death_of_the_server_loses_and_doubles_nothing
}

async fn who_was_too_slow_is_told_and_goes_on(store: &Store) {
    let server = Server::start_at(store).await;
    let team = Team::begin(server.address, 1).await;
    let (mut slow, mut brisk) = (subscribe(&server, &team).await, subscribe(&server, &team).await);
    let count = LENGTH + 50;
    send(&team, count).await;
    let end = team.announce("end").await;
    // The two are served together: when one has all, the other was given all, and could not hold it.
    let first = end - i64::try_from(count).unwrap();
    assert_eq!(take_to(&mut brisk, end).await, (first..=end).collect::<Vec<_>>());
    let mut frames = Vec::new();
    slow.recv_many(&mut frames, 64).await.unwrap();
    let item = item(&frames[0]);
    assert_eq!((&item["__typename"], &item["takeBoot"]), (&json!("Resync"), &json!(false)), "{item}");
    assert_eq!(item["after"], first - 1);
    let mut seen: Vec<i64> = frames[1..].iter().filter_map(|frame| frame.seq()).collect();
    if seen.last() != Some(&end) {
        seen.extend(take_to(&mut slow, end).await);
    }
    exactly(&(first..=end).collect::<Vec<_>>(), &seen).unwrap();
    server.stop().await;
}

/// A subscription that nobody reads for us, at the live edge: a revision that the client cannot have is
/// answered by a signal, and signals come only there.
async fn subscribe(server: &Server, team: &Team) -> Running {
    let token = team.owner().client.token.clone().unwrap();
    let viewer = sign_in::service::viewer_of(&server.app, Owner::Server, &token).await.unwrap();
    let query = "subscription($workspaceId: ID!, $rev: Seq) { events(workspaceId: $workspaceId, privateRev: $rev) { \
                 __typename ... on LogEvent { seq } ... on Resync { after takeBoot } } }";
    let variables = Variables::from_json(json!({ "workspaceId": team.workspace, "rev": 77 }));
    let request = Request::new(query).variables(variables);
    let begun = subscription::subscribe(&server.app, Owner::Server, viewer, None, request).await;
    let mut subscription = begun.unwrap_or_else(|refused| panic!("{:?}", refused.errors));
    let mut frames = Vec::new();
    subscription.recv_many(&mut frames, 1).await.unwrap();
    assert_eq!(item(&frames[0])["__typename"], "PrivateChanged");
    subscription
}

async fn take_to(subscription: &mut Running, end: i64) -> Vec<i64> {
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

/// Sends so many messages to everybody.
async fn send(team: &Team, count: usize) {
    let client = &team.owner().client;
    let sending = (0..count).map(|n| {
        let input = json!({ "workspaceId": team.workspace, "channelId": team.general, "text": n.to_string() });
        async move { client.must("sendMessage", input, "seq").await }
    });
    stream::iter(sending).buffer_unordered(ABREAST).collect::<Vec<_>>().await;
}

async fn who_was_away_too_long_takes_boot(store: &Store) {
    let server = Server::start_at(store).await;
    let team = Team::begin(server.address, 1).await;
    send(&team, usize::try_from(HORIZON).unwrap()).await;
    let end = team.announce("end").await;
    near_and_far(&team, &server, end).await;
    server.stop().await;
    // Another server has nothing of it in memory.
    let server = Server::start_at(store).await;
    near_and_far(&team, &server, end).await;
    server.stop().await;
}

async fn near_and_far(team: &Team, server: &Server, end: i64) {
    let owner = team.owner();
    takes_boot(team, server, end - HORIZON - 1).await;
    let (_running, servers) = watch::channel(vec![server.address]);
    let near = Observer {
        person: owner.clone(),
        workspace: team.workspace.clone(),
        servers,
        after: end - HORIZON,
        hiccup: 0,
        random: Random::seeded("law 4"),
    };
    let sight = near.watch("end").await;
    exactly(&(end - HORIZON + 1..=end).collect::<Vec<_>>(), &sight.numbers()).unwrap();
}

async fn a_cursor_beyond_the_log_takes_boot(store: &Store) {
    let server = Server::start_at(store).await;
    let team = Team::begin(server.address, 1).await;
    let end = team.announce("end").await;
    for beyond in [end + 1, end + HORIZON + 1, (1 << 53) - 1] {
        takes_boot(&team, &server, beyond).await;
    }
    server.stop().await;
}

/// The one item is to take boot, and then the subscription is complete.
async fn takes_boot(team: &Team, server: &Server, after: i64) {
    let mut socket = Socket::ready(server, team.owner().client.token.as_deref()).await;
    socket.subscribe("1", EVERYTHING, json!({ "workspaceId": team.workspace, "after": after })).await;
    let resync = json!({ "__typename": "Resync", "after": after, "takeBoot": true });
    assert_eq!(socket.next().await["payload"]["data"]["events"], resync);
    assert_eq!(socket.next().await, json!({ "id": "1", "type": "complete" }));
}

async fn the_death_of_the_server_loses_and_doubles_nothing(store: &Store) {
    let mut random = Random::seeded("law 4");
    let mut process = Process::start(store).await;
    let team = Team::begin(process.address, 4).await;
    let (running, servers) = watch::channel(vec![process.address]);
    let watching: Vec<_> = (0..6)
        .map(|n| Observer {
            person: team.people[n % 3].clone(),
            workspace: team.workspace.clone(),
            servers: servers.clone(),
            after: 0,
            hiccup: [0, 15][n / 3],
            random: random.fork(),
        })
        .map(|observer| tokio::spawn(observer.watch("end")))
        .collect();
    let mut play = Play::new(team.clone(), vec![process.address], random.fork(), 3);
    for _ in 0..3 {
        play.rounds(12).await;
        process.kill().await;
        running.send_replace(Vec::new());
        process = Process::start(store).await;
        play.servers = vec![process.address];
        running.send_replace(play.servers.clone());
    }
    play.rounds(12).await;
    let input = json!({ "workspaceId": team.workspace, "name": "end" });
    team.owner().client.at(process.address).must("createChannel", input, "seq").await;
    let sights = join_all(watching).await;
    process.kill().await;
    process::verify(store).await;
    let events = rows::events(store, team.id()).await;
    for sight in sights.into_iter().map(Result::unwrap) {
        exactly(&visible(&events, sight.person.member_id()), &sight.numbers()).unwrap();
    }
}
