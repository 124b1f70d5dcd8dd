//! Presence in a fleet: what is seen at the other process, and what a process that dies takes with it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use api::bus::Bus;
use api::id::{MemberId, SignInId, WorkspaceId};
use api::presence::Activity;
use api::presence::beat::Beat;
use api::presence::boards::{Boards, Here};
use futures_util::StreamExt;
use uuid::Uuid;

use crate::nats::NatsServer;
use crate::people::server_on;
use crate::process::Process;
use crate::store::{Store, fleet};
use crate::team::Team;
use crate::watch::{Client, Watch, set_everywhere};

/// A process that knows nothing but who is here.
async fn boards(nats: &NatsServer) -> Arc<Boards> {
    Boards::new(Bus::open(&nats.settings()).await.unwrap())
}

fn arrive(boards: &Arc<Boards>, workspace_id: WorkspaceId) -> Here {
    boards.arrive(workspace_id, MemberId::mint(), SignInId::mint(), None, Activity::Active)
}

/// Two processes, at each of which somebody is connected in each of many workspaces. Once all is told they say nothing
/// but that they are there, however many workspaces that is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workspaces_in_which_nothing_changes_are_not_told_of() {
    let Some(nats) = NatsServer::start("presence_fleet::workspaces_in_which_nothing_changes").await else { return };
    let (one, other) = (boards(&nats).await, boards(&nats).await);
    let client = nats.client().await;
    let mut told = client.subscribe("presence.>").await.unwrap();
    client.flush().await.unwrap();
    let workspaces: Vec<WorkspaceId> = (0..1_000).map(|_| WorkspaceId::mint()).collect();
    let here: Vec<Here> = workspaces.iter().flat_map(|id| [arrive(&one, *id), arrive(&other, *id)]).collect();
    // Until the beats of both list nothing any more.
    let mut idle = HashSet::new();
    while idle.len() < 2 {
        let message = told.next().await.unwrap();
        if message.subject.as_str() == "presence.beats" {
            let beat = Beat::decode(&message.payload).unwrap();
            if beat.told.is_empty() && beat.asks.is_none() {
                idle.insert(beat.process)
            } else {
                idle.remove(&beat.process)
            };
        }
    }
    // From one beat of each to the third after it.
    let (mut beats, mut bytes) = (HashMap::<Uuid, usize>::new(), 0);
    while beats.len() < 2 || beats.values().any(|count| *count < 3) {
        let message = told.next().await.unwrap();
        assert_eq!(message.subject.as_str(), "presence.beats");
        let beat = Beat::decode(&message.payload).unwrap();
        assert!(beat.told.is_empty() && !beat.ends && beat.asks.is_none(), "{beat:?}");
        *beats.entry(beat.process).or_default() += 1;
        bytes += message.payload.len();
    }
    let count: usize = beats.values().sum();
    println!("1,000 idle workspaces: {count} messages and {bytes} bytes in three beats of two processes");
    assert!(beats.values().all(|count| *count <= 4), "they beat in turn: {beats:?}");
    assert!(bytes < count * 200, "{bytes} bytes in {count} beats");
    drop(here);
}

fleet! {
    people_are_seen_at_the_other_process
    a_process_that_dies_takes_its_people_with_it
    whoever_moves_to_another_process_was_not_away
    without_nats_nothing_breaks_and_all_is_right_again
}

async fn people_are_seen_at_the_other_process(store: &mut Store) {
    let (here, there) = (server_on(store).await, server_on(store).await);
    let team = Team::begin(here.address, 3).await;
    let [ann, ben, cleo] = &team.people[..] else { panic!("three people") };
    let mut at_there = Client::open(there.address, ben, &team).await;
    // Whoever begins to look is told by the others how it is.
    let mut watch = Watch::begin(here.address, ann, &team, &[ben, cleo]).await;
    watch.until(ben, "ACTIVE").await;
    at_there.set(&team, "IDLE").await;
    watch.until(ben, "IDLE").await;
    // What he says by way of one process is meant for his connections at the other.
    set_everywhere(here.address, ben, &team, "ACTIVE").await;
    watch.until(ben, "ACTIVE").await;
    let mut at_here = Client::open(here.address, ben, &team).await;
    at_here.set(&team, "IDLE").await;
    let marker = Client::open(there.address, cleo, &team).await;
    watch.until(cleo, "ACTIVE").await;
    assert_eq!(watch.of(ben), "ACTIVE");
    drop(at_there);
    watch.until(ben, "IDLE").await;
    drop((at_here, marker));
    watch.until(ben, "OFFLINE").await;
    watch.until(cleo, "OFFLINE").await;
    there.stop().await;
    here.stop().await;
}

async fn a_process_that_dies_takes_its_people_with_it(store: &mut Store) {
    let here = Process::start(store).await;
    let mut there = Process::start(store).await;
    let team = Team::begin(here.address, 3).await;
    let [ann, ben, cleo] = &team.people[..] else { panic!("three people") };
    let mut watch = Watch::begin(here.address, ann, &team, &[ben, cleo]).await;
    let _stays = Client::open(here.address, cleo, &team).await;
    let _goes = Client::open(there.address, ben, &team).await;
    watch.until(cleo, "ACTIVE").await;
    watch.until(ben, "ACTIVE").await;
    there.kill().await;
    watch.until(ben, "OFFLINE").await;
    assert_eq!(watch.of(cleo), "ACTIVE");
    // Another process is another: what it says counts at once.
    let again = Process::start(store).await;
    let _back = Client::open(again.address, ben, &team).await;
    watch.until(ben, "ACTIVE").await;
}

async fn whoever_moves_to_another_process_was_not_away(store: &mut Store) {
    let (here, there) = (server_on(store).await, server_on(store).await);
    let team = Team::begin(here.address, 2).await;
    let [ann, ben] = &team.people[..] else { panic!("two people") };
    let mut watch = Watch::begin(here.address, ann, &team, &[ben]).await;
    let before = Client::open(there.address, ben, &team).await;
    watch.until(ben, "ACTIVE").await;
    there.stop().await;
    drop(before);
    let mut after = Client::open(here.address, ben, &team).await;
    after.set(&team, "IDLE").await;
    assert!(!watch.until(ben, "IDLE").await.contains(&"OFFLINE".to_owned()));
    here.stop().await;
}

async fn without_nats_nothing_breaks_and_all_is_right_again(store: &mut Store) {
    let (here, there) = (server_on(store).await, server_on(store).await);
    let team = Team::begin(here.address, 3).await;
    let [ann, ben, cleo] = &team.people[..] else { panic!("three people") };
    let mut watch = Watch::begin(here.address, ann, &team, &[ben, cleo]).await;
    let mut at_there = Client::open(there.address, ben, &team).await;
    watch.until(ben, "ACTIVE").await;
    store.nats_mut().kill().await;
    // Here everything goes on; of the other process nothing is known any more.
    let at_here = Client::open(here.address, cleo, &team).await;
    watch.until(cleo, "ACTIVE").await;
    at_there.set(&team, "IDLE").await;
    watch.until(ben, "OFFLINE").await;
    store.nats_mut().start_again().await;
    watch.until(ben, "IDLE").await;
    at_there.set(&team, "ACTIVE").await;
    watch.until(ben, "ACTIVE").await;
    drop((at_here, at_there));
    watch.until(cleo, "OFFLINE").await;
    watch.until(ben, "OFFLINE").await;
    there.stop().await;
    here.stop().await;
}
