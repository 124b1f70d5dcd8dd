//! Selections of objects in `events`: fields that the event carries are rendered, others are rejected by name. The
//! schema lists the fields.

use std::collections::{BTreeMap, BTreeSet};

use api::live::selection::{EVENT_FIELDS, NESTED_EVENT_FIELDS};
use serde_json::{Value, json};

use crate::support::client::Client;
use crate::support::feed::{End, Feed};
use crate::support::file_storage::{Uploader, png};
use crate::support::schema::{Field, Schema};
use crate::support::server::Server;
use crate::support::socket::Socket;
use crate::support::store::{Store, both};
use crate::support::workspace::{User, Workspace, start_server, text};

both!(renders_carried_fields_live_and_caught_up);

/// Item types with their object fields.
fn objects(schema: &Schema) -> Vec<(String, Field)> {
    let items = schema.members("EventItem");
    let fields = items.iter().flat_map(|item| schema.fields(item).into_iter().map(move |field| (item.clone(), field)));
    fields.filter(|(_, field)| !matches!(field.kind.as_str(), "SCALAR" | "ENUM")).collect()
}

fn carried(item: &str, field: &str) -> BTreeSet<String> {
    let rows: Vec<_> = EVENT_FIELDS.iter().filter(|row| row.0 == item && row.1 == field).collect();
    assert!(rows.len() <= 1, "EVENT_FIELDS lists {item}.{field} twice");
    rows.iter().flat_map(|row| row.2.iter().map(|name| (*name).to_owned())).collect()
}

/// Subscribes on a new socket. Returns the first message.
async fn subscribe(server: &Server, user: &User, query: &str, workspace: &Workspace) -> Value {
    let mut socket = Socket::connect(server, Some(&user.token)).await;
    let variables = json!({ "w": workspace.id });
    socket.subscribe("1", query, variables).await;
    socket.next_for("1").await
}

#[tokio::test]
async fn rejects_fields_that_events_do_not_carry() {
    let store = Store::sqlite();
    let server = start_server(&store).await;
    let workspace = Workspace::create(&server).await;
    let schema = Schema::of(&server).await;
    let mut refused = 0;
    for (item, field) in objects(&schema) {
        let carried = carried(&item, &field.name);
        assert!(!carried.is_empty(), "{item}.{} has no row in EVENT_FIELDS", field.name);
        for inner in schema.fields(&field.of) {
            if carried.contains(&inner.name) {
                continue;
            }
            let arguments = if inner.name == "membersAmong" { "(ids: [])" } else { "" };
            let nested = if matches!(inner.kind.as_str(), "SCALAR" | "ENUM") { "" } else { "{ __typename }" };
            let (name, of) = (&field.name, &field.of);
            let nested = format!("{arguments} {nested}");
            let wanted = format!("{item}.{name}.{}", inner.name);
            for selection in [
                format!("... on {item} {{ {name} {{ {} {nested} }} }}", inner.name),
                format!("... on {item} {{ {name} {{ __typename other: {} {nested} }} }}", inner.name),
                format!("... on {item} {{ {name} {{ ... on {of} {{ {} {nested} }} }} }}", inner.name),
            ] {
                let query = format!("subscription($w: ID!) {{ events(workspaceId: $w, after: 0) {{ {selection} }} }}");
                let response = subscribe(&server, &workspace.owner, &query, &workspace).await;
                assert_eq!(response["type"], "error", "{query}: {response}");
                assert_eq!(response["payload"][0]["extensions"]["code"], "BAD_USER_INPUT", "{query}: {response}");
                assert!(text(&response, "/payload/0/message").contains(&wanted), "{query}: {response}");
            }
            let spread = format!(
                "subscription($w: ID!) {{ events(workspaceId: $w) {{ ...A }} }} fragment A on {item} {{ {name} {{ ...B }} }} \
                 fragment B on {of} {{ {} {nested} }}",
                inner.name
            );
            let response = subscribe(&server, &workspace.owner, &spread, &workspace).await;
            assert_eq!(response["payload"][0]["extensions"]["code"], "BAD_USER_INPUT", "{spread}: {response}");
            refused += 1;
        }
    }
    assert!(refused > 30, "{refused} fields were tried");
}

