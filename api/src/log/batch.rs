//! One batch of commands for one log, inside of one transaction: look at the head of the log, read the
//! facts, decide each on a fork, append, project.
//!
//! There are two ways. The sure one locks the head first and folds in what other processes wrote. The short
//! one, on Postgres, locks nothing before it has decided: it decides on what is in memory if that is where the
//! log stands, and moves the head on the condition that it stands there still. If it does not, nothing was
//! written, and the sure way is taken.
//!
//! It commits nothing and touches no shared state: the caller commits, and only then gives the events
//! to the live room and the results to those who wait.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseBackend, EntityTrait, Statement};

use super::command::Submission;
use super::decisions::{Decisions, Key, same};
use super::entity::{command, event, log};
use super::facts::{Facts, Wants};
use super::lane::Receipt;
use super::{failpoint, projection, read, secret};
use crate::clock::Moment;
use crate::db::inserts::insert_all;
use crate::db::{Transaction, clock_sql, many, statement};
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent, Skeleton};
use crate::id::WorkspaceId;
use crate::planted::{self, Bug};
use crate::workspace::state::Workspace;

/// What a batch did, true once its transaction is committed.
#[derive(Debug)]
pub struct Done {
    /// Events that another process had written before.
    pub missed: Vec<SharedEvent>,
    /// The events of this batch, which follow them.
    pub written: Vec<SharedEvent>,
    /// The answer to each command, in the order given.
    pub results: Vec<Result<Receipt>>,
    /// Another process writes in this log.
    pub is_contended: bool,
}

/// How a batch makes sure that nobody else writes between its decisions and its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Nobody does, or it is taken back.
    Short,
    /// The head is locked. SQLite has no other: its transaction itself locks.
    Sure,
}

/// Why a batch failed as a whole. Nothing of it is true.
#[derive(Debug)]
pub struct Failed {
    pub error: Error,
    /// What had been decided by then.
    pub decided: Vec<SharedEvent>,
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self { error: error.into(), decided: Vec::new() }
    }
}

struct Head {
    last_seq: Seq,
    digest: Vec<u8>,
    at: Moment,
}

type Known = HashMap<Key, command::Model>;

/// Runs a batch on `fork`, the state of the log as this process knows it.
///
/// # Errors
/// Only for the batch as a whole: a statement failed, or the log cannot be read.
pub async fn run(
    transaction: &Transaction,
    fork: Workspace,
    submissions: &[Submission],
    way: Way,
) -> Result<Done, Failed> {
    if way == Way::Short
        && let Some(done) = attempt(transaction, fork.clone(), submissions, Way::Short).await?
    {
        return Ok(done);
    }
    let done = attempt(transaction, fork, submissions, Way::Sure).await?;
    let done = done.ok_or_else(|| Error::internal("the head of a log moved although it is locked"))?;
    Ok(Done { is_contended: way == Way::Short || !done.missed.is_empty(), ..done })
}

/// `None` if the log moved meanwhile, so that the short way ends nowhere; nothing was written then.
async fn attempt(
    transaction: &Transaction,
    mut fork: Workspace,
    submissions: &[Submission],
    way: Way,
) -> Result<Option<Done>, Failed> {
    let workspace_id = fork.id;
    let head = look(transaction, workspace_id, way).await?;
    failpoint::pass("lane.locked");
    if way == Way::Short && head.last_seq != fork.seq {
        return Ok(None);
    }
    let missed = catch_up(transaction, &mut fork, head.last_seq).await?;
    let mut wants = Wants::default();
    submissions.iter().for_each(|submission| submission.want(&mut wants));
    let facts = Facts::fetch(transaction, workspace_id, &wants, head.at).await?;
    // After the facts: a command whose effect they show, because another process has just accepted it, is
    // known, and is not refused for what it did itself.
    let known = known_commands(transaction, workspace_id, submissions).await?;
    if known.values().any(|earlier| earlier.last_seq > head.last_seq) {
        // It was accepted after the look at the head: no answer may be older than what it answers.
        return Ok(None);
    }
    let mut decisions = Decisions::new(fork, facts, head.at, head.digest.clone());
    for submission in submissions {
        let input_hash = submission.input_hash()?;
        let result = match known.get(&submission.key()) {
            Some(earlier) => repeat(transaction, earlier, &input_hash, &decisions.fork).await,
            None => decisions.decide(submission, input_hash)?,
        };
        decisions.results.push(result);
    }
    failpoint::pass("lane.decided");
    match write(transaction, &head, &mut decisions).await {
        Ok(is_there) => Ok(is_there.then_some(Done {
            missed,
            written: decisions.written,
            results: decisions.results,
            is_contended: false,
        })),
        Err(error) => Err(Failed { error, decided: decisions.written }),
    }
}

