//! Queued messages: what is sent while the database is away and the bus is not.

use std::time::Duration;

use api::app::queue::{MOST, Queued};
use api::bus::intake::STREAM;
use api::id::MessageId;
use api::viewer::Viewer;
use link::{Link, Mode};
use serde_json::{Value, json};

use crate::feed::Feed;
use crate::people::{Company, Person, number, server_of, server_on, text};
use crate::server::Server;
use crate::store::{Store, fleet};

fleet! {
    what_is_queued_is_decided_when_the_database_is_back
    another_process_decides_for_one_that_is_cut_off
    what_an_author_sends_while_something_waits_goes_behind_it
    what_was_not_allowed_is_refused_after_all
    a_sign_in_that_has_ended_meanwhile_sends_nothing
    the_queue_of_one_author_is_limited
    a_queue_that_was_wiped_is_made_again
    who_waits_in_a_queue_that_is_away_can_write
}

/// How often something is asked again that comes by itself.
const LOOK: Duration = Duration::from_millis(20);

/// Two servers, of which one or both reach the database by a link that can be broken, and a company.
struct Scene {
    link: Link,
    cut: Server,
    other: Server,
    company: Company,
    ann: Person,
}

impl Scene {
    /// Both servers by the link.
    async fn linked(store: &Store) -> Self {
        let (link, config) = store.linked().await;
        let (cut, other) = (server_of(config.clone()).await, server_of(config).await);
        Self::of(link, cut, other).await
    }

    /// The other server by a way that stays whole.
    async fn half_linked(store: &Store) -> Self {
        let (link, config) = store.linked().await;
        let (cut, other) = (server_of(config).await, server_on(store).await);
        Self::of(link, cut, other).await
    }

    async fn of(link: Link, cut: Server, other: Server) -> Self {
        let company = Company::first(&cut).await;
        let ann = company.hires(&cut, "Ann", "MEMBER").await;
        let mut looks = tokio::time::interval(LOOK);
        while !cut.app.queue.is_open() || !other.app.queue.is_open() {
            looks.tick().await;
        }
        Self { link, cut, other, company, ann }
    }

    /// Somebody sends at a server, or sends again.
    async fn send(&self, person: &Person, server: &Server, id: &str, words: &str) -> Result<Value, String> {
        let (workspace, channel) = (&self.company.workspace, &self.company.general);
        let input = json!({ "workspaceId": workspace, "channelId": channel, "id": id, "text": words });
        person.tries(server, "sendMessage", "{ status seq message { id text } }", input).await
    }

    /// What a client does: sends again until it is decided.
    async fn decided(&self, person: &Person, server: &Server, id: &str, words: &str) -> Result<Value, String> {
        let mut looks = tokio::time::interval(LOOK);
        loop {
            match self.send(person, server, id, words).await {
                Ok(sent) if sent["status"] == "QUEUED" => drop(looks.tick().await),
                Err(code) if code == "UNAVAILABLE" => drop(looks.tick().await),
                decided => return decided,
            }
        }
    }

    /// Ann sends at the server that is cut off.
    async fn queue(&self, words: &str) -> String {
        let id = MessageId::mint().to_string();
        let sent = self.send(&self.ann, &self.cut, &id, words).await.unwrap();
        assert_eq!(sent, json!({ "status": "QUEUED", "seq": null, "message": null }), "{words}");
        id
    }

    /// The texts of the messages after a number, up to one of the owner, which is sent now.
    async fn texts(&self, after: i64) -> Vec<String> {
        let id = MessageId::mint().to_string();
        let end = self.decided(&self.company.owner, &self.other, &id, "the end").await.unwrap();
        let mut feed = Feed::socket(&self.other, &self.company.owner, &self.company, after).await;
        let sent = feed.up_to(number(&end, "/seq")).await;
        sent.iter().filter(|item| item["__typename"] == "MessageSent").map(|item| text(item, "/message/text")).collect()
    }

    async fn seq(&self) -> i64 {
        self.company.seq(&self.other).await
    }
}

async fn what_is_queued_is_decided_when_the_database_is_back(store: &mut Store) {
    let scene = Scene::linked(store).await;
    let before = scene.seq().await;
    scene.link.set(Mode::Cut);
    let id = scene.queue("first").await;
    assert_eq!(scene.send(&scene.ann, &scene.cut, &id, "first").await.unwrap()["status"], "QUEUED");
    scene.link.set(Mode::Whole);
    let sent = scene.decided(&scene.ann, &scene.cut, &id, "first").await.unwrap();
    assert_eq!((&sent["message"]["id"], &sent["message"]["text"]), (&json!(id), &json!("first")));
    assert_eq!(scene.texts(before).await, ["first", "the end"]);
    // Nothing is left of it, of which the text would stay.
    assert_eq!(scene.cut.app.queue.intake().unwrap().first().await.unwrap(), 2);
}

