//! Invariant 6, removals: after a member leaves or is removed, no later event of that channel or workspace reaches
//! their connections, over any transport and with any cursor. Earlier events and the removal itself do.

use std::future::Future;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::support::{End, Feed, Member, Server, Store, Workspace, both, channel_of, number, seq_of};

both! {
    removal_from_a_channel_ends_its_events
    leaving_a_channel_ends_its_events
    removal_from_the_workspace_ends_connections
    leaving_the_workspace_ends_connections
}

/// Messages sent before the removal, and again after it.
const MESSAGES_PER_PHASE: usize = 15;

/// The owner writes, the victim is removed, the witness stays in everything.
pub struct RemovalFixture {
    pub workspace: Workspace,
    pub victim: Member,
    pub witness: Member,
    pub secret: String,
    /// The end of the log before the first message.
    pub from: i64,
}

impl RemovalFixture {
    pub async fn start(server: &Server) -> Self {
        let workspace = Workspace::create(server).await;
        let victim = workspace.add_member("Vic Victim", "MEMBER").await;
        let witness = workspace.add_member("Wanda Witness", "ADMIN").await;
        let secret = workspace.create_private_channel("secret", &[&victim, &witness]).await;
        let from = workspace.seq().await;
        Self { workspace, victim, witness, secret, from }
    }

    /// Sends into both channels while `act` runs, with enough messages before and after it. Returns the result of
    /// `act`.
    pub async fn while_writing<T>(&self, act: impl Future<Output = T>) -> T {
        let (sent, mut seen) = watch::channel(0_usize);
        let write = async |channel: &str| -> T {
            loop {
                let words = format!("words {}", *sent.borrow());
                self.workspace.owner().send_message(channel, &words).await;
                sent.send_modify(|sent| *sent += 1);
            }
        };
        let act_between_messages = async {
            seen.wait_for(|sent| *sent >= MESSAGES_PER_PHASE).await.unwrap();
            let done = act.await;
            let before = *seen.borrow_and_update();
            seen.wait_for(|sent| *sent >= before + MESSAGES_PER_PHASE).await.unwrap();
            done
        };
        tokio::select! {
            done = act_between_messages => done,
            done = write(&self.secret) => done,
            done = write(&self.workspace.general) => done,
        }
    }

    /// Appends an event that every member receives, which flushes all earlier ones.
    pub async fn mark(&self) -> i64 {
        let input = json!({ "workspaceId": self.workspace.id, "name": format!("Olga {}", self.workspace.seq().await) });
        number(&self.workspace.owner().mutate("updateMember", input, "seq").await, "/seq")
    }

    /// All events as the witness receives them, who is never removed.
    pub async fn witness_events(&self, to: i64) -> Vec<Value> {
        Feed::socket(&self.witness, &self.workspace, self.from).await.up_to(to).await
    }

    fn secret(&self, event: &Value) -> bool {
        channel_of(event) == Some(&self.secret)
    }
}

fn filtered(events: &[Value], keep: impl Fn(&Value) -> bool) -> Vec<Value> {
    events.iter().filter(|event| keep(event)).cloned().collect()
}

/// Sequence numbers and types, which make failed comparisons readable.
pub fn brief(events: &[Value]) -> Vec<(i64, String)> {
    events.iter().map(|event| (seq_of(event), format!("{} {:?}", event["__typename"], channel_of(event)))).collect()
}

pub fn assert_same(received: &[Value], wanted: &[Value], who: &str) {
    assert_eq!(brief(received), brief(wanted), "{who}");
    assert_eq!(received, wanted, "{who}");
}

async fn removal_from_a_channel_ends_its_events(store: &Store) {
    let server = Server::on(store).await;
    let fixture = RemovalFixture::start(&server).await;
    let input = json!({ "channelId": fixture.secret, "memberId": fixture.victim.id });
    let remove = fixture.witness.mutate("removeFromChannel", input, "seq");
    assert_channel_removal(&fixture, async { number(&remove.await, "/seq") }).await;
    assert_resume_after_restart(server, store, &fixture).await;
}

async fn leaving_a_channel_ends_its_events(store: &Store) {
    let server = Server::on(store).await;
    let fixture = RemovalFixture::start(&server).await;
    let leave = fixture.victim.mutate("leaveChannel", json!({ "channelId": fixture.secret }), "seq");
    assert_channel_removal(&fixture, async { number(&leave.await, "/seq") }).await;
    assert_resume_after_restart(server, store, &fixture).await;
}

/// The victim's existing and later connections receive everything except secret events after the removal.
async fn assert_channel_removal(fixture: &RemovalFixture, removal: impl Future<Output = i64>) {
    let mut socket = Feed::socket(&fixture.victim, &fixture.workspace, fixture.from).await;
    let mut parts = Feed::multipart(&fixture.victim, &fixture.workspace, fixture.from).await;
    let removed = fixture.while_writing(removal).await;
    let last = fixture.mark().await;
    let witness_events = fixture.witness_events(last).await;
    assert!(witness_events.iter().any(|event| fixture.secret(event) && seq_of(event) > removed), "no event was hidden");
    let wanted = filtered(&witness_events, |event| !fixture.secret(event) || seq_of(event) <= removed);
    assert!(wanted.iter().any(|event| seq_of(event) == removed && event["__typename"] == "ChannelLeft"));
    assert_same(&socket.up_to(last).await, &wanted, "over a WebSocket");
    assert_same(&parts.up_to(last).await, &wanted, "over multipart HTTP");
    assert_resume(&fixture.victim, fixture, &wanted, last).await;
}

