//! A run: starts the cluster and the workload, injects and heals faults on a seeded schedule, and checks the
//! evidence.

use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use testbed::id::fresh;
use tokio::task::JoinSet;

use crate::cluster::{Cluster, Kind, Limits, Programs};
use crate::fault::Fault;
use crate::history::{Micros, Outcome};
use crate::invariants::{Evidence, Verdict, Violation, check};
use crate::siege::flood::Flood;
use crate::siege::report::{CpuTime, Report, usage};
use crate::siege::{Durations, Siege};
use crate::table::Table;
use crate::workload::{USER_COUNT, Workload};
use crate::{Result, actor, clock, final_reads, listener, model, offline};

/// Number of guests who sign in and out.
const GUEST_COUNT: usize = 4;
/// Faults that can coincide with another one.
const COMBINABLE_FAULTS: [Fault; 6] =
    [Fault::Kill, Fault::Freeze, Fault::Terminate, Fault::NatsCut, Fault::NatsKill, Fault::NatsReset];

/// The parameters of a run.
#[derive(Debug, Clone)]
pub struct Plan {
    pub kind: Kind,
    pub seed: u64,
    pub seconds: u64,
    pub faults: Vec<Fault>,
    /// Floods instead of faults, with their durations.
    pub siege: Option<(Vec<Flood>, Durations)>,
    pub planted: Option<String>,
    /// Duration of a fault in milliseconds. One in five is long.
    pub short: Range<u64>,
    pub long: Range<u64>,
    /// The longest recovery after a fault.
    pub recovery_timeout: Duration,
    /// Report each fault on stderr, keep server logs after a violation, and continue after one.
    pub is_verbose: bool,
}

/// The state of a run.
struct Run {
    plan: Plan,
    cluster: Cluster,
    workload: Arc<Workload>,
    random: StdRng,
    table: Table,
    verdict: Verdict,
    fault_windows: Vec<(Micros, Micros)>,
    /// Start by the wall clock.
    began: i64,
}

/// Runs the plan and returns the report.
///
/// # Errors
/// The run could not be completed. Violated invariants are part of the report.
pub async fn run(programs: &Programs, plan: Plan) -> Result<Table> {
    let began = clock::wall_millis();
    let limits = if plan.siege.is_some() { Limits::Default } else { Limits::Raised };
    let mut cluster = Cluster::start(programs, plan.kind, limits).await?;
    let addresses = cluster.processes.iter().map(|process| process.address).collect();
    let workload = Arc::new(Workload::create(addresses).await?);
    // Planted late, because some bugs would break the setup of the workload.
    if let Some(bug) = &plan.planted {
        cluster.plant(bug).await?;
    }
    let mut tasks = JoinSet::new();
    let mut listeners = JoinSet::new();
    for user in 0..USER_COUNT {
        tasks.spawn(actor::run_user(workload.clone(), user, plan.seed));
        for number in 0..3 {
            listeners.spawn(listener::run_stream(workload.clone(), user, number, plan.seed));
        }
    }
    for number in 0..GUEST_COUNT {
        tasks.spawn(listener::run_guest(workload.clone(), number, plan.seed));
    }
    let random = StdRng::seed_from_u64(plan.seed);
    let table = Table::new(&plan);
    let mut run =
        Run { plan, cluster, workload, random, table, verdict: Verdict::default(), fault_windows: Vec::new(), began };
    match run.plan.siege.clone() {
        Some((floods, length)) => run.siege(&floods, length).await?,
        None => run.faults().await,
    }
    run.finish(tasks, listeners).await
}

