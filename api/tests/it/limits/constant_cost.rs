//! Constant costs: what the server reads does not grow with data that nobody uses. Counts rows, statements and commits,
//! never time.

use api::chat::reaction::add::AddReaction;
use api::chat::reaction::remove::RemoveReaction;
use api::ground::db::{Database, QueryCounts, Scope};
use api::ground::id::{MessageId, WorkspaceId};
use api::log::Command;
use api::log::facts::{Facts, ReadSet};
use serde_json::{Value, json};

use crate::support::{Member, Setup, Workspace, both, id_of, rows, text, uuid_of};

both! {
    adding_a_reaction_reads_no_other_reactions
    closed_invites_are_not_read
    stores_the_last_use_of_all_sessions_in_one_statement
    stores_the_use_of_an_expiring_session_immediately
    loading_a_workspace_reads_no_former_memberships
}

/// Runs `act` and returns its result and what it cost the database.
async fn measure<T>(database: &Database, act: impl AsyncFnOnce() -> T) -> (T, QueryCounts) {
    let before = database.query_counts();
    let done = act().await;
    (done, database.query_counts() - before)
}

/// An expression for another id in each row `i`.
fn id_of_row(database: &Database) -> &'static str {
    if database.is_sqlite() {
        "unhex(printf('%032x', i + 1000000))"
    } else {
        "lpad(to_hex(i + 1000000), 32, '0')::uuid"
    }
}

async fn adding_a_reaction_reads_no_other_reactions(Setup { store, workspace, .. }: &Setup) {
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let (message, _) = workspace.owner().send_message(&workspace.general, "Vote!").await;
    let react = async |user: &Member, mutation: &str, emoji: &str| {
        let input = json!({ "messageId": message, "emoji": emoji });
        user.try_mutate(mutation, &input, "seq").await
    };
    react(&ben, "addReaction", "👍").await.unwrap();
    let database = rows::open(store).await;
    let few = measure_facts(&database, workspace, &ben, &message).await;
    // Many reactions of others, with two emoji.
    let sql = format!(
        "{} INSERT INTO reaction (workspace_id, message_id, emoji, member_id, seq) SELECT {}, {}, \
         CASE WHEN i % 2 = 0 THEN '👍' ELSE '🎉' END, {}, 1000 + i FROM n",
        rows::numbers(5_000),
        rows::literal(&database, uuid_of(&workspace.id)),
        rows::literal(&database, uuid_of(&message)),
        id_of_row(&database)
    );
    assert_eq!(rows::execute(&database, &sql).await, 5_000);
    let sql = format!(
        "INSERT INTO reaction_total {COUNTED} \
         ON CONFLICT (workspace_id, message_id, emoji) DO UPDATE SET count = excluded.count"
    );
    assert_eq!(rows::execute(&database, &sql).await, 2);
    let many = measure_facts(&database, workspace, &ben, &message).await;
    assert_eq!((many.statements, many.rows), (few.statements, few.rows + 1), "one row for the additional emoji");
    // Decisions remain correct: the limit applies, and counts per member.
    let emoji: Vec<String> = (0..49_u32).map(|n| char::from_u32(0x1f400 + n).unwrap().to_string()).collect();
    for one in &emoji[..48] {
        react(workspace.owner(), "addReaction", one).await.unwrap();
    }
    assert_eq!(
        react(workspace.owner(), "addReaction", &emoji[48]).await,
        Err("CONFLICT".into()),
        "50 emoji are in use"
    );
    react(workspace.owner(), "addReaction", "👍").await.unwrap();
    react(&ben, "removeReaction", "👍").await.unwrap();
    assert_eq!(react(&ben, "addReaction", &emoji[48]).await, Err("CONFLICT".into()), "another member still uses it");
    react(workspace.owner(), "removeReaction", &emoji[0]).await.unwrap();
    react(&ben, "addReaction", &emoji[48]).await.unwrap();
    // Concurrently with others, and removing the last one, in one or several batches.
    for add in [true, false, true, false] {
        let mutation = if add { "addReaction" } else { "removeReaction" };
        let both = [workspace.owner(), &ben].map(|user| react(user, mutation, &emoji[1]));
        futures_util::future::join_all(both).await.into_iter().for_each(|done| drop(done.unwrap()));
        assert_eq!(wrong_totals(&database).await, 0);
    }
}

