//! The second wall between workspaces, without the first: statements that name no workspace, or another one,
//! under the scope of a workspace, on every table that has rows of workspaces. Only on Postgres is there one.

use std::collections::{BTreeMap, BTreeSet};

use api::db::{Database, Scope, statement};
use api::id::{AccountId, WorkspaceId};
use sea_orm::{ConnectOptions, ConnectionTrait, Database as Connector, QueryResult, TransactionTrait};
use uuid::Uuid;

use crate::law_9_ground::House;
use crate::people::server_on;
use crate::rows;
use crate::store::Store;

/// The tables with rows of workspaces that have no wall.
const WITHOUT: [&str; 1] = ["log"];

/// The tables with rows of workspaces.
const OF_WORKSPACES: &str = "SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'workspace_id' \
    ORDER BY 1";

/// Those of them that have a wall, by which their owner is bound as well.
const WALLED: &str = "SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace \
    AND c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid \
      AND p.polname = 'wall' AND pg_get_expr(p.polqual, p.polrelid) LIKE '%(workspace_id = %confab.workspace%') \
    ORDER BY 1";

async fn names(database: &Database, sql: &str) -> Vec<String> {
    rows::query(database, sql).await.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}

/// The tables that should have a wall and have none.
async fn open_ones(database: &Database) -> Vec<String> {
    let walled = names(database, WALLED).await;
    let all = names(database, OF_WORKSPACES).await;
    all.into_iter().filter(|table| !walled.contains(table) && !WITHOUT.contains(&table.as_str())).collect()
}

#[tokio::test]
async fn every_table_of_workspaces_has_a_wall() {
    let Some(store) = Store::postgres("walls::every_table_of_workspaces_has_a_wall").await else { return };
    let database = rows::open(&store).await.migrate().await.unwrap();
    assert!(names(&database, OF_WORKSPACES).await.len() > 15);
    assert_eq!(open_ones(&database).await, Vec::<String>::new());
    rows::change(&database, "CREATE TABLE planted (workspace_id uuid PRIMARY KEY)").await;
    rows::change(&database, "ALTER TABLE event NO FORCE ROW LEVEL SECURITY").await;
    rows::change(&database, "DROP POLICY wall ON message").await;
    assert_eq!(open_ones(&database).await, ["event", "message", "planted"]);
    store.remove().await;
}

/// How many rows a question answers in a scope.
async fn count(database: &Database, scope: Scope, sql: &str) -> i64 {
    let snapshot = database.snapshot(scope).await.unwrap();
    let row = snapshot.query_one_raw(statement(&snapshot, sql, [])).await.unwrap().unwrap();
    row.try_get("", "n").unwrap()
}

/// Rows of the tables that the house leaves empty.
const FURNISHED: [&str; 9] = [
    "INSERT INTO reaction SELECT workspace_id, id, '👍', author_id, seq FROM message",
    "INSERT INTO reaction_total SELECT workspace_id, id, '👍', 1, seq FROM message",
    "INSERT INTO reading SELECT workspace_id, member_id, channel_id, joined_seq, 0, joined_seq FROM channel_member \
     ON CONFLICT DO NOTHING",
    "INSERT INTO private SELECT workspace_id, id, 1, 0 FROM member ON CONFLICT DO NOTHING",
    "INSERT INTO saved_search SELECT workspace_id, id, id, 'mine', 'words', 0 FROM member",
    "INSERT INTO emoji SELECT workspace_id, id, 'planted', id, id FROM member",
    "INSERT INTO file_text SELECT workspace_id, id, 'planted' FROM member",
    "INSERT INTO preview_task SELECT workspace_id, id, account_id, 0, 0, NULL, 9999999999999 FROM member",
    "INSERT INTO reader_failure SELECT workspace_id, 'planted', seq, 1, 'planted', 0 FROM event",
];

/// Furnished workspaces, every table of which has rows of more than one.
async fn house(store: &Store) -> (Database, Vec<WorkspaceId>) {
    let server = server_on(store).await;
    House::build(&server).await;
    let database = rows::open(store).await;
    for sql in FURNISHED {
        assert!(rows::change(&database, sql).await > 1, "{sql}");
    }
    let heads = rows::query(&database, "SELECT workspace_id FROM log ORDER BY last_seq DESC").await;
    let ids: Vec<Uuid> = heads.iter().map(|row| row.try_get("", "workspace_id").unwrap()).collect();
    (database, ids.into_iter().map(WorkspaceId).filter(|id| *id != WorkspaceId::SERVER).collect())
}