impl Run {
    /// Injects faults, one at a time and sometimes two at once, until the time is over.
    async fn faults(&mut self) {
        let end = Instant::now() + Duration::from_secs(self.plan.seconds);
        let mut wanted = Vec::new();
        for fault in self.plan.faults.clone() {
            match fault.missing_requirement(&self.cluster).await {
                Some(requirement) => self.table.skipped.push(format!("{fault} (needs {requirement})")),
                None => wanted.push(fault),
            }
        }
        let mut coming: Vec<Fault> = Vec::new();
        while Instant::now() < end && (self.plan.is_verbose || self.verdict.is_clean()) {
            self.pause(500..1_500).await;
            if coming.is_empty() {
                coming.clone_from(&wanted);
                coming.shuffle(&mut self.random);
            }
            let Some(fault) = coming.pop() else { continue };
            let second = COMBINABLE_FAULTS[self.random.random_range(0..COMBINABLE_FAULTS.len())];
            let both = self.random.random_bool(0.2) && wanted.contains(&second) && second != fault;
            self.inject_and_heal(fault, both.then_some(second)).await;
        }
    }

    /// Runs the workload alone, then under siege.
    async fn siege(&mut self, floods: &[Flood], length: Durations) -> Result<()> {
        let siege = Arc::new(Siege::prepare(&self.workload).await?);
        let now = |run: &Self| (run.workload.history.now(), CpuTime::now(&run.cluster));
        let quiet = now(self);
        let before = usage(&self.cluster);
        tokio::time::sleep(length.quiet).await;
        let begun = now(self);
        let rounds = siege.run(floods, length.flood, self.plan.seed).await;
        let ended = now(self);
        self.fault_windows.push((begun.0, ended.0));
        let report = Report::evaluate(&self.workload, [quiet, begun, ended], &rounds);
        let report = Report { before, after: usage(&self.cluster), tallies: siege.tallies(), ..report };
        report.judge(&mut self.verdict);
        self.table.siege = Some(report);
        Ok(())
    }

    async fn pause(&mut self, range: Range<u64>) {
        tokio::time::sleep(Duration::from_millis(self.random.random_range(range))).await;
    }

    /// Injects a fault (or two), heals it, and waits for recovery.
    async fn inject_and_heal(&mut self, fault: Fault, second: Option<Fault>) {
        let from = self.workload.history.now();
        for fault in [Some(fault), second].into_iter().flatten() {
            if let Err(error) = fault.inject(&mut self.cluster, &mut self.random).await {
                self.report_progress(&format!("{fault}: {error}"));
            }
            self.table.count(fault);
        }
        let is_long = self.random.random_bool(0.2);
        let lasts = if is_long { self.plan.long.clone() } else { self.plan.short.clone() };
        self.pause(lasts).await;
        if let Err(error) = self.cluster.heal().await {
            self.verdict.record(Violation::Recovery, || format!("after {fault}: {error}"));
        }
        let healed = Instant::now();
        let recovery_timeout = self.plan.recovery_timeout;
        if !self.wait_until_recovered().await {
            self.verdict
                .record(Violation::Recovery, || format!("no recovery within {recovery_timeout:?} after {fault}"));
        }
        let took = healed.elapsed();
        self.table.recovered(fault, took);
        self.fault_windows.push((from, self.workload.history.now()));
        let with = second.map(|second| format!(" with {second}")).unwrap_or_default();
        self.report_progress(&format!("{fault}{with}: recovered {:.1} s after healing", took.as_secs_f64()));
    }

    fn report_progress(&self, what: &str) {
        if self.plan.is_verbose {
            eprintln!("{:7.1} s  {what}", self.workload.history.now() as f64 / 1e6);
        }
    }

