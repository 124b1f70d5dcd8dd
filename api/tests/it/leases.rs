//! Logs that followers take: much work on one keeps no other from whoever can go on with it, nor does work that panics.

use std::sync::Arc;

use api::app;
use api::db::Transaction;
use api::error::Result;
use api::event::{Seq, SharedEvent};
use api::id::WorkspaceId;
use api::log::follower::{self, Follower};
use api::log::reader;
use api::log::troubles::Troubles;
use api::log::wake::Logs;
use link::{Link, Mode};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::people::register;
use crate::readers::{Reads, Scene};
use crate::rows;
use crate::store::{Store, both};

both! {
    much_work_on_a_log_keeps_no_other_wherever_it_stands
    work_that_panics_delays_no_other_and_is_passed_by
}

const ONE: Uuid = Uuid::from_u128(1);
const OTHER: Uuid = Uuid::from_u128(2);

/// A follower whose work on one log lasts until the test lets it go on.
struct Busy {
    reads: Reads,
    log: WorkspaceId,
    begun: Notify,
    goes_on: Notify,
}

impl Follower for Busy {
    type Work = Vec<SharedEvent>;

    fn name(&self) -> &'static str {
        "test"
    }

    async fn read(&self, _: &Transaction, events: &[SharedEvent]) -> Result<Self::Work> {
        Ok(events.to_vec())
    }

    async fn work(&self, events: Self::Work) -> Result<()> {
        if events[0].workspace_id == self.log {
            self.begun.notify_one();
            self.goes_on.notified().await;
        }
        self.reads.take(&events)
    }
}

async fn much_work_on_a_log_keeps_no_other_wherever_it_stands(store: &Store) {
    let scene = Scene::set(store).await;
    let third = register(&scene.server, "Otto", Some(&scene.invite)).await.founds(&scene.server, "Third").await;
    let mut logs = [scene.first, scene.second, third.workspace.parse().unwrap()];
    // In this order they are gone on with.
    logs.sort_unstable();
    for at in 0..logs.len() {
        rows::change(&scene.database, "DELETE FROM reader WHERE name = 'test'").await;
        is_busy_with(store, &scene, &logs, at).await;
    }
    scene.server.stop().await;
}

async fn is_busy_with(store: &Store, scene: &Scene, logs: &[WorkspaceId], at: usize) {
    let reads = Reads::with(|_, _| Ok(()));
    let busy = Arc::new(Busy { reads, log: logs[at], begun: Notify::new(), goes_on: Notify::new() });
    let working = tokio::spawn({
        let (busy, database) = (busy.clone(), rows::open(store).await);
        async move {
            while follower::round(&database, &*busy, ONE, &mut Troubles::default(), &Logs::All).await.unwrap().more {}
        }
    });
    busy.begun.notified().await;
    let (elsewhere, mut troubles) = (Reads::with(|_, _| Ok(())), Troubles::default());
    for log in logs.iter().filter(|log| **log != logs[at]) {
        while scene.cursor(*log).await != scene.head(*log).await {
            follower::round(&scene.database, &elsewhere, OTHER, &mut troubles, &Logs::All).await.unwrap();
        }
    }
    // Those before it were done already, those after it came to the other process, and it is still being worked on.
    assert!(!working.is_finished() && troubles.is_empty() && scene.cursor(logs[at]).await == 0);
    for (n, log) in logs.iter().enumerate() {
        let all: Vec<Seq> = (1..=scene.head(*log).await).collect();
        let (here, there) = (busy.reads.handled(*log), elsewhere.handled(*log));
        let expected = match n.cmp(&at) {
            std::cmp::Ordering::Less => (all, Vec::new()),
            std::cmp::Ordering::Equal => (Vec::new(), Vec::new()),
            std::cmp::Ordering::Greater => (Vec::new(), all),
        };
        assert_eq!((here, there), expected, "log {n} while {at} is worked on");
    }
    busy.goes_on.notify_one();
    working.await.unwrap();
    let head = scene.head(logs[at]).await;
    assert_eq!((scene.cursor(logs[at]).await, busy.reads.handled(logs[at])), (head, (1..=head).collect()));
    assert!(elsewhere.handled(logs[at]).is_empty());
    assert_all_given_back(scene).await;
}

