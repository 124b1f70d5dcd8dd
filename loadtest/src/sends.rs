//! `loadtest sends`: durable messages per second that N senders get acknowledged in one workspace.
//!
//! A closed loop: each sender sends its next message after the acknowledgement of the last. Messages that are refused
//! temporarily or queued are retried with the same id and count once; in a fleet, a sender fails over to the next
//! server. Only messages within the measurement window count.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use testbed::id::mint_in;
use testbed::socket::Socket;
use tokio::task::JoinSet;

use crate::delivery_log::parse_number;
use crate::histogram::{Latencies, per_second};
use crate::http::Http;
use crate::pace;
use crate::process;
use crate::setup::{self, Setup};
use crate::{Failure, Report, Result};

/// Attempts per message.
const ATTEMPT_LIMIT: usize = 100;
/// The message waits for the database.
const QUEUED: &str = "QUEUED";
/// The connection broke.
const CONNECTION_LOST: &str = "CONNECTION_LOST";
const DOCUMENT: &str = "mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { message { id seq } } }";

/// Options of `sends`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    setup: setup::Options,
    /// Number of senders; 1, 32 and 256 are compared.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=4096))]
    concurrency: u16,
    /// Duration of the measurement in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
    /// Duration of the warm-up in seconds.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=600))]
    warm_up: u16,
    /// Transport of the mutations.
    #[arg(long, value_enum, default_value = "http")]
    transport: Transport,
    /// Characters per message.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=16000))]
    characters: u16,
}

/// Transport of a mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Transport {
    /// POST on a persistent connection.
    Http,
    /// Operation on a WebSocket.
    Ws,
}

/// A connection that sends messages, one at a time.
pub struct Sender {
    connection: Connection,
    /// Index of the server in the fleet.
    nth: usize,
    setup: Arc<Setup>,
    token: String,
}

enum Connection {
    Http(Http),
    Ws(Box<Socket>),
}

/// The result of one message.
pub struct Sent {
    /// Its `seq`.
    pub seq: u64,
    /// Codes of refused attempts.
    pub refusals: Vec<String>,
}

impl Sender {
    /// Connects the nth sender.
    ///
    /// # Errors
    /// The server refuses the connection.
    pub async fn open(setup: &Arc<Setup>, nth: usize, transport: Transport) -> Result<Self> {
        let token = setup.token(nth).to_owned();
        let connection = match transport {
            Transport::Http => Connection::Http(Http::open(setup.target(nth)).await?),
            Transport::Ws => Connection::Ws(Box::new(setup.target(nth).socket(nth, &token).await?)),
        };
        let setup = Arc::clone(setup);
        Ok(Self { connection, nth, setup, token })
    }

