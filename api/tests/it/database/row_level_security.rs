//! Row-level security on every table with workspace rows: statements without a workspace, or with another one, under
//! the scope of a workspace. Postgres only.

use std::collections::{BTreeMap, BTreeSet};

use api::ground::db::{Database, Scope, statement};
use api::ground::id::{AccountId, WorkspaceId};
use sea_orm::{ConnectOptions, ConnectionTrait, Database as Connector, QueryResult, TransactionTrait};
use uuid::Uuid;

use crate::invariants::permission_fixture::PermissionFixture;
use crate::support::{Server, Store, postgres, rows};

postgres! {
    every_workspace_table_has_a_policy
    rows_of_other_workspaces_are_inaccessible
    sees_no_rows_without_a_scope
    non_members_see_no_rows
    policies_bind_the_table_owner
}

/// Workspace tables without a policy.
const UNPROTECTED: [&str; 1] = ["log"];

const WORKSPACE_TABLES: &str = "SELECT c.relname AS name FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid \
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname = 'workspace_id' \
    ORDER BY 1";

/// Workspace tables with a policy that also binds the owner of the table.
const PROTECTED_TABLES: &str = "SELECT c.relname AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace \
    AND c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid \
      AND p.polname = 'workspace_isolation' AND pg_get_expr(p.polqual, p.polrelid) LIKE '%(workspace_id = %confab.workspace%') \
    ORDER BY 1";

async fn names(database: &Database, sql: &str) -> Vec<String> {
    rows::query(database, sql).await.iter().map(|row| row.try_get("", "name").unwrap()).collect()
}

/// Workspace tables that lack a policy.
async fn unprotected_tables(database: &Database) -> Vec<String> {
    let protected = names(database, PROTECTED_TABLES).await;
    let all = names(database, WORKSPACE_TABLES).await;
    all.into_iter().filter(|table| !protected.contains(table) && !UNPROTECTED.contains(&table.as_str())).collect()
}

async fn every_workspace_table_has_a_policy(store: &Store) {
    let database = rows::open(store).await.migrate().await.unwrap();
    assert!(names(&database, WORKSPACE_TABLES).await.len() > 15);
    assert_eq!(unprotected_tables(&database).await, Vec::<String>::new());
    rows::execute(&database, "CREATE TABLE planted (workspace_id uuid PRIMARY KEY)").await;
    rows::execute(&database, "ALTER TABLE event NO FORCE ROW LEVEL SECURITY").await;
    rows::execute(&database, "DROP POLICY workspace_isolation ON message").await;
    assert_eq!(unprotected_tables(&database).await, ["event", "message", "planted"]);
}

/// The count that a query returns in a scope.
async fn count(database: &Database, scope: Scope, sql: &str) -> i64 {
    let snapshot = database.snapshot(scope).await.unwrap();
    let row = snapshot.query_one_raw(statement(&snapshot, sql, [])).await.unwrap().unwrap();
    row.try_get("", "n").unwrap()
}

/// Rows for tables that the fixture leaves empty.
const EXTRA_ROWS: [&str; 9] = [
    "INSERT INTO reaction SELECT workspace_id, id, '👍', author_id, seq FROM message",
    "INSERT INTO reaction_total SELECT workspace_id, id, '👍', 1, seq FROM message",
    "INSERT INTO read_state SELECT workspace_id, member_id, channel_id, joined_seq, 0, joined_seq FROM channel_member \
     ON CONFLICT DO NOTHING",
    "INSERT INTO private SELECT workspace_id, id, 1, 0 FROM member ON CONFLICT DO NOTHING",
    "INSERT INTO saved_search SELECT workspace_id, id, id, 'mine', 'words', 0 FROM member",
    "INSERT INTO emoji SELECT workspace_id, id, 'planted', id, id FROM member",
    "INSERT INTO file_text SELECT workspace_id, id, 'planted' FROM member",
    "INSERT INTO preview_task SELECT workspace_id, id, account_id, 0, 0, NULL, 9999999999999 FROM member",
    "INSERT INTO reader_failure SELECT workspace_id, 'planted', seq, 1, 'planted', 0 FROM event",
];

/// Creates several workspaces, with rows of more than one in every table.
async fn populate(store: &Store) -> (Database, Vec<WorkspaceId>) {
    let server = Server::on(store).await;
    PermissionFixture::create(&server).await;
    let database = rows::open(store).await;
    for sql in EXTRA_ROWS {
        assert!(rows::execute(&database, sql).await > 1, "{sql}");
    }
    let heads = rows::query(&database, "SELECT workspace_id FROM log ORDER BY last_seq DESC").await;
    let ids: Vec<Uuid> = heads.iter().map(|row| row.try_get("", "workspace_id").unwrap()).collect();
    (database, ids.into_iter().map(WorkspaceId).filter(|id| *id != WorkspaceId::SERVER).collect())
}

