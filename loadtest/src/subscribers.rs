//! Many subscribers, each with its own socket and a record of its deliveries.
//!
//! A subscriber costs one task and a small buffer. A frame costs a search for a few markers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use testbed::socket::Socket;
use tokio::task::JoinSet;

use crate::delivery_log::{DeliveryLog, Item, parse_item, parse_number};
use crate::histogram::Latencies;
use crate::setup::Setup;
use crate::{Failure, Result};

/// Sockets opened concurrently.
const CONNECT_CONCURRENCY: usize = 32;
/// How often a subscriber resubscribes on request of the server.
const RESUBSCRIBE_LIMIT: u64 = 20;
/// Interval at which the pool is checked for completeness.
const POLL_INTERVAL: Duration = Duration::from_millis(5);
/// Marks the scheduled time in a text, in nanoseconds since a base.
pub const TIMESTAMP_MARKER: &str = "planned=";

const DOCUMENT: &str = "subscription Events($w: ID!, $after: Seq) { events(workspaceId: $w, after: $after) { \
    __typename ... on MessageSent { seq message { messageId text } } ... on Head { seq } ... on Resync { after takeBoot } } }";

/// A subscriber, shared with its task.
struct Subscriber {
    seen: Mutex<SubscriberState>,
    /// Everything up to this `seq` has been received.
    reached: AtomicU64,
    /// Time of the last message, in nanoseconds since the pool connected.
    at: AtomicU64,
}

struct SubscriberState {
    log: DeliveryLog,
    latencies: Option<Latencies>,
    end: Option<String>,
    resubscriptions: u64,
}

/// A pool of subscribers.
pub struct SubscriberPool {
    subscribers: Vec<Arc<Subscriber>>,
    tasks: JoinSet<()>,
    begun: Instant,
    /// Time from `begun` until all were connected and began to subscribe.
    pub connected: Duration,
}

/// The final result of a pool.
pub struct Verdict {
    /// Messages received by all subscribers.
    pub deliveries: u64,
    /// Subscribers that did not receive exactly the expected messages in order.
    pub incorrect: usize,
    /// Messages whose `seq` was not above the previous one.
    pub out_of_order: u64,
    /// `Resync` items received.
    pub resyncs: u64,
    /// Resubscriptions on request of the server.
    pub resubscriptions: u64,
    /// Subscriptions that ended.
    pub ended: usize,
    /// The first reason.
    pub reason: Option<String>,
}

impl SubscriberPool {
    /// Connects one subscriber per starting `seq`. With a base, the latency of messages with a timestamp is measured
    /// against it.
    ///
    /// # Errors
    /// The server refuses a connection.
    pub async fn connect(setup: &Arc<Setup>, after: &[u64], base: Option<Instant>) -> Result<Self> {
        let begun = Instant::now();
        let sockets: Vec<Socket> = stream::iter(0..after.len())
            .map(|nth| setup.target(nth).socket(nth, setup.token(nth)))
            .buffered(CONNECT_CONCURRENCY)
            .try_collect()
            .await?;
        let mut pool = Self { subscribers: Vec::new(), tasks: JoinSet::new(), begun, connected: begun.elapsed() };
        for (mut socket, after) in sockets.into_iter().zip(after) {
            let latencies = base.map(|_| Latencies::new()).transpose()?;
            let subscriber = Arc::new(Subscriber {
                seen: Mutex::new(SubscriberState {
                    log: DeliveryLog::new(*after),
                    latencies,
                    end: None,
                    resubscriptions: 0,
                }),
                reached: AtomicU64::new(*after),
                at: AtomicU64::new(0),
            });
            pool.subscribers.push(Arc::clone(&subscriber));
            let workspace = setup.workspace.clone();
            pool.tasks.spawn(async move {
                let end = run_subscriber(&mut socket, &subscriber, &workspace, begun, base).await;
                lock(&subscriber).end = Some(end);
            });
        }
        Ok(pool)
    }

