//! Subscriptions over multipart HTTP.

use std::time::Duration;

use api::wire::http::{Settings, Timing};
use serde_json::{Value, json};

use crate::support::{ACCEPT, EVENTS, Member, MultipartStream, Server, Setup, Workspace, post, sqlite};

sqlite! {
    streams_events_until_sign_out
    returns_an_ordinary_response_for_invalid_subscriptions
}

async fn open(member: &Member, workspace: &Workspace) -> MultipartStream {
    MultipartStream::open(member, &json!({ "query": EVENTS, "variables": { "workspaceId": workspace.id } })).await
}

async fn streams_events_until_sign_out(Setup { workspace, .. }: &Setup) {
    let other = workspace.owner().sign_in().await;
    let mut parts = open(&other, workspace).await;
    for name in ["one", "two"] {
        workspace.create_channel(name).await;
        loop {
            let part = parts.next().await.unwrap();
            let event = &part["payload"]["data"]["events"];
            if event["__typename"] == "ChannelCreated" {
                assert_eq!(event["channel"]["name"], name);
                break;
            }
        }
    }
    other.mutate("signOut", json!({}), "sessionId").await;
    workspace.create_channel("after").await;
    let part = parts.next().await.unwrap();
    assert_eq!(part["payload"], Value::Null);
    assert_eq!(part["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert!(parts.next().await.is_none());
}

#[tokio::test]
async fn sends_keep_alives_and_ends_on_shutdown() {
    let timing = Timing { ping_interval: Duration::from_millis(20), ..Timing::default() };
    let server = Server::start_with_settings(Settings { timing, ..Settings::default() }, None).await;
    let workspace = Workspace::create(&server).await;
    let mut parts = open(workspace.owner(), &workspace).await;
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

async fn returns_an_ordinary_response_for_invalid_subscriptions(Setup { server, workspace, .. }: &Setup) {
    let ask = |query: &str| post(&json!({ "query": query })).header("accept", ACCEPT);
    let text = "subscription{events(workspaceId:\"wks_01h455vb4pex5vsknk084sn02q\"){nosuch}}";
    let request = ask(text).header("authorization", &format!("Bearer {}", workspace.owner().token()));
    let reply = server.send(request).await;
    assert_eq!((reply.status, &*reply.code()), (400, "GRAPHQL_VALIDATION_FAILED"));
    let reply = server.send(ask("subscription{events(workspaceId:\"a\"){__typename} __typename}")).await;
    assert_eq!((reply.status, &*reply.code()), (400, "GRAPHQL_VALIDATION_FAILED"));
    // A query from a client that also accepts multipart gets an ordinary response.
    let reply = server.send(ask("{__typename}")).await;
    assert_eq!(reply.json()["data"]["__typename"], "Query");
}
