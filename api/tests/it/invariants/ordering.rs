//! Invariant 3: a log is 1, 2, 3 …, and every observer, live, resuming or late, on any process, receives the same bytes
//! under a sequence number. With invariant 4: each receives exactly the visible events after its cursor, once and in
//! order, however often it is disconnected.

use std::collections::{BTreeMap, BTreeSet};

use api::model::event::{SharedEvent, Skeleton};
use futures_util::future::join_all;
use serde_json::Value;
use tokio::sync::watch;

use crate::support::{
    Client, Member, Observation, Observer, Random, SeenEvent, Server, Store, Workload, Workspace, both, compare_seqs,
    rows, visible_seqs,
};

const USERS: usize = 6;
const PERMANENT_MEMBERS: usize = 3;
const ROUNDS: usize = 60;
const END: &str = "the-end";

both! { every_observer_receives_the_same_bytes }

async fn every_observer_receives_the_same_bytes(store: &Store) {
    let mut random = Random::seeded("invariant 3");
    let servers = Server::start_fleet(store).await;
    let addresses: Vec<_> = servers.iter().map(|server| server.address).collect();
    let (running, addresses_now) = watch::channel(addresses.clone());
    let workspace = Workspace::with_members(addresses[0], USERS).await;
    let mut workload = Workload::new(workspace.clone(), addresses.clone(), random.fork(), PERMANENT_MEMBERS);
    let observer = |user: usize, after: i64, disconnect_every: usize, random: &mut Random| Observer {
        user: workspace.members[user].clone(),
        workspace: workspace.id.clone(),
        servers: addresses_now.clone(),
        after,
        disconnect_every,
        random: random.fork(),
    };
    // Live from the start: some never disconnect, some often.
    let mut watching = Vec::new();
    for user in 0..PERMANENT_MEMBERS {
        for disconnect_every in [0, 10, 3] {
            watching.push(tokio::spawn(observer(user, 0, disconnect_every, &mut random).watch(END)));
        }
    }
    workload.run(ROUNDS / 2).await;
    // Resuming from a random position in the middle.
    let now = rows::events(store, workspace.parsed_id()).await.len();
    for user in 0..PERMANENT_MEMBERS {
        let after = i64::try_from(random.below(now)).unwrap();
        watching.push(tokio::spawn(observer(user, after, 20, &mut random).watch(END)));
    }
    workload.run(ROUNDS / 2).await;
    workload.rejoin_all().await;
    let end = workspace.create_channel(END).await;
    let mut observations: Vec<Observation> = join_all(watching).await.into_iter().map(Result::unwrap).collect();
    // Late: after everything has happened, also for members who left and rejoined; first from memory, then from servers
    // without it.
    let mut fresh = Vec::new();
    for restarted in [false, true] {
        if restarted {
            fresh = Server::start_fleet(store).await;
            running.send_replace(fresh.iter().map(|server| server.address).collect());
        }
        for user in 0..USERS {
            let somewhere = random.below(usize::try_from(end).unwrap());
            for after in [0, i64::try_from(somewhere).unwrap()] {
                let observation = observer(user, after, 50, &mut random).watch(END).await;
                assert_eq!(observation.refusals, 0, "{} is a member", observation.user.email);
                observations.push(observation);
            }
        }
    }
    for server in servers.into_iter().chain(fresh) {
        server.stop().await;
    }
    rows::assert_gapless(store).await;
    let events = rows::events(store, workspace.parsed_id()).await;
    check_same_bytes(&events, &observations).unwrap();
    check_complete(&events, &observations).unwrap();
}

/// Checks that every observer received exactly the visible events.
fn check_complete(events: &[SharedEvent], observations: &[Observation]) -> Result<(), String> {
    for observation in observations {
        let mut expected = visible_seqs(events, observation.user.parsed_id());
        expected.retain(|seq| *seq > observation.after);
        compare_seqs(&expected, &observation.seqs()).map_err(|wrong| {
            let kinds: Vec<_> = events.iter().map(|event| (event.seq, event.skeleton.kind())).collect();
            format!("{} after {}: {wrong}; {kinds:?}", observation.user.email, observation.after)
        })?;
    }
    Ok(())
}

/// Checks that all observers received the same bytes under each `seq`. After a deletion, later observers receive the
/// event without its text.
fn check_same_bytes(events: &[SharedEvent], observations: &[Observation]) -> Result<(), String> {
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
    for SeenEvent { seq, raw } in observations.iter().flat_map(|observation| &observation.seen) {
        let known = first.entry(*seq).or_insert(raw);
        if known != raw && !(erased(*seq) && without_text(known) == without_text(raw) && is_one_blank(known, raw)) {
            return Err(format!("{seq} is both {known} and {raw}"));
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
fn detects_different_bytes_under_one_seq() {
    let client = Client::new(([127, 0, 0, 1], 1));
    let user = Member { client, email: String::new(), id: String::new() };
    let observation = |raw: &str| {
        let seen = vec![SeenEvent { seq: 1, raw: raw.to_owned() }];
        Observation { user: user.clone(), after: 0, seen, refusals: 0 }
    };
    let observation_of = |text: &str| {
        observation(&format!(r#"{{"payload":{{"data":{{"events":{{"message":{{"text":"{text}"}}}}}}}}}}"#))
    };
    assert_eq!(check_same_bytes(&[], &[observation_of("a"), observation_of("a")]), Ok(()));
    assert!(check_same_bytes(&[], &[observation_of("a"), observation_of("b")]).is_err());
    assert!(check_same_bytes(&[], &[observation_of("a"), observation_of("")]).is_err());
}
