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
use futures_util::stream::{self, BoxStream};

use crate::app::App;
use crate::app::queue::Queued;
use crate::bus::intake::{Entry, Intake};
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::id::{AccountId, WorkspaceId};
use crate::log::reader;
use crate::message::service::{self, New};
use crate::sign_in;

/// The name of the lease.
const NAME: &str = "intake";
/// Messages of one round.
const ROUND: usize = 1024;
/// How long the lease may be held without a word to the database.
const LEASE: Duration = Duration::from_secs(30);
/// How often it is looked whether the stream is still the same.
const LOOK: Duration = Duration::from_secs(2);
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

/// Follows until the way there is lost or the stream is another one, and begins anew.
async fn follow(app: &App, intake: &Arc<Intake>) {
    loop {
        let begun = async {
            let entries = intake.clone().follow().await?;
            Ok::<_, Error>((entries, intake.made().await?))
        };
        match begun.await {
            Ok((entries, made)) => {
                app.queue.forget();
                hear(app, intake, entries, made).await;
            }
            Err(error) => tracing::debug!(%error, "the intake is not followed"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn hear(app: &App, intake: &Intake, mut entries: BoxStream<'static, Result<Entry>>, made: i128) {
    let mut looks = tokio::time::interval(LOOK);
    loop {
        tokio::select! {
            entry = entries.next() => match entry {
                Some(Ok(entry)) => app.queue.hear(&entry),
                _ => return,
            },
            // One that was wiped would be waited for without a word.
            _ = looks.tick() => if intake.is_connected() && intake.made().await.ok() != Some(made) {
                return;
            },
        }
    }
}

async fn settle(app: &App, intake: &Intake) {
    let mut attempts = HashMap::new();
    loop {
        app.queue.wait().await;
        // What another process has decided; this one may be cut off from the database.
        if let Ok(first) = intake.first().await {
            app.queue.settle(first.saturating_sub(1));
        }
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

/// Decides the first that wait; `true` if there were some and none has to wait on. Another process that is at
/// it is left to it: its progress shows in what the intake still has.
async fn round(app: &App, intake: &Intake, attempts: &mut HashMap<u64, u32>) -> Result<bool> {
    let first = app.queue.first(ROUND);
    if first.is_empty() {
        return Ok(false);
    }
    let transaction = app.database.write(Scope::Workspace(WorkspaceId::SERVER)).await?;
    transaction.be_patient(LEASE).await?;
    if reader::lease(&transaction, WorkspaceId::SERVER, NAME).await?.is_none() {
        return Ok(false);
    }
    let mut authors: HashMap<(WorkspaceId, AccountId), Vec<(u64, Queued)>> = HashMap::new();
    for (number, queued) in first {
        authors.entry((queued.workspace_id, queued.viewer.account_id)).or_default().push((number, queued));
    }
    let decided = authors.into_values().map(|queued| of_author(app, queued, attempts));
    let decided: Vec<Option<Stuck>> = stream::iter(decided).buffer_unordered(AUTHORS).collect().await;
    let stuck: Vec<Stuck> = decided.into_iter().flatten().collect();
    if let Some(through) = app.queue.decided_through() {
        attempts.retain(|number, _| *number > through);
        intake.forget(through).await?;
        app.queue.settle(through);
    }
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
            Err(error) if error.is_passing() || matches!(error, Error::Internal(_)) => {
                tracing::debug!(%error, number, "a queued message has to wait");
                return Some(Stuck { number, is_defect: matches!(error, Error::Internal(_)) });
            }
            Err(error) => tracing::info!(%error, number, "a queued message was refused"),
        }
        app.queue.decided(number);
    }
    None
}

async fn decide(app: &App, queued: Queued) -> Result<()> {
    let Queued { viewer, workspace_id, message_id: id, channel_id, thread_id, text, file_ids, is_confirmed } = queued;
    if !sign_in::service::works(app, &viewer).await? {
        return Err(Error::Unauthenticated);
    }
    let new = New { id, channel_id, thread_id, text, file_ids, is_confirmed };
    service::decide(app, &viewer, workspace_id, new).await.map(drop)
}
