//! Accounts: registration, signing in, sessions and their cookies, and rate limits on attempts.

use api::ground::config::Config;
use api::wire::http::Settings;
use sea_orm::{ConnectionTrait, Database};
use serde_json::{Value, json};

use crate::support::{
    Client, Member, PASSWORD, Request, Response, Server, Setup, Store, both, code, document, number, post, register,
    sqlite, text, uuid_of,
};

sqlite! {
    rate_limits_sign_in_per_ip_address
    unknown_email_and_wrong_password_are_indistinguishable
    the_first_account_is_admin_and_others_need_an_invite
}

both! {
    unusable_invites_are_indistinguishable
    lists_and_revokes_own_sessions
}

/// Failed attempts that one IP address may make in a burst.
const SIGN_IN_RATE: u32 = 7;

fn sign_in_request(email: &str, password: &str) -> Request {
    let input = json!({ "email": email, "password": password });
    post(&json!({ "query": document("signIn", "token account { id }"), "variables": { "input": input } }))
}

fn registration_request(name: &str, password: &str, invite: Option<&str>) -> Request {
    let input =
        json!({ "email": format!("{name}@example.com"), "password": password, "name": name, "inviteToken": invite });
    let query = document("register", "token account { isServerAdmin }");
    post(&json!({ "query": query, "variables": { "input": input } }))
}

async fn start_strict_server(store: &Store) -> Server {
    let config = Config { sign_in_rate: SIGN_IN_RATE, ..store.config() };
    Server::start_with_config(None, Settings::default(), config).await
}

/// Sends requests until one is rate limited. Returns how many passed before it.
async fn send_until_limited(server: &Server, request: impl Fn(usize) -> Request) -> (usize, Value) {
    for n in 0..1000 {
        let reply = server.send(request(n)).await.json();
        if code(&reply).as_deref() == Some("RATE_LIMITED") {
            return (n, reply);
        }
    }
    panic!("never limited");
}

async fn rate_limits_sign_in_per_ip_address(store: &Store) {
    let server = start_strict_server(store).await;
    register(&server, "ada", None).await;
    let from = |address: &str, n: usize| {
        sign_in_request(&format!("nobody{n}@example.com"), PASSWORD).header("x-forwarded-for", address)
    };
    let (passed, reply) = send_until_limited(&server, |n| from("203.0.113.9", n)).await;
    assert!(passed >= SIGN_IN_RATE as usize, "{passed} attempts passed");
    let wait = number(&reply, "/errors/0/extensions/retryAfter");
    assert!((1..=60).contains(&wait), "{reply}");
    // A correct password waits as well; other IP addresses and loopback do not.
    let limited =
        server.send(sign_in_request("ada@example.com", PASSWORD).header("x-forwarded-for", "203.0.113.9")).await;
    assert_eq!(limited.code(), "RATE_LIMITED");
    let other =
        server.send(sign_in_request("ada@example.com", PASSWORD).header("x-forwarded-for", "203.0.113.10")).await;
    assert!(code(&other.json()).is_none());
    assert!(code(&server.send(sign_in_request("ada@example.com", PASSWORD)).await.json()).is_none());
    // Registrations share the limit.
    let registering = registration_request("eve", PASSWORD, None).header("x-forwarded-for", "203.0.113.9");
    assert_eq!(server.send(registering).await.code(), "RATE_LIMITED");
}

async fn unknown_email_and_wrong_password_are_indistinguishable(store: &Store) {
    let server = Server::on(store).await;
    register(&server, "ada", None).await;
    let strip = |reply: Response| {
        let names: Vec<String> = reply.header_names().map(str::to_owned).collect();
        (reply.status, names, reply.header("set-cookie").map(str::to_owned), reply.body)
    };
    let unknown = strip(server.send(sign_in_request("nobody@example.com", "wrong horse")).await);
    let wrong = strip(server.send(sign_in_request("ada@example.com", "wrong horse")).await);
    let long_password = strip(server.send(sign_in_request("ada@example.com", &"x".repeat(5000))).await);
    let long_email = strip(server.send(sign_in_request(&"ada@example.com".repeat(1000), PASSWORD)).await);
    assert_eq!(unknown, wrong);
    assert!(String::from_utf8_lossy(&unknown.3).contains("BAD_USER_INPUT"));
    // Oversized input is rejected by its length alone, for any email.
    let stranger = strip(server.send(sign_in_request("nobody@example.com", &"x".repeat(5000))).await);
    assert_eq!(long_password, stranger);
    for (refused, field) in [(long_password, "password"), (long_email, "email")] {
        let body = String::from_utf8_lossy(&refused.3).into_owned();
        assert!(body.contains("BAD_USER_INPUT") && body.contains(&format!("\"field\":\"{field}\"")), "{body}");
    }
}

