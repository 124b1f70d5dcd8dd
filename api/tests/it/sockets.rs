//! Connections of TCP: whoever opens many and says nothing does not keep others out.

use std::net::SocketAddr;
use std::time::Duration;

use api::http::Settings;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::process::Process;
use crate::server::{Reply, Server, post};
use crate::socket::Socket;
use crate::store::Store;

const HALF: &[u8] = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-slow: ";

/// A connection from another address of this machine.
async fn from(address: &str, to: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(format!("{address}:0").parse().unwrap()).unwrap();
    socket.connect(to).await.unwrap()
}

/// So many connections with half a head each. The server has taken them all when this returns.
async fn half_open(count: usize, to: SocketAddr) -> Vec<TcpStream> {
    let mut open = Vec::new();
    for _ in 0..count {
        let mut stream = TcpStream::connect(to).await.unwrap();
        // One that was closed already is one as well.
        let _ = stream.write_all(HALF).await;
        open.push(stream);
    }
    open
}

/// Asks for something and reads the whole answer; nothing if the connection is closed.
async fn ask(mut stream: TcpStream, to: SocketAddr) -> Option<u16> {
    stream.write_all(&post(&json!({ "query": "{__typename}" })).bytes(to)).await.ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok()?;
    (!bytes.is_empty()).then(|| Reply::read(&bytes).status)
}

/// Returns when the server has closed it.
async fn closed(mut stream: TcpStream) {
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

#[tokio::test]
async fn a_burst_of_connections_waits_to_be_accepted() {
    let files = api::handles::raise().unwrap_or(1_024);
    let system = std::fs::read_to_string("/proc/sys/net/core/somaxconn").ok();
    let system = system.and_then(|text| text.trim().parse::<u64>().ok()).unwrap_or(128);
    let listener = api::http::listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    // Nobody accepts: one for which there is no room tries again and again.
    let all =
        futures_util::future::try_join_all((0..system.min(2_000).min(files / 2)).map(|_| TcpStream::connect(address)));
    let waiting = tokio::time::timeout(Duration::from_secs(30), all).await;
    assert!(waiting.is_ok_and(|waiting| waiting.is_ok()));
}

#[tokio::test]
async fn half_open_connections_end_for_a_visitor_from_elsewhere() {
    let server = Server::start_with(Settings { connections: 8, ..Settings::default() }, None).await;
    let mut open = half_open(8, server.address).await;
    for _ in 0..3 {
        let visitor = from("127.0.0.2", server.address).await;
        assert_eq!(ask(visitor, server.address).await, Some(200));
    }
    // The oldest ended.
    closed(open.remove(0)).await;
    // Another of the same address costs its own.
    let more = half_open(8, server.address).await;
    assert_eq!(ask(from("127.0.0.2", server.address).await, server.address).await, Some(200));
    drop((open, more));
}

#[tokio::test]
async fn a_live_connection_stays_while_others_do_nothing() {
    let server = Server::start_with(Settings { connections: 4, ..Settings::default() }, None).await;
    let mut live = Socket::ready(&server, None).await;
    let open = half_open(12, server.address).await;
    live.taken().await;
    assert_eq!(ask(from("127.0.0.2", server.address).await, server.address).await, Some(200));
    live.taken().await;
    drop(open);
}

#[tokio::test]
async fn live_connections_of_one_address_make_room_for_another() {
    let server = Server::start_with(Settings { connections: 3, ..Settings::default() }, None).await;
    let mut first = Socket::ready(&server, None).await;
    let (_second, _third) = (Socket::ready(&server, None).await, Socket::ready(&server, None).await);
    assert_eq!(ask(from("127.0.0.2", server.address).await, server.address).await, Some(200));
    let (code, reason) = first.closed().await;
    assert_eq!(code, 1013, "{reason}");
}

/// The real program with few open files, and more connections than these.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_half_open_connections_than_open_files_shut_nobody_out() {
    api::handles::raise();
    let store = Store::sqlite();
    let server = Process::start_limited(&store, 1_024).await;
    let open = half_open(1_300, server.address).await;
    for _ in 0..18 {
        let visitor = from("127.0.0.2", server.address).await;
        assert_eq!(ask(visitor, server.address).await, Some(200));
    }
    assert_eq!(open.len(), 1_300);
}
