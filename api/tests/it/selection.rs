//! What may be selected of the objects inside of `events`: the fields that the event carries, which then
//! render; every other one is refused by name. The schema itself says which fields there are.

use std::collections::{BTreeMap, BTreeSet};

use api::live::selection::{CARRIED, CARRIED_INSIDE};
use serde_json::{Value, json};

use crate::client::Client;
use crate::depot::{Uploader, png};
use crate::feed::{End, Feed};
use crate::people::{Company, Person, server_on, text};
use crate::schema::{Field, Schema};
use crate::server::Server;
use crate::socket::Socket;
use crate::store::{Store, both};

both!(what_events_carry_renders_live_and_caught_up);

/// Item types with their fields that are objects.
fn objects(schema: &Schema) -> Vec<(String, Field)> {
    let items = schema.members("EventItem");
    let fields = items.iter().flat_map(|item| schema.fields(item).into_iter().map(move |field| (item.clone(), field)));
    fields.filter(|(_, field)| !matches!(field.kind.as_str(), "SCALAR" | "ENUM")).collect()
}

fn carried(item: &str, field: &str) -> BTreeSet<String> {
    let rows: Vec<_> = CARRIED.iter().filter(|row| row.0 == item && row.1 == field).collect();
    assert!(rows.len() <= 1, "{item}.{field} stands twice in CARRIED");
    rows.iter().flat_map(|row| row.2.iter().map(|name| (*name).to_owned())).collect()
}

/// Subscribes over a WebSocket of its own; answers the first message about it.
async fn subscribe(server: &Server, person: &Person, query: &str, company: &Company) -> Value {
    let mut socket = Socket::ready(server, Some(&person.token)).await;
    let variables = json!({ "w": company.workspace });
    socket.subscribe("1", query, variables).await;
    socket.next_of("1").await
}

#[tokio::test]
async fn a_field_that_is_not_carried_is_refused_by_name() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
    let schema = Schema::of(&server).await;
    let mut refused = 0;
    for (item, field) in objects(&schema) {
        let carried = carried(&item, &field.name);
        assert!(!carried.is_empty(), "{item}.{} has no row in CARRIED", field.name);
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
                let answer = subscribe(&server, &company.owner, &query, &company).await;
                assert_eq!(answer["type"], "error", "{query}: {answer}");
                assert_eq!(answer["payload"][0]["extensions"]["code"], "BAD_USER_INPUT", "{query}: {answer}");
                assert!(text(&answer, "/payload/0/message").contains(&wanted), "{query}: {answer}");
            }
            let spread = format!(
                "subscription($w: ID!) {{ events(workspaceId: $w) {{ ...A }} }} fragment A on {item} {{ {name} {{ ...B }} }} \
                 fragment B on {of} {{ {} {nested} }}",
                inner.name
            );
            let answer = subscribe(&server, &company.owner, &spread, &company).await;
            assert_eq!(answer["payload"][0]["extensions"]["code"], "BAD_USER_INPUT", "{spread}: {answer}");
            refused += 1;
        }
    }
    assert!(refused > 30, "{refused} fields were tried");
}

#[tokio::test]
async fn the_descriptions_name_what_is_carried() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let schema = Schema::of(&server).await;
    let found = objects(&schema);
    for (item, field) in &found {
        let all: BTreeSet<String> = schema.fields(&field.of).into_iter().map(|inner| inner.name).collect();
        let named = field.description.split_once("Carried: ").map(|(_, rest)| rest.split('.').next().unwrap());
        // Where nothing is said, everything is carried.
        let named = named.map_or_else(
            || all.clone(),
            |list| list.split(',').map(|name| name.trim().to_owned()).collect::<BTreeSet<_>>(),
        );
        assert!(named.is_subset(&all), "{item}.{}", field.name);
        assert_eq!(named, carried(item, &field.name), "{item}.{}", field.name);
    }
    let known: BTreeSet<(&str, &str)> =
        found.iter().map(|(item, field)| (item.as_str(), field.name.as_str())).collect();
    for (item, field, fields) in CARRIED {
        assert!(known.contains(&(item, field)) || fields.is_empty(), "CARRIED has {item}.{field}, which is no object");
    }
}

