//! Archived channels: every write is rejected, everything can be read and found, lists and counts leave them out.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::setup::Given;
use crate::support::{Client, RequestError, Server, Store, Uploader, Workspace, both, png, text};

both! {
    rejects_every_write
    allows_to_leave_and_to_mark_as_read
    is_hidden_from_lists_but_found
    unread_notifications_do_not_count
    search_prefers_other_channels_and_counts_nothing_as_unread
    creators_and_admins_archive_and_unarchive
}

/// A channel of the owner and a member, with a message of each, a reaction and a file.
struct Fixture {
    store: Store,
    server: Server,
    workspace: Workspace,
    channel: String,
    message: String,
    file: String,
}

impl Given for Fixture {
    async fn prepare(store: Store) -> Self {
        let server = Server::on(&store).await;
        let workspace = Workspace::with_members(server.address, 3).await;
        let owner = &workspace.owner().client;
        let member = &workspace.members[1].id;
        let input = json!({ "workspaceId": workspace.id, "name": "plans", "memberIds": [member] });
        let channel = text(&owner.mutate("createChannel", input, "channel { id }").await, "/channel/id");
        let uploader = Uploader { client: owner, workspace: &workspace.id };
        let file = text(&uploader.upload("plan.png", &png(9, 9, "")).await.unwrap(), "/id");
        uploader.wait_until_ready(&file).await;
        let input = json!({ "channelId": channel, "text": "the zebra plan", "attachmentIds": [file] });
        let message = text(&owner.mutate("sendMessage", input, "message { id }").await, "/message/id");
        let fixture = Self { store, server, workspace, channel, message, file };
        fixture.run("addReaction", json!({ "messageId": fixture.message, "emoji": "👍" })).await;
        fixture
    }

    async fn end(self) {
        self.server.stop().await;
        self.store.remove().await;
    }
}

impl Fixture {
    fn owner(&self) -> &Client {
        &self.workspace.owner().client
    }

    async fn try_run(&self, client: &Client, mutation: &str, input: Value) -> Result<Value, RequestError> {
        let selection = if matches!(mutation, "markRead" | "markUnread") { "privateRev" } else { "seq" };
        client.try_mutate(mutation, &input, selection).await
    }

    /// A mutation of the owner that must succeed.
    async fn run(&self, mutation: &str, input: Value) -> Value {
        let done = self.try_run(self.owner(), mutation, input).await;
        done.unwrap_or_else(|failure| panic!("{mutation}: {failure}"))
    }

    async fn archive(&self) {
        self.run("archiveChannel", json!({ "channelId": self.channel })).await;
    }

    /// The result of a query with the variable `w`.
    async fn query(&self, client: &Client, query: &str) -> Value {
        client.query(query, json!({ "w": self.workspace.id })).await
    }
}

/// Mutations whose input names a channel, a message or a file, but that an archived channel does not restrict.
const UNRESTRICTED: [&str; 7] = [
    "archiveChannel",
    "unarchiveChannel",
    "leaveChannel",
    "removeFromChannel",
    "markRead",
    "markUnread",
    // A new file is in no channel yet.
    "createEmoji",
];

/// Every mutation whose input names a channel, a message or a file.
fn mutations_of_channels() -> BTreeSet<String> {
    let schema = include_str!("../../../schema.graphql");
    let inputs = schema.split("\ninput ").skip(1).map(|input| input.split_once("\n}").unwrap().0);
    let names_content = |input: &&str| {
        let names =
            |line: &str| ["\tchannelId: ", "\tmessageId: ", "\tfileId: "].iter().any(|name| line.starts_with(name));
        input.lines().any(names)
    };
    let names = inputs.filter(names_content).filter_map(|input| Some(input.split_once("Input {")?.0));
    names.map(|name| name[..1].to_lowercase() + &name[1..]).collect()
}

