//! Selections of `events`: every field that the schema offers in an item is rendered from the event alone, equally from
//! live delivery, memory and the database.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::support::{
    End, Feed, Field, Member, Schema, Server, Setup, Store, Uploader, Workspace, both, png, sqlite, text,
};

both! { renders_every_field_of_every_item }

sqlite! {
    accepts_fragments_on_the_event_interface
    rejects_invalid_event_subscriptions_with_a_code
    completes_after_requiring_boot
}

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

    async fn subscribe(&self, workspace: &Workspace) -> Feed {
        Feed::of(workspace.owner(), &self.document(), json!({ "w": workspace.id })).await
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
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let items = Items::of(&server).await;
    let mut live = items.subscribe(&workspace).await;
    // Marks the end of catching up, since no client has this revision.
    let mut seen = items.collect(&mut live, BTreeSet::from(["PrivateChanged".to_owned()])).await;
    let member = workspace.add_member("Mia Member", "ADMIN").await;
    let words = format!("<@{}>", workspace.owner().id);
    let (message, seq) = member.send_message(&workspace.general, &words).await;
    seen.extend(items.collect(&mut live, BTreeSet::from(["NotificationAdded".to_owned()])).await);
    create_private_changes(&workspace, seq).await;
    create_message_events(&member, &message).await;
    create_file_events(&workspace).await;
    create_member_events(&workspace, &member).await;
    let missing = items.names().into_iter().filter(|name| !seen.contains_key(name)).collect();
    seen.extend(items.collect(&mut live, missing).await);

    let events: BTreeSet<String> = items.schema.members("LogEvent").into_iter().collect();
    let from_memory = items.collect(&mut items.subscribe(&workspace).await, events.clone()).await;
    server.stop().await;
    let server = Server::on(store).await;
    let from_database = items.collect(&mut items.subscribe(&workspace.at(&server)).await, events.clone()).await;
    for event in &events {
        assert_eq!(from_memory[event], from_database[event], "from memory and from the database");
    }
    server.stop().await;
}

async fn create_private_changes(workspace: &Workspace, seq: i64) {
    let input = json!({ "channelId": workspace.general, "seq": seq, "epoch": 0 });
    workspace.owner().mutate("markRead", input, "privateRev").await;
    let input = json!({ "workspaceId": workspace.id, "seq": seq });
    workspace.owner().mutate("markNotificationsRead", input, "privateRev").await;
}

async fn create_message_events(author: &Member, message: &str) {
    author.mutate("editMessage", json!({ "messageId": message, "text": "two <!channel>" }), "seq").await;
    for reaction in ["addReaction", "removeReaction"] {
        author.mutate(reaction, json!({ "messageId": message, "emoji": "👍" }), "seq").await;
    }
    author.mutate("deleteMessage", json!({ "messageId": message }), "seq").await;
}

/// Creates, changes and removes files, an emoji and the name of the workspace.
async fn create_file_events(workspace: &Workspace) {
    let owner = workspace.owner();
    let uploader = Uploader { client: &owner.client, workspace: &workspace.id };
    let picture = png(40, 30, "");
    let mut files = Vec::new();
    for name in ["sent.png", "face.png", "removed.png"] {
        files.push(text(&uploader.upload(name, &picture).await.unwrap(), "/id"));
    }
    let [sent, face, removed] = files.as_slice() else { unreachable!() };
    let input = json!({ "channelId": workspace.general, "text": "", "attachmentIds": [sent] });
    owner.mutate("sendMessage", input, "seq").await;
    owner.mutate("updateFile", json!({ "fileId": sent, "alt": "A square" }), "seq").await;
    let input = json!({ "workspaceId": workspace.id, "name": "face", "fileId": face });
    let emoji = owner.mutate("createEmoji", input, "emoji { id }").await;
    // Previews must not change between two reads.
    for file in &files {
        uploader.wait_until_ready(file).await;
    }
    owner.mutate("deleteEmoji", json!({ "emojiId": text(&emoji, "/emoji/id") }), "seq").await;
    owner.mutate("deleteFile", json!({ "fileId": removed }), "seq").await;
    owner.mutate("updateWorkspace", json!({ "workspaceId": workspace.id, "name": "Another" }), "seq").await;
}

/// Changes a member, adds them to a channel, and removes them from it and from the workspace.
async fn create_member_events(workspace: &Workspace, member: &Member) {
    let (owner, id) = (workspace.owner(), &member.id);
    member.mutate("updateMember", json!({ "workspaceId": workspace.id, "name": "Mia" }), "seq").await;
    let private = workspace.create_private_channel("secret", &[]).await;
    owner.mutate("addToChannel", json!({ "channelId": private, "memberIds": [id] }), "seq").await;
    owner.mutate("setChannelTopic", json!({ "channelId": private, "topic": "whispers" }), "seq").await;
    owner.mutate("removeFromChannel", json!({ "channelId": private, "memberId": id }), "seq").await;
    owner.mutate("removeMember", json!({ "memberId": id }), "seq").await;
}

async fn accepts_fragments_on_the_event_interface(Setup { workspace, .. }: &Setup) {
    let query =
        "subscription($w: ID!) { events(workspaceId: $w, after: 0) { ...Numbered ... on EventItem { __typename } } }
      fragment Numbered on LogEvent { seq at actorId ... on ChannelCreated { channel { ...Named } } }
      fragment Named on ChannelSnapshot { channelId name }";
    let mut feed = Feed::of(workspace.owner(), query, json!({ "w": workspace.id })).await;
    let events = feed.up_to(3).await;
    assert_eq!(events[0]["__typename"], "WorkspaceCreated");
    assert_eq!(events[0]["actorId"], json!(workspace.owner().id));
    assert_eq!(events[2]["channel"], json!({ "channelId": workspace.general, "name": "general" }));
}

async fn rejects_invalid_event_subscriptions_with_a_code(Setup { workspace, .. }: &Setup) {
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
        let mut socket = workspace.owner().subscribe(query, json!({ "w": workspace.id })).await;
        let response = socket.next_for("1").await;
        assert_eq!(response["type"], "error", "{query}: {response}");
        assert_eq!(response["payload"][0]["extensions"]["code"], code, "{query}: {response}");
    }
}

async fn completes_after_requiring_boot(Setup { workspace, .. }: &Setup) {
    let mut feed = Feed::socket(workspace.owner(), workspace, 1_000_000).await;
    let item = feed.next().await.unwrap();
    assert_eq!((&item["__typename"], &item["takeBoot"]), (&json!("Resync"), &json!(true)));
    assert_eq!(feed.next().await, Err(End::Complete));
}
