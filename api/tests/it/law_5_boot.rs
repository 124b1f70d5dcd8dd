//! Law 5: boot at c, then the events from c to d, is boot at d, for everybody and whatever happened.
//!
//! People of every role do random things at the same time, each with a client that follows live and takes
//! boot now and then, while the server goes down and comes back. After each round nothing moves for a
//! moment, and every client must show what a new boot shows: what is shared, and of what is private the unread
//! messages and mentions of each channel, the unread notifications and the revision, which come by signals. A server
//! that was restarted boots everybody with the same bytes as before.

use std::sync::Mutex;

use futures_util::future::{BoxFuture, FutureExt, join_all};
use serde_json::{Value, json};

use crate::feed::{End, Feed};
use crate::law_5_client::{Client, boot, told};
use crate::law_5_moves::{Did, MOVES, Move, World, play};
use crate::people::{Company, Person, code, number, register, server_on, text};
use crate::random::Random;
use crate::server::Server;
use crate::store::{Store, both};

both!(boot_and_then_the_events_is_boot);

/// Rounds, and what each person does in one.
const ROUNDS: usize = 8;
const STEPS: usize = 14;

/// One person at their client.
pub struct Player {
    pub person: Person,
    pub random: Random,
    following: Option<Following>,
    boots: usize,
    events: usize,
    signals: usize,
    repairs: usize,
}

struct Following {
    client: Client,
    feed: Feed,
}

/// What a person's step came to.
enum Came {
    Did(Did),
    Booted(Option<Value>),
}

async fn boot_and_then_the_events_is_boot(store: &Store) {
    let mut random = Random::seeded("law 5");
    let mut server = server_on(store).await;
    let company = Company::first(&server).await;
    let mut players = people(&server, &company, &mut random).await;
    let world = World::new(&company);
    let mut restarted = false;
    for round in 0..ROUNDS {
        join_all(players.iter_mut().map(|player| player.play(&server, &company, &world))).await;
        agree(&server, &company, &mut players, (round, restarted)).await;
        if random.below(3) == 0 || round + 2 == ROUNDS {
            server = restart(server, store, &company, &mut players).await;
            restarted = true;
        }
    }
    let sum = |of: fn(&Player) -> usize| players.iter().map(of).sum::<usize>();
    let moves = world.into_inner().unwrap();
    println!("law 5: {:?}, {} boots, {} events applied", moves.counts, sum(|one| one.boots), sum(|one| one.events));
    println!("law 5: {} signals, {} repairs of what was missed", sum(|one| one.signals), sum(|one| one.repairs));
    assert!(sum(|one| one.signals) > sum(|one| one.repairs), "what is private came by signals");
    drop(players);
    server.stop().await;
}

/// An owner who stays, an owner, two admins and three members, and two who are not in yet.
async fn people(server: &Server, company: &Company, random: &mut Random) -> Vec<Player> {
    let mut people = vec![company.owner.clone()];
    for (name, role) in
        [("Ann", "OWNER"), ("Ben", "ADMIN"), ("Cat", "ADMIN"), ("Dan", "MEMBER"), ("Eve", "MEMBER"), ("Fay", "MEMBER")]
    {
        people.push(company.hires(server, name, role).await);
    }
    for name in ["Gus", "Hal"] {
        people.push(register(server, name, Some(&company.invite)).await);
    }
    let player =
        |person| Player { person, random: random.fork(), following: None, boots: 0, events: 0, signals: 0, repairs: 0 };
    people.into_iter().map(player).collect()
}

impl Player {
    /// Does some things one after another, while what happens is applied.
    async fn play(&mut self, server: &Server, company: &Company, world: &Mutex<World>) {
        for _ in 0..STEPS {
            let mut step = self.step(server, company, world);
            let came = loop {
                let Some(following) = &mut self.following else { break (&mut step).await };
                tokio::select! {
                    item = following.feed.next() => self.take(server, company, item).await,
                    came = &mut step => break came,
                }
            };
            self.settle(server, company, world, came).await;
        }
    }

