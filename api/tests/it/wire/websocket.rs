//! `graphql-transport-ws`: every close code, and operations on a connection.

use std::time::Duration;

use api::wire::http::{Settings, Timing};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::{EVENTS, Server, Setup, Socket, post, register, sqlite, wait_for_channel};

sqlite! {
    closes_with_specific_codes_after_init
    executes_queries_and_mutations
    reports_invalid_operations_as_errors
    streams_events_until_complete
    limits_operations_to_100_per_connection
    sign_out_closes_only_connections_of_that_session
}

fn quick(timing: Timing) -> Settings {
    Settings { timing, ..Settings::default() }
}

fn code(message: &Value) -> &str {
    message["payload"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("{message}"))
}

#[tokio::test]
async fn closes_with_specific_codes_before_init() {
    let server = Server::start().await;
    for (message, expected) in [
        (json!({ "type": "nonsense" }), 4400),
        (json!({ "type": "connection_init", "payload": 1 }), 4400),
        (json!({ "type": "ping", "payload": "hello" }), 4400),
        (json!({ "type": "pong", "payload": [1] }), 4400),
        (json!({ "type": "subscribe", "id": "1", "payload": { "query": "{__typename}" } }), 4401),
        (json!({ "type": "connection_init", "payload": { "authorization": "Bearer nobody" } }), 4401),
        (json!({ "type": "connection_init", "payload": { "authorization": "nobody" } }), 4403),
    ] {
        let mut socket = Socket::open(&server).await;
        socket.send(message.clone()).await;
        let (code, reason) = socket.wait_for_close().await;
        assert_eq!(code, expected, "{message} {reason}");
        assert!(!reason.is_empty() && reason.len() <= 123);
    }
}

#[tokio::test]
async fn closes_unknown_subprotocols_with_4406() {
    let server = Server::start().await;
    let mut socket = Socket::open_with(&server, &[]).await.unwrap();
    assert_eq!(socket.wait_for_close().await.0, 4406);
}

#[tokio::test]
async fn closes_with_4408_without_init() {
    let timing = Timing { init_timeout: Duration::from_millis(50), ..Timing::default() };
    let server = Server::start_with_settings(quick(timing), None).await;
    let mut socket = Socket::open(&server).await;
    assert_eq!(socket.wait_for_close().await.0, 4408);
    // Pings do not extend the timeout.
    let mut socket = Socket::open(&server).await;
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.wait_for_close().await.0, 4408);
}

async fn closes_with_specific_codes_after_init(Setup { server, workspace, .. }: &Setup) {
    for (message, expected) in [
        (Message::text("{"), 4400),
        (Message::text("x".repeat(2_000)), 4400),
        (Message::binary(&b"{}"[..]), 4400),
        (Message::text("x".repeat(300 * 1024)), 4400),
        (Message::text(json!({ "type": "subscribe", "id": "1" }).to_string()), 4400),
        (Message::text(json!({ "type": "connection_init" }).to_string()), 4429),
    ] {
        let mut socket = Socket::connect(server, None).await;
        // The server may close before it has read all of it.
        let _ = socket.0.send(message).await;
        let (code, reason) = socket.wait_for_close().await;
        assert_eq!(code, expected, "{reason}");
        assert!(reason.len() <= 123);
    }
    let mut socket = workspace.owner().socket().await;
    let variables = json!({ "workspaceId": workspace.id });
    socket.subscribe("a", EVENTS, variables.clone()).await;
    socket.subscribe("a", EVENTS, variables).await;
    assert_eq!(socket.wait_for_close().await.0, 4409);
}

async fn executes_queries_and_mutations(Setup { workspace, .. }: &Setup) {
    let mut socket = workspace.owner().socket().await;
    socket.subscribe("q\"1", "{viewer{account{id}}}", Value::Null).await;
    let message = socket.next().await;
    assert_eq!((&message["id"], &message["type"]), (&json!("q\"1"), &json!("next")));
    assert!(message["payload"]["data"]["viewer"]["account"]["id"].is_string());
    assert_eq!(socket.next().await, json!({ "id": "q\"1", "type": "complete" }));
    // The id can be reused.
    socket.subscribe("q\"1", "{__typename}", Value::Null).await;
    assert_eq!(socket.next().await["payload"]["data"]["__typename"], "Query");
}

#[tokio::test]
async fn answers_pings_with_their_payload() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, None).await;
    let payload = json!({ "a": ["ö", 1.5, null] });
    socket.send(json!({ "type": "ping", "payload": payload })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong", "payload": payload }));
    // Large payloads are rejected.
    let mut other = Socket::connect(&server, None).await;
    other.send(json!({ "type": "ping", "payload": { "a": "x".repeat(1_024) } })).await;
    assert_eq!(
        other.wait_for_close().await,
        (4400, "Invalid message: the maximum size of a ping is 1024 bytes".to_owned())
    );
    // Unsolicited pongs and unknown operations are ignored.
    socket.send(json!({ "type": "pong" })).await;
    socket.send(json!({ "type": "complete", "id": "nobody" })).await;
    socket.send(json!({ "type": "ping" })).await;
    assert_eq!(socket.next().await, json!({ "type": "pong" }));
}

