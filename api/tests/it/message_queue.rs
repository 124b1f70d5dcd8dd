//! Queued messages: sent while the database is unavailable and the bus is not.

use std::time::Duration;

use api::adapter::bus::intake::STREAM;
use api::app::queue::{MAX_PER_AUTHOR, Queued};
use api::chat::message::send::SendMessage;
use api::ground::id::MessageId;
use api::model::viewer::Viewer;
use link::{Link, Mode};
use serde_json::{Value, json};

use crate::support::{Feed, Member, Server, Store, Workspace, fleet, id_of, new_id, number, text};

fleet! {
    sends_queued_messages_when_the_database_returns
    another_process_sends_for_a_partitioned_one
    keeps_the_order_of_one_author
    rejects_unauthorized_messages_after_the_outage
    rejects_messages_to_a_channel_archived_meanwhile
    drops_messages_of_ended_sessions
    limits_queued_messages_per_author
    recreates_a_wiped_queue
    authors_can_write_while_the_queue_is_unavailable
}

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Two servers, of which one or both reach the database over a link that can be cut, and a workspace.
struct Fixture {
    link: Link,
    cut: Server,
    other: Server,
    workspace: Workspace,
    ann: Member,
}

impl Fixture {
    /// Both servers use the link.
    async fn linked(store: &Store) -> Self {
        let (link, config) = store.linked().await;
        let (cut, other) = (Server::with_config(config.clone()).await, Server::with_config(config).await);
        Self::new(link, cut, other).await
    }

    /// Only the first server uses the link.
    async fn partly_linked(store: &Store) -> Self {
        let (link, config) = store.linked().await;
        let (cut, other) = (Server::with_config(config).await, Server::on(store).await);
        Self::new(link, cut, other).await
    }

    async fn new(link: Link, cut: Server, other: Server) -> Self {
        let workspace = Workspace::create(&cut).await;
        let ann = workspace.add_member("Ann", "MEMBER").await;
        let mut interval = tokio::time::interval(POLL_INTERVAL);
        while !cut.app.queue.is_open() || !other.app.queue.is_open() {
            interval.tick().await;
        }
        Self { link, cut, other, workspace, ann }
    }

    fn new_id(&self) -> String {
        new_id::<MessageId>(&self.workspace.id)
    }

    /// Sends or resends a message.
    async fn send(&self, user: &Member, id: &str, words: &str) -> Result<Value, String> {
        let input = json!({ "channelId": self.workspace.general, "id": id, "text": words });
        user.try_mutate("sendMessage", &input, "status seq message { id text }").await
    }

    /// Resends a message until it is sent or rejected, as clients do.
    async fn decided(&self, user: &Member, id: &str, words: &str) -> Result<Value, String> {
        let mut interval = tokio::time::interval(POLL_INTERVAL);
        loop {
            match self.send(user, id, words).await {
                Ok(sent) if sent["status"] == "QUEUED" => drop(interval.tick().await),
                Err(code) if code == "UNAVAILABLE" => drop(interval.tick().await),
                decided => return decided,
            }
        }
    }

    /// Ann sends on the partitioned server.
    async fn queue(&self, words: &str) -> String {
        let id = self.new_id();
        let sent = self.send(&self.ann, &id, words).await.unwrap();
        assert_eq!(sent, json!({ "status": "QUEUED", "seq": null, "message": null }), "{words}");
        id
    }

    /// The texts of all messages after `after`, up to a message that the owner sends now.
    async fn texts(&self, after: i64) -> Vec<String> {
        let id = self.new_id();
        let end = self.decided(&self.workspace.owner().at(&self.other), &id, "the end").await.unwrap();
        let mut feed = Feed::socket(&self.workspace.owner().at(&self.other), &self.workspace, after).await;
        let sent = feed.up_to(number(&end, "/seq")).await;
        sent.iter().filter(|item| item["__typename"] == "MessageSent").map(|item| text(item, "/message/text")).collect()
    }

    async fn seq(&self) -> i64 {
        self.workspace.at(&self.other).seq().await
    }
}

async fn sends_queued_messages_when_the_database_returns(store: &mut Store) {
    let fixture = Fixture::linked(store).await;
    let before = fixture.seq().await;
    fixture.link.set(Mode::Disconnected);
    let id = fixture.queue("first").await;
    assert_eq!(fixture.send(&fixture.ann, &id, "first").await.unwrap()["status"], "QUEUED");
    fixture.link.set(Mode::Connected);
    let sent = fixture.decided(&fixture.ann, &id, "first").await.unwrap();
    assert_eq!((&sent["message"]["id"], &sent["message"]["text"]), (&json!(id), &json!("first")));
    assert_eq!(fixture.texts(before).await, ["first", "the end"]);
    // The queue is empty, so no text stays behind.
    assert_eq!(fixture.cut.app.queue.intake().unwrap().first_sequence().await.unwrap(), 2);
}

async fn another_process_sends_for_a_partitioned_one(store: &mut Store) {
    let fixture = Fixture::partly_linked(store).await;
    let mut feed =
        Feed::socket(&fixture.workspace.owner().at(&fixture.other), &fixture.workspace, fixture.seq().await).await;
    fixture.link.set(Mode::Disconnected);
    fixture.queue("first").await;
    let item = feed.event().await.unwrap();
    assert_eq!((&item["__typename"], &item["message"]["text"]), (&json!("MessageSent"), &json!("first")));
}

