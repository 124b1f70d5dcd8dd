//! Outages of the database: what keeps working, what is rejected and how, and recovery without intervention.

use std::time::Duration;

use api::ground::config::Config;
use link::Mode;
use serde_json::{Value, json};

use crate::support::{Server, Store, Workspace, code, number, postgres, request};

postgres! { replaces_silent_connections }

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// One query that memory answers, and one that needs the database.
const MEMORY_QUERY: &str = "query($id: ID!) { workspace(id: $id) { name channels(first: 5) { nodes { name } } } }";
const DATABASE_QUERY: &str = "query($channel: ID!) {
  channel(id: $channel) { messages(last: 5) { nodes { text } } } }";

async fn ready(server: &Server) -> (u16, String) {
    let reply = server.send(request("GET", "/readyz")).await;
    (reply.status, reply.text())
}

async fn send(workspace: &Workspace) -> Value {
    let input = json!({ "channelId": workspace.general, "text": "words" });
    let send = crate::support::document("sendMessage", "status seq");
    workspace.owner().execute(&send, json!({ "input": input })).await
}

async fn send_until_sent(workspace: &Workspace) {
    let mut interval = tokio::time::interval(POLL_INTERVAL);
    loop {
        let sent = send(workspace).await;
        match code(&sent).as_deref() {
            None => return assert_eq!(sent["data"]["sendMessage"]["status"], "SENT"),
            Some(refused) => assert_eq!(refused, "UNAVAILABLE", "{sent}"),
        }
        interval.tick().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn serves_from_memory_while_the_database_is_unavailable() {
    let name = "database::outage::serves_from_memory_while_the_database_is_unavailable";
    let Some(store) = Store::postgres(name).await else { return };
    let (link, config) = store.linked().await;
    let server = Server::with_config(config).await;
    let workspace = Workspace::create(&server).await;
    let variables = json!({ "id": workspace.id, "channel": workspace.general });
    assert_eq!(ready(&server).await, (200, "ok\ndatabase: ok\nsearch: ok\nfiles: ok\n".to_owned()));
    link.set(Mode::Disconnected);
    let read = workspace.owner().execute(MEMORY_QUERY, variables.clone()).await;
    assert_eq!(read["data"]["workspace"]["channels"]["nodes"], json!([{ "name": "general" }]), "{read}");
    // For as long as the outage lasts.
    for query in [DATABASE_QUERY, "{ viewer { account { email } } }"] {
        let refused = workspace.owner().execute(query, variables.clone()).await;
        assert_eq!(code(&refused).as_deref(), Some("UNAVAILABLE"), "{refused}");
        let wait = number(&refused, "/errors/0/extensions/retryAfter");
        assert!((1..=3).contains(&wait), "{refused}");
        assert_eq!(refused["errors"][0]["message"], "The database is temporarily unavailable. Retry later.");
    }
    let refused = send(&workspace).await;
    assert_eq!(code(&refused).as_deref(), Some("UNAVAILABLE"), "{refused}");
    assert_eq!(ready(&server).await, (503, "not ready\ndatabase: unavailable\nsearch: ok\nfiles: ok\n".to_owned()));
    let metrics = server.send(request("GET", "/metrics")).await.text();
    assert!(metrics.contains("confab_breaker_open{dependency=\"postgres\"} 1"), "{metrics}");
    link.set(Mode::Connected);
    send_until_sent(&workspace).await;
    let mut interval = tokio::time::interval(POLL_INTERVAL);
    while ready(&server).await.0 != 200 {
        interval.tick().await;
    }
    server.stop().await;
    store.remove().await;
}

async fn replaces_silent_connections(store: &Store) {
    let (link, config) = store.linked().await;
    let server = Server::with_config(Config { sign_in_rate: 1_000_000, ..config }).await;
    let workspace = Workspace::create(&server).await;
    for _ in 0..3 {
        // All connections stay open, and no response arrives on any of them.
        link.set(Mode::Blackholed);
        assert_eq!(code(&send(&workspace).await).as_deref(), Some("UNAVAILABLE"));
        link.set(Mode::Connected);
        send_until_sent(&workspace).await;
    }
    server.stop().await;
}
