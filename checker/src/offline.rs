//! Offline commands on the database after all processes have stopped: `confab verify` checks the logs, `confab replay`
//! rebuilds the tables, which must not change.

use testbed::process::output;

use crate::Result;
use crate::cluster::Cluster;
use crate::invariants::{Verdict, Violation};

/// Every row before and after a replay.
#[derive(Debug, Default)]
pub struct Replayed {
    pub before: Vec<String>,
    pub after: Vec<String>,
}

/// Verifies and replays the logs. No process may run.
///
/// # Errors
/// The database cannot be read.
pub async fn verify_and_replay(cluster: &Cluster, verdict: &mut Verdict) -> Result<Replayed> {
    let mut run = async |command: &str, violation| {
        if let Err(error) = output(&mut offline_command(cluster, command)).await {
            verdict.record(violation, || format!("confab {command}: {error}"));
        }
    };
    run("verify", Violation::ContentMismatch).await;
    let before = cluster.rows().dump().await?;
    run("replay", Violation::Replay).await;
    Ok(Replayed { before, after: cluster.rows().dump().await? })
}

/// A command with direct access to the database, past the links.
fn offline_command(cluster: &Cluster, name: &str) -> tokio::process::Command {
    let mut command = cluster.processes[0].command(&[], &[name]);
    if let Some(fleet) = &cluster.fleet {
        command.env("CONFAB_DATABASE_URL", fleet.postgres.url(fleet.postgres.port));
    }
    command
}
