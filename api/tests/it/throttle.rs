//! How often somebody may guess: no bound is reached by others, and nobody is locked out by them.

use std::process::Stdio;

use api::http::Settings;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::people::{Company, PASSWORD, code, mutation, number, register, server_on};
use crate::process;
use crate::server::{Reply, Request, Server, post};
use crate::store::{Store, both};

both!(others_lock_nobody_out);

/// Wrong passwords that cost no delay, on one account from one network.
const FREE: usize = 10;
/// Wrong passwords in an hour above which a new device needs to be confirmed.
const MOST: usize = 100;

fn attempt(email: &str, password: &str, from: &str, device: &str) -> Request {
    let input = json!({ "email": email, "password": password, "carrier": "COOKIE" });
    let query = mutation("signIn", "{ account { id } }");
    let request = post(&json!({ "query": query, "variables": { "input": input } }));
    request.header("x-forwarded-for", from).header("cookie", device)
}

async fn try_in(server: &Server, email: &str, password: &str, from: &str, device: &str) -> Reply {
    server.send(attempt(email, password, from, device)).await
}

fn said(reply: &Reply) -> String {
    code(&reply.json()).unwrap_or_else(|| "in".into())
}

/// The cookie of the device that a sign-in sets.
fn device(reply: &Reply) -> String {
    let mut cookies = reply.all("set-cookie");
    let cookie = cookies.find(|cookie| cookie.starts_with("confab-device=")).expect("a cookie of the device");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

/// Guesses from ever other networks until it is told something else than that it is wrong.
async fn guess_from_everywhere(server: &Server, email: &str) -> (usize, Reply) {
    for n in 0..1000 {
        let from = format!("10.{}.{}.9", n / 250, n % 250);
        let reply = try_in(server, email, "wrong horse", &from, "").await;
        if said(&reply) != "BAD_USER_INPUT" {
            return (n, reply);
        }
    }
    panic!("guessing goes on for ever");
}

async fn others_lock_nobody_out(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let email = company.owner.email.clone();
    let known = device(&try_in(&server, &email, PASSWORD, "198.51.100.7", "").await);
    let (guesses, refused) = guess_from_everywhere(&server, &email).await;
    assert_eq!((guesses, said(&refused).as_str()), (MOST, "FORBIDDEN"));
    // The same is said of an address that nobody has.
    let (guesses, nobody) = guess_from_everywhere(&server, "nobody@example.com").await;
    assert_eq!((guesses, &nobody.body), (MOST, &refused.body));
    // On a device that has signed in before the owner is not kept out, for ten slips.
    for _ in 0..FREE {
        assert_eq!(said(&try_in(&server, &email, "wrong horse", "198.51.100.7", &known).await), "BAD_USER_INPUT");
    }
    assert_eq!(said(&try_in(&server, &email, PASSWORD, "198.51.100.7", &known).await), "FORBIDDEN");
    let fresh = device(&sign_in_elsewhere(store, &email).await);
    assert_eq!(said(&try_in(&server, &email, PASSWORD, "198.51.100.7", &fresh).await), "in");
    // A cookie of somebody else's account, or one that was made up, is none.
    let other = register(&server, "Otto Other", Some(&company.invite)).await;
    let theirs = device(&try_in(&server, &other.email, PASSWORD, "198.51.100.8", "").await);
    for cookie in [theirs.as_str(), "confab-device=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "confab-device=x"] {
        assert_eq!(said(&try_in(&server, &email, PASSWORD, "198.51.100.7", cookie).await), "FORBIDDEN");
    }
    // The operator lets a new device in, from one network.
    let (done, printed) = process::run(store, &["admin", "allow-sign-in", &email, "192.0.2.77"]).await;
    assert!(done && printed.contains(&email), "{printed}");
    assert_eq!(said(&try_in(&server, &email, PASSWORD, "203.0.113.5", "").await), "FORBIDDEN");
    assert_eq!(said(&try_in(&server, &email, PASSWORD, "192.0.2.5", "").await), "in");
    assert!(!process::run(store, &["admin", "allow-sign-in", "nobody@example.com", "192.0.2.77"]).await.0);
    server.stop().await;
}

/// Another process counts for itself, and knows the same devices.
async fn sign_in_elsewhere(store: &Store, email: &str) -> Reply {
    let server = server_on(store).await;
    let reply = try_in(&server, email, PASSWORD, "198.51.100.7", "").await;
    server.stop().await;
    reply
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_passwords_delay_their_own_network_alone() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
    let email = &company.owner.email;
    for n in 0..FREE {
        // Spelled in another way, from another address of the network.
        let spelled = if n % 2 == 0 { email.to_uppercase() } else { email.clone() };
        let from = format!("203.0.113.{n}");
        assert_eq!(said(&try_in(&server, &spelled, "wrong horse", &from, "").await), "BAD_USER_INPUT");
    }
    // The waits double: however slow the machine is, one of the next tries is too early.
    let mut tries = 0;
    let (early, before) = loop {
        let before = server.app.passwords.computed();
        let reply = try_in(&server, email, "wrong horse", "203.0.113.200", "").await;
        if said(&reply) != "BAD_USER_INPUT" || tries == 10 {
            break (reply, before);
        }
        tries += 1;
    };
    assert_eq!(said(&early), "RATE_LIMITED");
    assert!(number(&early.json(), "/errors/0/extensions/retryAfter") >= 1);
    assert_eq!(server.app.passwords.computed(), before, "a password was looked at although it is too early");
    assert_eq!(said(&try_in(&server, email, PASSWORD, "203.0.114.1", "").await), "in");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_too_long_is_not_remembered() {
    let store = Store::sqlite();
    let server = Server::start_on(None, Settings::default(), store.config()).await;
    let company = Company::first(&server).await;
    let (before, hashed) = (server.app.throttle.remembered(), server.app.passwords.computed());
    for n in 0..20 {
        let long = format!("{n}{}", "x".repeat(50_000));
        for (email, password) in [(long.as_str(), PASSWORD), (company.owner.email.as_str(), long.as_str())] {
            assert_eq!(said(&try_in(&server, email, password, "127.0.0.1", "").await), "BAD_USER_INPUT");
        }
    }
    assert_eq!((server.app.throttle.remembered(), server.app.passwords.computed()), (before, hashed));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_are_logged_in_a_line_that_fail2ban_reads() {
    let store = Store::sqlite();
    let mut child = Command::new(env!("CARGO_BIN_EXE_confab"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data"])
        .arg(store.directory.path())
        .env("CONFAB_LOG", "info")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let line = BufReader::new(child.stdout.take().unwrap()).lines().next_line().await.unwrap().unwrap();
    let address = line.rsplit_once("http://").unwrap().1.parse().unwrap();
    let request = attempt("ada@example.com", "wrong horse", "203.0.113.9", "");
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, &request.bytes(address)).await.unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let failed = loop {
        let line = lines.next_line().await.unwrap().expect("the failure is logged");
        assert!(!line.contains("ada@example.com") && !line.contains("wrong horse"), "{line}");
        if line.contains("sign-in failed") {
            break line;
        }
    };
    assert!(failed.ends_with(": sign-in failed address=203.0.113.9"), "{failed}");
    let filter = include_str!("../../../docs/operate.md");
    assert!(filter.contains("failregex = : sign-in (?:failed|throttled) address=<HOST>$"));
    child.start_kill().unwrap();
    child.wait().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_gets_no_cookie() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
    let input = json!({ "email": company.owner.email, "password": PASSWORD });
    let query = mutation("signIn", "{ token }");
    let reply = server.send(post(&json!({ "query": query, "variables": { "input": input } }))).await;
    assert!(reply.json()["data"]["signIn"]["token"].is_string());
    assert_eq!(reply.header("set-cookie"), None);
}
