//! Presence in a fleet: updates between processes, crashes and NATS outages.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use api::adapter::bus::Bus;
use api::ground::id::{MemberId, SessionId, WorkspaceId};
use api::live::presence::heartbeat::Heartbeat;
use api::live::presence::rosters::{PresenceGuard, Rosters};
use api::model::presence::Activity;
use futures_util::StreamExt;
use uuid::Uuid;

use crate::support::{
    NatsServer, PresenceClient, PresenceWatch, Process, Server, Store, Workspace, fleet, set_activity,
};

/// A process that handles nothing but presence.
async fn boards(nats: &NatsServer) -> Arc<Rosters> {
    Rosters::new(Bus::open(&nats.settings()).await.unwrap())
}

fn arrive(boards: &Arc<Rosters>, workspace_id: WorkspaceId) -> PresenceGuard {
    boards.arrive(workspace_id, MemberId::mint(), SessionId::mint(), None, Activity::Active)
}

/// Two processes, each with a connection in 1,000 workspaces. Once presence is exchanged, they send heartbeats only,
/// whose size does not depend on the number of workspaces.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn idle_workspaces_send_no_updates() {
    let Some(nats) = NatsServer::start("presence_fleet::workspaces_in_which_nothing_changes").await else { return };
    let (one, other) = (boards(&nats).await, boards(&nats).await);
    let client = nats.client().await;
    let mut messages = client.subscribe("presence.>").await.unwrap();
    client.flush().await.unwrap();
    let workspaces: Vec<WorkspaceId> = (0..1_000).map(|_| WorkspaceId::mint()).collect();
    let here: Vec<PresenceGuard> = workspaces.iter().flat_map(|id| [arrive(&one, *id), arrive(&other, *id)]).collect();
    // Until the heartbeats of both processes are empty.
    let mut idle = HashSet::new();
    while idle.len() < 2 {
        let message = messages.next().await.unwrap();
        if message.subject.as_str() == "presence.heartbeats" {
            let beat = Heartbeat::decode(&message.payload).unwrap();
            if beat.told.is_empty() && beat.asks.is_none() {
                idle.insert(beat.process)
            } else {
                idle.remove(&beat.process)
            };
        }
    }
    // From one heartbeat of each process to its third.
    let (mut beats, mut bytes) = (HashMap::<Uuid, usize>::new(), 0);
    while beats.len() < 2 || beats.values().any(|count| *count < 3) {
        let message = messages.next().await.unwrap();
        assert_eq!(message.subject.as_str(), "presence.heartbeats");
        let beat = Heartbeat::decode(&message.payload).unwrap();
        assert!(beat.told.is_empty() && !beat.ends && beat.asks.is_none(), "{beat:?}");
        *beats.entry(beat.process).or_default() += 1;
        bytes += message.payload.len();
    }
    let count: usize = beats.values().sum();
    println!("1,000 idle workspaces: {count} messages and {bytes} bytes in three heartbeats of two processes");
    assert!(beats.values().all(|count| *count <= 4), "heartbeats alternate: {beats:?}");
    assert!(bytes < count * 200, "{bytes} bytes in {count} heartbeats");
    drop(here);
}

fleet! {
    shows_members_of_other_processes
    members_of_a_crashed_process_go_offline
    moving_to_another_process_is_not_offline
    recovers_after_a_nats_outage
}

