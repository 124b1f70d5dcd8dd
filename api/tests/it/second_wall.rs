//! The second wall over the wire: with the feature `without_checks` a view opens for everybody, as if for the
//! owner, and still no stored row of another workspace reaches a stranger. Only Postgres has this wall.
//!
//! Run with `cargo test -p api --features without_checks --test it -- second_wall`. What memory holds (names) is
//! behind the first wall alone and is not looked for here.

use serde_json::json;

use crate::law_9_ground::{House, Role};
use crate::law_9_table::{inner, queries, talk};
use crate::people::server_on;
use crate::store::Store;

/// What everybody in the house can ask is asked by a stranger; nothing comes back that is stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_row_crosses_without_the_first_wall() {
    let Some(store) = Store::postgres("second_wall::no_row_crosses_without_the_first_wall").await else { return };
    let server = server_on(&store).await;
    let house = House::build(&server).await;
    let ground = &house.base;
    let (owner, stranger) = (&house.people[&Role::Owner], &house.people[&Role::Stranger]);
    // The first wall is really away: memory answers.
    let name = "query($w: ID!) { workspace(id: $w) { name } }";
    let answer = stranger.ask(&server, name, json!({ "w": ground.workspace })).await;
    assert!(answer["data"]["workspace"]["name"].is_string(), "{answer}");
    // By its link anybody may look at an invite, and `viewer` answers of one's own workspaces.
    let open = ["Query.invitePreview", "Query.viewer"];
    let asked = [queries(), inner(), talk()].into_iter().flatten().filter(|row| !open.contains(&row.field));
    let (mut told, mut kept) = (0, 0);
    for row in asked {
        // Of mutations only what a stranger is told counts: what they change is decided by the lane's own checks.
        let shown = match row.field.starts_with("Mutation.") {
            true => String::new(),
            false => owner.ask(&server, &row.document, (row.variables)(ground)).await.to_string(),
        };
        let seen = stranger.ask(&server, &row.document, (row.variables)(ground)).await.to_string();
        for stored in STORED {
            told += usize::from(shown.contains(stored));
            kept += 1;
            assert!(!seen.contains(stored), "{} ({}) tells a stranger {stored}: {seen}", row.field, row.case);
        }
    }
    assert!(told > 10 && kept > told, "the owner was told only {told} times");
    server.stop().await;
    store.remove().await;
}

/// What only a stored row says: the texts of the house, why somebody was notified, the link of an invite.
const STORED: [&str; 7] = [
    "chouse words",
    "cprivate root",
    "cprivate reply",
    "cprivate direct",
    "cprivate mention",
    "\"reason\":",
    "\"url\":",
];
