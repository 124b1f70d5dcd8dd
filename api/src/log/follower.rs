//! Followers: durable readers that work elsewhere, such as on a search index.
//!
//! What they do may take longer than any transaction should, so none is open meanwhile. A follower takes the logs that
//! have grown for a while ([`leases`]), reads a run of events of each and what it needs to know of them in one snapshot,
//! works, and only then moves the cursors, of logs that nobody has taken from it. So each run is worked on at least once,
//! and by one process at a time unless that hangs for longer than its lease. A round without work writes nothing; one
//! with work writes twice for all logs together, unless their work takes long.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::time::Duration;

use sea_orm::{ConnectionTrait, QueryResult};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::leases::{self, Holder, Returned, Taken};
use super::read;
use super::reader::{GivenUp, Outcome, each_grown, guarded};
use super::troubles::{Troubles, Turn};
use super::wake::{Left, Logs};
use crate::db::{Database, Scope, Transaction, statement};
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent};
use crate::id::WorkspaceId;

/// For how long logs are held together: others may go on with those that wait behind one with much work.
const TOGETHER: Duration = Duration::from_secs(1);

/// What follows the log.
pub trait Follower: Send + Sync {
    /// What a run of events asks for.
    type Work: Send;

    /// Names the cursor.
    fn name(&self) -> &str;

    /// How many of these events, at least one, make a run.
    fn run_of(&self, events: &[SharedEvent]) -> usize {
        events.len()
    }

    /// Reads what there is to do, in one snapshot.
    fn read(&self, snapshot: &Transaction, events: &[SharedEvent]) -> impl Future<Output = Result<Self::Work>> + Send;

    /// Does it. Must be idempotent.
    fn work(&self, work: Self::Work) -> impl Future<Output = Result<()>> + Send;
}

/// Looks once at those of the logs that have grown.
///
/// # Errors
/// When the database does not answer, or something that all logs need is away.
pub async fn round<F: Follower>(
    database: &Database,
    follower: &F,
    process: Uuid,
    troubles: &mut Troubles,
    logs: &Logs,
) -> Result<Left> {
    each_grown(database, follower.name(), troubles, logs, |logs| step(database, follower, process, logs)).await
}

async fn step<F: Follower>(
    database: &Database,
    follower: &F,
    process: Uuid,
    logs: Vec<(WorkspaceId, Turn)>,
) -> Result<Vec<Outcome>> {
    Ok(Page::take(database, follower, process, logs).await?.work().await)
}

/// Logs that were taken together, and are given back together.
struct Page<'a, F> {
    database: &'a Database,
    follower: &'a F,
    holder: Holder<'a>,
    /// Until when they are held together.
    until: Instant,
    /// Those that were worked on, with how it went.
    done: Vec<(Returned, Result<()>)>,
    /// Those that wait, with their cursors.
    waiting: VecDeque<(WorkspaceId, Seq, Turn)>,
    outcomes: Vec<Outcome>,
}

impl<'a, F: Follower> Page<'a, F> {
    async fn take(
        database: &'a Database,
        follower: &'a F,
        process: Uuid,
        logs: Vec<(WorkspaceId, Turn)>,
    ) -> Result<Self> {
        let holder = Holder { name: follower.name(), process };
        let taken = holder.take(database, logs.iter().map(|(id, _)| *id)).await?;
        let waiting = logs.into_iter().filter_map(|(id, turn)| taken.get(&id).map(|cursor| (id, *cursor, turn)));
        let (done, outcomes, until) = (Vec::new(), Vec::new(), Instant::now() + TOGETHER);
        Ok(Self { database, follower, holder, until, done, waiting: waiting.collect(), outcomes })
    }

    /// Handles the next run of each log, for a while: what is left then waits for the next round. However that ends, the
    /// logs are given back.
    async fn work(mut self) -> Vec<Outcome> {
        while let Some((id, cursor, turn)) = self.waiting.pop_front() {
            let (to, outcome) = match self.run(id, cursor, turn).await {
                Ok((last, Ok(()))) => (last, Ok(())),
                Ok((seq, Err(error))) if turn.is_last() && !error.is_passing() => {
                    let (name, attempts) = (self.holder.name, turn.attempts + 1);
                    let given_up = GivenUp { workspace_id: id, name, cursor, seq, attempts };
                    match given_up.note(self.database, &error).await {
                        Ok(to) => {
                            self.outcomes.push((id, Ok(Some(to))));
                            continue;
                        }
                        Err(error) => (cursor, Err(error)),
                    }
                }
                Ok((_, Err(error))) | Err(error) => (cursor, Err(error)),
            };
            let is_away = matches!(outcome, Err(Error::Away(_)));
            self.done.push((Returned { id, from: cursor, to }, outcome));
            if is_away || self.until <= Instant::now() {
                break;
            }
        }
        self.give_back().await;
        self.outcomes
    }

