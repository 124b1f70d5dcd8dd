//! Sessions and passwords: what changing one's password and address does, and when a session expires.

use api::config::Config;
use api::worker::sessions;
use serde_json::{Value, json};

use crate::feed::{End, Feed};
use crate::law_6_sign_out::refused_at;
use crate::people::{Company, PASSWORD, Person, code, mutation, server_of, server_on, text};
use crate::server::{Request, Server, post};
use crate::store::{Store, both};
use crate::{process, rows};

both!(
    changing_the_password_ends_the_other_sessions
    a_session_that_expired_is_refused_and_its_sockets_close
    sessions_that_ended_long_ago_are_pruned
    changing_the_address
    whoever_signs_in_while_the_password_changes_is_not_left_in
);

const NEW: &str = "another horse";
const DAY: i64 = 86_400_000;

async fn change(server: &Server, person: &Person, current: &str, new: &str) -> Value {
    let input = json!({ "input": { "currentPassword": current, "newPassword": new } });
    person.ask(server, &mutation("changePassword", "{ account { id email } }"), input).await
}

async fn sign_in(server: &Server, email: &str, password: &str) -> Value {
    let input = json!({ "input": { "email": email, "password": password } });
    server.graphql(None, &mutation("signIn", "{ token account { id } }"), input).await
}

fn field(response: &Value) -> &str {
    response["errors"][0]["extensions"]["field"].as_str().unwrap_or("")
}

async fn changing_the_password_ends_the_other_sessions(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let here = company.hires(&server, "Mia Member", "MEMBER").await;
    let there = here.signs_in(&server).await;
    let mut socket = Feed::socket(&server, &there, &company, 0).await;
    let wrong = change(&server, &here, "wrong horse", NEW).await;
    assert_eq!((code(&wrong).as_deref(), field(&wrong)), (Some("BAD_USER_INPUT"), "currentPassword"));
    for weak in ["short", "1234567890", "mia.member", "Mia Member 1"] {
        let refused = change(&server, &here, PASSWORD, weak).await;
        assert_eq!((code(&refused).as_deref(), field(&refused)), (Some("BAD_USER_INPUT"), "newPassword"), "{weak}");
    }
    assert!(code(&change(&server, &here, PASSWORD, NEW).await).is_none());
    assert_eq!(socket.rest().await.1, End::Closed(4401));
    refused_at(&server, &company, 0, &there).await;
    // Where it was changed all goes on, and the list has nothing else.
    let listed = here.ask(&server, "{ viewer { signIns { current } } }", Value::Null).await;
    assert_eq!(listed["data"]["viewer"]["signIns"], json!([{ "current": true }]));
    assert_eq!(code(&sign_in(&server, &here.email, PASSWORD).await).as_deref(), Some("BAD_USER_INPUT"));
    assert!(code(&sign_in(&server, &here.email, NEW).await).is_none());
    server.stop().await;
    process::verify(store).await;
}

/// Guessing at the current password is bounded as signing in is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_current_password_is_not_guessed_at() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
    let mut tried = 0;
    let refused = loop {
        match code(&change(&server, &company.owner, "wrong horse", NEW).await).unwrap() {
            code if code == "BAD_USER_INPUT" && tried < 30 => tried += 1,
            code => break code,
        }
    };
    assert_eq!(refused, "RATE_LIMITED", "after {tried} tries");
    assert!(tried >= 10, "{tried} tries");
}