/// Resuming with an old cursor returns the rest of the expected events, and no more.
async fn assert_resume(victim: &Member, fixture: &RemovalFixture, wanted: &[Value], last: i64) {
    for cursor in [fixture.from, fixture.from + 9, seq_of(&wanted[wanted.len() / 2]), last - 1] {
        let mut feed = Feed::socket(victim, &fixture.workspace, cursor).await;
        let rest = filtered(wanted, |event| seq_of(event) > cursor);
        assert_same(&feed.up_to(last).await, &rest, &format!("after {cursor}"));
    }
}

/// A restarted server reads the gap from the database instead of memory.
async fn assert_resume_after_restart(server: Server, store: &Store, fixture: &RemovalFixture) {
    let last = fixture.mark().await;
    let mut feed = Feed::socket(&fixture.victim, &fixture.workspace, fixture.from).await;
    let wanted = feed.up_to(last).await;
    drop(feed);
    server.stop().await;
    let server = Server::on(store).await;
    assert_resume(&fixture.victim.at(&server), fixture, &wanted, last).await;
    server.stop().await;
}

async fn removal_from_the_workspace_ends_connections(store: &Store) {
    let server = Server::on(store).await;
    let fixture = RemovalFixture::start(&server).await;
    let remove = fixture.witness.mutate("removeMember", json!({ "memberId": fixture.victim.id }), "seq");
    let removed = assert_workspace_removal(&fixture, async { number(&remove.await, "/seq") }).await;
    assert_rejoin_hides_absence(server, store, &fixture, removed).await;
}

async fn leaving_the_workspace_ends_connections(store: &Store) {
    let server = Server::on(store).await;
    let fixture = RemovalFixture::start(&server).await;
    let leave = fixture.victim.mutate("leaveWorkspace", json!({ "workspaceId": fixture.workspace.id }), "seq");
    let removed = assert_workspace_removal(&fixture, async { number(&leave.await, "/seq") }).await;
    assert_rejoin_hides_absence(server, store, &fixture, removed).await;
}

/// The victim's connections end with the removal, and no cursor reopens them.
async fn assert_workspace_removal(fixture: &RemovalFixture, removal: impl Future<Output = i64>) -> i64 {
    let mut socket = Feed::socket(&fixture.victim, &fixture.workspace, fixture.from).await;
    let mut parts = Feed::multipart(&fixture.victim, &fixture.workspace, fixture.from).await;
    let removed = fixture.while_writing(removal).await;
    let last = fixture.mark().await;
    let witness_events = fixture.witness_events(last).await;
    let wanted = filtered(&witness_events, |event| seq_of(event) <= removed);
    assert_eq!(wanted.last().unwrap()["memberId"], json!(fixture.victim.id));
    for (feed, who) in [(&mut socket, "over a WebSocket"), (&mut parts, "over multipart HTTP")] {
        let (received, end) = feed.rest().await;
        assert_same(&received, &wanted, who);
        assert_eq!(end, End::Error("NOT_FOUND".into()), "{who}");
    }
    for cursor in [0, fixture.from, removed - 1, removed, last] {
        let mut feed = Feed::socket(&fixture.victim, &fixture.workspace, cursor).await;
        assert_eq!(feed.rest().await, (Vec::new(), End::Error("NOT_FOUND".into())), "after {cursor}");
    }
    removed
}

/// A member who rejoins does not receive events of their absence, from memory or database.
async fn assert_rejoin_hides_absence(server: Server, store: &Store, fixture: &RemovalFixture, removed: i64) {
    for words in ["while they are away", "and still"] {
        fixture.workspace.owner().send_message(&fixture.workspace.general, words).await;
    }
    fixture.workspace.register("Nora New").await.join(&fixture.workspace).await;
    let rejoined = fixture.victim.join(&fixture.workspace).await;
    assert_eq!(rejoined.id, fixture.victim.id, "the member id stays the same");
    let last = fixture.mark().await;
    let witness_events = fixture.witness_events(last).await;
    let joined = witness_events
        .iter()
        .rfind(|event| event["member"]["id"] == json!(rejoined.id) && event["__typename"] == "MemberJoined");
    let joined = seq_of(joined.unwrap());
    let wanted = filtered(&witness_events, |event| {
        seq_of(event) <= removed || (seq_of(event) >= joined && !fixture.secret(event))
    });
    assert_resume(&fixture.victim, fixture, &wanted, last).await;
    server.stop().await;
    let server = Server::on(store).await;
    assert_resume(&fixture.victim.at(&server), fixture, &wanted, last).await;
    server.stop().await;
}
