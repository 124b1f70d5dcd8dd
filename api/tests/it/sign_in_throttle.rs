//! Throttling of sign-in attempts: attackers cannot lock out the owner of an account.

use std::process::Stdio;

use api::wire::http::Settings;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

use crate::support::{
    PASSWORD, Request, Response, Server, Setup, Store, Workspace, both, code, document, number, post, process, sqlite,
};

both! { attackers_cannot_lock_out_the_owner }

sqlite! {
    wrong_passwords_delay_only_their_network
    sets_no_cookie_for_token_clients
    does_not_track_oversized_input
    logs_failures_in_the_fail2ban_format
}

/// Wrong passwords without a delay, per account and network.
const UNDELAYED_ATTEMPTS: usize = 10;
/// Wrong passwords per account and hour, after which new devices must be confirmed.
const NEW_DEVICE_ATTEMPT_LIMIT: usize = 100;

fn sign_in_request(email: &str, password: &str, from: &str, device: &str) -> Request {
    let input = json!({ "email": email, "password": password, "transport": "COOKIE" });
    let query = document("signIn", "account { id }");
    let request = post(&json!({ "query": query, "variables": { "input": input } }));
    request.header("x-forwarded-for", from).header("cookie", device)
}

async fn try_sign_in(server: &Server, email: &str, password: &str, from: &str, device: &str) -> Response {
    server.send(sign_in_request(email, password, from, device)).await
}

fn outcome(reply: &Response) -> String {
    code(&reply.json()).unwrap_or_else(|| "in".into())
}

