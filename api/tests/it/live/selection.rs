//! Selections of `events`: every field that the schema offers in an item is rendered from the event alone, equally from
//! live delivery, memory and the database.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::feed::{End, Feed};
use crate::support::file_storage::{Uploader, png};
use crate::support::schema::{Field, Schema};
use crate::support::server::Server;
use crate::support::socket::Socket;
use crate::support::store::{Store, both};
use crate::support::workspace::{User, Workspace, start_server, text};

both!(renders_every_field_of_every_item);

/// The item types except `Head` and `Resync`, which are not caused by changes.
struct Items {
    schema: Schema,
    fields: BTreeMap<String, Vec<Field>>,
}

impl Items {
    async fn of(server: &Server) -> Self {
        let schema = Schema::of(server).await;
        let items = schema.members("EventItem").into_iter().filter(|item| !["Head", "Resync"].contains(&item.as_str()));
        let fields = items.map(|item| (item.clone(), schema.fields(&item))).collect();
        Self { schema, fields }
    }

    fn names(&self) -> BTreeSet<String> {
        self.fields.keys().cloned().collect()
    }

    /// The response key of a field: its name, prefixed where items have different types under one name.
    fn key(&self, item: &str, field: &Field) -> String {
        let differs = |other: &Field| other.name == field.name && other.signature != field.signature;
        match self.fields.values().flatten().any(differs) {
            true => format!("{item}_{}", field.name),
            false => field.name.clone(),
        }
    }

    /// A document that selects every field, from the start of the log.
    fn document(&self) -> String {
        let field = |item: &str, field: &Field| {
            let (key, name) = (self.key(item, field), &field.name);
            let alias = if key == *name { String::new() } else { format!("{key}: ") };
            format!("{alias}{name}{}", selection(&self.schema, field, 0))
        };
        let part = |(item, fields): (&String, &Vec<Field>)| {
            let fields: Vec<String> = fields.iter().map(|one| field(item, one)).collect();
            format!("... on {item} {{ {} }}", fields.join(" "))
        };
        let parts: Vec<String> = self.fields.iter().map(part).collect();
        format!(
            "subscription($w: ID!) {{ events(workspaceId: $w, after: 0, privateRev: 77) {{ __typename {} }} }}",
            parts.join(" ")
        )
    }

    async fn subscribe(&self, server: &Server, workspace: &Workspace) -> Feed {
        let mut socket = Socket::connect(server, Some(&workspace.owner.token)).await;
        socket.subscribe("1", &self.document(), json!({ "w": workspace.id })).await;
        Feed::Socket(Box::new(socket))
    }

    /// Receives items until there is one of each wanted type. Returns the first of each.
    async fn collect(&self, feed: &mut Feed, mut wanted: BTreeSet<String>) -> BTreeMap<String, Value> {
        let mut seen = BTreeMap::new();
        while !wanted.is_empty() {
            // The feed rejects items with errors.
            let item = feed.next().await.unwrap();
            let name = text(&item, "/__typename");
            for field in self.fields.get(&name).into_iter().flatten() {
                let value = item.get(self.key(&name, field));
                self.require_complete(field, value, &format!("{name}.{}", field.name));
            }
            wanted.remove(&name);
            seen.entry(name).or_insert(item);
        }
        seen
    }

    /// Requires a value for the field and for the fields of its objects, null only where the schema allows it.
    fn require_complete(&self, field: &Field, value: Option<&Value>, path: &str) {
        let value = value.unwrap_or_else(|| panic!("{path} is missing"));
        assert!(!value.is_null() || !field.signature.ends_with('!'), "{path} is null");
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for object in values.iter().filter(|value| value.is_object()) {
            for inner in self.schema.fields(&field.of) {
                self.require_complete(&inner, object.get(&inner.name), &format!("{path}.{}", inner.name));
            }
        }
    }
}

/// The selection of all fields of an object; nothing for scalars.
fn selection(schema: &Schema, field: &Field, depth: usize) -> String {
    assert_eq!(field.arguments, 0, "{} takes arguments, but an item is rendered from its event alone", field.name);
    assert!(depth < 4, "{} refers to objects that no event carries", field.of);
    let inner: Vec<String> = schema
        .fields(&field.of)
        .iter()
        .map(|inner| format!("{}{}", inner.name, selection(schema, inner, depth + 1)))
        .collect();
    if inner.is_empty() { String::new() } else { format!(" {{ {} }}", inner.join(" ")) }
}

