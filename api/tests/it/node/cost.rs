//! What `nodes` costs: a fixed number of statements for each type, whatever the number of IDs.

use std::collections::BTreeMap;

use api::ground::id::{
    ChannelId, EmojiId, FileId, InviteId, MemberId, MessageId, NotificationId, ReadStateId, SavedSearchId, SessionId,
    ThreadId, UploadId,
};
use serde_json::json;

use super::one_of_each_type;
use crate::support::{Member, Server, Setup, Workspace, both, code, text};

both! {
    reads_100_objects_of_a_type_in_a_few_statements
    reads_the_read_states_of_all_channels_at_once
}

/// Statements of one request, with some of background tasks.
const MAX_STATEMENTS: u64 = 30;

/// Objects of which the request reads more than the row.
const OBJECTS: usize = 20;

const DOCUMENT: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id
    ... on Channel { readState { unreadCount } }
    ... on ReadState { mentionCount }
    ... on Message { text reactions { emoji members { id } } files { id } channel { readState { epoch } } }
    ... on Thread { root { text reactions { emoji } } }
    ... on Notification { read message { text reactions { emoji } channel { readState { epoch } } } }
    ... on File { name uploader { id } }
    ... on Invite { createdBy { id } } } }";

/// The nodes that are found, and the statements that it took.
async fn lookup(server: &Server, user: &Member, ids: &[String]) -> (usize, u64) {
    let before = server.app.database.query_counts();
    let response = user.execute(DOCUMENT, json!({ "ids": ids })).await;
    let counted = server.app.database.query_counts() - before;
    assert!(code(&response).is_none(), "{response}");
    let nodes = response["data"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), ids.len());
    (nodes.iter().filter(|node| !node.is_null()).count(), counted.statements)
}

/// Channels, and messages to the whole channel with a reply, whose IDs are also those of read states, threads and
/// notifications.
async fn channels_and_messages(workspace: &Workspace) -> (Vec<String>, Vec<String>) {
    let owner = workspace.owner();
    let (mut channels, mut messages) = (Vec::new(), Vec::new());
    for n in 0..OBJECTS {
        let input = json!({ "workspaceId": workspace.id, "name": format!("channel {n}") });
        let made = owner.mutate("createChannel", input, "channel { id }").await;
        channels.push(text(&made, "/channel/id"));
        let (root, _) = owner.send_message(&workspace.general, "<!channel> hello").await;
        let reply = json!({ "channelId": workspace.general, "threadId": root, "text": "yes" });
        owner.mutate("sendMessage", reply, "seq").await;
        owner.mutate("addReaction", json!({ "messageId": root, "emoji": "👍" }), "seq").await;
        messages.push(root);
    }
    (channels, messages)
}

/// An ID of an object that does not exist. `None` for an account and a workspace, of which there are few.
fn missing_id(of: &str, workspace: &Workspace) -> Option<String> {
    let workspace_id = workspace.parsed_id();
    Some(match of {
        "Session" => SessionId::mint().to_string(),
        "Member" => MemberId::mint().in_workspace(workspace_id).to_string(),
        "Invite" => InviteId::mint().in_workspace(workspace_id).to_string(),
        "Channel" => ChannelId::mint().in_workspace(workspace_id).to_string(),
        "ReadState" => ReadStateId::mint().in_workspace(workspace_id).to_string(),
        "Message" => MessageId::mint().in_workspace(workspace_id).to_string(),
        "Thread" => ThreadId::mint().in_workspace(workspace_id).to_string(),
        "Notification" => NotificationId::mint().in_workspace(workspace_id).to_string(),
        "File" => FileId::mint().in_workspace(workspace_id).to_string(),
        "Upload" => UploadId::mint().in_workspace(workspace_id).to_string(),
        "Emoji" => EmojiId::mint().in_workspace(workspace_id).to_string(),
        "SavedSearch" => SavedSearchId::mint().in_workspace(workspace_id).to_string(),
        "Account" | "Workspace" => return None,
        _ => panic!("{of} has no ID here"),
    })
}

async fn reads_100_objects_of_a_type_in_a_few_statements(Setup { server, workspace, .. }: &Setup) {
    let admin = workspace.add_member("Ada", "ADMIN").await;
    let one = one_of_each_type(server, workspace, &admin).await;
    let (channels, messages) = channels_and_messages(workspace).await;
    for channel in &channels {
        admin.mutate("joinChannel", json!({ "channelId": channel }), "seq").await;
    }
    let named = |prefix: &str, ids: &[String]| ids.iter().map(|id| format!("{prefix}{}", &id[4..])).collect();
    let existing: BTreeMap<&str, Vec<String>> = BTreeMap::from([
        ("Channel", channels.clone()),
        ("ReadState", named("rst_", &channels)),
        ("Message", messages.clone()),
        ("Thread", named("thr_", &messages)),
        ("Notification", named("ntf_", &messages)),
    ]);
    server.wait_for_index().await;
    for (of, id) in &one {
        let mut ids = existing.get(of).cloned().unwrap_or_default();
        ids.push(id.clone());
        let wanted = ids.len();
        ids.resize_with(100, || missing_id(of, workspace).unwrap_or_else(|| id.clone()));
        let wanted = ids.iter().filter(|one| ids[..wanted].contains(one)).count();
        let (found, statements) = lookup(server, &admin, &ids).await;
        assert_eq!(found, wanted, "{of}");
        assert!(statements <= MAX_STATEMENTS, "{of}: {statements} statements");
    }
}

/// In lists whose items each lead to a channel.
async fn reads_the_read_states_of_all_channels_at_once(Setup { server, workspace, .. }: &Setup) {
    let owner = workspace.owner();
    let (channels, _) = channels_and_messages(workspace).await;
    for channel in &channels {
        owner.send_message(channel, "channel words").await;
    }
    server.wait_for_index().await;
    let switcher = "query($w: ID!) { switcher(workspaceId: $w, text: \"channel\", first: 20) {
        ... on Channel { readState { unreadCount } } } }";
    let search = "query($w: ID!) { search(workspaceId: $w, query: \"words\", first: 20) { edges { node {
        ... on Message { channel { readState { unreadCount } } } } } facets { channels { channel { readState { epoch } } } } } }";
    for document in [switcher, search] {
        let before = server.app.database.query_counts();
        let response = owner.execute(document, json!({ "w": workspace.id })).await;
        let counted = server.app.database.query_counts() - before;
        let shown = response.to_string().matches("unreadCount").count();
        assert!(code(&response).is_none() && shown >= OBJECTS, "{response}");
        assert!(counted.statements <= MAX_STATEMENTS, "{} statements: {document}", counted.statements);
    }
}