async fn changing_the_address(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let person = company.hires(&server, "Mia Member", "MEMBER").await;
    let other = person.signs_in(&server).await;
    let ask = async |password: &str, email: &str| {
        let input = json!({ "input": { "currentPassword": password, "email": email } });
        person.ask(&server, &mutation("changeEmail", "{ account { id email } }"), input).await
    };
    for (password, email, wanted) in [
        ("wrong horse", "new@example.com", "currentPassword"),
        (PASSWORD, "no address", "email"),
        (PASSWORD, &"x".repeat(100_000), "email"),
    ] {
        let refused = ask(password, email).await;
        assert_eq!((code(&refused).as_deref(), field(&refused)), (Some("BAD_USER_INPUT"), wanted));
    }
    let taken = ask(PASSWORD, &company.owner.email.to_uppercase()).await;
    assert_eq!(code(&taken).as_deref(), Some("CONFLICT"));
    let changed = ask(PASSWORD, "New@example.com").await;
    assert_eq!(text(&changed, "/data/changeEmail/account/email"), "New@example.com");
    assert_eq!(code(&sign_in(&server, &person.email, PASSWORD).await).as_deref(), Some("BAD_USER_INPUT"));
    assert!(code(&sign_in(&server, "new@example.com", PASSWORD).await).is_none());
    // The other sessions go on, and the old address is free.
    let seen = other.ask(&server, "{ viewer { account { email } } }", Value::Null).await;
    assert_eq!(text(&seen, "/data/viewer/account/email"), "New@example.com");
    let input = json!({ "email": person.email, "password": PASSWORD, "name": "Next", "inviteToken": company.invite });
    let next = server.graphql(None, &mutation("register", "{ token }"), json!({ "input": input })).await;
    assert!(code(&next).is_none(), "{next}");
    server.stop().await;
    process::verify(store).await;
    same_after_replay(store).await;
}

/// The skeletons of the server's log name nobody.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_skeleton_holds_an_address() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
    let input = json!({ "currentPassword": PASSWORD, "email": "new@example.com" });
    company.owner.does(&server, "changeEmail", "{ account { id } }", input).await;
    change(&server, &company.owner, PASSWORD, NEW).await;
    server.stop().await;
    let rows = rows::query(&rows::open(&store).await, "SELECT kind, skeleton FROM event").await;
    let kinds: Vec<String> = rows.iter().map(|row| row.try_get("", "kind").unwrap()).collect();
    assert!(kinds.contains(&"email_changed".into()) && kinds.contains(&"password_changed".into()), "{kinds:?}");
    assert!(rows.iter().all(|row| !row.try_get::<String>("", "skeleton").unwrap().contains("example.com")));
}

async fn same_after_replay(store: &Store) {
    let mut before = Vec::new();
    for table in ["account", "sign_in"] {
        before.push(rows::dump(&rows::open(store).await, table).await);
    }
    assert!(process::run(store, &["replay"]).await.0);
    for (table, before) in ["account", "sign_in"].into_iter().zip(before) {
        assert_eq!(rows::dump(&rows::open(store).await, table).await, before, "{table}");
    }
}

/// One who was right with the old password, and comes to the log after the new one, is refused.
async fn whoever_signs_in_while_the_password_changes_is_not_left_in(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let owner = &company.owner;
    let signing = futures_util::future::join_all((0..8).map(|_| sign_in(&server, &owner.email, PASSWORD)));
    let (_, changed) = tokio::join!(signing, change(&server, owner, PASSWORD, NEW));
    assert!(code(&changed).is_none(), "{changed}");
    let listed = owner.ask(&server, "{ viewer { signIns { current } } }", Value::Null).await;
    assert_eq!(listed["data"]["viewer"]["signIns"], json!([{ "current": true }]));
    server.stop().await;
}

/// Moves what is stored of somebody's sessions into the past, as time would.
async fn age(store: &Store, person: &Person, what: &str, by: i64) {
    let ids =
        format!("SELECT s.id FROM sign_in s JOIN account a ON a.id = s.account_id WHERE a.email = '{}'", person.email);
    let sql = match what {
        "use" => format!("UPDATE sign_in_token SET last_seen_at = last_seen_at - {by} WHERE sign_in_id IN ({ids})"),
        _ => format!("UPDATE sign_in SET created_at = created_at - {by} WHERE id IN ({ids})"),
    };
    assert_eq!(rows::change(&rows::open(store).await, &sql).await, 1);
}

