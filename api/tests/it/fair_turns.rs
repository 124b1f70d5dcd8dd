//! Fair turns over the wire: one account that keeps the server busy on many connections does not make a colleague's
//! requests fail or wait, although nothing limits its rate. Where order is judged the test itself holds what an account
//! may have at once, so that everything else of that account waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use api::allowance;
use api::budget::Owner;
use api::gate::{Gate, Pass};
use futures_util::FutureExt;
use serde_json::json;

use crate::budgets::account;
use crate::people::{Company, Person, code, server_on, text};
use crate::server::Server;
use crate::socket::Socket;
use crate::store::{Store, both};

both! {
    six_connections_of_one_account_do_not_stop_a_colleague
    what_a_mutation_answers_waits_for_its_turn_and_is_not_refused
    deliveries_do_not_wait_for_the_selections_of_another
    a_shared_selection_does_not_wait_for_one_of_those_who_have_it
    nobody_waits_for_another_who_catches_up
    what_one_writes_beside_the_log_waits_for_nobody_else
}

const HEAVY: &str = "query($w: ID!) { boot(workspaceId: $w) { channels { id name messages(last: 50) { nodes { id text \
    author { id name } reactions { emoji count } } } members(first: 20) { nodes { id name } } } } }";
const BOOT: &str = "query($w: ID!) { boot(workspaceId: $w) { seq privateRev me { id } channels { id name } } }";

