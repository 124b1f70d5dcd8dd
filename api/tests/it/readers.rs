//! Durable readers and followers: a log that one cannot go on with delays no other, and belongs to whoever can.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use api::db::{Database, Transaction};
use api::error::{Error, Result};
use api::event::{Seq, SharedEvent};
use api::id::WorkspaceId;
use api::log::follower::{self, Follower};
use api::log::leases;
use api::log::reader::{self, Handler};
use api::log::troubles::Troubles;
use api::log::wake::Logs;
use uuid::Uuid;

use crate::newer::{append_known, append_newer, literal};
use crate::people::{Company, register, server_on};
use crate::rows;
use crate::server::Server;
use crate::store::{Store, both};

both! {
    trouble_ends_with_progress_anywhere
    a_poisoned_log_delays_no_other_and_is_passed_by
    what_was_given_up_here_and_handled_elsewhere_moves_no_cursor_back
    a_log_of_a_newer_version_is_left_to_the_newer_process
    a_round_writes_no_more_for_many_logs_than_for_one
    a_look_at_named_logs_reads_no_others
}

/// What a test reader does with a run of events of one log: the numbers that came, and what comes of it.
type Act = Box<dyn Fn(WorkspaceId, &[Seq]) -> Result<()> + Send + Sync>;

pub struct Reads {
    act: Act,
    handled: Mutex<BTreeMap<WorkspaceId, Vec<Seq>>>,
}

impl Reads {
    pub fn with(act: impl Fn(WorkspaceId, &[Seq]) -> Result<()> + Send + Sync + 'static) -> Self {
        Self { act: Box::new(act), handled: Mutex::default() }
    }

    pub fn take(&self, events: &[SharedEvent]) -> Result<()> {
        let log = events[0].workspace_id;
        let numbers: Vec<Seq> = events.iter().map(|event| event.seq).collect();
        (self.act)(log, &numbers)?;
        self.handled.lock().unwrap().entry(log).or_default().extend(numbers);
        Ok(())
    }

    pub fn handled(&self, log: WorkspaceId) -> Vec<Seq> {
        self.handled.lock().unwrap().get(&log).cloned().unwrap_or_default()
    }
}

impl Handler for Reads {
    type After = ();
    const NAME: &'static str = "test";

    async fn handle(&self, _: &Transaction, events: &[SharedEvent]) -> Result<()> {
        self.take(events)
    }

    async fn after(&self, (): ()) {}
}

impl Follower for Reads {
    type Work = Vec<SharedEvent>;

    fn name(&self) -> &'static str {
        "test"
    }

    async fn read(&self, _: &Transaction, events: &[SharedEvent]) -> Result<Self::Work> {
        Ok(events.to_vec())
    }

    async fn work(&self, events: Self::Work) -> Result<()> {
        self.take(&events)
    }
}

/// Two workspaces with some events each, and a database handle of another process.
pub struct Scene {
    pub server: Server,
    pub invite: String,
    pub first: WorkspaceId,
    pub second: WorkspaceId,
    pub database: Database,
}

impl Scene {
    pub async fn set(store: &Store) -> Self {
        let server = server_on(store).await;
        let company = Company::first(&server).await;
        let other = company.owner.founds(&server, "Other").await;
        let (first, second) = (company.workspace.parse().unwrap(), other.workspace.parse().unwrap());
        Self { server, invite: company.invite, first, second, database: rows::open(store).await }
    }

    pub async fn head(&self, log: WorkspaceId) -> Seq {
        let snapshot = self.database.snapshot(api::db::Scope::Workspace(log)).await.unwrap();
        api::log::read::last_seq(&snapshot, log).await.unwrap().unwrap()
    }

    pub async fn cursor(&self, log: WorkspaceId) -> Seq {
        let snapshot = self.database.snapshot(api::db::Scope::Workspace(log)).await.unwrap();
        follower::cursor(&snapshot, log, "test").await.unwrap()
    }

