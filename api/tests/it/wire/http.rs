//! GraphQL over HTTP, and all other HTTP endpoints.

use std::time::Duration;

use api::wire::http::{Settings, Timing};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Request, Server, Setup, post, request, sqlite};

sqlite! { records_the_user_agent }

const JSON: &str = "application/json";
const RESPONSE: &str = "application/graphql-response+json";

fn query(text: &str) -> Request {
    post(&json!({ "query": text }))
}

#[tokio::test]
async fn negotiates_the_response_media_type() {
    let server = Server::start().await;
    for (accept, kind) in [(RESPONSE, RESPONSE), (JSON, JSON), ("*/*", JSON), ("", JSON)] {
        let reply = server.send(query("{__typename}").header("accept", accept)).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), Some(&*format!("{kind}; charset=utf-8")));
        assert_eq!(reply.json(), json!({ "data": { "__typename": "Query" } }));
    }
    let reply = server.send(query("{__typename}").header("accept", "text/plain")).await;
    assert_eq!((reply.status, &*reply.code()), (406, "NOT_ACCEPTABLE"));
}

#[tokio::test]
async fn rejects_malformed_requests_with_a_code() {
    let server = Server::start().await;
    let raw = |body: &str| query("").body(body);
    let cases = vec![
        (raw("{"), 400, 400, "BAD_REQUEST"),
        (raw(""), 400, 400, "BAD_REQUEST"),
        (raw("[]"), 400, 400, "BAD_REQUEST"),
        (raw(r#"[{"query":"{__typename}"}]"#), 400, 400, "BAD_REQUEST"),
        (raw("{}"), 400, 400, "BAD_REQUEST"),
        (raw(r#"{"query":1}"#), 400, 400, "BAD_REQUEST"),
        (raw(r#"{"query":"{__typename}","variables":[]}"#), 400, 400, "BAD_REQUEST"),
        (raw(r#"{"query":"{__typename}","operationName":{}}"#), 400, 400, "BAD_REQUEST"),
        (raw(r#"{"query":"{__typename}","extensions":"x"}"#), 400, 400, "BAD_REQUEST"),
        (raw("{\"query\":\"{__typename}\",\"variables\":{\"a\":\"\\ud800\"}}"), 400, 400, "BAD_REQUEST"),
        (query("").body(b"{\"query\":\"{__typename}\xff\"}".to_vec()), 400, 400, "BAD_REQUEST"),
    ];
    all_refused(&server, cases).await;
}

#[tokio::test]
async fn rejects_unexecutable_requests_with_code_and_status() {
    let server = Server::start().await;
    let raw = |body: &str| query("").body(body);
    let cases = vec![
        (query("{"), 400, 200, "GRAPHQL_PARSE_FAILED"),
        (query("{nosuch}"), 400, 200, "GRAPHQL_VALIDATION_FAILED"),
        (query("query A{__typename} query B{__typename}"), 400, 200, "OPERATION_RESOLUTION_FAILURE"),
        (raw(r#"{"query":"query A{__typename}","operationName":"B"}"#), 400, 200, "OPERATION_RESOLUTION_FAILURE"),
        (raw(r#"{"query":"{__typename}","variables":{"a":"\u0000"}}"#), 400, 200, "BAD_USER_INPUT"),
        (query(&format!("{{__typename}}{}", " ".repeat(33_000))), 413, 413, "PAYLOAD_TOO_LARGE"),
        (raw(&" ".repeat(300_000)), 413, 413, "PAYLOAD_TOO_LARGE"),
        (raw(&" ".repeat(300_000)).header("transfer-encoding", "chunked"), 413, 413, "PAYLOAD_TOO_LARGE"),
        (query("subscription{events(workspaceId:\"a\"){__typename}}"), 406, 406, "NOT_ACCEPTABLE"),
        (query("{__typename}").header("authorization", "Bearer nobody"), 401, 401, "UNAUTHENTICATED"),
    ];
    all_refused(&server, cases).await;
}

/// Each request with its status for either media type, and its code.
async fn all_refused(server: &Server, cases: Vec<(Request, u16, u16, &str)>) {
    for (request, strict, lenient, code) in cases {
        for (accept, status) in [(RESPONSE, strict), (JSON, lenient)] {
            let reply = server.send(request.clone().header("accept", accept)).await;
            let json = reply.json();
            assert_eq!((reply.status, &*reply.code()), (status, code), "{json}");
            assert!(json.get("data").is_none(), "{json}");
        }
    }
}

/// GraphiQL, code generators and other tools send it first.
#[tokio::test]
async fn answers_the_standard_introspection_query() {
    let server = Server::start().await;
    let query = include_str!("../../../src/wire/http/guard/introspection.graphql");
    let response = server.graphql(query, json!({})).await;
    let types = response["data"]["__schema"]["types"].as_array().unwrap_or_else(|| panic!("{response}"));
    assert!(types.iter().any(|one| one["name"] == "Message"));
}

#[tokio::test]
async fn returns_field_errors_with_data() {
    let server = Server::start().await;
    let text = "mutation{createWorkspace(input:{name:\"a\"}){workspace{id}}}";
    let reply = server.send(query(text)).await;
    assert_eq!((reply.status, &*reply.code()), (200, "UNAUTHENTICATED"));
    assert!(reply.json()["data"].is_null() && reply.json().get("data").is_some());
}

#[tokio::test]
async fn get_accepts_queries_only() {
    let server = Server::start().await;
    let get = |path: &str| request("GET", path).header("accept", RESPONSE);
    let reply = server.send(get("/graphql?query=query%20A(%24a%3ABoolean!)%7B__typename%20server%20%40include(if%3A%24a)%7Bversion%7D%7D&operationName=A&variables=%7B%22a%22%3Atrue%7D")).await;
    assert_eq!(reply.json()["data"]["__typename"], "Query", "{}", reply.text());
    for (path, status, code) in [
        ("/graphql?query=mutation%7BsignOut(input%3A%7B%7D)%7BsessionId%7D%7D", 405, "METHOD_NOT_ALLOWED"),
        ("/graphql?query=%7B__typename%7D&variables=%7B", 400, "BAD_REQUEST"),
        ("/graphql?query=%7B__typename%7D&variables=1", 400, "BAD_REQUEST"),
        ("/graphql", 400, "BAD_REQUEST"),
        ("/graphql?query=%7B", 400, "GRAPHQL_PARSE_FAILED"),
    ] {
        let reply = server.send(get(path)).await;
        assert_eq!((reply.status, &*reply.code()), (status, code), "{path}");
        assert_eq!(reply.header("allow"), (status == 405).then_some("POST"));
    }
    let reply = server.send(request("GET", "/graphql").header("accept", "text/html,*/*;q=0.8")).await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/playground")));
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        let reply = server.send(request(method, "/graphql")).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, POST")));
    }
}

#[tokio::test]
async fn foreign_origins_cannot_mutate() {
    let server = Server::start().await;
    let text = "mutation{signOut(input:{everywhere:true}){sessionId}}";
    let body = json!({ "query": text }).to_string();
    // What a page may send to another origin without a preflight.
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=a",
        "text/plain; application/json",
        "",
    ] {
        let reply = server.send(query("").header("content-type", kind).body(body.clone())).await;
        assert_eq!((reply.status, &*reply.code()), (415, "UNSUPPORTED_MEDIA_TYPE"), "{kind}");
    }
    // A preflight is never allowed.
    let preflight = request("OPTIONS", "/graphql").header("origin", "https://evil.example");
    let reply = server.send(preflight.header("access-control-request-method", "POST")).await;
    assert!(reply.header_names().all(|name| !name.starts_with("access-control")));

    let cookie = cookie(&server).await;
    let viewer = query("{viewer{account{id}}}").header("cookie", &cookie);
    let ours = server.url("");
    for (origin, status) in [("", 200), (&*ours, 200), ("https://evil.example", 403), ("null", 403)] {
        let reply = server.send(viewer.clone().header("origin", origin)).await;
        assert_eq!(reply.status, status, "{origin}");
        match status {
            200 => assert!(reply.json()["data"]["viewer"]["account"]["id"].is_string()),
            _ => assert_eq!(reply.code(), "FORBIDDEN"),
        }
    }
}

/// Registers an account. Returns the cookie as a browser sends it back.
async fn cookie(server: &Server) -> String {
    let text = "mutation{register(input:{email:\"ada@example.com\",password:\"correct horse\",name:\"Ada\",transport:COOKIE}){account{id}}}";
    let reply = server.send(query(text)).await;
    let set = reply.header("set-cookie").expect("a cookie");
    set.split(';').next().unwrap().to_owned()
}

#[tokio::test]
async fn ignores_expired_cookies() {
    let server = Server::start().await;
    let reply = server.send(query("{viewer{account{id}}}").header("cookie", "confab=gone")).await;
    assert_eq!(reply.json(), json!({ "data": { "viewer": null } }));
}

#[tokio::test]
async fn accepts_the_public_url_as_origin() {
    let server = Server::start_with_settings(Settings::default(), Some("http://chat.example/")).await;
    let cookie = cookie(&server).await;
    let viewer = query("{viewer{account{id}}}").header("cookie", &cookie);
    for (origin, status) in [("http://chat.example", 200), ("https://chat.example", 403)] {
        let reply = server.send(viewer.clone().header("origin", origin)).await;
        assert_eq!(reply.status, status, "{origin}");
    }
}

async fn records_the_user_agent(Setup { server, workspace, .. }: &Setup) {
    let viewer_query = query("{viewer{session{userAgent}}}").header("user-agent", &"x".repeat(300));
    let reply =
        server.send(viewer_query.header("authorization", &format!("bearer {}", workspace.owner().token()))).await;
    assert!(reply.json()["data"]["viewer"]["session"]["userAgent"].is_string(), "{}", reply.text());
}

#[tokio::test]
async fn reports_timeouts_as_unavailable() {
    let timing = Timing { request_timeout: Duration::from_nanos(1), ..Timing::default() };
    let server = Server::start_with_settings(Settings { timing, ..Settings::default() }, None).await;
    let text = "mutation{register(input:{email:\"ada@example.com\",password:\"correct horse\",name:\"Ada\"}){token}}";
    let reply = server.send(query(text)).await;
    assert_eq!((reply.status, &*reply.code()), (503, "UNAVAILABLE"));
    let wait = reply.json()["errors"][0]["extensions"]["retryAfter"].as_u64().unwrap();
    assert!((1..=3).contains(&wait) && reply.header("retry-after") == Some(&*wait.to_string()), "{wait}");
}

#[tokio::test]
async fn sends_security_headers_with_every_response() {
    let server = Server::start().await;
    for path in [
        "/graphql",
        "/graphql?query=%7B__typename%7D",
        "/livez",
        "/readyz",
        "/version",
        "/metrics",
        "/",
        "/playground",
        "/assets/none.js",
        "/sign-in",
        "/some/where",
    ] {
        let reply = server.send(request("GET", path)).await;
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(reply.header("referrer-policy"), Some("no-referrer"), "{path}");
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("default-src"), "{path}");
        assert!(!policy.contains("script-src") && !policy.contains("unsafe-eval"), "{path}");
        let lifetime = reply.header("cache-control").unwrap();
        let page = path == "/" || path == "/playground" || path == "/sign-in";
        assert_eq!(lifetime, if page { "no-cache" } else { "no-store" }, "{path}");
        assert!(reply.header_names().all(|name| !name.starts_with("access-control")));
    }
}

#[tokio::test]
async fn serves_health_metrics_and_version() {
    let server = Server::start().await;
    for (path, status) in [("/livez", 200), ("/readyz", 200), ("/metrics", 200)] {
        assert_eq!(server.send(request("GET", path)).await.status, status, "{path}");
    }
    let forwarded = request("GET", "/metrics").header("x-forwarded-for", "203.0.113.7");
    assert_eq!(server.send(forwarded).await.status, 404);
    let version = server.send(request("GET", "/version")).await.json();
    assert_eq!(version["version"], env!("CARGO_PKG_VERSION"));
}

#[tokio::test]
async fn serves_the_client_for_its_routes_with_etags() {
    let server = Server::start().await;
    for path in ["/", "/w/acme/c/general", "/playground", "/playground/"] {
        let reply = server.send(request("GET", path)).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
        assert!(reply.text().to_lowercase().contains("<!doctype html>"));
        // The placeholder for a client that was not built has no ETag.
        let Some(tag) = reply.header("etag") else {
            continue;
        };
        let again = server.send(request("GET", path).header("if-none-match", tag)).await;
        assert_eq!((again.status, again.body.len()), (304, 0));
        let policy = "content-security-policy";
        assert_eq!(again.header(policy), reply.header(policy), "{path}");
        let compressed = server.send(request("GET", path).header("accept-encoding", "br, gzip")).await;
        assert_eq!(compressed.header("content-encoding"), Some("gzip"));
        assert_ne!(compressed.header("etag"), Some(tag));
    }
    assert_eq!(server.send(request("POST", "/")).await.status, 405);
    assert_eq!(server.send(request("HEAD", "/")).await.status, 200);
}

#[tokio::test]
async fn unknown_paths_return_404() {
    let server = Server::start().await;
    let browser = "text/html,application/xhtml+xml,*/*;q=0.8";
    for path in [
        "/healthz",
        "/health",
        "/favicon.ico",
        "/.well-known/security.txt",
        "/.well-known/openid-configuration",
        "/.git/config",
        "/wp-login.php",
        "/w/acme/nonsense",
        "/graphql/x",
        "/media",
        "/playground/x",
        "/api/v1/users",
    ] {
        for accept in ["*/*", "application/json", ""] {
            let reply = server.send(request("GET", path).header("accept", accept)).await;
            assert_eq!((reply.status, &*reply.text()), (404, "Not found\n"), "{path}");
            assert_eq!(reply.header("content-type"), Some("text/plain; charset=utf-8"));
            for name in ["content-security-policy", "x-content-type-options", "x-frame-options", "cache-control"] {
                assert!(reply.header(name).is_some(), "{path} {name}");
            }
        }
        // Browsers receive an error page, which caches do not store.
        let reply = server.send(request("GET", path).header("accept", browser).header("if-none-match", "*")).await;
        assert_eq!((reply.status, reply.header("content-type")), (404, Some("text/html; charset=utf-8")), "{path}");
        assert_eq!((reply.header("etag"), reply.header("cache-control").is_some()), (None, true));
        assert!(reply.header("content-security-policy").is_some_and(|policy| policy.contains("default-src")));
    }
    // A page of an older version requests a deleted asset, which must not be answered with a page.
    let response = server.send(request("GET", "/assets/gone-1234.js").header("accept", browser)).await;
    assert_eq!((response.status, &*response.text()), (404, "Not found\n"));
    let robots = server.send(request("GET", "/robots.txt")).await;
    assert_eq!((robots.status, &*robots.text()), (200, "User-agent: *\nDisallow: /\n"));
    assert_eq!(robots.header("content-type"), Some("text/plain; charset=utf-8"));
}

#[tokio::test]
async fn disconnects_slow_request_heads() {
    let timing = Timing { head_timeout: Duration::from_millis(50), ..Timing::default() };
    let server = Server::start_with_settings(Settings { timing, ..Settings::default() }, None).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"POST /graphql HTTP/1.1\r\nhost: localhost\r\nx-slow: ").await.unwrap();
    // Returns when the server has closed the connection.
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    assert!(!bytes.starts_with(b"HTTP/1.1 200"));
}

#[tokio::test]
async fn readiness_fails_before_shutdown() {
    let timing = Timing { shutdown_notice: Duration::from_secs(600), ..Timing::default() };
    let server = Server::start_with_settings(Settings { timing, ..Settings::default() }, None).await;
    assert_eq!(server.send(request("GET", "/readyz")).await.status, 200);
    server.shut_down();
    assert_eq!(server.send(request("GET", "/readyz")).await.status, 503);
    // Load balancers that have not noticed yet are still served.
    assert_eq!(server.send(query("{__typename}")).await.status, 200);
}

#[tokio::test]
async fn shutdown_finishes_running_requests() {
    let server = Server::start().await;
    let mut idle = TcpStream::connect(server.address).await.unwrap();
    let request = query("{__typename}").bytes(server.address);
    idle.write_all(&request).await.unwrap();
    let mut bytes = Vec::new();
    idle.read_to_end(&mut bytes).await.unwrap();
    assert!(bytes.starts_with(b"HTTP/1.1 200"));
    let _waiting = TcpStream::connect(server.address).await.unwrap();
    server.stop().await;
}