async fn assert_all_given_back(scene: &Scene) {
    let held = rows::query(&scene.database, "SELECT name FROM reader WHERE name = 'test' AND holder IS NOT NULL").await;
    assert!(held.is_empty(), "{} are still held", held.len());
}

async fn work_that_panics_delays_no_other_and_is_passed_by(store: &Store) {
    let scene = Scene::set(store).await;
    let (bad, good) = (scene.first.min(scene.second), scene.first.max(scene.second));
    let panics = move || {
        Reads::with(move |log, numbers| {
            assert!(log != bad || !numbers.contains(&2), "a planted panic");
            Ok(())
        })
    };
    let (follows, mut troubles) = (panics(), Troubles::default());
    follower::round(&scene.database, &follows, ONE, &mut troubles, &Logs::All).await.unwrap();
    assert!(troubles.has(bad) && !troubles.has(good));
    let (head, all) = (scene.head(bad).await, (1..=scene.head(good).await).collect::<Vec<_>>());
    assert_eq!(follows.handled(good), all);
    while follower::round(&scene.database, &follows, ONE, &mut troubles, &Logs::All).await.unwrap().more
        || !troubles.is_empty()
    {
        tokio::task::yield_now().await;
    }
    assert_all_given_back(&scene).await;
    let others: Vec<Seq> = (1..=head).filter(|seq| *seq != 2).collect();
    assert_eq!(follows.handled(bad), others);
    // A reader within transactions does the same.
    rows::change(&scene.database, "DELETE FROM reader WHERE name = 'test'").await;
    rows::change(&scene.database, "DELETE FROM reader_failure WHERE name = 'test'").await;
    let (reads, mut troubles) = (panics(), Troubles::default());
    reader::round(&scene.database, &reads, &mut troubles, &Logs::All).await.unwrap();
    assert!(troubles.has(bad) && !troubles.has(good));
    assert_eq!(reads.handled(good), all);
    scene.settle(&reads, &mut troubles).await;
    assert_eq!(reads.handled(bad), others);
    let failures = reader::failures(&scene.database).await.unwrap();
    let failures: Vec<_> = failures.iter().map(|row| (row.workspace_id, row.name.as_str(), row.seq)).collect();
    assert_eq!(failures, [(bad, "test", 2)]);
    scene.server.stop().await;
}

/// A follower that loses its database when it has worked on a log.
struct Losing {
    reads: Reads,
    link: Link,
}

impl Follower for Losing {
    type Work = Vec<SharedEvent>;

    fn name(&self) -> &'static str {
        "test"
    }

    async fn read(&self, _: &Transaction, events: &[SharedEvent]) -> Result<Self::Work> {
        Ok(events.to_vec())
    }

    async fn work(&self, events: Self::Work) -> Result<()> {
        self.link.set(Mode::Cut);
        self.reads.take(&events)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_could_not_be_given_back_is_gone_on_with_where_it_was_taken() {
    let name = "leases::what_could_not_be_given_back_is_gone_on_with_where_it_was_taken";
    let Some(store) = Store::postgres(name).await else { return };
    let scene = Scene::set(&store).await;
    let (link, config) = store.linked().await;
    let database = app::open(&config.store).await.unwrap();
    let losing = Losing { reads: Reads::with(|_, _| Ok(())), link };
    let mut troubles = Troubles::default();
    follower::round(&database, &losing, ONE, &mut troubles, &Logs::All).await.unwrap_err();
    let log = scene.first.min(scene.second);
    let all: Vec<Seq> = (1..=scene.head(log).await).collect();
    assert_eq!((losing.reads.handled(log), scene.cursor(log).await), (all.clone(), 0));
    // Nobody else has what was taken until its lease is over, and whoever took it has it at once.
    let elsewhere = Reads::with(|_, _| Ok(()));
    follower::round(&scene.database, &elsewhere, OTHER, &mut Troubles::default(), &Logs::All).await.unwrap();
    assert!(elsewhere.handled(log).is_empty());
    losing.link.set(Mode::Whole);
    let again = Reads::with(|_, _| Ok(()));
    while scene.cursor(log).await != scene.head(log).await {
        if let Err(error) = follower::round(&database, &again, ONE, &mut troubles, &Logs::All).await {
            assert!(error.is_passing(), "{error}");
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(again.handled(log), all);
    assert_all_given_back(&scene).await;
    scene.server.stop().await;
    store.remove().await;
}