/// Where the log stands; the sure way locks it there against every other writer. On SQLite the transaction
/// itself did. What a newer version has written there is met here even if memory was loaded behind it.
async fn look(transaction: &Transaction, workspace_id: WorkspaceId, way: Way) -> Result<Head> {
    let backend = transaction.get_database_backend();
    let locks = way == Way::Sure && backend == DatabaseBackend::Postgres;
    let lock = if locks { " FOR UPDATE" } else { "" };
    let now = clock_sql(backend);
    let sql = format!("SELECT last_seq, digest, version, {now} AS at FROM log WHERE workspace_id = $1{lock}");
    let row = transaction.query_one_raw(statement(transaction, sql, [workspace_id.into()])).await?;
    let row = row.ok_or(Error::NotFound("workspace"))?;
    log::understood(workspace_id, row.try_get("", "version")?)?;
    Ok(Head { last_seq: row.try_get("", "last_seq")?, digest: row.try_get("", "digest")?, at: row.try_get("", "at")? })
}

/// Folds in what other processes wrote since this one looked.
async fn catch_up(transaction: &Transaction, fork: &mut Workspace, last_seq: Seq) -> Result<Vec<SharedEvent>> {
    if fork.seq > last_seq {
        return Err(Error::internal(format!("the log {} went back from {} to {last_seq}", fork.id, fork.seq)));
    }
    let missed = read::missed(transaction, fork.id, fork.seq, last_seq).await?;
    missed.iter().for_each(|event| fork.fold(event));
    Ok(missed)
}

/// Those of the commands that were accepted before.
async fn known_commands(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    submissions: &[Submission],
) -> Result<Known> {
    if planted::is(Bug::ForgetCommand) {
        return Ok(Known::new());
    }
    let wanted = submissions.iter().map(|given| vec![given.account_id.0.into(), given.command_id.into()]);
    let (rows, values) = many::rows(transaction, 2, wanted.collect());
    let sql = format!(
        "WITH wanted (account_id, id) AS ({rows}) \
         SELECT c.workspace_id, c.account_id, c.id, c.input_hash, c.first_seq, c.last_seq FROM wanted w CROSS JOIN command c \
         WHERE c.workspace_id = $1 AND c.account_id = w.account_id AND c.id = w.id"
    );
    let values = [workspace_id.0.into()].into_iter().chain(values);
    let known = command::Entity::find().from_raw_sql(statement(transaction, sql, values)).all(transaction).await?;
    Ok(known.into_iter().map(|row| ((row.account_id, row.id), row)).collect())
}

/// The first answer again.
async fn repeat(
    transaction: &Transaction,
    earlier: &command::Model,
    input_hash: &[u8],
    fork: &Workspace,
) -> Result<Receipt> {
    same(&earlier.input_hash, input_hash)?;
    let events = read::range(transaction, earlier.workspace_id, earlier.first_seq - 1, earlier.last_seq).await?;
    let seq = if planted::is(Bug::RetryAnswersNow) { fork.seq } else { earlier.last_seq };
    Ok(Receipt::repeated(events, seq, fork.clone()))
}

/// Writes all of it, unless the log stands elsewhere than at the head: then nothing, and `false`.
async fn write(transaction: &Transaction, head: &Head, decisions: &mut Decisions<'_>) -> Result<bool> {
    let Some(workspace_id) = decisions.accepted.first().map(|command| command.submission.workspace_id) else {
        return Ok(true);
    };
    let commands = decisions.accepted.iter().map(|command| {
        let last_seq = command.workspace.seq;
        command::ActiveModel {
            workspace_id: Set(workspace_id),
            account_id: Set(command.submission.account_id),
            id: Set(command.submission.command_id),
            input_hash: Set(command.input_hash.clone()),
            first_seq: Set(command.events.first().map_or(last_seq + 1, |event| event.seq)),
            last_seq: Set(last_seq),
        }
    });
    if transaction.query_one_raw(advance(transaction, workspace_id, head.last_seq, decisions)).await?.is_none() {
        return Ok(false);
    }
    if !planted::is(Bug::ForgetCommand) {
        insert_all(transaction, commands.collect()).await?;
    }
    let rows: Vec<event::ActiveModel> = std::mem::take(&mut decisions.rows).into_iter().map(Into::into).collect();
    insert_all(transaction, rows).await?;
    failpoint::pass("lane.appended");
    projection::project(transaction, &decisions.written).await?;
    for command in &decisions.accepted {
        secret::store(transaction, command).await?;
    }
    failpoint::pass("lane.projected");
    Ok(true)
}

/// Moves the head of the log behind what is written, if it still stands where the batch found it and this program
/// still understands it.
fn advance(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    last_seq: Seq,
    decisions: &Decisions<'_>,
) -> Statement {
    let at = [workspace_id.into(), last_seq.into(), Skeleton::VERSION.into()];
    let stands = "workspace_id = $1 AND last_seq = $2 AND version <= $3";
    let Some(last) = decisions.written.last() else {
        let lock = if connection.get_database_backend() == DatabaseBackend::Postgres { " FOR UPDATE" } else { "" };
        let sql = format!("SELECT 1 FROM log WHERE {stands}{lock}");
        return statement(connection, sql, at);
    };
    let version = decisions.version();
    let sql = format!(
        "UPDATE log SET last_seq = $4, digest = $5, version = CASE WHEN version < $6 THEN $6 ELSE version END \
         WHERE {stands} RETURNING 1"
    );
    let to = [last.seq.into(), decisions.digest.clone().into(), version.into()];
    statement(connection, sql, at.into_iter().chain(to))
}
