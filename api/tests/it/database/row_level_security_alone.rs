//! Row-level security without application checks: with the feature `without_checks` every caller is treated like the
//! owner, and still no stored row of another workspace reaches a stranger. Postgres only.
//!
//! Run with `cargo test -p api --features without_checks --test it -- row_level_security_alone`. Names in memory are
//! protected by application checks alone and are not covered.

use serde_json::{Value, json};

use crate::invariants::permission_fixture::{Ids, PermissionFixture, Role};
use crate::invariants::permission_matrix::{Row, account_mutations, conversation_mutations, final_mutations};
use crate::invariants::permission_queries::{nested_fields, node_queries, queries, search_queries};
use crate::support::{Server, Store, code, postgres};

postgres! { isolates_stored_rows_without_application_checks }

/// A stranger executes everything that members can execute. No stored value is returned, and nothing in the workspace
/// changes.
async fn isolates_stored_rows_without_application_checks(store: &Store) {
    let server = Server::on(store).await;
    let mut fixture = PermissionFixture::create(&server).await;
    server.wait_for_index().await;
    let (owner, stranger) = (fixture.users[&Role::Owner].clone(), fixture.users[&Role::Stranger].clone());
    // Application checks are really disabled: memory answers.
    let name = "query($w: ID!) { workspace(id: $w) { name seq } }";
    let response = stranger.execute(name, json!({ "w": fixture.ids.workspace })).await;
    assert!(response["data"]["workspace"]["name"].is_string(), "{response}");
    let (mut visible, mut checks, mut changes) = (0, 0, 0);
    let rows = [
        queries(),
        node_queries(),
        search_queries(),
        nested_fields(),
        conversation_mutations(),
        account_mutations(),
        final_mutations(),
    ];
    for row in rows.into_iter().flatten() {
        let ids = if row.is_mutation() { fixture.fresh_ids(row.field).await } else { fixture.ids.clone() };
        let variables = row.variables_for(&ids);
        if is_open(&row, &ids, &variables) {
            continue;
        }
        let before = owner.execute(name, json!({ "w": ids.workspace })).await;
        let seen = stranger.execute(&row.document, variables.clone()).await;
        if row.is_mutation() {
            let after = owner.execute(name, json!({ "w": ids.workspace })).await;
            assert_eq!(before, after, "{} ({}) by a stranger changed the workspace: {seen}", row.field, row.case);
            assert_ne!(
                code(&seen).as_deref(),
                Some("BAD_USER_INPUT"),
                "{} ({}) is not a valid request: {seen}",
                row.field,
                row.case
            );
            changes += 1;
        }
        let shown = match row.is_mutation() {
            true => String::new(),
            false => owner.execute(&row.document, variables).await.to_string(),
        };
        let seen = seen.to_string();
        for stored in STORED {
            visible += usize::from(shown.contains(stored));
            checks += 1;
            assert!(!seen.contains(stored), "{} ({}) reveals {stored} to a stranger: {seen}", row.field, row.case);
        }
    }
    assert!(visible > 10 && checks > visible, "the owner saw only {visible} stored values");
    assert!(changes > 40, "only {changes} mutations were tried");
    server.stop().await;
}

/// Fields that are not protected: invite previews, the caller's own workspaces, and mutations of no workspace.
fn is_open(row: &Row, ids: &Ids, variables: &Value) -> bool {
    let elsewhere = !variables["input"].to_string().contains(&ids.workspace[4..]);
    ["Query.invitePreview", "Query.viewer"].contains(&row.field) || (row.is_mutation() && elsewhere)
}

/// Values that come only from stored rows: message texts, notification reasons, invite limits.
const STORED: [&str; 7] = [
    "chouse words",
    "cprivate root",
    "cprivate reply",
    "cprivate direct",
    "cprivate mention",
    "\"reason\":",
    "\"maxUses\":",
];
