//! Costs that do not grow: what a server asks of its database does not depend on what nobody uses. Rows, statements and
//! commits are counted, never times.

use api::db::{Asked, Database};

use crate::people::{Company, server_on};
use crate::rows;
use crate::store::{Store, both};

both! {
    loading_reads_nothing_of_who_was_there
}

/// What was asked of a database by this.
async fn asked<T>(database: &Database, act: impl AsyncFnOnce() -> T) -> (T, Asked) {
    let before = database.asked();
    let done = act().await;
    (done, database.asked() - before)
}

/// An id as a database has it.
fn literal(database: &Database, id: &str) -> String {
    let hex = id.rsplit_once('_').map_or(id, |(_, uuid)| uuid).replace('-', "");
    if database.is_sqlite() { format!("x'{hex}'") } else { format!("'{hex}'::uuid") }
}

/// The numbers from 1 to `many` as a table `n`.
fn numbers(many: i64) -> String {
    format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})")
}

/// Who left and came back often, in the workspace and in its channels, costs no more than who never did.
async fn loading_reads_nothing_of_who_was_there(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let (database, id) = (rows::open(store).await, company.workspace.parse().unwrap());
    let load = async || api::workspace::service::load(&database, id).await.unwrap();
    let (_, once) = asked(&database, load).await;
    let [workspace, channel, member] =
        [&company.workspace, &company.general, &ben.member].map(|id| literal(&database, id));
    for sql in [
        format!(
            "{} INSERT INTO member_stay (workspace_id, member_id, joined_seq, left_seq) \
                 SELECT {workspace}, {member}, -2 * i, 1 - 2 * i FROM n",
            numbers(3_000)
        ),
        format!(
            "{} INSERT INTO channel_member (workspace_id, channel_id, member_id, joined_seq, left_seq) \
                 SELECT {workspace}, {channel}, {member}, -2 * i, 1 - 2 * i FROM n",
            numbers(3_000)
        ),
    ] {
        assert_eq!(rows::change(&database, &sql).await, 3_000);
    }
    let (_, often) = asked(&database, load).await;
    assert_eq!(often, once);
    server.stop().await;
}
