//! The raw engine under the one that speaks to Meilisearch: the same body, posted by hand to the same index.

use std::time::Duration;

use api::search::document::Audience;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::corpus::{Question, WORKSPACE};
use crate::{Failure, LIMIT};

const DEADLINE: Duration = Duration::from_secs(10);
/// As many values of one list as the engine gives.
const LIST: usize = 50;

/// An index on a server.
pub struct Meilisearch {
    client: reqwest::Client,
    url: String,
    key: Option<String>,
    readers: Vec<String>,
}

impl Meilisearch {
    pub fn open(url: &str, key: Option<&str>, index: Uuid, audiences: &[Audience]) -> Result<Self, Failure> {
        api::tls::choose();
        let client = reqwest::Client::builder().timeout(DEADLINE).build()?;
        let url = format!("{}/indexes/confab_{}/search", url.trim_end_matches('/'), index.simple());
        let list = |part: &[Audience]| {
            let numbers: Vec<String> = part.iter().map(ToString::to_string).collect();
            format!("audience IN [{}]", numbers.join(","))
        };
        Ok(Self { client, url, key: key.map(str::to_owned), readers: audiences.chunks(LIST).map(list).collect() })
    }

    /// The number of hits.
    pub async fn ask(&self, question: &Question) -> Result<usize, Failure> {
        let mut filter = vec![vec![format!("workspace = \"{}\"", WORKSPACE.0)], self.readers.clone()];
        filter.extend(question.author.map(|author| vec![format!("author IN [\"{}\"]", author.0)]));
        let body = json!({
            "q": typed(question), "filter": filter, "matchingStrategy": "all",
            "attributesToRetrieve": ["id", "seq", "version"], "offset": 0, "limit": LIMIT + 1,
        });
        let mut request = self.client.post(&self.url).header(CONTENT_TYPE, "application/json").body(body.to_string());
        if let Some(key) = &self.key {
            request = request.bearer_auth(key);
        }
        let answer = request.send().await?.error_for_status()?.bytes().await?;
        let answer: Value = serde_json::from_slice(&answer)?;
        Ok(answer["hits"].as_array().map_or(0, Vec::len).min(LIMIT))
    }
}

/// A word that is complete has a space behind it.
fn typed(question: &Question) -> String {
    let word = |term: &api::search::query::Term| match (term.is_phrase, term.is_open) {
        (true, _) => format!("\"{}\" ", term.text),
        (false, true) => term.text.clone(),
        (false, false) => format!("{} ", term.text),
    };
    question.terms.iter().map(word).collect()
}
