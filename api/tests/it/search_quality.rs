//! How well the engines find what people mean: a set of messages in many languages and scripts, and queries with
//! the hits that a writer of the language expects (`tests/quality/search.json`, written by hand).
//!
//! Recall is the part of what is wanted that is among the first ten; the mean reciprocal rank says how far up
//! the first wanted hit is.

use std::collections::{BTreeMap, HashMap};

use api::clock::Moment;
use api::event::Mentions;
use api::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use api::search::document::{Document, EVERYBODY};
use api::search::engine::{Changes, Engine, Index};
use api::search::operators;
use api::search::query::{Query, Sort, Wanted};
use serde::Deserialize;
use uuid::Uuid;

use crate::store::setting;

const HOUSE: WorkspaceId = WorkspaceId(Uuid::from_u128(1));

#[derive(Deserialize)]
struct Set {
    messages: BTreeMap<String, String>,
    queries: Vec<Asked>,
}

#[derive(Deserialize)]
struct Asked {
    kind: String,
    query: String,
    wanted: Vec<String>,
}

fn set() -> Set {
    serde_json::from_str(include_str!("../quality/search.json")).unwrap()
}

fn document(number: usize, text: &str) -> Document {
    Document {
        id: MessageId(Uuid::from_u128(number as u128 + 1)),
        workspace_id: HOUSE,
        seq: i64::try_from(number).unwrap() + 1,
        channel_id: ChannelId(Uuid::from_u128(2)),
        audience: EVERYBODY,
        author_id: MemberId(Uuid::from_u128(3)),
        thread_id: None,
        threaded: false,
        at: Moment(1_768_003_200_000),
        text: text.to_owned(),
        has: Vec::new(),
        files: String::new(),
        mentions: Mentions::default(),
    }
}

/// Recall and reciprocal ranks of one kind of query.
#[derive(Debug, Default, Clone, Copy)]
struct Score {
    asked: f64,
    recall: f64,
    rank: f64,
}

impl Score {
    fn add(&mut self, found: &[&str], wanted: &[String]) {
        self.asked += 1.0;
        if wanted.is_empty() {
            let is_right = f64::from(u8::from(found.is_empty()));
            self.recall += is_right;
            self.rank += is_right;
            return;
        }
        let hits = wanted.iter().filter(|one| found.contains(&one.as_str())).count();
        self.recall += hits as f64 / wanted.len() as f64;
        let first = found.iter().position(|one| wanted.iter().any(|wanted| wanted == one));
        self.rank += first.map_or(0.0, |place| 1.0 / (place + 1) as f64);
    }

    fn mean(self) -> (f64, f64) {
        (self.recall / self.asked, self.rank / self.asked)
    }
}

async fn score(index: &Index) -> BTreeMap<String, Score> {
    let set = set();
    let names: Vec<&String> = set.messages.keys().collect();
    let documents = set.messages.values().enumerate().map(|(number, text)| document(number, text)).collect();
    index.apply(Changes { documents, gone: Vec::new() }).await.unwrap();
    let by_id: HashMap<MessageId, &str> =
        names.iter().enumerate().map(|(number, name)| (document(number, "").id, name.as_str())).collect();
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for asked in &set.queries {
        let terms = operators::read(&asked.query).unwrap().terms;
        let query = Query { workspace_id: HOUSE, terms, clauses: Vec::new() };
        let wanted = Wanted { sort: Sort::Relevance, offset: 0, after: None, limit: 10, total: false, facets: false };
        let found = index.search(&query, &wanted).await.unwrap();
        let found: Vec<&str> = found.hits.iter().map(|hit| by_id[&hit.id]).collect();
        let mut one = Score::default();
        one.add(&found, &asked.wanted);
        if one.recall < 1.0 || one.rank < 1.0 {
            println!("  {:9} {:24} wanted {:?}, found {found:?}", asked.kind, asked.query, asked.wanted);
        }
        for kind in [asked.kind.as_str(), "all"] {
            scores.entry(kind.to_owned()).or_default().add(&found, &asked.wanted);
        }
    }
    for (kind, score) in &scores {
        let (recall, rank) = score.mean();
        println!("{kind:10} {:3} queries   recall@10 {recall:.3}   MRR {rank:.3}", score.asked);
    }
    scores
}

#[tokio::test]
async fn tantivy_finds_what_writers_expect() {
    let directory = tempfile::tempdir().unwrap();
    let index = Engine::embedded(directory.path()).open(Uuid::new_v4()).await.unwrap();
    let scores = score(&index).await;
    let (recall, rank) = scores["all"].mean();
    assert!(recall > 0.95 && rank > 0.9, "recall {recall:.3}, MRR {rank:.3}");
}

#[tokio::test]
async fn meilisearch_finds_what_writers_expect() {
    let Some(url) = setting("CONFAB_TEST_MEILISEARCH_URL") else {
        println!("skipped: search_quality::meilisearch_finds_what_writers_expect needs CONFAB_TEST_MEILISEARCH_URL");
        return;
    };
    let key = setting("CONFAB_TEST_MEILISEARCH_KEY");
    let engine = Engine::meilisearch(&url, key.as_deref()).unwrap();
    let id = Uuid::new_v4();
    let index = engine.open(id).await.unwrap();
    let scores = score(&index).await;
    engine.remove(id).await.unwrap();
    // Which languages it knows depends on how it was built.
    for kind in ["words", "prefix", "typo", "phrase"] {
        assert!(scores[kind].mean().0 > 0.8, "{kind}: {:?}", scores[kind]);
    }
}