    /// Begins the next thing: who is out comes in, who is in acts or takes boot anew.
    fn step<'a>(&mut self, server: &'a Server, company: &'a Company, world: &'a Mutex<World>) -> BoxFuture<'a, Came> {
        let (person, mut random) = (self.person.clone(), self.random.fork());
        let Some(following) = &self.following else {
            let joins = !person.member.is_empty() || random.below(3) > 0;
            return async move {
                if joins && booted(server, company, &person).await.is_none() {
                    let input = json!({ "token": company.invite });
                    person.does(server, "acceptInvite", "{ workspace { id } }", input).await;
                }
                Came::Booted(booted(server, company, &person).await)
            }
            .boxed();
        };
        if random.below(12) == 0 {
            return async move { Came::Booted(booted(server, company, &person).await) }.boxed();
        }
        let client = following.client.clone();
        let what: Move = random.weighed(&MOVES);
        async move { Came::Did(play(what, server, &person, &client, (world, &mut random)).await) }.boxed()
    }

    async fn settle(&mut self, server: &Server, company: &Company, world: &Mutex<World>, came: Came) {
        match came {
            Came::Did(Did::Read { channel, seq }) => {
                if let Some(following) = &mut self.following {
                    following.client.read(&channel, seq);
                }
            }
            Came::Did(Did::Something) => {}
            Came::Booted(None) => {}
            Came::Booted(Some(boot)) => {
                self.boots += 1;
                let client = Client::of_boot(&boot);
                self.person.member.clone_from(&client.me);
                world.lock().unwrap().members.insert(client.me.clone());
                let feed = Feed::resumed(server, &self.person, company, client.position()).await;
                self.following = Some(Following { client, feed });
            }
        }
    }

    /// Applies what came. A feed may only end because its person has left.
    async fn take(&mut self, server: &Server, company: &Company, item: Result<Value, End>) {
        let Some(following) = &mut self.following else { return };
        match item {
            Ok(signal) if signal.get("seq").is_none() => {
                self.signals += 1;
                if following.client.hear(&signal)
                    && let Some(boot) = booted(server, company, &self.person).await
                {
                    self.repairs += 1;
                    following.client.take_private(&boot);
                }
            }
            Ok(event) => {
                self.events += 1;
                let left = event["__typename"] == "MemberLeft" && event["memberId"] == json!(following.client.me);
                if left {
                    let rest = following.feed.event().await;
                    assert_eq!(rest, Err(End::Error("NOT_FOUND".into())), "nothing comes after their own leaving");
                    self.following = None;
                    return;
                }
                let entered = following.client.apply(&event);
                if (entered.is_some() || following.client.is_stale())
                    && let Some(boot) = booted(server, company, &self.person).await
                {
                    following.client.count(number(&boot, "/unreadNotifications"), number(&boot, "/seq"));
                    following.client.count_mentions(&boot);
                    if let Some(channel) = entered {
                        following.client.take(&channel, &boot);
                    }
                }
            }
            Err(end) => {
                // Removed between boot and subscribing: the wall stood before the first item.
                assert_eq!(end, End::Error("NOT_FOUND".into()));
                self.following = None;
            }
        }
    }

    /// Reads on to a number that everybody sees.
    async fn reach(&mut self, server: &Server, company: &Company, seq: i64) {
        while let Some(following) = &mut self.following {
            if following.client.cursor >= seq {
                return;
            }
            let item = following.feed.next().await;
            self.take(server, company, item).await;
        }
    }

    /// Reads on until it was told of a message, live or by the boot that repaired what it missed.
    async fn hear_of(&mut self, server: &Server, company: &Company, seq: i64) {
        while let Some(following) = &mut self.following {
            if following.client.told >= seq {
                return;
            }
            let item = following.feed.next().await;
            self.take(server, company, item).await;
        }
    }

    /// Waits until they were told of a message, subscribes anew, and reads on to their revision. The reader of a server
    /// that was stopped lives on in this process, and nobody hears its signals: what it wrote the revision tells.
    async fn resume(&mut self, server: &Server, company: &Company, seq: i64) {
        while let Some(boot) = booted(server, company, &self.person).await {
            if told(&boot) < seq {
                continue;
            }
            if let Some(following) = &mut self.following {
                let position = following.client.position();
                following.feed = Feed::resumed(server, &self.person, company, position).await;
            }
            return self.reach_rev(server, company, number(&boot, "/privateRev")).await;
        }
    }

    /// Reads on to a revision.
    async fn reach_rev(&mut self, server: &Server, company: &Company, rev: i64) {
        while let Some(following) = &mut self.following {
            if following.client.position().1 >= rev {
                return;
            }
            let item = following.feed.next().await;
            self.take(server, company, item).await;
        }
    }
}

