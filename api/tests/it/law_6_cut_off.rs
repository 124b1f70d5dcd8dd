//! Law 6 of a process that is cut off: it does not hear who was removed or signed out elsewhere, so it delivers nothing
//! until it hears again, also not what it had taken by then.

use std::sync::Arc;
use std::time::Duration;

use api::budget::Owner;
use api::graphql::subscription::{self, Running};
use api::live::Frame;
use api::live::room::Room;
use api::sign_in;
use async_graphql::{Request, Variables};
use futures_util::FutureExt;
use link::{Link, Mode};
use serde_json::{Value, json};

use crate::fair_turns::{all_turns, follows, next_text, owner_of, waiting};
use crate::feed::Feed;
use crate::people::{Company, Person, server_of};
use crate::server::Server;
use crate::slow_peers::By;
use crate::store::Store;

/// How often something is asked again that comes by itself.
const LOOK: Duration = Duration::from_millis(20);
const WORDS: [&str; 3] = ["first", "second", "third"];

/// A server that can be cut off from its database.
struct Scene {
    link: Link,
    server: Server,
    company: Company,
    ben: Person,
    room: Arc<Room>,
}

impl Scene {
    async fn set(store: &Store) -> Self {
        let (link, config) = store.linked().await;
        Self::with(link, server_of(config).await).await
    }

    async fn with(link: Link, server: Server) -> Self {
        let company = Company::first(&server).await;
        let ben = company.hires(&server, "Ben", "MEMBER").await;
        let room = server.app.rooms.get(company.workspace.parse().unwrap()).await.unwrap();
        Self { link, server, company, ben, room }
    }

    /// Sends the words one after another; answers the number before the first.
    async fn send(&self) -> i64 {
        let before = self.company.seq(&self.server).await;
        for words in WORDS {
            self.company.owner.sends(&self.server, &self.company, &self.company.general, words).await;
        }
        before
    }

    /// Cuts the server off, and waits until it knows that it may be behind.
    async fn cut(&self) {
        self.link.set(Mode::Cut);
        self.until_fresh_is(false).await;
    }

    async fn mend(&self) {
        self.link.set(Mode::Whole);
        self.until_fresh_is(true).await;
    }

    async fn until_fresh_is(&self, fresh: bool) {
        let mut looks = tokio::time::interval(LOOK);
        while self.server.app.rooms.fresh().is_fresh() != fresh {
            looks.tick().await;
        }
    }

    /// Until selections were executed so often.
    async fn executed(&self, count: u64) {
        while self.room.executions() < count {
            tokio::task::yield_now().await;
        }
    }

    /// A subscription of Ben that the test asks for its frames.
    async fn subscribe(&self, name: &str, after: Option<i64>) -> Running {
        let viewer = sign_in::service::viewer_of(&self.server.app, Owner::Server, &self.ben.token).await.unwrap();
        let query = format!(
            "subscription($w: ID!, $after: Seq) {{ events(workspaceId: $w, after: $after, privateRev: 77) {{ \
             __typename ... on MessageSent {{ {name}: message {{ text }} }} }} }}"
        );
        let variables = Variables::from_json(json!({ "w": self.company.workspace, "after": after }));
        let request = Request::new(query).variables(variables);
        let begun = subscription::subscribe(&self.server.app, Owner::Server, viewer, None, request).await;
        begun.unwrap_or_else(|refused| panic!("{:?}", refused.errors))
    }
}

