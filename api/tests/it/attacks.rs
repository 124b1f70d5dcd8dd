//! Attacks that have no other home: races for the first account, session fixation, guessed invites and request smuggling.

use api::config::Config;
use api::http::Settings;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::people::{PASSWORD, mutation, register};
use crate::server::{Reply, Request, Server, post};
use crate::store::{Store, both};

both!(one_of_many_concurrent_first_registrations_becomes_administrator);

fn registration(name: &str) -> Request {
    let input = json!({ "email": format!("{name}@example.com"), "password": PASSWORD, "name": name });
    let query = mutation("register", "{ token account { isServerAdmin } }");
    post(&json!({ "query": query, "variables": { "input": input } }))
}

async fn one_of_many_concurrent_first_registrations_becomes_administrator(store: &Store) {
    let servers = Server::some_at(store).await;
    let attempts = (0..16).map(|n| servers[n % servers.len()].send(registration(&format!("racer{n}"))));
    let replies: Vec<Reply> = join_all(attempts).await;
    let (created, refused): (Vec<Value>, Vec<Value>) =
        replies.iter().map(Reply::json).partition(|reply| reply["data"]["register"].is_object());
    assert_eq!(created.len(), 1, "{created:?}");
    assert_eq!(created[0]["data"]["register"]["account"]["isServerAdmin"], true);
    for reply in refused {
        assert_eq!(reply["errors"][0]["extensions"]["code"], "FORBIDDEN", "{reply}");
    }
    for server in servers {
        server.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signing_in_never_adopts_a_cookie_chosen_by_someone_else() {
    let store = Store::sqlite();
    let server = Server::start_on(None, Settings::default(), store.config()).await;
    register(&server, "ada", None).await;
    let planted = format!("confab={}", "A".repeat(43));
    let input = json!({ "email": "ada@example.com", "password": PASSWORD, "carrier": "COOKIE" });
    let body = json!({ "query": mutation("signIn", "{ account { email } }"), "variables": { "input": input } });
    let reply = server.send(post(&body).header("cookie", &planted)).await;
    let issued = reply.all("set-cookie").find(|cookie| cookie.starts_with("confab=")).expect("a session cookie");
    let issued = issued.split(';').next().unwrap().to_owned();
    assert_ne!(issued, planted);
    let viewer = json!({ "query": "{ viewer { account { email } } }" });
    let email = async |cookie: &str| {
        let reply = server.send(post(&viewer).header("cookie", cookie)).await.json();
        reply["data"]["viewer"]["account"]["email"].clone()
    };
    assert_eq!(email(&issued).await, "ada@example.com");
    assert_eq!(email(&planted).await, Value::Null, "the planted cookie must stay worthless");
}

/// A timing oracle needs a difference in work. CI counts the work instead of timing it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_account_costs_the_same_hashes_and_statements_as_a_wrong_password() {
    let store = Store::sqlite();
    let server = Server::start_on(None, Settings::default(), store.config()).await;
    register(&server, "ada", None).await;
    let work = async |email: &str| {
        let input = json!({ "email": email, "password": "not the password" });
        let body = json!({ "query": mutation("signIn", "{ token }"), "variables": { "input": input } });
        let (hashes, statements) = (server.app.passwords.computed(), server.app.database.asked().statements);
        assert_eq!(server.send(post(&body)).await.code(), "BAD_USER_INPUT");
        (server.app.passwords.computed() - hashes, server.app.database.asked().statements - statements)
    };
    // Background tasks may add statements to one attempt, never remove any: the least of several counts.
    let least = async |email: &str| work(email).await.min(work(email).await).min(work(email).await);
    let (known, unknown) = (least("ada@example.com").await, least("nobody@example.com").await);
    assert_eq!(known, unknown);
    assert_eq!(known.0, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guessing_invites_is_rate_limited_by_address() {
    let store = Store::sqlite();
    let config = Config { sign_in_rate: 7, ..store.config() };
    let server = Server::start_on(None, Settings::default(), config).await;
    register(&server, "ada", None).await;
    let guess = |n: usize| {
        let query = "query($token: String!) { invitePreview(token: $token) { workspaceName } }";
        post(&json!({ "query": query, "variables": { "token": format!("{n:043}") } }))
            .header("x-forwarded-for", "203.0.113.9")
    };
    let mut answered = 0;
    loop {
        match server.send(guess(answered)).await.code().as_str() {
            "NOT_FOUND" => answered += 1,
            "RATE_LIMITED" => break,
            other => panic!("{other}"),
        }
        assert!(answered < 2_000, "guesses are not limited");
    }
}

/// Sends bytes on one connection and returns the status codes of all responses until the server closes it.
async fn statuses(server: &Server, bytes: &[u8]) -> Vec<u16> {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut received = Vec::new();
    stream.read_to_end(&mut received).await.ok();
    let text = String::from_utf8_lossy(&received);
    text.match_indices("HTTP/1.1 ").map(|(at, marker)| text[at + marker.len()..][..3].parse().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_of_ambiguous_length_never_smuggles_a_second_one() {
    let server = Server::start().await;
    let post = |headers: &str, body: &str| {
        format!("POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{headers}\r\n{body}")
    };
    let smuggled = "GET /version HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let empty_then_smuggled = format!("0\r\n\r\n{smuggled}");
    for (name, bytes) in [
        ("length, then chunked", post("content-length: 4\r\ntransfer-encoding: chunked\r\n", &empty_then_smuggled)),
        ("chunked, then length", post("transfer-encoding: chunked\r\ncontent-length: 4\r\n", &empty_then_smuggled)),
        ("chunked alone", post("transfer-encoding: chunked\r\n", &empty_then_smuggled)),
        ("two lengths", post("content-length: 0\r\ncontent-length: 52\r\n", smuggled)),
        ("a list of lengths", post("content-length: 0, 52\r\n", smuggled)),
        ("a signed length", post("content-length: +0\r\n", smuggled)),
        ("a space before the colon", post("content-length : 0\r\n", smuggled)),
        ("a folded header", post("transfer-encoding:\r\n chunked\r\ncontent-length: 4\r\n", &empty_then_smuggled)),
        ("an unknown coding", post("transfer-encoding: xchunked\r\ncontent-length: 4\r\n", &empty_then_smuggled)),
        ("chunked twice", post("transfer-encoding: chunked, chunked\r\n", &empty_then_smuggled)),
        ("chunked not last", post("transfer-encoding: chunked, identity\r\n", &empty_then_smuggled)),
        ("a bare line feed in a chunk size", post("transfer-encoding: chunked\r\n", &format!("0\n\r\n{smuggled}"))),
    ] {
        let received = statuses(&server, bytes.as_bytes()).await;
        assert!(received.len() <= 1, "{name}: {received:?}");
        assert!(received.iter().all(|status| (400..500).contains(status)), "{name}: {received:?}");
    }
    // Two requests that are unambiguous are both answered.
    assert_eq!(statuses(&server, [smuggled, smuggled].concat().as_bytes()).await, [200, 200]);
}
