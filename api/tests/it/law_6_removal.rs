//! Law 6, removals: after somebody has left or was removed, no higher number of that channel or
//! workspace reaches their connections, however they are connected and whatever cursor they come back
//! with; what stands before it, and their own removal, does.

use std::future::Future;

use serde_json::{Value, json};
use tokio::sync::watch;

use crate::feed::{End, Feed, channel_of, seq_of};
use crate::people::{Company, Person, number, register, server_on};
use crate::server::Server;
use crate::store::{Store, both};

both!(
    being_removed_from_a_channel
    leaving_a_channel
    being_removed_from_the_workspace
    leaving_the_workspace
);

/// Messages that are sent before the removal, and again after it.
const ENOUGH: usize = 15;

/// The people of a removal: the owner writes, the victim goes, the witness stays in everything.
pub struct Scene {
    pub company: Company,
    pub victim: Person,
    pub witness: Person,
    pub secret: String,
    /// Where the log stood before anything was sent.
    pub from: i64,
}

impl Scene {
    pub async fn set(server: &Server) -> Self {
        let company = Company::first(server).await;
        let victim = company.hires(server, "Vic Victim", "MEMBER").await;
        let witness = company.hires(server, "Wanda Witness", "ADMIN").await;
        let secret = company.private(server, "secret", &[&victim, &witness]).await;
        let from = company.seq(server).await;
        Self { company, victim, witness, secret, from }
    }

    /// While the owner keeps sending into both channels, waits for enough of it, lets `act` happen, and
    /// waits for as much again. Answers what `act` gave.
    pub async fn while_writing<T>(&self, server: &Server, act: impl Future<Output = T>) -> T {
        let (sent, mut seen) = watch::channel(0_usize);
        let write = async |channel: &str| -> T {
            loop {
                let words = format!("words {}", *sent.borrow());
                self.company.owner.sends(server, &self.company, channel, &words).await;
                sent.send_modify(|sent| *sent += 1);
            }
        };
        let play = async {
            seen.wait_for(|sent| *sent >= ENOUGH).await.unwrap();
            let done = act.await;
            let before = *seen.borrow_and_update();
            seen.wait_for(|sent| *sent >= before + ENOUGH).await.unwrap();
            done
        };
        tokio::select! {
            done = play => done,
            done = write(&self.secret) => done,
            done = write(&self.company.general) => done,
        }
    }

    /// Something that every member sees: afterwards nothing before it is on its way any more.
    pub async fn mark(&self, server: &Server) -> i64 {
        let input = json!({ "workspaceId": self.company.workspace, "name": format!("Olga {}", self.company.seq(server).await) });
        number(&self.company.owner.does(server, "updateMember", "{ seq }", input).await, "/seq")
    }

    /// Everything that happened, as the witness sees it who was always there.
    pub async fn truth(&self, server: &Server, to: i64) -> Vec<Value> {
        Feed::socket(server, &self.witness, &self.company, self.from).await.up_to(to).await
    }

    fn secret(&self, event: &Value) -> bool {
        channel_of(event) == Some(&self.secret)
    }
}

fn kept(truth: &[Value], keep: impl Fn(&Value) -> bool) -> Vec<Value> {
    truth.iter().filter(|event| keep(event)).cloned().collect()
}

/// Numbers and kinds, which a failed comparison shows better than whole events.
pub fn brief(events: &[Value]) -> Vec<(i64, String)> {
    events.iter().map(|event| (seq_of(event), format!("{} {:?}", event["__typename"], channel_of(event)))).collect()
}

pub fn assert_same(got: &[Value], wanted: &[Value], who: &str) {
    assert_eq!(brief(got), brief(wanted), "{who}");
    assert_eq!(got, wanted, "{who}");
}

async fn being_removed_from_a_channel(store: &Store) {
    let server = server_on(store).await;
    let scene = Scene::set(&server).await;
    let input = json!({
        "workspaceId": scene.company.workspace, "channelId": scene.secret, "memberId": scene.victim.member });
    let remove = scene.witness.does(&server, "removeFromChannel", "{ seq }", input);
    out_of_a_channel(&server, &scene, async { number(&remove.await, "/seq") }).await;
    resumed_after_a_restart(server, store, &scene).await;
}

async fn leaving_a_channel(store: &Store) {
    let server = server_on(store).await;
    let scene = Scene::set(&server).await;
    let input = json!({ "workspaceId": scene.company.workspace, "channelId": scene.secret });
    let leave = scene.victim.does(&server, "leaveChannel", "{ seq }", input);
    out_of_a_channel(&server, &scene, async { number(&leave.await, "/seq") }).await;
    resumed_after_a_restart(server, store, &scene).await;
}

