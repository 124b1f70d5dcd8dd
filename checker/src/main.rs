//! The checker: a real cluster on loopback (a fleet, or one process on SQLite), people at work, faults by a
//! seeded schedule, and the laws of `ARCHITECTURE.md` checked against all that was called, answered and
//! delivered.
//!
//! It knows the wire, and at the end the rows and the log on `JetStream`; of the server's modules it knows
//! nothing. `--prove` shows on planted bugs that it would see a broken law.
//!
//! In reading order: [`link`], [`process`], [`postgres`], [`nats`], [`volume`], [`clock`] (what the cluster is made of),
//! [`fleet`], [`cluster`], [`fault`] (what is done to it), [`http`], [`socket`], [`history`], [`town`],
//! [`actor`], [`listener`] (who uses it), [`rows`], [`truth`], [`reads`], [`proof`], [`laws`] (what is
//! compared), [`siege`], [`run`], [`table`], [`prove`].
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command line talks to its terminal")]
#![expect(clippy::indexing_slicing, reason = "people, channels and processes are fixed lists")]

mod actor;
mod clock;
mod cluster;
mod fault;
mod fleet;
mod history;
mod http;
mod laws;
mod listener;
mod nats;
mod postgres;
mod process;
mod proof;
mod prove;
mod reads;
mod rows;
mod run;
mod siege;
mod socket;
mod table;
mod town;
mod truth;
mod volume;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use crate::cluster::{Kind, Programs};
use crate::fault::Fault;
use crate::run::Plan;
use crate::siege::Length;
use crate::siege::flood::Flood;

/// How long everything may take to be whole after a fault.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a fault lasts, in milliseconds: most of them, and the others.
const SHORT: std::ops::Range<u64> = 500..5_000;
/// See [`SHORT`].
const LONG: std::ops::Range<u64> = 6_000..12_000;

/// Why a run could not be made. A law that is broken is a result, not a failure.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    fn new(what: impl std::fmt::Display) -> Self {
        Self(what.to_string())
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self(format!("input or output: {error}"))
    }
}

/// `Result` with a [`Failure`].
pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Checks Confab's laws on a real cluster under faults.
#[derive(Parser)]
#[command(name = "checker", version, about)]
struct Cli {
    /// One process on SQLite instead of a fleet.
    #[arg(long)]
    embedded: bool,
    /// From which the schedule follows.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How long faults are made; starting and checking come on top.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Which faults, with commas; all without it. `none` for a calm run.
    #[arg(long, value_delimiter = ',')]
    faults: Vec<String>,
    /// Floods by one hostile member and one stranger instead of faults, at the server's own limits.
    #[arg(long, conflicts_with_all = ["faults", "planted", "prove"])]
    siege: bool,
    /// Which floods, with commas; all without it.
    #[arg(long, value_delimiter = ',', requires = "siege")]
    floods: Vec<Flood>,
    /// A bug that the server is told to have; it must be built with the feature `planted`.
    #[arg(long)]
    planted: Option<String>,
    /// Runs once for every planted bug, and fails if one is not caught.
    #[arg(long)]
    prove: bool,
    #[command(flatten)]
    programs: Programs,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    raise_file_limit();
    // Whoever ends it leaves nothing behind: what was started is dropped with the run.
    let mut terminated = match signal(SignalKind::terminate()) {
        Ok(terminated) => terminated,
        Err(error) => {
            eprintln!("checker: {error}");
            return ExitCode::from(2);
        }
    };
    let outcome = tokio::select! {
        outcome = run_of(cli) => outcome,
        _ = tokio::signal::ctrl_c() => Err(Failure::new("interrupted")),
        _ = terminated.recv() => Err(Failure::new("terminated")),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("checker: {failure}");
            ExitCode::from(2)
        }
    }
}

/// A siege holds more connections than many systems give a process files by default.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

/// Whether everything is as it must be.
async fn run_of(cli: Cli) -> Result<bool> {
    if cli.prove {
        return Ok(prove::all(&cli.programs, cli.seed, cli.planted.as_deref()).await);
    }
    let kind = if cli.embedded { Kind::Embedded } else { Kind::Fleet };
    let faults = if cli.siege { Vec::new() } else { faults_of(kind, &cli.faults)? };
    let plan = Plan {
        kind,
        seed: cli.seed,
        seconds: cli.seconds,
        faults,
        siege: cli.siege.then(|| siege_of(kind, cli.floods, cli.seconds)),
        planted: cli.planted,
        short: SHORT,
        long: LONG,
        patience: PATIENCE,
        loud: true,
    };
    let table = run::run(&cli.programs, plan).await?;
    print!("{table}");
    Ok(table.verdict.is_clean())
}

/// A siege whose floods, two at a time, take so many seconds together, after a third as long without any.
fn siege_of(kind: Kind, floods: Vec<Flood>, seconds: u64) -> (Vec<Flood>, Length) {
    let possible = |flood: &Flood| kind == Kind::Embedded || *flood != Flood::Uploads;
    let floods = if floods.is_empty() { Flood::value_variants().to_vec() } else { floods };
    let floods: Vec<Flood> = floods.into_iter().filter(possible).collect();
    let pairs = u32::try_from(floods.len().div_ceil(2)).unwrap_or(1).max(1);
    let whole = Duration::from_secs(seconds);
    (floods, Length { quiet: whole / 3, flood: whole / pairs })
}

fn faults_of(kind: Kind, names: &[String]) -> Result<Vec<Fault>> {
    match names {
        [] => Ok(run::all(kind)),
        [all] if all == "all" => Ok(run::all(kind)),
        [none] if none == "none" => Ok(Vec::new()),
        names => names.iter().map(|name| clap::ValueEnum::from_str(name, true).map_err(Failure::new)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
        assert!(faults_of(Kind::Fleet, &["kill".into(), "nats-away".into()]).is_ok());
        assert!(faults_of(Kind::Fleet, &["flood".into()]).is_err());
        assert!(faults_of(Kind::Fleet, &["none".into()]).unwrap().is_empty());
    }
}