async fn booted(server: &Server, company: &Company, person: &Person) -> Option<Value> {
    let response = person.ask(server, &boot(), json!({ "w": company.workspace })).await;
    match code(&response).as_deref() {
        None => Some(response["data"]["boot"].clone()),
        Some("NOT_FOUND") => None,
        Some(_) => panic!("{response}"),
    }
}

/// Everybody reads to the same number, and must show what a boot there shows.
async fn agree(server: &Server, company: &Company, players: &mut [Player], (round, restarted): (usize, bool)) {
    everybody_is_told(server, company, players, restarted).await;
    let input = json!({ "workspaceId": company.workspace, "name": format!("Olga in round {round}") });
    let seq = number(&company.owner.does(server, "updateMember", "{ seq }", input).await, "/seq");
    for player in players {
        player.reach(server, company, seq).await;
        let boot = booted(server, company, &player.person).await;
        if let Some(boot) = &boot {
            player.reach_rev(server, company, number(boot, "/privateRev")).await;
        }
        match (&player.following, boot) {
            (None, None) => {}
            (None, Some(_)) => {}
            (Some(following), Some(boot)) => {
                assert_eq!(number(&boot, "/seq"), seq, "nothing moves now");
                same(&following.client.shown(), &Client::of_boot(&boot).shown(), "");
            }
            (Some(_), None) => panic!("{} follows and is not in", player.person.email),
        }
    }
}

/// Writes to each player who follows, and waits until they were told. What the reader told them of before was
/// before it.
async fn everybody_is_told(server: &Server, company: &Company, players: &mut [Player], restarted: bool) {
    let following: Vec<Person> =
        players.iter().filter(|one| one.following.is_some()).map(|one| one.person.clone()).collect();
    let founder = &company.owner;
    let Some(other) = following.iter().find(|one| one.member != founder.member) else { return };
    for player in players.iter_mut().filter(|one| one.following.is_some()) {
        let from = if player.person.member == founder.member { other } else { founder };
        let input = json!({ "workspaceId": company.workspace, "memberIds": [player.person.member] });
        // Who was removed a moment ago is not told any more, and their feed ends.
        let Ok(direct) = from.tries(server, "openDirect", "{ channel { id } }", input).await else { continue };
        let (_, seq) = from.sends(server, company, &text(&direct, "/channel/id"), "look").await;
        if restarted {
            player.resume(server, company, seq).await;
        } else {
            player.hear_of(server, company, seq).await;
        }
    }
}

/// Compares part by part, so that a difference says where it is.
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

/// What each of them boots with; null who is not in.
async fn boots(server: &Server, company: &Company, players: &[Player]) -> Vec<Value> {
    join_all(players.iter().map(|player| async { booted(server, company, &player.person).await.unwrap_or_default() }))
        .await
}

/// The server goes down and comes back, and shows everybody what it showed before, to the byte: what it had in memory
/// is what the tables say. Everybody goes on from their cursor.
async fn restart(server: Server, store: &Store, company: &Company, players: &mut [Player]) -> Server {
    let before = boots(&server, company, players).await;
    for player in &mut *players {
        if let Some(following) = &mut player.following {
            following.feed.close().await;
        }
    }
    server.stop().await;
    let server = server_on(store).await;
    for (before, after) in before.iter().zip(boots(&server, company, players).await) {
        same(before, &after, "after a restart");
    }
    for player in players {
        if let Some(following) = &mut player.following {
            let position = following.client.position();
            following.feed = Feed::resumed(&server, &player.person, company, position).await;
        }
    }
    server
}
