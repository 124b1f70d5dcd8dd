//! Meilisearch without Confab's engine: the same request body, sent directly to the same index.

use std::time::Duration;

use api::adapter::search::document::Audience;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::corpus::{BenchmarkQuery, WORKSPACE};
use crate::{Failure, LIMIT};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Values per `IN` list, as in the engine.
const MAX_LIST_VALUES: usize = 50;

/// An index on a Meilisearch server.
pub struct Meilisearch {
    client: reqwest::Client,
    url: String,
    key: Option<String>,
    readers: Vec<String>,
}

impl Meilisearch {
    pub fn open(url: &str, key: Option<&str>, index: Uuid, audiences: &[Audience]) -> Result<Self, Failure> {
        api::ground::tls::install_provider();
        let client = reqwest::Client::builder().timeout(REQUEST_TIMEOUT).build()?;
        let url = format!("{}/indexes/confab_{}/search", url.trim_end_matches('/'), index.simple());
        let list = |part: &[Audience]| {
            let numbers: Vec<String> = part.iter().map(ToString::to_string).collect();
            format!("audience IN [{}]", numbers.join(","))
        };
        let readers = audiences.chunks(MAX_LIST_VALUES).map(list).collect();
        Ok(Self { client, url, key: key.map(str::to_owned), readers })
    }

    /// Runs a query; returns the number of hits.
    pub async fn search(&self, query: &BenchmarkQuery) -> Result<usize, Failure> {
        let mut filter = vec![vec![format!("workspace = \"{}\"", WORKSPACE.0)], self.readers.clone()];
        filter.extend(query.author.map(|author| vec![format!("author IN [\"{}\"]", author.0)]));
        let body = json!({
            "q": query_text(query), "filter": filter, "matchingStrategy": "all",
            "attributesToRetrieve": ["id", "seq", "version"], "offset": 0, "limit": LIMIT + 1,
        });
        let mut request = self.client.post(&self.url).header(CONTENT_TYPE, "application/json").body(body.to_string());
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let response = request.send().await?.error_for_status()?.bytes().await?;
        let response: Value = serde_json::from_slice(&response)?;
        Ok(response["hits"].as_array().map_or(0, Vec::len).min(LIMIT))
    }
}

/// The query text; a trailing space marks a complete word.
fn query_text(query: &BenchmarkQuery) -> String {
    let word = |term: &api::adapter::search::query::Term| match (term.is_phrase, term.is_prefix) {
        (true, _) => format!("\"{}\" ", term.text),
        (false, true) => term.text.clone(),
        (false, false) => format!("{} ", term.text),
    };
    query.terms.iter().map(word).collect()
}
