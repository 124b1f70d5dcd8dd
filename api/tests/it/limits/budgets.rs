//! Budgets with their default limits: floods are rejected before they take effect, with a retry delay, on every
//! transport; other accounts are not affected.

use std::time::{Duration, Instant};

use api::ground::budget::{Kind, Payer};
use api::ground::id::WorkspaceId;
use serde_json::{Value, json};

use crate::support::{
    Response, Server, Socket, Store, Workspace, account_id, both, code, document, exhaust, number, post, request,
    sqlite, start_limited_server, start_server_with_refusal_delay, text,
};

sqlite! {
    delays_reading_from_clients_that_ignore_refusals
    rejects_every_transport_when_the_budget_is_empty
    charges_the_ip_address_before_checking_passwords
    charges_the_ip_address_for_client_pages
    strangers_cannot_spend_a_workspace_budget
    charges_uploaded_and_downloaded_bytes
}

both! { rate_limits_channel_creation_per_account }

async fn delays_reading_from_clients_that_ignore_refusals(store: &Store) {
    // Longer than the test, so that no delayed refusal arrives.
    let server = start_server_with_refusal_delay(store, Duration::from_secs(86_400)).await;
    let workspace = Workspace::create(&server).await;
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let mut socket = workspace.owner().socket().await;
    exhaust(&server, &Payer::for_account(account_id(workspace.owner()).await), Kind::Write);
    // A burst within the allowance of a well-behaved client is refused without a delay.
    let create = json!({ "workspaceId": workspace.id, "name": "more" });
    for _ in 0..20 {
        let refused = workspace.owner().try_mutate("createChannel", &create, "seq").await;
        assert_eq!(refused, Err("RATE_LIMITED".to_owned()));
    }
    let held = tokio::spawn({
        let (owner, create) = (workspace.owner().clone(), create.clone());
        async move { owner.try_mutate("createChannel", &create, "seq").await }
    });
    while !server.app.metrics().contains("confab_refusals_delayed_total") {
        tokio::task::yield_now().await;
    }
    // On a socket the refusal arrives at once, and later messages are not read.
    socket.subscribe("1", &document("createChannel", "seq"), json!({ "input": create })).await;
    let refused = socket.next_for("1").await;
    assert_eq!(code(&json!({ "errors": refused["payload"] })).as_deref(), Some("RATE_LIMITED"));
    socket.send(json!({ "type": "ping" })).await;
    let goes_on = async {
        for n in 0..5 {
            ben.send_message(&workspace.general, &format!("not delayed {n}")).await;
        }
    };
    tokio::select! {
        message = socket.next() => panic!("a delayed message was answered: {message}"),
        () = goes_on => {}
    }
    assert!(!held.is_finished());
    held.abort();
}

/// The retry delay of a refusal, which must equal its `retry-after` header.
fn retry_after(reply: &Response) -> i64 {
    assert_eq!((reply.status, reply.code()), (429, "RATE_LIMITED".to_owned()), "{}", reply.text());
    let wait = number(&reply.json(), "/errors/0/extensions/retryAfter");
    assert_eq!(reply.header("retry-after"), Some(wait.to_string().as_str()));
    assert!(wait >= 1, "{wait}");
    wait
}

async fn send(server: &Server, token: &str, query: &str, variables: Value) -> Response {
    let request = post(&json!({ "query": query, "variables": variables }));
    server.send(request.header("authorization", &format!("Bearer {token}"))).await
}

