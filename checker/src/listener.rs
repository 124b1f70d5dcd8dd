//! Those who listen: streams that go on by their cursor over reconnects and processes, and guests who sign
//! in, listen, and are signed out.

use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use crate::history::SignOut;
use crate::http::mutate;
use crate::socket::{Heard, Socket};
use crate::town::{Cursor, PEOPLE, Town};

/// How long one connection is kept before its client goes elsewhere, in milliseconds.
const LIFE: std::ops::Range<u64> = 1_000..12_000;
/// How long one who is not steady stays away, in milliseconds.
const AWAY: std::ops::Range<u64> = 500..5_000;
/// How long a guest is watched after the sign-out.
const WATCHED: Duration = Duration::from_secs(9);

/// Listens as a person until the town closes. The first two of everybody are steady; another stays away for
/// a while between its connections, as a closed laptop does.
pub async fn listen(town: Arc<Town>, person: usize, number: usize, seed: u64) {
    let is_steady = number < 2;
    let mut random = StdRng::seed_from_u64(seed ^ (0x1157 + (person * 16 + number) as u64));
    let member = &town.people[person];
    let mut cursor = loop {
        match town.seq(person, town.process(&mut random).0).await {
            Ok(seq) => break seq,
            Err(_) => sleep(Duration::from_millis(100)).await,
        }
    };
    let stream = town.history.stream(&crate::town::bare(&member.member), cursor, false);
    advance(&town, stream, cursor, is_steady);
    while !town.is_closing() {
        let (process, address) = town.process(&mut random);
        let Some(mut socket) = Socket::open(address, &member.token, &town.workspace, cursor).await else {
            sleep(Duration::from_millis(random.random_range(50..400))).await;
            continue;
        };
        let end = Instant::now() + Duration::from_millis(random.random_range(LIFE));
        loop {
            let Ok(heard) = tokio::time::timeout_at(end, socket.next()).await else { break };
            match heard {
                Heard::Event(seq, item) => {
                    town.history.delivered(stream, seq, process, &item.to_string());
                    cursor = cursor.max(seq);
                }
                Heard::Head(seq) => cursor = cursor.max(seq),
                Heard::TakeBoot => {
                    if let Ok(seq) = town.seq(person, process).await
                        && seq > cursor
                    {
                        town.history.change(stream, |stream| stream.skipped.push((cursor, seq)));
                        cursor = seq;
                    }
                    break;
                }
                Heard::Other => {}
                Heard::Ended => break,
            }
            advance(&town, stream, cursor, is_steady);
        }
        if !is_steady && !town.is_stopping() {
            sleep(Duration::from_millis(random.random_range(AWAY))).await;
        }
    }
}

fn advance(town: &Town, stream: usize, seq: i64, is_steady: bool) {
    town.cursors.lock().unwrap_or_else(PoisonError::into_inner).insert(stream, Cursor { seq, is_steady });
}

/// Is a guest again and again: signs in, listens at one process, signs out at another, and listens on for
/// what must not come any more.
pub async fn visit(town: Arc<Town>, number: usize, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed ^ (0x9E57 + number as u64));
    while !town.is_stopping() {
        let person = random.random_range(1..PEOPLE);
        if visit_once(&town, person, &mut random).await.is_none() {
            sleep(Duration::from_millis(300)).await;
        }
    }
}

async fn visit_once(town: &Arc<Town>, person: usize, random: &mut StdRng) -> Option<()> {
    let (here, _) = town.process(random);
    let token = town.sign_in(person, here).await?;
    let (process, address) = town.process(random);
    let cursor = town.seq(person, process).await.ok()?;
    let mut socket = Socket::open(address, &token, &town.workspace, cursor).await?;
    let stream = town.history.stream(&crate::town::bare(&town.people[person].member), cursor, true);
    let stay = Duration::from_millis(random.random_range(200..2_500));
    hear(town, stream, process, &mut socket, stay).await?;
    let (_, elsewhere) = town.process(random);
    let ending = tokio::spawn({
        let town = town.clone();
        async move {
            let ended = mutate(elsewhere, Some(&token), "signOut", &json!({}), "signInId").await;
            (ended.is_ok(), town.history.now())
        }
    });
    let mut open = true;
    while open && !ending.is_finished() {
        open = hear(town, stream, process, &mut socket, Duration::from_millis(20)).await.is_some();
    }
    // The process that was asked may have died over it: then it is only known that it may have ended.
    let (true, at) = ending.await.ok()? else { return None };
    if open {
        hear(town, stream, process, &mut socket, WATCHED).await;
    }
    let watched_until = town.history.now();
    town.history.change(stream, |stream| stream.signed_out = Some(SignOut { at, watched_until }));
    Some(())
}

/// Records what comes for so long; nothing if the connection ended, which is recorded too.
async fn hear(town: &Town, stream: usize, process: usize, socket: &mut Socket, long: Duration) -> Option<()> {
    let end = Instant::now() + long;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let Ok(heard) = timeout(left, socket.next()).await else { return Some(()) };
        match heard {
            Heard::Event(seq, item) => town.history.delivered(stream, seq, process, &item.to_string()),
            Heard::Head(_) | Heard::Other => {}
            Heard::TakeBoot | Heard::Ended => {
                let now = town.history.now();
                town.history.change(stream, |stream| stream.closed = Some(now));
                return None;
            }
        }
    }
}
