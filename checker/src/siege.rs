//! The siege: one hostile member and one stranger, each at an address of their own, flood the server while the people
//! of the town go on. Each flood must meet refusals, memory and disk must stay bounded, and no process may end; the
//! invariants are checked as after any other run.
//!
//! In reading order: [`flood`] (what they do), [`figures`] (what it costs the others).

pub mod figures;
pub mod flood;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rustix::process::setpriority_process;
use serde_json::json;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinSet;

use crate::Result;
use crate::history::Micros;
use crate::town::{Town, text};
use flood::{Flood, Outcome};

/// Where the hostile member comes from, who is known to the server by [`crate::http::outside`]. The people of the town
/// are at 127.0.0.1.
pub const MEMBER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Where the stranger comes from.
pub const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
/// The nice value of who waits for everybody else.
const LOWEST_PRIORITY: i32 = 19;
/// Attempts of one flood before it ends by itself.
const ATTEMPT_LIMIT: u64 = 20_000;

/// How long a siege is.
#[derive(Debug, Clone, Copy)]
pub struct Length {
    /// Before it, to compare with.
    pub quiet: Duration,
    /// Each pair of floods.
    pub flood: Duration,
}

/// The floods of one pair, and when they were.
#[derive(Debug, Clone)]
pub struct Round {
    pub floods: Vec<Flood>,
    pub span: Range<Micros>,
}

/// What became of the attempts of one flood.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub attempts: u64,
    /// By code, or by how the connection ended.
    pub refusals: BTreeMap<String, u64>,
}

/// The besiegers, and what they have met so far.
#[derive(Debug)]
pub struct Siege {
    pub town: Arc<Town>,
    /// The hostile member's session.
    pub token: String,
    /// A saved search of theirs.
    pub search: String,
    tallies: Mutex<BTreeMap<Flood, Tally>>,
    besiegers: Besiegers,
}

/// What the floods run on: a thread of their own, so that a thousand of them do not stand before the people of the town
/// in this program already. It takes only the processor time that nobody else wants, since real attackers bring their
/// own machines: what is measured is what the server spends on them.
#[derive(Debug)]
struct Besiegers {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl Besiegers {
    fn new() -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("besieger")
            // On Linux this is the priority of the calling thread alone.
            .on_thread_start(|| {
                let _ = setpriority_process(None, LOWEST_PRIORITY);
            })
            .enable_all()
            .build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }
}

impl Drop for Besiegers {
    fn drop(&mut self) {
        // Nothing waits for it here, where nobody may.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Siege {
    /// Lets the hostile member join the town.
    ///
    /// # Errors
    /// The server refuses a step.
    pub async fn prepare(town: &Arc<Town>) -> Result<Self> {
        let token = town.join("besieger@example.com", "Besieger").await?;
        let input = json!({ "workspaceId": town.workspace, "name": "everything", "query": "said" });
        let made = town.must(&token, "createSavedSearch", input, "savedSearch { id }").await?;
        let search = text(&made["savedSearch"]["id"])?;
        let (tallies, besiegers) = (Mutex::default(), Besiegers::new()?);
        Ok(Self { town: town.clone(), token, search, tallies, besiegers })
    }

    /// Runs every flood once, two at a time, in an order that follows from the seed.
    pub async fn lay(self: &Arc<Self>, floods: &[Flood], each: Duration, seed: u64) -> Vec<Round> {
        let mut rounds = Vec::new();
        let mut random = StdRng::seed_from_u64(seed ^ 0x51E6E);
        let mut order = floods.to_vec();
        order.shuffle(&mut random);
        for pair in order.chunks(2) {
            let begun = self.town.history.now();
            let mut tasks = JoinSet::new();
            for flood in pair {
                for lane in 0..flood.lanes() {
                    let pouring = pour(self.clone(), *flood, lane, random.random());
                    tasks.spawn_on(pouring, &self.besiegers.handle);
                }
            }
            tokio::time::sleep(each).await;
            // Whatever they hold open is closed with them.
            tasks.shutdown().await;
            rounds.push(Round { floods: pair.to_vec(), span: begun..self.town.history.now() });
        }
        rounds
    }

    /// What each flood met.
    pub fn tallies(&self) -> BTreeMap<Flood, Tally> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, flood: Flood, outcome: Outcome) -> u64 {
        let mut tallies = self.tallies.lock().unwrap_or_else(PoisonError::into_inner);
        let tally = tallies.entry(flood).or_default();
        tally.attempts += 1;
        if let Outcome::Refused(code) = outcome {
            *tally.refusals.entry(code).or_default() += 1;
        }
        tally.attempts
    }
}

impl Tally {
    /// Attempts that the server refused.
    pub fn refused(&self) -> u64 {
        self.refusals.values().sum()
    }
}

async fn pour(siege: Arc<Siege>, flood: Flood, lane: usize, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed ^ lane as u64);
    loop {
        let outcome = flood.attempt(&siege, &mut random).await;
        if siege.note(flood, outcome) >= ATTEMPT_LIMIT {
            return;
        }
    }
}
