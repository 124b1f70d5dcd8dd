//! The search engine is away: everything else goes on, a search is refused with a typed error, and afterwards the
//! index has all that was missed. What needs a real Meilisearch runs where `CONFAB_TEST_MEILISEARCH_URL` names one.

use api::config::{Config, SearchSettings};
use api::search::engine::Engine;
use link::{Link, Mode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::people::{Company, code, number, server_of};
use crate::server::{Server, request};
use crate::store::{Store, setting};

const SEARCH: &str = "query($w: ID!, $q: String!, $k: [SearchKind!]) { search(workspaceId: $w, query: $q, kinds: $k) {
  edges { node { ... on Message { text } ... on Channel { name } } } } }";

async fn search(server: &Server, company: &Company, query: &str, kinds: Value) -> Value {
    company.owner.ask(server, SEARCH, json!({ "w": company.workspace, "q": query, "k": kinds })).await
}

fn config(store: &Store, port: u16, key: Option<String>) -> Config {
    let search = SearchSettings { url: Some(format!("http://127.0.0.1:{port}")), key, key_file: None };
    Config { search, ..store.config() }
}

/// A port on which nothing listens, and one on which nothing is ever answered.
async fn silent() -> (u16, TcpListener) {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    (closed, TcpListener::bind("127.0.0.1:0").await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_engine_everything_else_works() {
    let (closed, mute) = silent().await;
    for port in [closed, mute.local_addr().unwrap().port()] {
        let store = Store::sqlite();
        let server = server_of(config(&store, port, None)).await;
        let company = Company::first(&server).await;
        company.owner.sends(&server, &company, &company.general, "words that nobody finds").await;
        let refused = search(&server, &company, "words", Value::Null).await;
        assert_eq!(code(&refused).as_deref(), Some("UNAVAILABLE"), "{refused}");
        assert_eq!(refused["errors"][0]["message"], "The search does not answer.");
        assert!((1..=3).contains(&number(&refused, "/errors/0/extensions/retryAfter")), "{refused}");
        // Names are in memory.
        let named = search(&server, &company, "gener", json!(["CHANNEL", "MEMBER"])).await;
        assert_eq!(named["data"]["search"]["edges"][0]["node"]["name"], "general");
        let ready = server.send(request("GET", "/readyz")).await;
        assert_eq!((ready.status, ready.text()), (200, "degraded\ndatabase: ok\nsearch: away\nfiles: ok\n".to_owned()));
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_back_has_everything_that_it_missed() {
    let Some(url) = setting("CONFAB_TEST_MEILISEARCH_URL") else {
        println!(
            "skipped: search_away::what_comes_back_has_everything_that_it_missed needs CONFAB_TEST_MEILISEARCH_URL"
        );
        return;
    };
    let key = setting("CONFAB_TEST_MEILISEARCH_KEY");
    let port = url.trim_end_matches('/').rsplit(':').next().unwrap().parse().unwrap();
    let link = Link::to(port).await.unwrap();
    let store = Store::sqlite();
    let server = server_of(config(&store, link.port, key.clone())).await;
    let company = Company::first(&server).await;
    let say = async |words: &str| company.owner.sends(&server, &company, &company.general, words).await.0;
    let found = async |query: &str| {
        let answer = search(&server, &company, query, json!(["MESSAGE"])).await;
        let edges = answer["data"]["search"]["edges"].as_array().map(Vec::len);
        edges.ok_or_else(|| code(&answer).unwrap())
    };
    let first = say("apple pear").await;
    server.indexed().await;
    assert_eq!(found("apple").await, Ok(1));
    for mode in [Mode::Cut, Mode::Forgotten] {
        link.set(mode);
        let missed = say("plum pear").await;
        assert_eq!(found("pear").await, Err("UNAVAILABLE".to_owned()));
        let input = json!({ "workspaceId": company.workspace, "messageId": missed });
        say("cherry").await;
        company.owner.does(&server, "deleteMessage", "{ seq }", input).await;
        link.set(Mode::Whole);
        server.indexed().await;
        assert_eq!((found("plum").await, found("apple").await), (Ok(0), Ok(1)));
    }
    assert_eq!(found("cherry").await, Ok(2));
    // Wiped: it is noticed, and filled again.
    let engine = Engine::meilisearch(&url, key.as_deref()).unwrap();
    let id = server.app.search.searched().unwrap().0.index.id();
    engine.remove(id).await.unwrap();
    while server.app.search.searched().is_ok_and(|(generation, _)| generation.index.id() == id) {
        server.app.search.stepped_once().await;
    }
    server.indexed().await;
    assert_eq!((found("cherry").await, found("apple").await, first.len()), (Ok(2), Ok(1), 40));
    engine.remove(server.app.search.searched().unwrap().0.index.id()).await.unwrap();
    server.stop().await;
}