/// The totals recounted from the reactions.
const COUNTED: &str = "SELECT workspace_id, message_id, emoji, count(*), min(seq) FROM reaction \
                       GROUP BY workspace_id, message_id, emoji";

/// The number of stored totals that differ from a recount.
async fn wrong_totals(database: &Database) -> usize {
    let stored = "SELECT workspace_id, message_id, emoji, count, first_seq FROM reaction_total";
    let missing = format!("SELECT * FROM ({COUNTED} EXCEPT {stored}) AS missing");
    let extra = format!("SELECT * FROM ({stored} EXCEPT {COUNTED}) AS extra");
    let wrong = rows::query(database, format!("{missing} UNION ALL {extra}")).await;
    wrong.len()
}

/// The cost of the facts for adding one reaction and removing another.
async fn measure_facts(database: &Database, workspace: &Workspace, user: &Member, message: &str) -> QueryCounts {
    let response = user.execute("{ viewer { account { id } } }", Value::Null).await;
    let account_id = text(&response, "/data/viewer/account/id").parse().unwrap();
    let workspace_id: WorkspaceId = workspace.id.parse().unwrap();
    let message_id: MessageId = id_of(message);
    let mut reads = ReadSet::default();
    AddReaction::new(message_id, "🎉").unwrap().add_reads(account_id, &mut reads);
    RemoveReaction::new(message_id, "👍").unwrap().add_reads(account_id, &mut reads);
    let snapshot = database.snapshot(Scope::Workspace(workspace_id)).await.unwrap();
    let fetch = async || Facts::fetch(&snapshot, workspace_id, &reads, api::ground::clock::Timestamp(0)).await.unwrap();
    measure(database, fetch).await.1
}

async fn closed_invites_are_not_read(Setup { store, workspace, .. }: &Setup) {
    let database = rows::open(store).await;
    // Revoked, exhausted and expired invites.
    let sql = format!(
        "{} INSERT INTO invite (workspace_id, id, created_by, created_at, expires_at, max_uses, uses, revoked) \
         SELECT {}, {}, {}, 0, CASE WHEN i % 3 = 0 THEN 1 ELSE 9000000000000 END, 1, \
         CASE WHEN i % 3 = 1 THEN 1 ELSE 0 END, i % 3 = 2 FROM n",
        rows::numbers(6_000),
        rows::literal(&database, uuid_of(&workspace.id)),
        id_of_row(&database),
        rows::literal(&database, uuid_of(&workspace.owner().id))
    );
    assert_eq!(rows::execute(&database, &sql).await, 6_000);
    if !database.is_sqlite() {
        rows::execute(&database, "ANALYZE invite").await;
    }
    let workspace_id = workspace.id.parse().unwrap();
    let how = rows::explain(&database);
    let plan = api::model::invite::entity::open::explain(&database, how, workspace_id).await.unwrap();
    let plan = rows::plan_lines(&database, &plan);
    let searches = plan.iter().filter(|line| line.contains("invite_open")).count();
    assert_eq!(searches, 2, "{plan:#?}");
    assert!(!plan.iter().any(|line| line.contains("Rows Removed by Filter")), "{plan:#?}");
    // Only open invites are listed and counted.
    let reads = ReadSet { open_invites: true, ..ReadSet::default() };
    let snapshot = database.snapshot(Scope::Workspace(workspace_id)).await.unwrap();
    let now = api::ground::db::now(&snapshot).await.unwrap();
    let fetch = async || Facts::fetch(&snapshot, workspace_id, &reads, now).await.unwrap();
    let (facts, counted) = measure(&database, fetch).await;
    assert_eq!((counted.statements, counted.rows), (1, 1));
    assert_eq!(facts.open_invites.into_values().collect::<Vec<_>>(), [1]);
    drop(snapshot);
    workspace.owner().create_invite(&workspace.id).await;
    let query = "query($w: ID!) { workspace(id: $w) { invites { id } } }";
    let listed = workspace.owner().execute(query, json!({ "w": workspace.id })).await;
    let ids: Vec<&str> = listed["data"]["workspace"]["invites"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.is_sorted_by(|newer, older| newer > older), "newest first: {ids:?}");
}

