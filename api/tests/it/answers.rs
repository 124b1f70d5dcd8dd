//! Answers that nobody takes: their bytes are bounded, on HTTP and on sockets, and others do not notice.

use std::time::Duration;

use api::http::{Settings, Timing};
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, client_async};

use crate::people::{Company, Person, code, number};
use crate::server::{Reply, Request, Server, post};
use crate::socket::Socket;
use crate::store::Store;

/// Two pages of the longest messages.
const LARGE: &str = "query($w: ID!, $c: ID!) { channel(workspaceId: $w, id: $c) { a: messages(last: 100) { nodes \
    { text } } b: messages(last: 100) { nodes { text } } } }";
const MESSAGES: usize = 100;
const TEXT: usize = 16_000;
/// Bytes of the answer, at least.
const ANSWER: usize = 2 * MESSAGES * TEXT;
/// What waits for one account, as it is documented.
const MOST: usize = 16 * 1024 * 1024;

/// A server that gives up no peer, and a company with so many messages.
async fn begin(messages: usize) -> (Server, Company) {
    let store = Store::sqlite();
    let for_ever = Duration::from_secs(86_400);
    let timing = Timing { write: for_ever, answer: for_ever, ..Timing::default() };
    let config = store.config();
    let server = Server::start_on(Some(store), Settings { timing, ..Settings::default() }, config).await;
    let company = Company::first(&server).await;
    for _ in 0..messages {
        company.owner.sends(&server, &company, &company.general, &"x".repeat(TEXT)).await;
    }
    (server, company)
}

fn asked(company: &Company) -> Value {
    json!({ "w": company.workspace, "c": company.general })
}

fn large(person: &Person, company: &Company) -> Request {
    let request = post(&json!({ "query": LARGE, "variables": asked(company) }));
    request.header("authorization", &format!("Bearer {}", person.token))
}

/// A connection that takes little of what comes: by itself the system takes 4 MB for it, and so 2.
pub async fn narrow(server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(2_048).unwrap();
    socket.connect(server.address).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_that_nobody_takes_are_bounded_in_bytes() {
    let (server, company) = begin(MESSAGES).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let mut open = Vec::new();
    let refused = loop {
        let mut stream = narrow(&server).await;
        stream.write_all(&large(&company.owner, &company).bytes(server.address)).await.unwrap();
        let mut begun = b"HTTP/1.1 ...".to_vec();
        stream.read_exact(&mut begun).await.unwrap();
        if begun != b"HTTP/1.1 200" {
            stream.read_to_end(&mut begun).await.unwrap();
            break Reply::read(&begun);
        }
        open.push(stream);
        assert!(open.len() * ANSWER <= MOST, "{} answers wait", open.len());
    };
    assert_eq!((refused.status, refused.code()), (429, "RATE_LIMITED".to_owned()));
    let wait = number(&refused.json(), "/errors/0/extensions/retryAfter");
    assert!((1..=3).contains(&wait) && refused.header("retry-after") == Some(&*wait.to_string()));
    // What changes something goes on, and others do not notice.
    company.owner.sends(&server, &company, &company.general, &"x".repeat(TEXT)).await;
    let answer = server.send(large(&ben, &company)).await;
    assert!(answer.status == 200 && answer.body.len() > ANSWER, "{}", answer.body.len());
    drop(open);
    // As soon as they have gone there is room again.
    while server.send(large(&company.owner, &company)).await.status != 200 {}
}

/// A socket of the owner that takes little of what comes.
async fn narrow_socket(server: &Server, company: &Company) -> Socket {
    let mut request = format!("ws://{}/graphql", server.address).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let stream = MaybeTlsStream::Plain(narrow(server).await);
    let mut socket = Socket(client_async(request, stream).await.unwrap().0);
    socket.init(Some(&company.owner.token)).await;
    assert_eq!(socket.next().await["type"], "connection_ack");
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_on_sockets_count_as_well() {
    let (server, company) = begin(MESSAGES).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let mut open = Vec::new();
    let refused = loop {
        let mut socket = narrow_socket(&server, &company).await;
        socket.subscribe("1", LARGE, asked(&company)).await;
        let MaybeTlsStream::Plain(stream) = socket.0.get_ref() else { panic!("plain") };
        let mut begun = [0; 4];
        while stream.peek(&mut begun).await.unwrap() < begun.len() {}
        // How long a message is stands in its head: this one has no more than 64 KiB.
        if begun[1] < 127 {
            break socket.next_of("1").await;
        }
        open.push(socket);
        assert!(open.len() * ANSWER <= MOST, "{} answers wait", open.len());
    };
    assert_eq!(refused["type"], "error");
    assert_eq!(code(&json!({ "errors": refused["payload"] })).as_deref(), Some("RATE_LIMITED"));
    let mut of_ben = Socket::ready(&server, Some(&ben.token)).await;
    of_ben.subscribe("1", LARGE, asked(&company)).await;
    assert!(of_ben.next_of("1").await["payload"]["data"]["channel"]["b"].is_object());
    // Whoever takes what has come goes on.
    for mut socket in open {
        assert!(socket.next_of("1").await["payload"]["data"]["channel"]["b"].is_object());
        assert_eq!(socket.next_of("1").await["type"], "complete");
        socket.taken().await;
    }
    assert_eq!(server.send(large(&company.owner, &company)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_subscriptions_bring_counts_as_well() {
    let (server, company) = begin(0).await;
    let texts: String = (0..30).map(|n| format!("t{n}: text ")).collect();
    let events = format!(
        "subscription($w: ID!) {{ events(workspaceId: $w, privateRev: 77) {{ __typename \
         ... on MessageSent {{ message {{ {texts} }} }} }} }}"
    );
    let mut open = Vec::new();
    for _ in 0..10 {
        let mut socket = narrow_socket(&server, &company).await;
        socket.subscribe("1", &events, json!({ "w": company.workspace })).await;
        // PrivateChanged: it is live from now on.
        assert_eq!(socket.next_of("1").await["type"], "next");
        open.push(socket);
    }
    // As JSON each character takes six bytes, and each text thirty times as many.
    let messages = 3;
    for _ in 0..messages {
        company.owner.sends(&server, &company, &company.general, &"\u{1}".repeat(TEXT)).await;
    }
    while !server.app.metrics().contains("confab_answers_refused_total{why=\"late\"}") {
        tokio::task::yield_now().await;
    }
    // Some have been closed; whoever takes what comes has all of it.
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