/// Rows of other workspaces cannot be read, updated, deleted or inserted.
async fn rows_of_other_workspaces_are_inaccessible(store: &Store) {
    let (database, workspaces) = populate(store).await;
    assert!(workspaces.len() > 2);
    let mut seen = BTreeSet::new();
    for table in names(&database, WORKSPACE_TABLES).await.iter().filter(|table| !UNPROTECTED.contains(&table.as_str()))
    {
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
            assert_not_writable(&database, scope, table, own).await;
        }
        assert_eq!(parts, all, "{table}");
    }
    assert_eq!(
        seen.len() + UNPROTECTED.len(),
        names(&database, WORKSPACE_TABLES).await.len(),
        "some tables are empty: {seen:?}"
    );
}

async fn assert_not_writable(database: &Database, scope: Scope, table: &str, own: WorkspaceId) {
    let other = format!("workspace_id <> '{}'", own.0);
    for sql in [
        format!("UPDATE {table} SET workspace_id = workspace_id WHERE {other}"),
        format!("DELETE FROM {table} WHERE {other}"),
    ] {
        let transaction = database.write(scope).await.unwrap();
        assert_eq!(transaction.execute_unprepared(&sql).await.unwrap().rows_affected(), 0, "{sql}");
        transaction.rollback().await.unwrap();
    }
    let other_workspace = Uuid::new_v4();
    let rows = count(database, scope, &format!("SELECT count(*) AS n FROM {table}")).await;
    let moved = format!("UPDATE {table} SET workspace_id = '{other_workspace}'");
    // `jsonb_populate_record` copies a row under another workspace id.
    let put = format!(
        "INSERT INTO {table} SELECT (jsonb_populate_record(t, jsonb_build_object('workspace_id', '{other_workspace}'))).* \
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

/// The server's role sees no rows without a scope, or with an empty one.
async fn sees_no_rows_without_a_scope(store: &Store) {
    let (database, workspaces) = populate(store).await;
    let mut options = ConnectOptions::new(store.database_url().unwrap());
    options.max_connections(1).map_sqlx_postgres_opts(|postgres| postgres.options([("role", migrations::ROLE)]));
    let connection = Connector::connect(options).await.unwrap();
    // After a transaction its setting is an empty string.
    for left in ["", "BEGIN; SET LOCAL confab.workspace = '{}'; COMMIT", "SET confab.scope = 'server'"] {
        connection.execute_unprepared(&left.replace("{}", &workspaces[0].0.to_string())).await.unwrap();
        for table in
            names(&database, WORKSPACE_TABLES).await.iter().filter(|table| !UNPROTECTED.contains(&table.as_str()))
        {
            let found = connection.execute_unprepared(&format!("SELECT 1 FROM {table}")).await.unwrap().rows_affected();
            assert_eq!(found, 0, "{table} after {left:?}");
        }
    }
    let transaction = connection.begin().await.unwrap();
    assert!(transaction.execute_unprepared("DELETE FROM seaql_migrations").await.is_err());
}

/// In the scope of an account, members see all rows of the workspace, strangers and removed members none: the database
/// itself checks the membership.
async fn non_members_see_no_rows(store: &Store) {
    let (database, workspaces) = populate(store).await;
    let rows = rows::query(&database, "SELECT workspace_id, account_id, active FROM member").await;
    let id = |row: &QueryResult, name: &str| row.try_get::<Uuid>("", name).unwrap();
    let members: BTreeMap<(Uuid, Uuid), bool> = rows
        .iter()
        .map(|row| ((id(row, "workspace_id"), id(row, "account_id")), row.try_get("", "active").unwrap()))
        .collect();
    let accounts: BTreeSet<Uuid> = members.keys().map(|(_, account)| *account).collect();
    let tables = names(&database, WORKSPACE_TABLES).await;
    let mut checks_by_status = BTreeMap::new();
    for (own, account) in workspaces.iter().flat_map(|own| accounts.iter().map(move |account| (*own, *account))) {
        let is_active = members.get(&(own.0, account)).copied();
        let scope = Scope::Member(own, AccountId(account));
        for table in tables.iter().filter(|table| !UNPROTECTED.contains(&table.as_str())) {
            let sql = format!("SELECT count(*) AS n FROM {table}");
            let seen = count(&database, scope, &sql).await;
            let expected =
                if is_active == Some(true) { count(&database, Scope::Workspace(own), &sql).await } else { 0 };
            assert_eq!(seen, expected, "{table} as {scope:?}");
        }
        *checks_by_status.entry(is_active).or_insert(0) += 1;
    }
    // Members, strangers and removed members are all covered.
    assert_eq!(checks_by_status.len(), 3, "{checks_by_status:?}");
}

/// Where the server connects as the owner of the tables, without superuser rights, policies bind it as well.
async fn policies_bind_the_table_owner(store: &Store) {
    let (database, workspaces) = populate(store).await;
    let tables = names(&database, WORKSPACE_TABLES).await;
    let tables: Vec<&String> = tables.iter().filter(|table| !UNPROTECTED.contains(&table.as_str())).collect();
    let owner = format!("owner_{}", Uuid::new_v4().simple());
    let mut sql =
        format!("CREATE ROLE {owner} NOLOGIN NOSUPERUSER NOBYPASSRLS; GRANT USAGE ON SCHEMA public TO {owner}");
    for table in &tables {
        sql += &format!("; ALTER TABLE {table} OWNER TO {owner}");
    }
    // Roles are global to the Postgres server, so the transaction is never committed.
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
}
