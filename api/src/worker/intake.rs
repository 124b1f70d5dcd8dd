//! Decides what was queued while the database was away: in order for each author, by the lane as anything
//! else, so that sign-in and permission are asked again and a message that was sent again has one effect.
//!
//! Promises: a queued message is decided before anything newer of its author that this process was given.
//! Processes take turns by a lease; two at once would only do the same twice. What is refused is forgotten:
//! its sender, who keeps it, hears the refusal when it is sent again.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;

use crate::app::App;
use crate::app::queue::Queued;
use crate::bus::intake::Intake;
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::id::{AccountId, WorkspaceId};
use crate::log::reader;
use crate::message::service::{self, New};
use crate::sign_in;

/// The name of the lease.
const NAME: &str = "intake";
/// Messages of one round.
const ROUND: usize = 256;
/// Authors whose messages are decided at the same time.
const AUTHORS: usize = 32;
/// How often a message is tried that fails for no passing reason.
const ATTEMPTS: u32 = 5;
/// Between two looks at something that is away.
const PAUSE: Duration = Duration::from_millis(200);

/// Follows the intake and decides what is in it, for ever.
pub async fn run(app: App, intake: Arc<Intake>) {
    tokio::join!(follow(&app, &intake), settle(&app, &intake));
}

async fn follow(app: &App, intake: &Arc<Intake>) {
    loop {
        match intake.clone().follow().await {
            Ok(mut entries) => {
                app.queue.forget();
                while let Some(Ok(entry)) = entries.next().await {
                    app.queue.hear(&entry);
                }
            }
            Err(error) => tracing::debug!(%error, "the intake is not followed"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn settle(app: &App, intake: &Intake) {
    let mut attempts = HashMap::new();
    loop {
        app.queue.wait().await;
        if app.rooms.fresh().is_fresh() && !app.database.is_away() {
            match round(app, intake, &mut attempts).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::debug!(%error, "what is queued was not decided"),
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Decides the first that wait; `true` if all of them are settled. Another process that is at it is left to
/// it: its progress shows in what the intake still has.
async fn round(app: &App, intake: &Intake, attempts: &mut HashMap<u64, u32>) -> Result<bool> {
    if let Some(settled) = intake.first().await?.checked_sub(1) {
        app.queue.settle(settled);
    }
    let transaction = app.database.write(Scope::Workspace(WorkspaceId::SERVER)).await?;
    if reader::lease(&transaction, WorkspaceId::SERVER, NAME).await?.is_none() {
        return Ok(false);
    }
    let first = app.queue.first(ROUND);
    let Some(last) = first.last().map(|(number, _)| *number) else { return Ok(true) };
    let mut authors: HashMap<(WorkspaceId, AccountId), Vec<(u64, Queued)>> = HashMap::new();
    for (number, queued) in first {
        authors.entry((queued.workspace_id, queued.viewer.account_id)).or_default().push((number, queued));
    }
    let decided = authors.into_values().map(|queued| of_author(app, queued, attempts));
    let stuck: Vec<Stuck> =
        stream::iter(decided).buffer_unordered(AUTHORS).filter_map(async |stuck| stuck).collect().await;
    let through = stuck.iter().map(|stuck| stuck.number - 1).min().unwrap_or(last);
    intake.forget(through).await?;
    app.queue.settle(through);
    attempts.retain(|number, _| *number > through);
    for stuck in stuck.iter().filter(|stuck| stuck.is_defect) {
        *attempts.entry(stuck.number).or_default() += 1;
    }
    // The lease; what was decided is committed already.
    let _ = transaction.rollback().await;
    Ok(stuck.is_empty())
}

/// The first message of an author that has to wait, and with it all behind it.
struct Stuck {
    number: u64,
    /// It did not fail because something is away.
    is_defect: bool,
}

/// Decides messages of one author, one after the other.
async fn of_author(app: &App, queued: Vec<(u64, Queued)>, attempts: &HashMap<u64, u32>) -> Option<Stuck> {
    for (number, queued) in queued {
        match decide(app, queued).await {
            Ok(()) => {}
            Err(Error::Internal(text)) if attempts.get(&number).is_some_and(|tried| tried + 1 >= ATTEMPTS) => {
                tracing::error!(text, number, "a queued message was given up");
            }
            Err(error @ (Error::Unavailable(_) | Error::Away(_) | Error::Internal(_))) => {
                tracing::warn!(%error, number, "a queued message has to wait");
                return Some(Stuck { number, is_defect: matches!(error, Error::Internal(_)) });
            }
            Err(error) => tracing::info!(%error, number, "a queued message was refused"),
        }
    }
    None
}

async fn decide(app: &App, queued: Queued) -> Result<()> {
    let Queued { viewer, workspace_id, message_id: id, channel_id, thread_id, text } = queued;
    if !sign_in::service::works(app, &viewer).await? {
        return Err(Error::Unauthenticated);
    }
    service::decide(app, &viewer, workspace_id, New { id, channel_id, thread_id, text }).await.map(drop)
}
