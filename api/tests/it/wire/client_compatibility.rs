//! Requests of common clients: root fragments, persisted queries, lone surrogates and byte order marks.

use serde_json::{Value, json};

use crate::support::{MultipartStream, Request, Server, Setup, Socket, post, request, sqlite, wait_for_channel};

sqlite! {
    accepts_subscriptions_with_root_fragments
    invalid_subscriptions_fail_with_a_code
    a_lone_surrogate_fails_only_its_operation
}

const EVENTS: &str = "events(workspaceId: $w, after: 3) { __typename ... on ChannelCreated { channel { name } } }";

/// Documents with the same subscription, and the response key of each.
fn documents() -> Vec<(String, &'static str)> {
    let events = |before: &str, after: &str| format!("subscription($w: ID!) {{ {before}{EVENTS}{after} }}");
    let aliased = events("... on Subscription { mine: ", " }");
    let fragment = |spread: &str, rest: &str| {
        format!("subscription($w: ID!) {{ {spread} }} fragment F on Subscription {{ {EVENTS} }} {rest}")
    };
    vec![
        (events("", ""), "events"),
        (events("... on Subscription { ", " }"), "events"),
        (events("... { ", " }"), "events"),
        (events("... { ... on Subscription { ", " } }"), "events"),
        (aliased, "mine"),
        (fragment("...F", ""), "events"),
        (fragment("... { ...F }", ""), "events"),
        (fragment("...G", "fragment G on Subscription { ...F }"), "events"),
    ]
}

async fn accepts_subscriptions_with_root_fragments(Setup { workspace, .. }: &Setup) {
    workspace.create_channel("first").await;
    let expected =
        |key: &str| json!({ "data": { key: { "__typename": "ChannelCreated", "channel": { "name": "first" } } } });
    let mut socket = workspace.owner().socket().await;
    for (number, (document, key)) in documents().into_iter().enumerate() {
        let id = number.to_string();
        socket.subscribe(&id, &document, json!({ "w": workspace.id })).await;
        let item = socket.next_for(&id).await;
        assert_eq!(item["payload"], expected(key), "{document}: {item}");
        let body = json!({ "query": document, "variables": { "w": workspace.id } });
        let item = MultipartStream::open(workspace.owner(), &body).await.next().await.unwrap();
        assert_eq!(item["payload"], expected(key), "{document}: {item}");
    }
    let variables = json!({ "w": workspace.id, "m": [workspace.owner().id] });
    let watch = "subscription($w: ID!, $m: [ID!]!) { ...P }
        fragment P on Subscription { presence(workspaceId: $w, memberIds: $m) { __typename } }";
    socket.subscribe("p", watch, variables).await;
    let item = socket.next_for("p").await;
    assert_eq!(item["payload"], json!({ "data": { "presence": [{ "__typename": "MemberPresence" }] } }));
}

async fn invalid_subscriptions_fail_with_a_code(Setup { workspace, .. }: &Setup) {
    let mut socket = workspace.owner().socket().await;
    for (number, document) in [
        "subscription($w: ID!) { ...None }",
        "subscription($w: ID!) { ... on Query { events(workspaceId: $w) { __typename } } }",
        "subscription($w: ID!) { ...Q } fragment Q on Query { events(workspaceId: $w) { __typename } }",
        "subscription($w: ID!) { ...F @skip(if: false) } fragment F on Subscription { events(workspaceId: $w) { __typename } }",
        "subscription($w: ID!) { ...F ...G } fragment F on Subscription { a: events(workspaceId: $w) { __typename } } fragment G on Subscription { b: events(workspaceId: $w) { __typename } }",
        "subscription($w: ID!) { ...F } fragment F on Subscription { nosuch(workspaceId: $w) }",
        "subscription($w: ID!) { ...F } fragment F on Subscription { events(workspaceId: $w) { nosuch } }",
        "subscription($w: ID!) { ...F } fragment F on Subscription { events(workspaceId: $w) { __typename } } fragment G on Subscription { events(workspaceId: $w) { __typename } }",
        "subscription($w: ID!) { ...F } fragment F on Subscription { ...F }",
    ]
    .into_iter()
    .enumerate()
    {
        let id = number.to_string();
        socket.subscribe(&id, document, json!({ "w": workspace.id })).await;
        let refused = socket.next_for(&id).await;
        let code = refused["payload"][0]["extensions"]["code"].as_str();
        assert_eq!(
            (refused["type"].as_str(), code),
            (Some("error"), Some("GRAPHQL_VALIDATION_FAILED")),
            "{document}: {refused}"
        );
    }
    // The connection has survived all of them.
    socket.subscribe("last", "{ __typename }", Value::Null).await;
    assert_eq!(socket.next_for("last").await["type"], "next");
}

