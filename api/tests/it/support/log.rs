//! Writes to a log behind the server's back, the way another process would.

use api::ground::db::Scope;
use api::ground::id::WorkspaceId;
use api::log::chain;
use api::model::event::Skeleton;
use api::model::log::entity;
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait, IntoActiveModel};
use serde_json::Value;

use crate::support::{Store, rows};

/// An id as a SQL literal.
pub fn literal(store: &Store, id: WorkspaceId) -> String {
    match store.database_url() {
        Some(_) => format!("'{}'::uuid", id.0),
        None => format!("X'{}'", id.0.simple()),
    }
}

/// Appends an event that only a newer version supports.
pub async fn append_unsupported(store: &Store, log: WorkspaceId) {
    append_changed(store, log, 99, |skeleton| skeleton.replacen("\"kind\":\"", "\"kind\":\"newer_", 1)).await;
}

/// Appends a supported event behind it.
pub async fn append_known(store: &Store, log: WorkspaceId) {
    append_changed(store, log, Skeleton::VERSION, |skeleton| skeleton.replace("newer_", "")).await;
}

/// Appends a copy of the last event with this version and a changed skeleton, and updates the head of the log.
async fn append_changed(store: &Store, log: WorkspaceId, version: i32, change: impl Fn(&str) -> String) {
    let database = rows::open(store).await;
    let transaction = database.write(Scope::Workspace(log)).await.unwrap();
    let head = entity::log::Entity::find_by_id(log).one(&transaction).await.unwrap().unwrap();
    let last = entity::event::Entity::find_by_id((log, head.last_seq)).one(&transaction).await.unwrap().unwrap();
    let skeleton = change(&last.skeleton);
    let kind = serde_json::from_str::<Value>(&skeleton).unwrap()["kind"].as_str().unwrap().to_owned();
    let mut event = entity::event::Model { seq: head.last_seq + 1, version, kind, skeleton, ..last };
    event.digest = chain::digest(&head.digest, &event).unwrap();
    let (last_seq, digest) = (Set(event.seq), Set(event.digest.clone()));
    let version = Set(version.max(head.version));
    entity::log::ActiveModel { last_seq, digest, version, ..head.into() }.update(&transaction).await.unwrap();
    event.into_active_model().insert(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

/// Appends copies of the last event, as a process does whose messages the server does not receive.
pub async fn append_copies(store: &Store, log: WorkspaceId, count: i64) {
    let id = literal(store, log);
    let sql = format!(
        "INSERT INTO event (workspace_id, seq, at, version, kind, actor_id, command_id, subject_id, skeleton, salt, \
         body, body_hash, digest) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         SELECT workspace_id, seq + i, at, version, kind, actor_id, command_id, subject_id, skeleton, salt, body, \
         body_hash, digest FROM event CROSS JOIN n WHERE workspace_id = {id} \
         AND seq = (SELECT last_seq FROM log WHERE workspace_id = {id}); \
         UPDATE log SET last_seq = last_seq + {count} WHERE workspace_id = {id}"
    );
    rows::execute(&rows::open(store).await, &sql).await;
}
