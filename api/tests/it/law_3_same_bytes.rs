//! Law 3: a log is 1, 2, 3 …, and every observer, live, resuming or late, of whichever process, gets the
//! same bytes under a number. Law 4 with it: each gets exactly what they may see after their cursor, once
//! and in order, however often they are cut off.

use std::collections::{BTreeMap, BTreeSet};

use api::event::{SharedEvent, Skeleton};
use futures_util::future::join_all;
use serde_json::Value;
use tokio::sync::watch;

use crate::model::visible;
use crate::observer::{Observer, Seen, Sight, exactly};
use crate::play::Play;
use crate::random::Random;
use crate::rows;
use crate::server::Server;
use crate::store::{Store, both};
use crate::team::Team;

const PEOPLE: usize = 6;
const STAYING: usize = 3;
const ROUNDS: usize = 60;
const END: &str = "the-end";

both! { every_observer_gets_the_same }

async fn every_observer_gets_the_same(store: &Store) {
    let mut random = Random::seeded("law 3");
    let servers = Server::some_at(store).await;
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let (running, addresses_now) = watch::channel(addresses.clone());
    let team = Team::begin(addresses[0], PEOPLE).await;
    let mut play = Play::new(team.clone(), addresses.clone(), random.fork(), STAYING);
    let observer = |person: usize, after: i64, hiccup: usize, random: &mut Random| Observer {
        person: team.people[person].clone(),
        workspace: team.workspace.clone(),
        servers: addresses_now.clone(),
        after,
        hiccup,
        random: random.fork(),
    };
    // Live from the beginning: some are never cut off, some often.
    let mut watching = Vec::new();
    for person in 0..STAYING {
        for hiccup in [0, 10, 3] {
            watching.push(tokio::spawn(observer(person, 0, hiccup, &mut random).watch(END)));
        }
    }
    play.rounds(ROUNDS / 2).await;
    // Resuming in the middle, from anywhere.
    let now = rows::events(store, team.id()).await.len();
    for person in 0..STAYING {
        let after = i64::try_from(random.below(now)).unwrap();
        watching.push(tokio::spawn(observer(person, after, 20, &mut random).watch(END)));
    }
    play.rounds(ROUNDS / 2).await;
    play.gather().await;
    let end = team.announce(END).await;
    let mut sights: Vec<Sight> = join_all(watching).await.into_iter().map(Result::unwrap).collect();
    // Late: when everything has happened, also those who came and went; first from what the servers have
    // in memory, then from servers that have nothing there.
    let mut fresh = Vec::new();
    for restarted in [false, true] {
        if restarted {
            fresh = Server::some_at(store).await;
            running.send_replace(fresh.iter().map(|server| server.address).collect());
        }
        for person in 0..PEOPLE {
            let somewhere = random.below(usize::try_from(end).unwrap());
            for after in [0, i64::try_from(somewhere).unwrap()] {
                let sight = observer(person, after, 50, &mut random).watch(END).await;
                assert_eq!(sight.refusals, 0, "{} is in the workspace", sight.person.name);
                sights.push(sight);
            }
        }
    }
    for server in servers.into_iter().chain(fresh) {
        server.stop().await;
    }
    rows::assert_gapless(store).await;
    let events = rows::events(store, team.id()).await;
    same_bytes(&events, &sights).unwrap();
    complete(&events, &sights).unwrap();
}

/// Whether each saw exactly what they may see.
fn complete(events: &[SharedEvent], sights: &[Sight]) -> Result<(), String> {
    for sight in sights {
        let mut expected = visible(events, sight.person.member_id());
        expected.retain(|seq| *seq > sight.after);
        exactly(&expected, &sight.numbers()).map_err(|wrong| {
            let kinds: Vec<_> = events.iter().map(|event| (event.seq, event.skeleton.kind())).collect();
            format!("{} after {}: {wrong}; {kinds:?}", sight.person.name, sight.after)
        })?;
    }
    Ok(())
}

/// Whether all saw the same under each number. Of a message that was deleted since, the later ones see the
/// same without its text.
fn same_bytes(events: &[SharedEvent], sights: &[Sight]) -> Result<(), String> {
    let deleted: BTreeSet<_> = events
        .iter()
        .filter(|event| matches!(event.skeleton, Skeleton::MessageDeleted { .. }))
        .filter_map(|event| event.skeleton.message_id())
        .collect();
    let erased = |seq: i64| {
        let event = events.iter().find(|event| event.seq == seq);
        event.and_then(|event| event.skeleton.message_id()).is_some_and(|id| deleted.contains(&id))
    };
    let mut first: BTreeMap<i64, &str> = BTreeMap::new();
    for Seen { seq, raw } in sights.iter().flat_map(|sight| &sight.seen) {
        let known = first.entry(*seq).or_insert(raw);
        if known != raw && !(erased(*seq) && without_text(known) == without_text(raw) && is_one_blank(known, raw)) {
            return Err(format!("number {seq} is both {known} and {raw}"));
        }
        if is_blank(known) {
            *known = raw;
        }
    }
    Ok(())
}

fn parsed(raw: &str) -> Value {
    serde_json::from_str(raw).unwrap()
}

fn without_text(raw: &str) -> Value {
    let mut value = parsed(raw);
    if let Some(text) = value.pointer_mut("/payload/data/events/message/text") {
        *text = Value::Null;
    }
    value
}

fn is_blank(raw: &str) -> bool {
    parsed(raw).pointer("/payload/data/events/message/text") == Some(&Value::from(""))
}

fn is_one_blank(one: &str, other: &str) -> bool {
    is_blank(one) != is_blank(other)
}

#[test]
fn other_bytes_under_one_number_are_found() {
    let person = crate::team::Person {
        client: crate::client::Client::new(([127, 0, 0, 1], 1).into()),
        name: String::new(),
        member: String::new(),
    };
    let sight = |raw: &str| {
        let seen = vec![Seen { seq: 1, raw: raw.to_owned() }];
        Sight { person: person.clone(), after: 0, seen, refusals: 0 }
    };
    let of = |text: &str| sight(&format!(r#"{{"payload":{{"data":{{"events":{{"message":{{"text":"{text}"}}}}}}}}}}"#));
    assert_eq!(same_bytes(&[], &[of("a"), of("a")]), Ok(()));
    assert!(same_bytes(&[], &[of("a"), of("b")]).is_err());
    assert!(same_bytes(&[], &[of("a"), of("")]).is_err());
}
