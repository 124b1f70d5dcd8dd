//! Processes the messages that were queued while the database was unavailable. They go through the lane like any other
//! command, in order per author, so session and permission are checked again and a resent message takes effect once.
//!
//! - A queued message is processed before any later message of its author that this process receives.
//! - A lease ensures that one process works at a time; two would only do the same work twice.
//! - A rejected message is dropped. The sender, who keeps it, receives the rejection when resending it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};

use crate::adapter::bus::intake::{Entry, Intake};
use crate::app::App;
use crate::app::queue::Queued;
use crate::chat::message::send::SendMessage;
use crate::chat::session;
use crate::ground::db::Scope;
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, CommandId, WorkspaceId};
use crate::log::cursors;

/// The name of the lease.
const LEASE_NAME: &str = "intake";
/// Maximum number of messages per batch.
const BATCH_SIZE: usize = 1024;
/// Timeout of the transaction that holds the lease while it is idle.
const LEASE_TIMEOUT: Duration = Duration::from_secs(30);
/// How often to check whether the stream was replaced.
const CHECK_INTERVAL: Duration = Duration::from_secs(2);
/// Maximum number of authors processed concurrently.
const MAX_CONCURRENT_AUTHORS: usize = 32;
/// Attempts per message that fails with a permanent error.
const MAX_ATTEMPTS: u32 = 5;
/// Delay between attempts while a dependency is unavailable.
const RETRY_DELAY: Duration = Duration::from_millis(200);

/// Follows the intake and processes its messages forever.
pub async fn run(app: App, intake: Arc<Intake>) {
    tokio::join!(follow(&app, &intake), settle(&app, &intake));
}

/// Follows the intake until the connection is lost or the stream is replaced, then starts over.
async fn follow(app: &App, intake: &Arc<Intake>) {
    loop {
        let started = async {
            let entries = intake.clone().follow().await?;
            Ok::<_, Error>((entries, intake.created_at().await?))
        };
        match started.await {
            Ok((entries, created)) => {
                app.queue.clear();
                receive(app, intake, entries, created).await;
            }
            Err(error) => tracing::debug!(%error, "failed to follow the intake; retrying"),
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

async fn receive(app: &App, intake: &Intake, mut entries: BoxStream<'static, Result<Entry>>, created: i128) {
    let mut ticks = tokio::time::interval(CHECK_INTERVAL);
    loop {
        tokio::select! {
            entry = entries.next() => match entry {
                Some(Ok(entry)) => app.queue.receive(&entry),
                _ => return,
            },
            // A wiped stream would otherwise stay silent forever.
            _ = ticks.tick() => if intake.is_connected() && intake.created_at().await.ok() != Some(created) {
                return;
            },
        }
    }
}

async fn settle(app: &App, intake: &Intake) {
    let mut attempts = HashMap::new();
    loop {
        app.queue.wait().await;
        // Messages that another process has processed. This process may be cut off from the database.
        if let Ok(first) = intake.first_sequence().await {
            app.queue.remove_through(first.saturating_sub(1));
        }
        if app.logs.fresh().is_fresh() && !app.database.is_unavailable() {
            match process_batch(app, intake, &mut attempts).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::debug!(%error, "failed to process queued messages; retrying"),
            }
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
}

/// Processes the first pending messages. Returns `true` if there were some and none is blocked. If another process
/// holds the lease, it does nothing; that process's progress shows in what the intake still contains.
async fn process_batch(app: &App, intake: &Intake, attempts: &mut HashMap<u64, u32>) -> Result<bool> {
    let first = app.queue.next_undecided(BATCH_SIZE);
    if first.is_empty() {
        return Ok(false);
    }
    let transaction = app.database.write(Scope::Workspace(WorkspaceId::SERVER)).await?;
    transaction.extend_timeout(LEASE_TIMEOUT).await?;
    if cursors::lock_cursor(&transaction, WorkspaceId::SERVER, LEASE_NAME).await?.is_none() {
        return Ok(false);
    }
    let mut authors: HashMap<(WorkspaceId, AccountId), Vec<(u64, Queued)>> = HashMap::new();
    for (number, queued) in first {
        authors.entry((queued.workspace_id, queued.viewer.account_id)).or_default().push((number, queued));
    }
    let results = authors.into_values().map(|queued| process_author(app, queued, attempts));
    let results: Vec<Option<Blocked>> = stream::iter(results).buffer_unordered(MAX_CONCURRENT_AUTHORS).collect().await;
    let blocked: Vec<Blocked> = results.into_iter().flatten().collect();
    if let Some(through) = app.queue.decided_through() {
        attempts.retain(|number, _| *number > through);
        intake.purge_through(through).await?;
        app.queue.remove_through(through);
    }
    for blocked in blocked.iter().filter(|blocked| blocked.is_permanent) {
        *attempts.entry(blocked.number).or_default() += 1;
    }
    // Releases the lease. The processed messages are already committed.
    let _ = transaction.rollback().await;
    Ok(blocked.is_empty())
}

/// The first message of an author that is blocked, and with it all later ones.
struct Blocked {
    number: u64,
    /// Whether it failed for another reason than an unavailable dependency.
    is_permanent: bool,
}

/// Processes the messages of one author in order.
async fn process_author(app: &App, queued: Vec<(u64, Queued)>, attempts: &HashMap<u64, u32>) -> Option<Blocked> {
    for (number, queued) in queued {
        match process(app, queued).await {
            Ok(()) => {}
            Err(Error::Internal(text))
                if attempts.get(&number).is_some_and(|attempts| attempts + 1 >= MAX_ATTEMPTS) =>
            {
                tracing::error!(text, number, "gave up on a queued message");
            }
            Err(error) if error.is_transient() || matches!(error, Error::Internal(_)) => {
                tracing::debug!(%error, number, "queued message is blocked");
                return Some(Blocked { number, is_permanent: matches!(error, Error::Internal(_)) });
            }
            Err(error) => tracing::info!(%error, number, "queued message rejected"),
        }
        app.queue.mark_decided(number);
    }
    None
}

async fn process(app: &App, queued: Queued) -> Result<()> {
    let Queued { viewer, workspace_id, .. } = queued;
    if !session::service::is_active(app, &viewer).await? {
        return Err(Error::Unauthenticated);
    }
    // The confirmation is not part of the command's input, so it is stored beside it.
    let (command, is_confirmed): (SendMessage, bool) = queued.command()?;
    let message = command.dequeued(workspace_id, is_confirmed);
    app.submit(&viewer, workspace_id, CommandId(message.message_id.0), message).await.map(drop)
}
