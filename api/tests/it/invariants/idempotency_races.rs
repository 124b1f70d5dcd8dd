//! Invariant 2 between processes: a command that another process accepts during a batch is answered like any retry.

use std::time::Duration;

use api::ground::db::{Database, Scope, Transaction};
use api::ground::id::CommandId;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::support::{Server, Store, Uploader, Workspace, png, postgres, rows, text};

postgres! { a_retry_never_returns_state_older_than_its_command }

const LOCK_TIMEOUT: Duration = Duration::from_secs(60);

/// One process accepts a command after the other has read the head of the log and before it looks up known commands.
/// The other must not respond from a state that lacks the command.
async fn a_retry_never_returns_state_older_than_its_command(store: &Store) {
    let (one, other) = (Server::on(store).await, Server::on(store).await);
    let workspace = Workspace::create(one.address).await;
    let owner = &workspace.owner().client;
    let uploader = Uploader { client: owner, workspace: &workspace.id };
    let file = uploader.upload("a.png", &png(9, 9, "")).await.unwrap();
    let file = text(&uploader.wait_until_ready(&text(&file, "/id")).await, "/id");
    // The other process has the current workspace in memory.
    let nothing = json!({ "channelId": workspace.general, "commandId": CommandId::mint().to_string() });
    owner.at(other.address).mutate("joinChannel", nothing, "seq").await;

    let input = json!({
        "workspaceId": workspace.id, "commandId": CommandId::mint().to_string(), "name": "Renamed", "iconId": file,
    });
    let rename = |address| {
        let (client, input) = (owner.at(address), input.clone());
        tokio::spawn(async move { client.mutate("updateWorkspace", input, "seq workspace { name }").await })
    };
    let database = rows::open(store).await;
    // The first process has read its facts and waits to append its event …
    let events = lock(&database, "event IN SHARE MODE").await;
    let first = rename(one.address);
    wait_for_lock_waiters(&database, 1).await;
    // … the second has read the head and waits for its facts, behind a lock that waits for the first …
    let facts = tokio::spawn({
        let database = database.clone();
        async move { lock(&database, "file IN ACCESS EXCLUSIVE MODE").await }
    });
    wait_for_lock_waiters(&database, 2).await;
    let second = rename(other.address);
    wait_for_lock_waiters(&database, 3).await;
    // … until the first process finishes.
    events.rollback().await.unwrap();
    let first = first.await.unwrap();
    facts.await.unwrap().rollback().await.unwrap();
    assert_eq!(second.await.unwrap(), first);
    one.stop().await;
    other.stop().await;
}

async fn lock(database: &Database, what: &str) -> Transaction {
    let transaction = database.write(Scope::Server).await.unwrap();
    transaction.extend_timeout(LOCK_TIMEOUT).await.unwrap();
    transaction.execute_unprepared(&format!("SET LOCAL lock_timeout = 0; LOCK TABLE {what}")).await.unwrap();
    transaction
}

/// Waits until `count` sessions wait for a lock on one of the two tables.
async fn wait_for_lock_waiters(database: &Database, count: usize) {
    let sql = "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
               WHERE NOT l.granted AND d.datname = current_database() \
               AND l.relation IN ('event'::regclass, 'file'::regclass)";
    let so_many = async {
        while rows::query(database, sql).await.len() < count {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(LOCK_TIMEOUT, so_many).await;
    assert!(waited.is_ok(), "{count} sessions never waited");
}