async fn rejects_every_write(fixture: &Fixture) {
    let Fixture { workspace, channel, message, file, .. } = fixture;
    fixture.archive().await;
    let before = workspace.create_channel("before").await;
    let [ben, cid] = [1, 2].map(|user| &workspace.members[user]);
    let writes = [
        (0, "sendMessage", json!({ "channelId": channel, "text": "late" })),
        (1, "sendMessage", json!({ "channelId": channel, "text": "late", "threadId": message })),
        (0, "editMessage", json!({ "messageId": message, "text": "other" })),
        (0, "deleteMessage", json!({ "messageId": message })),
        (1, "addReaction", json!({ "messageId": message, "emoji": "🎉" })),
        (0, "removeReaction", json!({ "messageId": message, "emoji": "👍" })),
        (0, "updateFile", json!({ "fileId": file, "alt": "A plan" })),
        (0, "deleteFile", json!({ "fileId": file })),
        (2, "joinChannel", json!({ "channelId": channel })),
        (1, "addToChannel", json!({ "channelId": channel, "memberIds": [cid.id] })),
        (0, "renameChannel", json!({ "channelId": channel, "name": "old-plans" })),
        (1, "setChannelTopic", json!({ "channelId": channel, "topic": "over" })),
    ];
    for (user, mutation, input) in &writes {
        let refused = fixture.try_run(&workspace.members[*user].client, mutation, input.clone()).await;
        let Err(RequestError::Rejected { code, reason, .. }) = refused else { panic!("{mutation}: {refused:?}") };
        assert_eq!((code.as_str(), reason.as_deref()), ("CONFLICT", Some("CHANNEL_ARCHIVED")), "{mutation}");
    }
    assert_eq!(workspace.create_channel("after").await, before + 1, "no event was appended");
    let restricted: BTreeSet<String> = writes.iter().map(|write| write.1.to_owned()).collect();
    let expected: BTreeSet<String> =
        mutations_of_channels().into_iter().filter(|name| !UNRESTRICTED.contains(&name.as_str())).collect();
    assert_eq!(restricted, expected);
    // Afterwards everything is possible again.
    fixture.run("unarchiveChannel", json!({ "channelId": channel })).await;
    fixture.try_run(&ben.client, "sendMessage", json!({ "channelId": channel, "text": "back" })).await.unwrap();
}

async fn allows_to_leave_and_to_mark_as_read(fixture: &Fixture) {
    let Fixture { workspace, channel, message, .. } = fixture;
    fixture.archive().await;
    let ben = &workspace.members[1];
    fixture.try_run(&ben.client, "markUnread", json!({ "messageId": message })).await.unwrap();
    fixture.try_run(&ben.client, "markRead", json!({ "channelId": channel, "seq": 1, "epoch": 1 })).await.unwrap();
    // Joining again has no effect for members.
    let seq = workspace.create_channel("end").await;
    fixture.try_run(&ben.client, "joinChannel", json!({ "channelId": channel })).await.unwrap();
    assert_eq!(workspace.create_channel("end again").await, seq + 1);
    fixture.try_run(&ben.client, "leaveChannel", json!({ "channelId": channel })).await.unwrap();
    let history = "query($c: ID!) { channel(id: $c) {
        archivedAt viewerIsMember memberCount messages(last: 5) { nodes { text files { name } } } } }";
    let read = ben.client.query(history, json!({ "c": channel })).await;
    let shown = &read["channel"];
    assert!(shown["archivedAt"].is_string());
    assert_eq!((&shown["viewerIsMember"], &shown["memberCount"]), (&json!(false), &json!(1)));
    assert_eq!(shown["messages"]["nodes"], json!([{ "text": "the zebra plan", "files": [{ "name": "plan.png" }] }]));
}

async fn is_hidden_from_lists_but_found(fixture: &Fixture) {
    let Fixture { workspace, server, channel, message, .. } = fixture;
    let cid = &workspace.members[2].client;
    fixture.archive().await;
    server.wait_for_index().await;
    let listed = async |arguments: &str| {
        let query = format!("query($w: ID!) {{ workspace(id: $w) {{ channels{arguments} {{ nodes {{ name }} }} }} }}");
        let nodes = fixture.query(cid, &query).await["workspace"]["channels"]["nodes"].clone();
        nodes.as_array().unwrap().iter().map(|node| text(node, "/name")).collect::<Vec<_>>()
    };
    assert_eq!(listed("").await, ["general"]);
    assert_eq!(listed("(isArchived: true)").await, ["plans"]);
    assert_eq!(listed("(isArchived: null)").await, ["general", "plans"]);
    assert!(listed("(search: \"plan\")").await.is_empty());
    assert_eq!(listed("(search: \"plan\", isArchived: true)").await, ["plans"]);
    let found = fixture
        .query(cid, "query($w: ID!) { switcher(workspaceId: $w, text: \"plan\") { ... on Channel { id archivedAt } } }")
        .await;
    assert_eq!(found["switcher"][0]["id"], json!(channel));
    assert!(found["switcher"][0]["archivedAt"].is_string());
    for query in ["zebra", "zebra in:#plans"] {
        let search = "query($w: ID!, $q: String!) { search(workspaceId: $w, query: $q) { edges { node { ... on Message { id } } } } }";
        let hits = cid.query(search, json!({ "w": workspace.id, "q": query })).await;
        assert_eq!(hits["search"]["edges"][0]["node"]["id"], json!(message), "{query}: {hits}");
    }
    // Boot contains it, so that the client can show it again when it is unarchived.
    let boot =
        fixture.query(fixture.owner(), "query($w: ID!) { boot(workspaceId: $w) { channels { id archivedAt } } }").await;
    let known = boot["boot"]["channels"].as_array().unwrap().iter().find(|known| known["id"] == json!(channel));
    assert!(known.unwrap()["archivedAt"].is_string());
}

