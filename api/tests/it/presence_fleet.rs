//! Presence in a fleet: what is seen at the other process, and what a process that dies takes with it.

use crate::people::server_on;
use crate::process::Process;
use crate::store::{Store, fleet};
use crate::team::Team;
use crate::watch::{Client, Watch, set_everywhere};

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
