//! Costs that do not grow: what a server asks of its database does not depend on what nobody uses. Rows, statements and
//! commits are counted, never times.

use api::db::{Asked, Database, Scope};
use api::id::{MessageId, WorkspaceId};
use api::log::facts::{Facts, Wants};
use api::log::{Command, Submission};
use sea_orm::QueryResult;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::people::{Company, Person, server_on, text};
use crate::rows;
use crate::server::Server;
use crate::store::{Store, both};

both! {
    a_reaction_reads_no_reactions_of_others
    invites_that_ended_are_not_read
    the_use_of_all_sessions_is_stored_at_once
    a_session_about_to_expire_is_stored_when_it_is_used
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

/// Another id for each row `i` of a statement.
fn id_of_row(database: &Database) -> &'static str {
    if database.is_sqlite() {
        "unhex(printf('%032x', i + 1000000))"
    } else {
        "lpad(to_hex(i + 1000000), 32, '0')::uuid"
    }
}

/// The numbers from 1 to `many` as a table `n`.
fn numbers(many: i64) -> String {
    format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {many})")
}

/// The lines of a plan.
fn lines(database: &Database, plan: &[QueryResult]) -> Vec<String> {
    let column = if database.is_sqlite() { "detail" } else { "QUERY PLAN" };
    plan.iter().map(|row| row.try_get("", column).unwrap()).collect()
}

async fn a_reaction_reads_no_reactions_of_others(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let (message, _) = company.owner.sends(&server, &company, &company.general, "Vote!").await;
    let react = async |person: &Person, mutation: &str, emoji: &str| {
        let input = json!({ "workspaceId": company.workspace, "messageId": message, "emoji": emoji });
        person.tries(&server, mutation, "{ seq }", input).await
    };
    react(&ben, "addReaction", "👍").await.unwrap();
    let database = rows::open(store).await;
    let few = facts_read(&server, &database, &company, &ben, &message).await;
    // Many others, with two emoji.
    let sql = format!(
        "{} INSERT INTO reaction (workspace_id, message_id, emoji, member_id, seq) SELECT {}, {}, \
         CASE WHEN i % 2 = 0 THEN '👍' ELSE '🎉' END, {}, 1000 + i FROM n",
        numbers(5_000),
        literal(&database, &company.workspace),
        literal(&database, &message),
        id_of_row(&database)
    );
    assert_eq!(rows::change(&database, &sql).await, 5_000);
    let sql = format!(
        "INSERT INTO reaction_total {COUNTED} \
         ON CONFLICT (workspace_id, message_id, emoji) DO UPDATE SET count = excluded.count"
    );
    assert_eq!(rows::change(&database, &sql).await, 2);
    let many = facts_read(&server, &database, &company, &ben, &message).await;
    assert_eq!((many.statements, many.rows), (few.statements, few.rows + 1), "one row for the one more emoji");
    // And what is decided of it is right: up to the limit, and for each member.
    let emoji: Vec<String> = (0..49_u32).map(|n| char::from_u32(0x1f400 + n).unwrap().to_string()).collect();
    for one in &emoji[..48] {
        react(&company.owner, "addReaction", one).await.unwrap();
    }
    assert_eq!(react(&company.owner, "addReaction", &emoji[48]).await, Err("CONFLICT".into()), "50 are there");
    react(&company.owner, "addReaction", "👍").await.unwrap();
    react(&ben, "removeReaction", "👍").await.unwrap();
    assert_eq!(react(&ben, "addReaction", &emoji[48]).await, Err("CONFLICT".into()), "others have it still");
    react(&company.owner, "removeReaction", &emoji[0]).await.unwrap();
    react(&ben, "addReaction", &emoji[48]).await.unwrap();
    // Together with others, and the last one away, in one batch or several.
    for add in [true, false, true, false] {
        let mutation = if add { "addReaction" } else { "removeReaction" };
        let both = [&company.owner, &ben].map(|person| react(person, mutation, &emoji[1]));
        futures_util::future::join_all(both).await.into_iter().for_each(|done| drop(done.unwrap()));
        assert_eq!(wrong_totals(&database).await, 0);
    }
    server.stop().await;
}

/// The totals that the reactions have.
const COUNTED: &str = "SELECT workspace_id, message_id, emoji, count(*), min(seq) FROM reaction \
                       GROUP BY workspace_id, message_id, emoji";

/// How many totals are not what a recount gives.
async fn wrong_totals(database: &Database) -> usize {
    let stored = "SELECT workspace_id, message_id, emoji, count, first_seq FROM reaction_total";
    let missing = format!("SELECT * FROM ({COUNTED} EXCEPT {stored}) AS missing");
    let extra = format!("SELECT * FROM ({stored} EXCEPT {COUNTED}) AS extra");
    let wrong = rows::query(database, format!("{missing} UNION ALL {extra}")).await;
    wrong.len()
}

