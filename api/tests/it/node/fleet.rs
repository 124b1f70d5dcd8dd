//! Queries on a process that has not received a removal yet: they are exact at the snapshot that they read.

use serde_json::json;

use crate::support::server::Server;
use crate::support::store::Store;
use crate::support::workspace::{Workspace, code, number, start_server, text};

/// Several attempts, because a heartbeat may inform the other process in between.
const ATTEMPTS: usize = 12;

/// Every query that reads several workspaces or starts from memory.
const QUERIES: [&str; 3] = [
    "query($ids: [ID!]!, $w: ID!) { workspace(id: $w) { seq }
        nodes(ids: $ids) { ... on Message { text } ... on Channel { messages(last: 3) { nodes { text } } } } }",
    "query($ids: [ID!]!, $w: ID!) { nodes(ids: $ids) { id } workspace(id: $w) { seq }
        viewer { workspaces { seq channels(first: 10) { nodes { messages(last: 3) { nodes { text } } } } } } }",
    "query($ids: [ID!]!, $w: ID!) { nodes(ids: $ids) { id }
        switcher(workspaceId: $w, text: \"secret\") { ... on Channel { messages(last: 3) { nodes { text } } } } }",
];

/// Waits until a server has applied the log of a workspace up to `seq`.
async fn applied(server: &Server, workspace: &Workspace, seq: i64) {
    let log = server.app.logs.peek(workspace.id.parse().unwrap()).unwrap();
    log.watch().wait_for(|applied| *applied >= seq).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lagging_process_reads_nothing_for_removed_members() {
    let Some(store) = Store::postgres("node::fleet::a_lagging_process_reads_nothing").await else { return };
    let (here, there) = (start_server(&store).await, start_server(&store).await);
    let workspace = Workspace::create(&here).await;
    let victim = workspace.add_member(&here, "Vic Victim", "MEMBER").await;
    let other = victim.create_workspace(&here, "Other").await;
    let secret = workspace.create_private_channel(&here, "secret", &[&victim]).await;
    let (before, _) = workspace.owner.send_message(&here, &secret, "before").await;
    for (attempt, query) in QUERIES.iter().cycle().take(ATTEMPTS).enumerate() {
        // The other process knows the workspaces, and the victim in the channel.
        let seq = workspace.seq(&here).await;
        let ids = [&before, &other.general];
        let known = victim.execute(&there, QUERIES[0], json!({ "ids": ids, "w": workspace.id })).await;
        assert_eq!(text(&known, "/data/nodes/0/text"), "before", "{known}");
        applied(&there, &workspace, seq).await;

        let input = json!({ "channelId": secret, "memberId": victim.member_id });
        workspace.owner.mutate(&here, "removeFromChannel", "{ seq }", input.clone()).await;
        let (after, seq) = workspace.owner.send_message(&here, &secret, "after the removal").await;
        let ids = [&after, &secret, &other.general];
        let read = victim.execute(&there, query, json!({ "ids": ids, "w": workspace.id })).await;
        assert!(!read.to_string().contains("after the removal"), "attempt {attempt}: {read}");
        if code(&read).is_none() && read["data"]["workspace"].is_object() {
            assert!(number(&read, "/data/workspace/seq") >= seq, "{read}");
        }
        let input = json!({ "channelId": secret, "memberIds": [victim.member_id] });
        workspace.owner.mutate(&here, "addToChannel", "{ seq }", input).await;
    }
    there.stop().await;
    here.stop().await;
    store.remove().await;
}
