//! The cost of connections: opening many of them, and messages without operations.

use std::time::{Duration, Instant};

use api::ground::budget::{Kind, Payer};
use api::ground::config::{Config, RateSettings};
use api::wire::http::{Settings, Timing};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::{Server, Socket, Store, Workspace, account_id, exhaust, sqlite};

sqlite! {
    reconnect_loops_do_not_block_others
    charges_a_connection_when_it_opens
    charges_idle_messages_beyond_an_allowance
}

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");
const ADDRESS: &str = "203.0.113.7";
const OTHER_ADDRESS: &str = "203.0.113.8";

/// A server with default budgets that neither delays refusals nor times out connections without `connection_init`.
async fn start_limited_server(store: &Store, admission_rate: u32) -> Server {
    let config = Config { rates: RateSettings::default(), sign_in_rate: 1_000_000, ..store.config() };
    let timing =
        Timing { max_refusal_delay: Duration::ZERO, init_timeout: Duration::from_secs(86_400), ..Timing::default() };
    Server::start_with_config(None, Settings { timing, admission_rate, ..Settings::default() }, config).await
}

async fn open_socket(server: &Server, address: &str) -> Result<Socket, Error> {
    Socket::open_with(server, &[PROTOCOL, ("x-forwarded-for", address)]).await
}

/// Opens and initializes a socket from an IP address. Returns whether it was admitted.
async fn is_admitted(server: &Server, address: &str) -> bool {
    let mut socket = open_socket(server, address).await.unwrap();
    socket.init(None).await;
    let reply = socket.try_next().await;
    reply.is_some_and(|reply| reply == r#"{"type":"connection_ack"}"#)
}

fn parse_reason(reason: &str) -> Value {
    serde_json::from_str(reason).unwrap_or_else(|_| panic!("{reason}"))
}

async fn reconnect_loops_do_not_block_others(store: &Store) {
    let server = start_limited_server(store, 8).await;
    // A burst of 64 in total, 16 per IP address, plus 2 per second.
    let started = Instant::now();
    let mut admitted = 0;
    for _ in 0..64 {
        admitted += u64::from(is_admitted(&server, ADDRESS).await);
    }
    let most = 16 + 2 * (started.elapsed().as_secs() + 1);
    assert!((16..=most).contains(&admitted), "{admitted} of at most {most}");
    for _ in 0..16 {
        assert!(is_admitted(&server, OTHER_ADDRESS).await);
    }
    server.stop().await;
}

async fn charges_a_connection_when_it_opens(store: &Store) {
    let server = start_limited_server(store, 250).await;
    let workspace = Workspace::create(&server).await;
    exhaust(&server, &Payer::for_address(ADDRESS.parse().unwrap()), Kind::Read);
    match open_socket(&server, ADDRESS).await.err() {
        Some(Error::Http(response)) => {
            assert_eq!(response.status(), 429);
            assert!(response.headers().contains_key("retry-after"));
        }
        other => panic!("{other:?}"),
    }
    assert!(is_admitted(&server, OTHER_ADDRESS).await);
    exhaust(&server, &Payer::for_account(account_id(workspace.owner()).await), Kind::Read);
    let mut socket = open_socket(&server, OTHER_ADDRESS).await.unwrap();
    socket.init(Some(workspace.owner().token())).await;
    let (code, why) = socket.wait_for_close().await;
    assert_eq!((code, &parse_reason(&why)["code"]), (1013, &json!("RATE_LIMITED")));
    assert!(parse_reason(&why)["retryAfter"].as_f64().unwrap() > 0.0, "{why}");
    server.stop().await;
}

async fn charges_idle_messages_beyond_an_allowance(store: &Store) {
    let server = start_limited_server(store, 250).await;
    let messages = [
        json!({ "type": "ping", "payload": { "a": 1 } }),
        json!({ "type": "pong" }),
        json!({ "type": "complete", "id": "nobody" }),
    ];
    for (number, message) in messages.iter().enumerate() {
        for is_greeted in [true, false] {
            let address = format!("203.0.113.{}", 2 * number + usize::from(is_greeted));
            let mut socket = open_socket(&server, &address).await.unwrap();
            if is_greeted {
                socket.init(None).await;
                assert_eq!(socket.next().await["type"], "connection_ack");
            }
            exhaust(&server, &Payer::for_address(address.parse().unwrap()), Kind::Read);
            for _ in 0..19 {
                socket.send(message.clone()).await;
            }
            socket.round_trip().await;
            // The server closes the connection within these messages; otherwise the last operation would be answered.
            for _ in 0..100 {
                let _ = socket.0.send(Message::text(message.to_string())).await;
            }
            let _ = socket.try_subscribe("end", "{ __typename }", Value::Null).await;
            let (code, why) = loop {
                match socket.0.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => break (u16::from(frame.code), frame.reason.to_string()),
                    Some(Ok(reply)) => assert!(!reply.to_string().contains("end"), "{message}: {reply}"),
                    other => panic!("{message}: {other:?}"),
                }
            };
            assert_eq!((code, &parse_reason(&why)["code"]), (1013, &json!("RATE_LIMITED")), "{message}");
            assert!(parse_reason(&why)["retryAfter"].is_f64(), "{why}");
        }
    }
    server.stop().await;
}
