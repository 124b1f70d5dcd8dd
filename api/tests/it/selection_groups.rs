//! Groups of `events`: each selection is executed once per event, however many have it and however they
//! write it; a member has 8 different ones.

use std::sync::Arc;

use api::live::room::Room;
use api::live::shares::OF_ONE;
use serde_json::{Value, json};

use crate::people::{Company, Person, code, server_on};
use crate::server::Server;
use crate::socket::Socket;
use crate::store::Store;

/// Subscriptions of one connection.
const PER_SOCKET: usize = 100;

struct Scene {
    server: Server,
    company: Company,
    store: Store,
}

impl Scene {
    async fn set() -> Self {
        let store = Store::sqlite();
        let server = server_on(&store).await;
        let company = Company::first(&server).await;
        Self { server, company, store }
    }

    async fn room(&self) -> Arc<Room> {
        self.server.app.rooms.get(self.company.workspace.parse().unwrap()).await.unwrap()
    }

    /// How often the room has executed a selection for an event.
    async fn executions(&self) -> u64 {
        self.room().await.executions()
    }

    async fn socket(&self, person: &Person) -> Socket {
        Socket::ready(&self.server, Some(&person.token)).await
    }

    /// Subscribes with a revision that nobody has: `PrivateChanged` comes when it has joined its group.
    async fn begin(&self, socket: &mut Socket, id: &str, query: &str, more: Value) {
        let mut variables = json!({ "w": self.company.workspace, "rev": 77 });
        variables.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        socket.subscribe(id, query, variables).await;
    }

    async fn joined(&self, socket: &mut Socket, query: &str) {
        let id = id_of(query);
        self.begin(socket, &id, query, json!({})).await;
        assert_joined(&socket.next_of(&id).await);
    }

    /// Sends messages that everybody in `general` sees; answers the last one's text.
    async fn send(&self, count: usize) {
        for n in 0..count {
            self.company.owner.sends(&self.server, &self.company, &self.company.general, &format!("message {n}")).await;
        }
    }
}

/// Another id for each document.
fn id_of(document: &str) -> String {
    document.split("__typename").nth(1).unwrap().trim().chars().take(40).collect()
}

fn assert_joined(message: &Value) {
    assert_eq!(message["payload"]["data"]["events"]["__typename"], "PrivateChanged", "{message}");
}

