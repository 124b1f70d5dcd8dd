//! The floods: attacks of a member or a stranger, as fast as the server accepts them. An attempt only reports whether
//! it was refused.

use std::fmt;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use rand::RngExt;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use testbed::client::{Client, RequestError, forwarded_address};
use testbed::id::mint_in;
use testbed::socket::{PROTOCOL, Socket};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::{MEMBER, STRANGER, Siege};

/// How long an idle connection is held, and how long a socket is read.
const HOLD_TIME: Duration = Duration::from_secs(2);
/// Subscriptions per socket.
const SUBSCRIPTION_COUNT: usize = 64;

/// A kind of flood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Flood {
    /// A member creates channels.
    Channels,
    /// A member mentions all members of the channel that contains everyone.
    Mentions,
    /// A member creates workspaces.
    Workspaces,
    /// A member opens direct channels with different members.
    Directs,
    /// A member reads the same long pages under many aliases.
    Reads,
    /// A member queries `boot`.
    Boots,
    /// A member searches for names under many aliases.
    Names,
    /// A member starts many different subscriptions on many sockets.
    Subscriptions,
    /// A member follows a saved search many times.
    Matches,
    /// A member starts uploads and sends half of them.
    Uploads,
    /// A member requests long pages and does not read the responses.
    SlowAnswers,
    /// A stranger opens connections and sends half a header.
    HalfOpen,
    /// A stranger opens sockets, pings and disconnects.
    Sockets,
    /// A stranger downloads the client uncompressed.
    Pages,
    /// A stranger guesses the password of one account.
    Guesses,
    /// A stranger signs in with an email of 200 kB.
    LongNames,
    /// A stranger registers.
    Registrations,
}

/// The outcome of an attempt.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// By error code, or by how the connection ended.
    Refused(String),
}

/// A boot with the read states of all channels.
const BOOT: &str =
    "query($w: ID!, $c: ID!) { boot(workspaceId: $w) { seq channels { id name readState { unreadCount } } }
  channel(id: $c) { id } }";

impl Flood {
    /// Concurrent attempts.
    pub fn concurrency(self) -> usize {
        match self {
            Self::HalfOpen => 1_300,
            Self::SlowAnswers => 64,
            Self::Subscriptions | Self::Matches => 20,
            // More than the concurrent uploads of one account.
            Self::Uploads => 16,
            Self::Guesses => 4,
            _ => 8,
        }
    }

    /// Attempts that the limits allow from a full budget. On a slow machine, a flood may not make more.
    pub fn allowed(self) -> u64 {
        match self {
            // 3,000 write units at 100, 10 and 500 each, plus the refill.
            Self::Channels | Self::Directs => 40,
            Self::Mentions => 400,
            Self::Workspaces => 8,
            // A cost of 500,000 at about 200 each.
            Self::Boots | Self::SlowAnswers => 2_500,
            // The same at about 20,000 each.
            Self::Reads => 30,
            // A burst of 500, and 62 per second.
            Self::Sockets => 2_500,
            // A cost of 20,000,000 at 20 each.
            Self::Pages => 1_000_000,
            // 2 GiB at 16 MiB each.
            Self::Uploads => 130,
            _ => 0,
        }
    }

    /// Makes one attempt.
    pub async fn attempt(self, siege: &Siege, random: &mut StdRng) -> Outcome {
        let workspace = &siege.workload.workspace;
        let word: u64 = random.random();
        match self {
            Self::Channels => {
                let input = json!({ "workspaceId": workspace, "name": format!("flood-{word}"), "kind": "PUBLIC" });
                mutate(&siege.member, "createChannel", input).await
            }
            Self::Mentions => {
                let channel = &siege.workload.channels[0];
                let text = format!("flood {word} <!channel>");
                let id = mint_in(workspace, "msg_");
                let input = json!({ "channelId": channel, "id": id, "text": text });
                mutate(&siege.member, "sendMessage", input).await
            }
            Self::Workspaces => {
                mutate(&siege.member, "createWorkspace", json!({ "name": format!("Flood {word}") })).await
            }
            Self::Directs => {
                let users = siege.workload.users.iter().filter(|_| random.random_bool(0.3)).take(8);
                let ids: Vec<&str> = users.map(|user| user.member.as_str()).collect();
                mutate(&siege.member, "openDirect", json!({ "workspaceId": workspace, "memberIds": ids })).await
            }
            Self::Reads => read(siege, &pages()).await,
            Self::SlowAnswers => slow_answer(siege).await.unwrap_or_else(lost),
            Self::Boots => read(siege, BOOT).await,
            Self::Names => {
                let field = format!("switcher(workspaceId: $w, text: \"{}\", first: 50)", "flood-".repeat(10));
                read(siege, &aliases("w", &field, "__typename")).await
            }
            Self::Subscriptions | Self::Matches => subscribe(siege, self).await.unwrap_or_else(lost),
            Self::Uploads => upload(siege).await,
            Self::HalfOpen => half_open(siege).await,
            Self::Sockets => open_socket(siege).await.unwrap_or_else(lost),
            Self::Pages => get_page(siege).await.unwrap_or_else(lost),
            Self::Guesses => {
                let input =
                    json!({ "email": siege.workload.users[0].email, "password": format!("wrong guess {word}") });
                mutate(&siege.stranger, "signIn", input).await
            }
            Self::LongNames => {
                let email = format!("{word}{}@example.com", "a".repeat(200_000));
                mutate(&siege.stranger, "signIn", json!({ "email": email, "password": "correct horse battery" })).await
            }
            Self::Registrations => {
                let email = format!("flood{word}@example.com");
                let input = json!({ "email": email, "password": "correct horse battery", "name": "Flood" });
                mutate(&siege.stranger, "register", input).await
            }
        }
    }
}

