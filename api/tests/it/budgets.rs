//! Budgets over the wire, with the limits that a server has by default: floods are refused before they do anything,
//! with when to come back, on every way in; nobody else is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use api::budget::{Kind, Payer};
use api::config::{Config, RateSettings};
use api::http::{Settings, Timing};
use api::id::{AccountId, WorkspaceId};
use serde_json::{Value, json};

use crate::people::{Company, Person, code, mutation, number, text};
use crate::server::{Reply, Server, post, request};
use crate::socket::Socket;
use crate::store::{Store, both};

both!(a_flood_of_channels_is_refused_and_a_colleague_is_not);

/// A server with the limits that it has by default, at which tests may go on without being slowed down.
pub async fn limited(store: &Store) -> Server {
    holding(store, Duration::ZERO).await
}

/// One that holds refusals for so long at most.
async fn holding(store: &Store, hold: Duration) -> Server {
    let config = Config { rates: RateSettings::default(), sign_in_rate: 1_000_000, ..store.config() };
    let timing = Timing { hold, ..Timing::default() };
    Server::start_on(None, Settings { timing, ..Settings::default() }, config).await
}

/// The account of somebody.
pub async fn account(server: &Server, person: &Person) -> AccountId {
    let said = person.ask(server, "{ viewer { account { id } } }", json!({})).await;
    text(&said, "/data/viewer/account/id").parse().unwrap()
}

/// Uses up what an account has of a kind.
pub fn exhaust(server: &Server, payer: &Payer, kind: Kind) {
    server.app.budgets.charge(payer, kind, 1e15);
}

#[tokio::test]
async fn whoever_goes_on_after_refusals_is_read_later() {
    let store = Store::sqlite();
    // So long that nothing held comes during the test.
    let server = Arc::new(holding(&store, Duration::from_secs(86_400)).await);
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let mut socket = Socket::ready(&server, Some(&company.owner.token)).await;
    exhaust(&server, &Payer::of_account(account(&server, &company.owner).await), Kind::Write);
    // As a client that keeps to what it is told would send at once: all are answered.
    let create = json!({ "workspaceId": company.workspace, "name": "more" });
    for _ in 0..20 {
        let refused = company.owner.tries(&server, "createChannel", "{ seq }", create.clone()).await;
        assert_eq!(refused, Err("RATE_LIMITED".to_owned()));
    }
    let held = tokio::spawn({
        let (server, owner, create) = (server.clone(), company.owner.clone(), create.clone());
        async move { owner.tries(&server, "createChannel", "{ seq }", create).await }
    });
    while !server.app.metrics().contains("confab_refusals_held_total") {
        tokio::task::yield_now().await;
    }
    // On a socket the refusal comes at once, and what was sent after it is not read.
    socket.subscribe("1", &mutation("createChannel", "{ seq }"), json!({ "input": create })).await;
    let refused = socket.next_of("1").await;
    assert_eq!(code(&json!({ "errors": refused["payload"] })).as_deref(), Some("RATE_LIMITED"));
    socket.send(json!({ "type": "ping" })).await;
    let goes_on = async {
        for n in 0..5 {
            ben.sends(&server, &company, &company.general, &format!("I am not held {n}")).await;
        }
    };
    tokio::select! {
        answer = socket.next() => panic!("it was read: {answer}"),
        () = goes_on => {}
    }
    assert!(!held.is_finished());
    held.abort();
}

/// The wait that a refusal names, which its header names as well.
fn wait(reply: &Reply) -> i64 {
    assert_eq!((reply.status, reply.code()), (429, "RATE_LIMITED".to_owned()), "{}", reply.text());
    let wait = number(&reply.json(), "/errors/0/extensions/retryAfter");
    assert_eq!(reply.header("retry-after"), Some(wait.to_string().as_str()));
    assert!(wait >= 1, "{wait}");
    wait
}

async fn sends(server: &Server, token: &str, query: &str, variables: Value) -> Reply {
    let request = post(&json!({ "query": query, "variables": variables }));
    server.send(request.header("authorization", &format!("Bearer {token}"))).await
}

