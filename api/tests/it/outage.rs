//! Outages of the database: what is still answered, what is refused and how, and that all of it comes back
//! without hands.

use std::time::Duration;

use api::config::Config;
use link::Mode;
use serde_json::{Value, json};

use crate::people::{Company, code, number, server_of};
use crate::server::{Server, request};
use crate::store::Store;

/// How often something is asked again that comes by itself.
const LOOK: Duration = Duration::from_millis(20);

/// What is asked of memory alone, and what of the database.
const IN_MEMORY: &str = "query($id: ID!) { workspace(id: $id) { name channels(first: 5) { nodes { name } } } }";
const STORED: &str = "query($id: ID!, $channel: ID!) {
  channel(workspaceId: $id, id: $channel) { messages(last: 5) { nodes { text } } } }";

async fn ready(server: &Server) -> (u16, String) {
    let reply = server.send(request("GET", "/readyz")).await;
    (reply.status, reply.text())
}

async fn send(server: &Server, company: &Company) -> Value {
    let input = json!({ "workspaceId": company.workspace, "channelId": company.general, "text": "words" });
    let send = crate::people::mutation("sendMessage", "{ status seq }");
    company.owner.ask(server, &send, json!({ "input": input })).await
}

async fn send_until_sent(server: &Server, company: &Company) {
    let mut looks = tokio::time::interval(LOOK);
    loop {
        let sent = send(server, company).await;
        match code(&sent).as_deref() {
            None => return assert_eq!(sent["data"]["sendMessage"]["status"], "SENT"),
            Some(refused) => assert_eq!(refused, "UNAVAILABLE", "{sent}"),
        }
        looks.tick().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_database_memory_is_read_and_the_rest_is_refused() {
    let name = "outage::without_the_database_memory_is_read_and_the_rest_is_refused";
    let Some(store) = Store::postgres(name).await else { return };
    let (link, config) = store.linked().await;
    let server = server_of(config).await;
    let company = Company::first(&server).await;
    let variables = json!({ "id": company.workspace, "channel": company.general });
    assert_eq!(ready(&server).await, (200, "ok\ndatabase: ok\nsearch: ok\nfiles: ok\n".to_owned()));
    link.set(Mode::Cut);
    let read = company.owner.ask(&server, IN_MEMORY, variables.clone()).await;
    assert_eq!(read["data"]["workspace"]["channels"]["nodes"], json!([{ "name": "general" }]), "{read}");
    // From now on for as long as it lasts.
    for query in [STORED, "{ viewer { account { email } } }"] {
        let refused = company.owner.ask(&server, query, variables.clone()).await;
        assert_eq!(code(&refused).as_deref(), Some("UNAVAILABLE"), "{refused}");
        let wait = number(&refused, "/errors/0/extensions/retryAfter");
        assert!((1..=3).contains(&wait), "{refused}");
        assert_eq!(refused["errors"][0]["message"], "The database does not answer.");
    }
    let refused = send(&server, &company).await;
    assert_eq!(code(&refused).as_deref(), Some("UNAVAILABLE"), "{refused}");
    assert_eq!(ready(&server).await, (503, "not ready\ndatabase: away\nsearch: ok\nfiles: ok\n".to_owned()));
    let metrics = server.send(request("GET", "/metrics")).await.text();
    assert!(metrics.contains("confab_breaker_open{dependency=\"postgres\"} 1"), "{metrics}");
    link.set(Mode::Whole);
    send_until_sent(&server, &company).await;
    let mut looks = tokio::time::interval(LOOK);
    while ready(&server).await.0 != 200 {
        looks.tick().await;
    }
    server.stop().await;
    store.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_fall_silent_are_replaced() {
    let Some(store) = Store::postgres("outage::connections_that_fall_silent_are_replaced").await else { return };
    let (link, config) = store.linked().await;
    let server = server_of(Config { sign_in_rate: 1_000_000, ..config }).await;
    let company = Company::first(&server).await;
    for _ in 0..3 {
        // Every connection that was open stays open, and on none of them an answer ever comes.
        link.set(Mode::Forgotten);
        assert_eq!(code(&send(&server, &company).await).as_deref(), Some("UNAVAILABLE"));
        link.set(Mode::Whole);
        send_until_sent(&server, &company).await;
    }
    server.stop().await;
    store.remove().await;
}
