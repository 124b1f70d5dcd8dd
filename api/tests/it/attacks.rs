//! Attacks on accounts and inputs: races for the first account, session fixation, enumeration, guessed invites and
//! files, request smuggling, SQL metacharacters and forged log lines.

use api::ground::config::{Config, RateSettings};
use api::ground::id::FileId;
use api::wire::http::Settings;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{
    Client, PASSWORD, Process, Request, Response, Server, Setup, Store, both, document, new_id, post, register,
    request, sqlite, text,
};

sqlite! {
    guessed_files_are_not_found_with_and_without_a_session
    signing_in_never_adopts_a_cookie_chosen_by_someone_else
    an_unknown_account_costs_the_same_hashes_and_statements_as_a_wrong_password
    guessing_invites_is_charged_to_the_ip_address
    client_text_never_begins_a_log_line
}

both! {
    one_of_many_concurrent_first_registrations_becomes_administrator
    stores_sql_metacharacters_as_text
}

fn registration(name: &str) -> Request {
    let input = json!({ "email": format!("{name}@example.com"), "password": PASSWORD, "name": name });
    let query = document("register", "token account { isServerAdmin }");
    post(&json!({ "query": query, "variables": { "input": input } }))
}

async fn one_of_many_concurrent_first_registrations_becomes_administrator(store: &Store) {
    let servers = Server::start_fleet(store).await;
    let attempts = (0..16).map(|n| servers[n % servers.len()].send(registration(&format!("racer{n}"))));
    let replies: Vec<Response> = join_all(attempts).await;
    let (created, refused): (Vec<Value>, Vec<Value>) =
        replies.iter().map(Response::json).partition(|reply| reply["data"]["register"].is_object());
    assert_eq!(created.len(), 1, "{created:?}");
    assert_eq!(created[0]["data"]["register"]["account"]["isServerAdmin"], true);
    for reply in refused {
        assert_eq!(reply["errors"][0]["extensions"]["code"], "FORBIDDEN", "{reply}");
    }
    for server in servers {
        server.stop().await;
    }
}

async fn signing_in_never_adopts_a_cookie_chosen_by_someone_else(store: &Store) {
    let server = Server::start_with_config(None, Settings::default(), store.config()).await;
    register(&server, "ada", None).await;
    let planted = format!("confab={}", "A".repeat(43));
    let input = json!({ "email": "ada@example.com", "password": PASSWORD, "transport": "COOKIE" });
    let body = json!({ "query": document("signIn", "account { email }"), "variables": { "input": input } });
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
async fn an_unknown_account_costs_the_same_hashes_and_statements_as_a_wrong_password(store: &Store) {
    let server = Server::start_with_config(None, Settings::default(), store.config()).await;
    register(&server, "ada", None).await;
    let work = async |email: &str| {
        let input = json!({ "email": email, "password": "not the password" });
        let body = json!({ "query": document("signIn", "token"), "variables": { "input": input } });
        let (hashes, statements) = (server.app.passwords.computed(), server.app.database.query_counts().statements);
        assert_eq!(server.send(post(&body)).await.code(), "BAD_USER_INPUT");
        (server.app.passwords.computed() - hashes, server.app.database.query_counts().statements - statements)
    };
    // Background tasks may add statements to one attempt, never remove any: the least of several counts.
    let least = async |email: &str| work(email).await.min(work(email).await).min(work(email).await);
    let (known, unknown) = (least("ada@example.com").await, least("nobody@example.com").await);
    assert_eq!(known, unknown);
    assert_eq!(known.0, 1);
}

/// Guesses are charged to the IP address. (A secret has 128 random bits, so the limit is not what protects it.)
async fn guessing_invites_is_charged_to_the_ip_address(store: &Store) {
    let rates = RateSettings { address: 0.000_1, ..RateSettings::default() };
    let server = Server::start_with_config(None, Settings::default(), Config { rates, ..store.config() }).await;
    register(&server, "ada", None).await;
    let guess = |n: usize, address: &str| {
        let query = "query($token: String!) { invitePreview(token: $token) { workspaceName } }";
        post(&json!({ "query": query, "variables": { "token": format!("{n:064}") } }))
            .header("x-forwarded-for", address)
    };
    let mut rejected = 0;
    for n in 0..1_000 {
        match server.send(guess(n, "203.0.113.9")).await.code().as_str() {
            "NOT_FOUND" => {}
            "RATE_LIMITED" => rejected += 1,
            other => panic!("{other}"),
        }
        if rejected > 0 {
            break;
        }
    }
    assert!(rejected > 0, "1,000 guesses were not limited");
    assert_eq!(server.send(guess(0, "198.51.100.7")).await.code(), "NOT_FOUND", "another address is served");
}

/// Texts that would change a statement if they were part of it.
const SQL_METACHARACTERS: [&str; 8] = [
    "'; DROP TABLE message; --",
    "\" OR \"1\"=\"1",
    "') OR 1=1 --",
    "\\'; DELETE FROM channel; --",
    "$1 $2 ?1 ?2 :name @name",
    "%_[a-z]*",
    "{\"$gt\": \"\"}",
    "1; SELECT pg_sleep(60)",
];

async fn stores_sql_metacharacters_as_text(Setup { workspace, .. }: &Setup) {
    let owner = workspace.owner();
    for (n, text) in SQL_METACHARACTERS.into_iter().enumerate() {
        let message = json!({ "channelId": workspace.general, "text": text });
        let sent = owner.mutate("sendMessage", message, "message { text }").await;
        assert_eq!(sent["message"]["text"], text);
        let rename = json!({ "workspaceId": workspace.id, "name": text });
        let renamed = owner.mutate("updateWorkspace", rename, "workspace { name }").await;
        assert_eq!(renamed["workspace"]["name"], text);
        let query = "query($w: ID!, $text: String!, $id: ID!) {
            search(workspaceId: $w, query: $text, first: 1) { total { count } }
            switcher(workspaceId: $w, text: $text) { __typename }
            message(id: $id) { id }
        }";
        let variables = json!({ "w": workspace.id, "text": text, "id": format!("msg_{text}") });
        let response = owner.execute(query, variables).await;
        let codes: Vec<&Value> =
            response["errors"].as_array().into_iter().flatten().map(|error| &error["extensions"]["code"]).collect();
        assert!(codes.iter().all(|code| *code == "BAD_USER_INPUT" || *code == "NOT_FOUND"), "{text}: {response}");
        let query = "query($c: ID!) { channel(id: $c) { messages(first: 100) { nodes { text } } } }";
        let stored = owner.execute(query, json!({ "c": workspace.general })).await;
        let stored = stored["data"]["channel"]["messages"]["nodes"].as_array().unwrap().len();
        assert_eq!(stored, n + 1, "after {text}");
    }
}