    /// Waits until every subscriber has received everything up to a `seq`. Returns the time of the last message since
    /// the pool connected, or `None` on timeout.
    pub async fn wait_for(&self, seq: u64, within: Duration) -> Option<Duration> {
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
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Time since the pool connected.
    pub fn age(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Messages received so far.
    pub fn deliveries(&self) -> u64 {
        self.subscribers.iter().map(|one| lock(one).log.count).sum()
    }

    /// Compares all deliveries with the expected sequence numbers, in log order.
    pub fn verdict(&self, expected: &[u64]) -> Verdict {
        let mut verdict = Verdict {
            deliveries: 0,
            incorrect: 0,
            out_of_order: 0,
            resyncs: 0,
            resubscriptions: 0,
            ended: 0,
            reason: None,
        };
        for subscriber in &self.subscribers {
            let seen = lock(subscriber);
            verdict.deliveries += seen.log.count;
            verdict.incorrect += usize::from(!seen.log.matches(expected));
            verdict.out_of_order += seen.log.out_of_order;
            verdict.resyncs += seen.log.resyncs;
            verdict.resubscriptions += seen.resubscriptions;
            verdict.ended += usize::from(seen.end.is_some());
            if verdict.reason.is_none() {
                verdict.reason.clone_from(&seen.end);
            }
        }
        verdict
    }

    /// The latencies of all measured messages.
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

    /// Fails if a subscription has ended.
    ///
    /// # Errors
    /// The reason given by the server.
    pub fn check(&self) -> Result<()> {
        let ended = self.subscribers.iter().find_map(|one| lock(one).end.clone());
        match ended {
            Some(reason) => Err(Failure::new(format!("a subscription ended: {reason}"))),
            None => Ok(()),
        }
    }
}

impl Verdict {
    /// Whether every subscriber received everything once and in order.
    pub fn passed(&self) -> bool {
        self.incorrect == 0 && self.out_of_order == 0 && self.ended == 0
    }

    /// A readable summary.
    pub fn text(&self) -> String {
        if self.passed() {
            return format!(
                "every subscriber received every event once and in order ({} resyncs, {} resubscriptions)",
                self.resyncs, self.resubscriptions
            );
        }
        let reason = self.reason.as_deref().unwrap_or("none ended");
        format!(
            "FAILED: {} subscribers with missing or extra events, {} events out of order, {} subscriptions ended ({reason})",
            self.incorrect, self.out_of_order, self.ended
        )
    }
}

fn lock(subscriber: &Subscriber) -> std::sync::MutexGuard<'_, SubscriberState> {
    subscriber.seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Subscribes, and resubscribes from its cursor on request of the server. Returns the reason of the end.
async fn run_subscriber(
    socket: &mut Socket,
    subscriber: &Subscriber,
    workspace: &str,
    begun: Instant,
    base: Option<Instant>,
) -> String {
    let mut end = String::new();
    for nth in 0..RESUBSCRIBE_LIMIT {
        let after = {
            let mut seen = lock(subscriber);
            seen.resubscriptions = nth;
            seen.log.last
        };
        let subscribe = format!(
            r#"{{"id":"1","type":"subscribe","payload":{{"query":"{DOCUMENT}","variables":{{"w":"{workspace}","after":{after}}}}}}}"#
        );
        end = match socket.send_text(subscribe).await {
            Ok(()) => receive_until_end(socket, subscriber, begun, base).await,
            Err(failure) => return failure.to_string(),
        };
        if !end.contains("UNAVAILABLE") && !end.contains("RATE_LIMITED") {
            return end;
        }
        // Spread out, so that not all subscribers return at once.
        tokio::time::sleep(Duration::from_millis(200 + after % 16 * 50)).await;
    }
    end
}

/// Receives until the subscription ends. Returns the reason.
async fn receive_until_end(
    socket: &mut Socket,
    subscriber: &Subscriber,
    begun: Instant,
    base: Option<Instant>,
) -> String {
    loop {
        let frame = match socket.receive().await {
            Ok(frame) => frame,
            Err(failure) => return failure.to_string(),
        };
        let frame = frame.as_bytes();
        match parse_item(frame) {
            Item::Message(seq) => {
                let mut seen = lock(subscriber);
                seen.log.record(seq);
                if let (Some(base), Some(latencies)) = (base, &mut seen.latencies)
                    && let Some(planned) = parse_number(frame, TIMESTAMP_MARKER.as_bytes()).map(Duration::from_nanos)
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
            Item::Resync(_) => lock(subscriber).log.resyncs += 1,
            Item::Ended => {
                return String::from_utf8_lossy(&frame[..frame.len().min(300)]).into_owned();
            }
            Item::Other => {}
        }
    }
}
