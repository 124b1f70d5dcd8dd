//! Signals while a group is busy: what is private to its members waits within a bound, and each of them learns of their
//! newest revision all the same.

use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::fair_turns::owner_of;
use crate::people::{Company, Person, code, number, server_on, text};
use crate::server::Server;
use crate::socket::Socket;
use crate::store::{Store, both};

both! {
    more_than_may_wait_end_in_the_newest_revision
}

/// Signals that wait for a group as they are.
const WAIT: usize = 256;
const CHANNELS: usize = 15;
const ROUNDS: usize = 8;
/// Mutations of one request.
const AT_ONCE: usize = 5;

const ITEMS: &str = "subscription($w: ID!) { events(workspaceId: $w, privateRev: 77) { __typename \
    ... on MessageSent { seq } ... on ReadingChanged { privateRev } ... on NotificationAdded { privateRev } \
    ... on NotificationsChanged { privateRev } ... on PrivateChanged { privateRev } } }";

/// Two who read all that is written, one who is mentioned in all of it, and whoever writes.
struct Scene {
    server: Server,
    company: Company,
    readers: [Person; 2],
    mentioned: Person,
    channels: Vec<String>,
}

impl Scene {
    async fn set(store: &Store) -> Self {
        let server = server_on(store).await;
        let company = Company::first(&server).await;
        let ben = company.hires(&server, "Ben", "MEMBER").await;
        let cid = company.hires(&server, "Cid", "MEMBER").await;
        let mentioned = company.hires(&server, "Dan", "MEMBER").await;
        let mut channels = Vec::new();
        for n in 0..CHANNELS {
            channels.push(company.private(&server, &format!("channel-{n}"), &[&ben, &cid, &mentioned]).await);
        }
        Self { server, company, readers: [ben, cid], mentioned, channels }
    }

    fn members(&self) -> [&Person; 3] {
        [&self.readers[0], &self.readers[1], &self.mentioned]
    }

    /// All follow at the live edge, with one selection, whose group has begun.
    async fn follow(&self) -> Vec<Socket> {
        let mut sockets = Vec::new();
        for person in self.members() {
            let mut socket = Socket::ready(&self.server, Some(&person.token)).await;
            socket.subscribe("1", ITEMS, json!({ "w": self.company.workspace })).await;
            assert_eq!(socket.next_of("1").await["payload"]["data"]["events"]["__typename"], "PrivateChanged");
            sockets.push(socket);
        }
        self.company.owner.sends(&self.server, &self.company, &self.channels[0], "hello").await;
        for socket in &mut sockets {
            assert_eq!(socket.next_of("1").await["payload"]["data"]["events"]["__typename"], "MessageSent");
        }
        sockets
    }

    /// The revision of what is private to somebody, and how many of their notifications are unread.
    async fn private(&self, person: &Person) -> (i64, i64) {
        let query = "query($w: ID!) { boot(workspaceId: $w) { privateRev unreadNotifications } }";
        let answer = person.ask(&self.server, query, json!({ "w": self.company.workspace })).await;
        (number(&answer, "/data/boot/privateRev"), number(&answer, "/data/boot/unreadNotifications"))
    }

    async fn revisions(&self) -> Vec<i64> {
        join_all(self.members().map(|person| self.private(person))).await.into_iter().map(|(rev, _)| rev).collect()
    }

    async fn has_unread(&self, person: &Person, count: i64) {
        while self.private(person).await.1 != count {
            tokio::task::yield_now().await;
        }
    }

    /// Writes a message to each channel, which is read there; answers the numbers.
    async fn round(&self) -> Vec<i64> {
        let (mut written, words) = (Vec::new(), format!("<@{}> look", self.mentioned.member));
        for channel in &self.channels {
            written.push(self.company.owner.sends(&self.server, &self.company, channel, &words).await.1);
        }
        let marks: Vec<(&String, i64)> = self.channels.iter().zip(written.iter().copied()).collect();
        let parts = self.readers.iter().flat_map(|reader| marks.chunks(AT_ONCE).map(move |part| (reader, part)));
        join_all(parts.map(|(reader, part)| self.mark(reader, part))).await;
        written
    }

