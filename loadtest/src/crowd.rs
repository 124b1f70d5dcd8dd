//! Many subscribers, each on a socket of its own, and what each of them saw.
//!
//! A subscriber costs one task and a small buffer; a frame costs a search for a few markers. It knows
//! nothing of who sends.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::task::JoinSet;

use crate::figures::Latencies;
use crate::ground::Ground;
use crate::ledger::{Item, Ledger, item, number};
use crate::socket::Socket;
use crate::{Failure, Result};

/// Sockets that are opened at the same time.
const AT_ONCE: usize = 32;
/// So often a subscriber comes back when the server asks for it.
const COMEBACKS: u64 = 20;
/// How often the crowd is asked whether it has everything.
const LOOK: Duration = Duration::from_millis(5);
/// What stands in a text before the moment at which it was due, in nanoseconds since a base.
pub const STAMP: &str = "planned=";

const DOCUMENT: &str = "subscription Events($w: ID!, $after: Seq) { events(workspaceId: $w, after: $after) { \
    __typename ... on MessageSent { seq message { id text } } ... on Head { seq } ... on Resync { after takeBoot } } }";

/// One subscriber, as its task and the one who asks see it.
struct Subscriber {
    seen: Mutex<Seen>,
    /// Everything up to here has been received, by a message or by the server's word.
    reached: AtomicU64,
    /// When the last message came, in nanoseconds since the crowd gathered.
    at: AtomicU64,
}

struct Seen {
    ledger: Ledger,
    latencies: Option<Latencies>,
    end: Option<String>,
    comebacks: u64,
}

/// All of them.
pub struct Crowd {
    subscribers: Vec<Arc<Subscriber>>,
    tasks: JoinSet<()>,
    begun: Instant,
    /// How long after `begun` all were connected and began to subscribe.
    pub connected: Duration,
}

/// What the crowd saw in the end.
pub struct Verdict {
    /// Messages received by all together.
    pub deliveries: u64,
    /// Subscribers that did not get exactly the expected messages in order.
    pub wrong: usize,
    /// Times that a number was not above the one before.
    pub disorder: u64,
    /// Times that the server told one to go on from its cursor.
    pub resyncs: u64,
    /// Times that the server asked to subscribe again later.
    pub comebacks: u64,
    /// Subscriptions that ended, and the first reason.
    pub ended: usize,
    /// Why the first of them ended.
    pub reason: Option<String>,
}

impl Crowd {
    /// Connects one subscriber for each position after which one is to begin. With a base, receipts of
    /// messages with a stamp are measured against it.
    ///
    /// # Errors
    /// The server refuses a connection.
    pub async fn gather(ground: &Arc<Ground>, after: &[u64], base: Option<Instant>) -> Result<Self> {
        let begun = Instant::now();
        let sockets: Vec<Socket> = stream::iter(0..after.len())
            .map(|nth| Socket::open(ground.target(nth), nth, ground.token(nth)))
            .buffered(AT_ONCE)
            .try_collect()
            .await?;
        let mut crowd = Self { subscribers: Vec::new(), tasks: JoinSet::new(), begun, connected: begun.elapsed() };
        for (mut socket, after) in sockets.into_iter().zip(after) {
            let latencies = base.map(|_| Latencies::new()).transpose()?;
            let subscriber = Arc::new(Subscriber {
                seen: Mutex::new(Seen { ledger: Ledger::new(*after), latencies, end: None, comebacks: 0 }),
                reached: AtomicU64::new(*after),
                at: AtomicU64::new(0),
            });
            crowd.subscribers.push(Arc::clone(&subscriber));
            let workspace = ground.workspace.clone();
            crowd.tasks.spawn(async move {
                let end = stay(&mut socket, &subscriber, &workspace, begun, base).await;
                lock(&subscriber).end = Some(end);
            });
        }
        Ok(crowd)
    }

