//! Invariant 6 of a partitioned process: it cannot learn of removals and sign-outs, so it delivers nothing until it is
//! connected again, not even frames that it had already queued.

use std::sync::Arc;
use std::time::Duration;

use api::chat::session;
use api::ground::budget::Owner;
use api::live::Frame;
use api::live::room::Room;
use api::wire::graphql::subscription::{self, Running};
use async_graphql::{Request, Variables};
use futures_util::FutureExt;
use link::{Link, Mode};
use serde_json::{Value, json};

use crate::limits::slow_peers::Transport;
use crate::support::{
    Feed, Member, Server, Store, Workspace, hold_all_permits, next_text, owner_of, postgres, subscribe_with_alias,
    wait_for_waiters,
};

postgres! {
    stops_delivery_within_a_batch
    holds_back_queued_frames
}

const POLL_INTERVAL: Duration = Duration::from_millis(20);
const WORDS: [&str; 3] = ["first", "second", "third"];

/// A server that can be cut off from its database.
struct Fixture {
    link: Link,
    server: Server,
    workspace: Workspace,
    ben: Member,
    room: Arc<Room>,
}

impl Fixture {
    async fn start(store: &Store) -> Self {
        let (link, config) = store.linked().await;
        Self::with(link, Server::with_config(config).await).await
    }

    async fn with(link: Link, server: Server) -> Self {
        let workspace = Workspace::create(&server).await;
        let ben = workspace.add_member("Ben", "MEMBER").await;
        let room = server.app.rooms.get(workspace.id.parse().unwrap()).await.unwrap();
        Self { link, server, workspace, ben, room }
    }

    /// Sends all words. Returns the `seq` before the first.
    async fn send(&self) -> i64 {
        let before = self.workspace.seq().await;
        for words in WORDS {
            self.workspace.owner().send_message(&self.workspace.general, words).await;
        }
        before
    }

    /// Cuts the link and waits until the server knows that it may be behind.
    async fn cut(&self) {
        self.link.set(Mode::Disconnected);
        self.until_fresh_is(false).await;
    }

    async fn restore(&self) {
        self.link.set(Mode::Connected);
        self.until_fresh_is(true).await;
    }

    async fn until_fresh_is(&self, fresh: bool) {
        let mut interval = tokio::time::interval(POLL_INTERVAL);
        while self.server.app.logs.fresh().is_fresh() != fresh {
            interval.tick().await;
        }
    }

    /// Waits until `count` selections were executed.
    async fn executed(&self, count: u64) {
        while self.room.executions() < count {
            tokio::task::yield_now().await;
        }
    }

    /// A subscription of Ben whose frames the test reads.
    async fn subscribe(&self, name: &str, after: Option<i64>) -> Running {
        let viewer =
            session::service::viewer_for_token(&self.server.app, Owner::Server, self.ben.token()).await.unwrap();
        let query = format!(
            "subscription($w: ID!, $after: Seq) {{ events(workspaceId: $w, after: $after, privateRev: 77) {{ \
             __typename ... on MessageSent {{ {name}: message {{ text }} }} }} }}"
        );
        let variables = Variables::from_json(json!({ "w": self.workspace.id, "after": after }));
        let request = Request::new(query).variables(variables);
        let started = subscription::subscribe(&self.server.app, Owner::Server, viewer, None, request).await;
        started.unwrap_or_else(|refused| panic!("{:?}", refused.errors))
    }
}

/// The message texts in frames.
fn texts(frames: &[Arc<Frame>], name: &str) -> Vec<String> {
    let text = |frame: &Arc<Frame>| {
        let payload: Value = serde_json::from_slice(frame.payload()).unwrap();
        payload["data"]["events"][name]["text"].as_str().map(str::to_owned)
    };
    frames.iter().filter_map(text).collect()
}