impl fmt::Display for Flood {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = clap::ValueEnum::to_possible_value(self);
        f.pad(value.as_ref().map_or("", |value| value.get_name()))
    }
}

/// The same long pages under many aliases.
fn pages() -> String {
    aliases("c", "channel(id: $c)", "messages(last: 100) { nodes { id text } }")
}

/// One field, which uses one variable, under many aliases.
fn aliases(variable: &str, field: &str, selection: &str) -> String {
    let mut query = format!("query(${variable}: ID!) {{");
    for number in 0..20 {
        let _ = write!(query, " a{number}: {field} {{ {selection} }}");
    }
    query + " }"
}

/// The outcome of a connection that broke, which has no code.
fn lost() -> Outcome {
    Outcome::Refused("connection".to_owned())
}

/// How a request ended.
fn outcome<T>(answer: Result<T, RequestError>) -> Outcome {
    match answer {
        Ok(_) => Outcome::Done,
        Err(RequestError::Rejected { code, .. }) => Outcome::Refused(code),
        Err(RequestError::NoResponse(_)) => lost(),
    }
}

async fn mutate(client: &Client, mutation: &str, input: Value) -> Outcome {
    outcome(client.try_mutate(mutation, &input, "__typename").await)
}

async fn read(siege: &Siege, query: &str) -> Outcome {
    let variables = json!({ "w": siege.workload.workspace, "c": siege.workload.channels[0] });
    outcome(siege.member.try_query(query, variables).await)
}

