//! Hostile documents and requests over both transports, while another client works.

use std::fmt::Write;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Server, Setup, Socket, post, sqlite};

sqlite! { rejects_hostile_variables }

/// Fragments that each spread the next one `width` times, `levels` deep.
fn fragment_fan(width: usize, levels: usize) -> String {
    let mut text = "{...f0}".to_owned();
    for level in 0..levels {
        let spreads = format!("...f{} ", level + 1).repeat(width);
        write!(text, "fragment f{level} on Query{{{spreads}}}").unwrap();
    }
    write!(text, "fragment f{levels} on Query{{__typename}}").unwrap();
    text
}

fn nested(open: &str, depth: usize, close: &str) -> String {
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

/// Documents with deeply nested values and selections, by what they try.
fn deep_documents() -> Vec<(&'static str, String)> {
    let list = nested("[", 2_000, "]");
    let object = nested("{a:", 2_000, "}");
    vec![
        ("list literals", format!("{{members(ids:{list}){{id}}}}")),
        ("object literals", format!("{{members(ids:{object}){{id}}}}")),
        ("list literals of 32 KB", format!("{{members(ids:{}){{id}}}}", nested("[", 16_000, "]"))),
        ("unclosed lists", format!("{{members(ids:{}", "[".repeat(30_000))),
        ("a default value", format!("query($a:[ID!]={list}){{members(ids:$a){{id}}}}")),
        ("a directive", format!("{{__typename @skip(if:{list})}}")),
        ("a directive of the operation", format!("query @a(b:{object}){{__typename}}")),
        ("brackets behind an open block string", format!("{{members(ids:\"\"\"x\" {}", "[".repeat(3_000))),
        ("brackets behind a quote in a comment", format!("{{members(ids: #\"\n{list}){{id}}}}")),
        ("selections", format!("{{{}a{}}}", "a{".repeat(3_000), "}".repeat(3_000))),
        ("inline fragments", format!("{{{}a{}}}", "...{".repeat(45), "}".repeat(45))),
        ("a type", format!("query($a:{}ID{}){{__typename}}", "[".repeat(3_000), "]".repeat(3_000))),
    ]
}

/// Small documents that expand enormously, and documents with too much of one thing.
fn wide_documents() -> Vec<(&'static str, String)> {
    vec![
        ("2^16 fields", fragment_fan(2, 16)),
        ("2^20 fields", fragment_fan(2, 20)),
        ("10^6 fields", fragment_fan(10, 6)),
        ("10^7 fields", fragment_fan(10, 7)),
        ("12^6 fields", fragment_fan(12, 6)),
        ("30^20 fields", fragment_fan(30, 20)),
        ("a cycle of fragments", "{...A} fragment A on Query{...B ...B} fragment B on Query{...A ...A}".into()),
        ("aliases", format!("{{{}}}", (0..6_000).map(|n| format!("a{n}:__typename ")).collect::<String>())),
        ("directives", format!("{{__typename {}}}", "@a ".repeat(10_000))),
        ("fields", format!("{{{}}}", "__typename ".repeat(2_900))),
        (
            "passwords",
            format!(
                "mutation{{{}}}",
                (0..5)
                    .map(|n| format!("a{n}:signIn(input:{{email:\"a\",password:\"b\"}}){{token}}"))
                    .collect::<String>()
            ),
        ),
        (
            "circular introspection",
            format!("{{__schema{{types{}}}}}", "{fields{type".repeat(5) + "{name}" + &"}}".repeat(5)),
        ),
    ]
}

/// Texts that are barely documents.
fn odd_documents() -> Vec<(&'static str, String)> {
    vec![
        ("an open string", "{members(ids:\"".into()),
        ("an open block string", format!("{{members(ids:\"\"\"{}", "x".repeat(30_000))),
        ("a huge block string", format!("{{members(ids:\"\"\"{}\"\"\"){{id}}}}", "x\n".repeat(20_000))),
        ("quotes", "\"".repeat(30_001)),
        ("backslashes", format!("{{members(ids:\"{}", "\\".repeat(30_000))),
        ("byte order marks", "\u{feff}".repeat(10_000)),
        ("text from right to left", "{\u{202e}__typename}".into()),
        ("lookalike letters", "{＿＿typename}".into()),
        ("a surrogate", "{members(ids:\"\\ud800\"){id}}".into()),
        ("an escaped NUL", "{members(ids:\"\\u0000\"){id}}".into()),
        ("a NUL", "{members(ids:\"\0\"){id}}".into()),
        ("a number too large", format!("{{members(ids:1e{}){{id}}}}", "9".repeat(3_000))),
        ("zeros", format!("{{members(ids:[{}]){{id}}}}", "0".repeat(30_000))),
        ("words run together", format!("{{members(ids:[{}]){{id}}}}", "true".repeat(7_000))),
        ("commas", ",".repeat(40_000)),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rejects_hostile_documents_without_delaying_others() {
    let server = Server::start().await;
    let mut socket = Socket::connect(&server, None).await;
    let mut other = Socket::connect(&server, None).await;
    for (number, (what, document)) in
        [deep_documents(), wide_documents(), odd_documents()].concat().into_iter().enumerate()
    {
        let started = Instant::now();
        let reply = server.send(post(&json!({ "query": document }))).await;
        let by_http = started.elapsed();
        assert!((400..500).contains(&reply.status), "{what}: {}", reply.status);
        let code = reply.code();

        let id = number.to_string();
        let started = Instant::now();
        socket.subscribe(&id, &document, Value::Null).await;
        other.subscribe(&id, "{__typename}", Value::Null).await;
        assert_eq!(other.next_for(&id).await["payload"]["data"]["__typename"], "Query");
        let message = socket.next_for(&id).await;
        assert_eq!(message["type"], "error", "{what}: {message}");
        assert_eq!(message["payload"][0]["extensions"]["code"], *code, "{what}");
        println!(
            "{:7.2} ms by HTTP {:7.2} ms by WebSocket  {what}: {code}",
            by_http.as_secs_f64() * 1e3,
            started.elapsed().as_secs_f64() * 1e3
        );
    }
}

async fn rejects_hostile_variables(Setup { server, workspace, .. }: &Setup) {
    // Anonymous requests have a lower size limit.
    let bearer = format!("Bearer {}", workspace.owner().token());
    let query = "query($ids: [ID!]!) { members(ids: $ids) { id } }";
    let body = |ids: &str| format!("{{\"query\":{},\"variables\":{{\"ids\":{ids}}}}}", json!(query));
    for (what, ids) in [
        ("60 lists", nested("[", 60, "]")),
        ("127 lists", nested("[", 120, "]")),
        ("100,000 lists", nested("[", 100_000, "]")),
        ("20,000 objects", nested("{\"a\":", 20_000, "}")),
        ("a NUL", "[\"\\u0000\"]".into()),
        ("a NUL in a name", "{\"\\u0000\":1}".into()),
        ("half a surrogate", "[\"\\udc00\"]".into()),
        ("a number too large", "[1e999]".into()),
    ] {
        let reply = server.send(post(&Value::Null).body(body(&ids)).header("authorization", &bearer)).await;
        assert_eq!(reply.status, 400, "{what}: {}", reply.text());
    }
    // A text of 200 KB in 900 places would expand to 180 MB.
    let often = format!("query($id: ID!) {{ members(ids: [{}]) {{ id }} }}", "$id ".repeat(900));
    let payload = json!({ "query": often, "variables": { "id": "x".repeat(200_000) } });
    assert_eq!(server.send(post(&payload)).await.code(), "PAYLOAD_TOO_LARGE");
    assert_eq!(server.send(post(&payload).header("authorization", &bearer)).await.code(), "BAD_USER_INPUT");
}

#[tokio::test]
async fn limits_the_number_of_validation_errors() {
    let server = Server::start().await;
    let document = format!("{{server{{{}}}}}", "a:version a:x ".repeat(14));
    let reply = server.send(post(&json!({ "query": document }))).await;
    let errors = reply.json()["errors"].as_array().unwrap().len();
    assert!((1..=25).contains(&errors), "{errors}");
}

#[tokio::test]
async fn malformed_http_and_frames_affect_one_connection() {
    let server = Server::start().await;
    let upgrade = "GET /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n";
    let huge_head = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "y".repeat(400_000));
    for bytes in [
        b"\x16\x03\x01\x02\x00\x01\x00".to_vec(),
        b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9999999999999999999999\r\n\r\n".to_vec(),
        b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n".to_vec(),
        b"GET /graphql?query=%ff%00 HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_vec(),
        b"GET /..%2f..%2fetc/passwd HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_vec(),
        b"GET /playground/../../../etc/passwd HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n".to_vec(),
        huge_head.into_bytes(),
        // An unmasked frame, a reserved opcode, a length of 2^63 bytes, and an oversized ping.
        [upgrade.as_bytes(), b"\x81\x02{}"].concat(),
        [upgrade.as_bytes(), b"\x83\x80\x00\x00\x00\x00"].concat(),
        [upgrade.as_bytes(), b"\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00"].concat(),
        [upgrade.as_bytes(), b"\x89\xfe\x01\x00\x00\x00\x00\x00"].concat(),
    ] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let mut response = Vec::new();
        let _ = stream.read_to_end(&mut response).await;
        let response = String::from_utf8_lossy(&response);
        assert!(!response.contains("root:"), "{response}");
        assert_eq!(server.send(post(&json!({ "query": "{__typename}" }))).await.status, 200);
    }
}
