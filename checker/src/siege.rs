//! The siege: a hostile member and a stranger, each with a separate IP address, flood the server during the normal
//! workload. Each flood must be refused eventually, memory and disk must stay bounded, and no process may end. The
//! invariants are checked as after any other run.
//!
//! In reading order: [`flood`] (the attacks), [`report`] (their cost to others).

pub mod flood;
pub mod report;

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
use testbed::client::{Client, text};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinSet;

use crate::Result;
use crate::history::Micros;
use crate::workload::Workload;
use flood::{Flood, Outcome};

/// Address of the hostile member, presented to the server as [`testbed::client::forwarded_address`]. The workload uses
/// 127.0.0.1.
pub const MEMBER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Address of the stranger.
pub const STRANGER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
/// The nice value of the attack thread.
const LOWEST_PRIORITY: i32 = 19;
/// Attempts after which a flood ends.
const ATTEMPT_LIMIT: u64 = 20_000;

/// The durations of a siege.
#[derive(Debug, Clone, Copy)]
pub struct Durations {
    /// The baseline before it.
    pub quiet: Duration,
    /// Each pair of floods.
    pub flood: Duration,
}

/// One pair of floods and its time span.
#[derive(Debug, Clone)]
pub struct Round {
    pub floods: Vec<Flood>,
    pub span: Range<Micros>,
}

/// The outcomes of one flood.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub attempts: u64,
    /// By error code, or by how the connection ended.
    pub refusals: BTreeMap<String, u64>,
}

/// The attackers and their results so far.
#[derive(Debug)]
pub struct Siege {
    pub workload: Arc<Workload>,
    /// The hostile member.
    pub member: Client,
    /// Somebody without an account.
    pub stranger: Client,
    /// A saved search of the hostile member.
    pub search: String,
    tallies: Mutex<BTreeMap<Flood, Tally>>,
    attackers: AttackRuntime,
}

/// The runtime of the floods: one thread with the lowest priority, so that they compete neither with the workload's
/// tasks nor for processor time. Real attackers bring their own machines; only the server's effort is measured.
#[derive(Debug)]
struct AttackRuntime {
    handle: Handle,
    runtime: Option<Runtime>,
}

impl AttackRuntime {
    fn new() -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("attacker")
            // On Linux, this sets the priority of the calling thread only.
            .on_thread_start(|| {
                let _ = setpriority_process(None, LOWEST_PRIORITY);
            })
            .enable_all()
            .build()?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }
}

impl Drop for AttackRuntime {
    fn drop(&mut self) {
        // Dropping a runtime blocks, which is not allowed in async code.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Siege {
    /// Registers the hostile member.
    ///
    /// # Errors
    /// The server rejects a step.
    pub async fn prepare(workload: &Arc<Workload>) -> Result<Self> {
        let server = Client::new(workload.addresses[0]);
        let (attacker, _) = server.register_member("attacker@example.com", "Attacker", &workload.invite).await?;
        let input = json!({ "workspaceId": workload.workspace, "name": "everything", "query": "said" });
        let made = attacker.try_mutate("createSavedSearch", &input, "savedSearch { id }").await?;
        let search = text(&made, "/savedSearch/id")?;
        let from = |address| Client::from_address(address, workload.addresses[0]);
        let (member, stranger) = (from(MEMBER).signed_in(attacker.token.unwrap_or_default()), from(STRANGER));
        let (workload, tallies, attackers) = (workload.clone(), Mutex::default(), AttackRuntime::new()?);
        Ok(Self { workload, member, stranger, search, tallies, attackers })
    }

    /// Runs every flood once, two at a time, in an order that follows from the seed.
    pub async fn run(self: &Arc<Self>, floods: &[Flood], each: Duration, seed: u64) -> Vec<Round> {
        let mut rounds = Vec::new();
        let mut random = StdRng::seed_from_u64(seed ^ 0x51E6E);
        let mut order = floods.to_vec();
        order.shuffle(&mut random);
        for pair in order.chunks(2) {
            let begun = self.workload.history.now();
            let mut tasks = JoinSet::new();
            for flood in pair {
                for worker in 0..flood.concurrency() {
                    let attack = run_flood(self.clone(), *flood, worker, random.random());
                    tasks.spawn_on(attack, &self.attackers.handle);
                }
            }
            tokio::time::sleep(each).await;
            // Closes the connections they hold open.
            tasks.shutdown().await;
            rounds.push(Round { floods: pair.to_vec(), span: begun..self.workload.history.now() });
        }
        rounds
    }

    /// The outcomes of each flood.
    pub fn tallies(&self) -> BTreeMap<Flood, Tally> {
        self.tallies.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn record(&self, flood: Flood, outcome: Outcome) -> u64 {
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
    /// The number of refused attempts.
    pub fn refused(&self) -> u64 {
        self.refusals.values().sum()
    }
}

async fn run_flood(siege: Arc<Siege>, flood: Flood, worker: usize, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed ^ worker as u64);
    loop {
        let outcome = flood.attempt(&siege, &mut random).await;
        if siege.record(flood, outcome) >= ATTEMPT_LIMIT {
            return;
        }
    }
}