async fn stops_delivery_within_a_batch(store: &Store) {
    let fixture = Fixture::start(store).await;
    let mut socket = subscribe_with_alias(&fixture.ben, &fixture.workspace, "words", None).await;
    socket.next_for("1").await;
    // The group has started, and waits.
    fixture.workspace.owner().send_message(&fixture.workspace.general, "hello").await;
    assert_eq!(next_text(&mut socket, "words").await, "hello");
    let (gate, owner) = (&fixture.server.app.semaphores.renders, owner_of(&fixture.ben).await);
    let permits = hold_all_permits(gate, owner).await;
    fixture.send().await;
    wait_for_waiters(gate, owner, 1).await;
    let before = fixture.room.executions();
    // The first message is executed; for the second the group waits behind the test.
    let mut own = Box::pin(gate.wait(owner));
    assert!(own.as_mut().now_or_never().is_none());
    drop(permits);
    let permit = own.await;
    assert_eq!(next_text(&mut socket, "words").await, "first");
    wait_for_waiters(gate, owner, 1).await;
    fixture.cut().await;
    // The group gets its permit before the test gets the next one.
    let mut own = Box::pin(gate.wait(owner));
    assert!(own.as_mut().now_or_never().is_none());
    drop(permit);
    let permit = own.await;
    assert_eq!(fixture.room.executions(), before + 1, "executed while partitioned");
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }), "no frame precedes the pong");
    fixture.restore().await;
    drop(permit);
    for words in &WORDS[1..] {
        assert_eq!(next_text(&mut socket, "words").await, *words);
    }
    fixture.server.stop().await;
}

async fn holds_back_queued_frames(store: &Store) {
    let fixture = Fixture::start(store).await;
    let (mut live, mut frames) = (fixture.subscribe("live", None).await, Vec::new());
    // `PrivateChanged` marks the live edge.
    live.recv_many(&mut frames, 64).await.unwrap();
    let executed = fixture.room.executions();
    let before = fixture.send().await;
    fixture.executed(executed + 3).await;
    // The frames are queued, or about to be. Another subscription has yet to execute them.
    let (gate, owner) = (&fixture.server.app.semaphores.renders, owner_of(&fixture.ben).await);
    let mut late = fixture.subscribe("late", Some(before)).await;
    let permits = hold_all_permits(gate, owner).await;
    let (mut queued, mut caught_up) = (Vec::new(), Vec::new());
    let mut catching_up = Box::pin(late.recv_many(&mut caught_up, 64));
    assert!((&mut catching_up).now_or_never().is_none());
    wait_for_waiters(gate, owner, 1).await;
    fixture.cut().await;
    let mut taking = Box::pin(live.recv_many(&mut queued, 64));
    assert!((&mut taking).now_or_never().is_none());
    drop(permits);
    tokio::select! {
        biased;
        caught_up = &mut catching_up => panic!("delivered while partitioned: {caught_up:?}"),
        () = fixture.executed(executed + 6) => {}
    }
    for one in [&mut catching_up, &mut taking] {
        assert!(one.now_or_never().is_none());
    }
    fixture.restore().await;
    taking.await.unwrap();
    catching_up.await.unwrap();
    while texts(&queued, "live").len() < WORDS.len() {
        live.recv_many(&mut queued, 64).await.unwrap();
    }
    assert_eq!(texts(&queued, "live"), WORDS);
    assert_eq!(texts(&caught_up, "late"), WORDS);
    fixture.server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn holds_back_frames_for_slow_peers() {
    let name = "invariants::revocation_partition::holds_back_frames_for_slow_peers";
    for transport in [Transport::Socket, Transport::Multipart] {
        let Some(store) = Store::postgres(name).await else { return };
        let (link, config) = store.linked().await;
        let fixture = Fixture::with(link, transport.start_server(config).await).await;
        let (general, sender) = (&fixture.workspace.general, fixture.workspace.owner());
        let (_, long) = sender.send_message(general, &"x".repeat(16_000)).await;
        sender.send_message(general, "second").await;
        let executed = fixture.room.executions();
        let variables = json!({ "w": fixture.workspace.id, "after": long - 1 });
        let mut feed = transport.subscribe_unread(&fixture.server, &fixture.ben, ("slow", 20), variables).await;
        // The first message fills the buffers, and the second waits behind it.
        fixture.executed(executed + 2).await;
        fixture.cut().await;
        let second = |item: Value| item["slow"]["t0"] == "second";
        assert!(!second(feed.next().await.unwrap()));
        match &mut feed {
            Feed::Socket(socket) => {
                socket.send(json!({ "type": "ping" })).await;
                assert_eq!(socket.next().await, json!({ "type": "pong" }), "no frame precedes the pong");
            }
            Feed::Multipart(parts) => assert_eq!(parts.next().await.unwrap(), json!({}), "only a keep-alive is sent"),
        }
        fixture.restore().await;
        assert!(second(feed.next().await.unwrap()));
        drop(feed);
        fixture.server.stop().await;
        store.remove().await;
    }
}