async fn reports_invalid_operations_as_errors(Setup { server, workspace, .. }: &Setup) {
    let mut socket = workspace.owner().socket().await;
    let nosuch = "subscription{events(workspaceId:\"wks_01h455vb4pex5vsknk084sn02q\"){nosuch}}";
    let missing = json!({ "workspaceId": "wks_01h455vb4pex5vsknk084sn02q" });
    for (query, variables, expected) in [
        ("{", Value::Null, "GRAPHQL_PARSE_FAILED"),
        ("{nosuch}", Value::Null, "GRAPHQL_VALIDATION_FAILED"),
        (nosuch, Value::Null, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription{__typename}", Value::Null, "GRAPHQL_VALIDATION_FAILED"),
        ("query A{__typename} query B{__typename}", Value::Null, "OPERATION_RESOLUTION_FAILURE"),
        ("{__typename}", json!({ "a": "\0" }), "BAD_USER_INPUT"),
        (EVENTS, missing.clone(), "NOT_FOUND"),
    ] {
        socket.subscribe("1", query, variables).await;
        let message = socket.next().await;
        assert_eq!((&message["id"], &message["type"]), (&json!("1"), &json!("error")), "{message}");
        assert_eq!(code(&message), expected);
    }
    let mut stranger = Socket::connect(server, None).await;
    stranger.subscribe("1", EVENTS, missing).await;
    assert_eq!(code(&stranger.next().await), "UNAUTHENTICATED");
}

async fn streams_events_until_complete(Setup { workspace, .. }: &Setup) {
    let variables = json!({ "workspaceId": workspace.id });
    let mut socket = workspace.owner().socket().await;
    socket.subscribe("a", EVENTS, variables.clone()).await;
    socket.subscribe("b", EVENTS, variables).await;
    for name in ["one", "two", "three"] {
        workspace.create_channel(name).await;
    }
    for name in ["one", "two", "three"] {
        wait_for_channel(&mut socket, "a", name).await;
    }
    socket.send(json!({ "type": "complete", "id": "a" })).await;
    socket.round_trip().await;
    workspace.create_channel("four").await;
    loop {
        let message = socket.next().await;
        assert_ne!(message["id"], "a");
        if message["payload"]["data"]["events"]["channel"]["name"] == "four" {
            break;
        }
    }
}

async fn limits_operations_to_100_per_connection(Setup { workspace, .. }: &Setup) {
    let mut socket = workspace.owner().socket().await;
    for n in 0..=100 {
        socket.subscribe(&n.to_string(), EVENTS, json!({ "workspaceId": workspace.id })).await;
    }
    let message = socket.next_for("100").await;
    assert_eq!((&message["type"], code(&message)), (&json!("error"), "RATE_LIMITED"));
    socket.send(json!({ "type": "complete", "id": "7" })).await;
    socket.subscribe("100", "{__typename}", Value::Null).await;
    assert_eq!(socket.next_for("100").await["type"], "next");
}

async fn sign_out_closes_only_connections_of_that_session(Setup { server, workspace, .. }: &Setup) {
    let other = workspace.owner().sign_in().await;
    let variables = json!({ "workspaceId": workspace.id });
    let (mut ending, mut staying) = (other.socket().await, workspace.owner().socket().await);
    for socket in [&mut ending, &mut staying] {
        socket.subscribe("a", EVENTS, variables.clone()).await;
        socket.round_trip().await;
    }
    let response = other.mutate("signOut", json!({}), "sessionId").await;
    assert!(response["sessionId"].is_string(), "{response}");
    workspace.create_channel("after").await;
    wait_for_channel(&mut staying, "a", "after").await;
    let code = loop {
        match ending.0.next().await {
            Some(Ok(Message::Text(text))) => assert!(!text.contains("after"), "{text}"),
            Some(Ok(Message::Close(Some(frame)))) => break u16::from(frame.code),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(code, 4401);
    let mut again = Socket::open(server).await;
    again.init(Some(other.token())).await;
    assert_eq!(again.wait_for_close().await.0, 4401);
}

#[tokio::test]
async fn accepts_cookies_only_from_its_own_origin() {
    let server = Server::start().await;
    let text = "mutation{register(input:{email:\"ada@example.com\",password:\"correct horse\",name:\"Ada\",transport:COOKIE}){account{id}}}";
    let reply = server.send(post(&json!({ "query": text }))).await;
    let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let ours = server.url("");
    for (origin, known) in [(Some(&*ours), true), (None, false)] {
        let mut headers = vec![("sec-websocket-protocol", "graphql-transport-ws"), ("cookie", &*cookie)];
        headers.extend(origin.map(|origin| ("origin", origin)));
        let mut socket = Socket::open_with(&server, &headers).await.unwrap();
        socket.send(json!({ "type": "connection_init" })).await;
        assert_eq!(socket.next().await["type"], "connection_ack");
        socket.subscribe("1", "{viewer{account{id}}}", Value::Null).await;
        let viewer = &socket.next().await["payload"]["data"]["viewer"];
        assert_eq!(viewer.is_object(), known, "{origin:?}");
    }
    for origin in ["https://evil.example", "null"] {
        let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("origin", origin)];
        match Socket::open_with(&server, &headers).await.err() {
            Some(Error::Http(response)) => assert_eq!(response.status(), 403),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn limits_the_number_of_connections() {
    let settings = Settings { sockets_per_account: 2, sockets_per_address: 4, ..Settings::default() };
    let server = Server::start_with_settings(settings, None).await;
    let owner = register(&server, "Ada", None).await;
    let _first = owner.socket().await;
    let second = owner.socket().await;
    let mut third = Socket::open(&server).await;
    third.init(Some(owner.token())).await;
    let (code, reason) = third.wait_for_close().await;
    assert_eq!(code, 1013);
    let reason: Value = serde_json::from_str(&reason).unwrap_or_else(|_| panic!("{reason}"));
    assert!(reason["code"] == "RATE_LIMITED" && reason["retryAfter"].as_f64().unwrap() >= 1.0, "{reason}");

    drop(second);
    let (_third, _fourth) = (third, Socket::connect(&server, None).await);
    let mut open = Vec::new();
    let refused = loop {
        let headers = [("sec-websocket-protocol", "graphql-transport-ws")];
        match Socket::open_with(&server, &headers).await {
            Ok(socket) => open.push(socket),
            Err(error) => break error,
        }
        assert!(open.len() <= 4);
    };
    match refused {
        Error::Http(response) => assert_eq!(response.status(), 429),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn drops_peers_that_answer_no_ping() {
    let timing = Timing { ping_interval: Duration::from_millis(30), ..Timing::default() };
    let server = Server::start_with_settings(quick(timing), None).await;
    let mut silent = Socket::connect(&server, None).await;
    let mut pings = 0;
    // Ends when the server has closed the connection.
    while let Some(Ok(Message::Text(text))) = silent.0.next().await {
        assert_eq!(text, r#"{"type":"ping"}"#);
        pings += 1;
    }
    assert_eq!(pings, 2);
    let mut alive = Socket::connect(&server, None).await;
    for _ in 0..5 {
        let message = alive.0.next().await.unwrap().unwrap();
        assert_eq!(message.into_text().unwrap(), r#"{"type":"ping"}"#);
        alive.send(json!({ "type": "pong" })).await;
    }
}

#[tokio::test]
async fn shutdown_closes_with_1012() {
    let timing = Timing { drain_period: Duration::from_millis(50), ..Timing::default() };
    let server = Server::start_with_settings(quick(timing), None).await;
    let mut connected = Socket::connect(&server, None).await;
    let mut silent = Socket::open(&server).await;
    server.shut_down();
    assert_eq!(connected.wait_for_close().await.0, 1012);
    assert_eq!(silent.wait_for_close().await.0, 1012);
    drop((connected, silent));
    server.stop().await;
}

#[tokio::test]
async fn rejects_bursts_with_a_retry_after() {
    let settings = Settings { admission_rate: 1, ..Settings::default() };
    let server = Server::start_with_settings(settings, None).await;
    let mut admitted = Vec::new();
    for _ in 0..8 {
        admitted.push(Socket::connect(&server, None).await);
    }
    let mut socket = Socket::open(&server).await;
    socket.send(json!({ "type": "connection_init" })).await;
    let (code, reason) = socket.wait_for_close().await;
    let reason: Value = serde_json::from_str(&reason).unwrap_or_else(|_| panic!("{reason}"));
    assert_eq!(code, 1013);
    assert!(reason["retryAfter"].as_f64().unwrap() >= 1.0, "{reason}");
}

#[tokio::test]
async fn drops_slow_readers_without_delaying_others() {
    let timing = Timing { write_timeout: Duration::from_millis(200), ..Timing::default() };
    let server = Server::start_with_settings(quick(timing), None).await;
    let owner = register(&server, "Ada", None).await;
    let mut slow = owner.socket().await;
    let mut fast = owner.socket().await;
    // Unread responses that exceed the buffers.
    let query = include_str!("../../../src/wire/http/guard/introspection.graphql");
    for n in 0..60 {
        slow.subscribe(&n.to_string(), query, Value::Null).await;
    }
    // Sending fails once the server has dropped the connection.
    while slow.0.send(Message::text(r#"{"type":"pong"}"#)).await.is_ok() {
        fast.subscribe("b", "{__typename}", Value::Null).await;
        assert_eq!(fast.next_for("b").await["type"], "next");
        assert_eq!(fast.next_for("b").await["type"], "complete");
    }
    fast.subscribe("b", "{__typename}", Value::Null).await;
    assert_eq!(fast.next_for("b").await["type"], "next");
}
