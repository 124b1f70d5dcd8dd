//! Law 2 between processes: what another process accepts in the middle of a batch is answered like everything else.

use std::time::Duration;

use api::db::{Database, Scope, Transaction};
use api::id::CommandId;
use sea_orm::ConnectionTrait;
use serde_json::json;

use crate::client::text;
use crate::depot::{Uploader, png};
use crate::rows;
use crate::server::Server;
use crate::store::Store;
use crate::team::Team;

const DEADLINE: Duration = Duration::from_secs(60);

/// One process accepts a command after the other has looked where the log stands, and before it asks which commands
/// are known. It must not answer from a workspace that has not seen the command yet.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_is_never_older_than_its_command() {
    let Some(store) = Store::postgres("law_2_races").await else { return };
    let (one, other) = (Server::start_at(&store).await, Server::start_at(&store).await);
    let team = Team::begin(one.address, 1).await;
    let owner = &team.owner().client;
    let uploader = Uploader { client: owner, workspace: &team.workspace };
    let file = uploader.upload("a.png", &png(9, 9, "")).await.unwrap();
    let file = text(&uploader.ready(&text(&file["id"])).await["id"]);
    // The other process knows the workspace as it stands.
    let nothing =
        json!({ "workspaceId": team.workspace, "channelId": team.general, "commandId": CommandId::mint().to_string() });
    owner.at(other.address).must("joinChannel", nothing, "seq").await;

    let input = json!({
        "workspaceId": team.workspace, "commandId": CommandId::mint().to_string(), "name": "Renamed", "iconId": file,
    });
    let rename = |address| {
        let (client, input) = (owner.at(address), input.clone());
        tokio::spawn(async move { client.must("updateWorkspace", input, "seq workspace { name }").await })
    };
    let database = rows::open(&store).await;
    // The first has read its facts and stands before its event …
    let events = lock(&database, "event IN SHARE MODE").await;
    let first = rename(one.address);
    waiting(&database, 1).await;
    // … the second has looked at the head and stands before its facts, behind somebody who waits for the first …
    let facts = tokio::spawn({
        let database = database.clone();
        async move { lock(&database, "file IN ACCESS EXCLUSIVE MODE").await }
    });
    waiting(&database, 2).await;
    let second = rename(other.address);
    waiting(&database, 3).await;
    // … until the first is done.
    events.rollback().await.unwrap();
    let first = first.await.unwrap();
    facts.await.unwrap().rollback().await.unwrap();
    assert_eq!(second.await.unwrap(), first);
    one.stop().await;
    other.stop().await;
    store.remove().await;
}

async fn lock(database: &Database, what: &str) -> Transaction {
    let transaction = database.write(Scope::Server).await.unwrap();
    transaction.be_patient(DEADLINE).await.unwrap();
    transaction.execute_unprepared(&format!("SET LOCAL lock_timeout = 0; LOCK TABLE {what}")).await.unwrap();
    transaction
}

/// Until so many wait for a lock on one of the two tables.
async fn waiting(database: &Database, count: usize) {
    let sql = "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
               WHERE NOT l.granted AND d.datname = current_database() \
               AND l.relation IN ('event'::regclass, 'file'::regclass)";
    let so_many = async {
        while rows::query(database, sql).await.len() < count {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(DEADLINE, so_many).await;
    assert!(waited.is_ok(), "{count} never waited");
}
