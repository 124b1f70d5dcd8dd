//! Leases of followers: slow or panicking work on one log does not delay other logs.

use std::sync::Arc;

use api::ground::db::store;
use api::ground::id::WorkspaceId;
use api::log::follower;
use api::log::retries::Retries;
use api::log::wake::LogSet;
use api::model::event::Seq;
use futures_util::FutureExt;
use link::Mode;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::log::readers::{RecordingReader, TwoLogs};
use crate::support::setup::Given;
use crate::support::{Store, both, register, rows};

both! {
    slow_work_on_one_log_does_not_delay_others
    panicking_work_is_skipped_and_delays_no_other
}

const FIRST_PROCESS: Uuid = Uuid::from_u128(1);
const SECOND_PROCESS: Uuid = Uuid::from_u128(2);

async fn slow_work_on_one_log_does_not_delay_others(fixture: &TwoLogs) {
    let third = register(&fixture.server, "Otto", Some(&fixture.invite)).await.create_workspace("Third").await;
    let mut logs = [fixture.first, fixture.second, third.parsed_id()];
    // Followers proceed in this order.
    logs.sort_unstable();
    for at in 0..logs.len() {
        fixture.forget().await;
        assert_others_continue(fixture, &logs, at).await;
    }
}

async fn assert_others_continue(fixture: &TwoLogs, logs: &[WorkspaceId], at: usize) {
    let (blocked, started, released) = (logs[at], Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (starting, releasing) = (started.clone(), released.clone());
    // The work on this log blocks until the test releases it.
    let busy = Arc::new(RecordingReader::default().before_work(move |log| {
        let (starting, releasing) = (starting.clone(), releasing.clone());
        async move {
            if log == blocked {
                starting.notify_one();
                releasing.notified().await;
            }
        }
        .boxed()
    }));
    let working = tokio::spawn({
        let (busy, database) = (busy.clone(), rows::open(&fixture.store).await);
        async move {
            while follower::poll(&database, &*busy, FIRST_PROCESS, &mut Retries::default(), &LogSet::All)
                .await
                .unwrap()
                .has_more
            {}
        }
    });
    started.notified().await;
    let (other_reader, mut retries) = (RecordingReader::default(), Retries::default());
    for log in logs.iter().filter(|log| **log != blocked) {
        while fixture.cursor(*log).await != fixture.head(*log).await {
            fixture.follow(SECOND_PROCESS, &other_reader, &mut retries).await;
        }
    }
    // Earlier logs are done, later ones were taken over by the other process, and this one is still in progress.
    assert!(!working.is_finished() && retries.is_empty() && fixture.cursor(blocked).await == 0);
    for (n, log) in logs.iter().enumerate() {
        let all = fixture.all(*log).await;
        let (here, there) = (busy.handled(*log), other_reader.handled(*log));
        let expected = match n.cmp(&at) {
            std::cmp::Ordering::Less => (all, Vec::new()),
            std::cmp::Ordering::Equal => (Vec::new(), Vec::new()),
            std::cmp::Ordering::Greater => (Vec::new(), all),
        };
        assert_eq!((here, there), expected, "log {n} while {at} is in progress");
    }
    released.notify_one();
    working.await.unwrap();
    assert_eq!(fixture.cursor(blocked).await, fixture.head(blocked).await);
    assert_eq!(busy.handled(blocked), fixture.all(blocked).await);
    assert!(other_reader.handled(blocked).is_empty());
    assert_all_leases_returned(fixture).await;
}

async fn assert_all_leases_returned(fixture: &TwoLogs) {
    let held =
        rows::query(&fixture.database, "SELECT name FROM reader WHERE name = 'test' AND holder IS NOT NULL").await;
    assert!(held.is_empty(), "{} leases are still held", held.len());
}

async fn panicking_work_is_skipped_and_delays_no_other(fixture: &TwoLogs) {
    let (bad, good) = (fixture.first.min(fixture.second), fixture.first.max(fixture.second));
    let panics = move || {
        RecordingReader::with(move |log, numbers| {
            assert!(log != bad || !numbers.contains(&2), "a planted panic");
            Ok(())
        })
    };
    let (follows, mut retries) = (panics(), Retries::default());
    fixture.follow(FIRST_PROCESS, &follows, &mut retries).await;
    assert!(retries.contains(bad) && !retries.contains(good));
    let all = fixture.all(good).await;
    assert_eq!(follows.handled(good), all);
    while fixture.follow(FIRST_PROCESS, &follows, &mut retries).await.has_more || !retries.is_empty() {
        tokio::task::yield_now().await;
    }
    assert_all_leases_returned(fixture).await;
    let others: Vec<Seq> = fixture.all(bad).await.into_iter().filter(|seq| *seq != 2).collect();
    assert_eq!(follows.handled(bad), others);
    // A transactional reader behaves the same.
    fixture.forget().await;
    rows::execute(&fixture.database, "DELETE FROM reader_failure WHERE name = 'test'").await;
    let (reads, mut retries) = (panics(), Retries::default());
    fixture.read(&reads, &mut retries).await;
    assert!(retries.contains(bad) && !retries.contains(good));
    assert_eq!(reads.handled(good), all);
    fixture.settle(&reads, &mut retries).await;
    assert_eq!(reads.handled(bad), others);
    fixture.assert_only_failure(bad, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unreturned_lease_is_resumed_by_its_holder() {
    let name = "log::leases::an_unreturned_lease_is_resumed_by_its_holder";
    let Some(store) = Store::postgres(name).await else { return };
    let fixture = TwoLogs::prepare(store).await;
    let (link, config) = fixture.store.linked().await;
    let (link, database) = (Arc::new(link), store::open(&config.store).await.unwrap());
    let cut = link.clone();
    // Loses its database while it works on a log.
    let losing = RecordingReader::default().before_work(move |_| {
        cut.set(Mode::Disconnected);
        std::future::ready(()).boxed()
    });
    let mut retries = Retries::default();
    follower::poll(&database, &losing, FIRST_PROCESS, &mut retries, &LogSet::All).await.unwrap_err();
    let log = fixture.first.min(fixture.second);
    let all = fixture.all(log).await;
    assert_eq!((losing.handled(log), fixture.cursor(log).await), (all.clone(), 0));
    // The lease excludes other processes until it expires, and its holder resumes at once.
    let other_reader = RecordingReader::default();
    fixture.follow(SECOND_PROCESS, &other_reader, &mut Retries::default()).await;
    assert!(other_reader.handled(log).is_empty());
    link.set(Mode::Connected);
    let again = RecordingReader::default();
    while fixture.cursor(log).await != fixture.head(log).await {
        if let Err(error) = follower::poll(&database, &again, FIRST_PROCESS, &mut retries, &LogSet::All).await {
            assert!(error.is_transient(), "{error}");
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(again.handled(log), all);
    assert_all_leases_returned(&fixture).await;
    fixture.end().await;
}