async fn another_process_decides_for_one_that_is_cut_off(store: &mut Store) {
    let scene = Scene::half_linked(store).await;
    let mut feed = Feed::socket(&scene.other, &scene.company.owner, &scene.company, scene.seq().await).await;
    scene.link.set(Mode::Cut);
    scene.queue("first").await;
    let item = feed.event().await.unwrap();
    assert_eq!((&item["__typename"], &item["message"]["text"]), (&json!("MessageSent"), &json!("first")));
}

async fn what_an_author_sends_while_something_waits_goes_behind_it(store: &mut Store) {
    let scene = Scene::linked(store).await;
    let before = scene.seq().await;
    scene.link.set(Mode::Cut);
    let mut queued = Vec::new();
    for words in ["1", "2", "3", "4", "5", "6"] {
        queued.push((scene.queue(words).await, words));
    }
    scene.link.set(Mode::Whole);
    scene.decided(&scene.ann, &scene.cut, &MessageId::mint().to_string(), "7").await.unwrap();
    for (id, words) in queued {
        let sent = scene.decided(&scene.ann, &scene.other, &id, words).await.unwrap();
        assert_eq!(sent["message"]["text"], words);
    }
    assert_eq!(scene.texts(before).await, ["1", "2", "3", "4", "5", "6", "7", "the end"]);
}

async fn what_was_not_allowed_is_refused_after_all(store: &mut Store) {
    let mut scene = Scene::half_linked(store).await;
    let before = scene.seq().await;
    scene.company.general = scene.company.private(&scene.other, "secret", &[]).await;
    scene.link.set(Mode::Cut);
    let id = scene.queue("let me in").await;
    assert_eq!(scene.decided(&scene.ann, &scene.other, &id, "let me in").await.unwrap_err(), "NOT_FOUND");
    assert_eq!(scene.texts(before).await, ["the end"]);
}

async fn a_sign_in_that_has_ended_meanwhile_sends_nothing(store: &mut Store) {
    let Scene { other, company, ann, link, cut } = Scene::half_linked(store).await;
    let before = company.seq(&other).await;
    let account = ann.ask(&other, "{ viewer { account { id } } }", Value::Null).await;
    let viewer = Viewer {
        account_id: text(&account, "/data/viewer/account/id").parse().unwrap(),
        sign_in_id: ann.sign_in_id(&other).await.parse().unwrap(),
    };
    ann.does(&other, "signOut", "{ __typename }", json!({})).await;
    // As a process does that has not heard of it.
    let queued = Queued {
        is_confirmed: false,
        file_ids: Vec::new(),
        viewer,
        workspace_id: company.workspace.parse().unwrap(),
        message_id: MessageId::mint(),
        channel_id: company.general.parse().unwrap(),
        thread_id: None,
        text: "still here".to_owned(),
    };
    cut.app.queue.put(queued).await.unwrap();
    let mut looks = tokio::time::interval(LOOK);
    while other.app.queue.intake().unwrap().first().await.unwrap() < 2 {
        looks.tick().await;
    }
    let scene = Scene { other, company, ann, link, cut };
    assert_eq!(scene.texts(before).await, ["the end"]);
}

async fn the_queue_of_one_author_is_limited(store: &mut Store) {
    let scene = Scene::linked(store).await;
    scene.link.set(Mode::Cut);
    for number in 0..MOST {
        scene.queue(&number.to_string()).await;
    }
    let refused = scene.send(&scene.ann, &scene.cut, &MessageId::mint().to_string(), "one more").await;
    assert_eq!(refused.unwrap_err(), "RATE_LIMITED");
    scene.send(&scene.company.owner, &scene.cut, &MessageId::mint().to_string(), "another's").await.unwrap();
}

async fn a_queue_that_was_wiped_is_made_again(store: &mut Store) {
    let scene = Scene::linked(store).await;
    let before = scene.seq().await;
    let jetstream = async_nats::jetstream::new(store.nats().unwrap().client().await);
    jetstream.delete_stream(STREAM).await.unwrap();
    scene.link.set(Mode::Cut);
    let id = MessageId::mint().to_string();
    let mut looks = tokio::time::interval(LOOK);
    while scene.send(&scene.ann, &scene.cut, &id, "first").await.is_err() {
        looks.tick().await;
    }
    scene.link.set(Mode::Whole);
    scene.decided(&scene.ann, &scene.cut, &id, "first").await.unwrap();
    assert_eq!(scene.texts(before).await, ["first", "the end"]);
}

async fn who_waits_in_a_queue_that_is_away_can_write(store: &mut Store) {
    let scene = Scene::linked(store).await;
    let before = scene.seq().await;
    scene.link.set(Mode::Cut);
    let id = scene.queue("first").await;
    store.nats_mut().kill().await;
    scene.link.set(Mode::Whole);
    // Sent again, as clients do, it is decided by the lane itself.
    scene.decided(&scene.ann, &scene.cut, &id, "first").await.unwrap();
    scene.decided(&scene.ann, &scene.cut, &MessageId::mint().to_string(), "second").await.unwrap();
    store.nats_mut().start_again().await;
    assert_eq!(scene.texts(before).await, ["first", "second", "the end"]);
}
