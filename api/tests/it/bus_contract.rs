//! What holds on either variant of the bus: an event that is told at one process reaches every subscription of
//! the fleet, once and in order; a signal reaches its member and nobody else; listening ends.
//!
//! In process the fleet is one server on SQLite, on NATS it is two on one Postgres. The bus itself promises
//! little (what it carries may be lost or doubled), so the promise is looked at where people meet it.

use std::sync::Arc;

use api::bus::Bus;
use api::id::WorkspaceId;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::feed::ALL;
use crate::server::Server;
use crate::socket::Socket;
use crate::store::Store;
use crate::team::{Person, Team};

/// Makes one test on either variant of an `async fn(&Store)`.
macro_rules! either {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn in_process() {
                super::$test(&crate::store::Store::sqlite()).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn nats() {
                let name = concat!(module_path!(), "::", stringify!($test));
                let Some(store) = crate::store::Store::fleet(name).await else { return };
                super::$test(&store).await;
                store.remove().await;
            }
        }
    )*};
}

either! {
    events_reach_every_subscription_once_and_in_order
    a_signal_reaches_its_member_only
    listening_ends
}

/// What comes to a person at one server, from where the log stands now.
async fn subscribed(server: &Server, team: &Team, person: &Person) -> (Socket, i64) {
    let mut socket = Socket::ready(server, person.client.token.as_deref()).await;
    let query = "query($id: ID!) { boot(workspaceId: $id) { seq } }";
    let boot = person.client.at(server.address).query(query, json!({ "id": team.workspace })).await;
    let seq = boot["boot"]["seq"].as_i64().unwrap();
    socket.subscribe("1", ALL, json!({ "workspaceId": team.workspace, "after": seq })).await;
    (socket, seq)
}

/// The next item.
async fn item(socket: &mut Socket) -> Value {
    let mut message = socket.next_of("1").await;
    assert_eq!(message["type"], "next", "{message}");
    message["payload"]["data"]["events"].take()
}

/// All items up to the event of this number, which comes last.
async fn up_to(socket: &mut Socket, seq: i64) -> Vec<Value> {
    let mut items = Vec::new();
    while items.last().is_none_or(|last: &Value| last["seq"] != seq) {
        items.push(item(socket).await);
    }
    items
}

async fn say(server: &Server, team: &Team, text: String) -> i64 {
    let input = json!({ "workspaceId": team.workspace, "channelId": team.general, "text": text });
    let said = team.owner().client.at(server.address).must("sendMessage", input, "seq").await;
    said["seq"].as_i64().unwrap()
}

async fn events_reach_every_subscription_once_and_in_order(store: &Store) {
    let servers = Server::some_at(store).await;
    let team = Team::begin(servers[0].address, 3).await;
    let mut feeds = Vec::new();
    for person in &team.people {
        for server in &servers {
            feeds.push(subscribed(server, &team, person).await);
        }
    }
    let mut last = 0;
    for number in 0..40 {
        last = say(&servers[number % servers.len()], &team, format!("number {number}")).await;
    }
    for (mut socket, from) in feeds {
        let items = up_to(&mut socket, last).await;
        let numbers: Vec<i64> = items.iter().filter_map(|item| item["seq"].as_i64()).collect();
        assert_eq!(numbers, (from + 1..=last).collect::<Vec<_>>());
    }
}

async fn a_signal_reaches_its_member_only(store: &Store) {
    let servers = Server::some_at(store).await;
    let team = Team::begin(servers[0].address, 3).await;
    let said = say(&servers[0], &team, "read this".to_owned()).await;
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for server in &servers {
        own.push(subscribed(server, &team, &team.people[1]).await.0);
        others.push(subscribed(server, &team, &team.people[2]).await.0);
    }
    // Whoever is told of an event listens, and a process that listens to events listens to signals.
    let there = say(&servers[0], &team, "all are there".to_owned()).await;
    for socket in own.iter_mut().chain(&mut others) {
        up_to(socket, there).await;
    }
    let input = json!({ "workspaceId": team.workspace, "channelId": team.general, "seq": said, "epoch": 0 });
    team.people[1].client.must("markRead", input, "privateRev").await;
    for socket in &mut own {
        while item(socket).await["__typename"] != "ReadingChanged" {}
    }
    let last = say(&servers[0], &team, "afterwards".to_owned()).await;
    for socket in &mut others {
        let items = up_to(socket, last).await;
        assert!(items.iter().all(|item| item["__typename"] != "ReadingChanged"), "{items:?}");
    }
}

/// Who lets go of the interest is let go of by the bus.
async fn listening_ends(store: &Store) {
    let bus = Bus::open(&store.config().nats).await.unwrap();
    let (hear, mut heard) = mpsc::channel(8);
    let interest = bus.listen(WorkspaceId::mint(), Arc::new(move |said| drop(hear.try_send(said))));
    drop(interest);
    assert!(heard.recv().await.is_none());
}
