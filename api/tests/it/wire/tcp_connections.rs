//! TCP connections: idle and half-open connections do not lock out other clients.

use std::net::SocketAddr;
use std::time::Duration;

use api::wire::http::Settings;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{Process, Response, Server, Socket, Store, post};

const PARTIAL_HEAD: &[u8] = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-slow: ";

/// Connects from another loopback address.
async fn connect_from(address: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

/// Opens connections with a partial request head each. The server has accepted them all on return.
async fn half_open(count: usize, to: SocketAddr) -> Vec<TcpStream> {
    let mut open = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(to).await.unwrap();
        // A connection that the server closed counts as well.
        let _ = stream.write_all(PARTIAL_HEAD).await;
        open.push(stream);
    }
    open
}

/// Sends a query. Returns the status, or `None` if the connection is closed.
async fn query_status(mut stream: TcpStream, to: SocketAddr) -> Option<u16> {
    stream.write_all(&post(&json!({ "query": "{__typename}" })).bytes(to)).await.ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    (!bytes.is_empty()).then(|| Response::read(&bytes).status)
}

/// Returns once the server has closed the connection.
async fn wait_for_close(mut stream: TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

#[tokio::test]
async fn queues_a_burst_of_connections() {
    let files = api::ground::open_files::raise_limit().unwrap_or(1_024);
    let system = std::fs::read_to_string("/proc/sys/net/core/somaxconn").ok();
    let system = system.and_then(|text| text.trim().parse::<u64>().ok()).unwrap_or(128);
    let listener = api::wire::http::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    // Nothing accepts them: a connection beyond the backlog would be retried.
    let all =
        futures_util::future::try_join_all((0..system.min(2_000).min(files / 2)).map(|_| TcpStream::connect(address)));
    let waiting = tokio::time::timeout(Duration::from_secs(30), all).await;
    assert!(waiting.is_ok_and(|waiting| waiting.is_ok()));
}

#[tokio::test]
async fn evicts_half_open_connections_for_other_addresses() {
    let server = Server::start_with_settings(Settings { connections: 8, ..Settings::default() }, None).await;
    let mut open = half_open(8, server.address).await;
    for _ in 0..3 {
        let visitor = connect_from("127.0.0.2", server.address).await;
        assert_eq!(query_status(visitor, server.address).await, Some(200));
    }
    // The oldest was evicted.
    wait_for_close(open.remove(0)).await;
    // Further connections of the same address evict its own.
    let more = half_open(8, server.address).await;
    assert_eq!(query_status(connect_from("127.0.0.2", server.address).await, server.address).await, Some(200));
    drop((open, more));
}

#[tokio::test]
async fn keeps_active_connections_under_pressure() {
    let server = Server::start_with_settings(Settings { connections: 4, ..Settings::default() }, None).await;
    let mut live = Socket::connect(&server, None).await;
    let open = half_open(12, server.address).await;
    live.round_trip().await;
    assert_eq!(query_status(connect_from("127.0.0.2", server.address).await, server.address).await, Some(200));
    live.round_trip().await;
    drop(open);
}

#[tokio::test]
async fn evicts_active_connections_of_a_dominant_address() {
    let server = Server::start_with_settings(Settings { connections: 3, ..Settings::default() }, None).await;
    let mut first = Socket::connect(&server, None).await;
    let (_second, _third) = (Socket::connect(&server, None).await, Socket::connect(&server, None).await);
    assert_eq!(query_status(connect_from("127.0.0.2", server.address).await, server.address).await, Some(200));
    let (code, reason) = first.wait_for_close().await;
    assert_eq!(code, 1013, "{reason}");
}

/// The real binary with few open files, and more connections than these.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serves_others_when_half_open_connections_exceed_the_file_limit() {
    api::ground::open_files::raise_limit();
    let store = Store::sqlite();
    let server = Process::start_with_file_limit(&store, 1_024).await;
    let open = half_open(1_300, server.address).await;
    for _ in 0..18 {
        let visitor = connect_from("127.0.0.2", server.address).await;
        assert_eq!(query_status(visitor, server.address).await, Some(200));
    }
    assert_eq!(open.len(), 1_300);
}