/// Starts many subscriptions on one socket and reads for a while. Refused if any of them is.
async fn subscribe(siege: &Siege, flood: Flood) -> Option<Outcome> {
    let mut socket = socket(siege, MEMBER).await?;
    // The acknowledgement is read with everything else.
    let authorization = format!("Bearer {}", token(siege));
    socket.try_send(&json!({ "type": "connection_init", "payload": { "authorization": authorization } })).await?;
    for number in 0..SUBSCRIPTION_COUNT {
        let query = match flood {
            Flood::Matches => "subscription($s: ID!) { searchMatches(savedSearchId: $s) { seq } }".to_owned(),
            _ => format!("subscription($w: ID!) {{ events(workspaceId: $w) {{ a{number}: __typename }} }}"),
        };
        let variables = match flood {
            Flood::Matches => json!({ "s": siege.search }),
            _ => json!({ "w": siege.workload.workspace }),
        };
        socket.try_subscribe(&number.to_string(), &query, variables).await?;
    }
    let mut refusal = None;
    let listening = async {
        while let Some(Ok(message)) = socket.0.next().await {
            match message {
                Message::Text(text) if text.contains(r#""type":"error""#) => refusal = Some(code_in(&text)),
                Message::Close(frame) => {
                    refusal = Some(close_code(frame));
                }
                _ => {}
            }
        }
    };
    let _ = timeout(HOLD_TIME, listening).await;
    Some(refusal.map_or(Outcome::Done, Outcome::Refused))
}

fn code_in(text: &str) -> String {
    let frame: Value = serde_json::from_str(text).unwrap_or_default();
    frame.pointer("/payload/0/extensions/code").and_then(Value::as_str).unwrap_or("error").to_owned()
}

/// Starts an upload and sends half of its first part several times.
async fn upload(siege: &Siege) -> Outcome {
    let size = 16 * 1024 * 1024;
    let input =
        json!({ "workspaceId": siege.workload.workspace, "name": "flood.bin", "size": size, "type": "text/plain" });
    let made = siege.member.try_mutate("createUpload", &input, "upload { parts { url } }").await;
    let url = match &made {
        Ok(created) => created.pointer("/upload/parts/0/url").and_then(Value::as_str).unwrap_or_default(),
        Err(_) => return outcome(made),
    };
    for _ in 0..8 {
        if let Some(refused) = put_half(siege, url, size).await {
            return refused;
        }
    }
    Outcome::Done
}

/// Sends the first half of a part and disconnects. Returns a refusal received meanwhile.
async fn put_half(siege: &Siege, url: &str, size: usize) -> Option<Outcome> {
    let mut stream = send(siege, MEMBER, &format!("PUT {url}"), &format!("content-length: {size}\r\n\r\n")).await?;
    let block = vec![b'a'; 64 * 1024];
    for _ in 0..size / block.len() / 2 {
        if timeout(HOLD_TIME, stream.write_all(&block)).await.ok()?.is_err() {
            break;
        }
    }
    let mut answer = [0; 64];
    let read = timeout(HOLD_TIME, stream.read(&mut answer)).await.ok()?.ok()?;
    let status = String::from_utf8_lossy(&answer[..read]).split(' ').nth(1).map(str::to_owned);
    Some(Outcome::Refused(status.unwrap_or_else(|| "closed".to_owned())))
}

/// Requests long pages without reading the response for a while. Refused unless the status is 200.
async fn slow_answer(siege: &Siege) -> Option<Outcome> {
    let variables = json!({ "w": siege.workload.workspace, "c": siege.workload.channels[0] });
    let body = json!({ "query": pages(), "variables": variables }).to_string();
    let (token, length) = (token(siege), body.len());
    let rest = format!(
        "authorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    let mut stream = send(siege, MEMBER, "POST /graphql", &rest).await?;
    tokio::time::sleep(HOLD_TIME).await;
    Some(status_of(&mut stream).await)
}

/// Downloads the client's first page uncompressed.
async fn get_page(siege: &Siege) -> Option<Outcome> {
    Some(status_of(&mut send(siege, STRANGER, "GET /", "\r\n").await?).await)
}

/// Reads the status line of a response. Refused unless it is 200.
async fn status_of(stream: &mut TcpStream) -> Outcome {
    let mut answer = [0; 64];
    let read = match timeout(HOLD_TIME, stream.read(&mut answer)).await {
        Ok(Ok(read)) => read,
        _ => 0,
    };
    match String::from_utf8_lossy(&answer[..read]).split(' ').nth(1) {
        Some("200") => Outcome::Done,
        status => Outcome::Refused(status.unwrap_or("closed").to_owned()),
    }
}

/// Opens an unauthenticated socket, pings for a while and disconnects. Refused if the server closes it.
async fn open_socket(siege: &Siege) -> Option<Outcome> {
    let mut socket = socket(siege, STRANGER).await?;
    socket.try_send(&json!({ "type": "connection_init" })).await?;
    for _ in 0..30 {
        socket.try_send(&json!({ "type": "ping", "payload": { "like": "this" } })).await?;
    }
    for _ in 0..30 {
        match timeout(HOLD_TIME, socket.0.next()).await.ok()? {
            Some(Ok(Message::Close(frame))) => {
                let code = close_code(frame);
                return Some(Outcome::Refused(code));
            }
            Some(Ok(_)) => {}
            _ => return Some(Outcome::Refused("closed".to_owned())),
        }
    }
    Some(Outcome::Done)
}

fn close_code(frame: Option<CloseFrame>) -> String {
    frame.map_or_else(|| "closed".to_owned(), |frame| u16::from(frame.code).to_string())
}

/// The session token of the hostile member.
fn token(siege: &Siege) -> &str {
    siege.member.token.as_deref().unwrap_or_default()
}

/// Connects from another loopback address.
async fn connect(from: Ipv4Addr, address: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::from((from, 0)))?;
    socket.connect(address).await
}

/// Connects and sends a request: its method and path, and everything after the headers that all requests have.
async fn send(siege: &Siege, from: Ipv4Addr, start: &str, rest: &str) -> Option<TcpStream> {
    let (address, forwarded) = (siege.workload.addresses[0], forwarded_address(from));
    let mut stream = connect(from, address).await.ok()?;
    let request = format!("{start} HTTP/1.1\r\nhost: {address}\r\nx-forwarded-for: {forwarded}\r\n{rest}");
    stream.write_all(request.as_bytes()).await.ok()?;
    Some(stream)
}

/// Opens a WebSocket with the GraphQL subprotocol, without sending a message.
async fn socket(siege: &Siege, from: Ipv4Addr) -> Option<Socket> {
    let stream = timeout(HOLD_TIME, connect(from, siege.workload.addresses[0])).await.ok()?.ok()?;
    let forwarded = forwarded_address(from).to_string();
    let headers = [PROTOCOL, ("x-forwarded-for", &forwarded)];
    timeout(HOLD_TIME, Socket::handshake(stream, &headers)).await.ok()?.ok()
}

/// Opens a connection, sends half a header and waits. Refused if the server closes it.
async fn half_open(siege: &Siege) -> Outcome {
    let Ok(mut stream) = connect(STRANGER, siege.workload.addresses[0]).await else {
        return lost();
    };
    let sent = stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nx-half:").await;
    let mut answer = [0; 64];
    match timeout(HOLD_TIME, stream.read(&mut answer)).await {
        _ if sent.is_err() => Outcome::Refused("closed".to_owned()),
        Ok(_) => Outcome::Refused("closed".to_owned()),
        Err(_) => Outcome::Done,
    }
}
