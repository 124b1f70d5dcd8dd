//! The contract of both bus implementations: events reach every subscription of the fleet once and in order, signals
//! reach their member only, and dropping the interest ends the subscription.
//!
//! The in-process bus runs on one server with SQLite, NATS on two servers with one Postgres. The bus itself may lose or
//! duplicate messages, so the contract is checked on client subscriptions.

use std::sync::Arc;

use api::adapter::bus::Bus;
use api::ground::id::WorkspaceId;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::support::{ALL_EVENTS, Member, Server, Socket, Store, Workspace};

/// Generates one test for each bus implementation from an `async fn(&Store)`.
macro_rules! either {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn in_process() {
                super::$test(&crate::support::Store::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn nats() {
                let name = concat!(module_path!(), "::", stringify!($test));
                let Some(store) = crate::support::Store::fleet(name).await else { return };
                super::$test(&store).await;
                store.remove().await;
            }
        }
    )*};
}

either! {
    delivers_events_to_every_subscription_once_and_in_order
    delivers_signals_to_their_member_only
    dropping_the_interest_ends_the_subscription
}

/// Subscribes a member from the current end of the log. Returns that sequence number as well.
async fn subscribed(workspace: &Workspace, user: &Member) -> (Socket, i64) {
    let mut socket = user.socket().await;
    let query = "query($id: ID!) { boot(workspaceId: $id) { seq } }";
    let boot = user.client.query(query, json!({ "id": workspace.id })).await;
    let seq = boot["boot"]["seq"].as_i64().unwrap();
    socket.subscribe("1", ALL_EVENTS, json!({ "workspaceId": workspace.id, "after": seq })).await;
    (socket, seq)
}

async fn item(socket: &mut Socket) -> Value {
    let mut message = socket.next_for("1").await;
    assert_eq!(message["type"], "next", "{message}");
    message["payload"]["data"]["events"].take()
}

/// All items up to and including the event with this `seq`.
async fn up_to(socket: &mut Socket, seq: i64) -> Vec<Value> {
    let mut items = Vec::new();
    while items.last().is_none_or(|last: &Value| last["seq"] != seq) {
        items.push(item(socket).await);
    }
    items
}

async fn send(server: &Server, workspace: &Workspace, text: String) -> i64 {
    workspace.owner().at(server).send_message(&workspace.general, &text).await.1
}

async fn delivers_events_to_every_subscription_once_and_in_order(store: &Store) {
    let servers = Server::start_fleet(store).await;
    let workspace = Workspace::with_members(servers[0].address, 3).await;
    let mut feeds = Vec::new();
    for user in &workspace.members {
        for server in &servers {
            feeds.push(subscribed(&workspace, &user.at(server)).await);
        }
    }
    let mut last = 0;
    for number in 0..40 {
        last = send(&servers[number % servers.len()], &workspace, format!("number {number}")).await;
    }
    for (mut socket, from) in feeds {
        let items = up_to(&mut socket, last).await;
        let numbers: Vec<i64> = items.iter().filter_map(|item| item["seq"].as_i64()).collect();
        assert_eq!(numbers, (from + 1..=last).collect::<Vec<_>>());
    }
}

async fn delivers_signals_to_their_member_only(store: &Store) {
    let servers = Server::start_fleet(store).await;
    let workspace = Workspace::with_members(servers[0].address, 3).await;
    let sent = send(&servers[0], &workspace, "read this".to_owned()).await;
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for server in &servers {
        own.push(subscribed(&workspace, &workspace.members[1].at(server)).await.0);
        others.push(subscribed(&workspace, &workspace.members[2].at(server)).await.0);
    }
    // A process that receives events has subscribed, also to signals.
    let there = send(&servers[0], &workspace, "all are there".to_owned()).await;
    for socket in own.iter_mut().chain(&mut others) {
        up_to(socket, there).await;
    }
    let input = json!({ "channelId": workspace.general, "seq": sent, "epoch": 0 });
    workspace.members[1].mutate("markRead", input, "privateRev").await;
    for socket in &mut own {
        while item(socket).await["__typename"] != "ReadStateChanged" {}
    }
    let last = send(&servers[0], &workspace, "afterwards".to_owned()).await;
    for socket in &mut others {
        let items = up_to(socket, last).await;
        assert!(items.iter().all(|item| item["__typename"] != "ReadStateChanged"), "{items:?}");
    }
}

async fn dropping_the_interest_ends_the_subscription(store: &Store) {
    let bus = Bus::open(&store.config().nats).await.unwrap();
    let (sender, mut receiver) = mpsc::channel(8);
    let interest = bus.subscribe(WorkspaceId::mint(), Arc::new(move |message| drop(sender.try_send(message))));
    drop(interest);
    assert!(receiver.recv().await.is_none());
}
