//! Quotas of one member: compute, response size, subscription groups, and stored objects.

use std::collections::BTreeSet;

use api::live::group_limits::{MAX_GROUPS, RESERVED_GROUPS};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Member, Server, Setup, Socket, Workspace, both, code, post, sqlite, text};

both! {
    limits_the_size_of_a_response
    limits_saved_searches_to_50_per_member
    limits_open_invites_even_under_concurrency
    tokenizes_a_message_once_for_all_followed_searches
}

sqlite! {
    limits_subscription_groups_per_member
    colluding_accounts_cannot_exhaust_subscription_groups
}

/// Messages of maximum length in the channel.
const LONG_MESSAGES: usize = 60;
const TEXT_CHARACTERS: usize = 16_000;
const MAX_RESPONSE_BYTES: usize = 4 * 1024 * 1024;

const PAGE: &str = "query($c: ID!, $before: String) { channel(id: $c) {
  messages(last: 50, before: $before) { edges { cursor node { id text reactions { emoji } } }
    pageInfo { hasPreviousPage startCursor } } } }";

async fn limits_the_size_of_a_response(Setup { server, workspace, .. }: &Setup) {
    // Each character takes six bytes as JSON.
    let words = "\u{1}".repeat(TEXT_CHARACTERS);
    for _ in 0..LONG_MESSAGES {
        workspace.owner().send_message(&workspace.general, &words).await;
    }
    let aliases: String = (0..28).map(|n| format!("m{n}: messages(last: 100) {{ nodes {{ text }} }} ")).collect();
    let query = format!("query($c: ID!) {{ channel(id: $c) {{ {aliases} }} }}");
    let texts: String = (0..28).map(|n| format!("t{n}: text ")).collect();
    let again = format!("query($c: ID!) {{ channel(id: $c) {{ messages(last: 20) {{ nodes {{ {texts} }} }} }} }}");
    let variables = json!({ "c": workspace.general });
    let bearer = format!("Bearer {}", workspace.owner().token());
    let mut socket = workspace.owner().socket().await;
    for (id, query) in [("pages", &query), ("texts", &again)] {
        let request = post(&json!({ "query": query, "variables": variables })).header("authorization", &bearer);
        let reply = server.send(request).await;
        assert!(reply.text().len() <= MAX_RESPONSE_BYTES, "{id}: {}", reply.text().len());
        let refused = reply.json();
        assert_eq!(code(&refused).as_deref(), Some("PAYLOAD_TOO_LARGE"), "{id}: {}", refused["errors"]);
        assert!(
            text(&refused, "/errors/0/message").contains("MiB"),
            "the message states the limit: {}",
            refused["errors"]
        );
        socket.subscribe(id, query, variables.clone()).await;
        let refused = socket.next_for(id).await;
        assert!(refused.to_string().len() <= MAX_RESPONSE_BYTES);
        assert_eq!(code(&refused["payload"]).as_deref(), Some("PAYLOAD_TOO_LARGE"), "{id}");
    }
    // Pages always succeed: they end early, and the next page continues.
    let (mut seen, mut before, mut pages) = (0, Value::Null, 0);
    loop {
        let page = workspace.owner().execute(PAGE, json!({ "c": workspace.general, "before": before })).await;
        assert!(code(&page).is_none(), "{}", page["errors"]);
        let messages = &page["data"]["channel"]["messages"];
        seen += messages["edges"].as_array().unwrap().len();
        pages += 1;
        before = messages["pageInfo"]["startCursor"].clone();
        if messages["pageInfo"]["hasPreviousPage"] == false {
            break;
        }
    }
    assert_eq!(seen, LONG_MESSAGES);
    assert!((3..=6).contains(&pages), "{pages}");
}

