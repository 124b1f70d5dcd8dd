//! Accounts and sign-ins: who may register, how a sign-in is carried, listed and ended, and how attempts
//! are limited.

use api::config::Config;
use api::http::Settings;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};

use crate::people::{Company, PASSWORD, Person, code, mutation, number, register, server_on, text};
use crate::server::{Reply, Request, Server, post};
use crate::store::{Store, both};

both!(links_that_do_not_work_look_all_alike the_sign_ins_of_a_person);

/// Answers that are wrong at a time from one address until it is told to wait.
const RATE: u32 = 7;

fn attempt(email: &str, password: &str) -> Request {
    let input = json!({ "email": email, "password": password });
    post(&json!({ "query": mutation("signIn", "{ token account { id } }"), "variables": { "input": input } }))
}

fn registration(name: &str, password: &str, invite: Option<&str>) -> Request {
    let input =
        json!({ "email": format!("{name}@example.com"), "password": password, "name": name, "inviteToken": invite });
    let query = mutation("register", "{ token account { isServerAdmin } }");
    post(&json!({ "query": query, "variables": { "input": input } }))
}

async fn strict(store: &Store) -> Server {
    let config = Config { sign_in_rate: RATE, ..store.config() };
    Server::start_on(None, Settings::default(), config).await
}

