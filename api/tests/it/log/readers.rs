//! Durable readers and followers: a failing log delays no other, and any process may take it over.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use api::ground::db::{Database, Transaction};
use api::ground::error::{Error, Result};
use api::ground::id::WorkspaceId;
use api::log::follower::{self, Follower};
use api::log::leases;
use api::log::reader::{self, Handler};
use api::log::retries::Retries;
use api::log::wake::{LogSet, Remaining};
use api::model::event::{Seq, SharedEvent};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use crate::support::setup::Given;
use crate::support::{Server, Setup, Store, append_known, append_unsupported, both, literal, register, rows};

both! {
    progress_in_any_process_clears_a_failure
    a_poisoned_event_is_skipped_and_delays_no_other
    giving_up_never_moves_a_cursor_back
    leaves_unsupported_logs_to_newer_processes
    a_round_commits_the_same_for_many_logs
    polling_named_logs_reads_no_others
}

/// What a test reader does with a run of events of one log.
type Action = Box<dyn Fn(WorkspaceId, &[Seq]) -> Result<()> + Send + Sync>;

/// What it does before it works on a log as a follower.
type BeforeWork = Box<dyn Fn(WorkspaceId) -> BoxFuture<'static, ()> + Send + Sync>;

pub struct RecordingReader {
    action: Action,
    before_work: BeforeWork,
    handled: Mutex<BTreeMap<WorkspaceId, Vec<Seq>>>,
}

impl Default for RecordingReader {
    fn default() -> Self {
        Self::with(|_, _| Ok(()))
    }
}

impl RecordingReader {
    pub fn with(action: impl Fn(WorkspaceId, &[Seq]) -> Result<()> + Send + Sync + 'static) -> Self {
        let before_work = Box::new(|_| std::future::ready(()).boxed());
        Self { action: Box::new(action), before_work, handled: Mutex::default() }
    }

    pub fn before_work(self, then: impl Fn(WorkspaceId) -> BoxFuture<'static, ()> + Send + Sync + 'static) -> Self {
        Self { before_work: Box::new(then), ..self }
    }

    fn record(&self, events: &[SharedEvent]) -> Result<()> {
        let log = events[0].workspace_id;
        let numbers: Vec<Seq> = events.iter().map(|event| event.seq).collect();
        (self.action)(log, &numbers)?;
        self.handled.lock().unwrap().entry(log).or_default().extend(numbers);
        Ok(())
    }

    pub fn handled(&self, log: WorkspaceId) -> Vec<Seq> {
        self.handled.lock().unwrap().get(&log).cloned().unwrap_or_default()
    }
}

impl Handler for RecordingReader {
    type After = ();
    const NAME: &'static str = "test";

    async fn handle(&self, _: &Transaction, events: &[SharedEvent]) -> Result<()> {
        self.record(events)
    }

    async fn after(&self, (): ()) {}
}

impl Follower for RecordingReader {
    type Work = Vec<SharedEvent>;

    fn name(&self) -> &'static str {
        "test"
    }

    async fn read(&self, _: &Transaction, events: &[SharedEvent]) -> Result<Self::Work> {
        Ok(events.to_vec())
    }

    async fn work(&self, events: Self::Work) -> Result<()> {
        (self.before_work)(events[0].workspace_id).await;
        self.record(&events)
    }
}

/// Two workspaces with events, and the database handle of another process.
pub struct TwoLogs {
    pub store: Store,
    pub server: Server,
    pub invite: String,
    pub first: WorkspaceId,
    pub second: WorkspaceId,
    pub database: Database,
}

impl Given for TwoLogs {
    async fn prepare(store: Store) -> Self {
        let Setup { store, server, workspace } = Setup::prepare(store).await;
        let other = workspace.owner().create_workspace("Other").await;
        let (first, second) = (workspace.parsed_id(), other.parsed_id());
        let database = rows::open(&store).await;
        Self { store, server, invite: workspace.invite, first, second, database }
    }

    async fn end(self) {
        self.server.stop().await;
        self.store.remove().await;
    }
}

impl TwoLogs {
    /// One round of a follower in a process.
    pub async fn follow(&self, process: Uuid, follower: &RecordingReader, retries: &mut Retries) -> Remaining {
        follower::poll(&self.database, follower, process, retries, &LogSet::All).await.unwrap()
    }

    /// One round of a reader.
    pub async fn read(&self, reader: &RecordingReader, retries: &mut Retries) -> Remaining {
        reader::poll(&self.database, reader, retries, &LogSet::All).await.unwrap()
    }

    /// Removes all cursors and leases.
    pub async fn forget(&self) {
        rows::execute(&self.database, "DELETE FROM reader WHERE name = 'test'").await;
    }