async fn the_first_account_is_admin_and_others_need_an_invite(store: &Store) {
    let server = Server::on(store).await;
    let query = "{ server { needsFirstAccount registrationOpen } }";
    assert_eq!(server.graphql(query, Value::Null).await["data"]["server"]["needsFirstAccount"], true);
    let first = server.send(registration_request("ada", PASSWORD, None)).await.json();
    assert_eq!(first["data"]["register"]["account"]["isServerAdmin"], true);
    assert_eq!(server.graphql(query, Value::Null).await["data"]["server"]["needsFirstAccount"], false);
    // Without an invite the response does not reveal whether an email is registered.
    let unknown = server.send(registration_request("ben", PASSWORD, None)).await;
    let known = server.send(registration_request("ada", PASSWORD, None)).await;
    assert_eq!(unknown.code(), "FORBIDDEN");
    assert_eq!(unknown.body, known.body);
    let client = Client::new(&server).signed_in(text(&first, "/data/register/token"));
    let ada = Member { client, email: String::new(), id: String::new() };
    let workspace = ada.create_workspace("Acme").await;
    let second = server.send(registration_request("ben", PASSWORD, Some(&workspace.invite))).await.json();
    assert_eq!(second["data"]["register"]["account"]["isServerAdmin"], false, "{second}");
    assert_eq!(server.send(registration_request("BEN", PASSWORD, Some(&workspace.invite))).await.code(), "CONFLICT");
}

async fn unusable_invites_are_indistinguishable(Setup { store, server, workspace }: &Setup) {
    let (workspace_id, owner) = (&workspace.id, workspace.owner());
    let other = workspace.register("ben").await;
    let make = async |more: Value| {
        let mut input = json!({ "workspaceId": workspace_id });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let created = owner.mutate("createInvite", input, "url invite { id }").await;
        (text(&created, "/invite/id"), text(&created, "/url").rsplit('/').next().unwrap().to_owned())
    };
    let (_, exhausted) = make(json!({ "maxUses": 1 })).await;
    other.mutate("acceptInvite", json!({ "token": exhausted }), "workspace { id }").await;
    let (id, revoked) = make(json!({})).await;
    owner.mutate("revokeInvite", json!({ "inviteId": id }), "inviteId").await;
    let (id, expired) = make(json!({ "expiresInSeconds": 60 })).await;
    expire(store, &id).await;
    let mut tampered = workspace.invite.clone();
    let last = if tampered.pop() == Some('A') { 'B' } else { 'A' };
    tampered.push(last);
    let mut foreign = workspace.invite.clone();
    foreign.replace_range(0..8, "AAAAAAAA");
    let stranger = workspace.register("cat").await;
    let mut outcomes = Vec::new();
    for token in [&exhausted, &revoked, &expired, &tampered, &foreign, &"nonsense".to_owned(), &String::new()] {
        let query = "query($t: String!) { invitePreview(token: $t) { workspaceName } }";
        let preview = server.graphql(query, json!({ "t": token })).await;
        let accept = stranger
            .execute(&document("acceptInvite", "workspace { id }"), json!({ "input": { "token": token } }))
            .await;
        let registered = server.send(registration_request("dan", PASSWORD, Some(token))).await.json();
        for response in [&preview, &accept, &registered] {
            assert_eq!(code(response).as_deref(), Some("NOT_FOUND"), "{token}: {response}");
        }
        outcomes.push((preview, accept, registered));
    }
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]), "{outcomes:?}");
}