#[tokio::test]
async fn descriptions_list_the_carried_fields() {
    let store = Store::sqlite();
    let server = start_server(&store).await;
    let schema = Schema::of(&server).await;
    let found = objects(&schema);
    for (item, field) in &found {
        let all: BTreeSet<String> = schema.fields(&field.of).into_iter().map(|inner| inner.name).collect();
        let named =
            field.description.split_once("Selectable fields: ").map(|(_, rest)| rest.split('.').next().unwrap());
        // A description without a list means that all fields are carried.
        let named = named.map_or_else(
            || all.clone(),
            |list| list.split(',').map(|name| name.trim().to_owned()).collect::<BTreeSet<_>>(),
        );
        assert!(named.is_subset(&all), "{item}.{}", field.name);
        assert_eq!(named, carried(item, &field.name), "{item}.{}", field.name);
    }
    let known: BTreeSet<(&str, &str)> =
        found.iter().map(|(item, field)| (item.as_str(), field.name.as_str())).collect();
    for (item, field, fields) in EVENT_FIELDS {
        assert!(
            known.contains(&(item, field)) || fields.is_empty(),
            "EVENT_FIELDS lists {item}.{field}, which is no object"
        );
    }
}

/// Fields with the selections of nested objects.
fn expand(fields: &[&str]) -> String {
    let one = |field: &&str| match NESTED_EVENT_FIELDS.iter().find(|(name, _)| name == field) {
        Some((name, inside)) => format!("{name} {{ {} }}", expand(inside)),
        None => (*field).to_owned(),
    };
    fields.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// A document with everything that `EVENT_FIELDS` allows, each object under an alias of its item type.
fn everything_carried() -> String {
    let objects = EVENT_FIELDS.iter().filter(|(_, field, _)| !field.is_empty());
    let parts: Vec<String> = objects
        .map(|(item, field, fields)| format!("... on {item} {{ {item}_{field}: {field} {{ {} }} }}", expand(fields)))
        .collect();
    format!(
        "subscription($w: ID!) {{ events(workspaceId: $w, after: 0, privateRev: 77) {{ __typename \
         ... on LogEvent {{ seq }} {} }} }}",
        parts.join(" ")
    )
}

async fn subscribe_to_carried(server: &Server, workspace: &Workspace) -> Feed {
    let mut socket = Socket::connect(server, Some(&workspace.owner.token)).await;
    socket.subscribe("1", &everything_carried(), json!({ "w": workspace.id })).await;
    Feed::Socket(Box::new(socket))
}

/// Creates every event that carries an object, and the signal that does.
async fn create_events(server: &Server, workspace: &Workspace) -> i64 {
    let member = workspace.add_member(server, "Mia Member", "ADMIN").await;
    let private = workspace.create_private_channel(server, "secret", &[]).await;
    let (workspace_id, owner) = (&workspace.id, &workspace.owner);
    let input = json!({ "workspaceId": workspace_id, "channelId": private, "memberIds": [member.member_id] });
    owner.mutate(server, "addToChannel", "{ seq }", input).await;
    let (message, seq) = member.send_message(server, workspace, &workspace.general, "one <!channel>").await;
    let input = json!({ "workspaceId": workspace_id, "messageId": message, "text": "two" });
    member.mutate(server, "editMessage", "{ seq }", input).await;
    let input = json!({ "workspaceId": workspace_id, "channelId": workspace.general, "seq": seq, "epoch": 0 });
    owner.mutate(server, "markRead", "{ privateRev }", input).await;
    create_file_events(server, workspace).await;
    let input = json!({ "workspaceId": workspace_id, "messageId": message });
    crate::support::workspace::number(&member.mutate(server, "deleteMessage", "{ seq }", input).await, "/seq")
}

/// Creates a described attachment and an emoji, and renames the workspace.
async fn create_file_events(server: &Server, workspace: &Workspace) {
    let owner = &workspace.owner;
    let client = Client::new(server.address).signed_in(&*owner.token);
    let uploader = Uploader { client: &client, workspace: &workspace.id };
    let picture = png(40, 30, "");
    let sent = text(&uploader.upload("sent.png", &picture).await.unwrap(), "/id");
    let face = text(&uploader.upload("face.png", &picture).await.unwrap(), "/id");
    let input =
        json!({ "workspaceId": workspace.id, "channelId": workspace.general, "text": "", "attachmentIds": [sent] });
    owner.mutate(server, "sendMessage", "{ seq }", input).await;
    let input = json!({ "workspaceId": workspace.id, "fileId": sent, "alt": "A square" });
    owner.mutate(server, "updateFile", "{ seq }", input).await;
    let input = json!({ "workspaceId": workspace.id, "name": "face", "fileId": face });
    owner.mutate(server, "createEmoji", "{ seq }", input).await;
    let input = json!({ "workspaceId": workspace.id, "name": "Another" });
    owner.mutate(server, "updateWorkspace", "{ seq }", input).await;
    // Previews must not change between two reads.
    uploader.wait_until_ready(&sent).await;
    uploader.wait_until_ready(&face).await;
}

/// Collects one item of each wanted type.
async fn examples(feed: &mut Feed, mut wanted: BTreeSet<&str>) -> BTreeMap<String, Value> {
    let mut seen = BTreeMap::new();
    while !wanted.is_empty() {
        let item = feed.next().await.unwrap();
        let kind = text(&item, "/__typename");
        wanted.remove(kind.as_str());
        seen.entry(kind).or_insert(item);
    }
    seen
}

async fn renders_carried_fields_live_and_caught_up(store: &Store) {
    let server = start_server(store).await;
    let workspace = Workspace::create(&server).await;
    let mut live = subscribe_to_carried(&server, &workspace).await;
    // Marks the end of catching up, since no client has this revision.
    let mut seen = examples(&mut live, BTreeSet::from(["PrivateChanged"])).await;
    create_events(&server, &workspace).await;
    let wanted = || EVENT_FIELDS.iter().filter(|row| !row.1.is_empty()).map(|row| row.0).collect::<BTreeSet<_>>();
    // The feed itself rejects items with errors.
    let new = wanted().into_iter().filter(|item| !seen.contains_key(*item)).collect();
    seen.extend(examples(&mut live, new).await);
    for (item, field, fields) in EVENT_FIELDS.iter().filter(|row| !row.1.is_empty()) {
        let object = seen[*item][format!("{item}_{field}")].as_object().unwrap();
        assert_eq!(object.len(), fields.len(), "{item}.{field}");
    }
    let mut events = wanted();
    events.remove("ReadStateChanged");
    let caught_up = examples(&mut subscribe_to_carried(&server, &workspace).await, events.clone()).await;
    server.stop().await;
    let server = start_server(store).await;
    let read_back = examples(&mut subscribe_to_carried(&server, &workspace).await, events.clone()).await;
    for item in events {
        assert_eq!(caught_up[item], read_back[item], "from memory and from the database");
    }
    server.stop().await;
}

#[tokio::test]
async fn accepts_fragments_on_the_event_interface() {
    let store = Store::sqlite();
    let server = start_server(&store).await;
    let workspace = Workspace::create(&server).await;
    let query =
        "subscription($w: ID!) { events(workspaceId: $w, after: 0) { ...Numbered ... on EventItem { __typename } } }
      fragment Numbered on LogEvent { seq at actorId ... on ChannelCreated { channel { ...Named } } }
      fragment Named on Channel { ... on Node { id } name }";
    let mut socket = Socket::connect(&server, Some(&workspace.owner.token)).await;
    socket.subscribe("1", query, json!({ "w": workspace.id })).await;
    let mut feed = Feed::Socket(Box::new(socket));
    let events = feed.up_to(3).await;
    assert_eq!(events[0]["__typename"], "WorkspaceCreated");
    assert_eq!(events[0]["actorId"], json!(workspace.owner.member_id));
    assert_eq!(events[2]["channel"], json!({ "id": workspace.general, "name": "general" }));
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
