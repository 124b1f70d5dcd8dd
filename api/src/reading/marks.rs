//! The private writes of members: how far they have read. Many of them are one transaction.
//!
//! What waits is written together: on Postgres by workspace, since a transaction sees one; on SQLite, with its one
//! writer, all of it. Promises: an answer is given after the commit; the writes of one member happen in their order; a
//! crowd that reads makes at most one transaction in [`PACE`] and lets commands go first; what waits has a bound.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt, stream};
use tokio::sync::oneshot;

use super::service::{Told, Write, apply, raise, tell};
use crate::app::App;
use crate::db::Scope;
use crate::error::{Error, Result};
use crate::id::{MemberId, WorkspaceId};
use crate::live::signal::Signal;
use crate::supervise;

/// How long what comes after a transaction gathers.
const PACE: Duration = Duration::from_millis(50);
/// Writes of one transaction.
const MOST: usize = 128;
/// Writes that may wait in a group; more answer `UNAVAILABLE`.
const WAITING: usize = 4096;
/// Members that are told of their writes at the same time.
const TOLD: usize = 2;

/// Whose writes they are.
pub type Key = (WorkspaceId, MemberId);
/// The workspace whose writes are written together; all of them on SQLite.
type Group = Option<WorkspaceId>;

struct Waiting {
    key: Key,
    write: Write,
    answer: oneshot::Sender<Result<i64>>,
}

/// The writes under way: a group is there while somebody writes for it.
#[derive(Default)]
pub struct Private {
    groups: Mutex<HashMap<Group, VecDeque<Waiting>>>,
    transactions: AtomicU64,
}

impl std::fmt::Debug for Private {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Private").finish_non_exhaustive()
    }
}

impl Private {
    /// Writes, and answers the revision that includes it.
    ///
    /// # Errors
    /// When the database does not answer, or too much waits.
    pub async fn write(&self, app: &App, key: Key, write: Write) -> Result<i64> {
        let group = (!app.database.is_sqlite()).then_some(key.0);
        let (answer, answered) = oneshot::channel();
        let first = {
            let mut groups = self.groups();
            let first = !groups.contains_key(&group);
            let waiting = groups.entry(group).or_default();
            if waiting.len() >= WAITING {
                return Err(Error::Unavailable("Too much waits to be marked. Send it again.".into()));
            }
            waiting.push_back(Waiting { key, write, answer });
            first
        };
        if first {
            let app = app.clone();
            supervise::spawn("readings", async move {
                if supervise::guard("readings", run(&app, group)).await.is_err() {
                    // Those who wait are told by their dropped answers.
                    app.private.groups().remove(&group);
                }
            });
        }
        answered.await.map_err(|_| Error::Unavailable("It was not marked. Send it again.".into()))?
    }

    /// How many transactions were written.
    pub fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::SeqCst)
    }

    /// What waits, up to a transaction of it; with nothing waiting the group is forgotten.
    fn take(&self, group: Group) -> Option<Vec<Waiting>> {
        let mut groups = self.groups();
        let waiting = groups.get_mut(&group)?;
        if waiting.is_empty() {
            groups.remove(&group);
            return None;
        }
        let count = waiting.len().min(MOST);
        Some(waiting.drain(..count).collect())
    }

    fn groups(&self) -> MutexGuard<'_, HashMap<Group, VecDeque<Waiting>>> {
        self.groups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The writes of one member, in their order, and who waits for them.
struct Member {
    key: Key,
    writes: Vec<Write>,
    answers: Vec<oneshot::Sender<Result<i64>>>,
}

fn members(taken: Vec<Waiting>) -> Vec<Member> {
    let mut members: Vec<Member> = Vec::new();
    let mut index: HashMap<Key, usize> = HashMap::new();
    for Waiting { key, write, answer } in taken {
        let at = *index.entry(key).or_insert_with(|| {
            members.push(Member { key, writes: Vec::new(), answers: Vec::new() });
            members.len() - 1
        });
        if let Some(member) = members.get_mut(at) {
            member.writes.push(write);
            member.answers.push(answer);
        }
    }
    // In one order, so that two transactions never wait for each other's rows.
    members.sort_unstable_by_key(|member| member.key);
    members
}

async fn run(app: &App, group: Group) {
    while let Some(taken) = app.private.take(group) {
        app.rooms.commands_first().await;
        let members = members(taken);
        match write_all(app, &members).await {
            Ok(revs) => answer_all(app, members.into_iter().zip(revs.into_iter().map(Ok)).collect()).await,
            // One of them may be at fault.
            Err(error) if members.len() > 1 && !error.is_passing() => {
                for member in members {
                    let rev = write_all(app, std::slice::from_ref(&member)).await.map(|revs| revs.first().copied());
                    let rev = rev.and_then(|rev| rev.ok_or_else(|| Error::internal("no revision was written")));
                    answer_all(app, vec![(member, rev)]).await;
                }
            }
            Err(error) => {
                answer_all(app, members.into_iter().map(|member| (member, Err(error.clone()))).collect()).await;
            }
        }
        tokio::time::sleep(PACE).await;
    }
}

/// Writes for these members; answers the revision of each.
async fn write_all(app: &App, members: &[Member]) -> Result<Vec<i64>> {
    let Some((workspace_id, _)) = members.first().map(|member| member.key) else { return Ok(Vec::new()) };
    app.private.transactions.fetch_add(1, Ordering::SeqCst);
    // On Postgres they are of one workspace, and SQLite has no scopes.
    let transaction = app.database.write(Scope::Workspace(workspace_id)).await?;
    let mut revs = Vec::with_capacity(members.len());
    for Member { key: (workspace_id, member_id), writes, .. } in members {
        // First, so that whoever else writes for this member waits here.
        revs.push(raise(&transaction, *workspace_id, *member_id, Told::of(writes).len()).await?);
        for write in writes {
            apply(&transaction, *workspace_id, *member_id, *write).await?;
        }
    }
    transaction.commit().await?;
    Ok(revs)
}

/// Answers those who wait, and then tells all devices of each member.
async fn answer_all(app: &App, done: Vec<(Member, Result<i64>)>) {
    let mut written = Vec::new();
    for (member, rev) in done {
        for answer in member.answers {
            let _ = answer.send(rev.clone());
        }
        written.extend(rev.ok().map(|rev| (member.key, member.writes, rev)));
    }
    let telling = stream::iter(written).for_each_concurrent(TOLD, async |(key, writes, rev)| {
        if let Err(error) = tell(app, key, &writes, rev).await {
            tracing::warn!(%error, "a reading was stored but not counted");
            app.rooms.signal(key.0, key.1, Signal::PrivateChanged { private_rev: rev });
        }
    });
    telling.await;
}