/// Backdates the expiry of an invite.
async fn expire(store: &Store, id: &str) {
    let file = format!("sqlite://{}", store.directory.path().join("confab.sqlite").display());
    let database = Database::connect(store.database_url().unwrap_or(file)).await.unwrap();
    let uuid = uuid_of(id);
    let sql = match store.database_url() {
        Some(_) => format!("UPDATE invite SET expires_at = 1 WHERE id = '{uuid}'"),
        None => format!("UPDATE invite SET expires_at = 1 WHERE id = x'{}'", uuid.simple()),
    };
    let changed = database.execute_unprepared(&sql).await.unwrap().rows_affected();
    assert_eq!(changed, 1);
    database.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn session_cookies_are_inaccessible_to_scripts() {
    for (public, name, secure) in [(None, "confab", false), (Some("https://chat.example.org"), "__Host-confab", true)] {
        let store = Store::sqlite();
        let config = Config { public_url: public.map(str::to_owned), ..store.config() };
        let server = Server::start_with_config(None, Settings::default(), config).await;
        register(&server, "ada", None).await;
        let input = json!({ "email": "ada@example.com", "password": PASSWORD, "transport": "COOKIE" });
        let query = document("signIn", "token account { email } session { id current }");
        let reply = server.send(post(&json!({ "query": query, "variables": { "input": input } }))).await;
        let cookie = reply.header("set-cookie").unwrap().to_owned();
        assert_eq!(
            reply.header_names().filter(|name| *name == "set-cookie").count(),
            2,
            "the other cookie identifies the device"
        );
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
        assert!(!reply.text().contains(token), "the body contains the token");
        let request = post(&json!({ "query": "{ viewer { account { email } } }" })).header("cookie", pair);
        assert_eq!(server.send(request.clone()).await.json()["data"]["viewer"]["account"]["email"], "ada@example.com");
        let foreign = server.send(request.clone().header("origin", "https://evil.example")).await;
        assert_eq!(foreign.code(), "FORBIDDEN");
        let sign_out =
            post(&json!({ "query": "mutation { signOut(input: {}) { sessionId } }" })).header("cookie", pair);
        let cleared = server.send(sign_out).await.header("set-cookie").unwrap().to_owned();
        assert!(cleared.starts_with(&format!("{name}=;")) && cleared.contains("Max-Age=0"), "{cleared}");
        assert_eq!(server.send(request).await.json()["data"]["viewer"], Value::Null);
    }
}

async fn lists_and_revokes_own_sessions(Setup { workspace, .. }: &Setup) {
    let one = workspace.add_member("Mia Member", "MEMBER").await;
    let two = one.sign_in().await;
    let listed = async |user: &Member| {
        let response = user.execute("{ viewer { sessions { id current userAgent } } }", Value::Null).await;
        response["data"]["viewer"]["sessions"].as_array().unwrap().clone()
    };
    let (first, second) = (one.session_id().await, two.session_id().await);
    let ids = |list: &[Value]| list.iter().map(|one| text(one, "/id")).collect::<Vec<_>>();
    let list = listed(&one).await;
    assert_eq!(ids(&list), [second.clone(), first.clone()], "newest first");
    assert_eq!(list.iter().filter(|one| one["current"] == true).count(), 1);
    // Sessions of other accounts cannot be revoked, nor told from missing ones.
    let revoke = document("revokeSession", "sessionId");
    let by_other = workspace.owner().execute(&revoke, json!({ "input": { "sessionId": first } })).await;
    let missing = json!({ "input": { "sessionId": "ses_01h455vb4pex5vsknk084sn02q" } });
    assert_eq!(code(&by_other).as_deref(), Some("NOT_FOUND"));
    assert_eq!(by_other, workspace.owner().execute(&revoke, missing).await);
    two.mutate("revokeSession", json!({ "sessionId": first }), "sessionId").await;
    assert_eq!(ids(&listed(&two).await), [second]);
    assert_eq!(
        one.execute("{ viewer { account { id } } }", Value::Null).await["errors"][0]["extensions"]["code"],
        "UNAUTHENTICATED"
    );
    // Revoking again is a no-op.
    two.mutate("revokeSession", json!({ "sessionId": first }), "sessionId").await;
}
