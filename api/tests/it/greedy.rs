//! What one person may take: of the processor, of an answer, of a room, and of everything that is kept for them.

use std::collections::BTreeSet;

use api::live::shares::{GROUPS, RESERVED};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::people::{Company, Person, code, server_on, text};
use crate::server::{Server, post};
use crate::socket::Socket;
use crate::store::{Store, both};

both! {
    an_answer_is_never_larger_than_its_budget
    a_member_keeps_50_searches_and_no_more
    invites_that_work_are_limited_and_a_race_does_not_exceed_it
    a_message_is_taken_apart_once_for_all_who_look_for_it
}

/// A channel full of the longest messages there can be.
const LONG: usize = 60;
const TEXT: usize = 16_000;
const RESPONSE: usize = 4 * 1024 * 1024;

const PAGE: &str = "query($w: ID!, $c: ID!, $before: String) { channel(workspaceId: $w, id: $c) {
  messages(last: 50, before: $before) { edges { cursor node { id text reactions { emoji } } }
    pageInfo { hasPreviousPage startCursor } } } }";

async fn an_answer_is_never_larger_than_its_budget(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    // As JSON each character takes six bytes.
    let words = "\u{1}".repeat(TEXT);
    for _ in 0..LONG {
        company.owner.sends(&server, &company, &company.general, &words).await;
    }
    let aliases: String = (0..28).map(|n| format!("m{n}: messages(last: 100) {{ nodes {{ text }} }} ")).collect();
    let query = format!("query($w: ID!, $c: ID!) {{ channel(workspaceId: $w, id: $c) {{ {aliases} }} }}");
    let texts: String = (0..28).map(|n| format!("t{n}: text ")).collect();
    let again = format!(
        "query($w: ID!, $c: ID!) {{ channel(workspaceId: $w, id: $c) {{ messages(last: 20) {{ nodes {{ {texts} }} }} }} }}"
    );
    let variables = json!({ "w": company.workspace, "c": company.general });
    let bearer = format!("Bearer {}", company.owner.token);
    let mut socket = Socket::ready(&server, Some(&company.owner.token)).await;
    for (id, query) in [("pages", &query), ("texts", &again)] {
        let asked = post(&json!({ "query": query, "variables": variables })).header("authorization", &bearer);
        let reply = server.send(asked).await;
        assert!(reply.text().len() <= RESPONSE, "{id}: {}", reply.text().len());
        let refused = reply.json();
        assert_eq!(code(&refused).as_deref(), Some("PAYLOAD_TOO_LARGE"), "{id}: {}", refused["errors"]);
        assert!(text(&refused, "/errors/0/message").contains("MiB"), "it names the limit: {}", refused["errors"]);
        socket.subscribe(id, query, variables.clone()).await;
        let refused = socket.next_of(id).await;
        assert!(refused.to_string().len() <= RESPONSE);
        assert_eq!(code(&refused["payload"]).as_deref(), Some("PAYLOAD_TOO_LARGE"), "{id}");
    }
    // A page that people look at always comes; it ends early, and the next goes on from there.
    let (mut seen, mut before, mut pages) = (0, Value::Null, 0);
    loop {
        let variables = json!({ "w": company.workspace, "c": company.general, "before": before });
        let page = company.owner.ask(&server, PAGE, variables).await;
        assert!(code(&page).is_none(), "{}", page["errors"]);
        let messages = &page["data"]["channel"]["messages"];
        seen += messages["edges"].as_array().unwrap().len();
        pages += 1;
        before = messages["pageInfo"]["startCursor"].clone();
        if messages["pageInfo"]["hasPreviousPage"] == false {
            break;
        }
    }
    assert_eq!(seen, LONG);
    assert!((3..=6).contains(&pages), "{pages}");
}

#[tokio::test]
async fn a_name_that_is_looked_for_is_short_and_looked_for_a_few_times() {
    let server = Server::start().await;
    let company = Company::first(&server).await;
    let ask = async |query: &str, words: &str| {
        company.owner.ask(&server, query, json!({ "w": company.workspace, "t": words })).await
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
    // A search looks through names too, however long its words are, and counts what it does.
    let before = server.app.compute.steps();
    let words = vec!["x".repeat(50); 10].join(" ");
    let search = "query($w: ID!, $t: String!) { search(workspaceId: $w, query: $t) { total { count } } }";
    assert_eq!(code(&ask(search, &words).await), None);
    let steps = server.app.compute.steps() - before;
    assert!((1..1_000).contains(&steps), "{steps}");
}

/// The selection of somebody who has written their own client.
fn events(selection: &str) -> String {
    format!("subscription($w: ID!) {{ events(workspaceId: $w, privateRev: 77) {{ __typename {selection} }} }}")
}

#[tokio::test]
async fn one_member_does_not_take_all_groups_of_a_room() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
    let other = company.hires(&server, "Mia Member", "MEMBER").await;
    let begin = async |socket: &mut Socket, id: &str, selection: &str| {
        socket.subscribe(id, &events(selection), json!({ "w": company.workspace })).await;
        let first = socket.next_of(id).await;
        if first["type"] == "next" { Ok(()) } else { Err(code(&json!({ "errors": first["payload"] })).unwrap()) }
    };
    let mut sockets = Vec::new();
    let mut outcomes = Vec::new();
    // From several connections, so that what counts is the account.
    for connection in 0..8 {
        let mut socket = Socket::ready(&server, Some(&company.owner.token)).await;
        for n in 0..16 {
            let name = format!("name{}", connection * 16 + n);
            outcomes.push(begin(&mut socket, &name, &format!("{name}: __typename")).await);
        }
        sockets.push(socket);
    }
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 8);
    let limit = Err("RATE_LIMITED".to_owned());
    assert!(outcomes.iter().filter(|outcome| outcome.is_err()).all(|outcome| *outcome == limit));
    let mut socket = Socket::ready(&server, Some(&other.token)).await;
    assert_eq!(begin(&mut socket, "theirs", "... on MessageSent { message { text } }").await, Ok(()));
    // What others have is open to who has used up their own.
    assert_eq!(begin(&mut sockets[0], "shared", "... on MessageSent { message { text } }").await, Ok(()));
}

