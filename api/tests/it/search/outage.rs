//! An unavailable search engine: everything else works, searches fail with a typed error, and the index catches up
//! afterwards. Tests with a real Meilisearch run where `CONFAB_TEST_MEILISEARCH_URL` is set.

use api::adapter::search::engine::Engine;
use api::ground::config::{Config, SearchSettings};
use link::{Link, Mode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Server, Store, Workspace, code, number, request, setting};

const SEARCH: &str = "query($w: ID!, $q: String!, $k: [SearchKind!]) { search(workspaceId: $w, query: $q, kinds: $k) {
  edges { node { ... on Message { text } ... on Channel { name } } } } }";

async fn search(workspace: &Workspace, query: &str, kinds: Value) -> Value {
    workspace.owner().execute(SEARCH, json!({ "w": workspace.id, "q": query, "k": kinds })).await
}

fn config(store: &Store, port: u16, key: Option<String>) -> Config {
    let search = SearchSettings { url: Some(format!("http://127.0.0.1:{port}")), key, key_file: None };
    Config { search, ..store.config() }
}

/// A closed port, and one that never responds.
async fn unreachable_ports() -> (u16, TcpListener) {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    (closed, TcpListener::bind("127.0.0.1:0").await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_else_works_without_the_engine() {
    let (closed, mute) = unreachable_ports().await;
    for port in [closed, mute.local_addr().unwrap().port()] {
        let store = Store::sqlite();
        let server = Server::with_config(config(&store, port, None)).await;
        let workspace = Workspace::create(&server).await;
        workspace.owner().send_message(&workspace.general, "words that nobody finds").await;
        let refused = search(&workspace, "words", Value::Null).await;
        assert_eq!(code(&refused).as_deref(), Some("UNAVAILABLE"), "{refused}");
        assert_eq!(refused["errors"][0]["message"], "The search is temporarily unavailable. Retry later.");
        assert!((1..=3).contains(&number(&refused, "/errors/0/extensions/retryAfter")), "{refused}");
        // Names are in memory.
        let named = search(&workspace, "gener", json!(["CHANNEL", "MEMBER"])).await;
        assert_eq!(named["data"]["search"]["edges"][0]["node"]["name"], "general");
        let ready = server.send(request("GET", "/readyz")).await;
        assert_eq!(
            (ready.status, ready.text()),
            (200, "degraded\ndatabase: ok\nsearch: unavailable\nfiles: ok\n".to_owned())
        );
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn indexes_missed_changes_after_an_outage() {
    let Some(url) = setting("CONFAB_TEST_MEILISEARCH_URL") else {
        println!("skipped: search::outage::indexes_missed_changes_after_an_outage needs CONFAB_TEST_MEILISEARCH_URL");
        return;
    };
    let key = setting("CONFAB_TEST_MEILISEARCH_KEY");
    let port = url.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    let link = Link::to(port).await.unwrap();
    let store = Store::sqlite();
    let server = Server::with_config(config(&store, link.port, key.clone())).await;
    let workspace = Workspace::create(&server).await;
    let send = async |words: &str| workspace.owner().send_message(&workspace.general, words).await.0;
    let found = async |query: &str| {
        let response = search(&workspace, query, json!(["MESSAGE"])).await;
        let edges = response["data"]["search"]["edges"].as_array().map(Vec::len);
        edges.ok_or_else(|| code(&response).unwrap())
    };
    let first = send("apple pear").await;
    server.wait_for_index().await;
    assert_eq!(found("apple").await, Ok(1));
    for mode in [Mode::Disconnected, Mode::Blackholed] {
        link.set(mode);
        let missed = send("plum pear").await;
        assert_eq!(found("pear").await, Err("UNAVAILABLE".to_owned()));
        let input = json!({ "messageId": missed });
        send("cherry").await;
        workspace.owner().mutate("deleteMessage", input, "seq").await;
        link.set(Mode::Connected);
        server.wait_for_index().await;
        assert_eq!((found("plum").await, found("apple").await), (Ok(0), Ok(1)));
    }
    assert_eq!(found("cherry").await, Ok(2));
    // A wiped index is detected and rebuilt.
    let engine = Engine::meilisearch(&url, key.as_deref()).unwrap();
    let id = server.app.search.searchable().unwrap().0.index.id();
    engine.remove(id).await.unwrap();
    while server.app.search.searchable().is_ok_and(|(generation, _)| generation.index.id() == id) {
        server.app.search.wait_for_step().await;
    }
    server.wait_for_index().await;
    assert_eq!((found("cherry").await, found("apple").await, first.len()), (Ok(2), Ok(1), 40));
    engine.remove(server.app.search.searchable().unwrap().0.index.id()).await.unwrap();
    server.stop().await;
}
