//! Invariant 5: boot at `c` plus the events from `c` to `d` equals boot at `d`, for every role and mutation.
//!
//! Users of all roles act at random and concurrently, each with a client that follows live and boots now and then,
//! while the server restarts. After each round every client must show what a new boot shows: shared state, and of
//! private state the unread messages and mentions of each channel, the unread notifications and the revision, which
//! arrive as signals. A restarted server returns the same boot as before, byte for byte.

use std::sync::Mutex;

use futures_util::future::{BoxFuture, FutureExt, join_all};
use serde_json::{Value, json};

use crate::invariants::boot_actions::{ACTIONS, Action, Outcome, World, perform};
use crate::invariants::boot_client::{Client, boot, notified};
use crate::support::{End, Feed, Member, Random, Server, Store, Workspace, both, code, number, text};

both! { boot_plus_events_equals_a_later_boot }

/// Rounds, and actions of each participant per round.
const ROUNDS: usize = 8;
const STEPS: usize = 14;

/// A user with a client.
pub struct Participant {
    pub user: Member,
    pub random: Random,
    live: Option<LiveClient>,
    boots: usize,
    events: usize,
    signals: usize,
    repairs: usize,
}

struct LiveClient {
    client: Client,
    feed: Feed,
}

/// The result of one action.
enum StepResult {
    Acted(Outcome),
    Booted(Option<Value>),
}

async fn boot_plus_events_equals_a_later_boot(store: &Store) {
    let mut random = Random::seeded("invariant 5");
    let mut server = Server::on(store).await;
    let mut workspace = Workspace::create(&server).await;
    let mut participants = join_users(&workspace, &mut random).await;
    let world = World::new(&workspace);
    let mut restarted = false;
    for round in 0..ROUNDS {
        join_all(participants.iter_mut().map(|participant| participant.act(&workspace, &world))).await;
        assert_clients_match_boot(&workspace, &mut participants, (round, restarted)).await;
        if random.below(3) == 0 || round + 2 == ROUNDS {
            server = restart(server, store, &mut workspace, &mut participants).await;
            restarted = true;
        }
    }
    let sum = |of: fn(&Participant) -> usize| participants.iter().map(of).sum::<usize>();
    let world = world.into_inner().unwrap();
    println!(
        "invariant 5: {:?}, {} boots, {} events applied",
        world.counts,
        sum(|one| one.boots),
        sum(|one| one.events)
    );
    println!("invariant 5: {} signals, {} repaired gaps", sum(|one| one.signals), sum(|one| one.repairs));
    assert!(sum(|one| one.signals) > sum(|one| one.repairs), "private state mostly arrives by signals");
    drop(participants);
    server.stop().await;
}

/// A permanent owner, an owner, two admins and three members, and two users who have not joined.
async fn join_users(workspace: &Workspace, random: &mut Random) -> Vec<Participant> {
    let mut users = vec![workspace.owner().clone()];
    for (name, role) in
        [("Ann", "OWNER"), ("Ben", "ADMIN"), ("Cat", "ADMIN"), ("Dan", "MEMBER"), ("Eve", "MEMBER"), ("Fay", "MEMBER")]
    {
        users.push(workspace.add_member(name, role).await);
    }
    for name in ["Gus", "Hal"] {
        users.push(workspace.register(name).await);
    }
    let participant =
        |user| Participant { user, random: random.fork(), live: None, boots: 0, events: 0, signals: 0, repairs: 0 };
    users.into_iter().map(participant).collect()
}

impl Participant {
    /// Acts several times while applying incoming items.
    async fn act(&mut self, workspace: &Workspace, world: &Mutex<World>) {
        for _ in 0..STEPS {
            let mut step = self.step(workspace, world);
            let came = loop {
                let Some(live) = &mut self.live else { break (&mut step).await };
                tokio::select! {
                    item = live.feed.next() => self.take(workspace, item).await,
                    came = &mut step => break came,
                }
            };
            self.settle(workspace, world, came).await;
        }
    }