    /// Reads some channels up to a number each, in one request.
    async fn mark(&self, reader: &Person, marks: &[(&String, i64)]) {
        let (mut names, mut fields, mut inputs) = (Vec::new(), String::new(), json!({}));
        for (n, (channel, seq)) in marks.iter().enumerate() {
            names.push(format!("$i{n}: MarkReadInput!"));
            fields += &format!("m{n}: markRead(input: $i{n}) {{ privateRev }} ");
            inputs[format!("i{n}")] =
                json!({ "workspaceId": self.company.workspace, "channelId": channel, "seq": seq, "epoch": 0 });
        }
        let document = format!("mutation({}) {{ {fields} }}", names.join(", "));
        let marked = reader.ask(&self.server, &document, inputs).await;
        assert_eq!(code(&marked), None, "{marked}");
    }
}

/// What somebody heard: the numbers of events, and revisions.
#[derive(Debug, Default)]
struct Heard {
    events: Vec<i64>,
    revisions: Vec<i64>,
}

impl Heard {
    /// Everything up to the last event and this revision.
    async fn up_to(socket: &mut Socket, last: i64, rev: i64) -> Self {
        let mut heard = Self::default();
        while heard.events.last() != Some(&last) || heard.revisions.last() != Some(&rev) {
            let message = socket.next_of("1").await;
            heard.take(&message["payload"]["data"]["events"]);
        }
        heard
    }

    fn take(&mut self, item: &Value) {
        match text(item, "/__typename").as_str() {
            "Head" => {}
            "MessageSent" => self.events.push(number(item, "/seq")),
            _ => self.revisions.push(number(item, "/privateRev")),
        }
    }
}

async fn more_than_may_wait_end_in_the_newest_revision(store: &Store) {
    let scene = Scene::set(store).await;
    let members = scene.members();
    let mut sockets = scene.follow().await;
    let before = scene.revisions().await;
    // No turn is left for their group from now on: of each of them, or at all.
    let gate = scene.server.app.gates.renders.clone();
    let mut turns = Vec::new();
    for person in members {
        turns.extend(gate.enter(owner_of(&scene.server, person).await).now_or_never());
    }
    let mut written = Vec::new();
    for _ in 0..ROUNDS {
        written.extend(scene.round().await);
    }
    scene.has_unread(&scene.mentioned, i64::try_from(written.len()).unwrap()).await;
    // What comes after it is told after it: by then everything before has been told.
    let owner = &scene.company.owner;
    let words = format!("<@{}> done", owner.member);
    let (_, last) = scene.readers[0].sends(&scene.server, &scene.company, &scene.channels[0], &words).await;
    written.push(last);
    scene.has_unread(owner, 1).await;
    scene.mark(owner, &[(&scene.channels[0], last)]).await;

    let newest = scene.revisions().await;
    // A signal for each mark, and one for each mention.
    let marks = CHANNELS * ROUNDS;
    for reader in 0..scene.readers.len() {
        assert_eq!(usize::try_from(newest[reader] - before[reader]).unwrap(), marks);
    }
    assert!(3 * marks > WAIT + 1 + members.len());
    drop(turns);
    let listening = sockets.iter_mut().zip(&newest).map(|(socket, rev)| Heard::up_to(socket, last, *rev));
    let heard = join_all(listening).await;
    for one in &heard {
        assert_eq!(one.events, written);
        assert!(one.revisions.is_sorted(), "{:?}", one.revisions);
    }
    // One was under way, and each of them was told once to read again.
    let told: usize = heard.iter().map(|one| one.revisions.len()).sum();
    assert!((WAIT..=WAIT + 1 + members.len()).contains(&told), "{told}");
    scene.server.stop().await;
}
