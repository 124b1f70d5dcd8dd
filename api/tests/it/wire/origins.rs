//! Origins and hosts: which pages may call the API, and with which credentials.

use api::ground::config::Config;
use api::wire::http::Settings;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Error;

use crate::support::{Client, PASSWORD, Request, Response, Server, Socket, Store, post, request};

const VIEWER: &str = "{viewer{account{id}}}";
const REGISTER: &str = "mutation{register(input:{email:\"ada@example.com\",password:\"correct horse\",name:\"Ada\",transport:COOKIE}){account{id}}}";

async fn server(public: Option<&str>, allowed: &[&str]) -> Server {
    let store = Store::sqlite();
    let allowed_origins = allowed.iter().map(|entry| entry.parse().unwrap()).collect();
    let config = Config { public_url: public.map(str::to_owned), allowed_origins, ..store.config() };
    Server::start_with_config(Some(store), Settings::default(), config).await
}

fn query(text: &str) -> Request {
    post(&json!({ "query": text }))
}

fn preflight(origin: &str) -> Request {
    let options = request("OPTIONS", "/graphql").header("origin", origin);
    let options = options.header("access-control-request-method", "POST");
    options.header("access-control-request-headers", "authorization,content-type")
}

fn cors_headers(reply: &Response) -> (Option<&str>, Option<&str>) {
    (reply.header("access-control-allow-origin"), reply.header("access-control-allow-credentials"))
}

/// Registers an account. Returns a cookie and a bearer token.
async fn credentials(server: &Server) -> (String, String) {
    let reply = server.send(query(REGISTER)).await;
    let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    let signed_in = Client::new(server.address).sign_in("ada@example.com", PASSWORD).await.unwrap();
    (cookie, signed_in.token.unwrap())
}

#[tokio::test]
async fn allowed_origins_may_use_tokens_and_cookies() {
    let server = server(None, &["http://localhost:5173", "https://*.example.org"]).await;
    let (cookie, token) = credentials(&server).await;
    for origin in ["http://localhost:5173", "https://app.example.org", "https://a.b.example.org"] {
        let preflight_response = server.send(preflight(origin)).await;
        assert_eq!((preflight_response.status, cors_headers(&preflight_response)), (204, (Some(origin), Some("true"))));
        assert!(preflight_response.header("access-control-allow-methods").unwrap().contains("POST"));
        let headers = preflight_response.header("access-control-allow-headers").unwrap();
        assert!(headers.contains("authorization") && headers.contains("content-type"), "{headers}");
        assert!(preflight_response.header("access-control-max-age").is_some());
        for (name, value) in [("authorization", &*format!("Bearer {token}")), ("cookie", &*cookie)] {
            let reply = server.send(query(VIEWER).header("origin", origin).header(name, value)).await;
            assert!(reply.json()["data"]["viewer"]["account"]["id"].is_string(), "{origin} {name}: {}", reply.text());
            assert_eq!(cors_headers(&reply), (Some(origin), Some("true")));
            assert!(reply.header("access-control-expose-headers").unwrap().contains("retry-after"));
            assert!(reply.header("vary").is_some_and(|vary| vary.contains("origin")));
        }
        // Errors are readable as well.
        let refused = server.send(query("{").header("origin", origin)).await;
        assert_eq!((refused.status, cors_headers(&refused).0), (400, Some(origin)));
    }
}

#[tokio::test]
async fn rejects_unlisted_origins_with_and_without_credentials() {
    let server = server(None, &["http://localhost:5173", "https://*.example.org"]).await;
    let (cookie, token) = credentials(&server).await;
    for origin in [
        "http://localhost:5174",
        "https://localhost:5173",
        "https://example.org",
        "https://evilexample.org",
        "http://app.example.org",
        "https://app.example.org.evil.example",
        "null",
    ] {
        let preflight_response = server.send(preflight(origin)).await;
        assert_eq!((preflight_response.status, cors_headers(&preflight_response)), (405, (None, None)), "{origin}");
        for (name, value) in [("authorization", &*format!("Bearer {token}")), ("cookie", &*cookie), ("x-none", "x")] {
            let reply = server.send(query(VIEWER).header("origin", origin).header(name, value)).await;
            assert_eq!(
                (reply.status, &*reply.code(), cors_headers(&reply)),
                (403, "FORBIDDEN", (None, None)),
                "{origin}"
            );
        }
        let get = request("GET", "/graphql?query=%7B__typename%7D").header("origin", origin);
        assert_eq!(server.send(get).await.status, 403, "{origin}");
    }
}

