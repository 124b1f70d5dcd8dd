//! The database under those who go away in the middle.

use api::db::{Database, Scope};
use api::id::WorkspaceId;
use futures_util::future::join_all;
use sea_orm::ConnectionTrait;
use tokio::task::yield_now;

use crate::process::{self, Process};
use crate::random::Random;
use crate::rows;
use crate::store::{Store, both};

both! { who_goes_away_leaves_no_transaction_behind }

/// As many as the pool of readers has connections.
const READERS: usize = 12;
/// Any will do.
const SCOPE: Scope = Scope::Workspace(WorkspaceId::SERVER);

async fn who_goes_away_leaves_no_transaction_behind(store: &Store) {
    let mut random = Random::seeded("database");
    let database = rows::open(store).await.migrate().await.unwrap();
    for _ in 0..100 {
        let going = (0..READERS).map(|_| hang_up(&database, random.below(200)));
        join_all(going).await;
        // Whoever has a connection next works in a transaction of their own, or in none.
        let reading = (0..READERS).map(|_| async {
            database.ping().await.unwrap();
            let snapshot = database.snapshot(SCOPE).await.unwrap();
            snapshot.execute_unprepared("SELECT 1").await.unwrap();
            snapshot.rollback().await.unwrap();
        });
        join_all(reading).await;
    }
}

/// Begins to read, and goes away somewhere on the way.
async fn hang_up(database: &Database, polls: usize) {
    let mut begin = Box::pin(database.snapshot(SCOPE));
    for _ in 0..polls {
        if futures_util::poll!(begin.as_mut()).is_ready() {
            return;
        }
        yield_now().await;
    }
}

#[tokio::test]
async fn a_data_directory_belongs_to_one_server() {
    let store = Store::sqlite();
    let mut process = Process::start(&store).await;
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["replay"]] {
        let (done, said) = process::run_with(&store, command, &[]).await;
        assert!(!done && said.contains("another server is running on it"), "{command:?}: {said}");
    }
    // What only reads goes on beside it; and a server that died leaves nothing behind.
    process::verify(&store).await;
    process.kill().await;
    Process::start(&store).await.kill().await;
}

/// SQLite ends a transaction by itself where the disk is full; here a statement does. What is acknowledged
/// afterwards is there for everybody.
#[tokio::test]
async fn a_transaction_that_ended_by_itself_takes_no_later_one_with_it() {
    let store = Store::sqlite();
    let database = rows::open(&store).await.migrate().await.unwrap();
    let ended = database.write(SCOPE).await.unwrap();
    ended.execute_unprepared("ROLLBACK").await.unwrap();
    assert!(ended.commit().await.is_err());
    database.write(SCOPE).await.unwrap().rollback().await.unwrap();
    let later = database.write(SCOPE).await.unwrap();
    later.execute_unprepared("CREATE TABLE later (n INTEGER)").await.unwrap();
    later.commit().await.unwrap();
    assert!(rows::tables(&database).await.contains(&"later".to_owned()));
}
