//! Queries on a process that has not received a removal yet: they are exact at the snapshot that they read.

use serde_json::json;

use crate::support::{Server, Setup, Workspace, code, number, postgres, text};

postgres! { a_lagging_process_reads_nothing_for_removed_members }

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
    let log = server.app.logs.peek(workspace.parsed_id()).unwrap();
    log.watch().wait_for(|applied| *applied >= seq).await.unwrap();
}

async fn a_lagging_process_reads_nothing_for_removed_members(Setup { store, workspace, .. }: &Setup) {
    let there = Server::on(store).await;
    let (owner, victim) = (workspace.owner(), workspace.add_member("Vic Victim", "MEMBER").await);
    let other = victim.create_workspace("Other").await;
    let secret = workspace.create_private_channel("secret", &[&victim]).await;
    let (before, _) = owner.send_message(&secret, "before").await;
    let victim_there = victim.at(&there);
    for (attempt, query) in QUERIES.iter().cycle().take(ATTEMPTS).enumerate() {
        // The other process knows the workspaces, and the victim in the channel.
        let seq = workspace.seq().await;
        let ids = [&before, &other.general];
        let known = victim_there.execute(QUERIES[0], json!({ "ids": ids, "w": workspace.id })).await;
        assert_eq!(text(&known, "/data/nodes/0/text"), "before", "{known}");
        applied(&there, workspace, seq).await;

        let input = json!({ "channelId": secret, "memberId": victim.id });
        owner.mutate("removeFromChannel", input, "seq").await;
        let (after, seq) = owner.send_message(&secret, "after the removal").await;
        let ids = [&after, &secret, &other.general];
        let read = victim_there.execute(query, json!({ "ids": ids, "w": workspace.id })).await;
        assert!(!read.to_string().contains("after the removal"), "attempt {attempt}: {read}");
        if code(&read).is_none() && read["data"]["workspace"].is_object() {
            assert!(number(&read, "/data/workspace/seq") >= seq, "{read}");
        }
        let input = json!({ "channelId": secret, "memberIds": [victim.id] });
        owner.mutate("addToChannel", input, "seq").await;
    }
    there.stop().await;
}