async fn rate_limits_channel_creation_per_account(store: &Store) {
    let server = start_limited_server(store).await;
    let workspace = Workspace::create(&server).await;
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let create = document("createChannel", "seq");
    let input = |name: String| json!({ "input": { "workspaceId": workspace.id, "name": name } });
    let (started, before) = (Instant::now(), workspace.seq().await);
    let (mut accepted, mut refused) = (0_i64, Vec::new());
    for n in 0..100 {
        let reply = send(&server, workspace.owner().token(), &create, input(format!("c{n}"))).await;
        match code(&reply.json()) {
            None => accepted += 1,
            Some(_) => refused.push(retry_after(&reply)),
        }
    }
    // 3,000 units plus 60 per second. A channel costs 100, and the set-up cost a few hundred.
    let most = 30 + i64::try_from(started.elapsed().as_secs() + 1).unwrap();
    assert!((20..=most).contains(&accepted), "{accepted} of at most {most}");
    assert_eq!(refused.len() as i64, 100 - accepted);
    // Rejected commands have no effect.
    assert_eq!(workspace.seq().await, before + accepted);
    // At most one channel is missing, at 60 units per second plus a quarter of jitter.
    assert!(refused.iter().all(|wait| *wait <= 3), "{refused:?}");
    ben.send_message(&workspace.general, "still within budget").await;
    // Cheaper operations continue until the budget is empty.
    let budgets = "{ viewer { budgets { kind capacity refillPerSecond available } } }";
    let response = workspace.owner().execute(budgets, json!({})).await;
    let write =
        response["data"]["viewer"]["budgets"].as_array().unwrap().iter().find(|one| one["kind"] == "WRITE").unwrap();
    assert_eq!((&write["capacity"], &write["refillPerSecond"]), (&json!(3000.0), &json!(60.0)));
    assert!(write["available"].as_f64().unwrap() < 3_000.0 - 20.0 * 100.0, "{write}");
    let metrics = server.send(request("GET", "/metrics")).await.text();
    let line = r#"confab_budget_refusals_total{scope="account",budget="write"}"#;
    assert!(metrics.contains(line), "{metrics}");
    server.stop().await;
}

async fn rejects_every_transport_when_the_budget_is_empty(store: &Store) {
    let server = start_limited_server(store).await;
    let workspace = Workspace::create(&server).await;
    let token = workspace.owner().token().to_owned();
    let payer = Payer::for_account(account_id(workspace.owner()).await);
    let mut socket = Socket::connect(&server, Some(&token)).await;
    exhaust(&server, &payer, Kind::Read);
    // Charged before parsing: an invalid document is rejected as well.
    retry_after(&send(&server, &token, "{ {{{ no document", json!({})).await);
    retry_after(&send(&server, &token, "{ viewer { account { id } } }", json!({})).await);
    let query = "subscription($w: ID!) { events(workspaceId: $w) { __typename } }";
    for (id, query) in [("query", "{ viewer { account { id } } }"), ("subscription", query)] {
        socket.subscribe(id, query, json!({ "w": workspace.id })).await;
        let response = socket.next_for(id).await;
        assert_eq!(response["type"], "error", "{response}");
        assert_eq!(response["payload"][0]["extensions"]["code"], "RATE_LIMITED", "{response}");
        assert!(number(&response, "/payload/0/extensions/retryAfter") >= 1);
    }
    let parts = post(&json!({ "query": query, "variables": { "w": workspace.id } }));
    let parts = parts.header("accept", "multipart/mixed").header("authorization", &format!("Bearer {token}"));
    assert_eq!(server.send(parts).await.code(), "RATE_LIMITED");
    // Another session shares the account's budget.
    let again = workspace.owner().sign_in().await;
    retry_after(&send(&server, again.token(), "{ viewer { account { id } } }", json!({})).await);
    server.stop().await;
}

async fn charges_the_ip_address_before_checking_passwords(store: &Store) {
    let server = start_limited_server(store).await;
    Workspace::create(&server).await;
    let from = |address: &str| Payer::for_address(address.parse().unwrap());
    exhaust(&server, &from("2001:db8::1"), Kind::Write);
    let sign_in = |address: &str| {
        let input = json!({ "email": "nobody@example.com", "password": "correct horse" });
        let document = document("signIn", "token");
        post(&json!({ "query": document, "variables": { "input": input } })).header("x-forwarded-for", address)
    };
    retry_after(&server.send(sign_in("2001:db8::2:3")).await);
    assert_eq!(server.send(sign_in("2001:db8:0:1::1")).await.code(), "BAD_USER_INPUT");
    exhaust(&server, &from("203.0.113.7"), Kind::Read);
    let version =
        |address: &str| post(&json!({ "query": "{ server { version } }" })).header("x-forwarded-for", address);
    retry_after(&server.send(version("203.0.113.7")).await);
    let get = request("GET", "/graphql?query={server{version}}").header("x-forwarded-for", "203.0.113.7");
    assert_eq!(server.send(get).await.code(), "RATE_LIMITED");
    assert_eq!(server.send(version("203.0.113.8")).await.status, 200);
    server.stop().await;
}

