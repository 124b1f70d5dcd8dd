//! Signals to a busy group: private signals queue up to a limit, and each member still learns of its newest revision.

use futures_util::FutureExt;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Member, Server, Socket, Store, Workspace, both, code, number, owner_of, text};

both! { coalesces_excess_signals_into_the_newest_revision }

/// Signals that a group queues individually.
const QUEUED_SIGNALS_LIMIT: usize = 256;
const CHANNELS: usize = 15;
const ROUNDS: usize = 8;
const MUTATIONS_PER_REQUEST: usize = 5;

const ITEMS: &str = "subscription($w: ID!) { events(workspaceId: $w, privateRev: 77) { __typename \
    ... on MessageSent { seq } ... on ReadStateChanged { privateRev } ... on NotificationAdded { privateRev } \
    ... on NotificationsChanged { privateRev } ... on PrivateChanged { privateRev } } }";

/// Two members who read everything, one who is mentioned everywhere, and the writing owner.
struct Fixture {
    server: Server,
    workspace: Workspace,
    readers: [Member; 2],
    mentioned: Member,
    channels: Vec<String>,
}

impl Fixture {
    async fn start(store: &Store) -> Self {
        let server = Server::on(store).await;
        let workspace = Workspace::create(&server).await;
        let [ben, cid, mentioned] = workspace.add_members(["Ben", "Cid", "Dan"]).await;
        let mut channels = Vec::new();
        for n in 0..CHANNELS {
            channels.push(workspace.create_private_channel(&format!("channel-{n}"), &[&ben, &cid, &mentioned]).await);
        }
        Self { server, workspace, readers: [ben, cid], mentioned, channels }
    }

    fn members(&self) -> [&Member; 3] {
        [&self.readers[0], &self.readers[1], &self.mentioned]
    }

    /// Subscribes all members at the live edge with one selection, whose group has started.
    async fn follow(&self) -> Vec<Socket> {
        let mut sockets = Vec::new();
        for user in self.members() {
            let mut socket = user.subscribe(ITEMS, json!({ "w": self.workspace.id })).await;
            assert_eq!(socket.next_for("1").await["payload"]["data"]["events"]["__typename"], "PrivateChanged");
            sockets.push(socket);
        }
        self.workspace.owner().send_message(&self.channels[0], "hello").await;
        for socket in &mut sockets {
            assert_eq!(socket.next_for("1").await["payload"]["data"]["events"]["__typename"], "MessageSent");
        }
        sockets
    }

    /// The private revision and the unread notifications of a user.
    async fn private(&self, user: &Member) -> (i64, i64) {
        let query = "query($w: ID!) { boot(workspaceId: $w) { privateRev unreadNotifications } }";
        let response = user.execute(query, json!({ "w": self.workspace.id })).await;
        (number(&response, "/data/boot/privateRev"), number(&response, "/data/boot/unreadNotifications"))
    }

    async fn revisions(&self) -> Vec<i64> {
        join_all(self.members().map(|user| self.private(user))).await.into_iter().map(|(rev, _)| rev).collect()
    }

    async fn has_unread(&self, user: &Member, count: i64) {
        while self.private(user).await.1 != count {
            tokio::task::yield_now().await;
        }
    }

    /// Sends a message to each channel and marks all as read. Returns their sequence numbers.
    async fn round(&self) -> Vec<i64> {
        let (mut written, words) = (Vec::new(), format!("<@{}> look", self.mentioned.id));
        for channel in &self.channels {
            written.push(self.workspace.owner().send_message(channel, &words).await.1);
        }
        let marks: Vec<(&String, i64)> = self.channels.iter().zip(written.iter().copied()).collect();
        let parts =
            self.readers.iter().flat_map(|reader| marks.chunks(MUTATIONS_PER_REQUEST).map(move |part| (reader, part)));
        join_all(parts.map(|(reader, part)| self.mark(reader, part))).await;
        written
    }

    /// Marks several channels as read in one request.
    async fn mark(&self, reader: &Member, marks: &[(&String, i64)]) {
        let (mut names, mut fields, mut inputs) = (Vec::new(), String::new(), json!({}));
        for (n, (channel, seq)) in marks.iter().enumerate() {
            names.push(format!("$i{n}: MarkReadInput!"));
            fields += &format!("m{n}: markRead(input: $i{n}) {{ privateRev }} ");
            inputs[format!("i{n}")] = json!({ "channelId": channel, "seq": seq, "epoch": 0 });
        }
        let document = format!("mutation({}) {{ {fields} }}", names.join(", "));
        let marked = reader.execute(&document, inputs).await;
        assert_eq!(code(&marked), None, "{marked}");
    }
}

/// Received events and revisions.
#[derive(Debug, Default)]
struct Received {
    events: Vec<i64>,
    revisions: Vec<i64>,
}

impl Received {
    /// Reads until the last event and this revision.
    async fn up_to(socket: &mut Socket, last: i64, rev: i64) -> Self {
        let mut received = Self::default();
        while received.events.last() != Some(&last) || received.revisions.last() != Some(&rev) {
            let message = socket.next_for("1").await;
            received.take(&message["payload"]["data"]["events"]);
        }
        received
    }

    fn take(&mut self, item: &Value) {
        match text(item, "/__typename").as_str() {
            "Head" => {}
            "MessageSent" => self.events.push(number(item, "/seq")),
            _ => self.revisions.push(number(item, "/privateRev")),
        }
    }
}

async fn coalesces_excess_signals_into_the_newest_revision(store: &Store) {
    let fixture = Fixture::start(store).await;
    let members = fixture.members();
    let mut sockets = fixture.follow().await;
    let before = fixture.revisions().await;
    // From now on the group has no permit, of any member or of the server.
    let gate = fixture.server.app.semaphores.renders.clone();
    let mut permits = Vec::new();
    for user in members {
        permits.extend(gate.acquire(owner_of(user).await).now_or_never());
    }
    let mut written = Vec::new();
    for _ in 0..ROUNDS {
        written.extend(fixture.round().await);
    }
    fixture.has_unread(&fixture.mentioned, i64::try_from(written.len()).unwrap()).await;
    // Delivered after everything before it, which has been delivered by then.
    let owner = fixture.workspace.owner();
    let words = format!("<@{}> done", owner.id);
    let (_, last) = fixture.readers[0].send_message(&fixture.channels[0], &words).await;
    written.push(last);
    fixture.has_unread(owner, 1).await;
    fixture.mark(owner, &[(&fixture.channels[0], last)]).await;

    let newest = fixture.revisions().await;
    // One signal per mark and per mention.
    let marks = CHANNELS * ROUNDS;
    for reader in 0..fixture.readers.len() {
        assert_eq!(usize::try_from(newest[reader] - before[reader]).unwrap(), marks);
    }
    assert!(3 * marks > QUEUED_SIGNALS_LIMIT + 1 + members.len());
    drop(permits);
    let listening = sockets.iter_mut().zip(&newest).map(|(socket, rev)| Received::up_to(socket, last, *rev));
    let received = join_all(listening).await;
    for one in &received {
        assert_eq!(one.events, written);
        assert!(one.revisions.is_sorted(), "{:?}", one.revisions);
    }
    // One signal was in progress, and each member was told once to reload.
    let delivered: usize = received.iter().map(|one| one.revisions.len()).sum();
    assert!((QUEUED_SIGNALS_LIMIT..=QUEUED_SIGNALS_LIMIT + 1 + members.len()).contains(&delivered), "{delivered}");
    fixture.server.stop().await;
}