async fn keeps_the_order_of_one_author(store: &mut Store) {
    let fixture = Fixture::linked(store).await;
    let before = fixture.seq().await;
    fixture.link.set(Mode::Disconnected);
    let mut queued = Vec::new();
    for words in ["1", "2", "3", "4", "5", "6"] {
        queued.push((fixture.queue(words).await, words));
    }
    fixture.link.set(Mode::Connected);
    fixture.decided(&fixture.ann, &fixture.new_id(), "7").await.unwrap();
    let ann = fixture.ann.at(&fixture.other);
    for (id, words) in queued {
        let sent = fixture.decided(&ann, &id, words).await.unwrap();
        assert_eq!(sent["message"]["text"], words);
    }
    assert_eq!(fixture.texts(before).await, ["1", "2", "3", "4", "5", "6", "7", "the end"]);
}

async fn rejects_unauthorized_messages_after_the_outage(store: &mut Store) {
    let mut fixture = Fixture::partly_linked(store).await;
    let before = fixture.seq().await;
    fixture.workspace.general = fixture.workspace.at(&fixture.other).create_private_channel("secret", &[]).await;
    fixture.link.set(Mode::Disconnected);
    let id = fixture.queue("let me in").await;
    assert_eq!(fixture.decided(&fixture.ann.at(&fixture.other), &id, "let me in").await.unwrap_err(), "NOT_FOUND");
    assert_eq!(fixture.texts(before).await, ["the end"]);
}

async fn rejects_messages_to_a_channel_archived_meanwhile(store: &mut Store) {
    let mut fixture = Fixture::partly_linked(store).await;
    let before = fixture.seq().await;
    let (owner, general) = (fixture.workspace.owner().clone(), fixture.workspace.general.clone());
    let ann = fixture.ann.clone();
    fixture.workspace.general = fixture.workspace.at(&fixture.other).create_private_channel("plans", &[&ann]).await;
    let input = json!({ "channelId": fixture.workspace.general });
    fixture.link.set(Mode::Disconnected);
    let id = fixture.queue("too late").await;
    owner.at(&fixture.other).mutate("archiveChannel", input, "seq").await;
    assert_eq!(fixture.decided(&ann.at(&fixture.other), &id, "too late").await.unwrap_err(), "CONFLICT");
    fixture.workspace.general = general;
    assert_eq!(fixture.texts(before).await, ["the end"]);
}

async fn drops_messages_of_ended_sessions(store: &mut Store) {
    let Fixture { other, workspace, ann, link, cut } = Fixture::partly_linked(store).await;
    let before = workspace.at(&other).seq().await;
    let account = ann.at(&other).execute("{ viewer { account { id } } }", Value::Null).await;
    let viewer = Viewer {
        account_id: text(&account, "/data/viewer/account/id").parse().unwrap(),
        session_id: ann.at(&other).session_id().await.parse().unwrap(),
    };
    ann.at(&other).mutate("signOut", json!({}), "__typename").await;
    // As a process that has not received the revocation does.
    let message = SendMessage::new(
        workspace.id.parse().unwrap(),
        MessageId::mint(),
        id_of(&workspace.general),
        "still here".to_owned(),
    );
    let queued = Queued::new(viewer, workspace.id.parse().unwrap(), message.message_id, &message).unwrap();
    cut.app.queue.insert(queued).await.unwrap();
    let mut interval = tokio::time::interval(POLL_INTERVAL);
    while other.app.queue.intake().unwrap().first_sequence().await.unwrap() < 2 {
        interval.tick().await;
    }
    let fixture = Fixture { other, workspace, ann, link, cut };
    assert_eq!(fixture.texts(before).await, ["the end"]);
}

async fn limits_queued_messages_per_author(store: &mut Store) {
    let fixture = Fixture::linked(store).await;
    fixture.link.set(Mode::Disconnected);
    for number in 0..MAX_PER_AUTHOR {
        fixture.queue(&number.to_string()).await;
    }
    let refused = fixture.send(&fixture.ann, &fixture.new_id(), "one more").await;
    assert_eq!(refused.unwrap_err(), "RATE_LIMITED");
    fixture.send(fixture.workspace.owner(), &fixture.new_id(), "another's").await.unwrap();
}

async fn recreates_a_wiped_queue(store: &mut Store) {
    let fixture = Fixture::linked(store).await;
    let before = fixture.seq().await;
    let jetstream = async_nats::jetstream::new(store.nats().unwrap().client().await);
    jetstream.delete_stream(STREAM).await.unwrap();
    fixture.link.set(Mode::Disconnected);
    let id = fixture.new_id();
    let mut interval = tokio::time::interval(POLL_INTERVAL);
    while fixture.send(&fixture.ann, &id, "first").await.is_err() {
        interval.tick().await;
    }
    fixture.link.set(Mode::Connected);
    fixture.decided(&fixture.ann, &id, "first").await.unwrap();
    assert_eq!(fixture.texts(before).await, ["first", "the end"]);
}

async fn authors_can_write_while_the_queue_is_unavailable(store: &mut Store) {
    let fixture = Fixture::linked(store).await;
    let before = fixture.seq().await;
    fixture.link.set(Mode::Disconnected);
    let id = fixture.queue("first").await;
    store.nats_mut().kill().await;
    fixture.link.set(Mode::Connected);
    // On a resend, as clients do it, the lane decides itself.
    fixture.decided(&fixture.ann, &id, "first").await.unwrap();
    fixture.decided(&fixture.ann, &fixture.new_id(), "second").await.unwrap();
    store.nats_mut().restart().await.unwrap();
    assert_eq!(fixture.texts(before).await, ["first", "second", "the end"]);
}
