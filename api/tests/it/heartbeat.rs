//! The heartbeat: any number of rooms in one question, each with an outcome of its own, and nothing read that
//! nobody will be told.

use api::id::WorkspaceId;
use api::live::heartbeat::heads;
use serde_json::json;

use crate::feed::{End, Feed};
use crate::newer::literal;
use crate::people::{Company, server_on};
use crate::rows;
use crate::store::{Store, both};

both! {
    it_asks_for_more_logs_than_a_statement_takes
    a_room_that_cannot_be_read_costs_no_other
    who_is_behind_beyond_the_horizon_begins_anew
}

/// Further behind than this a client takes boot.
const HORIZON: i64 = 2_000;

async fn it_asks_for_more_logs_than_a_statement_takes(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let here: WorkspaceId = company.workspace.parse().unwrap();
    let mut ids: Vec<WorkspaceId> = (0..70_000).map(|_| WorkspaceId::mint()).collect();
    ids.push(here);
    let heads = heads(&server.app.database, &ids).await.unwrap();
    assert_eq!(heads.into_iter().collect::<Vec<_>>(), [(here, company.seq(&server).await)]);
    server.stop().await;
}

/// Appends copies of the last event past the server, as another process would that it does not hear.
pub async fn append(store: &Store, log: WorkspaceId, count: i64) {
    let id = literal(store, log);
    let sql = format!(
        "INSERT INTO event (workspace_id, seq, at, version, kind, actor_id, command_id, message_id, skeleton, salt, \
         body, body_hash, digest) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) \
         SELECT workspace_id, seq + i, at, version, kind, actor_id, command_id, message_id, skeleton, salt, body, \
         body_hash, digest FROM event CROSS JOIN n WHERE workspace_id = {id} \
         AND seq = (SELECT last_seq FROM log WHERE workspace_id = {id}); \
         UPDATE log SET last_seq = last_seq + {count} WHERE workspace_id = {id}"
    );
    rows::change(&rows::open(store).await, &sql).await;
}

async fn a_room_that_cannot_be_read_costs_no_other(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let other = company.owner.founds(&server, "Other").await;
    let (first, second): (WorkspaceId, WorkspaceId) =
        (company.workspace.parse().unwrap(), other.workspace.parse().unwrap());
    let mut broken = Feed::socket(&server, &company.owner, &company, company.seq(&server).await).await;
    let mut whole = Feed::socket(&server, &company.owner, &other, other.seq(&server).await).await;
    for (company, feed) in [(&company, &mut broken), (&other, &mut whole)] {
        let (_, seq) = company.owner.sends(&server, company, &company.general, "words").await;
        feed.up_to(seq).await;
    }
    // A hole in the log of the one; in that of the other what this process must read.
    let database = rows::open(store).await;
    let id = literal(store, first);
    rows::change(&database, &format!("UPDATE log SET last_seq = last_seq + 3 WHERE workspace_id = {id}")).await;
    append(store, second, 3).await;
    let head = company
        .owner
        .ask(
            &server,
            "query($id: ID!) { workspace(id: $id) { seq } }",
            json!({
        "id": other.workspace }),
        )
        .await["data"]["workspace"]["seq"]
        .as_i64()
        .unwrap();
    assert_eq!(whole.up_to(head).await.len(), 3);
    assert_eq!(broken.rest().await, (Vec::new(), End::Error("UNAVAILABLE".into())));
    server.stop().await;
}

async fn who_is_behind_beyond_the_horizon_begins_anew(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let log: WorkspaceId = company.workspace.parse().unwrap();
    let mut feed = Feed::socket(&server, &company.owner, &company, company.seq(&server).await).await;
    let (_, seq) = company.owner.sends(&server, &company, &company.general, "words").await;
    feed.up_to(seq).await;
    // As many as are read: each comes, however many pages they are.
    append(store, log, HORIZON).await;
    assert_eq!(feed.up_to(seq + HORIZON).await.len(), usize::try_from(HORIZON).unwrap());
    append(store, log, HORIZON + 1).await;
    assert_eq!(feed.rest().await, (Vec::new(), End::Error("UNAVAILABLE".into())));
    let mut again = Feed::socket(&server, &company.owner, &company, seq + HORIZON).await;
    let resync = again.next().await.unwrap();
    assert_eq!((&resync["__typename"], &resync["takeBoot"]), (&json!("Resync"), &json!(true)), "{resync}");
    server.stop().await;
}