/// Sends until it is told to wait; answers how often it was let through.
async fn until_limited(server: &Server, request: impl Fn(usize) -> Request) -> (usize, Value) {
    for n in 0..1000 {
        let reply = server.send(request(n)).await.json();
        if code(&reply).as_deref() == Some("RATE_LIMITED") {
            return (n, reply);
        }
    }
    panic!("never limited");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attempts_are_limited_by_address() {
    let store = Store::sqlite();
    let server = strict(&store).await;
    register(&server, "ada", None).await;
    let from = |address: &str, n: usize| {
        attempt(&format!("nobody{n}@example.com"), PASSWORD).header("x-forwarded-for", address)
    };
    let (passed, reply) = until_limited(&server, |n| from("203.0.113.9", n)).await;
    assert!(passed >= RATE as usize, "{passed} were let through");
    let wait = number(&reply, "/errors/0/extensions/retryAfter");
    assert!((1..=60).contains(&wait), "{reply}");
    // The right password waits as well, other addresses and this machine do not.
    let limited = server.send(attempt("ada@example.com", PASSWORD).header("x-forwarded-for", "203.0.113.9")).await;
    assert_eq!(limited.code(), "RATE_LIMITED");
    let other = server.send(attempt("ada@example.com", PASSWORD).header("x-forwarded-for", "203.0.113.10")).await;
    assert!(code(&other.json()).is_none());
    assert!(code(&server.send(attempt("ada@example.com", PASSWORD)).await.json()).is_none());
    // Registering counts with it.
    let registering = registration("eve", PASSWORD, None).header("x-forwarded-for", "203.0.113.9");
    assert_eq!(server.send(registering).await.code(), "RATE_LIMITED");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unknown_address_and_a_wrong_password_are_one_answer() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    register(&server, "ada", None).await;
    let strip = |reply: Reply| {
        let names: Vec<String> = reply.header_names().map(str::to_owned).collect();
        (reply.status, names, reply.header("set-cookie").map(str::to_owned), reply.body)
    };
    let unknown = strip(server.send(attempt("nobody@example.com", "wrong horse")).await);
    let wrong = strip(server.send(attempt("ada@example.com", "wrong horse")).await);
    let long = strip(server.send(attempt("ada@example.com", &"x".repeat(5000))).await);
    let far = strip(server.send(attempt(&"ada@example.com".repeat(1000), PASSWORD)).await);
    assert_eq!(unknown, wrong);
    assert!(String::from_utf8_lossy(&unknown.3).contains("BAD_USER_INPUT"));
    // What is too long for either is refused by its length alone, whosever address it is.
    let stranger = strip(server.send(attempt("nobody@example.com", &"x".repeat(5000))).await);
    assert_eq!(long, stranger);
    for (refused, field) in [(long, "password"), (far, "email")] {
        let body = String::from_utf8_lossy(&refused.3).into_owned();
        assert!(body.contains("BAD_USER_INPUT") && body.contains(&format!("\"field\":\"{field}\"")), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_to_register_administers_and_others_need_an_invite() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let asked = "{ server { needsFirstAccount registrationOpen } }";
    assert_eq!(server.graphql(None, asked, Value::Null).await["data"]["server"]["needsFirstAccount"], true);
    let first = server.send(registration("ada", PASSWORD, None)).await.json();
    assert_eq!(first["data"]["register"]["account"]["isServerAdmin"], true);
    assert_eq!(server.graphql(None, asked, Value::Null).await["data"]["server"]["needsFirstAccount"], false);
    // Without an invite nobody learns whether an address is known.
    let unknown = server.send(registration("ben", PASSWORD, None)).await;
    let known = server.send(registration("ada", PASSWORD, None)).await;
    assert_eq!(unknown.code(), "FORBIDDEN");
    assert_eq!(unknown.body, known.body);
    let ada = Person { token: text(&first, "/data/register/token"), ..Person::default() };
    let company = ada.founds(&server, "Acme").await;
    let second = server.send(registration("ben", PASSWORD, Some(&company.invite))).await.json();
    assert_eq!(second["data"]["register"]["account"]["isServerAdmin"], false, "{second}");
    assert_eq!(server.send(registration("BEN", PASSWORD, Some(&company.invite))).await.code(), "CONFLICT");
}

async fn links_that_do_not_work_look_all_alike(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let (workspace, owner) = (&company.workspace, &company.owner);
    let other = register(&server, "ben", Some(&company.invite)).await;
    let make = async |more: Value| {
        let mut input = json!({ "workspaceId": workspace });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = owner.does(&server, "createInvite", "{ url invite { id } }", input).await;
        (text(&made, "/invite/id"), text(&made, "/url").rsplit('/').next().unwrap().to_owned())
    };
    let (_, exhausted) = make(json!({ "maxUses": 1 })).await;
    other.does(&server, "acceptInvite", "{ workspace { id } }", json!({ "token": exhausted })).await;
    let (id, revoked) = make(json!({})).await;
    owner.does(&server, "revokeInvite", "{ inviteId }", json!({ "workspaceId": workspace, "inviteId": id })).await;
    let (id, expired) = make(json!({ "expiresInSeconds": 60 })).await;
    expire(store, &id).await;
    let mut tampered = company.invite.clone();
    let last = if tampered.pop() == Some('A') { 'B' } else { 'A' };
    tampered.push(last);
    let mut foreign = company.invite.clone();
    foreign.replace_range(0..8, "AAAAAAAA");
    let stranger = register(&server, "cat", Some(&company.invite)).await;
    let mut answers = Vec::new();
    for token in [&exhausted, &revoked, &expired, &tampered, &foreign, &"nonsense".to_owned(), &String::new()] {
        let preview = server
            .graphql(None, "query($t: String!) { invitePreview(token: $t) { workspaceName } }", json!({ "t": token }))
            .await;
        let accept = stranger
            .ask(&server, &mutation("acceptInvite", "{ workspace { id } }"), json!({ "input": { "token": token } }))
            .await;
        let registered = server.send(registration("dan", PASSWORD, Some(token))).await.json();
        for response in [&preview, &accept, &registered] {
            assert_eq!(code(response).as_deref(), Some("NOT_FOUND"), "{token}: {response}");
        }
        answers.push((preview, accept, registered));
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    server.stop().await;
}

/// Moves the end of an invite into the past, as time would.
async fn expire(store: &Store, id: &str) {
    let file = format!("sqlite://{}", store.directory.path().join("confab.sqlite").display());
    let database = Database::connect(store.database_url().unwrap_or(file)).await.unwrap();
    let bare = id.trim_start_matches("inv_");
    let sql = match store.database_url() {
        Some(_) => format!("UPDATE invite SET expires_at = 1 WHERE id = '{bare}'"),
        None => format!("UPDATE invite SET expires_at = 1 WHERE id = x'{}'", bare.replace('-', "")),
    };
    let changed = database.execute_unprepared(&sql).await.unwrap().rows_affected();
    assert_eq!(changed, 1);
    database.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cookie_carries_a_sign_in_that_no_script_sees() {
    for (public, name, secure) in [(None, "confab", false), (Some("https://chat.example.org"), "__Host-confab", true)] {
        let store = Store::sqlite();
        let config = Config { public_url: public.map(str::to_owned), ..store.config() };
        let server = Server::start_on(None, Settings::default(), config).await;
        register(&server, "ada", None).await;
        let input = json!({ "email": "ada@example.com", "password": PASSWORD, "carrier": "COOKIE" });
        let query = mutation("signIn", "{ token account { email } signIn { id current } }");
        let reply = server.send(post(&json!({ "query": query, "variables": { "input": input } }))).await;
        let cookie = reply.header("set-cookie").unwrap().to_owned();
        assert_eq!(reply.header_names().filter(|name| *name == "set-cookie").count(), 2, "the other is of the device");
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        let token = pair.strip_prefix(&format!("{name}=")).unwrap();
        assert!(token.len() >= 43, "{cookie}");
        assert!(
            attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax") && attributes.contains("Path=/"),
            "{cookie}"
        );
        assert_eq!(attributes.contains("Secure"), secure, "{cookie}");
        assert!(!attributes.contains("Domain"), "{cookie}");
        assert_eq!(reply.json()["data"]["signIn"]["token"], Value::Null);
        assert!(!reply.text().contains(token), "the token is in the body");
        let asked = post(&json!({ "query": "{ viewer { account { email } } }" })).header("cookie", pair);
        assert_eq!(server.send(asked.clone()).await.json()["data"]["viewer"]["account"]["email"], "ada@example.com");
        let foreign = server.send(asked.clone().header("origin", "https://evil.example")).await;
        assert_eq!(foreign.code(), "FORBIDDEN");
        let out = post(&json!({ "query": "mutation { signOut(input: {}) { signInId } }" })).header("cookie", pair);
        let gone = server.send(out).await.header("set-cookie").unwrap().to_owned();
        assert!(gone.starts_with(&format!("{name}=;")) && gone.contains("Max-Age=0"), "{gone}");
        assert_eq!(server.send(asked).await.json()["data"]["viewer"], Value::Null);
    }
}

async fn the_sign_ins_of_a_person(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let one = company.hires(&server, "Mia Member", "MEMBER").await;
    let two = one.signs_in(&server).await;
    let listed = async |person: &Person| {
        let response = person.ask(&server, "{ viewer { signIns { id current userAgent } } }", Value::Null).await;
        response["data"]["viewer"]["signIns"].as_array().unwrap().clone()
    };
    let (first, second) = (one.sign_in_id(&server).await, two.sign_in_id(&server).await);
    let ids = |list: &[Value]| list.iter().map(|one| text(one, "/id")).collect::<Vec<_>>();
    let list = listed(&one).await;
    assert_eq!(ids(&list), [second.clone(), first.clone()], "newest first");
    assert_eq!(list.iter().filter(|one| one["current"] == true).count(), 1);
    // Somebody else's cannot be ended, nor told from one that does not exist.
    let revoke = mutation("revokeSignIn", "{ signInId }");
    let by_other = company.owner.ask(&server, &revoke, json!({ "input": { "signInId": first } })).await;
    let missing = json!({ "input": { "signInId": "sig_01890000-0000-7000-8000-000000000001" } });
    assert_eq!(code(&by_other).as_deref(), Some("NOT_FOUND"));
    assert_eq!(by_other, company.owner.ask(&server, &revoke, missing).await);
    two.does(&server, "revokeSignIn", "{ signInId }", json!({ "signInId": first })).await;
    assert_eq!(ids(&listed(&two).await), [second]);
    assert_eq!(
        one.ask(&server, "{ viewer { account { id } } }", Value::Null).await["errors"][0]["extensions"]["code"],
        "UNAUTHENTICATED"
    );
    // Ending it again does nothing.
    two.does(&server, "revokeSignIn", "{ signInId }", json!({ "signInId": first })).await;
    server.stop().await;
}