    /// The numbers of all events.
    pub async fn all(&self, log: WorkspaceId) -> Vec<Seq> {
        (1..=self.head(log).await).collect()
    }

    pub async fn assert_only_failure(&self, log: WorkspaceId, seq: Seq) {
        let failures = reader::failures(&self.database).await.unwrap();
        let failures: Vec<_> = failures.iter().map(|row| (row.workspace_id, row.name.as_str(), row.seq)).collect();
        assert_eq!(failures, [(log, "test", seq)]);
    }

    pub async fn head(&self, log: WorkspaceId) -> Seq {
        let snapshot = self.database.snapshot(api::ground::db::Scope::Workspace(log)).await.unwrap();
        api::log::read::last_seq(&snapshot, log).await.unwrap().unwrap()
    }

    pub async fn cursor(&self, log: WorkspaceId) -> Seq {
        let snapshot = self.database.snapshot(api::ground::db::Scope::Workspace(log)).await.unwrap();
        follower::cursor(&snapshot, log, "test").await.unwrap()
    }

    /// Runs rounds until no log fails any more.
    pub async fn settle(&self, reads: &RecordingReader, retries: &mut Retries) {
        while self.read(reads, retries).await.has_more || !retries.is_empty() {
            tokio::task::yield_now().await;
        }
    }
}

/// The commits of one round of a follower and of a reader.
async fn commits(fixture: &TwoLogs) -> (u64, u64) {
    let (follows, reads) = (RecordingReader::default(), RecordingReader::default());
    fixture.forget().await;
    let before = fixture.database.query_counts().commits;
    assert!(!fixture.follow(Uuid::from_u128(1), &follows, &mut Retries::default()).await.has_more);
    let followed = fixture.database.query_counts().commits - before;
    fixture.forget().await;
    let before = fixture.database.query_counts().commits;
    assert!(!fixture.read(&reads, &mut Retries::default()).await.has_more);
    assert_eq!(*follows.handled.lock().unwrap(), *reads.handled.lock().unwrap());
    (followed, fixture.database.query_counts().commits - before)
}

async fn a_round_commits_the_same_for_many_logs(fixture: &TwoLogs) {
    let few = commits(fixture).await;
    let owner = register(&fixture.server, "Otto", Some(&fixture.invite)).await;
    for n in 0..10 {
        owner.create_workspace(&format!("Workspace {n}")).await;
    }
    let many = commits(fixture).await;
    assert_eq!((few.0, many.0), (2, 2), "leases taken and returned");
    // On Postgres a transaction sees one workspace, so a reader needs one for each.
    assert_eq!((few.1, many.1), if fixture.database.is_sqlite() { (1, 1) } else { (2, 12) });
    let before = fixture.database.query_counts();
    let reads = RecordingReader::with(|_, _| panic!("no event is left"));
    fixture.follow(Uuid::from_u128(1), &reads, &mut Retries::default()).await;
    fixture.read(&reads, &mut Retries::default()).await;
    let idle = fixture.database.query_counts() - before;
    assert_eq!((idle.commits, idle.statements), (0, 2), "each polls once");
}

pub fn permanent_error() -> Error {
    Error::internal("a permanent failure")
}

async fn progress_in_any_process_clears_a_failure(fixture: &TwoLogs) {
    let (failing, fine) = (RecordingReader::with(|_, _| Err(permanent_error())), RecordingReader::default());
    let mut here = Retries::default();
    assert!(!fixture.read(&failing, &mut here).await.has_more);
    assert!(here.contains(fixture.first) && here.contains(fixture.second));
    // Another process succeeds with both logs, and this one clears its failures.
    let other_database = rows::open(&fixture.store).await;
    assert!(!reader::poll(&other_database, &fine, &mut Retries::default(), &LogSet::All).await.unwrap().has_more);
    assert!(!fixture.read(&failing, &mut here).await.has_more);
    assert!(here.is_empty() && here.next_due().is_none());
}

async fn a_poisoned_event_is_skipped_and_delays_no_other(fixture: &TwoLogs) {
    let first = fixture.first;
    let reads = RecordingReader::with(move |log, numbers| match log == first && numbers.contains(&2) {
        true => Err(permanent_error()),
        false => Ok(()),
    });
    let mut retries = Retries::default();
    fixture.read(&reads, &mut retries).await;
    let head = fixture.head(first).await;
    assert!(retries.contains(first) && !retries.contains(fixture.second));
    assert_eq!(reads.handled(fixture.second), fixture.all(fixture.second).await);
    fixture.settle(&reads, &mut retries).await;
    // All events but the poisoned one, each once.
    assert_eq!(reads.handled(first), (1..=head).filter(|seq| *seq != 2).collect::<Vec<_>>());
    fixture.assert_only_failure(first, 2).await;
}

