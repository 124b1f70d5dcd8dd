//! Concurrent start of a fleet: one process migrates the schema, once.

use api::ground::db::MIGRATION_LOCK;
use futures_util::future::join_all;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, TransactionTrait};
use tokio::time::{Duration, timeout};

use crate::support::{Store, postgres, process, rows};

postgres! {
    concurrent_processes_migrate_once
    waits_for_a_migration_in_progress
}

const PROCESS_COUNT: usize = 4;

async fn concurrent_processes_migrate_once(store: &Store) {
    let migrating = (0..PROCESS_COUNT).map(|_| process::run_with(store, &["migrate"], &[]));
    for (done, complaint) in join_all(migrating).await {
        assert!(done, "{complaint}");
    }
    let database = rows::open(store).await;
    let applied = rows::query(&database, "SELECT version FROM seaql_migrations").await.len();
    assert_eq!(applied, <migrations::Migrator as migrations::MigratorTrait>::migrations().len());
}

/// Processes wait for a migration in progress and do not give up.
async fn waits_for_a_migration_in_progress(store: &Store) {
    let mut options = ConnectOptions::new(store.database_url().unwrap());
    options.max_connections(2);
    let other = Database::connect(options).await.unwrap();
    let migrates = other.begin().await.unwrap();
    migrates.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await.unwrap();
    let database = rows::open(store).await;
    let second = tokio::spawn(async move { database.migrate().await.map(drop) });
    let waiting = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
                   AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    let seen = async {
        while other.execute_unprepared(waiting).await.unwrap().rows_affected() == 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(20), seen).await.unwrap();
    assert!(!second.is_finished());
    migrates.commit().await.unwrap();
    second.await.unwrap().unwrap();
    let tables = rows::tables(&rows::open(store).await).await;
    assert!(tables.iter().any(|table| table == "event"), "{tables:?}");
}
