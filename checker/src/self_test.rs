//! The self-test of the checker: for every bug that can be planted in the server, a short run with faults that expose
//! it, which must find a violation.

use std::time::Duration;

use crate::cluster::{Kind, Programs};
use crate::fault::Fault::{self, *};
use crate::run::{Plan, run};

/// A bug and the conditions that expose it.
struct Bug {
    name: &'static str,
    seconds: u64,
    faults: &'static [Fault],
    /// Whether only long faults expose it.
    is_slow: bool,
    kind: Kind,
}

const fn bug(name: &'static str, seconds: u64, faults: &'static [Fault]) -> Bug {
    Bug { name, seconds, faults, is_slow: false, kind: Kind::Fleet }
}

/// The bugs, named as in `api/src/ground/planted.rs`.
const BUGS: [Bug; 20] = [
    bug("acknowledge-before-commit", 20, &[CommitsRefused, Kill]),
    bug("publish-before-commit", 20, &[CommitsRefused]),
    bug("reuse-fork", 20, &[CommitsRefused]),
    bug("reuse-fork-of-statement", 20, &[StatementsRefused]),
    bug("not-durable", 25, &[PostgresStop]),
    Bug { kind: Kind::Embedded, ..bug("not-durable", 25, &[PowerCut]) },
    bug("forget-command", 15, &[Kill, Terminate]),
    bug("retry-answers-now", 15, &[Kill]),
    bug("project-twice", 10, &[]),
    bug("ignore-hole", 20, &[NatsReset, NatsCut]),
    bug("deliver-to-removed", 15, &[]),
    bug("judge-by-today", 20, &[Kill, KillAll]),
    bug("leak-channels", 15, &[]),
    bug("drop-last-at-reconnect", 15, &[Kill]),
    bug("repeat-at-reconnect", 15, &[Kill]),
    bug("out-of-order", 15, &[]),
    Bug { is_slow: true, ..bug("skip-heartbeat", 60, &[NatsDown]) },
    bug("keep-signed-out", 20, &[]),
    bug("publisher-skips", 10, &[]),
    bug("count-own", 10, &[]),
];

/// Runs every bug, or one, and returns whether all were caught.
pub async fn run_all(programs: &Programs, seed: u64, only: Option<&str>) -> bool {
    let mut missed = Vec::new();
    let wanted: Vec<&Bug> = BUGS.iter().filter(|bug| only.is_none_or(|name| name == bug.name)).collect();
    println!("{:<28} {:<10} {:<8} by", "planted", "cluster", "caught");
    for bug in &wanted {
        let plan = Plan {
            kind: bug.kind,
            seed,
            seconds: bug.seconds,
            faults: bug.faults.to_vec(),
            siege: None,
            planted: Some(bug.name.to_owned()),
            short: if bug.is_slow { crate::LONG_FAULT_MILLIS } else { crate::SHORT_FAULT_MILLIS },
            long: crate::LONG_FAULT_MILLIS,
            recovery_timeout: Duration::from_secs(12),
            is_verbose: false,
        };
        let (caught, by) = match run(programs, plan).await {
            Ok(table) => {
                let kinds = table.verdict.kinds();
                let by: Vec<_> =
                    kinds.into_iter().map(|kind| format!("invariant {} ({kind:?})", kind.invariant())).collect();
                (!by.is_empty(), by.join(", "))
            }
            Err(failure) => (false, failure.to_string()),
        };
        let kind = if bug.kind == Kind::Fleet { "fleet" } else { "embedded" };
        println!("{:<28} {kind:<10} {:<8} {by}", bug.name, if caught { "yes" } else { "NO" });
        if !caught {
            missed.push(bug.name);
        }
    }
    println!("{} of {} caught", wanted.len() - missed.len(), wanted.len());
    missed.is_empty()
}