async fn charges_the_ip_address_for_client_pages(store: &Store) {
    let server = start_limited_server(store).await;
    exhaust(&server, &Payer::for_address("203.0.113.7".parse().unwrap()), Kind::Read);
    for path in ["/", "/sign-in", "/assets/none.js", "/playground", "/playground/icon.svg"] {
        let get = |address: &str| request("GET", path).header("x-forwarded-for", address);
        retry_after(&server.send(get("203.0.113.7")).await);
        assert!(matches!(server.send(get("203.0.113.8")).await.status, 200 | 404), "{path}");
    }
    server.stop().await;
}

async fn strangers_cannot_spend_a_workspace_budget(store: &Store) {
    let server = start_limited_server(store).await;
    let workspace = Workspace::create(&server).await;
    let stranger = crate::support::register(&server, "Stranger", Some(&workspace.invite)).await;
    let send = |text: &str| json!({ "channelId": workspace.general, "text": text });
    for _ in 0..300 {
        let refused = stranger.try_mutate("sendMessage", &send("x"), "seq").await.unwrap_err();
        assert!(refused == "NOT_FOUND" || refused == "RATE_LIMITED", "{refused}");
    }
    let id: WorkspaceId = workspace.id.parse().unwrap();
    let workspace_payer = Payer::default().with_workspaces(vec![id]);
    // The budget is full: the stranger spent nothing of it.
    workspace.owner().mutate("sendMessage", send("one"), "seq").await;
    assert!(server.app.budgets.take(&workspace_payer, Kind::Write, 299_900.0).is_ok());
    exhaust(&server, &workspace_payer, Kind::Write);
    let refused = workspace.owner().try_mutate("sendMessage", &send("two"), "seq").await;
    assert_eq!(refused.unwrap_err(), "RATE_LIMITED");
    server.stop().await;
}

async fn charges_uploaded_and_downloaded_bytes(store: &Store) {
    let server = start_limited_server(store).await;
    let workspace = Workspace::create(&server).await;
    let owner = Payer::for_account(account_id(workspace.owner()).await);
    let input = |size: usize| json!({ "workspaceId": workspace.id, "name": "a.bin", "size": size });
    let payload = "upload { id parts { url } }";
    let created = workspace.owner().mutate("createUpload", input(1_000), payload).await;
    let url = text(&created, "/upload/parts/0/url");
    let put = |address: &str| {
        let put = request("PUT", &url).header("x-forwarded-for", address);
        put.body(vec![7; 1_000])
    };
    exhaust(&server, &Payer::for_address("203.0.113.7".parse().unwrap()), Kind::Upload);
    retry_after(&server.send(put("203.0.113.7")).await);
    assert_eq!(server.send(put("203.0.113.8")).await.status, 200);
    let done = json!({ "uploadId": created["upload"]["id"] });
    let file = workspace.owner().mutate("completeUpload", done, "file { url }").await;
    let get = || {
        let get = request("GET", &text(&file, "/file/url"));
        get.header("authorization", &format!("Bearer {}", workspace.owner().token()))
    };
    let response = server.send(get()).await;
    assert_eq!((response.status, response.body.len()), (200, 1_000));
    let download = |left: &[api::ground::budget::RemainingBudget]| left[Kind::Download as usize];
    let left = download(&server.app.budgets.remaining(account_id(workspace.owner()).await));
    assert!(left.available <= left.rate.capacity);
    exhaust(&server, &owner, Kind::Download);
    retry_after(&server.send(get()).await);
    exhaust(&server, &owner, Kind::Upload);
    let refused = workspace.owner().try_mutate("createUpload", &input(1_000), payload).await;
    assert_eq!(refused.unwrap_err(), "RATE_LIMITED");
    server.stop().await;
}