    /// Waits until every process accepts a message and every stream has received the last of them.
    async fn wait_until_recovered(&mut self) -> bool {
        let end = Instant::now() + self.plan.recovery_timeout;
        let mut reached = 0;
        for process in 0..self.workload.addresses.len() {
            let command = self.workload.announcement(&format!("probe {}", fresh()));
            loop {
                match self.workload.attempt(0, process, &command).await {
                    Outcome::Done(seq) => {
                        reached = reached.max(seq);
                        break;
                    }
                    _ if Instant::now() > end => return false,
                    _ => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        }
        self.wait_for_streams(reached, end, false).await
    }

    async fn wait_for_streams(&self, seq: i64, end: Instant, include_unsteady: bool) -> bool {
        loop {
            let behind = {
                let cursors = self.workload.cursors.lock().unwrap_or_else(PoisonError::into_inner);
                cursors.values().filter(|cursor| cursor.seq < seq && (cursor.is_steady || include_unsteady)).count()
            };
            if behind == 0 || Instant::now() > end {
                return behind == 0;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Lets the workload finish and all streams catch up, then checks the invariants.
    async fn finish(mut self, mut tasks: JoinSet<()>, mut listeners: JoinSet<()>) -> Result<Table> {
        self.workload.stopping.store(true, Ordering::SeqCst);
        // Restarts what stopped since the last fault (such as a NATS server with a damaged store), like a service
        // manager.
        self.cluster.heal().await?;
        let finished = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(self.plan.recovery_timeout, finished).await.is_err() {
            self.verdict.record(Violation::Recovery, || {
                "a user received no response although the cluster is healthy".to_owned()
            });
        }
        let mut last = self.last_message().await;
        if last.is_none() {
            self.verdict.record(Violation::Recovery, || "the last message was not accepted".to_owned());
            // Restart, so that the remaining evidence can be read.
            for process in &mut self.cluster.processes {
                process.kill().await;
            }
            self.cluster.heal().await?;
            last = self.last_message().await;
        }
        let Some(last) = last else {
            self.table.verdict = self.verdict;
            self.cluster.end().await;
            return Ok(self.table);
        };
        if !self.wait_for_streams(last, Instant::now() + self.plan.recovery_timeout, true).await {
            self.verdict.record(Violation::Recovery, || "a stream did not reach the end".to_owned());
        }
        self.workload.closing.store(true, Ordering::SeqCst);
        tasks.abort_all();
        let closed = async { while listeners.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(self.plan.recovery_timeout, closed).await;
        let evidence = self.evidence(last).await?;
        check(&evidence, &mut self.verdict);
        self.table.calls(&evidence);
        self.table.verdict = self.verdict;
        if !self.table.verdict.is_clean() && self.plan.is_verbose {
            self.cluster.scratch.disable_cleanup(true);
            eprintln!("server logs are kept in {}", self.cluster.scratch.path().display());
        }
        self.cluster.end().await;
        Ok(self.table)
    }

    /// Sends a message that every stream must receive. Returns `None` on timeout.
    async fn last_message(&mut self) -> Option<i64> {
        let command = self.workload.announcement("the end");
        let given = self.workload.give(0, &command, &mut self.random);
        match tokio::time::timeout(self.plan.recovery_timeout, given).await {
            Ok(Outcome::Done(seq)) => Some(seq),
            _ => None,
        }
    }

    /// Collects all evidence and stops the processes.
    async fn evidence(&mut self, last: i64) -> Result<Evidence> {
        let final_state = final_reads::final_state(&self.workload).await;
        if let Err(error) = &final_state {
            self.verdict.record(Violation::Recovery, || error.to_string());
        }
        let log = model::read(&self.cluster.rows(), &self.workload.workspace).await?;
        let mut stream_events = None;
        if let Some(node) = self.cluster.fleet.as_ref().and_then(|fleet| fleet.nodes.first()) {
            stream_events = Some(final_reads::stream_events(node.port, &self.workload.workspace, log.len()).await?);
        }
        for process in &mut self.cluster.processes {
            process.stop().await;
        }
        let history = &self.workload.history;
        Ok(Evidence {
            final_state: final_state.ok(),
            stream_events,
            replayed: offline::verify_and_replay(&self.cluster, &mut self.verdict).await?,
            calls: history.calls(),
            streams: history.streams(),
            contents: history.contents(),
            invite_checks: history.invite_checks(),
            // An embedded process is its own database clock.
            time: (self.plan.kind == Kind::Fleet).then(|| (self.began, clock::wall_millis())),
            fault_windows: std::mem::take(&mut self.fault_windows),
            log,
            last,
        })
    }
}

/// All faults that apply to a kind of cluster.
pub fn all_faults(kind: Kind) -> Vec<Fault> {
    Fault::value_variants().iter().copied().filter(|fault| kind == Kind::Fleet || fault.supports_embedded()).collect()
}