fn document(selection: &str) -> String {
    format!(
        "subscription($w: ID!, $rev: Seq) {{ events(workspaceId: $w, privateRev: $rev) {{ __typename {selection} }} }}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_cursors_are_one_execution_per_event() {
    let scene = Scene::set().await;
    let member = scene.company.hires(&scene.server, "Mia Member", "MEMBER").await;
    let secret = scene.company.private(&scene.server, "secret", &[]).await;
    let from = usize::try_from(scene.company.seq(&scene.server).await).unwrap();
    // A thousand events that the subscriber does not see, so that catching up renders nothing.
    let send = async |_: usize| {
        for _ in 0..50 {
            scene.company.owner.sends(&scene.server, &scene.company, &secret, "words").await;
        }
    };
    futures_util::future::join_all((0..20).map(send)).await;
    let query = "subscription($w: ID!, $rev: Seq, $after: Seq) {
      events(workspaceId: $w, privateRev: $rev, after: $after) { __typename ... on MessageSent { message { text } } } }";
    let mut sockets = Vec::new();
    for at in 0..10 {
        let mut socket = scene.socket(&member).await;
        for n in 0..PER_SOCKET {
            let after = json!({ "after": from + at * PER_SOCKET + n });
            scene.begin(&mut socket, &n.to_string(), query, after).await;
        }
        for _ in 0..PER_SOCKET {
            assert_joined(&socket.next().await);
        }
        sockets.push(socket);
    }
    let before = scene.executions().await;
    scene.send(5).await;
    for socket in &mut sockets {
        let mut texts = vec![0; PER_SOCKET];
        for _ in 0..5 * PER_SOCKET {
            let message = socket.next().await;
            let id: usize = message["id"].as_str().unwrap().parse().unwrap();
            let text = &message["payload"]["data"]["events"]["message"]["text"];
            assert_eq!(*text, json!(format!("message {}", texts[id])), "each in order");
            texts[id] += 1;
        }
    }
    assert_eq!(scene.executions().await - before, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn different_selections_are_executed_each_and_different_writings_are_not() {
    let scene = Scene::set().await;
    let mut socket = scene.socket(&scene.company.owner).await;
    let same = [
        "subscription($w: ID!, $rev: Seq) { events(workspaceId: $w, privateRev: $rev) { __typename ... on MessageSent { message { text id } } } }".to_owned(),
        "subscription Other($w: ID!, $rev: Seq, $unused: Int = 3) {\n  events ( privateRev : $rev, workspaceId : $w )\n\t{ __typename, ...F } } # words\nfragment F on MessageSent { message { ...G } } fragment G on Message { text id }".to_owned().replace("...G } } fragment G on Message { text id }", "text id } }").replace(", $unused: Int = 3", ""),
        format!("subscription($v: Seq, $x: ID!) {{ events(workspaceId: $x, privateRev: $v, after: {}) {{ __typename ... on MessageSent {{ message {{ text id }} }} }} }}", scene.company.seq(&scene.server).await),
    ];
    for (n, query) in same.iter().enumerate() {
        let names = json!({ "x": scene.company.workspace, "v": 77, "nothing": n });
        scene.begin(&mut socket, &n.to_string(), query, names).await;
        assert_joined(&socket.next_of(&n.to_string()).await);
    }
    let count = async |socket: &mut Socket, subscriptions: usize| {
        let before = scene.executions().await;
        scene.send(1).await;
        for _ in 0..subscriptions {
            let message = socket.next().await;
            assert_eq!(message["payload"]["data"]["events"]["__typename"], "MessageSent", "{message}");
        }
        scene.executions().await - before
    };
    assert_eq!(count(&mut socket, 3).await, 1);
    for (n, query) in
        ["... on MessageSent { message { id text } }", "... on MessageSent { words: message { text id } }"]
            .iter()
            .enumerate()
    {
        scene.joined(&mut socket, &document(query)).await;
        assert_eq!(count(&mut socket, 4 + n).await, u64::try_from(2 + n).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn values_that_change_the_result_make_another_group() {
    let scene = Scene::set().await;
    let mut socket = scene.socket(&scene.company.owner).await;
    let query = "subscription($w: ID!, $rev: Seq, $no: Boolean!) { events(workspaceId: $w, privateRev: $rev) {
      __typename ... on MessageSent { seq @skip(if: $no) } } }";
    for (id, no) in [("with", false), ("without", true)] {
        scene.begin(&mut socket, id, query, json!({ "no": no })).await;
        assert_joined(&socket.next_of(id).await);
    }
    let before = scene.executions().await;
    scene.send(1).await;
    for _ in 0..2 {
        let message = socket.next().await;
        let has = message["payload"]["data"]["events"].get("seq").is_some();
        assert_eq!(has, message["id"] == "with", "{message}");
    }
    assert_eq!(scene.executions().await - before, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_has_8_selections_and_those_that_ended_are_forgotten() {
    let scene = Scene::set().await;
    let mut socket = scene.socket(&scene.company.owner).await;
    let named = |n: usize| document(&format!("name{n}: __typename"));
    for n in 0..8 {
        scene.joined(&mut socket, &named(n)).await;
    }
    let one_more = named(8);
    scene.begin(&mut socket, "one more", &one_more, json!({})).await;
    let mut first = socket.next_of("one more").await;
    if first["type"] == "next" {
        first = socket.next_of("one more").await;
    }
    let refusal = json!({ "errors": first["payload"] });
    assert_eq!((&first["type"], code(&refusal).as_deref()), (&json!("error"), Some("RATE_LIMITED")), "{first}");
    // What is there already is still served.
    let mut other = scene.socket(&scene.company.owner).await;
    scene.joined(&mut other, &named(3)).await;
    // And when one ends, another comes in, although nothing has happened in the workspace since.
    socket.send(json!({ "type": "complete", "id": id_of(&named(0)) })).await;
    socket.taken().await;
    scene.joined(&mut socket, &one_more).await;
    assert_eq!(OF_ONE, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_catch_up_share_what_was_executed() {
    const EVENTS: usize = 300;
    const SUBSCRIBERS: usize = 50;
    let mut scene = Scene::set().await;
    let from = scene.company.seq(&scene.server).await;
    scene.send(EVENTS).await;
    // From memory, and from the database at another server, which has nothing in memory.
    for _ in 0..2 {
        let before = scene.executions().await;
        let mut socket = scene.socket(&scene.company.owner).await;
        let query = "subscription($w: ID!, $rev: Seq, $after: Seq) {
          events(workspaceId: $w, privateRev: $rev, after: $after) { __typename ... on MessageSent { message { text } } } }";
        for n in 0..SUBSCRIBERS {
            scene.begin(&mut socket, &n.to_string(), query, json!({ "after": from })).await;
        }
        let mut texts = vec![0; SUBSCRIBERS];
        while texts.iter().any(|seen| *seen < EVENTS) {
            let message = socket.next().await;
            let event = &message["payload"]["data"]["events"];
            if event["__typename"] == "MessageSent" {
                let id: usize = message["id"].as_str().unwrap().parse().unwrap();
                assert_eq!(event["message"]["text"], json!(format!("message {}", texts[id])), "each in order");
                texts[id] += 1;
            }
        }
        let executed = usize::try_from(scene.executions().await - before).unwrap();
        // Two threads may come to the same event at once.
        assert!((EVENTS..=2 * EVENTS).contains(&executed), "{executed} executions");
        let server = server_on(&scene.store).await;
        std::mem::replace(&mut scene.server, server).stop().await;
    }
    scene.server.stop().await;
}
