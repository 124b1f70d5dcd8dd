//! Keys of all tables, as Postgres reports them: primary, unique and foreign keys begin with `workspace_id`, so that
//! the rows of a workspace can be stored together.

use api::ground::db::Database;
use api::log::replay::DERIVED;

use crate::support::{Store, postgres, rows};

postgres! {
    every_key_begins_with_the_workspace_id
    the_scaling_guide_names_every_table
}

/// The tables that belong to no workspace, and why.
const SERVER_TABLES: [(&str, &str); 10] = [
    ("account_use", "storage used by an account in all of its workspaces"),
    ("account", "a user, who may join many workspaces; the email is unique on the server"),
    ("credential", "the password of an account"),
    ("session", "a session of an account, for all of its workspaces"),
    ("session_token", "looked up by the token alone"),
    ("known_device", "looked up by its cookie and account"),
    ("sign_in_exemption", "an operator's allowance for an account, before signing in"),
    ("log_stream", "the stream on the bus with a copy of all logs"),
    ("search_index", "the active search index of all workspaces"),
    ("seaql_migrations", "applied migrations"),
];

/// Every key of the schema: table, kind, name, first column, and for foreign keys the first referenced column. Tables
/// without a primary key get a row of their own.
const KEYS: &str = "\
    SELECT t.relname AS table_name, CASE WHEN i.indisprimary THEN 'primary' ELSE 'unique' END AS kind, \
      x.relname AS name, a.attname AS first, NULL AS target \
    FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_class x ON x.oid = i.indexrelid \
    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[0] \
    WHERE t.relnamespace = 'public'::regnamespace AND i.indisunique \
    UNION ALL \
    SELECT t.relname, 'foreign', c.conname, a.attname, b.attname \
    FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid \
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] \
    JOIN pg_attribute b ON b.attrelid = c.confrelid AND b.attnum = c.confkey[1] \
    WHERE t.relnamespace = 'public'::regnamespace AND c.contype = 'f' \
    UNION ALL \
    SELECT t.relname, 'no primary', '', NULL, NULL FROM pg_class t \
    WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') \
      AND NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = t.oid AND i.indisprimary) \
    ORDER BY 1, 2, 3";

/// Keys that break the rule, as `table: kind key`.
async fn violations(database: &Database) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in rows::query(database, KEYS).await {
        let [table, kind, name]: [String; 3] =
            ["table_name", "kind", "name"].map(|column| row.try_get("", column).unwrap());
        let [first, target]: [Option<String>; 2] = ["first", "target"].map(|column| row.try_get("", column).unwrap());
        let begins = |column: &Option<String>| column.as_deref() == Some("workspace_id");
        let right = begins(&first) && (kind != "foreign" || begins(&target));
        if !right && !SERVER_TABLES.iter().any(|(outside, _)| *outside == table) {
            wrong.push(format!("{table}: {kind} {name}").trim_end().to_owned());
        }
    }
    wrong
}

async fn every_key_begins_with_the_workspace_id(store: &Store) {
    let database = rows::open(store).await.migrate().await.unwrap();
    assert_eq!(violations(&database).await, Vec::<String>::new());
    let tables = rows::tables(&database).await;
    for (table, reason) in SERVER_TABLES {
        assert!(tables.iter().any(|known| known == table), "{table} does not exist: {reason}");
    }
    for planted in [
        "CREATE TABLE planted_right (workspace_id uuid, id uuid, PRIMARY KEY (workspace_id, id))",
        "CREATE TABLE planted_primary (id uuid PRIMARY KEY, workspace_id uuid)",
        "CREATE TABLE planted_without (workspace_id uuid)",
        "CREATE TABLE planted_unique (workspace_id uuid PRIMARY KEY, id uuid)",
        "CREATE UNIQUE INDEX planted_by_id ON planted_unique (id, workspace_id)",
        "CREATE UNIQUE INDEX planted_by_text ON planted_unique ((id::text), workspace_id)",
        "CREATE TABLE planted_foreign (workspace_id uuid PRIMARY KEY, of uuid \
         CONSTRAINT planted_of REFERENCES planted_primary)",
    ] {
        rows::execute(&database, planted).await;
    }
    let planted = [
        "planted_foreign: foreign planted_of",
        "planted_primary: primary planted_primary_pkey",
        "planted_unique: unique planted_by_id",
        "planted_unique: unique planted_by_text",
        "planted_without: no primary",
    ];
    assert_eq!(violations(&database).await, planted);
}

/// The tables that a list in docs/scale.md names: the quoted words after `marker`.
fn named<'a>(page: &'a str, marker: &str, quote: char) -> Vec<&'a str> {
    let after = page.split(marker).skip(1);
    let mut names: Vec<&str> = after.filter_map(|rest| rest.split(quote).next()).collect();
    names.sort_unstable();
    names
}

async fn the_scaling_guide_names_every_table(store: &Store) {
    let database = rows::open(store).await.migrate().await.unwrap();
    let page = include_str!("../../../../docs/scale.md");
    let mut outside: Vec<&str> = SERVER_TABLES.iter().map(|(table, _)| *table).collect();
    outside.sort_unstable();
    let tables = rows::tables(&database).await;
    let of_workspaces: Vec<&str> = tables.iter().map(String::as_str).filter(|table| !outside.contains(table)).collect();
    assert_eq!(named(page, "create_distributed_table('", '\''), of_workspaces, "the tables to distribute");
    let (stay, _) = page.split_once("stay where they are").unwrap();
    let (_, stay) = stay.rsplit_once("```").unwrap();
    let mut stay: Vec<&str> = stay.split('`').skip(1).step_by(2).collect();
    stay.sort_unstable();
    assert_eq!(stay, outside, "the tables that stay");
    // What replay does not rebuild must be copied when a workspace moves.
    let (_, copied) = page.split_once("rebuilds all but").unwrap();
    let (copied, _) = copied.split_once("so these must be copied").unwrap();
    let mut copied: Vec<&str> = copied.split('`').skip(1).step_by(2).collect();
    copied.sort_unstable();
    let kept: Vec<&str> = of_workspaces.into_iter().filter(|table| !DERIVED.contains(table)).collect();
    assert_eq!(copied, kept, "the tables to copy");
}