    /// Starts the next action: users outside join, members act or boot again.
    fn step<'a>(&mut self, workspace: &'a Workspace, world: &'a Mutex<World>) -> BoxFuture<'a, StepResult> {
        let (user, mut random) = (self.user.clone(), self.random.fork());
        let Some(live) = &self.live else {
            let joins = !user.id.is_empty() || random.below(3) > 0;
            return async move {
                if joins && booted(workspace, &user).await.is_none() {
                    user.mutate("acceptInvite", json!({ "token": workspace.invite }), "workspace { id }").await;
                }
                StepResult::Booted(booted(workspace, &user).await)
            }
            .boxed();
        };
        if random.below(12) == 0 {
            return async move { StepResult::Booted(booted(workspace, &user).await) }.boxed();
        }
        let client = live.client.clone();
        let what: Action = random.weighted(&ACTIONS);
        async move { StepResult::Acted(perform(what, &user, &client, (world, &mut random)).await) }.boxed()
    }

    async fn settle(&mut self, workspace: &Workspace, world: &Mutex<World>, came: StepResult) {
        match came {
            StepResult::Acted(Outcome::Read { channel, seq }) => {
                if let Some(live) = &mut self.live {
                    live.client.read(&channel, seq);
                }
            }
            StepResult::Acted(Outcome::Other) => {}
            StepResult::Booted(None) => {}
            StepResult::Booted(Some(boot)) => {
                self.boots += 1;
                let client = Client::from_boot(&boot);
                self.user.id.clone_from(&client.me);
                world.lock().unwrap().members.insert(client.me.clone());
                let feed = Feed::resumed(&self.user, workspace, client.position()).await;
                self.live = Some(LiveClient { client, feed });
            }
        }
    }

    /// Applies an item. The feed may only end because its user left the workspace.
    async fn take(&mut self, workspace: &Workspace, item: Result<Value, End>) {
        let Some(live) = &mut self.live else { return };
        match item {
            Ok(signal) if signal.get("seq").is_none() => {
                self.signals += 1;
                if live.client.apply_signal(&signal)
                    && let Some(boot) = booted(workspace, &self.user).await
                {
                    self.repairs += 1;
                    live.client.replace_private(&boot);
                }
            }
            Ok(event) => {
                self.events += 1;
                let left = event["__typename"] == "MemberLeft" && event["memberId"] == json!(live.client.me);
                if left {
                    let rest = live.feed.event().await;
                    assert_eq!(rest, Err(End::Error("NOT_FOUND".into())), "no item follows the user's own removal");
                    self.live = None;
                    return;
                }
                let entered = live.client.apply(&event);
                if (entered.is_some() || live.client.is_stale())
                    && let Some(boot) = booted(workspace, &self.user).await
                {
                    live.client.count(number(&boot, "/unreadNotifications"), number(&boot, "/seq"));
                    live.client.count_mentions(&boot);
                    if let Some(channel) = entered {
                        live.client.replace_channel(&channel, &boot);
                    }
                }
            }
            Err(end) => {
                // Removed between boot and subscribing, so the subscription was rejected.
                assert_eq!(end, End::Error("NOT_FOUND".into()));
                self.live = None;
            }
        }
    }

    /// Reads up to an event that every member receives.
    async fn reach(&mut self, workspace: &Workspace, seq: i64) {
        while let Some(live) = &mut self.live {
            if live.client.cursor >= seq {
                return;
            }
            let item = live.feed.next().await;
            self.take(workspace, item).await;
        }
    }

    /// Reads until the client is notified of a message, live or by the boot that repairs a gap.
    async fn wait_for_notification(&mut self, workspace: &Workspace, seq: i64) {
        while let Some(live) = &mut self.live {
            if live.client.notified >= seq {
                return;
            }
            let item = live.feed.next().await;
            self.take(workspace, item).await;
        }
    }

    /// Waits for a notification, resubscribes, and reads up to the current revision. The reader of a stopped server
    /// lives on in this process without sending signals; the revision covers what it wrote.
    async fn resume(&mut self, workspace: &Workspace, seq: i64) {
        while let Some(boot) = booted(workspace, &self.user).await {
            if notified(&boot) < seq {
                continue;
            }
            if let Some(live) = &mut self.live {
                let position = live.client.position();
                live.feed = Feed::resumed(&self.user, workspace, position).await;
            }
            return self.reach_rev(workspace, number(&boot, "/privateRev")).await;
        }
    }

    /// Reads up to a revision.
    async fn reach_rev(&mut self, workspace: &Workspace, rev: i64) {
        while let Some(live) = &mut self.live {
            if live.client.position().1 >= rev {
                return;
            }
            let item = live.feed.next().await;
            self.take(workspace, item).await;
        }
    }
}

