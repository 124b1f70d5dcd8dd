//! Subscription groups: each selection is executed once per event, for any number of subscribers and spellings. A
//! member may have 8 different selections.

use std::sync::Arc;

use api::live::group_limits::MAX_GROUPS_PER_MEMBER;
use api::live::room::Room;
use serde_json::{Value, json};

use crate::support::{Member, Server, Socket, Store, Workspace, code};

/// Subscriptions per connection.
const PER_SOCKET: usize = 100;

struct Fixture {
    server: Server,
    workspace: Workspace,
    store: Store,
}

impl Fixture {
    async fn start() -> Self {
        let store = Store::sqlite();
        let server = Server::on(&store).await;
        let workspace = Workspace::create(&server).await;
        Self { server, workspace, store }
    }

    async fn room(&self) -> Arc<Room> {
        self.server.app.rooms.get(self.workspace.id.parse().unwrap()).await.unwrap()
    }

    /// How often the room executed a selection.
    async fn executions(&self) -> u64 {
        self.room().await.executions()
    }

    async fn socket(&self, user: &Member) -> Socket {
        user.socket().await
    }

    /// Subscribes with a revision that does not exist: `PrivateChanged` arrives once the group is joined.
    async fn begin(&self, socket: &mut Socket, id: &str, query: &str, more: Value) {
        let mut variables = json!({ "w": self.workspace.id, "rev": 77 });
        variables.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        socket.subscribe(id, query, variables).await;
    }

    async fn joined(&self, socket: &mut Socket, query: &str) {
        let id = id_of(query);
        self.begin(socket, &id, query, json!({})).await;
        assert_joined(&socket.next_for(&id).await);
    }

    /// Sends `count` messages to all members.
    async fn send(&self, count: usize) {
        for n in 0..count {
            self.workspace.owner().send_message(&self.workspace.general, &format!("message {n}")).await;
        }
    }
}

/// A distinct id for each document.
fn id_of(document: &str) -> String {
    document.split("__typename").nth(1).unwrap().trim().chars().take(40).collect()
}

fn assert_joined(message: &Value) {
    assert_eq!(message["payload"]["data"]["events"]["__typename"], "PrivateChanged", "{message}");
}

/// The next item other than `Head`, which idle subscriptions receive at intervals.
async fn next_change(socket: &mut Socket) -> Value {
    loop {
        let message = socket.next().await;
        if message["payload"]["data"]["events"]["__typename"] != "Head" {
            return message;
        }
    }
}

