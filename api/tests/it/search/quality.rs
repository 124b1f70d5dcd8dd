//! Search quality: messages in many languages and scripts, and queries with the hits that native writers expect
//! (`tests/quality/search.json`, written by hand).
//!
//! Recall is the share of expected hits among the first ten. The mean reciprocal rank measures the position of the
//! first expected hit.

use std::collections::{BTreeMap, HashMap};

use api::adapter::search::document::{Document, IndexBatch, PUBLIC_AUDIENCE};
use api::adapter::search::engine::{Engine, Index};
use api::adapter::search::query::{Query, SearchOptions, Sort};
use api::chat::search::query_parser;
use api::ground::clock::Timestamp;
use api::ground::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use api::model::event::Mentions;
use serde::Deserialize;
use uuid::Uuid;

use crate::support::setting;

const WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(1));

#[derive(Deserialize)]
struct QualitySet {
    messages: BTreeMap<String, String>,
    queries: Vec<QualityQuery>,
}

#[derive(Deserialize)]
struct QualityQuery {
    kind: String,
    query: String,
    wanted: Vec<String>,
}

fn load_set() -> QualitySet {
    serde_json::from_str(include_str!("../../quality/search.json")).unwrap()
}

fn document(number: usize, text: &str) -> Document {
    Document {
        id: MessageId(Uuid::from_u128(number as u128 + 1)),
        workspace_id: WORKSPACE,
        seq: i64::try_from(number).unwrap() + 1,
        channel_id: ChannelId(Uuid::from_u128(2)),
        audience: PUBLIC_AUDIENCE,
        author_id: MemberId(Uuid::from_u128(3)),
        thread_id: None,
        threaded: false,
        at: Timestamp(1_768_003_200_000),
        text: text.to_owned(),
        has: Vec::new(),
        files: String::new(),
        mentions: Mentions::default(),
    }
}

/// Sums of recall and reciprocal rank for one kind of query.
#[derive(Debug, Default, Clone, Copy)]
struct Score {
    queries: f64,
    recall: f64,
    rank: f64,
}

impl Score {
    fn add(&mut self, found: &[&str], wanted: &[String]) {
        self.queries += 1.0;
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
        (self.recall / self.queries, self.rank / self.queries)
    }
}

async fn score(index: &Index) -> BTreeMap<String, Score> {
    let set = load_set();
    let names: Vec<&String> = set.messages.keys().collect();
    let documents = set.messages.values().enumerate().map(|(number, text)| document(number, text)).collect();
    index.apply(IndexBatch { documents, deleted: Vec::new() }).await.unwrap();
    let by_id: HashMap<MessageId, &str> =
        names.iter().enumerate().map(|(number, name)| (document(number, "").id, name.as_str())).collect();
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for case in &set.queries {
        let terms = query_parser::parse(&case.query).unwrap().terms;
        let query = Query { workspace_id: WORKSPACE, terms, clauses: Vec::new() };
        let wanted =
            SearchOptions { sort: Sort::Relevance, offset: 0, after: None, limit: 10, total: false, facets: false };
        let found = index.search(&query, &wanted).await.unwrap();
        let found: Vec<&str> = found.hits.iter().map(|hit| by_id[&hit.id]).collect();
        let mut one = Score::default();
        one.add(&found, &case.wanted);
        if one.recall < 1.0 || one.rank < 1.0 {
            println!("  {:9} {:24} wanted {:?}, found {found:?}", case.kind, case.query, case.wanted);
        }
        for kind in [case.kind.as_str(), "all"] {
            scores.entry(kind.to_owned()).or_default().add(&found, &case.wanted);
        }
    }
    for (kind, score) in &scores {
        let (recall, rank) = score.mean();
        println!("{kind:10} {:3} queries   recall@10 {recall:.3}   MRR {rank:.3}", score.queries);
    }
    scores
}

#[tokio::test]
async fn tantivy_meets_the_quality_targets() {
    let directory = tempfile::tempdir().unwrap();
    let index = Engine::embedded(directory.path()).open(Uuid::new_v4()).await.unwrap();
    let scores = score(&index).await;
    let (recall, rank) = scores["all"].mean();
    assert!(recall > 0.95 && rank > 0.9, "recall {recall:.3}, MRR {rank:.3}");
}

#[tokio::test]
async fn meilisearch_meets_the_quality_targets() {
    let Some(url) = setting("CONFAB_TEST_MEILISEARCH_URL") else {
        println!("skipped: search::quality::meilisearch_meets_the_quality_targets needs CONFAB_TEST_MEILISEARCH_URL");
        return;
    };
    let key = setting("CONFAB_TEST_MEILISEARCH_KEY");
    let engine = Engine::meilisearch(&url, key.as_deref()).unwrap();
    let id = Uuid::new_v4();
    let index = engine.open(id).await.unwrap();
    let scores = score(&index).await;
    engine.remove(id).await.unwrap();
    // Language support depends on the build of Meilisearch.
    for kind in ["words", "prefix", "typo", "phrase"] {
        assert!(scores[kind].mean().0 > 0.8, "{kind}: {:?}", scores[kind]);
    }
}