async fn giving_up_never_moves_a_cursor_back(fixture: &TwoLogs) {
    let first = fixture.first;
    let reads = RecordingReader::with(move |log, _| if log == first { Err(permanent_error()) } else { Ok(()) });
    let mut retries = Retries::default();
    // The first event has one attempt left.
    let mut attempts = 0;
    while retries.max_failures() < 5 {
        fixture.follow(Uuid::from_u128(1), &reads, &mut retries).await;
        attempts += 1;
        tokio::task::yield_now().await;
    }
    assert!(attempts >= 5 && fixture.cursor(first).await == 0);
    // During the last attempt another process takes over and reads to the end.
    let (sql, head) = (literal(&fixture.store, first), fixture.head(first).await);
    let change =
        format!("UPDATE reader SET cursor = {head}, holder = NULL WHERE name = 'test' AND workspace_id = {sql}");
    let other_database = rows::open(&fixture.store).await;
    let losing = reads.before_work(move |_| {
        let (database, change) = (other_database.clone(), change.clone());
        async move { rows::execute(&database, &change).map(drop).await }.boxed()
    });
    while !retries.is_empty() {
        fixture.follow(Uuid::from_u128(1), &losing, &mut retries).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.cursor(first).await, head);
    assert!(reader::failures(&fixture.database).await.unwrap().is_empty());
}

async fn leaves_unsupported_logs_to_newer_processes(fixture: &TwoLogs) {
    append_unsupported(&fixture.store, fixture.first).await;
    let reads = RecordingReader::default();
    let mut retries = Retries::default();
    let (older, newer) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for _ in 0..2 {
        fixture.follow(older, &reads, &mut retries).await;
        assert_eq!(reads.handled(fixture.second).len(), usize::try_from(fixture.head(fixture.second).await).unwrap());
        assert!(reads.handled(fixture.first).is_empty() && retries.is_empty());
        let taken = leases::acquire(&fixture.database, fixture.first, "test", newer).await.unwrap();
        taken.expect("the lease is free").release(&fixture.database, 0).await.unwrap();
    }
    // A transactional reader leaves the log as well.
    let reads = RecordingReader::default();
    fixture.forget().await;
    let mut retries = Retries::default();
    fixture.read(&reads, &mut retries).await;
    assert!(reads.handled(fixture.first).is_empty() && !reads.handled(fixture.second).is_empty() && retries.is_empty());
    // Also where the cursor is behind the unsupported event and the next event is supported.
    append_known(&fixture.store, fixture.first).await;
    let sql = literal(&fixture.store, fixture.first);
    let behind = format!("SELECT last_seq - 1 FROM log WHERE workspace_id = {sql}");
    let moved = format!("INSERT INTO reader (workspace_id, name, cursor) VALUES ({sql}, 'test', ({behind}))");
    rows::execute(&fixture.database, &moved).await;
    fixture.read(&reads, &mut Retries::default()).await;
    fixture.follow(older, &reads, &mut Retries::default()).await;
    assert!(reads.handled(fixture.first).is_empty());
}

async fn polling_named_logs_reads_no_others(fixture: &TwoLogs) {
    let (reads, mut retries) = (RecordingReader::default(), Retries::default());
    let named = LogSet::Only(BTreeSet::from([fixture.second]));
    let left = reader::poll(&fixture.database, &reads, &mut retries, &named).await.unwrap();
    assert!(!left.has_more && left.logs.is_empty());
    let all = fixture.all(fixture.second).await;
    assert_eq!((reads.handled(fixture.first), reads.handled(fixture.second)), (Vec::new(), all));
    // A failing log is retried although it is not named, and no other log is read.
    let failing = RecordingReader::with(|_, _| Err(Error::internal("broken")));
    let named = LogSet::Only(BTreeSet::from([fixture.first]));
    reader::poll(&fixture.database, &failing, &mut retries, &named).await.unwrap();
    assert!(retries.contains(fixture.first));
    reader::poll(&fixture.database, &reads, &mut retries, &LogSet::Only(BTreeSet::from([fixture.second])))
        .await
        .unwrap();
    assert!(retries.contains(fixture.first), "polling another log keeps the failure");
    while !retries.is_empty() {
        reader::poll(&fixture.database, &reads, &mut retries, &LogSet::default()).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.cursor(fixture.first).await, fixture.head(fixture.first).await);
    // Without named logs there is no query.
    let before = fixture.database.query_counts().statements;
    reader::poll(&fixture.database, &reads, &mut retries, &LogSet::default()).await.unwrap();
    assert_eq!(fixture.database.query_counts().statements, before);
}