async fn renders_every_field_of_every_item(store: &Store) {
    let server = start_server(store).await;
    let workspace = Workspace::create(&server).await;
    let items = Items::of(&server).await;
    let mut live = items.subscribe(&server, &workspace).await;
    // Marks the end of catching up, since no client has this revision.
    let mut seen = items.collect(&mut live, BTreeSet::from(["PrivateChanged".to_owned()])).await;
    let member = workspace.add_member(&server, "Mia Member", "ADMIN").await;
    let words = format!("<@{}>", workspace.owner.member_id);
    let (message, seq) = member.send_message(&server, &workspace.general, &words).await;
    seen.extend(items.collect(&mut live, BTreeSet::from(["NotificationAdded".to_owned()])).await);
    create_private_changes(&server, &workspace, seq).await;
    create_message_events(&server, &member, &message).await;
    create_file_events(&server, &workspace).await;
    create_member_events(&server, &workspace, &member).await;
    let missing = items.names().into_iter().filter(|name| !seen.contains_key(name)).collect();
    seen.extend(items.collect(&mut live, missing).await);

    let events: BTreeSet<String> = items.schema.members("LogEvent").into_iter().collect();
    let from_memory = items.collect(&mut items.subscribe(&server, &workspace).await, events.clone()).await;
    server.stop().await;
    let server = start_server(store).await;
    let from_database = items.collect(&mut items.subscribe(&server, &workspace).await, events.clone()).await;
    for event in &events {
        assert_eq!(from_memory[event], from_database[event], "from memory and from the database");
    }
    server.stop().await;
}

async fn create_private_changes(server: &Server, workspace: &Workspace, seq: i64) {
    let input = json!({ "channelId": workspace.general, "seq": seq, "epoch": 0 });
    workspace.owner.mutate(server, "markRead", "{ privateRev }", input).await;
    let input = json!({ "workspaceId": workspace.id, "seq": seq });
    workspace.owner.mutate(server, "markNotificationsRead", "{ privateRev }", input).await;
}

async fn create_message_events(server: &Server, author: &User, message: &str) {
    let input = json!({ "messageId": message, "text": "two <!channel>" });
    author.mutate(server, "editMessage", "{ seq }", input).await;
    for reaction in ["addReaction", "removeReaction"] {
        let input = json!({ "messageId": message, "emoji": "👍" });
        author.mutate(server, reaction, "{ seq }", input).await;
    }
    let input = json!({ "messageId": message });
    author.mutate(server, "deleteMessage", "{ seq }", input).await;
}

/// Creates, changes and removes files, an emoji and the name of the workspace.
async fn create_file_events(server: &Server, workspace: &Workspace) {
    let owner = &workspace.owner;
    let client = Client::new(server.address).signed_in(&*owner.token);
    let uploader = Uploader { client: &client, workspace: &workspace.id };
    let picture = png(40, 30, "");
    let mut files = Vec::new();
    for name in ["sent.png", "face.png", "removed.png"] {
        files.push(text(&uploader.upload(name, &picture).await.unwrap(), "/id"));
    }
    let [sent, face, removed] = files.as_slice() else { unreachable!() };
    let input = json!({ "channelId": workspace.general, "text": "", "attachmentIds": [sent] });
    owner.mutate(server, "sendMessage", "{ seq }", input).await;
    let input = json!({ "fileId": sent, "alt": "A square" });
    owner.mutate(server, "updateFile", "{ seq }", input).await;
    let input = json!({ "workspaceId": workspace.id, "name": "face", "fileId": face });
    let emoji = owner.mutate(server, "createEmoji", "{ emoji { id } }", input).await;
    // Previews must not change between two reads.
    for file in &files {
        uploader.wait_until_ready(file).await;
    }
    let input = json!({ "emojiId": text(&emoji, "/emoji/id") });
    owner.mutate(server, "deleteEmoji", "{ seq }", input).await;
    owner.mutate(server, "deleteFile", "{ seq }", json!({ "fileId": removed })).await;
    owner.mutate(server, "updateWorkspace", "{ seq }", json!({ "workspaceId": workspace.id, "name": "Another" })).await;
}

