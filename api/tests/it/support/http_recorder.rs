//! Records exchanges with a server that is not available everywhere, and replays them where it is not.
//!
//! A replay answers only recorded requests, byte for byte and as often as recorded, so that a change in the requests
//! fails. Polls of a task are recorded once, with the final response.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::net::TcpListener;

/// A request and its response.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Exchange {
    method: String,
    path: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    body: Value,
    status: u16,
    response: Value,
}

impl Exchange {
    fn matches(&self, other: &Self) -> bool {
        (&self.method, &self.path, &self.body) == (&other.method, &other.path, &other.body)
    }
}

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "exchanges", name].iter().collect()
}

fn request_of(method: &Method, uri: &Uri, body: &Bytes) -> Exchange {
    Exchange {
        method: method.to_string(),
        path: uri.path_and_query().map_or(String::new(), ToString::to_string),
        body: serde_json::from_slice(body).unwrap_or(Value::Null),
        status: 0,
        response: Value::Null,
    }
}

async fn listen(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// A proxy that records all exchanges.
pub struct Recorder {
    url: String,
    recorded: Arc<Mutex<Vec<Exchange>>>,
}

#[derive(Clone)]
struct Upstream {
    url: String,
    client: reqwest::Client,
    recorded: Arc<Mutex<Vec<Exchange>>>,
}

impl Recorder {
    pub async fn start(upstream: &str) -> Self {
        api::ground::tls::install_provider();
        let recorded = Arc::<Mutex<Vec<Exchange>>>::default();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        let upstream = Upstream { url: upstream.trim_end_matches('/').into(), client, recorded: recorded.clone() };
        let url = listen(Router::new().fallback(proxy).with_state(upstream)).await;
        Self { url, recorded }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    pub fn save(&self, name: &str) {
        let recorded = self.recorded.lock().unwrap();
        let text = serde_json::to_string_pretty(&*recorded).unwrap();
        std::fs::write(file(name), text + "\n").unwrap();
    }
}

async fn proxy(
    State(upstream): State<Upstream>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let mut exchange = request_of(&method, &uri, &body);
    let mut request = upstream.client.request(method, format!("{}{}", upstream.url, exchange.path)).body(body);
    for name in ["authorization", "content-type"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let response = request.send().await.unwrap();
    exchange.status = response.status().as_u16();
    let text = response.text().await.unwrap();
    exchange.response = serde_json::from_str(&text).unwrap_or(Value::Null);
    let is_pending =
        matches!(exchange.response["status"].as_str(), Some("enqueued" | "processing")) && exchange.method == "GET";
    let status = StatusCode::from_u16(exchange.status).unwrap();
    if !is_pending {
        upstream.recorded.lock().unwrap().push(exchange);
    }
    (status, text)
}

/// A server that replays recorded responses.
pub struct Replay {
    url: String,
    remaining: Arc<Mutex<Vec<Exchange>>>,
}

impl Replay {
    pub async fn start(name: &str) -> Self {
        let text = std::fs::read_to_string(file(name)).unwrap();
        let remaining: Arc<Mutex<Vec<Exchange>>> = Arc::new(Mutex::new(serde_json::from_str(&text).unwrap()));
        let url = listen(Router::new().fallback(replay).with_state(remaining.clone())).await;
        Self { url, remaining }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Recorded requests that were not repeated.
    pub fn unused(&self) -> Vec<String> {
        let remaining = self.remaining.lock().unwrap();
        remaining.iter().map(|one| format!("{} {} {}", one.method, one.path, one.body)).collect()
    }
}

async fn replay(
    State(remaining): State<Arc<Mutex<Vec<Exchange>>>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> (StatusCode, String) {
    let exchange = request_of(&method, &uri, &body);
    let mut remaining = remaining.lock().unwrap();
    // Some requests are concurrent, so the order of pending ones does not matter.
    match remaining.iter().position(|one| one.matches(&exchange)) {
        Some(place) => {
            let one = remaining.remove(place);
            (StatusCode::from_u16(one.status).unwrap(), one.response.to_string())
        }
        None => {
            println!("not recorded: {} {} {}", exchange.method, exchange.path, exchange.body);
            (StatusCode::NOT_IMPLEMENTED, "{}".to_owned())
        }
    }
}