/// The texts of messages among frames.
fn texts(frames: &[Arc<Frame>], name: &str) -> Vec<String> {
    let text = |frame: &Arc<Frame>| {
        let payload: Value = serde_json::from_slice(frame.payload()).unwrap();
        payload["data"]["events"][name]["text"].as_str().map(str::to_owned)
    };
    frames.iter().filter_map(text).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_delivered_from_between_the_events_of_a_batch() {
    let name = "law_6_cut_off::nothing_is_delivered_from_between_the_events_of_a_batch";
    let Some(store) = Store::postgres(name).await else { return };
    let scene = Scene::set(&store).await;
    let mut socket = follows(&scene.server, &scene.ben, &scene.company, "words", None).await;
    socket.next_of("1").await;
    // Its group has begun, and waits.
    scene.company.owner.sends(&scene.server, &scene.company, &scene.company.general, "hello").await;
    assert_eq!(next_text(&mut socket, "words").await, "hello");
    let (gate, owner) = (&scene.server.app.gates.renders, owner_of(&scene.server, &scene.ben).await);
    let turns = all_turns(gate, owner).await;
    scene.send().await;
    waiting(gate, owner, 1).await;
    let before = scene.room.executions();
    // The first is executed; for the second the group waits behind the test.
    let mut own = Box::pin(gate.wait(owner));
    assert!(own.as_mut().now_or_never().is_none());
    drop(turns);
    let turn = own.await;
    assert_eq!(next_text(&mut socket, "words").await, "first");
    waiting(gate, owner, 1).await;
    scene.cut().await;
    // It has its turn before the test has the next one.
    let mut own = Box::pin(gate.wait(owner));
    assert!(own.as_mut().now_or_never().is_none());
    drop(turn);
    let turn = own.await;
    assert_eq!(scene.room.executions(), before + 1, "it was cut off, and went on");
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }), "nothing is written before it");
    scene.mend().await;
    drop(turn);
    for words in &WORDS[1..] {
        assert_eq!(next_text(&mut socket, "words").await, *words);
    }
    scene.server.stop().await;
    store.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_in_a_queue_or_for_a_turn_is_not_delivered() {
    let name = "law_6_cut_off::what_waits_in_a_queue_or_for_a_turn_is_not_delivered";
    let Some(store) = Store::postgres(name).await else { return };
    let scene = Scene::set(&store).await;
    let (mut live, mut frames) = (scene.subscribe("live", None).await, Vec::new());
    // PrivateChanged: it is live from now on.
    live.recv_many(&mut frames, 64).await.unwrap();
    let executed = scene.room.executions();
    let before = scene.send().await;
    scene.executed(executed + 3).await;
    // They are in its queue, or about to be. Another has yet to execute them for itself.
    let (gate, owner) = (&scene.server.app.gates.renders, owner_of(&scene.server, &scene.ben).await);
    let mut late = scene.subscribe("late", Some(before)).await;
    let turns = all_turns(gate, owner).await;
    let (mut queued, mut caught_up) = (Vec::new(), Vec::new());
    let mut catching_up = Box::pin(late.recv_many(&mut caught_up, 64));
    assert!((&mut catching_up).now_or_never().is_none());
    waiting(gate, owner, 1).await;
    scene.cut().await;
    let mut taking = Box::pin(live.recv_many(&mut queued, 64));
    assert!((&mut taking).now_or_never().is_none());
    drop(turns);
    tokio::select! {
        biased;
        caught_up = &mut catching_up => panic!("it was cut off, and went on: {caught_up:?}"),
        () = scene.executed(executed + 6) => {}
    }
    for one in [&mut catching_up, &mut taking] {
        assert!(one.now_or_never().is_none());
    }
    scene.mend().await;
    taking.await.unwrap();
    catching_up.await.unwrap();
    while texts(&queued, "live").len() < WORDS.len() {
        live.recv_many(&mut queued, 64).await.unwrap();
    }
    assert_eq!(texts(&queued, "live"), WORDS);
    assert_eq!(texts(&caught_up, "late"), WORDS);
    scene.server.stop().await;
    store.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_a_slow_peer_is_not_delivered() {
    let name = "law_6_cut_off::what_waits_for_a_slow_peer_is_not_delivered";
    for by in [By::Socket, By::Parts] {
        let Some(store) = Store::postgres(name).await else { return };
        let (link, config) = store.linked().await;
        let scene = Scene::with(link, by.server(config).await).await;
        let (general, sender) = (&scene.company.general, &scene.company.owner);
        let (_, long) = sender.sends(&scene.server, &scene.company, general, &"x".repeat(16_000)).await;
        sender.sends(&scene.server, &scene.company, general, "second").await;
        let executed = scene.room.executions();
        let variables = json!({ "w": scene.company.workspace, "after": long - 1 });
        let mut feed = by.begins(&scene.server, &scene.ben, ("slow", 20), variables).await;
        // The first fills the buffers, and the second waits behind it.
        scene.executed(executed + 2).await;
        scene.cut().await;
        let second = |item: Value| item["slow"]["t0"] == "second";
        assert!(!second(feed.next().await.unwrap()));
        match &mut feed {
            Feed::Socket(socket) => {
                socket.send(json!({ "type": "ping" })).await;
                assert_eq!(socket.next().await, json!({ "type": "pong" }), "nothing is written before it");
            }
            Feed::Parts(parts) => assert_eq!(parts.next().await.unwrap(), json!({}), "it only says that it lives"),
        }
        scene.mend().await;
        assert!(second(feed.next().await.unwrap()));
        drop(feed);
        scene.server.stop().await;
        store.remove().await;
    }
}
