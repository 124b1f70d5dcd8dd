//! Leases of followers: slow or panicking work on one log does not delay other logs.

use std::sync::Arc;

use api::ground::db::{Transaction, store};
use api::ground::error::Result;
use api::ground::id::WorkspaceId;
use api::log::follower::{self, Follower};
use api::log::reader;
use api::log::retries::Retries;
use api::log::wake::LogSet;
use api::model::event::{Seq, SharedEvent};
use link::{Link, Mode};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::log::readers::{RecordingReader, TwoLogs};
use crate::support::rows;
use crate::support::store::{Store, both};
use crate::support::workspace::register;

both! {
    slow_work_on_one_log_does_not_delay_others
    panicking_work_is_skipped_and_delays_no_other
}

const FIRST_PROCESS: Uuid = Uuid::from_u128(1);
const SECOND_PROCESS: Uuid = Uuid::from_u128(2);

/// A follower whose work on one log blocks until the test releases it.
struct BlockingFollower {
    reads: RecordingReader,
    log: WorkspaceId,
    started: Notify,
    released: Notify,
}

impl Follower for BlockingFollower {
    type Work = Vec<SharedEvent>;

    fn name(&self) -> &'static str {
        "test"
    }

    async fn read(&self, _: &Transaction, events: &[SharedEvent]) -> Result<Self::Work> {
        Ok(events.to_vec())
    }

    async fn work(&self, events: Self::Work) -> Result<()> {
        if events[0].workspace_id == self.log {
            self.started.notify_one();
            self.released.notified().await;
        }
        self.reads.record(&events)
    }
}

async fn slow_work_on_one_log_does_not_delay_others(store: &Store) {
    let fixture = TwoLogs::start(store).await;
    let third =
        register(&fixture.server, "Otto", Some(&fixture.invite)).await.create_workspace(&fixture.server, "Third").await;
    let mut logs = [fixture.first, fixture.second, third.id.parse().unwrap()];
    // Followers proceed in this order.
    logs.sort_unstable();
    for at in 0..logs.len() {
        rows::execute(&fixture.database, "DELETE FROM reader WHERE name = 'test'").await;
        assert_others_continue(store, &fixture, &logs, at).await;
    }
    fixture.server.stop().await;
}

async fn assert_others_continue(store: &Store, fixture: &TwoLogs, logs: &[WorkspaceId], at: usize) {
    let reads = RecordingReader::with(|_, _| Ok(()));
    let busy = Arc::new(BlockingFollower { reads, log: logs[at], started: Notify::new(), released: Notify::new() });
    let working = tokio::spawn({
        let (busy, database) = (busy.clone(), rows::open(store).await);
        async move {
            while follower::poll(&database, &*busy, FIRST_PROCESS, &mut Retries::default(), &LogSet::All)
                .await
                .unwrap()
                .has_more
            {}
        }
    });
    busy.started.notified().await;
    let (other_reader, mut retries) = (RecordingReader::with(|_, _| Ok(())), Retries::default());
    for log in logs.iter().filter(|log| **log != logs[at]) {
        while fixture.cursor(*log).await != fixture.head(*log).await {
            follower::poll(&fixture.database, &other_reader, SECOND_PROCESS, &mut retries, &LogSet::All).await.unwrap();
        }
    }
    // Earlier logs are done, later ones were taken over by the other process, and this one is still in progress.
    assert!(!working.is_finished() && retries.is_empty() && fixture.cursor(logs[at]).await == 0);
    for (n, log) in logs.iter().enumerate() {
        let all: Vec<Seq> = (1..=fixture.head(*log).await).collect();
        let (here, there) = (busy.reads.handled(*log), other_reader.handled(*log));
        let expected = match n.cmp(&at) {
            std::cmp::Ordering::Less => (all, Vec::new()),
            std::cmp::Ordering::Equal => (Vec::new(), Vec::new()),
            std::cmp::Ordering::Greater => (Vec::new(), all),
        };
        assert_eq!((here, there), expected, "log {n} while {at} is in progress");
    }
    busy.released.notify_one();
    working.await.unwrap();
    let head = fixture.head(logs[at]).await;
    assert_eq!((fixture.cursor(logs[at]).await, busy.reads.handled(logs[at])), (head, (1..=head).collect()));
    assert!(other_reader.handled(logs[at]).is_empty());
    assert_all_leases_returned(fixture).await;
}

