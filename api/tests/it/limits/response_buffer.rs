//! Unread responses: their bytes are bounded over HTTP and WebSocket, and other accounts are not affected.

use std::time::Duration;

use api::wire::http::{Settings, Timing};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    Member, Request, Response, Server, Socket, Store, Workspace, code, connect_with_small_buffer, number, post,
};

/// Two pages of messages of maximum length.
const LARGE_QUERY: &str = "query($c: ID!) { channel(id: $c) { a: messages(last: 100) { nodes \
    { text } } b: messages(last: 100) { nodes { text } } } }";
const MESSAGES: usize = 100;
const TEXT_BYTES: usize = 16_000;
/// The minimum size of the response.
const RESPONSE_BYTES: usize = 2 * MESSAGES * TEXT_BYTES;
/// Pending bytes per account, as documented.
const PENDING_BYTES_LIMIT: usize = 16 * 1024 * 1024;

/// A server that never drops a slow peer, and a workspace with `messages` messages.
async fn start_with_messages(messages: usize) -> (Server, Workspace) {
    let store = Store::sqlite();
    let one_day = Duration::from_secs(86_400);
    let timing = Timing { write_timeout: one_day, response_timeout: one_day, ..Timing::default() };
    let config = store.config();
    let server = Server::start_with_config(Some(store), Settings { timing, ..Settings::default() }, config).await;
    let workspace = Workspace::create(&server).await;
    for _ in 0..messages {
        workspace.owner().send_message(&workspace.general, &"x".repeat(TEXT_BYTES)).await;
    }
    (server, workspace)
}

fn variables(workspace: &Workspace) -> Value {
    json!({ "c": workspace.general })
}

fn large_request(user: &Member, workspace: &Workspace) -> Request {
    let request = post(&json!({ "query": LARGE_QUERY, "variables": variables(workspace) }));
    request.header("authorization", &format!("Bearer {}", user.token()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bounds_unread_responses_in_bytes() {
    let (server, workspace) = start_with_messages(MESSAGES).await;
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let mut open = Vec::new();
    let refused = loop {
        let mut stream = connect_with_small_buffer(&server).await;
        stream.write_all(&large_request(workspace.owner(), &workspace).bytes(server.address)).await.unwrap();
        let mut head = b"HTTP/1.1 ...".to_vec();
        stream.read_exact(&mut head).await.unwrap();
        if head != b"HTTP/1.1 200" {
            stream.read_to_end(&mut head).await.unwrap();
            break Response::read(&head);
        }
        open.push(stream);
        assert!(open.len() * RESPONSE_BYTES <= PENDING_BYTES_LIMIT, "{} responses are pending", open.len());
    };
    assert_eq!((refused.status, refused.code()), (429, "RATE_LIMITED".to_owned()));
    let wait = number(&refused.json(), "/errors/0/extensions/retryAfter");
    assert!((1..=3).contains(&wait) && refused.header("retry-after") == Some(&*wait.to_string()));
    // Mutations continue, and other accounts are not affected.
    workspace.owner().send_message(&workspace.general, &"x".repeat(TEXT_BYTES)).await;
    let response = server.send(large_request(&ben, &workspace)).await;
    assert!(response.status == 200 && response.body.len() > RESPONSE_BYTES, "{}", response.body.len());
    drop(open);
    // Closed connections free their bytes.
    while server.send(large_request(workspace.owner(), &workspace)).await.status != 200 {}
}

/// A socket of the owner with a small receive buffer.
async fn socket_with_small_buffer(server: &Server, workspace: &Workspace) -> Socket {
    Socket::connect_over(connect_with_small_buffer(server).await, workspace.owner().token()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_responses_on_sockets() {
    let (server, workspace) = start_with_messages(MESSAGES).await;
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let mut open = Vec::new();
    let refused = loop {
        let mut socket = socket_with_small_buffer(&server, &workspace).await;
        socket.subscribe("1", LARGE_QUERY, variables(&workspace)).await;
        let mut head = [0; 4];
        while socket.0.get_ref().peek(&mut head).await.unwrap() < head.len() {}
        // A frame header states the length: this frame has at most 64 KiB.
        if head[1] < 127 {
            break socket.next_for("1").await;
        }
        open.push(socket);
        assert!(open.len() * RESPONSE_BYTES <= PENDING_BYTES_LIMIT, "{} responses are pending", open.len());
    };
    assert_eq!(refused["type"], "error");
    assert_eq!(code(&json!({ "errors": refused["payload"] })).as_deref(), Some("RATE_LIMITED"));
    let mut ben_socket = ben.subscribe(LARGE_QUERY, variables(&workspace)).await;
    assert!(ben_socket.next_for("1").await["payload"]["data"]["channel"]["b"].is_object());
    // Reading the pending responses continues the connection.
    for mut socket in open {
        assert!(socket.next_for("1").await["payload"]["data"]["channel"]["b"].is_object());
        assert_eq!(socket.next_for("1").await["type"], "complete");
        socket.round_trip().await;
    }
    assert_eq!(server.send(large_request(workspace.owner(), &workspace)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_subscription_frames() {
    let (server, workspace) = start_with_messages(0).await;
    let texts: String = (0..30).map(|n| format!("t{n}: text ")).collect();
    let events = format!(
        "subscription($w: ID!) {{ events(workspaceId: $w, privateRev: 77) {{ __typename \
         ... on MessageSent {{ message {{ {texts} }} }} }} }}"
    );
    let mut open = Vec::new();
    for _ in 0..10 {
        let mut socket = socket_with_small_buffer(&server, &workspace).await;
        socket.subscribe("1", &events, json!({ "w": workspace.id })).await;
        // `PrivateChanged` marks the live edge.
        assert_eq!(socket.next_for("1").await["type"], "next");
        open.push(socket);
    }
    // Each character takes six bytes as JSON, and each text is selected thirty times.
    let messages = 3;
    for _ in 0..messages {
        workspace.owner().send_message(&workspace.general, &"\u{1}".repeat(TEXT_BYTES)).await;
    }
    while !server.app.metrics().contains("confab_responses_refused_total{reason=\"account\"}") {
        tokio::task::yield_now().await;
    }
    // Some connections were closed; the others receive everything.
    let (mut closed, mut whole) = (0, 0);
    for mut socket in open {
        let mut sent = 0;
        while sent < messages {
            match socket.0.next().await.unwrap().unwrap() {
                Message::Text(text) => sent += usize::from(text.contains("MessageSent")),
                Message::Close(Some(frame)) => {
                    assert_eq!(u16::from(frame.code), 1013);
                    assert!(frame.reason.contains("UNAVAILABLE"), "{}", frame.reason);
                    break;
                }
                other => panic!("{other:?}"),
            }
        }
        if sent == messages { whole += 1 } else { closed += 1 }
    }
    assert!(closed > 0 && whole > 0, "{closed} closed, {whole} whole");
}
