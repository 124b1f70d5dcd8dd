//! The second wall over the wire: with the feature `without_checks` a view opens for everybody, as if for the
//! owner, and still no stored row of another workspace reaches a stranger. Only Postgres has this wall.
//!
//! Run with `cargo test -p api --features without_checks --test it -- second_wall`. What memory holds (names) is
//! behind the first wall alone and is not looked for here.

use serde_json::{Value, json};

use crate::law_9_ground::{Ground, House, Role};
use crate::law_9_table::{Row, inner, last, people, queries, talk};
use crate::people::{code, server_on};
use crate::store::Store;

/// What everybody in the house can ask or change is asked and changed by a stranger; nothing comes back that
/// is stored, and nothing in the house has changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_crosses_without_the_first_wall() {
    let Some(store) = Store::postgres("second_wall::no_row_crosses_without_the_first_wall").await else { return };
    let server = server_on(&store).await;
    let mut house = House::build(&server).await;
    server.indexed().await;
    let (owner, stranger) = (house.people[&Role::Owner].clone(), house.people[&Role::Stranger].clone());
    // The first wall is really away: memory answers.
    let name = "query($w: ID!) { workspace(id: $w) { name seq } }";
    let answer = stranger.ask(&server, name, json!({ "w": house.base.workspace })).await;
    assert!(answer["data"]["workspace"]["name"].is_string(), "{answer}");
    let (mut told, mut kept, mut changes) = (0, 0, 0);
    for row in [queries(), inner(), talk(), people(), last()].into_iter().flatten() {
        let ground = if row.is_mutation() { house.fresh(&server, row.field).await } else { house.base.clone() };
        let variables = row.variables_on(&ground);
        if is_open(&row, &ground, &variables) {
            continue;
        }
        let before = owner.ask(&server, name, json!({ "w": ground.workspace })).await;
        let seen = stranger.ask(&server, &row.document, variables.clone()).await;
        if row.is_mutation() {
            let after = owner.ask(&server, name, json!({ "w": ground.workspace })).await;
            assert_eq!(before, after, "{} ({}) by a stranger changed the house: {seen}", row.field, row.case);
            assert_ne!(
                code(&seen).as_deref(),
                Some("BAD_USER_INPUT"),
                "{} ({}) asks nothing: {seen}",
                row.field,
                row.case
            );
            changes += 1;
        }
        let shown = match row.is_mutation() {
            true => String::new(),
            false => owner.ask(&server, &row.document, variables).await.to_string(),
        };
        let seen = seen.to_string();
        for stored in STORED {
            told += usize::from(shown.contains(stored));
            kept += 1;
            assert!(!seen.contains(stored), "{} ({}) tells a stranger {stored}: {seen}", row.field, row.case);
        }
    }
    assert!(told > 10 && kept > told, "the owner was told only {told} times");
    assert!(changes > 40, "only {changes} changes were tried");
    server.stop().await;
    store.remove().await;
}

/// What is no wall's matter: by its link anybody may look at an invite, `viewer` answers of one's own
/// workspaces, and some changes name no workspace.
fn is_open(row: &Row, ground: &Ground, variables: &Value) -> bool {
    let elsewhere = variables["input"]["workspaceId"] != json!(ground.workspace);
    ["Query.invitePreview", "Query.viewer"].contains(&row.field) || (row.is_mutation() && elsewhere)
}

/// What only a stored row says: the texts of the house, why somebody was notified, how often an invite was used.
const STORED: [&str; 7] = [
    "chouse words",
    "cprivate root",
    "cprivate reply",
    "cprivate direct",
    "cprivate mention",
    "\"reason\":",
    "\"maxUses\":",
];