#[tokio::test]
async fn a_wildcard_allows_every_origin_without_cookies() {
    let server = server(None, &["*"]).await;
    let (cookie, token) = credentials(&server).await;
    let page = |request: Request| request.header("origin", "https://anything.example");
    let preflight_response = server.send(preflight("https://anything.example")).await;
    assert_eq!((preflight_response.status, cors_headers(&preflight_response)), (204, (Some("*"), None)));
    let reply = server.send(page(query(VIEWER).header("cookie", &cookie))).await;
    assert_eq!((reply.json(), cors_headers(&reply)), (json!({ "data": { "viewer": null } }), (Some("*"), None)));
    let reply = server.send(page(query(VIEWER).header("authorization", &format!("Bearer {token}")))).await;
    assert!(reply.json()["data"]["viewer"]["account"]["id"].is_string(), "{}", reply.text());
}

#[tokio::test]
async fn sends_no_cors_headers_without_a_list() {
    let server = server(None, &[]).await;
    let page = request("GET", "/").header("origin", "http://localhost:5173");
    for request in [preflight("http://localhost:5173"), preflight(&server.url("")), page] {
        let reply = server.send(request).await;
        assert!(reply.header_names().all(|name| !name.starts_with("access-control")));
        assert!(!reply.header("vary").is_some_and(|vary| vary.contains("origin")));
    }
}

#[tokio::test]
async fn sockets_open_from_allowed_origins_only() {
    let (named, anybody) = (server(None, &["https://app.example.org"]).await, server(None, &["*"]).await);
    let (of_named, of_anybody) = (credentials(&named).await, credentials(&anybody).await);
    for (server, (cookie, token), origin, opens, by_cookie) in [
        (&named, &of_named, "https://app.example.org", true, true),
        (&named, &of_named, "https://evil.example", false, false),
        (&anybody, &of_anybody, "https://anything.example", true, false),
        (&anybody, &of_anybody, "null", false, false),
    ] {
        let headers =
            [("sec-websocket-protocol", "graphql-transport-ws"), ("origin", origin), ("cookie", cookie.as_str())];
        for (payload, known) in
            [(Value::Null, by_cookie), (json!({ "authorization": format!("Bearer {token}") }), true)]
        {
            let mut socket = match Socket::open_with(server, &headers).await {
                Ok(socket) => socket,
                Err(Error::Http(response)) => {
                    assert_eq!((response.status().as_u16(), opens), (403, false), "{origin}");
                    continue;
                }
                Err(other) => panic!("{other:?}"),
            };
            assert!(opens, "{origin}");
            socket.send(json!({ "type": "connection_init", "payload": payload })).await;
            assert_eq!(socket.next().await["type"], "connection_ack");
            socket.subscribe("1", VIEWER, Value::Null).await;
            let viewer = socket.next().await["payload"]["data"]["viewer"].clone();
            assert_eq!(viewer.is_object(), known, "{origin} {payload}");
        }
    }
}

#[tokio::test]
async fn rejects_foreign_host_names() {
    for public in [None, Some("https://chat.example")] {
        let server = server(public, &[]).await;
        // DNS rebinding: evil.example resolves to this machine, so host and origin agree.
        for origin in ["http://evil.example", ""] {
            let rebound = query(REGISTER).header("host", "evil.example").header("origin", origin);
            let reply = server.send(rebound).await;
            assert_eq!((reply.status, &*reply.code()), (421, "MISDIRECTED_REQUEST"), "{public:?}");
        }
        for path in ["/", "/playground", "/media/signed/a/original", "/graphql?query=%7B__typename%7D"] {
            let reply = server.send(request("GET", path).header("host", "evil.example")).await;
            assert_eq!(reply.status, 421, "{path}");
        }
        let headers = [("sec-websocket-protocol", "graphql-transport-ws"), ("host", "evil.example")];
        match Socket::open_with(&server, &headers).await.err() {
            Some(Error::Http(response)) => assert_eq!(response.status(), 421),
            other => panic!("{other:?}"),
        }
        let absolute = request("GET", "http://evil.example/graphql?query=%7B__typename%7D");
        assert_eq!(server.send(absolute).await.status, 421);
        for path in ["/livez", "/readyz", "/version"] {
            let reply = server.send(request("GET", path).header("host", "10.0.0.7:8080")).await;
            assert_eq!(reply.status, 200, "{path}");
        }
        let response = server.graphql("{server{needsFirstAccount}}", json!({})).await;
        assert_eq!(response, json!({ "data": { "server": { "needsFirstAccount": true } } }));
    }
}

#[tokio::test]
async fn accepts_the_public_url_behind_a_proxy() {
    let server = server(Some("https://chat.example"), &[]).await;
    let by_proxy = query(REGISTER).header("host", "chat.example");
    let foreign = by_proxy.clone().header("origin", "http://chat.example");
    assert_eq!(server.send(foreign).await.status, 403);
    let reply = server.send(by_proxy.header("origin", "https://chat.example")).await;
    assert!(reply.json()["data"]["register"]["account"]["id"].is_string(), "{}", reply.text());
    // The loopback address is not a public origin, even with the right port.
    let local = query(VIEWER).header("origin", &server.url(""));
    assert_eq!(server.send(local).await.status, 403);
}