/// Backdates the last use of all sessions.
async fn age(database: &Database, days: i64) {
    let by = days * 86_400_000 - 60_000;
    let sql = format!("UPDATE session_token SET last_seen_at = last_seen_at - {by}");
    assert!(rows::execute(database, &sql).await > 0);
}

/// The last use of each session, in days before now.
async fn last_used(database: &Database) -> Vec<i64> {
    let now = api::ground::db::now(&database.snapshot(Scope::Server).await.unwrap()).await.unwrap();
    let rows = rows::query(database, "SELECT last_seen_at FROM session_token").await;
    rows.iter().map(|row| (now.0 - row.try_get::<i64>("", "last_seen_at").unwrap()) / 86_400_000).collect()
}

async fn stores_the_last_use_of_all_sessions_in_one_statement(Setup { store, server, workspace }: &Setup) {
    let database = rows::open(store).await;
    for sessions in [5, 25] {
        let mut users = Vec::new();
        for _ in 0..sessions {
            users.push(workspace.owner().sign_in().await);
        }
        server.app.seen.store(&database).await.unwrap();
        age(&database, 3).await;
        let before = last_used(&database).await;
        for user in &users {
            let seen = user.execute("{ viewer { account { id } } }", Value::Null).await;
            text(&seen, "/data/viewer/account/id");
        }
        assert_eq!(last_used(&database).await, before, "a request writes nothing");
        let store = async || server.app.seen.store(&database).await.unwrap();
        let ((), stored) = measure(&database, store).await;
        assert_eq!((stored.statements, stored.commits), (1, 1), "{sessions}");
        let used = last_used(&database).await.iter().filter(|days| **days == 0).count();
        assert_eq!(used, sessions);
        let ((), again) = measure(&database, store).await;
        assert_eq!(again, QueryCounts::default(), "everything is stored");
    }
}

async fn stores_the_use_of_an_expiring_session_immediately(Setup { store, workspace, .. }: &Setup) {
    let database = rows::open(store).await;
    let again = workspace.owner().sign_in().await;
    age(&database, 30).await;
    text(&again.execute("{ viewer { account { id } } }", Value::Null).await, "/data/viewer/account/id");
    let mut used = last_used(&database).await;
    used.sort_unstable();
    assert_eq!(used, [0, 29]);
}

/// Former memberships in the workspace and its channels add no cost.
async fn loading_a_workspace_reads_no_former_memberships(Setup { store, workspace, .. }: &Setup) {
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let (database, id) = (rows::open(store).await, workspace.id.parse().unwrap());
    let load = async || api::log::load::load(&database, id).await.unwrap();
    let (_, once) = measure(&database, load).await;
    let [workspace_id, channel_id, member_id] =
        [&workspace.id, &workspace.general, &ben.id].map(|id| rows::literal(&database, uuid_of(id)));
    for sql in [
        format!(
            "{} INSERT INTO member_stay (workspace_id, member_id, joined_seq, left_seq) \
                 SELECT {workspace_id}, {member_id}, -2 * i, 1 - 2 * i FROM n",
            rows::numbers(3_000)
        ),
        format!(
            "{} INSERT INTO channel_member (workspace_id, channel_id, member_id, joined_seq, left_seq) \
                 SELECT {workspace_id}, {channel_id}, {member_id}, -2 * i, 1 - 2 * i FROM n",
            rows::numbers(3_000)
        ),
    ] {
        assert_eq!(rows::execute(&database, &sql).await, 3_000);
    }
    let (_, often) = measure(&database, load).await;
    assert_eq!(often, once);
}