async fn six_connections_of_one_account_do_not_stop_a_colleague(store: &Store) {
    let server = Arc::new(server_on(store).await);
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    for n in 0..60 {
        company.owner.sends(&server, &company, &company.general, &format!("message {n}")).await;
    }
    let (stops, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut loops = Vec::new();
    for _ in 0..6 {
        let (server, owner, workspace) = (server.clone(), company.owner.clone(), company.workspace.clone());
        let (stops, asked) = (stops.clone(), asked.clone());
        loops.push(tokio::spawn(async move {
            while !stops.load(Ordering::SeqCst) {
                owner.ask(&server, HEAVY, json!({ "w": workspace })).await;
                asked.fetch_add(1, Ordering::SeqCst);
            }
        }));
    }
    let before = asked.load(Ordering::SeqCst);
    for n in 0..20 {
        let booted = ben.ask(&server, BOOT, json!({ "w": company.workspace })).await;
        assert_eq!(code(&booted), None, "boot {n}: {booted}");
        ben.sends(&server, &company, &company.general, "and I can write").await;
    }
    // The others went on meanwhile.
    assert!(asked.load(Ordering::SeqCst) > before);
    stops.store(true, Ordering::SeqCst);
    for one in loops {
        one.await.unwrap();
    }
}

/// All turns that an account can have at once. The first is waited for: something of it may just be beginning.
pub async fn all_turns(gate: &Gate<Owner>, owner: Owner) -> Vec<Pass<Owner>> {
    let mut turns = vec![gate.wait(owner).await];
    while let Some(turn) = gate.enter(owner).now_or_never() {
        turns.push(turn.unwrap());
    }
    turns
}

/// Until so many of an account wait for their turn.
pub async fn waiting(gate: &Gate<Owner>, owner: Owner, count: usize) {
    while gate.waiting_of(owner) != count {
        tokio::task::yield_now().await;
    }
}

pub async fn owner_of(server: &Server, person: &Person) -> Owner {
    Owner::Account(account(server, person).await)
}

async fn what_a_mutation_answers_waits_for_its_turn_and_is_not_refused(store: &Store) {
    let server = Arc::new(server_on(store).await);
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let (message, _) = company.owner.sends(&server, &company, &company.general, "first").await;
    let (gate, owner) = (server.app.gates.snapshots.clone(), owner_of(&server, &company.owner).await);
    let command = "cmd_018f0000-0000-7000-8000-000000000001";
    let edit = |words: &str| json!({ "workspaceId": company.workspace, "messageId": message, "text": words, "commandId": command });
    let turns = all_turns(&gate, owner).await;
    // As many of the account wait as may: a query is refused, but not what has been written.
    let mut crowd: Vec<_> = (0..256).map(|_| Box::pin(gate.enter(owner))).collect();
    crowd.iter_mut().for_each(|one| assert!(one.now_or_never().is_none()));
    let refused = company.owner.ask(&server, BOOT, json!({ "w": company.workspace })).await;
    assert_eq!(code(&refused).as_deref(), Some("RATE_LIMITED"));
    let editing = tokio::spawn({
        let (server, owner, input) = (server.clone(), company.owner.clone(), edit("second"));
        async move { owner.does(&server, "editMessage", "{ seq message { text } }", input).await }
    });
    waiting(&gate, owner, 257).await;
    // It is written by then, and somebody else sees it.
    let query = "query($w: ID!, $m: ID!) { message(workspaceId: $w, id: $m) { text } }";
    let seen = ben.ask(&server, query, json!({ "w": company.workspace, "m": message })).await;
    assert_eq!(text(&seen, "/data/message/text"), "second");
    assert!(!editing.is_finished());
    drop((crowd, turns));
    let answered = editing.await.unwrap();
    assert_eq!(text(&answered, "/message/text"), "second");
    // One whose answer was never read is sent again, and answered as the first time.
    let turns = all_turns(&gate, owner).await;
    let lost = company.owner.does(&server, "editMessage", "{ seq message { text } }", edit("second"));
    assert!(tokio::select! { _ = lost => false, () = waiting(&gate, owner, 1) => true });
    drop(turns);
    let again = company.owner.does(&server, "editMessage", "{ seq message { text } }", edit("second")).await;
    assert_eq!(again, answered);
}

#[tokio::test]
async fn comparisons_take_turns_by_account() {
    let server = Arc::new(Server::start().await);
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let (places, owner) = (server.app.compute.places().clone(), owner_of(&server, &company.owner).await);
    let turns = all_turns(&places, owner).await;
    let query = "query($w: ID!) { a: switcher(workspaceId: $w, text: \"gen\") { __typename } \
                 b: switcher(workspaceId: $w, text: \"gen\") { __typename } }";
    let asking = tokio::spawn({
        let (server, owner, workspace) = (server.clone(), company.owner.clone(), company.workspace.clone());
        async move { owner.ask(&server, query, json!({ "w": workspace })).await }
    });
    // They wait under the name of who asks; a colleague who comes later goes first.
    waiting(&places, owner, 2).await;
    let colleague = owner_of(&server, &ben).await;
    let mut first = Box::pin(allowance::within(colleague, server.app.compute.run(|_| Ok(()))));
    let went = (&mut first).now_or_never();
    drop(turns);
    if went.is_none() {
        first.await.unwrap();
    }
    assert_eq!(code(&asking.await.unwrap()), None);
}

const EVENTS: &str = "subscription($w: ID!, $after: Seq) { events(workspaceId: $w, after: $after, privateRev: 77) \
    { __typename ... on MessageSent { NAME: message { text } } } }";

/// Follows the events with a selection of one's own.
pub async fn follows(server: &Server, person: &Person, company: &Company, name: &str, after: Option<i64>) -> Socket {
    let mut socket = Socket::ready(server, Some(&person.token)).await;
    let variables = json!({ "w": company.workspace, "after": after });
    socket.subscribe("1", &EVENTS.replace("NAME", name), variables).await;
    socket
}

/// The text of the next message, under the name that it was asked for by.
pub async fn next_text(socket: &mut Socket, name: &str) -> String {
    loop {
        let frame = socket.next_of("1").await;
        assert_eq!(frame["type"], "next", "{frame}");
        if let Some(text) = frame["payload"]["data"]["events"][name]["text"].as_str() {
            return text.to_owned();
        }
    }
}

async fn deliveries_do_not_wait_for_the_selections_of_another(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let (gate, owner) = (&server.app.gates.renders, owner_of(&server, &company.owner).await);
    let mut of_owner = Vec::new();
    for n in 0..4 {
        let mut socket = follows(&server, &company.owner, &company, &format!("own{n}"), None).await;
        // PrivateChanged: it is live from now on.
        socket.next_of("1").await;
        of_owner.push(socket);
    }
    let mut of_ben = follows(&server, &ben, &company, "words", None).await;
    of_ben.next_of("1").await;
    let turns = all_turns(gate, owner).await;
    for n in 0..5 {
        company.owner.sends(&server, &company, &company.general, &format!("message {n}")).await;
        assert_eq!(next_text(&mut of_ben, "words").await, format!("message {n}"));
    }
    // Each of the other selections still waits with the first of them.
    waiting(gate, owner, 4).await;
    drop(turns);
    for (n, socket) in of_owner.iter_mut().enumerate() {
        for message in 0..5 {
            assert_eq!(next_text(socket, &format!("own{n}")).await, format!("message {message}"));
        }
    }
}

async fn a_shared_selection_does_not_wait_for_one_of_those_who_have_it(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let people = [&company.owner, &ben];
    let mut sockets = Vec::new();
    for person in people {
        let mut socket = follows(&server, person, &company, "words", None).await;
        socket.next_of("1").await;
        sockets.push(socket);
    }
    let gate = &server.app.gates.renders;
    for person in people {
        let turns = all_turns(gate, owner_of(&server, person).await).await;
        company.owner.sends(&server, &company, &company.general, &person.member).await;
        for socket in &mut sockets {
            assert_eq!(next_text(socket, "words").await, person.member);
        }
        drop(turns);
    }
}

async fn nobody_waits_for_another_who_catches_up(store: &Store) {
    let before = server_on(store).await;
    let company = Company::first(&before).await;
    let ben = company.hires(&before, "Ben", "MEMBER").await;
    let (_, seq) = company.owner.sends(&before, &company, &company.general, "words").await;
    before.stop().await;
    // What came before it was started is read from the database.
    let server = server_on(store).await;
    let (gate, owner) = (&server.app.gates.catch_ups, owner_of(&server, &company.owner).await);
    let turns = all_turns(gate, owner).await;
    let mut of_owner = Vec::new();
    for n in 0..4 {
        of_owner.push(follows(&server, &company.owner, &company, &format!("own{n}"), Some(seq - 1)).await);
    }
    waiting(gate, owner, 4).await;
    let mut of_ben = follows(&server, &ben, &company, "words", Some(seq - 1)).await;
    assert_eq!(next_text(&mut of_ben, "words").await, "words");
    drop(turns);
    for (n, socket) in of_owner.iter_mut().enumerate() {
        assert_eq!(next_text(socket, &format!("own{n}")).await, "words");
    }
}

async fn what_one_writes_beside_the_log_waits_for_nobody_else(store: &Store) {
    let server = Arc::new(server_on(store).await);
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let (gate, owner) = (server.app.gates.writes.clone(), owner_of(&server, &company.owner).await);
    let turns = all_turns(&gate, owner).await;
    let saves = |person: &Person| {
        let (server, person) = (server.clone(), person.clone());
        let input = json!({ "workspaceId": company.workspace, "name": "mine", "query": "words" });
        async move { person.tries(&server, "createSavedSearch", "{ savedSearch { name } }", input).await }
    };
    let saving = tokio::spawn(saves(&company.owner));
    waiting(&gate, owner, 1).await;
    assert_eq!(saves(&ben).await.map(|saved| text(&saved, "/savedSearch/name")), Ok("mine".to_owned()));
    assert!(!saving.is_finished());
    drop(turns);
    saving.await.unwrap().unwrap();
}