async fn a_session_that_expired_is_refused_and_its_sockets_close(store: &Store) {
    let config = || Config { session_idle_days: 3, session_days: 9, ..store.config() };
    let server = server_of(config()).await;
    let company = Company::first(&server).await;
    for (what, days) in [("use", 3), ("age", 9)] {
        let person = company.hires(&server, &format!("Mia {what}"), "MEMBER").await;
        let mut socket = Feed::socket(&server, &person, &company, 0).await;
        age(store, &person, what, days * DAY - 60_000).await;
        assert_eq!(sessions::expire(&server.app).await.unwrap(), 0);
        // Another process has nothing in memory; being asked is use.
        let other = server_of(config()).await;
        assert!(code(&person.ask(&other, "{ viewer { account { id } } }", Value::Null).await).is_none());
        age(store, &person, what, if what == "use" { days * DAY } else { 60_000 }).await;
        if what == "age" {
            refused_at(&other, &company, 0, &person).await;
        }
        let third = server_of(config()).await;
        refused_at(&third, &company, 0, &person).await;
        assert_eq!(sessions::expire(&server.app).await.unwrap(), 1);
        assert_eq!(socket.rest().await.1, End::Closed(4401));
        refused_at(&server, &company, 0, &person).await;
        assert_eq!(sessions::expire(&server.app).await.unwrap(), 0);
        for server in [other, third] {
            server.stop().await;
        }
    }
    server.stop().await;
    process::verify(store).await;
}

async fn sessions_that_ended_long_ago_are_pruned(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let person = company.owner.signs_in(&server).await;
    person.does(&server, "signOut", "{ signInId }", json!({})).await;
    let rows_of = async |table: &str| rows::dump(&rows::open(store).await, table).await.len();
    // The token of one that has ended is gone at once.
    assert_eq!((rows_of("sign_in").await, rows_of("sign_in_token").await), (2, 1));
    assert!(!sessions::prune(&server.app).await.unwrap());
    rows::change(&rows::open(store).await, &format!("UPDATE event SET at = at - {}", 31 * DAY)).await;
    assert!(sessions::prune(&server.app).await.unwrap());
    assert_eq!((rows_of("sign_in").await, rows_of("sign_in_token").await), (1, 1));
    assert!(!sessions::prune(&server.app).await.unwrap());
    let seen = company.owner.ask(&server, "{ viewer { signIns { current } } }", Value::Null).await;
    assert_eq!(seen["data"]["viewer"]["signIns"], json!([{ "current": true }]));
    server.stop().await;
}

fn registration(password: &str) -> Request {
    let input = json!({ "email": "ada@example.com", "password": password, "name": "Ada Byron" });
    let query = mutation("register", "{ token account { id } }");
    post(&json!({ "query": query, "variables": { "input": input } }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn passwords_have_from_10_to_256_characters_and_are_not_easy_to_guess() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let long: String = (0..257_usize).map(|n| char::from(b'a' + u8::try_from(n * n % 23).unwrap())).collect();
    let heavy = "ж".repeat(600);
    for wrong in [
        "",
        "123456789",
        &long,
        &heavy,
        "1234567890",
        "ada@example.com",
        "byron ada 1",
        "unassigned\u{378}!",
        "qwertyuiop",
    ] {
        let reply = server.send(registration(wrong)).await;
        assert_eq!(reply.code(), "BAD_USER_INPUT", "{wrong}");
        assert_eq!(reply.json()["errors"][0]["extensions"]["field"], "password");
    }
    // Composed as one keyboard does, decomposed as another.
    assert!(code(&server.send(registration("caf\u{e9} au lait")).await.json()).is_none());
    assert!(code(&sign_in(&server, "ada@example.com", "cafe\u{301} au lait").await).is_none());
}