    /// Rounds until nothing is in trouble any more.
    pub async fn settle(&self, reads: &Reads, troubles: &mut Troubles) {
        while reader::round(&self.database, reads, troubles, &Logs::All).await.unwrap().more || !troubles.is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

/// Commits that a round takes: of a follower that is given here, and of a reader.
async fn commits(scene: &Scene) -> (u64, u64) {
    let (follows, reads) = (Reads::with(|_, _| Ok(())), Reads::with(|_, _| Ok(())));
    rows::change(&scene.database, "DELETE FROM reader WHERE name = 'test'").await;
    let before = scene.database.asked().commits;
    assert!(
        !follower::round(&scene.database, &follows, Uuid::from_u128(1), &mut Troubles::default(), &Logs::All)
            .await
            .unwrap()
            .more
    );
    let followed = scene.database.asked().commits - before;
    rows::change(&scene.database, "DELETE FROM reader WHERE name = 'test'").await;
    let before = scene.database.asked().commits;
    assert!(!reader::round(&scene.database, &reads, &mut Troubles::default(), &Logs::All).await.unwrap().more);
    assert_eq!(*follows.handled.lock().unwrap(), *reads.handled.lock().unwrap());
    (followed, scene.database.asked().commits - before)
}

async fn a_round_writes_no_more_for_many_logs_than_for_one(store: &Store) {
    let scene = Scene::set(store).await;
    let few = commits(&scene).await;
    let owner = register(&scene.server, "Otto", Some(&scene.invite)).await;
    for n in 0..10 {
        owner.founds(&scene.server, &format!("Company {n}")).await;
    }
    let many = commits(&scene).await;
    assert_eq!((few.0, many.0), (2, 2), "taken and given back");
    // On Postgres a transaction sees one workspace, so there a reader has one for each.
    assert_eq!((few.1, many.1), if scene.database.is_sqlite() { (1, 1) } else { (2, 12) });
    let before = scene.database.asked();
    let reads = Reads::with(|_, _| panic!("there is nothing to do"));
    follower::round(&scene.database, &reads, Uuid::from_u128(1), &mut Troubles::default(), &Logs::All).await.unwrap();
    reader::round(&scene.database, &reads, &mut Troubles::default(), &Logs::All).await.unwrap();
    let idle = scene.database.asked() - before;
    assert_eq!((idle.commits, idle.statements), (0, 2), "each looks once");
    scene.server.stop().await;
}

pub fn broken() -> Error {
    Error::internal("it cannot be handled")
}

async fn trouble_ends_with_progress_anywhere(store: &Store) {
    let scene = Scene::set(store).await;
    let (failing, fine) = (Reads::with(|_, _| Err(broken())), Reads::with(|_, _| Ok(())));
    let mut here = Troubles::default();
    assert!(!reader::round(&scene.database, &failing, &mut here, &Logs::All).await.unwrap().more);
    assert!(here.has(scene.first) && here.has(scene.second));
    // Another process has no trouble with them, and they are quiet afterwards.
    let elsewhere = rows::open(store).await;
    assert!(!reader::round(&elsewhere, &fine, &mut Troubles::default(), &Logs::All).await.unwrap().more);
    assert!(!reader::round(&scene.database, &failing, &mut here, &Logs::All).await.unwrap().more);
    assert!(here.is_empty() && here.due().is_none());
    scene.server.stop().await;
}

async fn a_poisoned_log_delays_no_other_and_is_passed_by(store: &Store) {
    let scene = Scene::set(store).await;
    let first = scene.first;
    let reads = Reads::with(move |log, numbers| match log == first && numbers.contains(&2) {
        true => Err(broken()),
        false => Ok(()),
    });
    let mut troubles = Troubles::default();
    reader::round(&scene.database, &reads, &mut troubles, &Logs::All).await.unwrap();
    let (head, other_head) = (scene.head(first).await, scene.head(scene.second).await);
    assert!(troubles.has(first) && !troubles.has(scene.second));
    assert_eq!(reads.handled(scene.second), (1..=other_head).collect::<Vec<_>>());
    scene.settle(&reads, &mut troubles).await;
    // All but the bad one, each once.
    assert_eq!(reads.handled(first), (1..=head).filter(|seq| *seq != 2).collect::<Vec<_>>());
    let failures = reader::failures(&scene.database).await.unwrap();
    let failures: Vec<_> = failures.iter().map(|row| (row.workspace_id, row.name.as_str(), row.seq)).collect();
    assert_eq!(failures, [(first, "test", 2)]);
    scene.server.stop().await;
}

async fn what_was_given_up_here_and_handled_elsewhere_moves_no_cursor_back(store: &Store) {
    let scene = Scene::set(store).await;
    let first = scene.first;
    let reads = Reads::with(move |log, _| if log == first { Err(broken()) } else { Ok(()) });
    let mut troubles = Troubles::default();
    // Its first event has failed as often as it may but once.
    let mut attempts = 0;
    while troubles.worst() < 5 {
        follower::round(&scene.database, &reads, Uuid::from_u128(1), &mut troubles, &Logs::All).await.unwrap();
        attempts += 1;
        tokio::task::yield_now().await;
    }
    assert!(attempts >= 5 && scene.cursor(first).await == 0);
    // In the last attempt another process takes over, because this one hung, and goes on to the end.
    let (sql, head) = (literal(store, first), scene.head(first).await);
    let change =
        format!("UPDATE reader SET cursor = {head}, holder = NULL WHERE name = 'test' AND workspace_id = {sql}");
    let elsewhere = rows::open(store).await;
    let hung = Hung { reads, change, elsewhere };
    while !troubles.is_empty() {
        follower::round(&scene.database, &hung, Uuid::from_u128(1), &mut troubles, &Logs::All).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.cursor(first).await, head);
    assert!(reader::failures(&scene.database).await.unwrap().is_empty());
    scene.server.stop().await;
}

/// A follower from which a log is taken while it works.
struct Hung {
    reads: Reads,
    change: String,
    elsewhere: Database,
}

impl Follower for Hung {
    type Work = Vec<SharedEvent>;

    fn name(&self) -> &'static str {
        "test"
    }

    async fn read(&self, _: &Transaction, events: &[SharedEvent]) -> Result<Self::Work> {
        Ok(events.to_vec())
    }

    async fn work(&self, events: Self::Work) -> Result<()> {
        rows::change(&self.elsewhere, &self.change).await;
        self.reads.take(&events)
    }
}

async fn a_log_of_a_newer_version_is_left_to_the_newer_process(store: &Store) {
    let scene = Scene::set(store).await;
    append_newer(store, scene.first).await;
    let reads = Reads::with(|_, _| Ok(()));
    let mut troubles = Troubles::default();
    let (older, newer) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for _ in 0..2 {
        follower::round(&scene.database, &reads, older, &mut troubles, &Logs::All).await.unwrap();
        assert_eq!(reads.handled(scene.second).len(), usize::try_from(scene.head(scene.second).await).unwrap());
        assert!(reads.handled(scene.first).is_empty() && troubles.is_empty());
        let taken = leases::take(&scene.database, scene.first, "test", newer).await.unwrap();
        taken.expect("it is free").give_back(&scene.database, 0).await.unwrap();
    }
    // A reader within transactions leaves it as well.
    let reads = Reads::with(|_, _| Ok(()));
    rows::change(&scene.database, "DELETE FROM reader WHERE name = 'test'").await;
    let mut troubles = Troubles::default();
    reader::round(&scene.database, &reads, &mut troubles, &Logs::All).await.unwrap();
    assert!(reads.handled(scene.first).is_empty() && !reads.handled(scene.second).is_empty() && troubles.is_empty());
    // Also where its cursor stands behind what it does not know, and what comes next is of a kind that it knows.
    append_known(store, scene.first).await;
    let sql = literal(store, scene.first);
    let behind = format!("SELECT last_seq - 1 FROM log WHERE workspace_id = {sql}");
    let moved = format!("INSERT INTO reader (workspace_id, name, cursor) VALUES ({sql}, 'test', ({behind}))");
    rows::change(&scene.database, &moved).await;
    reader::round(&scene.database, &reads, &mut Troubles::default(), &Logs::All).await.unwrap();
    follower::round(&scene.database, &reads, older, &mut Troubles::default(), &Logs::All).await.unwrap();
    assert!(reads.handled(scene.first).is_empty());
    scene.server.stop().await;
}

async fn a_look_at_named_logs_reads_no_others(store: &Store) {
    let scene = Scene::set(store).await;
    let (reads, mut troubles) = (Reads::with(|_, _| Ok(())), Troubles::default());
    let named = Logs::These(BTreeSet::from([scene.second]));
    let left = reader::round(&scene.database, &reads, &mut troubles, &named).await.unwrap();
    assert!(!left.more && left.logs.is_empty());
    let all: Vec<Seq> = (1..=scene.head(scene.second).await).collect();
    assert_eq!((reads.handled(scene.first), reads.handled(scene.second)), (Vec::new(), all));
    // One in trouble is gone on with although nobody names it, and nothing else is.
    let failing = Reads::with(|_, _| Err(Error::internal("broken")));
    let named = Logs::These(BTreeSet::from([scene.first]));
    reader::round(&scene.database, &failing, &mut troubles, &named).await.unwrap();
    assert!(troubles.has(scene.first));
    reader::round(&scene.database, &reads, &mut troubles, &Logs::These(BTreeSet::from([scene.second]))).await.unwrap();
    assert!(troubles.has(scene.first), "a look at another log does not forget it");
    while !troubles.is_empty() {
        reader::round(&scene.database, &reads, &mut troubles, &Logs::default()).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(scene.cursor(scene.first).await, scene.head(scene.first).await);
    // Where nothing is named, nothing is asked.
    let before = scene.database.asked().statements;
    reader::round(&scene.database, &reads, &mut troubles, &Logs::default()).await.unwrap();
    assert_eq!(scene.database.asked().statements, before);
}
