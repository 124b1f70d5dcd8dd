//! The checker: runs a workload against a real cluster on loopback (a fleet, or one process on SQLite), injects
//! faults on a seeded schedule, and checks the invariants of `ARCHITECTURE.md` against every call, response and
//! delivery.
//!
//! It uses only the API and, at the end, the database and the log on `JetStream`, never the server's modules. Servers,
//! NATS and clients are those of the crate `testbed`.
//! `--prove` plants bugs in the server to show that a violation would be detected.
//!
//! In reading order: [`link`], [`postgres`], [`volume`], [`clock`] (parts of the cluster), [`fleet`], [`cluster`],
//! [`fault`] (the cluster and its faults), [`socket`], [`history`], [`workload`], [`actor`], [`listener`] (the
//! clients), [`rows`], [`model`], [`final_reads`], [`offline`], [`invariants`] (the checks), [`siege`], [`run`],
//! [`table`], [`self_test`].
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line program prints to its terminal")]
#![expect(clippy::indexing_slicing, reason = "users, channels and processes are fixed lists")]

mod actor;
mod clock;
mod cluster;
mod fault;
mod final_reads;
mod fleet;
mod history;
mod invariants;
mod listener;
mod model;
mod offline;
mod postgres;
mod rows;
mod run;
mod self_test;
mod siege;
mod socket;
mod table;
mod volume;
mod workload;

use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use rustix::process::{Resource, getrlimit, setrlimit};
pub use testbed::{Failure, Result};
use tokio::signal::unix::{SignalKind, signal};

use crate::cluster::{Kind, Programs};
use crate::fault::Fault;
use crate::run::Plan;
use crate::siege::Durations;
use crate::siege::flood::Flood;

/// The longest recovery after a fault.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(60);

/// Duration of most faults, in milliseconds.
const SHORT_FAULT_MILLIS: std::ops::Range<u64> = 500..5_000;
/// Duration of the others, in milliseconds.
const LONG_FAULT_MILLIS: std::ops::Range<u64> = 6_000..12_000;

/// Checks Confab's invariants on a real cluster under faults.
#[derive(Parser)]
#[command(name = "checker", version, about)]
struct Cli {
    /// Run one process on SQLite instead of a fleet.
    #[arg(long)]
    embedded: bool,
    /// Seed of the schedule.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Duration of fault injection in seconds. Starting and checking take additional time.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Faults to inject, comma-separated. Defaults to all; `none` injects no faults.
    #[arg(long, value_delimiter = ',')]
    faults: Vec<String>,
    /// Run floods by a hostile member and a stranger instead of faults, with the server's default limits.
    #[arg(long, conflicts_with_all = ["faults", "planted", "prove"])]
    siege: bool,
    /// Floods to run, comma-separated. Defaults to all.
    #[arg(long, value_delimiter = ',', requires = "siege")]
    floods: Vec<Flood>,
    /// Bug to plant in the server, which must be built with the feature `planted`.
    #[arg(long)]
    planted: Option<String>,
    /// Run once for every planted bug, and fail if one is not caught.
    #[arg(long)]
    prove: bool,
    #[command(flatten)]
    programs: Programs,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    raise_file_limit();
    // Dropping the run on a signal stops every process it started.
    let mut terminated = match signal(SignalKind::terminate()) {
        Ok(terminated) => terminated,
        Err(error) => {
            eprintln!("checker: {error}");
            return ExitCode::from(2);
        }
    };
    let outcome = tokio::select! {
        outcome = run_cli(cli) => outcome,
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

/// A siege needs more open files than many systems allow by default.
fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}

/// Returns whether every check passed.
async fn run_cli(cli: Cli) -> Result<bool> {
    if cli.prove {
        return Ok(self_test::run_all(&cli.programs, cli.seed, cli.planted.as_deref()).await);
    }
    let kind = if cli.embedded { Kind::Embedded } else { Kind::Fleet };
    let faults = if cli.siege { Vec::new() } else { parse_faults(kind, &cli.faults)? };
    let plan = Plan {
        kind,
        seed: cli.seed,
        seconds: cli.seconds,
        faults,
        siege: cli.siege.then(|| plan_siege(kind, cli.floods, cli.seconds)),
        planted: cli.planted,
        short: SHORT_FAULT_MILLIS,
        long: LONG_FAULT_MILLIS,
        recovery_timeout: RECOVERY_TIMEOUT,
        is_verbose: true,
    };
    let table = run::run(&cli.programs, plan).await?;
    print!("{table}");
    Ok(table.verdict.is_clean())
}

/// Plans floods in pairs that take `seconds` in total, after a quiet phase of a third of that time.
fn plan_siege(kind: Kind, floods: Vec<Flood>, seconds: u64) -> (Vec<Flood>, Durations) {
    let possible = |flood: &Flood| kind == Kind::Embedded || *flood != Flood::Uploads;
    let floods = if floods.is_empty() { Flood::value_variants().to_vec() } else { floods };
    let floods: Vec<Flood> = floods.into_iter().filter(possible).collect();
    let pairs = u32::try_from(floods.len().div_ceil(2)).unwrap_or(1).max(1);
    let whole = Duration::from_secs(seconds);
    (floods, Durations { quiet: whole / 3, flood: whole / pairs })
}

fn parse_faults(kind: Kind, names: &[String]) -> Result<Vec<Fault>> {
    match names {
        [] => Ok(run::all_faults(kind)),
        [all] if all == "all" => Ok(run::all_faults(kind)),
        [none] if none == "none" => Ok(Vec::new()),
        names => names.iter().map(|name| clap::ValueEnum::from_str(name, true).map_err(Failure::new)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn accepts_valid_arguments_and_rejects_unknown_faults() {
        Cli::command().debug_assert();
        assert!(parse_faults(Kind::Fleet, &["kill".into(), "nats-down".into()]).is_ok());
        assert!(parse_faults(Kind::Fleet, &["flood".into()]).is_err());
        assert!(parse_faults(Kind::Fleet, &["none".into()]).unwrap().is_empty());
    }
}
