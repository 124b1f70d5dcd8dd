//! `loadtest sends`: how many durable messages per second N senders get acknowledged in one workspace.
//!
//! A closed loop: each sender sends its next message when the last one was acknowledged. What the
//! server could not do now, or queued, is sent again with the same id and counts once; of a fleet the next
//! server is asked when one is lost. Only what begins after the warm-up and ends within the time is counted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::task::JoinSet;

use crate::figures::{Latencies, per_second};
use crate::ground::{self, Ground, mint};
use crate::http::Http;
use crate::ledger::number;
use crate::process;
use crate::socket::Socket;
use crate::{Failure, Report, Result};

/// One message is tried so often, and then the sender gives up.
const ATTEMPTS: usize = 100;
/// It waits for the database.
const QUEUED: &str = "QUEUED";
/// The connection broke.
const LOST: &str = "LOST";
const DOCUMENT: &str = "mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { message { id seq } } }";

/// Options of `sends`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    #[command(flatten)]
    ground: ground::Options,
    /// How many senders: 1, 32 and 256 are compared.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=4096))]
    concurrency: u16,
    /// How long is measured.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
    /// How long is not measured before.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u16).range(0..=600))]
    warm_up: u16,
    /// How the mutation travels.
    #[arg(long, value_enum, default_value = "http")]
    transport: Transport,
    /// Characters of a message.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=16000))]
    characters: u16,
}

/// How a mutation travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Transport {
    /// A POST on a connection that is kept alive.
    Http,
    /// An operation on a WebSocket.
    Ws,
}

/// A connection that sends messages, one at a time.
pub struct Sender {
    link: Link,
    /// Which server of the fleet.
    nth: usize,
    ground: Arc<Ground>,
    token: String,
}

enum Link {
    Http(Http),
    Ws(Socket),
}

/// What became of one message.
pub struct Sent {
    /// Its number in the log.
    pub seq: u64,
    /// The codes of the answers that asked to send it again.
    pub refusals: Vec<String>,
}

impl Sender {
    /// Connects the nth sender.
    ///
    /// # Errors
    /// The server refuses the connection.
    pub async fn open(ground: &Arc<Ground>, nth: usize, transport: Transport) -> Result<Self> {
        let token = ground.token(nth).to_owned();
        let link = match transport {
            Transport::Http => Link::Http(Http::open(ground.target(nth)).await?),
            Transport::Ws => Link::Ws(Socket::open(ground.target(nth), nth, &token).await?),
        };
        let ground = Arc::clone(ground);
        Ok(Self { link, nth, ground, token })
    }

