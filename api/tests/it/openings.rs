//! Live connections that are opened without end, and what is said on them without asking for anything.

use std::time::{Duration, Instant};

use api::budget::{Kind, Payer};
use api::config::{Config, RateSettings};
use api::http::{Settings, Timing};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::budgets::{account, exhaust};
use crate::people::Company;
use crate::server::Server;
use crate::socket::Socket;
use crate::store::Store;

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");
const STRANGER: &str = "203.0.113.7";
const VISITOR: &str = "203.0.113.8";

/// A server with the budgets that it has by default, which holds no refusal and waits for greetings.
async fn limited(store: &Store, admission_rate: u32) -> Server {
    let config = Config { rates: RateSettings::default(), sign_in_rate: 1_000_000, ..store.config() };
    let timing = Timing { hold: Duration::ZERO, init: Duration::from_secs(86_400), ..Timing::default() };
    Server::start_on(None, Settings { timing, admission_rate, ..Settings::default() }, config).await
}

async fn opens(server: &Server, address: &str) -> Result<Socket, Error> {
    Socket::open_with(server, &[PROTOCOL, ("x-forwarded-for", address)]).await
}

/// Opens a socket from an address and greets; whether it was admitted.
async fn is_admitted(server: &Server, address: &str) -> bool {
    let mut socket = opens(server, address).await.unwrap();
    socket.init(None).await;
    let said = socket.try_next().await;
    said.is_some_and(|said| said == r#"{"type":"connection_ack"}"#)
}

fn reason(reason: &str) -> Value {
    serde_json::from_str(reason).unwrap_or_else(|_| panic!("{reason}"))
}

#[tokio::test]
async fn one_who_opens_and_closes_without_end_keeps_nobody_out() {
    let store = Store::sqlite();
    let server = limited(&store, 8).await;
    // 64 at once in all, of which one address has 16, and 2 more each second.
    let begun = Instant::now();
    let mut admitted = 0;
    for _ in 0..64 {
        admitted += u64::from(is_admitted(&server, STRANGER).await);
    }
    let most = 16 + 2 * (begun.elapsed().as_secs() + 1);
    assert!((16..=most).contains(&admitted), "{admitted} of at most {most}");
    for _ in 0..16 {
        assert!(is_admitted(&server, VISITOR).await);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_connection_is_paid_for_when_it_opens() {
    let store = Store::sqlite();
    let server = limited(&store, 250).await;
    let company = Company::first(&server).await;
    exhaust(&server, &Payer::of_address(STRANGER.parse().unwrap()), Kind::Read);
    match opens(&server, STRANGER).await.err() {
        Some(Error::Http(response)) => {
            assert_eq!(response.status(), 429);
            assert!(response.headers().contains_key("retry-after"));
        }
        other => panic!("{other:?}"),
    }
    assert!(is_admitted(&server, VISITOR).await);
    exhaust(&server, &Payer::of_account(account(&server, &company.owner).await), Kind::Read);
    let mut socket = opens(&server, VISITOR).await.unwrap();
    socket.init(Some(&company.owner.token)).await;
    let (code, why) = socket.closed().await;
    assert_eq!((code, &reason(&why)["code"]), (1013, &json!("RATE_LIMITED")));
    assert!(reason(&why)["retryAfter"].as_f64().unwrap() > 0.0, "{why}");
    server.stop().await;
}

#[tokio::test]
async fn what_asks_for_nothing_is_paid_for_beyond_a_few() {
    let store = Store::sqlite();
    let server = limited(&store, 250).await;
    let messages = [
        json!({ "type": "ping", "payload": { "a": 1 } }),
        json!({ "type": "pong" }),
        json!({ "type": "complete", "id": "nobody" }),
    ];
    for (number, message) in messages.iter().enumerate() {
        for is_greeted in [true, false] {
            let address = format!("203.0.113.{}", 2 * number + usize::from(is_greeted));
            let mut socket = opens(&server, &address).await.unwrap();
            if is_greeted {
                socket.init(None).await;
                assert_eq!(socket.next().await["type"], "connection_ack");
            }
            exhaust(&server, &Payer::of_address(address.parse().unwrap()), Kind::Read);
            for _ in 0..19 {
                socket.send(message.clone()).await;
            }
            socket.taken().await;
            // Somewhere among these it is closed; else the last of them would be answered.
            for _ in 0..100 {
                let _ = socket.0.send(Message::text(message.to_string())).await;
            }
            let _ = socket.try_subscribe("end", "{ __typename }", Value::Null).await;
            let (code, why) = loop {
                match socket.0.next().await {
                    Some(Ok(Message::Close(Some(frame)))) => break (u16::from(frame.code), frame.reason.to_string()),
                    Some(Ok(said)) => assert!(!said.to_string().contains("end"), "{message}: {said}"),
                    other => panic!("{message}: {other:?}"),
                }
            };
            assert_eq!((code, &reason(&why)["code"]), (1013, &json!("RATE_LIMITED")), "{message}");
            assert!(reason(&why)["retryAfter"].is_f64(), "{why}");
        }
    }
    server.stop().await;
}