#[tokio::test]
async fn limits_the_length_and_number_of_name_searches() {
    let server = Server::start().await;
    let workspace = Workspace::create(&server).await;
    let ask = async |query: &str, words: &str| {
        workspace.owner().execute(query, json!({ "w": workspace.id, "t": words })).await
    };
    let one = "query($w: ID!, $t: String!) { switcher(workspaceId: $w, text: $t) { __typename } }";
    assert_eq!(code(&ask(one, &"x".repeat(64)).await), None);
    let refused = ask(one, &"x".repeat(65)).await;
    assert_eq!(code(&refused).as_deref(), Some("BAD_USER_INPUT"));
    assert!(text(&refused, "/errors/0/message").contains("64"), "{refused}");
    let aliases: String =
        (0..20).map(|n| format!("s{n}: switcher(workspaceId: $w, text: $t) {{ __typename }} ")).collect();
    let many = ask(&format!("query($w: ID!, $t: String!) {{ {aliases} }}"), "general").await;
    assert_eq!(code(&many).as_deref(), Some("GRAPHQL_VALIDATION_FAILED"), "{many}");
    // Searches include names regardless of word length, and count their steps.
    let before = server.app.compute.steps();
    let words = vec!["x".repeat(50); 10].join(" ");
    let search = "query($w: ID!, $t: String!) { search(workspaceId: $w, query: $t) { total { count } } }";
    assert_eq!(code(&ask(search, &words).await), None);
    let steps = server.app.compute.steps() - before;
    assert!((1..1_000).contains(&steps), "{steps}");
}

/// A subscription with a custom selection.
fn events(selection: &str) -> String {
    format!("subscription($w: ID!) {{ events(workspaceId: $w, privateRev: 77) {{ __typename {selection} }} }}")
}

async fn limits_subscription_groups_per_member(Setup { workspace, .. }: &Setup) {
    let other = workspace.add_member("Mia Member", "MEMBER").await;
    let begin = async |socket: &mut Socket, id: &str, selection: &str| {
        socket.subscribe(id, &events(selection), json!({ "w": workspace.id })).await;
        let first = socket.next_for(id).await;
        if first["type"] == "next" { Ok(()) } else { Err(code(&json!({ "errors": first["payload"] })).unwrap()) }
    };
    let mut sockets = Vec::new();
    let mut outcomes = Vec::new();
    // Over several connections, since the limit applies to the account.
    for connection in 0..8 {
        let mut socket = workspace.owner().socket().await;
        for n in 0..16 {
            let name = format!("name{}", connection * 16 + n);
            outcomes.push(begin(&mut socket, &name, &format!("{name}: __typename")).await);
        }
        sockets.push(socket);
    }
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 8);
    let limit = Err("RATE_LIMITED".to_owned());
    assert!(outcomes.iter().filter(|outcome| outcome.is_err()).all(|outcome| *outcome == limit));
    let mut socket = other.socket().await;
    assert_eq!(begin(&mut socket, "theirs", "... on MessageSent { message { text } }").await, Ok(()));
    // Groups of other members can be joined beyond the limit.
    assert_eq!(begin(&mut sockets[0], "shared", "... on MessageSent { message { text } }").await, Ok(()));
}

async fn colluding_accounts_cannot_exhaust_subscription_groups(Setup { workspace, .. }: &Setup) {
    const ACCOUNTS: usize = 19;
    const UNRESERVED: usize = MAX_GROUPS - RESERVED_GROUPS;
    // Two connections each, since a connection runs at most 100 operations.
    let mut sockets = Vec::new();
    for n in 0..ACCOUNTS {
        let user = workspace.add_member(&format!("User {n}"), "MEMBER").await;
        sockets.push([user.socket().await, user.socket().await]);
    }
    let mut refused = None;
    for group in 0..=MAX_GROUPS {
        let (id, query) = (format!("name{group}"), events(&format!("name{group}: __typename")));
        let join = async |pair: &mut [Socket; 2]| {
            let socket = &mut pair[group / 80];
            socket.subscribe(&id, &query, json!({ "w": workspace.id })).await;
            let first = socket.next_for(&id).await;
            (first["type"] != "next").then(|| code(&json!({ "errors": first["payload"] })).unwrap())
        };
        let outcomes = join_all(sockets.iter_mut().map(join)).await;
        if let Some(code) = outcomes.into_iter().flatten().next() {
            refused = Some((group, code));
            break;
        }
    }
    assert_eq!(
        refused,
        Some((UNRESERVED, "UNAVAILABLE".to_owned())),
        "the remaining groups are reserved for members without one"
    );
    let mut newcomer = workspace.owner().socket().await;
    let own = events("... on MessageSent { message { text } }");
    newcomer.subscribe("own", &own, json!({ "w": workspace.id })).await;
    let first = newcomer.next_for("own").await;
    assert_eq!(first["type"], "next", "{first}");
}