/// The victim's connections, and those that come later, have all but what was secret after the removal.
async fn out_of_a_channel(server: &Server, scene: &Scene, removal: impl Future<Output = i64>) {
    let mut socket = Feed::socket(server, &scene.victim, &scene.company, scene.from).await;
    let mut parts = Feed::parts(server, &scene.victim, &scene.company, scene.from).await;
    let removed = scene.while_writing(server, removal).await;
    let last = scene.mark(server).await;
    let truth = scene.truth(server, last).await;
    assert!(truth.iter().any(|event| scene.secret(event) && seq_of(event) > removed), "nothing was kept from them");
    let wanted = kept(&truth, |event| !scene.secret(event) || seq_of(event) <= removed);
    assert!(wanted.iter().any(|event| seq_of(event) == removed && event["__typename"] == "ChannelLeft"));
    assert_same(&socket.up_to(last).await, &wanted, "over a WebSocket");
    assert_same(&parts.up_to(last).await, &wanted, "in parts");
    resumed(server, scene, &wanted, last).await;
}

/// Whoever comes back with an old cursor gets the rest of what they would have got, and no more.
async fn resumed(server: &Server, scene: &Scene, wanted: &[Value], last: i64) {
    for cursor in [scene.from, scene.from + 9, seq_of(&wanted[wanted.len() / 2]), last - 1] {
        let mut feed = Feed::socket(server, &scene.victim, &scene.company, cursor).await;
        let rest = kept(wanted, |event| seq_of(event) > cursor);
        assert_same(&feed.up_to(last).await, &rest, &format!("after {cursor}"));
    }
}

/// A server that has just started reads the gap from the database instead of its memory.
async fn resumed_after_a_restart(server: Server, store: &Store, scene: &Scene) {
    let last = scene.mark(&server).await;
    let mut feed = Feed::socket(&server, &scene.victim, &scene.company, scene.from).await;
    let wanted = feed.up_to(last).await;
    drop(feed);
    server.stop().await;
    let server = server_on(store).await;
    resumed(&server, scene, &wanted, last).await;
    server.stop().await;
}

async fn being_removed_from_the_workspace(store: &Store) {
    let server = server_on(store).await;
    let scene = Scene::set(&server).await;
    let input = json!({ "workspaceId": scene.company.workspace, "memberId": scene.victim.member });
    let remove = scene.witness.does(&server, "removeMember", "{ seq }", input);
    let removed = out_of_the_workspace(&server, &scene, async { number(&remove.await, "/seq") }).await;
    back_with_an_old_cursor(server, store, &scene, removed).await;
}

async fn leaving_the_workspace(store: &Store) {
    let server = server_on(store).await;
    let scene = Scene::set(&server).await;
    let input = json!({ "workspaceId": scene.company.workspace });
    let leave = scene.victim.does(&server, "leaveWorkspace", "{ seq }", input);
    let removed = out_of_the_workspace(&server, &scene, async { number(&leave.await, "/seq") }).await;
    back_with_an_old_cursor(server, store, &scene, removed).await;
}

/// The victim's connections end with their own removal, and no cursor brings them back.
async fn out_of_the_workspace(server: &Server, scene: &Scene, removal: impl Future<Output = i64>) -> i64 {
    let mut socket = Feed::socket(server, &scene.victim, &scene.company, scene.from).await;
    let mut parts = Feed::parts(server, &scene.victim, &scene.company, scene.from).await;
    let removed = scene.while_writing(server, removal).await;
    let last = scene.mark(server).await;
    let truth = scene.truth(server, last).await;
    let wanted = kept(&truth, |event| seq_of(event) <= removed);
    assert_eq!(wanted.last().unwrap()["memberId"], json!(scene.victim.member));
    for (feed, who) in [(&mut socket, "over a WebSocket"), (&mut parts, "in parts")] {
        let (got, end) = feed.rest().await;
        assert_same(&got, &wanted, who);
        assert_eq!(end, End::Error("NOT_FOUND".into()), "{who}");
    }
    for cursor in [0, scene.from, removed - 1, removed, last] {
        let mut feed = Feed::socket(server, &scene.victim, &scene.company, cursor).await;
        assert_eq!(feed.rest().await, (Vec::new(), End::Error("NOT_FOUND".into())), "after {cursor}");
    }
    removed
}

/// Somebody who comes back does not get what happened while they were away, from memory or database.
async fn back_with_an_old_cursor(server: Server, store: &Store, scene: &Scene, removed: i64) {
    for words in ["while they are away", "and still"] {
        scene.company.owner.sends(&server, &scene.company, &scene.company.general, words).await;
    }
    register(&server, "Nora New", Some(&scene.company.invite)).await.joins(&server, &scene.company).await;
    let back = scene.victim.joins(&server, &scene.company).await;
    assert_eq!(back.member, scene.victim.member, "they are the same member");
    let last = scene.mark(&server).await;
    let truth = scene.truth(&server, last).await;
    let joined = truth
        .iter()
        .rfind(|event| event["member"]["id"] == json!(back.member) && event["__typename"] == "MemberJoined");
    let joined = seq_of(joined.unwrap());
    let wanted = kept(&truth, |event| seq_of(event) <= removed || (seq_of(event) >= joined && !scene.secret(event)));
    resumed(&server, scene, &wanted, last).await;
    server.stop().await;
    let server = server_on(store).await;
    resumed(&server, scene, &wanted, last).await;
    server.stop().await;
}