/// Changes a member, adds them to a channel, and removes them from it and from the workspace.
async fn create_member_events(server: &Server, workspace: &Workspace, member: &User) {
    let (owner, id) = (&workspace.owner, &member.member_id);
    member.mutate(server, "updateMember", "{ seq }", json!({ "workspaceId": workspace.id, "name": "Mia" })).await;
    let private = workspace.create_private_channel(server, "secret", &[]).await;
    let input = json!({ "channelId": private, "memberIds": [id] });
    owner.mutate(server, "addToChannel", "{ seq }", input).await;
    owner.mutate(server, "setChannelTopic", "{ seq }", json!({ "channelId": private, "topic": "whispers" })).await;
    let input = json!({ "channelId": private, "memberId": id });
    owner.mutate(server, "removeFromChannel", "{ seq }", input).await;
    owner.mutate(server, "removeMember", "{ seq }", json!({ "memberId": id })).await;
}

/// Subscribes on a new socket. Returns the first message.
async fn subscribe(server: &Server, user: &User, query: &str, workspace: &Workspace) -> Value {
    let mut socket = Socket::connect(server, Some(&user.token)).await;
    let variables = json!({ "w": workspace.id });
    socket.subscribe("1", query, variables).await;
    socket.next_for("1").await
}

#[tokio::test]
async fn accepts_fragments_on_the_event_interface() {
    let store = Store::sqlite();
    let server = start_server(&store).await;
    let workspace = Workspace::create(&server).await;
    let query =
        "subscription($w: ID!) { events(workspaceId: $w, after: 0) { ...Numbered ... on EventItem { __typename } } }
      fragment Numbered on LogEvent { seq at actorId ... on ChannelCreated { channel { ...Named } } }
      fragment Named on ChannelSnapshot { channelId name }";
    let mut socket = Socket::connect(&server, Some(&workspace.owner.token)).await;
    socket.subscribe("1", query, json!({ "w": workspace.id })).await;
    let mut feed = Feed::Socket(Box::new(socket));
    let events = feed.up_to(3).await;
    assert_eq!(events[0]["__typename"], "WorkspaceCreated");
    assert_eq!(events[0]["actorId"], json!(workspace.owner.member_id));
    assert_eq!(events[2]["channel"], json!({ "channelId": workspace.general, "name": "general" }));
}

#[tokio::test]
async fn rejects_invalid_event_subscriptions_with_a_code() {
    let store = Store::sqlite();
    let server = start_server(&store).await;
    let workspace = Workspace::create(&server).await;
    for (query, code) in [
        (
            "subscription($w: ID!) { events(workspaceId: $w) @skip(if: true) { __typename } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        (
            "subscription($w: ID!) { __typename @skip(if: false) events(workspaceId: $w) { __typename } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("subscription($w: ID!) { __typename }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription($w: ID!) { ... @skip(if: true) { events(workspaceId: $w) { __typename } } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
        ("subscription($w: ID!) { events(workspaceId: $w, after: -1) { __typename } }", "BAD_USER_INPUT"),
        ("subscription($w: ID!) { events(workspaceId: $w) { nosuch } }", "GRAPHQL_VALIDATION_FAILED"),
        (
            "subscription($w: ID!) { events(workspaceId: $w) { ... on MessageSent { message { author { id } } } } }",
            "GRAPHQL_VALIDATION_FAILED",
        ),
    ] {
        let response = subscribe(&server, &workspace.owner, query, &workspace).await;
        assert_eq!(response["type"], "error", "{query}: {response}");
        assert_eq!(response["payload"][0]["extensions"]["code"], code, "{query}: {response}");
    }
}

#[tokio::test]
async fn completes_after_requiring_boot() {
    let store = Store::sqlite();
    let server = start_server(&store).await;
    let workspace = Workspace::create(&server).await;
    let mut feed = Feed::socket(&server, &workspace.owner, &workspace, 1_000_000).await;
    let item = feed.next().await.unwrap();
    assert_eq!((&item["__typename"], &item["takeBoot"]), (&json!("Resync"), &json!(true)));
    assert_eq!(feed.next().await, Err(End::Complete));
}