/// No row of another workspace is seen, changed, removed or put there, whatever is asked.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_passes_the_wall() {
    let Some(store) = Store::postgres("walls::nothing_passes_the_wall").await else { return };
    let (database, workspaces) = house(&store).await;
    assert!(workspaces.len() > 2);
    let mut seen = BTreeSet::new();
    for table in names(&database, OF_WORKSPACES).await.iter().filter(|table| !WITHOUT.contains(&table.as_str())) {
        let all = count(&database, Scope::Server, &format!("SELECT count(*) AS n FROM {table}")).await;
        let mut parts = 0;
        for own in workspaces.iter().copied().chain([WorkspaceId::SERVER]) {
            let scope = Scope::Workspace(own);
            let mine = format!("SELECT count(*) AS n FROM {table} WHERE workspace_id = '{}'", own.0);
            let others = format!("SELECT count(*) AS n FROM {table} WHERE workspace_id <> '{}'", own.0);
            let (own_rows, of_others) =
                (count(&database, Scope::Server, &mine).await, count(&database, Scope::Server, &others).await);
            assert_eq!(count(&database, scope, &format!("SELECT count(*) AS n FROM {table}")).await, own_rows);
            assert_eq!(count(&database, scope, &others).await, 0, "{table}");
            parts += own_rows;
            if of_others > 0 {
                seen.insert(table.clone());
            }
            cannot_be_written(&database, scope, table, own).await;
        }
        assert_eq!(parts, all, "{table}");
    }
    assert_eq!(seen.len() + WITHOUT.len(), names(&database, OF_WORKSPACES).await.len(), "some are empty: {seen:?}");
    store.remove().await;
}

async fn cannot_be_written(database: &Database, scope: Scope, table: &str, own: WorkspaceId) {
    let other = format!("workspace_id <> '{}'", own.0);
    for sql in [
        format!("UPDATE {table} SET workspace_id = workspace_id WHERE {other}"),
        format!("DELETE FROM {table} WHERE {other}"),
    ] {
        let transaction = database.write(scope).await.unwrap();
        assert_eq!(transaction.execute_unprepared(&sql).await.unwrap().rows_affected(), 0, "{sql}");
        transaction.rollback().await.unwrap();
    }
    let elsewhere = Uuid::new_v4();
    let rows = count(database, scope, &format!("SELECT count(*) AS n FROM {table}")).await;
    let moved = format!("UPDATE {table} SET workspace_id = '{elsewhere}'");
    // `json_populate_record` takes a row as it is, and another workspace's id for its own.
    let put = format!(
        "INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object('workspace_id', '{elsewhere}'))).* \
         FROM {table} t LIMIT 1"
    );
    for sql in [moved, put] {
        let transaction = database.write(scope).await.unwrap();
        let done = transaction.execute_unprepared(&sql).await;
        let refused = done.as_ref().is_err_and(|error| error.to_string().contains("row-level security"));
        assert!(if rows > 0 { refused } else { done.is_ok_and(|done| done.rows_affected() == 0) }, "{sql}");
    }
    let transaction = database.write(scope).await.unwrap();
    assert!(transaction.execute_unprepared(&format!("TRUNCATE {table}")).await.is_err());
}

/// As the server's role without a setting, and with an empty one, nothing is there.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_setting_nothing_is_seen() {
    let Some(store) = Store::postgres("walls::without_a_setting_nothing_is_seen").await else { return };
    let (database, workspaces) = house(&store).await;
    let mut options = ConnectOptions::new(store.database_url().unwrap());
    options.max_connections(1).map_sqlx_postgres_opts(|postgres| postgres.options([("role", migrations::ROLE)]));
    let bare = Connector::connect(options).await.unwrap();
    // What a transaction has set is gone with it, and leaves an empty text.
    for left in ["", "BEGIN; SET LOCAL confab.workspace = '{}'; COMMIT", "SET confab.scope = 'server'"] {
        bare.execute_unprepared(&left.replace("{}", &workspaces[0].0.to_string())).await.unwrap();
        for table in names(&database, OF_WORKSPACES).await.iter().filter(|table| !WITHOUT.contains(&table.as_str())) {
            let found = bare.execute_unprepared(&format!("SELECT 1 FROM {table}")).await.unwrap().rows_affected();
            assert_eq!(found, 0, "{table} after {left:?}");
        }
    }
    let transaction = bare.begin().await.unwrap();
    assert!(transaction.execute_unprepared("DELETE FROM seaql_migrations").await.is_err());
    store.remove().await;
}