async fn shows_members_of_other_processes(store: &mut Store) {
    let (here, there) = (Server::on(store).await, Server::on(store).await);
    let workspace = Workspace::with_members(here.address, 3).await;
    let [ann, ben, cleo] = &workspace.members[..] else { panic!("three users") };
    let mut at_there = PresenceClient::open(&ben.at(there.address), &workspace).await;
    // A new watcher receives the presence of other processes.
    let mut watch = PresenceWatch::subscribe(ann, &workspace, &[ben, cleo]).await;
    watch.wait_for(ben, "ACTIVE").await;
    at_there.set(&workspace, "IDLE").await;
    watch.wait_for(ben, "IDLE").await;
    // An activity set through one process applies to connections on the other.
    set_activity(ben, &workspace, "ACTIVE").await;
    watch.wait_for(ben, "ACTIVE").await;
    let mut at_here = PresenceClient::open(ben, &workspace).await;
    at_here.set(&workspace, "IDLE").await;
    let marker = PresenceClient::open(&cleo.at(there.address), &workspace).await;
    watch.wait_for(cleo, "ACTIVE").await;
    assert_eq!(watch.presence_of(ben), "ACTIVE");
    drop(at_there);
    watch.wait_for(ben, "IDLE").await;
    drop((at_here, marker));
    watch.wait_for(ben, "OFFLINE").await;
    watch.wait_for(cleo, "OFFLINE").await;
    there.stop().await;
    here.stop().await;
}

async fn members_of_a_crashed_process_go_offline(store: &mut Store) {
    let here = Process::start(store).await;
    let mut there = Process::start(store).await;
    let workspace = Workspace::with_members(here.address, 3).await;
    let [ann, ben, cleo] = &workspace.members[..] else { panic!("three users") };
    let mut watch = PresenceWatch::subscribe(ann, &workspace, &[ben, cleo]).await;
    let _stays = PresenceClient::open(cleo, &workspace).await;
    let _goes = PresenceClient::open(&ben.at(there.address), &workspace).await;
    watch.wait_for(cleo, "ACTIVE").await;
    watch.wait_for(ben, "ACTIVE").await;
    there.kill().await;
    watch.wait_for(ben, "OFFLINE").await;
    assert_eq!(watch.presence_of(cleo), "ACTIVE");
    // A new process is independent of the crashed one.
    let again = Process::start(store).await;
    let _back = PresenceClient::open(&ben.at(again.address), &workspace).await;
    watch.wait_for(ben, "ACTIVE").await;
}

async fn moving_to_another_process_is_not_offline(store: &mut Store) {
    let (here, there) = (Server::on(store).await, Server::on(store).await);
    let workspace = Workspace::with_members(here.address, 2).await;
    let [ann, ben] = &workspace.members[..] else { panic!("two users") };
    let mut watch = PresenceWatch::subscribe(ann, &workspace, &[ben]).await;
    let before = PresenceClient::open(&ben.at(there.address), &workspace).await;
    watch.wait_for(ben, "ACTIVE").await;
    there.stop().await;
    drop(before);
    let mut after = PresenceClient::open(ben, &workspace).await;
    after.set(&workspace, "IDLE").await;
    assert!(!watch.wait_for(ben, "IDLE").await.contains(&"OFFLINE".to_owned()));
    here.stop().await;
}

async fn recovers_after_a_nats_outage(store: &mut Store) {
    let (here, there) = (Server::on(store).await, Server::on(store).await);
    let workspace = Workspace::with_members(here.address, 3).await;
    let [ann, ben, cleo] = &workspace.members[..] else { panic!("three users") };
    let mut watch = PresenceWatch::subscribe(ann, &workspace, &[ben, cleo]).await;
    let mut at_there = PresenceClient::open(&ben.at(there.address), &workspace).await;
    watch.wait_for(ben, "ACTIVE").await;
    store.nats_mut().kill().await;
    // Local presence keeps working; members of the other process are unknown.
    let at_here = PresenceClient::open(cleo, &workspace).await;
    watch.wait_for(cleo, "ACTIVE").await;
    at_there.set(&workspace, "IDLE").await;
    watch.wait_for(ben, "OFFLINE").await;
    store.nats_mut().restart().await.unwrap();
    watch.wait_for(ben, "IDLE").await;
    at_there.set(&workspace, "ACTIVE").await;
    watch.wait_for(ben, "ACTIVE").await;
    drop((at_here, at_there));
    watch.wait_for(cleo, "OFFLINE").await;
    watch.wait_for(ben, "OFFLINE").await;
    there.stop().await;
    here.stop().await;
}
