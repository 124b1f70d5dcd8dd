//! Sessions and passwords: changing password and email, and the expiry of sessions.

use api::ground::config::Config;
use api::worker::sessions;
use serde_json::{Value, json};

use crate::invariants::sign_out::assert_rejected_at;
use crate::support::{
    End, Feed, Member, PASSWORD, Request, Server, Setup, Store, Workspace, both, code, document, post, process, rows,
    sqlite, text,
};

both! {
    changing_the_password_ends_other_sessions
    expired_sessions_are_rejected_and_disconnected
    prunes_long_ended_sessions
    changes_the_email
    a_sign_in_during_a_password_change_does_not_survive
}

sqlite! {
    limits_guesses_at_the_current_password
    skeletons_contain_no_email
    rejects_short_long_and_weak_passwords
}

const NEW_PASSWORD: &str = "another horse";
const DAY: i64 = 86_400_000;

async fn change_password(user: &Member, current: &str, new: &str) -> Value {
    let input = json!({ "input": { "currentPassword": current, "newPassword": new } });
    user.execute(&document("changePassword", "account { id email }"), input).await
}

async fn sign_in(server: &Server, email: &str, password: &str) -> Value {
    let input = json!({ "input": { "email": email, "password": password } });
    server.graphql(&document("signIn", "token account { id }"), input).await
}

fn field(response: &Value) -> &str {
    response["errors"][0]["extensions"]["field"].as_str().unwrap_or("")
}

async fn changing_the_password_ends_other_sessions(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let here = workspace.add_member("Mia Member", "MEMBER").await;
    let there = here.sign_in().await;
    let mut socket = Feed::socket(&there, &workspace, 0).await;
    let wrong = change_password(&here, "wrong horse", NEW_PASSWORD).await;
    assert_eq!((code(&wrong).as_deref(), field(&wrong)), (Some("BAD_USER_INPUT"), "currentPassword"));
    for weak in ["short", "1234567890", "mia.member", "Mia Member 1"] {
        let refused = change_password(&here, PASSWORD, weak).await;
        assert_eq!((code(&refused).as_deref(), field(&refused)), (Some("BAD_USER_INPUT"), "newPassword"), "{weak}");
    }
    assert!(code(&change_password(&here, PASSWORD, NEW_PASSWORD).await).is_none());
    assert_eq!(socket.rest().await.1, End::Closed(4401));
    assert_rejected_at(&server, &workspace, 0, &there).await;
    // The current session continues and is the only one listed.
    let listed = here.execute("{ viewer { sessions { current } } }", Value::Null).await;
    assert_eq!(listed["data"]["viewer"]["sessions"], json!([{ "current": true }]));
    assert_eq!(code(&sign_in(&server, &here.email, PASSWORD).await).as_deref(), Some("BAD_USER_INPUT"));
    assert!(code(&sign_in(&server, &here.email, NEW_PASSWORD).await).is_none());
    server.stop().await;
    process::verify(store).await;
}

/// Guesses at the current password are limited like sign-in attempts.
async fn limits_guesses_at_the_current_password(Setup { workspace, .. }: &Setup) {
    let mut tried = 0;
    let refused = loop {
        match code(&change_password(workspace.owner(), "wrong horse", NEW_PASSWORD).await).unwrap() {
            code if code == "BAD_USER_INPUT" && tried < 30 => tried += 1,
            code => break code,
        }
    };
    assert_eq!(refused, "RATE_LIMITED", "after {tried} tries");
    assert!(tried >= 10, "{tried} tries");
}

async fn changes_the_email(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let user = workspace.add_member("Mia Member", "MEMBER").await;
    let other = user.sign_in().await;
    let ask = async |password: &str, email: &str| {
        let input = json!({ "input": { "currentPassword": password, "email": email } });
        user.execute(&document("changeEmail", "account { id email }"), input).await
    };
    for (password, email, wanted) in [
        ("wrong horse", "new@example.com", "currentPassword"),
        (PASSWORD, "no address", "email"),
        (PASSWORD, &"x".repeat(100_000), "email"),
    ] {
        let refused = ask(password, email).await;
        assert_eq!((code(&refused).as_deref(), field(&refused)), (Some("BAD_USER_INPUT"), wanted));
    }
    let taken = ask(PASSWORD, &workspace.owner().email.to_uppercase()).await;
    assert_eq!(code(&taken).as_deref(), Some("CONFLICT"));
    let changed = ask(PASSWORD, "New@example.com").await;
    assert_eq!(text(&changed, "/data/changeEmail/account/email"), "New@example.com");
    assert_eq!(code(&sign_in(&server, &user.email, PASSWORD).await).as_deref(), Some("BAD_USER_INPUT"));
    assert!(code(&sign_in(&server, "new@example.com", PASSWORD).await).is_none());
    // Other sessions continue, and the old email is free.
    let seen = other.execute("{ viewer { account { email } } }", Value::Null).await;
    assert_eq!(text(&seen, "/data/viewer/account/email"), "New@example.com");
    let input = json!({ "email": user.email, "password": PASSWORD, "name": "Next", "inviteToken": workspace.invite });
    let next = server.graphql(&document("register", "token"), json!({ "input": input })).await;
    assert!(code(&next).is_none(), "{next}");
    server.stop().await;
    process::verify(store).await;
    same_after_replay(store).await;
}