#[tokio::test]
async fn accounts_that_share_all_their_groups_shut_nobody_out() {
    const TOGETHER: usize = 19;
    const OPEN: usize = GROUPS - RESERVED;
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
    // On two connections each, since one has a hundred operations at most.
    let mut sockets = Vec::new();
    for n in 0..TOGETHER {
        let person = company.hires(&server, &format!("Person {n}"), "MEMBER").await;
        sockets.push([
            Socket::ready(&server, Some(&person.token)).await,
            Socket::ready(&server, Some(&person.token)).await,
        ]);
    }
    let mut refused = None;
    for group in 0..=GROUPS {
        let (id, query) = (format!("name{group}"), events(&format!("name{group}: __typename")));
        let join = async |pair: &mut [Socket; 2]| {
            let socket = &mut pair[group / 80];
            socket.subscribe(&id, &query, json!({ "w": company.workspace })).await;
            let first = socket.next_of(&id).await;
            (first["type"] != "next").then(|| code(&json!({ "errors": first["payload"] })).unwrap())
        };
        let outcomes = join_all(sockets.iter_mut().map(join)).await;
        if let Some(code) = outcomes.into_iter().flatten().next() {
            refused = Some((group, code));
            break;
        }
    }
    assert_eq!(refused, Some((OPEN, "UNAVAILABLE".to_owned())), "the others are for who has none");
    let mut newcomer = Socket::ready(&server, Some(&company.owner.token)).await;
    let own = events("... on MessageSent { message { text } }");
    newcomer.subscribe("own", &own, json!({ "w": company.workspace })).await;
    let first = newcomer.next_of("own").await;
    assert_eq!(first["type"], "next", "{first}");
}

fn saved(company: &Company, n: usize) -> Value {
    json!({ "workspaceId": company.workspace, "name": format!("search {n}"), "query": format!("word{n}") })
}

async fn a_member_keeps_50_searches_and_no_more(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let member = company.hires(&server, "Mia Member", "MEMBER").await;
    let save =
        async |n: usize| member.tries(&server, "createSavedSearch", "{ savedSearch { id } }", saved(&company, n)).await;
    for n in 0..45 {
        save(n).await.unwrap();
    }
    let (kept, refused): (Vec<_>, Vec<_>) = join_all((45..60).map(save)).await.into_iter().partition(Result::is_ok);
    assert!(refused.iter().all(|outcome| *outcome == Err("CONFLICT".into())), "{refused:?}");
    assert_eq!(kept.len(), 5, "{refused:?}");
    // Another member has their own, and who deletes one has room again.
    let id = text(kept[0].as_ref().unwrap(), "/savedSearch/id");
    company.owner.does(&server, "createSavedSearch", "{ savedSearch { id } }", saved(&company, 1)).await;
    let input = json!({ "workspaceId": company.workspace, "savedSearchId": id });
    member.does(&server, "deleteSavedSearch", "{ savedSearchId }", input).await;
    save(60).await.unwrap();
}

async fn invites_that_work_are_limited_and_a_race_does_not_exceed_it(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let input = json!({ "workspaceId": company.workspace });
    let invite = async |person: Person| person.tries(&server, "createInvite", "{ invite { id } }", input.clone()).await;
    // One is there already, by which others come.
    let outcomes = join_all((0..60).map(|_| invite(company.owner.clone()))).await;
    let (made, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 49, "{refused:?}");
    assert!(refused.iter().all(|outcome| *outcome == Err("CONFLICT".into())), "{refused:?}");
    let admin = company.hires(&server, "Ada Admin", "ADMIN").await;
    invite(admin).await.unwrap();
    let id = text(made[0].as_ref().unwrap(), "/invite/id");
    let revoke = json!({ "workspaceId": company.workspace, "inviteId": id });
    company.owner.does(&server, "revokeInvite", "{ inviteId }", revoke).await;
    invite(company.owner.clone()).await.unwrap();
}

const MATCHES: &str = "subscription($w: ID!, $s: ID!, $a: Seq) {
  searchMatches(workspaceId: $w, savedSearchId: $s, after: $a) { message { id } } }";

async fn a_message_is_taken_apart_once_for_all_who_look_for_it(store: &Store) {
    const FOLLOWED: usize = 20;
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let member = company.hires(&server, "Mia Member", "MEMBER").await;
    let input = json!({ "workspaceId": company.workspace, "name": "mine", "query": "needle" });
    let saved = member.does(&server, "createSavedSearch", "{ savedSearch { id } }", input).await;
    let (id, after) = (text(&saved, "/savedSearch/id"), company.seq(&server).await);
    let variables = json!({ "w": company.workspace, "s": id, "a": after });
    let mut socket = Socket::ready(&server, Some(&member.token)).await;
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
    company.owner.sends(&server, &company, &company.general, &words).await;
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
    // When one ends, another is followed.
    socket.send(json!({ "type": "complete", "id": found.first() })).await;
    socket.taken().await;
    socket.subscribe("another", MATCHES, variables).await;
    assert_eq!(socket.next_of("another").await["type"], "next");
}
