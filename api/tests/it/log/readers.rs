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
use api::log::wake::LogSet;
use api::model::event::{Seq, SharedEvent};
use uuid::Uuid;

use crate::support::log::{append_known, append_unsupported, literal};
use crate::support::rows;
use crate::support::server::Server;
use crate::support::store::{Store, both};
use crate::support::workspace::{Workspace, register, start_server};

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

pub struct RecordingReader {
    action: Action,
    handled: Mutex<BTreeMap<WorkspaceId, Vec<Seq>>>,
}

impl RecordingReader {
    pub fn with(action: impl Fn(WorkspaceId, &[Seq]) -> Result<()> + Send + Sync + 'static) -> Self {
        Self { action: Box::new(action), handled: Mutex::default() }
    }

    pub fn record(&self, events: &[SharedEvent]) -> Result<()> {
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
        self.record(&events)
    }
}

/// Two workspaces with events, and the database handle of another process.
pub struct TwoLogs {
    pub server: Server,
    pub invite: String,
    pub first: WorkspaceId,
    pub second: WorkspaceId,
    pub database: Database,
}

impl TwoLogs {
    pub async fn start(store: &Store) -> Self {
        let server = start_server(store).await;
        let workspace = Workspace::create(&server).await;
        let other = workspace.owner.create_workspace(&server, "Other").await;
        let (first, second) = (workspace.id.parse().unwrap(), other.id.parse().unwrap());
        Self { server, invite: workspace.invite, first, second, database: rows::open(store).await }
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
        while reader::poll(&self.database, reads, retries, &LogSet::All).await.unwrap().has_more || !retries.is_empty()
        {
            tokio::task::yield_now().await;
        }
    }
}

/// The commits of one round of a follower and of a reader.
async fn commits(fixture: &TwoLogs) -> (u64, u64) {
    let (follows, reads) = (RecordingReader::with(|_, _| Ok(())), RecordingReader::with(|_, _| Ok(())));
    rows::execute(&fixture.database, "DELETE FROM reader WHERE name = 'test'").await;
    let before = fixture.database.query_counts().commits;
    assert!(
        !follower::poll(&fixture.database, &follows, Uuid::from_u128(1), &mut Retries::default(), &LogSet::All)
            .await
            .unwrap()
            .has_more
    );
    let followed = fixture.database.query_counts().commits - before;
    rows::execute(&fixture.database, "DELETE FROM reader WHERE name = 'test'").await;
    let before = fixture.database.query_counts().commits;
    assert!(!reader::poll(&fixture.database, &reads, &mut Retries::default(), &LogSet::All).await.unwrap().has_more);
    assert_eq!(*follows.handled.lock().unwrap(), *reads.handled.lock().unwrap());
    (followed, fixture.database.query_counts().commits - before)
}

async fn a_round_commits_the_same_for_many_logs(store: &Store) {
    let fixture = TwoLogs::start(store).await;
    let few = commits(&fixture).await;
    let owner = register(&fixture.server, "Otto", Some(&fixture.invite)).await;
    for n in 0..10 {
        owner.create_workspace(&fixture.server, &format!("Workspace {n}")).await;
    }
    let many = commits(&fixture).await;
    assert_eq!((few.0, many.0), (2, 2), "leases taken and returned");
    // On Postgres a transaction sees one workspace, so a reader needs one for each.
    assert_eq!((few.1, many.1), if fixture.database.is_sqlite() { (1, 1) } else { (2, 12) });
    let before = fixture.database.query_counts();
    let reads = RecordingReader::with(|_, _| panic!("no event is left"));
    follower::poll(&fixture.database, &reads, Uuid::from_u128(1), &mut Retries::default(), &LogSet::All).await.unwrap();
    reader::poll(&fixture.database, &reads, &mut Retries::default(), &LogSet::All).await.unwrap();
    let idle = fixture.database.query_counts() - before;
    assert_eq!((idle.commits, idle.statements), (0, 2), "each polls once");
    fixture.server.stop().await;
}

pub fn permanent_error() -> Error {
    Error::internal("a permanent failure")
}

async fn progress_in_any_process_clears_a_failure(store: &Store) {
    let fixture = TwoLogs::start(store).await;
    let (failing, fine) = (RecordingReader::with(|_, _| Err(permanent_error())), RecordingReader::with(|_, _| Ok(())));
    let mut here = Retries::default();
    assert!(!reader::poll(&fixture.database, &failing, &mut here, &LogSet::All).await.unwrap().has_more);
    assert!(here.contains(fixture.first) && here.contains(fixture.second));
    // Another process succeeds with both logs, and this one clears its failures.
    let other_database = rows::open(store).await;
    assert!(!reader::poll(&other_database, &fine, &mut Retries::default(), &LogSet::All).await.unwrap().has_more);
    assert!(!reader::poll(&fixture.database, &failing, &mut here, &LogSet::All).await.unwrap().has_more);
    assert!(here.is_empty() && here.next_due().is_none());
    fixture.server.stop().await;
}