/// What deciding asks for when a member adds one reaction and takes back another.
async fn facts_read(server: &Server, database: &Database, company: &Company, person: &Person, message: &str) -> Asked {
    let answer = person.ask(server, "{ viewer { account { id } } }", Value::Null).await;
    let account_id = text(&answer, "/data/viewer/account/id").parse().unwrap();
    let workspace_id: WorkspaceId = company.workspace.parse().unwrap();
    let message_id: MessageId = message.parse().unwrap();
    let mut wants = Wants::default();
    let add = api::reaction::command::Command::Add { message_id, emoji: "🎉".into() };
    let remove = api::reaction::command::Command::Remove { message_id, emoji: "👍".into() };
    for command in [add, remove] {
        let submission =
            Submission { workspace_id, account_id, command_id: Uuid::new_v4(), command: Command::Reaction(command) };
        submission.want(&mut wants);
    }
    let snapshot = database.snapshot(Scope::Workspace(workspace_id)).await.unwrap();
    let fetch = async || Facts::fetch(&snapshot, workspace_id, &wants, api::clock::Moment(0)).await.unwrap();
    asked(database, fetch).await.1
}

async fn invites_that_ended_are_not_read(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let database = rows::open(store).await;
    // Revoked, used up and expired ones.
    let sql = format!(
        "{} INSERT INTO invite (workspace_id, id, created_by, created_at, expires_at, max_uses, uses, revoked) \
         SELECT {}, {}, {}, 0, CASE WHEN i % 3 = 0 THEN 1 ELSE 9000000000000 END, 1, \
         CASE WHEN i % 3 = 1 THEN 1 ELSE 0 END, i % 3 = 2 FROM n",
        numbers(6_000),
        literal(&database, &company.workspace),
        id_of_row(&database),
        literal(&database, &company.owner.member)
    );
    assert_eq!(rows::change(&database, &sql).await, 6_000);
    if !database.is_sqlite() {
        rows::change(&database, "ANALYZE invite").await;
    }
    let workspace_id = company.workspace.parse().unwrap();
    let how = if database.is_sqlite() { "EXPLAIN QUERY PLAN" } else { "EXPLAIN (ANALYZE, COSTS OFF)" };
    let plan = api::invite::entity::open::explain(&database, how, workspace_id).await.unwrap();
    let plan = lines(&database, &plan);
    let searches = plan.iter().filter(|line| line.contains("invite_open")).count();
    assert_eq!(searches, 2, "{plan:#?}");
    assert!(!plan.iter().any(|line| line.contains("Rows Removed by Filter")), "{plan:#?}");
    // What is listed and counted is what works.
    let wants = Wants { open_invites: true, ..Wants::default() };
    let snapshot = database.snapshot(Scope::Workspace(workspace_id)).await.unwrap();
    let now = api::db::now(&snapshot).await.unwrap();
    let fetch = async || Facts::fetch(&snapshot, workspace_id, &wants, now).await.unwrap();
    let (facts, counted) = asked(&database, fetch).await;
    assert_eq!((counted.statements, counted.rows), (1, 1));
    assert_eq!(facts.open_invites.into_values().collect::<Vec<_>>(), [1]);
    drop(snapshot);
    company.owner.invites(&server, &company.workspace).await;
    let query = "query($w: ID!) { workspace(id: $w) { invites { id } } }";
    let listed = company.owner.ask(&server, query, json!({ "w": company.workspace })).await;
    let ids: Vec<&str> = listed["data"]["workspace"]["invites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.is_sorted_by(|newer, older| newer > older), "newest first: {ids:?}");
    server.stop().await;
}

/// Moves into the past when all sessions were last used.
async fn age(database: &Database, days: i64) {
    let by = days * 86_400_000 - 60_000;
    let sql = format!("UPDATE sign_in_token SET last_seen_at = last_seen_at - {by}");
    assert!(rows::change(database, &sql).await > 0);
}

/// When each session was last used, in days before now.
async fn last_used(database: &Database) -> Vec<i64> {
    let now = api::db::now(&database.snapshot(Scope::Server).await.unwrap()).await.unwrap();
    let rows = rows::query(database, "SELECT last_seen_at FROM sign_in_token").await;
    rows.iter().map(|row| (now.0 - row.try_get::<i64>("", "last_seen_at").unwrap()) / 86_400_000).collect()
}

async fn the_use_of_all_sessions_is_stored_at_once(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let database = rows::open(store).await;
    for sessions in [5, 25] {
        let mut people = Vec::new();
        for _ in 0..sessions {
            people.push(company.owner.signs_in(&server).await);
        }
        server.app.seen.store(&database).await.unwrap();
        age(&database, 3).await;
        let before = last_used(&database).await;
        for person in &people {
            let seen = person.ask(&server, "{ viewer { account { id } } }", Value::Null).await;
            text(&seen, "/data/viewer/account/id");
        }
        assert_eq!(last_used(&database).await, before, "nothing is written by a request");
        let store = async || server.app.seen.store(&database).await.unwrap();
        let ((), stored) = asked(&database, store).await;
        assert_eq!((stored.statements, stored.commits), (1, 1), "{sessions}");
        let used = last_used(&database).await.iter().filter(|days| **days == 0).count();
        assert_eq!(used, sessions);
        let ((), again) = asked(&database, store).await;
        assert_eq!(again, Asked::default(), "nothing is left to store");
    }
    server.stop().await;
}

async fn a_session_about_to_expire_is_stored_when_it_is_used(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let database = rows::open(store).await;
    let again = company.owner.signs_in(&server).await;
    age(&database, 30).await;
    text(&again.ask(&server, "{ viewer { account { id } } }", Value::Null).await, "/data/viewer/account/id");
    let mut used = last_used(&database).await;
    used.sort_unstable();
    assert_eq!(used, [0, 29]);
    server.stop().await;
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