    /// Works on the next run of a log; answers its last number, and how it went.
    async fn run(&mut self, id: WorkspaceId, cursor: Seq, turn: Turn) -> Result<(Seq, Result<()>)> {
        let (database, follower) = (self.database, self.follower);
        let snapshot = database.snapshot(Scope::Workspace(id)).await?;
        let mut events = read::after(&snapshot, id, cursor, turn.limit).await?;
        events.truncate(follower.run_of(&events).max(1));
        let Some(last) = events.last().map(|event| event.seq) else { return Ok((cursor, Ok(()))) };
        let work = guarded(follower.read(&snapshot, &events)).await;
        drop(snapshot);
        let work = match work {
            Ok(work) => guarded(follower.work(work)),
            Err(error) => return Ok((last, Err(error))),
        };
        Ok((last, self.keep(id, cursor, pin!(work)).await))
    }

    /// Waits for the work on one log. If it takes long the others are given back, and this one is taken again and again.
    async fn keep(
        &mut self,
        id: WorkspaceId,
        cursor: Seq,
        mut work: Pin<&mut impl Future<Output = Result<()>>>,
    ) -> Result<()> {
        tokio::select! {
            done = &mut work => return done,
            () = sleep_until(self.until) => self.give_back().await,
        }
        let taken = Taken::of(self.holder, id, cursor);
        tokio::select! {
            done = work => done,
            lost = taken.keep(self.database) => Err(lost),
        }
    }

    /// Gives back all that are held. Where that fails the leases end by themselves.
    async fn give_back(&mut self) {
        let waiting = self.waiting.drain(..).map(|(id, cursor, _)| (Returned { id, from: cursor, to: cursor }, Ok(())));
        let all: Vec<_> = self.done.drain(..).chain(waiting).collect();
        let returned: Vec<Returned> = all.iter().map(|(returned, _)| *returned).collect();
        let given = self.holder.give_back(self.database, &returned).await;
        for (Returned { id, to, .. }, outcome) in all {
            let outcome = match &given {
                Ok(given) if given.contains(&id) => outcome.map(|()| Some(to)),
                Ok(_) => outcome.and(Err(leases::lost())),
                Err(error) => outcome.and(Err(error.clone())),
            };
            self.outcomes.push((id, outcome));
        }
    }
}

/// How far a follower has come in all logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Events that it has handled.
    pub done: i64,
    /// Events that there are.
    pub all: i64,
}

impl Progress {
    /// Events that it has yet to handle.
    pub fn behind(self) -> i64 {
        (self.all - self.done).max(0)
    }
}

/// How far a follower has come in all logs.
///
/// # Errors
/// When the database does not answer.
pub async fn progress(database: &Database, name: &str) -> Result<Progress> {
    let sql = "SELECT CAST(COALESCE(SUM(l.last_seq), 0) AS BIGINT) AS total, \
               CAST(COALESCE(SUM(r.cursor), 0) AS BIGINT) AS done FROM log l \
               LEFT JOIN reader r ON r.workspace_id = l.workspace_id AND r.name = $1 WHERE l.workspace_id <> $2";
    let snapshot = database.snapshot(Scope::Server).await?;
    let row = snapshot.query_one_raw(statement(&snapshot, sql, [name.into(), WorkspaceId::SERVER.0.into()])).await?;
    let read = |row: QueryResult| Ok(Progress { all: row.try_get("", "total")?, done: row.try_get("", "done")? });
    row.map_or(Ok(Progress { done: 0, all: 0 }), read)
}

/// Where a follower stands in one log.
///
/// # Errors
/// When the database does not answer.
pub async fn cursor(snapshot: &Transaction, workspace_id: WorkspaceId, name: &str) -> Result<Seq> {
    let sql = "SELECT cursor FROM reader WHERE workspace_id = $1 AND name = $2";
    let values = [workspace_id.0.into(), name.into()];
    let row = snapshot.query_one_raw(statement(snapshot, sql, values)).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get("", "cursor")?))
}

/// Forgets the cursors of a follower that is no more.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(transaction: &Transaction, name: &str) -> Result<()> {
    for table in ["reader", "reader_failure"] {
        let sql = format!("DELETE FROM {table} WHERE name = $1");
        transaction.execute_raw(statement(transaction, sql, [name.into()])).await?;
    }
    Ok(())
}