async fn a_flood_of_channels_is_refused_and_a_colleague_is_not(store: &Store) {
    let server = limited(store).await;
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let create = mutation("createChannel", "{ seq }");
    let input = |name: String| json!({ "input": { "workspaceId": company.workspace, "name": name } });
    let (begun, before) = (Instant::now(), company.seq(&server).await);
    let (mut made, mut refused) = (0_i64, Vec::new());
    for n in 0..100 {
        let reply = sends(&server, &company.owner.token, &create, input(format!("c{n}"))).await;
        match code(&reply.json()) {
            None => made += 1,
            Some(_) => refused.push(wait(&reply)),
        }
    }
    // 3,000 units and 60 more each second; a channel costs 100, and the company has cost a few hundred.
    let most = 30 + i64::try_from(begun.elapsed().as_secs() + 1).unwrap();
    assert!((20..=most).contains(&made), "{made} of at most {most}");
    assert_eq!(refused.len() as i64, 100 - made);
    // What was refused has done nothing.
    assert_eq!(company.seq(&server).await, before + made);
    // The wait is honest: what is missing is at most one channel, at 60 units a second, and a quarter of jitter.
    assert!(refused.iter().all(|wait| *wait <= 3), "{refused:?}");
    ben.sends(&server, &company, &company.general, "I am not in anybody's way").await;
    // Cheaper things go on, until there is nothing at all.
    let budgets = "{ viewer { budgets { kind capacity refillPerSecond available } } }";
    let said = company.owner.ask(&server, budgets, json!({})).await;
    let write =
        said["data"]["viewer"]["budgets"].as_array().unwrap().iter().find(|one| one["kind"] == "WRITE").unwrap();
    assert_eq!((&write["capacity"], &write["refillPerSecond"]), (&json!(3000.0), &json!(60.0)));
    assert!(write["available"].as_f64().unwrap() < 3_000.0 - 20.0 * 100.0, "{write}");
    let metrics = server.send(request("GET", "/metrics")).await.text();
    let line = r#"confab_budget_refusals_total{scope="account",budget="write"}"#;
    assert!(metrics.contains(line), "{metrics}");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_way_in_is_refused_when_nothing_is_left() {
    let store = Store::sqlite();
    let server = limited(&store).await;
    let company = Company::first(&server).await;
    let token = company.owner.token.clone();
    let payer = Payer::of_account(account(&server, &company.owner).await);
    let mut socket = Socket::ready(&server, Some(&token)).await;
    exhaust(&server, &payer, Kind::Read);
    // Before the parser: what is no document is refused all the same.
    wait(&sends(&server, &token, "{ {{{ no document", json!({})).await);
    wait(&sends(&server, &token, "{ viewer { account { id } } }", json!({})).await);
    let query = "subscription($w: ID!) { events(workspaceId: $w) { __typename } }";
    for (id, query) in [("query", "{ viewer { account { id } } }"), ("subscription", query)] {
        socket.subscribe(id, query, json!({ "w": company.workspace })).await;
        let said = socket.next_of(id).await;
        assert_eq!(said["type"], "error", "{said}");
        assert_eq!(said["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{said}");
        assert!(number(&said, "/payload/0/extensions/retryAfter") >= 1);
    }
    let parts = post(&json!({ "query": query, "variables": { "w": company.workspace } }));
    let parts = parts.header("accept", "multipart/mixed").header("authorization", &format!("Bearer {token}"));
    assert_eq!(server.send(parts).await.code(), "RATE_LIMITED");
    // Whoever signs in from elsewhere has the same account.
    let again = company.owner.signs_in(&server).await;
    wait(&sends(&server, &again.token, "{ viewer { account { id } } }", json!({})).await);
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_a_budget_and_passwords_come_after_it() {
    let store = Store::sqlite();
    let server = limited(&store).await;
    Company::first(&server).await;
    let from = |address: &str| Payer::of_address(address.parse().unwrap());
    exhaust(&server, &from("2001:db8::1"), Kind::Write);
    let sign_in = |address: &str| {
        let input = json!({ "email": "nobody@example.com", "password": "correct horse" });
        let document = mutation("signIn", "{ token }");
        post(&json!({ "query": document, "variables": { "input": input } })).header("x-forwarded-for", address)
    };
    wait(&server.send(sign_in("2001:db8::2:3")).await);
    assert_eq!(server.send(sign_in("2001:db8:0:1::1")).await.code(), "BAD_USER_INPUT");
    exhaust(&server, &from("203.0.113.7"), Kind::Read);
    let version =
        |address: &str| post(&json!({ "query": "{ server { version } }" })).header("x-forwarded-for", address);
    wait(&server.send(version("203.0.113.7")).await);
    let get = request("GET", "/graphql?query={server{version}}").header("x-forwarded-for", "203.0.113.7");
    assert_eq!(server.send(get).await.code(), "RATE_LIMITED");
    assert_eq!(server.send(version("203.0.113.8")).await.status, 200);
    server.stop().await;
}

#[tokio::test]
async fn the_pages_of_the_client_are_paid_for_by_the_address() {
    let store = Store::sqlite();
    let server = limited(&store).await;
    exhaust(&server, &Payer::of_address("203.0.113.7".parse().unwrap()), Kind::Read);
    for path in ["/", "/sign-in", "/assets/none.js", "/playground", "/playground/icon.svg"] {
        let get = |address: &str| request("GET", path).header("x-forwarded-for", address);
        wait(&server.send(get("203.0.113.7")).await);
        assert!(matches!(server.send(get("203.0.113.8")).await.status, 200 | 404), "{path}");
    }
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_has_a_budget_that_strangers_cannot_touch() {
    let store = Store::sqlite();
    let server = limited(&store).await;
    let company = Company::first(&server).await;
    let stranger = crate::people::register(&server, "Stranger", Some(&company.invite)).await;
    let send = |text: &str| json!({ "workspaceId": company.workspace, "channelId": company.general, "text": text });
    for _ in 0..300 {
        let refused = stranger.tries(&server, "sendMessage", "{ seq }", send("x")).await.unwrap_err();
        assert!(refused == "NOT_FOUND" || refused == "RATE_LIMITED", "{refused}");
    }
    let id: WorkspaceId = company.workspace.parse().unwrap();
    let workspace = Payer::default().with(vec![id]);
    // All of it is there: nothing was taken by the stranger.
    company.owner.does(&server, "sendMessage", "{ seq }", send("one")).await;
    assert!(server.app.budgets.take(&workspace, Kind::Write, 299_900.0).is_ok());
    exhaust(&server, &workspace, Kind::Write);
    let refused = company.owner.tries(&server, "sendMessage", "{ seq }", send("two")).await;
    assert_eq!(refused.unwrap_err(), "RATE_LIMITED");
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bytes_are_counted_in_and_out() {
    let store = Store::sqlite();
    let server = limited(&store).await;
    let company = Company::first(&server).await;
    let owner = Payer::of_account(account(&server, &company.owner).await);
    let input = |size: usize| json!({ "workspaceId": company.workspace, "name": "a.bin", "size": size });
    let payload = "{ upload { id parts { url } } }";
    let begun = company.owner.does(&server, "createUpload", payload, input(1_000)).await;
    let url = text(&begun, "/upload/parts/0/url");
    let put = |address: &str| {
        let put = request("PUT", &url).header("x-forwarded-for", address);
        put.body(vec![7; 1_000])
    };
    exhaust(&server, &Payer::of_address("203.0.113.7".parse().unwrap()), Kind::Upload);
    wait(&server.send(put("203.0.113.7")).await);
    assert_eq!(server.send(put("203.0.113.8")).await.status, 200);
    let done = json!({ "workspaceId": company.workspace, "uploadId": begun["upload"]["id"] });
    let file = company.owner.does(&server, "completeUpload", "{ file { url } }", done).await;
    let get = || {
        let get = request("GET", &text(&file, "/file/url"));
        get.header("authorization", &format!("Bearer {}", company.owner.token))
    };
    let got = server.send(get()).await;
    assert_eq!((got.status, got.body.len()), (200, 1_000));
    let download = |left: &[api::budget::Left]| left[Kind::Download as usize];
    let left = download(&server.app.budgets.left(account(&server, &company.owner).await));
    assert!(left.available <= left.rate.capacity);
    exhaust(&server, &owner, Kind::Download);
    wait(&server.send(get()).await);
    exhaust(&server, &owner, Kind::Upload);
    let refused = company.owner.tries(&server, "createUpload", payload, input(1_000)).await;
    assert_eq!(refused.unwrap_err(), "RATE_LIMITED");
    server.stop().await;
}
