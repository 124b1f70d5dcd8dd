//! Subscriptions over plain HTTP in parts, read as Apollo Client reads them.

use std::time::Duration;

use api::http::{Settings, Timing};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::server::{EVENTS, Server, post, unchunk};

pub const ACCEPT: &str =
    "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json;q=0.9";

/// A stream of parts.
pub struct Parts {
    stream: TcpStream,
    bytes: Vec<u8>,
    read: usize,
}

impl Parts {
    async fn open(server: &Server, token: &str, workspace: &str) -> Self {
        Self::ask(server, token, &json!({ "query": EVENTS, "variables": { "workspaceId": workspace } })).await
    }

    /// Asks for a stream that must begin.
    pub async fn ask(server: &Server, token: &str, body: &Value) -> Self {
        Self::ask_over(TcpStream::connect(server.address).await.unwrap(), token, body).await
    }

    /// The same over a connection.
    pub async fn ask_over(mut stream: TcpStream, token: &str, body: &Value) -> Self {
        let request = post(body).header("accept", ACCEPT).header("authorization", &format!("Bearer {token}"));
        stream.write_all(&request.bytes(stream.peer_addr().unwrap())).await.unwrap();
        let mut parts = Self { stream, bytes: Vec::new(), read: 0 };
        let head = loop {
            if let Some(end) = parts.bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                break parts.bytes.drain(..end + 4).collect::<Vec<_>>();
            }
            assert!(parts.more().await);
        };
        let head = String::from_utf8(head).unwrap().to_lowercase();
        assert!(head.starts_with("http/1.1 200"), "{head}");
        assert!(head.contains("content-type: multipart/mixed;boundary=\"graphql\""), "{head}");
        assert!(head.contains("cache-control: no-store"), "{head}");
        parts
    }

    async fn more(&mut self) -> bool {
        self.stream.read_buf(&mut self.bytes).await.is_ok_and(|read| read > 0)
    }

    /// The next whole part: a part counts once the boundary after it has come.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            let body = String::from_utf8(unchunk(&self.bytes)).unwrap();
            let parts: Vec<_> = body.split("\r\n--graphql").collect();
            // Before the first boundary stands nothing, after the last one what is to come.
            if self.read + 2 < parts.len() {
                self.read += 1;
                let (head, json) = parts[self.read].split_once("\r\n\r\n").unwrap();
                assert!(head.contains("content-type: application/json"), "{head}");
                return Some(serde_json::from_str(json).unwrap());
            }
            if parts.last() == Some(&"--\r\n") || !self.more().await {
                assert_eq!(parts.last(), Some(&"--\r\n"), "{body}");
                return None;
            }
        }
    }
}

#[tokio::test]
async fn events_come_as_parts_and_a_sign_out_ends_the_stream() {
    let server = Server::start().await;
    let token = server.register().await;
    let other = server.sign_in().await;
    let workspace = server.workspace(&token).await;
    let mut parts = Parts::open(&server, &token, &workspace).await;
    for name in ["one", "two"] {
        server.channel(&other, &workspace, name).await;
        loop {
            let part = parts.next().await.unwrap();
            let event = &part["payload"]["data"]["events"];
            if event["__typename"] == "ChannelCreated" {
                assert_eq!(event["channel"]["name"], name);
                break;
            }
        }
    }
    server.graphql(Some(&token), "mutation{signOut(input:{}){signInId}}", Value::Null).await;
    server.channel(&other, &workspace, "after").await;
    let part = parts.next().await.unwrap();
    assert_eq!(part["payload"], Value::Null);
    assert_eq!(part["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    assert!(parts.next().await.is_none());
}

#[tokio::test]
async fn a_quiet_stream_shows_that_it_lives_and_ends_with_the_server() {
    let timing = Timing { ping: Duration::from_millis(20), ..Timing::default() };
    let server = Server::start_with(Settings { timing, ..Settings::default() }, None).await;
    let token = server.register().await;
    let workspace = server.workspace(&token).await;
    let mut parts = Parts::open(&server, &token, &workspace).await;
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
async fn what_cannot_be_subscribed_to_is_an_ordinary_answer() {
    let server = Server::start().await;
    let token = server.register().await;
    let ask = |query: &str| post(&json!({ "query": query })).header("accept", ACCEPT);
    let text = "subscription{events(workspaceId:\"wks_01890000-0000-7000-8000-000000000000\"){nosuch}}";
    let asked = ask(text).header("authorization", &format!("Bearer {token}"));
    let reply = server.send(asked).await;
    assert_eq!((reply.status, &*reply.code()), (400, "GRAPHQL_VALIDATION_FAILED"));
    let reply = server.send(ask("subscription{events(workspaceId:\"a\"){__typename} __typename}")).await;
    assert_eq!((reply.status, &*reply.code()), (400, "GRAPHQL_VALIDATION_FAILED"));
    // A query from a client that takes parts too is answered in one piece.
    let reply = server.send(ask("{__typename}")).await;
    assert_eq!(reply.json()["data"]["__typename"], "Query");
}