async fn a_poisoned_event_is_skipped_and_delays_no_other(store: &Store) {
    let fixture = TwoLogs::start(store).await;
    let first = fixture.first;
    let reads = RecordingReader::with(move |log, numbers| match log == first && numbers.contains(&2) {
        true => Err(permanent_error()),
        false => Ok(()),
    });
    let mut retries = Retries::default();
    reader::poll(&fixture.database, &reads, &mut retries, &LogSet::All).await.unwrap();
    let (head, other_head) = (fixture.head(first).await, fixture.head(fixture.second).await);
    assert!(retries.contains(first) && !retries.contains(fixture.second));
    assert_eq!(reads.handled(fixture.second), (1..=other_head).collect::<Vec<_>>());
    fixture.settle(&reads, &mut retries).await;
    // All events but the poisoned one, each once.
    assert_eq!(reads.handled(first), (1..=head).filter(|seq| *seq != 2).collect::<Vec<_>>());
    let failures = reader::failures(&fixture.database).await.unwrap();
    let failures: Vec<_> = failures.iter().map(|row| (row.workspace_id, row.name.as_str(), row.seq)).collect();
    assert_eq!(failures, [(first, "test", 2)]);
    fixture.server.stop().await;
}

async fn giving_up_never_moves_a_cursor_back(store: &Store) {
    let fixture = TwoLogs::start(store).await;
    let first = fixture.first;
    let reads = RecordingReader::with(move |log, _| if log == first { Err(permanent_error()) } else { Ok(()) });
    let mut retries = Retries::default();
    // The first event has one attempt left.
    let mut attempts = 0;
    while retries.max_failures() < 5 {
        follower::poll(&fixture.database, &reads, Uuid::from_u128(1), &mut retries, &LogSet::All).await.unwrap();
        attempts += 1;
        tokio::task::yield_now().await;
    }
    assert!(attempts >= 5 && fixture.cursor(first).await == 0);
    // During the last attempt another process takes over and reads to the end.
    let (sql, head) = (literal(store, first), fixture.head(first).await);
    let change =
        format!("UPDATE reader SET cursor = {head}, holder = NULL WHERE name = 'test' AND workspace_id = {sql}");
    let other_database = rows::open(store).await;
    let losing = LeaseLosingFollower { reads, change, other_database };
    while !retries.is_empty() {
        follower::poll(&fixture.database, &losing, Uuid::from_u128(1), &mut retries, &LogSet::All).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(fixture.cursor(first).await, head);
    assert!(reader::failures(&fixture.database).await.unwrap().is_empty());
    fixture.server.stop().await;
}

/// A follower that loses its lease while it works.
struct LeaseLosingFollower {
    reads: RecordingReader,
    change: String,
    other_database: Database,
}

impl Follower for LeaseLosingFollower {
    type Work = Vec<SharedEvent>;

    fn name(&self) -> &'static str {
        "test"
    }

    async fn read(&self, _: &Transaction, events: &[SharedEvent]) -> Result<Self::Work> {
        Ok(events.to_vec())
    }

    async fn work(&self, events: Self::Work) -> Result<()> {
        rows::execute(&self.other_database, &self.change).await;
        self.reads.record(&events)
    }
}

async fn leaves_unsupported_logs_to_newer_processes(store: &Store) {
    let fixture = TwoLogs::start(store).await;
    append_unsupported(store, fixture.first).await;
    let reads = RecordingReader::with(|_, _| Ok(()));
    let mut retries = Retries::default();
    let (older, newer) = (Uuid::from_u128(1), Uuid::from_u128(2));
    for _ in 0..2 {
        follower::poll(&fixture.database, &reads, older, &mut retries, &LogSet::All).await.unwrap();
        assert_eq!(reads.handled(fixture.second).len(), usize::try_from(fixture.head(fixture.second).await).unwrap());
        assert!(reads.handled(fixture.first).is_empty() && retries.is_empty());
        let taken = leases::acquire(&fixture.database, fixture.first, "test", newer).await.unwrap();
        taken.expect("the lease is free").release(&fixture.database, 0).await.unwrap();
    }
    // A transactional reader leaves the log as well.
    let reads = RecordingReader::with(|_, _| Ok(()));
    rows::execute(&fixture.database, "DELETE FROM reader WHERE name = 'test'").await;
    let mut retries = Retries::default();
    reader::poll(&fixture.database, &reads, &mut retries, &LogSet::All).await.unwrap();
    assert!(reads.handled(fixture.first).is_empty() && !reads.handled(fixture.second).is_empty() && retries.is_empty());
    // Also where the cursor is behind the unsupported event and the next event is supported.
    append_known(store, fixture.first).await;
    let sql = literal(store, fixture.first);
    let behind = format!("SELECT last_seq - 1 FROM log WHERE workspace_id = {sql}");
    let moved = format!("INSERT INTO reader (workspace_id, name, cursor) VALUES ({sql}, 'test', ({behind}))");
    rows::execute(&fixture.database, &moved).await;
    reader::poll(&fixture.database, &reads, &mut Retries::default(), &LogSet::All).await.unwrap();
    follower::poll(&fixture.database, &reads, older, &mut Retries::default(), &LogSet::All).await.unwrap();
    assert!(reads.handled(fixture.first).is_empty());
    fixture.server.stop().await;
}

async fn polling_named_logs_reads_no_others(store: &Store) {
    let fixture = TwoLogs::start(store).await;
    let (reads, mut retries) = (RecordingReader::with(|_, _| Ok(())), Retries::default());
    let named = LogSet::Only(BTreeSet::from([fixture.second]));
    let left = reader::poll(&fixture.database, &reads, &mut retries, &named).await.unwrap();
    assert!(!left.has_more && left.logs.is_empty());
    let all: Vec<Seq> = (1..=fixture.head(fixture.second).await).collect();
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