fn document(selection: &str) -> String {
    format!(
        "subscription($w: ID!, $rev: Seq) {{ events(workspaceId: $w, privateRev: $rev) {{ __typename {selection} }} }}"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn executes_once_per_event_for_1000_cursors() {
    let fixture = Fixture::start().await;
    // Its ring buffer has the events that the subscribers catch up to.
    let _room = fixture.room().await;
    let member = fixture.workspace.add_member("Mia Member", "MEMBER").await;
    let secret = fixture.workspace.create_private_channel("secret", &[]).await;
    let from = usize::try_from(fixture.workspace.seq().await).unwrap();
    // A thousand events that the subscriber cannot see, so that catching up renders nothing.
    let send = async |_: usize| {
        for _ in 0..50 {
            fixture.workspace.owner().send_message(&secret, "words").await;
        }
    };
    futures_util::future::join_all((0..20).map(send)).await;
    let query = "subscription($w: ID!, $rev: Seq, $after: Seq) {
      events(workspaceId: $w, privateRev: $rev, after: $after) { __typename ... on MessageSent { message { text } } } }";
    let mut sockets = Vec::new();
    for at in 0..10 {
        let mut socket = fixture.socket(&member).await;
        for n in 0..PER_SOCKET {
            fixture.begin(&mut socket, &n.to_string(), query, json!({ "after": from + at * PER_SOCKET + n })).await;
        }
        for _ in 0..PER_SOCKET {
            assert_joined(&next_change(&mut socket).await);
        }
        sockets.push(socket);
    }
    let before = fixture.executions().await;
    fixture.send(5).await;
    for socket in &mut sockets {
        let mut texts = vec![0; PER_SOCKET];
        while texts.iter().any(|count| *count < 5) {
            let message = next_change(socket).await;
            let id: usize = message["id"].as_str().unwrap().parse().unwrap();
            let text = &message["payload"]["data"]["events"]["message"]["text"];
            assert_eq!(*text, json!(format!("message {}", texts[id])), "each in order");
            texts[id] += 1;
        }
    }
    assert_eq!(fixture.executions().await - before, 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn groups_equivalent_documents() {
    let fixture = Fixture::start().await;
    let mut socket = fixture.socket(fixture.workspace.owner()).await;
    let same = [
        "subscription($w: ID!, $rev: Seq) { events(workspaceId: $w, privateRev: $rev) { __typename ... on MessageSent { message { text messageId } } } }".to_owned(),
        "subscription Other($w: ID!, $rev: Seq, $unused: Int = 3) {\n  events ( privateRev : $rev, workspaceId : $w )\n\t{ __typename, ...F } } # words\nfragment F on MessageSent { message { ...G } } fragment G on Message { text messageId }".to_owned().replace("...G } } fragment G on Message { text messageId }", "text messageId } }").replace(", $unused: Int = 3", ""),
        format!("subscription($v: Seq, $x: ID!) {{ events(workspaceId: $x, privateRev: $v, after: {}) {{ __typename ... on MessageSent {{ message {{ text messageId }} }} }} }}", fixture.workspace.seq().await),
    ];
    for (n, query) in same.iter().enumerate() {
        let names = json!({ "x": fixture.workspace.id, "v": 77, "nothing": n });
        fixture.begin(&mut socket, &n.to_string(), query, names).await;
        assert_joined(&socket.next_for(&n.to_string()).await);
    }
    let count = async |socket: &mut Socket, subscriptions: usize| {
        let before = fixture.executions().await;
        fixture.send(1).await;
        for _ in 0..subscriptions {
            let message = socket.next().await;
            assert_eq!(message["payload"]["data"]["events"]["__typename"], "MessageSent", "{message}");
        }
        fixture.executions().await - before
    };
    assert_eq!(count(&mut socket, 3).await, 1);
    for (n, query) in [
        "... on MessageSent { message { messageId text } }",
        "... on MessageSent { words: message { text messageId } }",
    ]
    .iter()
    .enumerate()
    {
        fixture.joined(&mut socket, &document(query)).await;
        assert_eq!(count(&mut socket, 4 + n).await, u64::try_from(2 + n).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn separates_groups_by_significant_variables() {
    let fixture = Fixture::start().await;
    let mut socket = fixture.socket(fixture.workspace.owner()).await;
    let query = "subscription($w: ID!, $rev: Seq, $no: Boolean!) { events(workspaceId: $w, privateRev: $rev) {
      __typename ... on MessageSent { seq @skip(if: $no) } } }";
    for (id, no) in [("with", false), ("without", true)] {
        fixture.begin(&mut socket, id, query, json!({ "no": no })).await;
        assert_joined(&socket.next_for(id).await);
    }
    let before = fixture.executions().await;
    fixture.send(1).await;
    for _ in 0..2 {
        let message = socket.next().await;
        let has = message["payload"]["data"]["events"].get("seq").is_some();
        assert_eq!(has, message["id"] == "with", "{message}");
    }
    assert_eq!(fixture.executions().await - before, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_a_member_to_8_active_selections() {
    let fixture = Fixture::start().await;
    let mut socket = fixture.socket(fixture.workspace.owner()).await;
    let named = |n: usize| document(&format!("name{n}: __typename"));
    for n in 0..8 {
        fixture.joined(&mut socket, &named(n)).await;
    }
    let one_more = named(8);
    fixture.begin(&mut socket, "one more", &one_more, json!({})).await;
    let mut first = socket.next_for("one more").await;
    if first["type"] == "next" {
        first = socket.next_for("one more").await;
    }
    let refusal = json!({ "errors": first["payload"] });
    assert_eq!((&first["type"], code(&refusal).as_deref()), (&json!("error"), Some("RATE_LIMITED")), "{first}");
    // Existing selections are still served.
    let mut other = fixture.socket(fixture.workspace.owner()).await;
    fixture.joined(&mut other, &named(3)).await;
    // When one ends, another can start, although nothing has happened in the workspace since.
    socket.send(json!({ "type": "complete", "id": id_of(&named(0)) })).await;
    socket.round_trip().await;
    fixture.joined(&mut socket, &one_more).await;
    assert_eq!(MAX_GROUPS_PER_MEMBER, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shares_executions_while_catching_up() {
    const EVENTS: usize = 300;
    const SUBSCRIBERS: usize = 50;
    let mut fixture = Fixture::start().await;
    let from = fixture.workspace.seq().await;
    fixture.send(EVENTS).await;
    // From memory, and from the database of another server without it.
    for _ in 0..2 {
        let before = fixture.executions().await;
        let mut socket = fixture.socket(fixture.workspace.owner()).await;
        let query = "subscription($w: ID!, $rev: Seq, $after: Seq) {
          events(workspaceId: $w, privateRev: $rev, after: $after) { __typename ... on MessageSent { message { text } } } }";
        for n in 0..SUBSCRIBERS {
            fixture.begin(&mut socket, &n.to_string(), query, json!({ "after": from })).await;
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
        let executed = usize::try_from(fixture.executions().await - before).unwrap();
        // Two threads may execute the same event concurrently.
        assert!((EVENTS..=2 * EVENTS).contains(&executed), "{executed} executions");
        let server = Server::on(&fixture.store).await;
        fixture.workspace = fixture.workspace.at(&server);
        std::mem::replace(&mut fixture.server, server).stop().await;
    }
    fixture.server.stop().await;
}