/// Fields with those of the objects among them.
fn whole(fields: &[&str]) -> String {
    let one = |field: &&str| match CARRIED_INSIDE.iter().find(|(name, _)| name == field) {
        Some((name, inside)) => format!("{name} {{ {} }}", whole(inside)),
        None => (*field).to_owned(),
    };
    fields.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// A document with all that CARRIED allows, each object under the name of its item.
fn everything_carried() -> String {
    let objects = CARRIED.iter().filter(|(_, field, _)| !field.is_empty());
    let parts: Vec<String> = objects
        .map(|(item, field, fields)| format!("... on {item} {{ {item}_{field}: {field} {{ {} }} }}", whole(fields)))
        .collect();
    format!(
        "subscription($w: ID!) {{ events(workspaceId: $w, after: 0, privateRev: 77) {{ __typename \
         ... on LogEvent {{ seq }} {} }} }}",
        parts.join(" ")
    )
}

async fn watch(server: &Server, company: &Company) -> Feed {
    let mut socket = Socket::ready(server, Some(&company.owner.token)).await;
    socket.subscribe("1", &everything_carried(), json!({ "w": company.workspace })).await;
    Feed::Socket(Box::new(socket))
}

/// Makes every event that has an object, and the signal that has one.
async fn live_a_little(server: &Server, company: &Company) -> i64 {
    let member = company.hires(server, "Mia Member", "ADMIN").await;
    let private = company.private(server, "secret", &[]).await;
    let (workspace, owner) = (&company.workspace, &company.owner);
    let input = json!({ "workspaceId": workspace, "channelId": private, "memberIds": [member.member] });
    owner.does(server, "addToChannel", "{ seq }", input).await;
    let (message, seq) = member.sends(server, company, &company.general, "one <!channel>").await;
    let input = json!({ "workspaceId": workspace, "messageId": message, "text": "two" });
    member.does(server, "editMessage", "{ seq }", input).await;
    let input = json!({ "workspaceId": workspace, "channelId": company.general, "seq": seq, "epoch": 0 });
    owner.does(server, "markRead", "{ privateRev }", input).await;
    files(server, company).await;
    let input = json!({ "workspaceId": workspace, "messageId": message });
    crate::people::number(&member.does(server, "deleteMessage", "{ seq }", input).await, "/seq")
}

/// A file that is sent and described, an emoji, and another name of the workspace.
async fn files(server: &Server, company: &Company) {
    let owner = &company.owner;
    let client = Client { token: Some(owner.token.clone()), ..Client::new(server.address) };
    let uploader = Uploader { client: &client, workspace: &company.workspace };
    let picture = png(40, 30, "");
    let sent = text(&uploader.upload("sent.png", &picture).await.unwrap(), "/id");
    let face = text(&uploader.upload("face.png", &picture).await.unwrap(), "/id");
    let input =
        json!({ "workspaceId": company.workspace, "channelId": company.general, "text": "", "attachmentIds": [sent] });
    owner.does(server, "sendMessage", "{ seq }", input).await;
    let input = json!({ "workspaceId": company.workspace, "fileId": sent, "alt": "A square" });
    owner.does(server, "updateFile", "{ seq }", input).await;
    let input = json!({ "workspaceId": company.workspace, "name": "face", "fileId": face });
    owner.does(server, "createEmoji", "{ seq }", input).await;
    let input = json!({ "workspaceId": company.workspace, "name": "Another" });
    owner.does(server, "updateWorkspace", "{ seq }", input).await;
    // What is made of it afterwards must not come between two looks.
    uploader.ready(&sent).await;
    uploader.ready(&face).await;
}

/// Collects an example of each item type, until those that are wanted have come.
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

async fn what_events_carry_renders_live_and_caught_up(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let mut live = watch(&server, &company).await;
    // It comes when the subscription has caught up, since nobody has this revision.
    let mut seen = examples(&mut live, BTreeSet::from(["PrivateChanged"])).await;
    live_a_little(&server, &company).await;
    let wanted = || CARRIED.iter().filter(|row| !row.1.is_empty()).map(|row| row.0).collect::<BTreeSet<_>>();
    // The feed itself refuses an item with errors.
    let new = wanted().into_iter().filter(|item| !seen.contains_key(*item)).collect();
    seen.extend(examples(&mut live, new).await);
    for (item, field, fields) in CARRIED.iter().filter(|row| !row.1.is_empty()) {
        let object = seen[*item][format!("{item}_{field}")].as_object().unwrap();
        assert_eq!(object.len(), fields.len(), "{item}.{field}");
    }
    let mut events = wanted();
    events.remove("ReadingChanged");
    let caught_up = examples(&mut watch(&server, &company).await, events.clone()).await;
    server.stop().await;
    let server = server_on(store).await;
    let read_back = examples(&mut watch(&server, &company).await, events.clone()).await;
    for item in events {
        assert_eq!(caught_up[item], read_back[item], "from memory and from the database");
    }
    server.stop().await;
}

#[tokio::test]
async fn fragments_on_the_interface_of_events_work() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
    let query =
        "subscription($w: ID!) { events(workspaceId: $w, after: 0) { ...Numbered ... on EventItem { __typename } } }
      fragment Numbered on LogEvent { seq at actorId ... on ChannelCreated { channel { ...Named } } }
      fragment Named on Channel { ... on Node { id } name }";
    let mut socket = Socket::ready(&server, Some(&company.owner.token)).await;
    socket.subscribe("1", query, json!({ "w": company.workspace })).await;
    let mut feed = Feed::Socket(Box::new(socket));
    let events = feed.up_to(3).await;
    assert_eq!(events[0]["__typename"], "WorkspaceCreated");
    assert_eq!(events[0]["actorId"], json!(company.owner.member));
    assert_eq!(events[2]["channel"], json!({ "id": company.general, "name": "general" }));
}

#[tokio::test]
async fn what_is_no_subscription_to_events_is_refused_with_a_code() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
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
        let answer = subscribe(&server, &company.owner, query, &company).await;
        assert_eq!(answer["type"], "error", "{query}: {answer}");
        assert_eq!(answer["payload"][0]["extensions"]["code"], code, "{query}: {answer}");
    }
}

#[tokio::test]
async fn a_cursor_beyond_the_log_must_take_boot_and_that_is_the_end() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
    let mut feed = Feed::socket(&server, &company.owner, &company, 1_000_000).await;
    let item = feed.next().await.unwrap();
    assert_eq!((&item["__typename"], &item["takeBoot"]), (&json!("Resync"), &json!(true)));
    assert_eq!(feed.next().await, Err(End::Complete));
}
