//! The server's own commands on its rows once all processes have ended: `confab verify` proves the logs,
//! `confab replay` rebuilds the tables, which are as they were.

use tokio::process::Command;

use crate::Result;
use crate::cluster::{Cluster, Programs};
use crate::laws::{Breach, Verdict};
use crate::process::output;

/// Every row before a replay, and after it.
#[derive(Debug, Default)]
pub struct Replayed {
    pub before: Vec<String>,
    pub after: Vec<String>,
}

/// Proves the logs, and replays them. No process may run.
///
/// # Errors
/// The rows cannot be looked at.
pub async fn make(cluster: &Cluster, programs: &Programs, verdict: &mut Verdict) -> Result<Replayed> {
    let mut told = async |command: &str, breach| {
        if let Err(error) = output(&mut of(cluster, programs, command)).await {
            verdict.note(breach, || format!("confab {command}: {error}"));
        }
    };
    told("verify", Breach::Differs).await;
    let before = cluster.rows().dump().await?;
    told("replay", Breach::Replay).await;
    Ok(Replayed { before, after: cluster.rows().dump().await? })
}

/// A command that finds the rows past all links.
fn of(cluster: &Cluster, programs: &Programs, name: &str) -> Command {
    let mut command = Command::new(&programs.confab);
    command.arg(name).env("CONFAB_DATA", cluster.processes[0].data());
    if let Some(fleet) = &cluster.fleet {
        command.env("CONFAB_DATABASE_URL", fleet.postgres.url(fleet.postgres.port));
    }
    command
}