async fn unread_notifications_do_not_count(fixture: &Fixture) {
    let Fixture { workspace, channel, .. } = fixture;
    let ben = &workspace.members[1];
    fixture.run("sendMessage", json!({ "channelId": channel, "text": format!("<@{}>", ben.id) })).await;
    fixture.run("sendMessage", json!({ "channelId": channel, "text": "<!channel>" })).await;
    let boot = "query($w: ID!) { boot(workspaceId: $w) { unreadNotifications
        workspace { notifications(last: 5) { nodes { read } } } channels { id readState { unreadCount mentionCount } } } }";
    // The list, the count, and the mentions of the channel.
    let counts = async || {
        let boot = fixture.query(&ben.client, boot).await["boot"].clone();
        let nodes = boot["workspace"]["notifications"]["nodes"].as_array().unwrap().clone();
        let unread = nodes.iter().filter(|node| node["read"] == json!(false)).count();
        assert_eq!(boot["unreadNotifications"], json!(unread), "{boot}");
        let known = boot["channels"].as_array().unwrap().iter().find(|known| known["id"] == json!(channel)).cloned();
        (nodes.len(), unread, known.unwrap()["readState"]["mentionCount"].clone())
    };
    while counts().await.0 < 2 {}
    assert_eq!(counts().await, (2, 2, json!(2)));
    fixture.archive().await;
    assert_eq!(counts().await, (2, 0, json!(2)));
    fixture.run("unarchiveChannel", json!({ "channelId": channel })).await;
    assert_eq!(counts().await, (2, 2, json!(2)));
}

/// The texts of the messages that the second member finds.
async fn search_texts(fixture: &Fixture, query: &str) -> Vec<String> {
    let search = "query($w: ID!, $q: String!) { search(workspaceId: $w, query: $q, kinds: [MESSAGE]) { edges { node { ... on Message { text } } } } }";
    let variables = json!({ "w": fixture.workspace.id, "q": query });
    let found = fixture.workspace.members[1].client.query(search, variables).await;
    found["search"]["edges"].as_array().unwrap().iter().map(|edge| text(edge, "/node/text")).collect()
}

async fn search_prefers_other_channels_and_counts_nothing_as_unread(fixture: &Fixture) {
    let Fixture { workspace, server, .. } = fixture;
    // Two private channels with the name of the public one. The viewer is in all of them.
    let create = async |plan: &str| {
        let channel = workspace.create_private_channel("plans", &[&workspace.members[1]]).await;
        fixture.run("sendMessage", json!({ "channelId": channel, "text": plan })).await;
        channel
    };
    let older = create("the older plan").await;
    let newer = create("the newer plan").await;
    server.wait_for_index().await;
    let archive = async |channel: &str| fixture.run("archiveChannel", json!({ "channelId": channel })).await;
    assert_eq!(search_texts(fixture, "plan in:#plans").await, ["the zebra plan"]);
    fixture.archive().await;
    assert_eq!(search_texts(fixture, "plan in:#plans").await, ["the older plan"]);
    assert_eq!(search_texts(fixture, "plan is:unread").await.len(), 2);
    archive(&older).await;
    assert_eq!(search_texts(fixture, "plan in:#plans").await, ["the newer plan"]);
    assert_eq!(search_texts(fixture, "plan is:unread").await, ["the newer plan"]);
    archive(&newer).await;
    assert_eq!(search_texts(fixture, "plan in:#plans").await, ["the zebra plan"]);
    assert!(search_texts(fixture, "plan is:unread").await.is_empty());
    fixture.run("unarchiveChannel", json!({ "channelId": older })).await;
    assert_eq!(search_texts(fixture, "plan is:unread").await, ["the older plan"]);
}

async fn creators_and_admins_archive_and_unarchive(fixture: &Fixture) {
    let [_, ben, cid] = [0, 1, 2].map(|user| &fixture.workspace.members[user].client);
    let input = json!({ "workspaceId": fixture.workspace.id, "name": "bens" });
    let channel = json!({ "channelId": ben.mutate("createChannel", input, "channel { id }").await["channel"]["id"] });
    let refused = async |client: &Client, mutation: &str| {
        fixture.try_run(client, mutation, channel.clone()).await.unwrap_err().code().to_owned()
    };
    assert_eq!(refused(cid, "archiveChannel").await, "FORBIDDEN");
    fixture.try_run(ben, "archiveChannel", channel.clone()).await.unwrap();
    assert_eq!(refused(cid, "unarchiveChannel").await, "FORBIDDEN");
    // The owner never joined it.
    fixture.run("unarchiveChannel", channel.clone()).await;
    fixture.run("archiveChannel", channel.clone()).await;
}