fn saved(workspace: &Workspace, n: usize) -> Value {
    json!({ "workspaceId": workspace.id, "name": format!("search {n}"), "query": format!("word{n}") })
}

async fn limits_saved_searches_to_50_per_member(Setup { workspace, .. }: &Setup) {
    let member = workspace.add_member("Mia Member", "MEMBER").await;
    let save =
        async |n: usize| member.try_mutate("createSavedSearch", &saved(workspace, n), "savedSearch { id }").await;
    for n in 0..45 {
        save(n).await.unwrap();
    }
    let (kept, refused): (Vec<_>, Vec<_>) = join_all((45..60).map(save)).await.into_iter().partition(Result::is_ok);
    assert!(refused.iter().all(|outcome| *outcome == Err("CONFLICT".into())), "{refused:?}");
    assert_eq!(kept.len(), 5, "{refused:?}");
    // Other members have their own quota, and deleting a search frees a slot.
    let id = text(kept[0].as_ref().unwrap(), "/savedSearch/id");
    workspace.owner().mutate("createSavedSearch", saved(workspace, 1), "savedSearch { id }").await;
    member.mutate("deleteSavedSearch", json!({ "savedSearchId": id }), "savedSearchId").await;
    save(60).await.unwrap();
}

async fn limits_open_invites_even_under_concurrency(Setup { workspace, .. }: &Setup) {
    let input = json!({ "workspaceId": workspace.id });
    let invite = async |user: Member| user.try_mutate("createInvite", &input, "invite { id }").await;
    // One invite exists already, by which members join.
    let outcomes = join_all((0..60).map(|_| invite(workspace.owner().clone()))).await;
    let (created, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(created.len(), 49, "{refused:?}");
    assert!(refused.iter().all(|outcome| *outcome == Err("CONFLICT".into())), "{refused:?}");
    let admin = workspace.add_member("Ada Admin", "ADMIN").await;
    invite(admin).await.unwrap();
    let id = text(created[0].as_ref().unwrap(), "/invite/id");
    workspace.owner().mutate("revokeInvite", json!({ "inviteId": id }), "inviteId").await;
    invite(workspace.owner().clone()).await.unwrap();
}

const MATCHES: &str = "subscription($s: ID!, $a: Seq) {
  searchMatches(savedSearchId: $s, after: $a) { message { messageId } } }";

async fn tokenizes_a_message_once_for_all_followed_searches(Setup { server, workspace, .. }: &Setup) {
    const FOLLOWED: usize = 20;
    let member = workspace.add_member("Mia Member", "MEMBER").await;
    let input = json!({ "workspaceId": workspace.id, "name": "mine", "query": "needle" });
    let saved = member.mutate("createSavedSearch", input, "savedSearch { id }").await;
    let (id, after) = (text(&saved, "/savedSearch/id"), workspace.seq().await);
    let variables = json!({ "s": id, "a": after });
    let mut socket = member.socket().await;
    let mut followed = BTreeSet::new();
    for n in 0..=FOLLOWED {
        socket.subscribe(&n.to_string(), MATCHES, variables.clone()).await;
        followed.insert(n.to_string());
    }
    let refused = socket.next().await;
    assert_eq!(code(&json!({ "errors": refused["payload"] })).as_deref(), Some("RATE_LIMITED"), "{refused}");
    assert!(followed.remove(refused["id"].as_str().unwrap()));
    let before = server.app.follows.steps();
    let words = format!("needle {}", "hay ".repeat(3_000));
    workspace.owner().send_message(&workspace.general, &words).await;
    let mut found = BTreeSet::new();
    while found.len() < FOLLOWED {
        let message = socket.next().await;
        assert_eq!(message["type"], "next", "{message}");
        found.insert(message["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(found, followed);
    let steps = server.app.follows.steps() - before;
    let once = u64::try_from(words.len()).unwrap();
    assert!((once..once + 100 * FOLLOWED as u64).contains(&steps), "{steps}");
    // When a subscription ends, another can start.
    socket.send(json!({ "type": "complete", "id": found.first() })).await;
    socket.round_trip().await;
    socket.subscribe("another", MATCHES, variables).await;
    assert_eq!(socket.next_for("another").await["type"], "next");
}
