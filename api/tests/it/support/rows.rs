//! Direct access to the rows of a store, past the server.

use api::ground::db::{Database, Scope, statement, store};
use api::ground::id::WorkspaceId;
use api::log::read;
use api::model::event::SharedEvent;
use sea_orm::{ConnectionTrait, QueryResult};
use uuid::Uuid;

use crate::support::Store;

/// Opens the database, which may be empty.
pub async fn open(store: &Store) -> Database {
    store::open(&store.config().store).await.unwrap()
}

/// Executes a statement in the server scope. Returns the number of affected rows.
pub async fn execute(database: &Database, sql: &str) -> u64 {
    let transaction = database.write(Scope::Server).await.unwrap();
    let changed = transaction.execute_unprepared(sql).await.unwrap().rows_affected();
    transaction.commit().await.unwrap();
    changed
}

/// Returns the rows of a query.
pub async fn query(database: &Database, sql: impl Into<String>) -> Vec<QueryResult> {
    let snapshot = database.snapshot(Scope::Server).await.unwrap();
    snapshot.query_all_raw(statement(&snapshot, sql, [])).await.unwrap()
}

/// An id as a SQL literal.
pub fn literal(database: &Database, id: Uuid) -> String {
    let hex = id.simple();
    if database.is_sqlite() { format!("x'{hex}'") } else { format!("'{hex}'::uuid") }
}

/// A table `n` of the numbers from 1 to `many`.
pub fn numbers(many: i64) -> String {
    format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})")
}

/// The statement that explains another.
pub fn explain(database: &Database) -> &'static str {
    if database.is_sqlite() { "EXPLAIN QUERY PLAN" } else { "EXPLAIN (ANALYZE, COSTS OFF)" }
}

/// The lines of a query plan.
pub fn plan_lines(database: &Database, plan: &[QueryResult]) -> Vec<String> {
    let column = if database.is_sqlite() { "detail" } else { "QUERY PLAN" };
    plan.iter().map(|row| row.try_get("", column).unwrap()).collect()
}

/// All events of a log, in order.
pub async fn events(store: &Store, log: WorkspaceId) -> Vec<SharedEvent> {
    let database = open(store).await;
    let snapshot = database.snapshot(Scope::Workspace(log)).await.unwrap();
    let last = read::last_seq(&snapshot, log).await.unwrap().unwrap();
    read::range(&snapshot, log, 0, last).await.unwrap()
}

/// Asserts that every log is 1, 2, 3 … up to its head.
pub async fn assert_gapless(store: &Store) {
    let database = open(store).await;
    let sql = "SELECT l.last_seq AS last_seq, count(e.seq) AS n, COALESCE(min(e.seq), 1) AS low, \
               COALESCE(max(e.seq), 0) AS high FROM log l LEFT JOIN event e ON e.workspace_id = l.workspace_id \
               GROUP BY l.workspace_id, l.last_seq";
    let logs = query(&database, sql).await;
    assert!(!logs.is_empty());
    for log in logs {
        let [last, count, low, high]: [i64; 4] =
            ["last_seq", "n", "low", "high"].map(|column| log.try_get("", column).unwrap());
        assert_eq!((count, low, high), (last, 1, last));
    }
}

/// The names of all tables.
pub async fn tables(database: &Database) -> Vec<String> {
    let sql = if database.is_sqlite() {
        "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    } else {
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
    };
    query(database, sql).await.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}

/// Every row of a table as text, with all columns, sorted.
pub async fn dump(database: &Database, table: &str) -> Vec<String> {
    let sql = if database.is_sqlite() {
        let columns = query(database, format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid")).await;
        let quoted = columns.iter().map(|row| format!("quote(\"{}\")", row.try_get::<String>("", "name").unwrap()));
        format!("SELECT {} AS line FROM {table}", quoted.collect::<Vec<_>>().join(" || '|' || "))
    } else {
        format!("SELECT t::text AS line FROM {table} t")
    };
    let mut lines: Vec<String> =
        query(database, sql).await.iter().map(|row| row.try_get("", "line").unwrap()).collect();
    lines.sort_unstable();
    lines
}

/// Whether any column of any row contains a text.
pub async fn contain_text(database: &Database, text: &str) -> bool {
    for table in tables(database).await {
        if dump(database, &table).await.iter().any(|line| line.contains(text)) {
            return true;
        }
    }
    false
}
