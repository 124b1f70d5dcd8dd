//! Subscriptions over multipart HTTP.

use std::time::Duration;

use api::wire::http::{Settings, Timing};
use serde_json::{Value, json};

use crate::support::multipart_stream::{ACCEPT, MultipartStream};
use crate::support::server::{EVENTS, Server, post};

async fn open(server: &Server, token: &str, workspace: &str) -> MultipartStream {
    MultipartStream::open(server, token, &json!({ "query": EVENTS, "variables": { "workspaceId": workspace } })).await
}

#[tokio::test]
async fn streams_events_until_sign_out() {
    let server = Server::start().await;
    let token = server.register().await;
    let other = server.sign_in().await;
    let workspace = server.create_workspace(&token).await;
    let mut parts = open(&server, &token, &workspace).await;
    for name in ["one", "two"] {
        server.create_channel(&other, &workspace, name).await;
        loop {
            let part = parts.next().await.unwrap();
            let event = &part["payload"]["data"]["events"];
            if event["__typename"] == "ChannelCreated" {
                assert_eq!(event["channel"]["name"], name);
                break;
            }
        }
    }
    server.graphql(Some(&token), "mutation{signOut(input:{}){sessionId}}", Value::Null).await;
    server.create_channel(&other, &workspace, "after").await;
    let part = parts.next().await.unwrap();
    assert_eq!(part["payload"], Value::Null);
    assert_eq!(part["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert!(parts.next().await.is_none());
}

#[tokio::test]
async fn sends_keep_alives_and_ends_on_shutdown() {
    let timing = Timing { ping_interval: Duration::from_millis(20), ..Timing::default() };
    let server = Server::start_with_settings(Settings { timing, ..Settings::default() }, None).await;
    let token = server.register().await;
    let workspace = server.create_workspace(&token).await;
    let mut parts = open(&server, &token, &workspace).await;
    for _ in 0..3 {
        let part = parts.next().await.unwrap();
        assert!(part == json!({}) || part["payload"]["data"].is_object(), "{part}");
    }
    server.shut_down();
    while let Some(part) = parts.next().await {
        if let Some(error) = part.get("errors") {
            assert_eq!(error[0]["extensions"]["code"], "UNAVAILABLE");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn returns_an_ordinary_response_for_invalid_subscriptions() {
    let server = Server::start().await;
    let token = server.register().await;
    let ask = |query: &str| post(&json!({ "query": query })).header("accept", ACCEPT);
    let text = "subscription{events(workspaceId:\"wks_01h455vb4pex5vsknk084sn02q\"){nosuch}}";
    let request = ask(text).header("authorization", &format!("Bearer {token}"));
    let reply = server.send(request).await;
    assert_eq!((reply.status, &*reply.code()), (400, "GRAPHQL_VALIDATION_FAILED"));
    let reply = server.send(ask("subscription{events(workspaceId:\"a\"){__typename} __typename}")).await;
    assert_eq!((reply.status, &*reply.code()), (400, "GRAPHQL_VALIDATION_FAILED"));
    // A query from a client that also accepts multipart gets an ordinary response.
    let reply = server.send(ask("{__typename}")).await;
    assert_eq!(reply.json()["data"]["__typename"], "Query");
}