fn persisted_query() -> Value {
    json!({ "variables": {}, "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "ab".repeat(32) } } })
}

#[tokio::test]
async fn rejects_persisted_query_hashes_with_the_standard_error() {
    let server = Server::start().await;
    let expected = json!({ "errors": [{ "message": "PersistedQueryNotSupported",
        "extensions": { "code": "PERSISTED_QUERY_NOT_SUPPORTED" } }] });
    let extensions = "extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%2C%22sha256Hash%22%3A%22ab%22%7D%7D";
    let get = |query: &str| request("GET", &format!("/graphql?{query}")).header("accept", "application/json");
    for request in [post(&persisted_query()), get(extensions)] {
        assert_eq!(server.send(request).await.json(), expected);
    }
    // Without the name of a stored document, nothing can be sent again.
    for request in [post(&json!({ "documentId": "ab" })), get("documentId=ab")] {
        assert_eq!(server.send(request).await.code(), "BAD_REQUEST");
    }
    let mut socket = Socket::connect(&server, None).await;
    socket.send(json!({ "type": "subscribe", "id": "1", "payload": persisted_query() })).await;
    assert_eq!(socket.next_for("1").await, json!({ "type": "error", "id": "1", "payload": expected["errors"] }));
    // With a document beside the hash it is an ordinary request.
    let mut both = persisted_query();
    both["query"] = json!("{__typename}");
    assert_eq!(server.send(post(&both)).await.json(), json!({ "data": { "__typename": "Query" } }));
    socket.send(json!({ "type": "subscribe", "id": "1", "payload": both })).await;
    assert_eq!(socket.next_for("1").await["type"], "next");
}

async fn a_lone_surrogate_fails_only_its_operation(Setup { workspace, .. }: &Setup) {
    let mut socket = workspace.owner().socket().await;
    socket.subscribe("events", crate::support::EVENTS, json!({ "workspaceId": workspace.id })).await;
    let half = r#"{"type":"subscribe","id":"1","payload":{"query":"query($a: String) { __typename @skip(if: false) }","variables":{"a":"cut \ud83d"}}}"#;
    futures_util::SinkExt::send(&mut socket.0, half.into()).await.unwrap();
    let refused = socket.next_for("1").await;
    assert_eq!(
        (&refused["type"], &refused["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("BAD_REQUEST"))
    );
    workspace.create_channel("after").await;
    wait_for_channel(&mut socket, "events", "after").await;
}

#[tokio::test]
async fn accepts_a_trailing_slash_and_a_byte_order_mark() {
    let server = Server::start().await;
    let body = json!({ "query": "{__typename}" }).to_string();
    let marked = [b"\xEF\xBB\xBF", body.as_bytes()].concat();
    let json_to = |path: &str| -> Request { request("POST", path).header("content-type", "application/json") };
    for request in [
        json_to("/graphql/").body(body),
        json_to("/graphql").body(marked),
        request("GET", "/graphql/?query=%7B__typename%7D"),
    ] {
        assert_eq!(server.send(request).await.json(), json!({ "data": { "__typename": "Query" } }));
    }
}
