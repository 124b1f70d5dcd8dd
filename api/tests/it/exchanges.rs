//! Exchanges with a server that not every machine has: recorded from the real one, and replayed where it is not.
//!
//! A replay answers only what was asked when it was recorded, to the byte of the JSON, and each as often: so a
//! change in what is sent fails. Polling for a task is recorded once, with its end.

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

/// A question and its answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Exchange {
    method: String,
    path: String,
    #[serde(default, skip_serializing_if = "Value::is_null")]
    body: Value,
    status: u16,
    answer: Value,
}

impl Exchange {
    fn asks(&self, other: &Self) -> bool {
        (&self.method, &self.path, &self.body) == (&other.method, &other.path, &other.body)
    }
}

fn file(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "exchanges", name].iter().collect()
}

fn question(method: &Method, uri: &Uri, body: &Bytes) -> Exchange {
    Exchange {
        method: method.to_string(),
        path: uri.path_and_query().map_or(String::new(), ToString::to_string),
        body: serde_json::from_slice(body).unwrap_or(Value::Null),
        status: 0,
        answer: Value::Null,
    }
}

async fn listen(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Passes everything on to a real server, and keeps it.
pub struct Recorder {
    url: String,
    kept: Arc<Mutex<Vec<Exchange>>>,
}

#[derive(Clone)]
struct Real {
    url: String,
    client: reqwest::Client,
    kept: Arc<Mutex<Vec<Exchange>>>,
}

impl Recorder {
    pub async fn start(real: &str) -> Self {
        api::tls::choose();
        let kept = Arc::<Mutex<Vec<Exchange>>>::default();
        let client = reqwest::Client::builder().timeout(Duration::from_secs(60)).build().unwrap();
        let real = Real { url: real.trim_end_matches('/').into(), client, kept: kept.clone() };
        let url = listen(Router::new().fallback(pass_on).with_state(real)).await;
        Self { url, kept }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    pub fn save(&self, name: &str) {
        let kept = self.kept.lock().unwrap();
        let text = serde_json::to_string_pretty(&*kept).unwrap();
        std::fs::write(file(name), text + "\n").unwrap();
    }
}

async fn pass_on(
    State(real): State<Real>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, String) {
    let mut asked = question(&method, &uri, &body);
    let mut request = real.client.request(method, format!("{}{}", real.url, asked.path)).body(body);
    for name in ["authorization", "content-type"] {
        if let Some(value) = headers.get(name) {
            request = request.header(name, value);
        }
    }
    let response = request.send().await.unwrap();
    asked.status = response.status().as_u16();
    let text = response.text().await.unwrap();
    asked.answer = serde_json::from_str(&text).unwrap_or(Value::Null);
    let is_pending =
        matches!(asked.answer["status"].as_str(), Some("enqueued" | "processing")) && asked.method == "GET";
    let status = StatusCode::from_u16(asked.status).unwrap();
    if !is_pending {
        real.kept.lock().unwrap().push(asked);
    }
    (status, text)
}

/// Answers as the real server did.
pub struct Replay {
    url: String,
    rest: Arc<Mutex<Vec<Exchange>>>,
}

impl Replay {
    pub async fn start(name: &str) -> Self {
        let text = std::fs::read_to_string(file(name)).unwrap();
        let rest: Arc<Mutex<Vec<Exchange>>> = Arc::new(Mutex::new(serde_json::from_str(&text).unwrap()));
        let url = listen(Router::new().fallback(answer).with_state(rest.clone())).await;
        Self { url, rest }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// What was asked when it was recorded, and is not any more.
    pub fn unused(&self) -> Vec<String> {
        let rest = self.rest.lock().unwrap();
        rest.iter().map(|one| format!("{} {} {}", one.method, one.path, one.body)).collect()
    }
}

async fn answer(
    State(rest): State<Arc<Mutex<Vec<Exchange>>>>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> (StatusCode, String) {
    let asked = question(&method, &uri, &body);
    let mut rest = rest.lock().unwrap();
    // Some are asked side by side, so the order among those that wait does not count.
    match rest.iter().position(|one| one.asks(&asked)) {
        Some(place) => {
            let one = rest.remove(place);
            (StatusCode::from_u16(one.status).unwrap(), one.answer.to_string())
        }
        None => {
            println!("never recorded: {} {} {}", asked.method, asked.path, asked.body);
            (StatusCode::NOT_IMPLEMENTED, "{}".to_owned())
        }
    }
}