async fn booted(workspace: &Workspace, user: &Member) -> Option<Value> {
    let response = user.execute(&boot(), json!({ "w": workspace.id })).await;
    match code(&response).as_deref() {
        None => Some(response["data"]["boot"].clone()),
        Some("NOT_FOUND") => None,
        Some(_) => panic!("{response}"),
    }
}

/// All clients read up to the same `seq` and must show what boot shows there.
async fn assert_clients_match_boot(
    workspace: &Workspace,
    participants: &mut [Participant],
    (round, restarted): (usize, bool),
) {
    notify_everyone(workspace, participants, restarted).await;
    let input = json!({ "workspaceId": workspace.id, "name": format!("Olga in round {round}") });
    let seq = number(&workspace.owner().mutate("updateMember", input, "seq").await, "/seq");
    for participant in participants {
        participant.reach(workspace, seq).await;
        let boot = booted(workspace, &participant.user).await;
        if let Some(boot) = &boot {
            participant.reach_rev(workspace, number(boot, "/privateRev")).await;
        }
        match (&participant.live, boot) {
            (None, None) => {}
            (None, Some(_)) => {}
            (Some(live), Some(boot)) => {
                assert_eq!(number(&boot, "/seq"), seq, "no event is appended meanwhile");
                same(&live.client.shown(), &Client::from_boot(&boot).shown(), "");
            }
            (Some(_), None) => panic!("{} is subscribed without being a member", participant.user.email),
        }
    }
}

/// Sends a message to every connected participant and waits until all are notified. Earlier notifications precede it.
async fn notify_everyone(workspace: &Workspace, participants: &mut [Participant], restarted: bool) {
    let live: Vec<Member> = participants.iter().filter(|one| one.live.is_some()).map(|one| one.user.clone()).collect();
    let founder = workspace.owner();
    let Some(other) = live.iter().find(|one| one.id != founder.id) else { return };
    for participant in participants.iter_mut().filter(|one| one.live.is_some()) {
        let from = if participant.user.id == founder.id { other } else { founder };
        let input = json!({ "workspaceId": workspace.id, "memberIds": [participant.user.id] });
        // A participant who was just removed is not notified, and their feed ends.
        let Ok(direct) = from.try_mutate("openDirect", &input, "channel { id }").await else { continue };
        let (_, seq) = from.send_message(&text(&direct, "/channel/id"), "look").await;
        if restarted {
            participant.resume(workspace, seq).await;
        } else {
            participant.wait_for_notification(workspace, seq).await;
        }
    }
}

/// Compares recursively, so that a failure names the path of the difference.
fn same(client: &Value, boot: &Value, at: &str) {
    match (client, boot) {
        (Value::Object(ours), Value::Object(theirs)) => {
            let names = |map: &serde_json::Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(ours), names(theirs), "the client and boot differ at {at}");
            ours.iter().for_each(|(name, value)| same(value, &theirs[name], &format!("{at}/{name}")));
        }
        (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
            ours.iter().zip(theirs).enumerate().for_each(|(n, (a, b))| same(a, b, &format!("{at}/{n}")));
        }
        _ => assert_eq!(client, boot, "the client and boot differ at {at}"),
    }
}

/// The boots of all participants, null outside of the workspace.
async fn boots(workspace: &Workspace, participants: &[Participant]) -> Vec<Value> {
    join_all(
        participants.iter().map(|participant| async { booted(workspace, &participant.user).await.unwrap_or_default() }),
    )
    .await
}

/// Restarts the server. Boots must be identical to those before, since memory must match the tables, and clients resume
/// at their cursors.
async fn restart(server: Server, store: &Store, workspace: &mut Workspace, participants: &mut [Participant]) -> Server {
    let before = boots(workspace, participants).await;
    for participant in &mut *participants {
        if let Some(live) = &mut participant.live {
            live.feed.close().await;
        }
    }
    server.stop().await;
    let server = Server::on(store).await;
    *workspace = workspace.at(&server);
    for participant in &mut *participants {
        participant.user = participant.user.at(&server);
    }
    for (before, after) in before.iter().zip(boots(workspace, participants).await) {
        same(before, &after, "after a restart");
    }
    for participant in participants {
        if let Some(live) = &mut participant.live {
            let position = live.client.position();
            live.feed = Feed::resumed(&participant.user, workspace, position).await;
        }
    }
    server
}
