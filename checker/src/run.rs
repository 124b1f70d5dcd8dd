//! One run: the cluster starts, the town works, faults come and go by the seed, everything is healed, and
//! what is left is checked.

use std::ops::Range;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use tokio::task::JoinSet;

use crate::cluster::{Cluster, Kind, Limits, Programs};
use crate::fault::Fault;
use crate::history::{Answer, Micros};
use crate::laws::{Breach, Evidence, Verdict, check};
use crate::siege::figures::{Processor, Report, usage};
use crate::siege::flood::Flood;
use crate::siege::{Length, Siege};
use crate::table::Table;
use crate::town::{PEOPLE, Town};
use crate::{Result, actor, clock, listener, proof, reads, truth};

/// Guests who sign in and out.
const GUESTS: usize = 4;
/// What may come on top of another fault.
const SECOND: [Fault; 6] =
    [Fault::Kill, Fault::Freeze, Fault::Terminate, Fault::NatsCut, Fault::NatsKill, Fault::NatsReset];

/// How a run is.
#[derive(Debug, Clone)]
pub struct Plan {
    pub kind: Kind,
    pub seed: u64,
    pub seconds: u64,
    pub faults: Vec<Fault>,
    /// Floods instead of faults, and for how long.
    pub siege: Option<(Vec<Flood>, Length)>,
    pub planted: Option<String>,
    /// How long a fault lasts, in milliseconds; now and then it is a long one.
    pub short: Range<u64>,
    pub long: Range<u64>,
    /// How long everything may take to be whole after a fault.
    pub patience: Duration,
    /// Tell of each fault on stderr, keep what the servers said, and go on after a violation.
    pub loud: bool,
}

/// Everything of a run while it lasts.
struct Run {
    plan: Plan,
    cluster: Cluster,
    town: Arc<Town>,
    random: StdRng,
    table: Table,
    verdict: Verdict,
    faulted: Vec<(Micros, Micros)>,
    /// By the wall clock.
    began: i64,
}

/// Runs, and answers the table.
///
/// # Errors
/// The run itself could not be made; a law that is broken is in the table.
pub async fn run(programs: &Programs, plan: Plan) -> Result<Table> {
    let began = clock::wall();
    let limits = if plan.siege.is_some() { Limits::Default } else { Limits::Raised };
    let mut cluster = Cluster::start(programs, plan.kind, limits).await?;
    let addresses = cluster.processes.iter().map(|process| process.address).collect();
    let town = Arc::new(Town::found(addresses).await?);
    // Only now, since the town could not be founded with some bugs.
    if let Some(bug) = &plan.planted {
        cluster.plant(bug).await?;
    }
    let mut tasks = JoinSet::new();
    let mut listeners = JoinSet::new();
    for person in 0..PEOPLE {
        tasks.spawn(actor::work(town.clone(), person, plan.seed));
        for number in 0..3 {
            listeners.spawn(listener::listen(town.clone(), person, number, plan.seed));
        }
    }
    for number in 0..GUESTS {
        tasks.spawn(listener::visit(town.clone(), number, plan.seed));
    }
    let random = StdRng::seed_from_u64(plan.seed);
    let table = Table::of(&plan);
    let mut run = Run { plan, cluster, town, random, table, verdict: Verdict::default(), faulted: Vec::new(), began };
    match run.plan.siege.clone() {
        Some((floods, length)) => run.siege(&floods, length).await?,
        None => run.faults().await,
    }
    run.finish(programs, tasks, listeners).await
}

impl Run {
    /// Faults, one after the other and sometimes two at once, until the time is over.
    async fn faults(&mut self) {
        let end = Instant::now() + Duration::from_secs(self.plan.seconds);
        let mut wanted = Vec::new();
        for fault in self.plan.faults.clone() {
            match fault.lacks(&self.cluster).await {
                Some(lack) => self.table.skipped.push(format!("{fault} (needs {lack})")),
                None => wanted.push(fault),
            }
        }
        let mut coming: Vec<Fault> = Vec::new();
        while Instant::now() < end && (self.plan.loud || self.verdict.is_clean()) {
            self.pause(500..1_500).await;
            if coming.is_empty() {
                coming.clone_from(&wanted);
                coming.shuffle(&mut self.random);
            }
            let Some(fault) = coming.pop() else { continue };
            let second = SECOND[self.random.random_range(0..SECOND.len())];
            let both = self.random.random_bool(0.2) && wanted.contains(&second) && second != fault;
            self.one(fault, both.then_some(second)).await;
        }
    }

    /// The town by itself, and then under siege.
    async fn siege(&mut self, floods: &[Flood], length: Length) -> Result<()> {
        let siege = Arc::new(Siege::prepare(&self.town).await?);
        let now = |run: &Self| (run.town.history.now(), Processor::now(&run.cluster));
        let quiet = now(self);
        let before = usage(&self.cluster);
        tokio::time::sleep(length.quiet).await;
        let begun = now(self);
        let rounds = siege.lay(floods, length.flood, self.plan.seed).await;
        let ended = now(self);
        self.faulted.push((begun.0, ended.0));
        let report = Report::of(&self.town, [quiet, begun, ended], &rounds);
        let report = Report { before, after: usage(&self.cluster), tallies: siege.tallies(), ..report };
        report.judge(&mut self.verdict);
        self.table.siege = Some(report);
        Ok(())
    }

    async fn pause(&mut self, range: Range<u64>) {
        tokio::time::sleep(Duration::from_millis(self.random.random_range(range))).await;
    }