async fn client_text_never_begins_a_log_line(store: &Store) {
    let server = Process::start_with_log(store, "trace").await;
    let mut client = Client::new(server.address);
    let forged = "x\r\n2026-01-01T00:00:00Z ERROR api: FORGED\n\u{1b}[31mFORGED";
    let account = json!({ "email": "ada@example.com", "password": PASSWORD, "name": "Ada" });
    client.token = Some(text(&client.mutate("register", account, "token").await, "/token"));
    let created = client.mutate("createWorkspace", json!({ "name": "Acme" }), "workspace { id }").await;
    let workspace = created["workspace"]["id"].clone();
    for (mutation, input, selection) in [
        ("signIn", json!({ "email": format!("{forged}@example.com"), "password": forged }), "token"),
        (
            "register",
            json!({ "email": "b@example.com", "password": PASSWORD, "name": forged, "inviteToken": forged }),
            "token",
        ),
        ("createWorkspace", json!({ "name": forged }), "workspace { id }"),
        ("createChannel", json!({ "workspaceId": workspace, "name": forged, "kind": "PUBLIC" }), "seq"),
        (
            "createUpload",
            json!({ "workspaceId": workspace, "name": forged, "size": 1, "sha256": forged }),
            "upload { id }",
        ),
        ("acceptInvite", json!({ "token": forged }), "workspace { id }"),
        ("sendMessage", json!({ "channelId": forged, "text": forged }), "seq"),
    ] {
        let _ = client.try_mutate(mutation, &input, selection).await;
    }
    let _ = client.try_query(&format!("{{ {forged} }}"), Value::Null).await;
    let encoded = "/media/%0d%0aFORGED/%0aFORGED/%1b%5b31mFORGED";
    server.send(request("GET", encoded)).await;
    let logged = server.kill_and_read_log().await;
    assert!(logged.contains("sign-in failed"), "{logged}");
    let forged = logged.lines().find(|line| line.contains("ERROR api: FORGED") || line.starts_with("FORGED"));
    assert_eq!(forged, None);
    assert!(!logged.contains("\u{1b}[31mFORGED"));
}

async fn guessed_files_are_not_found_with_and_without_a_session(Setup { server, workspace, .. }: &Setup) {
    let mut responses = Vec::new();
    let [one, other] = [0; 2].map(|_| new_id::<FileId>(&workspace.id));
    for id in [one, other, "fil_0".into(), "..%2f..%2fconfab.sqlite".into()] {
        for form in ["original", "small", "large", "poster", "nonsense"] {
            for bearer in [None, Some(workspace.owner().token())] {
                let signature = "?expires=9999999999&signature=00000000000000000000000000000000";
                for path in [format!("/media/{id}/{form}"), format!("/media/signed/{id}/{form}{signature}")] {
                    let mut guess = request("GET", &path);
                    if let Some(token) = bearer {
                        guess = guess.header("authorization", &format!("Bearer {token}"));
                    }
                    let response = server.send(guess).await;
                    assert!(matches!(response.status, 400 | 401 | 403 | 404), "{path}: {}", response.status);
                    responses.push((path.contains("signed"), bearer.is_some(), response.status));
                }
            }
        }
    }
    // Of what a member may not see, nothing tells whether it exists.
    assert!(responses.iter().all(|(signed, session, status)| *signed || !*session || *status == 404), "{responses:?}");
}

/// Sends bytes on one connection and returns the status codes of all responses until the server closes it, which the
/// last request asks for.
async fn statuses(server: &Server, bytes: &[u8]) -> Vec<u16> {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
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
    let smuggled = "GET /version HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let empty_then_smuggled = format!("0\r\n\r\n{smuggled}");
    for (name, bytes) in [
        ("length, then chunked", post("content-length: 4\r\ntransfer-encoding: chunked\r\n", &empty_then_smuggled)),
        ("chunked, then length", post("transfer-encoding: chunked\r\ncontent-length: 4\r\n", &empty_then_smuggled)),
        ("chunked alone", post("transfer-encoding: chunked\r\n", &empty_then_smuggled)),
        ("two lengths", post("content-length: 0\r\ncontent-length: 61\r\n", smuggled)),
        ("a list of lengths", post("content-length: 0, 61\r\n", smuggled)),
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
    let first = smuggled.replace("connection: close\r\n", "");
    assert_eq!(statuses(&server, [&first, smuggled].concat().as_bytes()).await, [200, 200]);
}