/// The scope of an account shows a member what the workspace has, and a stranger, or somebody removed, nothing
/// of any table: the database looks itself who is a member.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_no_member_sees_nothing() {
    let Some(store) = Store::postgres("walls::who_is_no_member_sees_nothing").await else { return };
    let (database, workspaces) = house(&store).await;
    let rows = rows::query(&database, "SELECT workspace_id, account_id, active FROM member").await;
    let id = |row: &QueryResult, name: &str| row.try_get::<Uuid>("", name).unwrap();
    let members: BTreeMap<(Uuid, Uuid), bool> = rows
        .iter()
        .map(|row| ((id(row, "workspace_id"), id(row, "account_id")), row.try_get("", "active").unwrap()))
        .collect();
    let accounts: BTreeSet<Uuid> = members.keys().map(|(_, account)| *account).collect();
    let tables = names(&database, OF_WORKSPACES).await;
    let mut seen_as = BTreeMap::new();
    for (own, account) in workspaces.iter().flat_map(|own| accounts.iter().map(move |account| (*own, *account))) {
        let standing = members.get(&(own.0, account)).copied();
        let scope = Scope::Member(own, AccountId(account));
        for table in tables.iter().filter(|table| !WITHOUT.contains(&table.as_str())) {
            let sql = format!("SELECT count(*) AS n FROM {table}");
            let seen = count(&database, scope, &sql).await;
            let there = if standing == Some(true) { count(&database, Scope::Workspace(own), &sql).await } else { 0 };
            assert_eq!(seen, there, "{table} as {scope:?}");
        }
        *seen_as.entry(standing).or_insert(0) += 1;
    }
    // Members, strangers and the removed have all looked.
    assert_eq!(seen_as.len(), 3, "{seen_as:?}");
    store.remove().await;
}

/// Where the server works as the owner of the tables, who is no superuser, the walls bind the owner as well.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_owner_of_the_tables_does_not_see_across() {
    let Some(store) = Store::postgres("walls::the_owner_of_the_tables_does_not_see_across").await else { return };
    let (database, workspaces) = house(&store).await;
    let tables = names(&database, OF_WORKSPACES).await;
    let tables: Vec<&String> = tables.iter().filter(|table| !WITHOUT.contains(&table.as_str())).collect();
    let owner = format!("owner_{}", Uuid::new_v4().simple());
    let mut sql =
        format!("CREATE ROLE {owner} NOLOGIN NOSUPERUSER NOBYPASSRLS; GRANT USAGE ON SCHEMA public TO {owner}");
    for table in &tables {
        sql += &format!("; ALTER TABLE {table} OWNER TO {owner}");
    }
    // All of it in one transaction that is never committed: roles belong to the whole server.
    let transaction = database.write(Scope::Server).await.unwrap();
    let own = workspaces[0].0;
    sql += &format!("; SET LOCAL ROLE {owner}; SET LOCAL confab.scope = ''; SET LOCAL confab.workspace = '{own}'");
    transaction.execute_unprepared(&sql).await.unwrap();
    let ask = async |sql: String| -> i64 {
        let row = transaction.query_one_raw(statement(&transaction, sql, [])).await.unwrap().unwrap();
        row.try_get("", "n").unwrap()
    };
    let owned = "SELECT count(*) AS n FROM pg_tables WHERE tableowner = current_user AND schemaname = 'public'";
    assert_eq!(usize::try_from(ask(owned.to_owned()).await).unwrap(), tables.len());
    assert!(ask("SELECT count(*) AS n FROM message".to_owned()).await > 0);
    for table in tables {
        let others = ask(format!("SELECT count(*) AS n FROM {table} WHERE workspace_id <> '{own}'")).await;
        assert_eq!(others, 0, "{table}");
    }
    transaction.rollback().await.unwrap();
    store.remove().await;
}