/// Skeletons in the server log contain no personal data.
async fn skeletons_contain_no_email(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let input = json!({ "currentPassword": PASSWORD, "email": "new@example.com" });
    workspace.owner().mutate("changeEmail", input, "account { id }").await;
    change_password(workspace.owner(), PASSWORD, NEW_PASSWORD).await;
    server.stop().await;
    let rows = rows::query(&rows::open(store).await, "SELECT kind, skeleton FROM event").await;
    let kinds: Vec<String> = rows.iter().map(|row| row.try_get("", "kind").unwrap()).collect();
    assert!(kinds.contains(&"email_changed".into()) && kinds.contains(&"password_changed".into()), "{kinds:?}");
    assert!(rows.iter().all(|row| !row.try_get::<String>("", "skeleton").unwrap().contains("example.com")));
}

async fn same_after_replay(store: &Store) {
    let mut before = Vec::new();
    for table in ["account", "session"] {
        before.push(rows::dump(&rows::open(store).await, table).await);
    }
    assert!(process::run(store, &["replay"]).await.0);
    for (table, before) in ["account", "session"].into_iter().zip(before) {
        assert_eq!(rows::dump(&rows::open(store).await, table).await, before, "{table}");
    }
}

/// A sign-in that verified the old password but is appended after the change is rejected.
async fn a_sign_in_during_a_password_change_does_not_survive(Setup { server, workspace, .. }: &Setup) {
    let owner = workspace.owner();
    let signing = futures_util::future::join_all((0..8).map(|_| sign_in(server, &owner.email, PASSWORD)));
    let (_, changed) = tokio::join!(signing, change_password(owner, PASSWORD, NEW_PASSWORD));
    assert!(code(&changed).is_none(), "{changed}");
    let listed = owner.execute("{ viewer { sessions { current } } }", Value::Null).await;
    assert_eq!(listed["data"]["viewer"]["sessions"], json!([{ "current": true }]));
}

/// Backdates the last use or the creation of a user's sessions.
async fn backdate(store: &Store, user: &Member, what: &str, by: i64) {
    let ids =
        format!("SELECT s.id FROM session s JOIN account a ON a.id = s.account_id WHERE a.email = '{}'", user.email);
    let sql = match what {
        "use" => format!("UPDATE session_token SET last_seen_at = last_seen_at - {by} WHERE session_id IN ({ids})"),
        _ => format!("UPDATE session SET created_at = created_at - {by} WHERE id IN ({ids})"),
    };
    assert_eq!(rows::execute(&rows::open(store).await, &sql).await, 1);
}

async fn expired_sessions_are_rejected_and_disconnected(store: &Store) {
    let config = || Config { session_idle_days: 3, session_days: 9, ..store.config() };
    let server = Server::with_config(config()).await;
    let workspace = Workspace::create(&server).await;
    for (what, days) in [("use", 3), ("age", 9)] {
        let user = workspace.add_member(&format!("Mia {what}"), "MEMBER").await;
        let mut socket = Feed::socket(&user, &workspace, 0).await;
        backdate(store, &user, what, days * DAY - 60_000).await;
        assert_eq!(sessions::expire(&server.app).await.unwrap(), 0);
        // Another process has no session in memory. The request counts as use.
        let other = Server::with_config(config()).await;
        assert!(code(&user.at(&other).execute("{ viewer { account { id } } }", Value::Null).await).is_none());
        backdate(store, &user, what, if what == "use" { days * DAY } else { 60_000 }).await;
        if what == "age" {
            assert_rejected_at(&other, &workspace, 0, &user).await;
        }
        let third = Server::with_config(config()).await;
        assert_rejected_at(&third, &workspace, 0, &user).await;
        assert_eq!(sessions::expire(&server.app).await.unwrap(), 1);
        assert_eq!(socket.rest().await.1, End::Closed(4401));
        assert_rejected_at(&server, &workspace, 0, &user).await;
        assert_eq!(sessions::expire(&server.app).await.unwrap(), 0);
        for server in [other, third] {
            server.stop().await;
        }
    }
    server.stop().await;
    process::verify(store).await;
}

async fn prunes_long_ended_sessions(Setup { store, server, workspace }: &Setup) {
    let user = workspace.owner().sign_in().await;
    user.mutate("signOut", json!({}), "sessionId").await;
    let rows_of = async |table: &str| rows::dump(&rows::open(store).await, table).await.len();
    // The token of an ended session is deleted at once.
    assert_eq!((rows_of("session").await, rows_of("session_token").await), (2, 1));
    assert!(!sessions::prune(&server.app).await.unwrap());
    rows::execute(&rows::open(store).await, &format!("UPDATE event SET at = at - {}", 31 * DAY)).await;
    assert!(sessions::prune(&server.app).await.unwrap());
    assert_eq!((rows_of("session").await, rows_of("session_token").await), (1, 1));
    assert!(!sessions::prune(&server.app).await.unwrap());
    let seen = workspace.owner().execute("{ viewer { sessions { current } } }", Value::Null).await;
    assert_eq!(seen["data"]["viewer"]["sessions"], json!([{ "current": true }]));
}

fn registration(password: &str) -> Request {
    let input = json!({ "email": "ada@example.com", "password": password, "name": "Ada Byron" });
    let query = document("register", "token account { id }");
    post(&json!({ "query": query, "variables": { "input": input } }))
}

async fn rejects_short_long_and_weak_passwords(store: &Store) {
    let server = Server::on(store).await;
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
    // Composed by one keyboard, decomposed by another.
    assert!(code(&server.send(registration("caf\u{e9} au lait")).await.json()).is_none());
    assert!(code(&sign_in(&server, "ada@example.com", "cafe\u{301} au lait").await).is_none());
}