/// The device cookie that a sign-in sets.
fn device_cookie(reply: &Response) -> String {
    let mut cookies = reply.all("set-cookie");
    let cookie = cookies.find(|cookie| cookie.starts_with("confab-device=")).expect("a device cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

/// Guesses passwords from ever new networks until the error changes. Returns the number of guesses and the last
/// response.
async fn guess_from_everywhere(server: &Server, email: &str) -> (usize, Response) {
    for n in 0..1000 {
        let from = format!("10.{}.{}.9", n / 250, n % 250);
        let reply = try_sign_in(server, email, "wrong horse", &from, "").await;
        if outcome(&reply) != "BAD_USER_INPUT" {
            return (n, reply);
        }
    }
    panic!("guessing is never stopped");
}

async fn attackers_cannot_lock_out_the_owner(Setup { store, server, workspace }: &Setup) {
    let email = workspace.owner().email.clone();
    let known = device_cookie(&try_sign_in(server, &email, PASSWORD, "198.51.100.7", "").await);
    let (guesses, refused) = guess_from_everywhere(server, &email).await;
    assert_eq!((guesses, outcome(&refused).as_str()), (NEW_DEVICE_ATTEMPT_LIMIT, "FORBIDDEN"));
    // An unregistered email behaves the same.
    let (guesses, nobody) = guess_from_everywhere(server, "nobody@example.com").await;
    assert_eq!((guesses, &nobody.body), (NEW_DEVICE_ATTEMPT_LIMIT, &refused.body));
    // A known device is not locked out, and has ten attempts of its own.
    for _ in 0..UNDELAYED_ATTEMPTS {
        assert_eq!(
            outcome(&try_sign_in(server, &email, "wrong horse", "198.51.100.7", &known).await),
            "BAD_USER_INPUT"
        );
    }
    assert_eq!(outcome(&try_sign_in(server, &email, PASSWORD, "198.51.100.7", &known).await), "FORBIDDEN");
    let fresh = device_cookie(&sign_in_elsewhere(store, &email).await);
    assert_eq!(outcome(&try_sign_in(server, &email, PASSWORD, "198.51.100.7", &fresh).await), "in");
    // Device cookies of other accounts and forged ones do not count.
    let other = workspace.register("Otto Other").await;
    let theirs = device_cookie(&try_sign_in(server, &other.email, PASSWORD, "198.51.100.8", "").await);
    for cookie in [theirs.as_str(), "confab-device=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "confab-device=x"] {
        assert_eq!(outcome(&try_sign_in(server, &email, PASSWORD, "198.51.100.7", cookie).await), "FORBIDDEN");
    }
    // An operator allows a new device from one network.
    let (done, printed) = process::run(store, &["admin", "allow-sign-in", &email, "192.0.2.77"]).await;
    assert!(done && printed.contains(&email), "{printed}");
    assert_eq!(outcome(&try_sign_in(server, &email, PASSWORD, "203.0.113.5", "").await), "FORBIDDEN");
    assert_eq!(outcome(&try_sign_in(server, &email, PASSWORD, "192.0.2.5", "").await), "in");
    assert!(!process::run(store, &["admin", "allow-sign-in", "nobody@example.com", "192.0.2.77"]).await.0);
}

/// Other processes count independently and know the same devices.
async fn sign_in_elsewhere(store: &Store, email: &str) -> Response {
    let server = Server::on(store).await;
    let reply = try_sign_in(&server, email, PASSWORD, "198.51.100.7", "").await;
    server.stop().await;
    reply
}

async fn wrong_passwords_delay_only_their_network(Setup { server, workspace, .. }: &Setup) {
    let email = &workspace.owner().email;
    for n in 0..UNDELAYED_ATTEMPTS {
        // Spelled differently, from another IP address of the same network.
        let spelled = if n % 2 == 0 { email.to_uppercase() } else { email.clone() };
        let from = format!("203.0.113.{n}");
        assert_eq!(outcome(&try_sign_in(server, &spelled, "wrong horse", &from, "").await), "BAD_USER_INPUT");
    }
    // Delays double, so on a machine of any speed one of the next attempts is too early.
    let mut tries = 0;
    let (early, before) = loop {
        let before = server.app.passwords.computed();
        let reply = try_sign_in(server, email, "wrong horse", "203.0.113.200", "").await;
        if outcome(&reply) != "BAD_USER_INPUT" || tries == 10 {
            break (reply, before);
        }
        tries += 1;
    };
    assert_eq!(outcome(&early), "RATE_LIMITED");
    assert!(number(&early.json(), "/errors/0/extensions/retryAfter") >= 1);
    assert_eq!(server.app.passwords.computed(), before, "a password was checked during the delay");
    assert_eq!(outcome(&try_sign_in(server, email, PASSWORD, "203.0.114.1", "").await), "in");
}

async fn does_not_track_oversized_input(store: &Store) {
    let server = Server::start_with_config(None, Settings::default(), store.config()).await;
    let workspace = Workspace::create(&server).await;
    let (before, hashed) = (server.app.throttle.tracked_keys(), server.app.passwords.computed());
    for n in 0..20 {
        let long = format!("{n}{}", "x".repeat(50_000));
        for (email, password) in [(long.as_str(), PASSWORD), (workspace.owner().email.as_str(), long.as_str())] {
            assert_eq!(outcome(&try_sign_in(&server, email, password, "127.0.0.1", "").await), "BAD_USER_INPUT");
        }
    }
    assert_eq!((server.app.throttle.tracked_keys(), server.app.passwords.computed()), (before, hashed));
}

async fn logs_failures_in_the_fail2ban_format(store: &Store) {
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
    let request = sign_in_request("ada@example.com", "wrong horse", "203.0.113.9", "");
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

async fn sets_no_cookie_for_token_clients(Setup { server, workspace, .. }: &Setup) {
    let input = json!({ "email": workspace.owner().email, "password": PASSWORD });
    let query = document("signIn", "token");
    let reply = server.send(post(&json!({ "query": query, "variables": { "input": input } }))).await;
    assert!(reply.json()["data"]["signIn"]["token"].is_string());
    assert_eq!(reply.header("set-cookie"), None);
}