async fn assert_all_leases_returned(fixture: &TwoLogs) {
    let held =
        rows::query(&fixture.database, "SELECT name FROM reader WHERE name = 'test' AND holder IS NOT NULL").await;
    assert!(held.is_empty(), "{} leases are still held", held.len());
}

async fn panicking_work_is_skipped_and_delays_no_other(store: &Store) {
    let fixture = TwoLogs::start(store).await;
    let (bad, good) = (fixture.first.min(fixture.second), fixture.first.max(fixture.second));
    let panics = move || {
        RecordingReader::with(move |log, numbers| {
            assert!(log != bad || !numbers.contains(&2), "a planted panic");
            Ok(())
        })
    };
    let (follows, mut retries) = (panics(), Retries::default());
    follower::poll(&fixture.database, &follows, FIRST_PROCESS, &mut retries, &LogSet::All).await.unwrap();
    assert!(retries.contains(bad) && !retries.contains(good));
    let (head, all) = (fixture.head(bad).await, (1..=fixture.head(good).await).collect::<Vec<_>>());
    assert_eq!(follows.handled(good), all);
    while follower::poll(&fixture.database, &follows, FIRST_PROCESS, &mut retries, &LogSet::All).await.unwrap().has_more
        || !retries.is_empty()
    {
        tokio::task::yield_now().await;
    }
    assert_all_leases_returned(&fixture).await;
    let others: Vec<Seq> = (1..=head).filter(|seq| *seq != 2).collect();
    assert_eq!(follows.handled(bad), others);
    // A transactional reader behaves the same.
    rows::execute(&fixture.database, "DELETE FROM reader WHERE name = 'test'").await;
    rows::execute(&fixture.database, "DELETE FROM reader_failure WHERE name = 'test'").await;
    let (reads, mut retries) = (panics(), Retries::default());
    reader::poll(&fixture.database, &reads, &mut retries, &LogSet::All).await.unwrap();
    assert!(retries.contains(bad) && !retries.contains(good));
    assert_eq!(reads.handled(good), all);
    fixture.settle(&reads, &mut retries).await;
    assert_eq!(reads.handled(bad), others);
    let failures = reader::failures(&fixture.database).await.unwrap();
    let failures: Vec<_> = failures.iter().map(|row| (row.workspace_id, row.name.as_str(), row.seq)).collect();
    assert_eq!(failures, [(bad, "test", 2)]);
    fixture.server.stop().await;
}

/// A follower that loses its database after working on a log.
struct DisconnectingFollower {
    reads: RecordingReader,
    link: Link,
}

impl Follower for DisconnectingFollower {
    type Work = Vec<SharedEvent>;

    fn name(&self) -> &'static str {
        "test"
    }

    async fn read(&self, _: &Transaction, events: &[SharedEvent]) -> Result<Self::Work> {
        Ok(events.to_vec())
    }

    async fn work(&self, events: Self::Work) -> Result<()> {
        self.link.set(Mode::Disconnected);
        self.reads.record(&events)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreturned_lease_is_resumed_by_its_holder() {
    let name = "log::leases::an_unreturned_lease_is_resumed_by_its_holder";
    let Some(store) = Store::postgres(name).await else { return };
    let fixture = TwoLogs::start(&store).await;
    let (link, config) = store.linked().await;
    let database = store::open(&config.store).await.unwrap();
    let losing = DisconnectingFollower { reads: RecordingReader::with(|_, _| Ok(())), link };
    let mut retries = Retries::default();
    follower::poll(&database, &losing, FIRST_PROCESS, &mut retries, &LogSet::All).await.unwrap_err();
    let log = fixture.first.min(fixture.second);
    let all: Vec<Seq> = (1..=fixture.head(log).await).collect();
    assert_eq!((losing.reads.handled(log), fixture.cursor(log).await), (all.clone(), 0));
    // The lease excludes other processes until it expires, and its holder resumes at once.
    let other_reader = RecordingReader::with(|_, _| Ok(()));
    follower::poll(&fixture.database, &other_reader, SECOND_PROCESS, &mut Retries::default(), &LogSet::All)
        .await
        .unwrap();
    assert!(other_reader.handled(log).is_empty());
    losing.link.set(Mode::Connected);
    let again = RecordingReader::with(|_, _| Ok(()));
    while fixture.cursor(log).await != fixture.head(log).await {
        if let Err(error) = follower::poll(&database, &again, FIRST_PROCESS, &mut retries, &LogSet::All).await {
            assert!(error.is_transient(), "{error}");
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(again.handled(log), all);
    assert_all_leases_returned(&fixture).await;
    fixture.server.stop().await;
    store.remove().await;
}