    /// Sends a message until it is acknowledged. The text needs no escaping in JSON.
    ///
    /// # Errors
    /// The server refuses it for good, or the connection breaks.
    pub async fn send(&mut self, text: &str) -> Result<Sent> {
        let id = mint("msg_");
        let Ground { workspace, channel, .. } = &*self.ground;
        let payload = format!(
            r#"{{"query":"{DOCUMENT}","variables":{{"input":{{"workspaceId":"{workspace}","id":"{id}","channelId":"{channel}","text":"{text}"}}}}}}"#
        );
        let mut refusals = Vec::new();
        for _ in 0..ATTEMPTS {
            let answer = match self.exchange(&payload).await {
                Err(_) if self.ground.targets.len() > 1 => Err(self.go_elsewhere().await),
                answer => answer?,
            };
            match answer {
                Ok(seq) => return Ok(Sent { seq, refusals }),
                Err(code) if matches!(code.as_str(), "UNAVAILABLE" | "RATE_LIMITED" | QUEUED | LOST) => {
                    refusals.push(code);
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(code) => return Err(Failure::new(format!("a message was refused: {code}"))),
            }
        }
        Err(Failure::new(format!("a message was refused {ATTEMPTS} times: {refusals:?}")))
    }

    /// Connects to the next server of the fleet, if it is there.
    async fn go_elsewhere(&mut self) -> String {
        self.nth += 1;
        if let Ok(http) = Http::open(self.ground.target(self.nth)).await {
            self.link = Link::Http(http);
        }
        LOST.to_owned()
    }

    /// One attempt: the number of the message, or the code or text of the refusal.
    async fn exchange(&mut self, payload: &str) -> Result<std::result::Result<u64, String>> {
        match &mut self.link {
            Link::Http(http) => Ok(read(http.graphql(Some(&self.token), payload).await?.1)),
            Link::Ws(socket) => {
                socket.send(&format!(r#"{{"id":"1","type":"subscribe","payload":{payload}}}"#)).await?;
                let mut outcome = Err("no answer".to_owned());
                // `next` and `complete`, or `error` alone.
                for _ in 0..2 {
                    let frame = socket.receive().await?;
                    if memchr::memmem::find(frame, br#""type":"complete""#).is_some() {
                        break;
                    }
                    outcome = read(frame);
                    if memchr::memmem::find(frame, br#""type":"error""#).is_some() {
                        break;
                    }
                }
                Ok(outcome)
            }
        }
    }
}

/// Sends one message, so that everybody who is subscribed has something to receive.
///
/// # Errors
/// The server refuses it.
pub async fn one(ground: &Arc<Ground>) -> Result<u64> {
    let mut sender = Sender::open(ground, 0, Transport::Http).await?;
    Ok(sender.send("Is everybody there?").await?.seq)
}

/// Reads an answer without parsing JSON.
fn read(answer: &[u8]) -> std::result::Result<u64, String> {
    if let Some(seq) = number(answer, br#""seq":"#) {
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

/// What one sender counted.
struct Share {
    latencies: Latencies,
    refusals: BTreeMap<String, u64>,
}

/// Measures.
///
/// # Errors
/// The ground could not be prepared, or a sender was refused for good.
pub async fn run(options: Options) -> Result<Report> {
    let ground = Arc::new(Ground::prepare(&options.ground, options.concurrency.into()).await?);
    let mut senders = Vec::new();
    for nth in 0..options.concurrency.into() {
        senders.push(Sender::open(&ground, nth, options.transport).await?);
    }
    let from = Instant::now() + Duration::from_secs(options.warm_up.into());
    let until = from + Duration::from_secs(options.seconds.into());
    let text: Arc<str> = "x".repeat(options.characters.into()).into();
    let mut tasks = JoinSet::new();
    for sender in senders {
        tasks.spawn(work(sender, Arc::clone(&text), from, until));
    }
    tokio::time::sleep_until(from.into()).await;
    let used_before = process::processor(&ground.pids)?;
    tokio::time::sleep_until(until.into()).await;
    let used = process::processor(&ground.pids)? - used_before;

    let mut all = Latencies::new()?;
    let mut refusals: BTreeMap<String, u64> = BTreeMap::new();
    while let Some(share) = tasks.join_next().await {
        let share = share.map_err(Failure::new)??;
        all.add(&share.latencies);
        for (code, count) in share.refusals {
            *refusals.entry(code).or_default() += count;
        }
    }
    let rate = per_second(all.count(), until - from);
    let transport = if options.transport == Transport::Http { "http" } else { "ws" };
    let text = format!(
        "sends: {rate} per second by {} senders over {transport}; {}; refused for now {refusals:?}",
        options.concurrency,
        all.text()
    );
    let json = json!({
        "what": "sends", "concurrency": options.concurrency, "transport": transport, "seconds": options.seconds,
        "characters": options.characters, "sends": all.count(), "perSecond": rate, "milliseconds": all.json(),
        "refusals": refusals, "processor": process::per_processor_second(all.count(), used),
    });
    Ok(Report { json, text, kept: true })
}

async fn work(mut sender: Sender, text: Arc<str>, from: Instant, until: Instant) -> Result<Share> {
    let mut share = Share { latencies: Latencies::new()?, refusals: BTreeMap::new() };
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
    fn answers_are_read() {
        assert_eq!(read(br#"{"data":{"sendMessage":{"message":{"id":"msg_1","seq":17}}}}"#), Ok(17));
        let refused = br#"{"data":null,"errors":[{"message":"m","extensions":{"code":"UNAVAILABLE"}}]}"#;
        assert_eq!(read(refused), Err("UNAVAILABLE".into()));
        assert_eq!(read(br#"{"data":{"sendMessage":{"message":null}}}"#), Err(QUEUED.into()));
        assert_eq!(read(b"oops"), Err("oops".into()));
    }
}