    /// Sends a message until it is acknowledged. The text must not need JSON escaping.
    ///
    /// # Errors
    /// The server rejects it permanently, or the connection breaks.
    pub async fn send(&mut self, text: &str) -> Result<Sent> {
        let Setup { workspace, channel, .. } = &*self.setup;
        let id = mint_in(workspace, "msg_");
        let payload = format!(
            r#"{{"query":"{DOCUMENT}","variables":{{"input":{{"id":"{id}","channelId":"{channel}","text":"{text}"}}}}}}"#
        );
        let mut refusals = Vec::new();
        for _ in 0..ATTEMPT_LIMIT {
            let answer = match self.exchange(&payload).await {
                Err(_) if self.setup.targets.len() > 1 => Err(self.fail_over().await),
                answer => answer?,
            };
            match answer {
                Ok(seq) => return Ok(Sent { seq, refusals }),
                Err(code) if matches!(code.as_str(), "UNAVAILABLE" | "RATE_LIMITED" | QUEUED | CONNECTION_LOST) => {
                    refusals.push(code);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(code) => return Err(Failure::new(format!("a message was rejected: {code}"))),
            }
        }
        Err(Failure::new(format!("a message was refused {ATTEMPT_LIMIT} times: {refusals:?}")))
    }

    /// Connects to the next server of the fleet, if available.
    async fn fail_over(&mut self) -> String {
        self.nth += 1;
        if let Ok(http) = Http::open(self.setup.target(self.nth)).await {
            self.connection = Connection::Http(http);
        }
        CONNECTION_LOST.to_owned()
    }

    /// Makes one attempt. Returns the `seq`, or the code or text of the refusal.
    async fn exchange(&mut self, payload: &str) -> Result<std::result::Result<u64, String>> {
        match &mut self.connection {
            Connection::Http(http) => Ok(parse_response(&http.graphql(Some(&self.token), payload).await?.1)),
            Connection::Ws(socket) => {
                socket.send_text(format!(r#"{{"id":"1","type":"subscribe","payload":{payload}}}"#)).await?;
                let mut outcome = Err("no response".to_owned());
                // `next` and `complete`, or `error` alone.
                for _ in 0..2 {
                    let frame = socket.receive().await?;
                    if frame.contains(r#""type":"complete""#) {
                        break;
                    }
                    outcome = parse_response(frame.as_bytes());
                    if frame.contains(r#""type":"error""#) {
                        break;
                    }
                }
                Ok(outcome)
            }
        }
    }
}

/// Sends one message, so that every subscriber receives an event.
///
/// # Errors
/// The server rejects it.
pub async fn send_one(setup: &Arc<Setup>) -> Result<u64> {
    let mut sender = Sender::open(setup, 0, Transport::Http).await?;
    Ok(sender.send("Hello").await?.seq)
}

/// Parses a response without parsing JSON.
fn parse_response(answer: &[u8]) -> std::result::Result<u64, String> {
    if let Some(seq) = parse_number(answer, br#""seq":"#) {
        return Ok(seq);
    }
    if memchr::memmem::find(answer, br#""message":null"#).is_some() {
        return Err(QUEUED.to_owned());
    }
    let code = memchr::memmem::find(answer, br#""code":""#).map(|at| &answer[at + 8..]);
    let code = code.and_then(|rest| rest.split(|byte| *byte == b'"').next());
    let shown = code.unwrap_or(&answer[..answer.len().min(300)]);
    Err(String::from_utf8_lossy(shown).into_owned())
}

/// The results of one sender.
struct SenderResult {
    latencies: Latencies,
    refusals: BTreeMap<String, u64>,
}

/// Measures.
///
/// # Errors
/// The setup failed, or a message was rejected permanently.
pub async fn run(options: Options) -> Result<Report> {
    let setup = Arc::new(Setup::prepare(&options.setup, options.concurrency.into()).await?);
    let mut senders = Vec::new();
    for nth in 0..options.concurrency.into() {
        senders.push(Sender::open(&setup, nth, options.transport).await?);
    }
    let from = Instant::now() + Duration::from_secs(options.warm_up.into());
    let until = from + Duration::from_secs(options.seconds.into());
    let text: Arc<str> = "x".repeat(options.characters.into()).into();
    let mut tasks = JoinSet::new();
    for sender in senders {
        tasks.spawn(run_sender(sender, Arc::clone(&text), from, until));
    }
    tokio::time::sleep_until(from.into()).await;
    let used_before = process::cpu_seconds(&setup.pids)?;
    tokio::time::sleep_until(until.into()).await;
    let used = process::cpu_seconds(&setup.pids)? - used_before;

    let mut all = Latencies::new()?;
    let mut refusals: BTreeMap<String, u64> = BTreeMap::new();
    for share in pace::join_all(tasks).await? {
        all.add(&share.latencies);
        for (code, count) in share.refusals {
            *refusals.entry(code).or_default() += count;
        }
    }
    let rate = per_second(all.count(), until - from);
    let transport = if options.transport == Transport::Http { "http" } else { "ws" };
    let text = format!(
        "sends: {rate} per second by {} senders over {transport}; {}; retried {refusals:?}",
        options.concurrency,
        all.text()
    );
    let json = json!({
        "what": "sends", "concurrency": options.concurrency, "transport": transport, "seconds": options.seconds,
        "characters": options.characters, "sends": all.count(), "perSecond": rate, "milliseconds": all.json(),
        "refusals": refusals, "cpu": process::per_cpu_second(all.count(), used),
    });
    Ok(Report { json, text, passed: true })
}

async fn run_sender(mut sender: Sender, text: Arc<str>, from: Instant, until: Instant) -> Result<SenderResult> {
    let mut share = SenderResult { latencies: Latencies::new()?, refusals: BTreeMap::new() };
    loop {
        let begun = Instant::now();
        if begun >= until {
            return Ok(share);
        }
        let sent = sender.send(&text).await?;
        for code in sent.refusals {
            *share.refusals.entry(code).or_default() += 1;
        }
        if begun >= from && Instant::now() < until {
            share.latencies.record(begun.elapsed());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_responses() {
        assert_eq!(parse_response(br#"{"data":{"sendMessage":{"message":{"id":"msg_1","seq":17}}}}"#), Ok(17));
        let refused = br#"{"data":null,"errors":[{"message":"m","extensions":{"code":"UNAVAILABLE"}}]}"#;
        assert_eq!(parse_response(refused), Err("UNAVAILABLE".into()));
        assert_eq!(parse_response(br#"{"data":{"sendMessage":{"message":null}}}"#), Err(QUEUED.into()));
        assert_eq!(parse_response(b"oops"), Err("oops".into()));
    }
}
