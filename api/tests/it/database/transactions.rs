//! Transactions under cancellation, and the lock of the data directory.

use api::ground::db::{Database, Scope};
use api::ground::id::WorkspaceId;
use futures_util::future::join_all;
use sea_orm::ConnectionTrait;
use tokio::task::yield_now;

use crate::support::{Process, Random, Store, both, process, rows, sqlite};

sqlite! {
    locks_the_data_directory_to_one_server
    an_aborted_transaction_does_not_affect_later_ones
}

both! { cancelled_readers_leave_no_open_transaction }

/// The size of the reader pool.
const READER_CONNECTIONS: usize = 12;
/// Any scope will do.
const SCOPE: Scope = Scope::Workspace(WorkspaceId::SERVER);

async fn cancelled_readers_leave_no_open_transaction(store: &Store) {
    let mut random = Random::seeded("database");
    let database = rows::open(store).await.migrate().await.unwrap();
    for _ in 0..100 {
        let cancelled = (0..READER_CONNECTIONS).map(|_| cancel_while_beginning(&database, random.below(200)));
        join_all(cancelled).await;
        // The next user of a connection gets a new transaction, or none.
        let reading = (0..READER_CONNECTIONS).map(|_| async {
            database.ping().await.unwrap();
            let snapshot = database.snapshot(SCOPE).await.unwrap();
            snapshot.execute_unprepared("SELECT 1").await.unwrap();
            snapshot.rollback().await.unwrap();
        });
        join_all(reading).await;
    }
}

/// Begins a snapshot and drops it after up to `polls` polls.
async fn cancel_while_beginning(database: &Database, polls: usize) {
    let mut begin = Box::pin(database.snapshot(SCOPE));
    for _ in 0..polls {
        if futures_util::poll!(begin.as_mut()).is_ready() {
            return;
        }
        yield_now().await;
    }
}

async fn locks_the_data_directory_to_one_server(store: &Store) {
    let mut process = Process::start(store).await;
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["replay"]] {
        let (done, output) = process::run_with(store, command, &[]).await;
        assert!(!done && output.contains("is in use by another server"), "{command:?}: {output}");
    }
    // Read-only commands run beside the server, and a crashed server leaves no lock behind.
    process::verify(store).await;
    process.kill().await;
    Process::start(store).await.kill().await;
}

/// SQLite aborts a transaction by itself when the disk is full; here a statement does. Later commits must persist.
async fn an_aborted_transaction_does_not_affect_later_ones(store: &Store) {
    let database = rows::open(store).await.migrate().await.unwrap();
    let ended = database.write(SCOPE).await.unwrap();
    ended.execute_unprepared("ROLLBACK").await.unwrap();
    assert!(ended.commit().await.is_err());
    database.write(SCOPE).await.unwrap().rollback().await.unwrap();
    let later = database.write(SCOPE).await.unwrap();
    later.execute_unprepared("CREATE TABLE later (n INTEGER)").await.unwrap();
    later.commit().await.unwrap();
    assert!(rows::tables(&database).await.contains(&"later".to_owned()));
}