    /// Waits until everybody has everything up to a number; how long after the gathering the last
    /// message came. None when they do not get there in time.
    pub async fn reach(&self, seq: u64, within: Duration) -> Option<Duration> {
        let until = Instant::now() + within;
        loop {
            let there = |one: &Arc<Subscriber>| one.reached.load(Ordering::Acquire) >= seq;
            if self.subscribers.iter().all(there) {
                let last = self.subscribers.iter().map(|one| one.at.load(Ordering::Acquire)).max();
                return Some(Duration::from_nanos(last.unwrap_or(0)));
            }
            if Instant::now() >= until {
                return None;
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// How long ago the crowd gathered.
    pub fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Messages received so far.
    pub fn deliveries(&self) -> u64 {
        self.subscribers.iter().map(|one| lock(one).ledger.count).sum()
    }

    /// Compares what everybody saw with what was to be seen, in the order of the log.
    pub fn verdict(&self, expected: &[u64]) -> Verdict {
        let mut verdict =
            Verdict { deliveries: 0, wrong: 0, disorder: 0, resyncs: 0, comebacks: 0, ended: 0, reason: None };
        for subscriber in &self.subscribers {
            let seen = lock(subscriber);
            verdict.deliveries += seen.ledger.count;
            verdict.wrong += usize::from(!seen.ledger.agrees(expected));
            verdict.disorder += seen.ledger.disorder;
            verdict.resyncs += seen.ledger.resyncs;
            verdict.comebacks += seen.comebacks;
            verdict.ended += usize::from(seen.end.is_some());
            if verdict.reason.is_none() {
                verdict.reason.clone_from(&seen.end);
            }
        }
        verdict
    }

    /// The latencies of all receipts that were watched.
    ///
    /// # Errors
    /// Never.
    pub fn latencies(&self) -> Result<Latencies> {
        let mut all = Latencies::new()?;
        for subscriber in &self.subscribers {
            if let Some(latencies) = &lock(subscriber).latencies {
                all.add(latencies);
            }
        }
        Ok(all)
    }

    /// Fails when somebody's subscription has ended.
    ///
    /// # Errors
    /// The reason that the server gave.
    pub fn check(&self) -> Result<()> {
        let ended = self.subscribers.iter().find_map(|one| lock(one).end.clone());
        match ended {
            Some(reason) => Err(Failure::new(format!("a subscription ended: {reason}"))),
            None => Ok(()),
        }
    }
}

impl Verdict {
    /// Whether everybody got everything once and in order.
    pub fn kept(&self) -> bool {
        self.wrong == 0 && self.disorder == 0 && self.ended == 0
    }

    /// For people.
    pub fn text(&self) -> String {
        if self.kept() {
            return format!(
                "everybody got every event once and in order ({} resyncs, {} subscribed again)",
                self.resyncs, self.comebacks
            );
        }
        let reason = self.reason.as_deref().unwrap_or("none ended");
        format!(
            "BROKEN: {} subscribers without exactly the expected events, {} numbers out of order, {} ended ({reason})",
            self.wrong, self.disorder, self.ended
        )
    }
}

fn lock(subscriber: &Subscriber) -> std::sync::MutexGuard<'_, Seen> {
    subscriber.seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Subscribes, and subscribes again from its cursor when the server asks to come back; answers what ended it.
async fn stay(
    socket: &mut Socket,
    subscriber: &Subscriber,
    workspace: &str,
    begun: Instant,
    base: Option<Instant>,
) -> String {
    let mut end = String::new();
    for nth in 0..COMEBACKS {
        let after = {
            let mut seen = lock(subscriber);
            seen.comebacks = nth;
            seen.ledger.last
        };
        let subscribe = format!(
            r#"{{"id":"1","type":"subscribe","payload":{{"query":"{DOCUMENT}","variables":{{"w":"{workspace}","after":{after}}}}}}}"#
        );
        end = match socket.send(&subscribe).await {
            Ok(()) => listen(socket, subscriber, begun, base).await,
            Err(failure) => return failure.to_string(),
        };
        if !end.contains("UNAVAILABLE") && !end.contains("RATE_LIMITED") {
            return end;
        }
        // Not all at the same moment: later subscribers wait a little longer.
        tokio::time::sleep(Duration::from_millis(200 + after % 16 * 50)).await;
    }
    end
}

/// Receives until something ends it; answers what.
async fn listen(socket: &mut Socket, subscriber: &Subscriber, begun: Instant, base: Option<Instant>) -> String {
    loop {
        let frame = match socket.receive().await {
            Ok(frame) => frame,
            Err(failure) => return failure.to_string(),
        };
        match item(frame) {
            Item::Message(seq) => {
                let mut seen = lock(subscriber);
                seen.ledger.see(seq);
                if let (Some(base), Some(latencies)) = (base, &mut seen.latencies)
                    && let Some(planned) = number(frame, STAMP.as_bytes()).map(Duration::from_nanos)
                {
                    latencies.record(base.elapsed().saturating_sub(planned));
                }
                drop(seen);
                let now = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
                subscriber.at.store(now, Ordering::Release);
                subscriber.reached.fetch_max(seq, Ordering::AcqRel);
            }
            Item::Head(seq) => {
                subscriber.reached.fetch_max(seq, Ordering::AcqRel);
            }
            Item::Resync(_) => lock(subscriber).ledger.resyncs += 1,
            Item::Ended => {
                return String::from_utf8_lossy(&frame[..frame.len().min(300)]).into_owned();
            }
            Item::Other => {}
        }
    }
}
