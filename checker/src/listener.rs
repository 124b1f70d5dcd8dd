//! Subscribers: streams that resume from their cursor over reconnects and processes, and guests who sign in, listen,
//! and are signed out.

use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use testbed::fixture::PASSWORD;
use testbed::id::bare;
use tokio::time::{Instant, sleep, timeout};

use crate::history::SignOut;
use crate::socket::{EventSocket, Incoming};
use crate::workload::{Cursor, USER_COUNT, Workload};

/// Lifetime of a connection before its client reconnects elsewhere, in milliseconds.
const CONNECTION_MILLIS: std::ops::Range<u64> = 1_000..12_000;
/// Pause of an unsteady client between connections, in milliseconds.
const PAUSE_MILLIS: std::ops::Range<u64> = 500..5_000;
/// How long a guest is observed after the sign-out.
const OBSERVATION_TIME: Duration = Duration::from_secs(9);

/// Subscribes as a user until the workload closes. The first two streams of a user are steady; the third pauses between
/// its connections, like a closed laptop.
pub async fn run_stream(workload: Arc<Workload>, user: usize, number: usize, seed: u64) {
    let is_steady = number < 2;
    let mut random = StdRng::seed_from_u64(seed ^ (0x1157 + (user * 16 + number) as u64));
    let member = &workload.users[user];
    let mut cursor = loop {
        match workload.seq(user, workload.process(&mut random)).await {
            Ok(seq) => break seq,
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    };
    let stream = workload.history.add_stream(&bare(&member.member), cursor, false);
    advance(&workload, stream, cursor, is_steady);
    while !workload.is_closing() {
        let process = workload.process(&mut random);
        let Some(mut socket) = EventSocket::open(&workload.client(user, process), &workload.workspace, cursor).await
        else {
            sleep(Duration::from_millis(random.random_range(50..400))).await;
            continue;
        };
        let end = Instant::now() + Duration::from_millis(random.random_range(CONNECTION_MILLIS));
        loop {
            let Ok(incoming) = tokio::time::timeout_at(end, socket.next()).await else { break };
            match incoming {
                Incoming::Event(seq, item) => {
                    workload.history.record_delivery(stream, seq, process, &item.to_string());
                    cursor = cursor.max(seq);
                }
                Incoming::Head(seq) => cursor = cursor.max(seq),
                Incoming::TakeBoot => {
                    if let Ok(seq) = workload.seq(user, process).await
                        && seq > cursor
                    {
                        workload.history.update_stream(stream, |stream| stream.skipped.push((cursor, seq)));
                        cursor = seq;
                    }
                    break;
                }
                Incoming::Other => {}
                Incoming::Ended => break,
            }
            advance(&workload, stream, cursor, is_steady);
        }
        if !is_steady && !workload.is_stopping() {
            sleep(Duration::from_millis(random.random_range(PAUSE_MILLIS))).await;
        }
    }
}

fn advance(workload: &Workload, stream: usize, seq: i64, is_steady: bool) {
    workload.cursors.lock().unwrap_or_else(PoisonError::into_inner).insert(stream, Cursor { seq, is_steady });
}

/// Repeats as a guest: signs in, listens on one process, signs out on another, and keeps listening for events that must
/// not arrive.
pub async fn run_guest(workload: Arc<Workload>, number: usize, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed ^ (0x9E57 + number as u64));
    while !workload.is_stopping() {
        let user = random.random_range(1..USER_COUNT);
        if run_guest_once(&workload, user, &mut random).await.is_none() {
            sleep(Duration::from_millis(300)).await;
        }
    }
}

async fn run_guest_once(workload: &Arc<Workload>, user: usize, random: &mut StdRng) -> Option<()> {
    let here = workload.process(random);
    let guest = workload.server(here).sign_in(&workload.users[user].email, PASSWORD).await.ok()?;
    let process = workload.process(random);
    let cursor = workload.seq(user, process).await.ok()?;
    let mut socket = EventSocket::open(&guest.at(workload.addresses[process]), &workload.workspace, cursor).await?;
    let stream = workload.history.add_stream(&bare(&workload.users[user].member), cursor, true);
    let stay = Duration::from_millis(random.random_range(200..2_500));
    receive(workload, stream, process, &mut socket, stay).await?;
    let elsewhere = guest.at(workload.addresses[workload.process(random)]);
    let ending = tokio::spawn({
        let workload = workload.clone();
        async move {
            let ended = elsewhere.try_mutate("signOut", &json!({}), "sessionId").await;
            (ended.is_ok(), workload.history.now())
        }
    });
    let mut open = true;
    while open && !ending.is_finished() {
        open = receive(workload, stream, process, &mut socket, Duration::from_millis(20)).await.is_some();
    }
    // The process may have died over the request: whether the session ended is unknown.
    let (true, at) = ending.await.ok()? else { return None };
    if open {
        receive(workload, stream, process, &mut socket, OBSERVATION_TIME).await;
    }
    let watched_until = workload.history.now();
    workload.history.update_stream(stream, |stream| stream.signed_out = Some(SignOut { at, watched_until }));
    Some(())
}

/// Records what arrives within `duration`. Returns `None` if the connection ended, which is recorded too.
async fn receive(
    workload: &Workload,
    stream: usize,
    process: usize,
    socket: &mut EventSocket,
    duration: Duration,
) -> Option<()> {
    let end = Instant::now() + duration;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let Ok(incoming) = timeout(left, socket.next()).await else { return Some(()) };
        match incoming {
            Incoming::Event(seq, item) => workload.history.record_delivery(stream, seq, process, &item.to_string()),
            Incoming::Head(_) | Incoming::Other => {}
            Incoming::TakeBoot | Incoming::Ended => {
                let now = workload.history.now();
                workload.history.update_stream(stream, |stream| stream.closed = Some(now));
                return None;
            }
        }
    }
}