    /// One fault (or two), healed, and everything whole again.
    async fn one(&mut self, fault: Fault, second: Option<Fault>) {
        let from = self.town.history.now();
        for fault in [Some(fault), second].into_iter().flatten() {
            if let Err(error) = fault.begin(&mut self.cluster, &mut self.random).await {
                self.say(&format!("{fault}: {error}"));
            }
            self.table.count(fault);
        }
        let is_long = self.random.random_bool(0.2);
        let lasts = if is_long { self.plan.long.clone() } else { self.plan.short.clone() };
        self.pause(lasts).await;
        if let Err(error) = self.cluster.heal().await {
            self.verdict.note(Breach::Recovery, || format!("after {fault}: {error}"));
        }
        let healed = Instant::now();
        let patience = self.plan.patience;
        if !self.is_whole().await {
            self.verdict.note(Breach::Recovery, || format!("after {fault} not whole again within {patience:?}"));
        }
        let took = healed.elapsed();
        self.table.recovered(fault, took);
        self.faulted.push((from, self.town.history.now()));
        let with = second.map(|second| format!(" with {second}")).unwrap_or_default();
        self.say(&format!("{fault}{with}: whole again {:.1} s after it was healed", took.as_secs_f64()));
    }

    fn say(&self, what: &str) {
        if self.plan.loud {
            eprintln!("{:7.1} s  {what}", self.town.history.now() as f64 / 1e6);
        }
    }

    /// Waits until every process takes a message, and every stream has come to the last of them.
    async fn is_whole(&mut self) -> bool {
        let end = Instant::now() + self.plan.patience;
        let mut reached = 0;
        for process in 0..self.town.addresses.len() {
            let command = self.town.announcement(&format!("probe {}", crate::town::fresh()));
            loop {
                match self.town.attempt(0, process, &command).await {
                    Answer::Done(seq) => {
                        reached = reached.max(seq);
                        break;
                    }
                    _ if Instant::now() > end => return false,
                    _ => tokio::time::sleep(Duration::from_millis(50)).await,
                }
            }
        }
        self.all_reach(reached, end, false).await
    }

    async fn all_reach(&self, seq: i64, end: Instant, also_away: bool) -> bool {
        loop {
            let behind = {
                let cursors = self.town.cursors.lock().unwrap_or_else(PoisonError::into_inner);
                cursors.values().filter(|cursor| cursor.seq < seq && (cursor.is_steady || also_away)).count()
            };
            if behind == 0 || Instant::now() > end {
                return behind == 0;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Everybody finishes, everybody catches up, and the laws are checked.
    async fn finish(
        mut self,
        programs: &Programs,
        mut tasks: JoinSet<()>,
        mut listeners: JoinSet<()>,
    ) -> Result<Table> {
        self.town.stopping.store(true, Ordering::SeqCst);
        // Whoever ended by itself since the last fault (a NATS server that found its store half written) is
        // started again, as whatever keeps a service running would.
        self.cluster.heal().await?;
        let finished = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(self.plan.patience, finished).await.is_err() {
            self.verdict.note(Breach::Recovery, || "somebody gets no answer although everything is whole".to_owned());
        }
        let mut last = self.last_message().await;
        if last.is_none() {
            self.verdict.note(Breach::Recovery, || "the last message is not taken".to_owned());
            // So that what is left can be read all the same.
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
        if !self.all_reach(last, Instant::now() + self.plan.patience, true).await {
            self.verdict.note(Breach::Recovery, || "a stream does not come to the end".to_owned());
        }
        self.town.closing.store(true, Ordering::SeqCst);
        tasks.abort_all();
        let closed = async { while listeners.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(self.plan.patience, closed).await;
        let evidence = self.evidence(programs, last).await?;
        check(&evidence, &mut self.verdict);
        self.table.calls(&evidence);
        self.table.verdict = self.verdict;
        if !self.table.verdict.is_clean() && self.plan.loud {
            self.cluster.scratch.disable_cleanup(true);
            eprintln!("what the servers said is kept in {}", self.cluster.scratch.path().display());
        }
        self.cluster.end().await;
        Ok(self.table)
    }

    /// A message that every stream must come to; nothing if it is not taken in time.
    async fn last_message(&mut self) -> Option<i64> {
        let command = self.town.announcement("the end");
        let given = self.town.give(0, &command, &mut self.random);
        match tokio::time::timeout(self.plan.patience, given).await {
            Ok(Answer::Done(seq)) => Some(seq),
            _ => None,
        }
    }

    /// Everything that is known; no process runs any more afterwards.
    async fn evidence(&mut self, programs: &Programs, last: i64) -> Result<Evidence> {
        let found = reads::found(&self.town).await;
        if let Err(error) = &found {
            self.verdict.note(Breach::Recovery, || error.to_string());
        }
        let truth = truth::read(&self.cluster.rows(), &self.town.workspace).await?;
        let mut copied = None;
        if let Some(node) = self.cluster.fleet.as_ref().and_then(|fleet| fleet.nodes.first()) {
            copied = Some(reads::copied(node.port, &self.town.workspace, truth.len()).await?);
        }
        for process in &mut self.cluster.processes {
            process.end().await;
        }
        let history = &self.town.history;
        Ok(Evidence {
            found: found.ok(),
            copied,
            replayed: proof::make(&self.cluster, programs, &mut self.verdict).await?,
            calls: history.calls(),
            streams: history.streams(),
            contents: history.contents(),
            knocks: history.knocks(),
            // Embedded the clock of the process is the database's.
            time: (self.plan.kind == Kind::Fleet).then(|| (self.began, clock::wall())),
            faulted: std::mem::take(&mut self.faulted),
            truth,
            last,
        })
    }
}

/// All faults of a kind of cluster.
pub fn all(kind: Kind) -> Vec<Fault> {
    Fault::value_variants().iter().copied().filter(|fault| kind == Kind::Fleet || fault.is_for_one()).collect()
}
