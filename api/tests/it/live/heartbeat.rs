//! The heartbeat: polls any number of rooms at once, with a separate outcome for each, and reads no events that have no
//! subscriber.

use api::ground::id::WorkspaceId;
use api::log::heartbeat::heads;
use serde_json::json;

use crate::support::{End, Feed, Setup, append_copies, both, literal, rows};

both! {
    polls_more_logs_than_one_statement_can_bind
    a_broken_room_does_not_affect_other_rooms
    ends_subscriptions_beyond_the_catch_up_limit
}

/// Clients further behind must boot.
const CATCH_UP_LIMIT: i64 = 2_000;

async fn polls_more_logs_than_one_statement_can_bind(Setup { server, workspace, .. }: &Setup) {
    let here: WorkspaceId = workspace.id.parse().unwrap();
    let mut ids: Vec<WorkspaceId> = (0..70_000).map(|_| WorkspaceId::mint()).collect();
    ids.push(here);
    let heads = heads(&server.app.database, &ids).await.unwrap();
    assert_eq!(heads.into_iter().collect::<Vec<_>>(), [(here, workspace.seq().await)]);
}

async fn a_broken_room_does_not_affect_other_rooms(Setup { store, workspace, .. }: &Setup) {
    let other = workspace.owner().create_workspace("Other").await;
    let (first, second): (WorkspaceId, WorkspaceId) = (workspace.id.parse().unwrap(), other.id.parse().unwrap());
    let mut broken = Feed::socket(workspace.owner(), workspace, workspace.seq().await).await;
    let mut whole = Feed::socket(workspace.owner(), &other, other.seq().await).await;
    for (workspace, feed) in [(workspace, &mut broken), (&other, &mut whole)] {
        let (_, seq) = workspace.owner().send_message(&workspace.general, "words").await;
        feed.up_to(seq).await;
    }
    // A gap in one log, and in the other events that this process must read.
    let database = rows::open(store).await;
    let id = literal(store, first);
    rows::execute(&database, &format!("UPDATE log SET last_seq = last_seq + 3 WHERE workspace_id = {id}")).await;
    append_copies(store, second, 3).await;
    let head = workspace
        .owner()
        .execute("query($id: ID!) { workspace(id: $id) { seq } }", json!({ "id": other.id }))
        .await["data"]["workspace"]["seq"]
        .as_i64()
        .unwrap();
    assert_eq!(whole.up_to(head).await.len(), 3);
    assert_eq!(broken.rest().await, (Vec::new(), End::Error("UNAVAILABLE".into())));
}

async fn ends_subscriptions_beyond_the_catch_up_limit(Setup { store, workspace, .. }: &Setup) {
    let log: WorkspaceId = workspace.id.parse().unwrap();
    let mut feed = Feed::socket(workspace.owner(), workspace, workspace.seq().await).await;
    let (_, seq) = workspace.owner().send_message(&workspace.general, "words").await;
    feed.up_to(seq).await;
    // Within the limit every event arrives, over any number of pages.
    append_copies(store, log, CATCH_UP_LIMIT).await;
    assert_eq!(feed.up_to(seq + CATCH_UP_LIMIT).await.len(), usize::try_from(CATCH_UP_LIMIT).unwrap());
    append_copies(store, log, CATCH_UP_LIMIT + 1).await;
    assert_eq!(feed.rest().await, (Vec::new(), End::Error("UNAVAILABLE".into())));
    let mut again = Feed::socket(workspace.owner(), workspace, seq + CATCH_UP_LIMIT).await;
    let resync = again.next().await.unwrap();
    assert_eq!((&resync["__typename"], &resync["takeBoot"]), (&json!("Resync"), &json!(true)), "{resync}");
}
