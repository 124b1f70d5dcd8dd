//! Starts a server in this process, and speaks raw HTTP with servers, so that tests see every header and may break off
//! at any byte.

use std::net::SocketAddr;
use std::time::Duration;

use api::app::App;
use api::ground::config::Config;
use api::wire::http::{Settings, Timing, serve};
use serde_json::Value;
use testbed::client::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::Store;

/// A running server, stopped on drop.
pub struct Server {
    pub address: SocketAddr,
    pub app: App,
    /// Removed with the server.
    _store: Option<Store>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    /// On SQLite with default settings.
    pub async fn start() -> Self {
        Self::start_with_settings(Settings::default(), None).await
    }

    /// On SQLite with other HTTP settings.
    pub async fn start_with_settings(settings: Settings, public_url: Option<&str>) -> Self {
        let store = Store::sqlite();
        let config = Config { public_url: public_url.map(str::to_owned), ..store.config() };
        Self::start_with_config(Some(store), settings, config).await
    }

    /// On a borrowed store. Shuts down fast, does not delay refusals and does not limit sign-in.
    pub async fn on(store: &Store) -> Self {
        Self::with_config(store.config()).await
    }

    /// The same with another configuration.
    pub async fn with_config(config: Config) -> Self {
        let timing =
            Timing { drain_period: Duration::from_millis(20), max_refusal_delay: Duration::ZERO, ..Timing::default() };
        let config = Config { sign_in_rate: 1_000_000, ..config };
        Self::start_with_config(None, Settings { timing, ..Settings::default() }, config).await
    }

    /// Two servers on Postgres, one on SQLite.
    pub async fn start_fleet(store: &Store) -> Vec<Self> {
        let mut servers = vec![Self::on(store).await];
        if store.database_url().is_some() {
            servers.push(Self::on(store).await);
        }
        servers
    }

    /// With any store, settings and configuration.
    pub async fn start_with_config(store: Option<Store>, settings: Settings, config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::start_with_listener(listener, store, settings, config).await
    }

    /// The same on a given listener.
    pub async fn start_with_listener(
        listener: TcpListener,
        store: Option<Store>,
        settings: Settings,
        config: Config,
    ) -> Self {
        // Logs appear beside the output of a failed test.
        let _ = tracing_subscriber::fmt().with_env_filter("warn,sqlx=off").with_test_writer().try_init();
        let address = listener.local_addr().unwrap();
        let app = api::server::start(config).await.unwrap();
        let shutdown = CancellationToken::new();
        let serving = serve(app.clone(), settings, listener, shutdown.clone());
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Self { address, app, _store: store, shutdown, task }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Waits until the search index has caught up.
    pub async fn wait_for_index(&self) {
        self.app.search.wait_until_current(&self.app.database).await.unwrap();
    }

    /// Starts a shutdown without waiting for it.
    pub fn shut_down(&self) {
        self.shutdown.cancel();
    }

    /// Shuts down and waits until the server has stopped.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        (&mut self.task).await.unwrap();
    }

    /// Sends a request and reads the complete response.
    pub async fn send(&self, request: Request) -> Response {
        exchange(self.address, &request).await
    }

    /// Executes a GraphQL document without a session. Returns the complete response.
    pub async fn graphql(&self, document: &str, variables: Value) -> Value {
        Client::new(self.address).execute(document, &variables).await.unwrap()
    }
}

impl From<&Server> for SocketAddr {
    fn from(server: &Server) -> Self {
        server.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// Sends a request and reads the complete response.
pub async fn exchange(address: SocketAddr, request: &Request) -> Response {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may reject before it has read the body.
    let _ = stream.write_all(&request.bytes(address)).await;
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    Response::read(&bytes)
}

/// Subscribes to everything since the workspace was created (with three events: workspace, founder, first channel), so
/// that nothing is missed between subscribing and the next step of a test.
pub const EVENTS: &str = "subscription($workspaceId: ID!) { events(workspaceId: $workspaceId, after: 3) { __typename ... on ChannelCreated { seq channel { name } } } }";

/// An HTTP request.
#[derive(Clone)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

pub fn request(method: &str, path: &str) -> Request {
    Request { method: method.into(), path: path.into(), headers: Vec::new(), body: Vec::new() }
}

/// A JSON POST to `/graphql`, as clients send it.
pub fn post(body: &Value) -> Request {
    let request = request("POST", "/graphql").header("content-type", "application/json");
    request.header("accept", "application/graphql-response+json").body(body.to_string())
}

impl Request {
    /// Sets a header. An empty value removes it.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        if !value.is_empty() {
            self.headers.push((name.into(), value.into()));
        }
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The bytes on the wire.
    pub fn bytes(&self, host: SocketAddr) -> Vec<u8> {
        let Self { method, path, .. } = self;
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        if !self.headers.iter().any(|(name, _)| name == "host") {
            head += &format!("host: {host}\r\n");
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        let chunked = self.headers.iter().any(|(name, _)| name == "transfer-encoding");
        if !chunked && (!self.body.is_empty() || method == "POST") {
            head += &format!("content-length: {}\r\n", self.body.len());
        }
        let mut bytes = (head + "\r\n").into_bytes();
        if chunked {
            bytes.extend(format!("{:x}\r\n", self.body.len()).into_bytes());
            bytes.extend(&self.body);
            bytes.extend(b"\r\n0\r\n\r\n");
        } else {
            bytes.extend(&self.body);
        }
        bytes
    }
}

/// An HTTP response.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Response {
    /// Parses a response that has a complete head.
    pub fn read(bytes: &[u8]) -> Self {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n");
        let end = end.unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8_lossy(&bytes[..end]);
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut reply = Self { status: status.parse().unwrap(), headers, body: bytes[end + 4..].to_vec() };
        if reply.header("transfer-encoding") == Some("chunked") {
            reply.body = unchunk(&reply.body);
        }
        reply
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// All values of a header.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn header_names(&self) -> impl Iterator<Item = &str> {
        self.headers.iter().map(|(name, _)| name.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {text}"))
    }

    /// The code of the first error.
    pub fn code(&self) -> String {
        let json = self.json();
        let code = &json["errors"][0]["extensions"]["code"];
        code.as_str().unwrap_or_else(|| panic!("no code: {json}")).to_owned()
    }
}

/// Decodes a chunked body. A truncated body ends where it was cut.
pub fn unchunk(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(end) = bytes.windows(2).position(|window| window == b"\r\n") {
        let size = std::str::from_utf8(&bytes[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        let from = end + 2;
        if size == 0 || bytes.len() < from + size + 2 {
            break;
        }
        body.extend(&bytes[from..from + size]);
        bytes = &bytes[from + size + 2..];
    }
    body
}
