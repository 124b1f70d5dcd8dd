//! One batch of commands for one log, run inside one transaction: read the head, fetch the facts, decide each command
//! on a fork of the workspace, append the events, project them.
//!
//! There are two paths. The pessimistic path locks the head first and applies what other processes wrote. The
//! optimistic path (Postgres only) decides on in-memory state without a lock and moves the head only if it has not
//! changed since. If it has, nothing was written and the batch takes the pessimistic path.
//!
//! A batch neither commits nor touches shared state. The caller commits, and only then passes the events to the room
//! and the results to the waiting callers.

use std::collections::HashMap;

use sea_orm::{ActiveValue::Set, ConnectionTrait, DatabaseBackend, EntityTrait, Statement};

use super::command::Submission;
use super::decisions::{Accepted, Decisions, Key, require_same_input};
use super::facts::{Facts, ReadSet};
use super::receipt::Receipt;
use super::{failpoint, projection, read};
use crate::ground::clock::Timestamp;
use crate::ground::db::batch_insert::insert_all;
use crate::ground::db::{Transaction, batch_query, clock_sql, statement};
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::ground::planted;
use crate::model::event::{Seq, SharedEvent, Skeleton};
use crate::model::file::release::release_contents;
use crate::model::log::entity::{command, event, log};
use crate::model::workspace::state::Workspace;

/// The outcome of a batch. Valid once its transaction is committed.
#[derive(Debug)]
pub struct BatchOutcome {
    /// Events that other processes had appended before this batch.
    pub missed: Vec<SharedEvent>,
    /// The events of this batch. They follow `missed`.
    pub written: Vec<SharedEvent>,
    /// One result per command, in submission order.
    pub results: Vec<Result<Receipt>>,
    /// Whether another process is writing to this log.
    pub is_contended: bool,
}

/// How a batch prevents concurrent writes between its decisions and its append.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locking {
    /// Decides without a lock; the append fails if the head has moved.
    Optimistic,
    /// Locks the head first. SQLite always takes this path, because its write transaction is the lock.
    Pessimistic,
}

/// A failure of the whole batch. None of its effects are valid.
#[derive(Debug)]
pub struct BatchFailure {
    pub error: Error,
    /// The events decided before the failure.
    pub decided: Vec<SharedEvent>,
}

impl<E: Into<Error>> From<E> for BatchFailure {
    fn from(error: E) -> Self {
        Self { error: error.into(), decided: Vec::new() }
    }
}

struct Head {
    last_seq: Seq,
    digest: Vec<u8>,
    at: Timestamp,
}

type EarlierCommands = HashMap<Key, command::Model>;

/// Runs a batch on `fork`, this process's state of the log.
///
/// # Errors
/// Fails only for the batch as a whole: a statement failed, or the log cannot be read.
pub async fn run(
    transaction: &Transaction,
    fork: Workspace,
    submissions: &[Submission],
    locking: Locking,
) -> Result<BatchOutcome, BatchFailure> {
    if locking == Locking::Optimistic
        && let Some(outcome) = attempt(transaction, fork.clone(), submissions, Locking::Optimistic).await?
    {
        return Ok(outcome);
    }
    let outcome = attempt(transaction, fork, submissions, Locking::Pessimistic).await?;
    let outcome = outcome.ok_or_else(|| Error::internal("the head of a log moved although its row is locked"))?;
    Ok(BatchOutcome { is_contended: locking == Locking::Optimistic || !outcome.missed.is_empty(), ..outcome })
}

/// Returns `None`, with nothing written, if the log moved during an optimistic attempt.
async fn attempt(
    transaction: &Transaction,
    mut fork: Workspace,
    submissions: &[Submission],
    locking: Locking,
) -> Result<Option<BatchOutcome>, BatchFailure> {
    let workspace_id = fork.id;
    let head = read_head(transaction, workspace_id, locking).await?;
    failpoint::pass("lane.locked");
    if locking == Locking::Optimistic && head.last_seq != fork.seq {
        return Ok(None);
    }
    let missed = catch_up(transaction, &mut fork, head.last_seq).await?;
    let mut reads = ReadSet::default();
    for Submission { command, account_id, .. } in submissions {
        command.add_reads(*account_id, &mut reads);
    }
    let facts = Facts::fetch(transaction, workspace_id, &reads, head.at).await?;
    // Queried after the facts. If another process accepted one of these commands in between, its effect may already be
    // visible in the facts; the command must then be recognized as a retry and not rejected because of its own effect.
    let repeated = known_commands(transaction, workspace_id, submissions).await?;
    if repeated.values().any(|earlier| earlier.last_seq > head.last_seq) {
        // The retry was accepted after the head was read. A receipt must never be older than the events it contains.
        return Ok(None);
    }
    let mut decisions = Decisions::new(fork, facts, head.at, head.digest.clone());
    for submission in submissions {
        let input_hash = submission.input_hash()?;
        let result = match repeated.get(&submission.key()) {
            Some(earlier) => repeat_receipt(transaction, earlier, &input_hash, &decisions.fork).await,
            None => decisions.decide(submission, input_hash)?,
        };
        decisions.results.push(result);
    }
    failpoint::pass("lane.decided");
    match write(transaction, &head, &mut decisions).await {
        Ok(is_written) => Ok(is_written.then_some(BatchOutcome {
            missed,
            written: decisions.written,
            results: decisions.results,
            is_contended: false,
        })),
        Err(error) => Err(BatchFailure { error, decided: decisions.written }),
    }
}

/// Reads the head of the log. The pessimistic path locks it against all other writers; on SQLite the transaction
/// already does. This is also where an unsupported version is detected if another process wrote it after the room was
/// loaded.
async fn read_head(transaction: &Transaction, workspace_id: WorkspaceId, locking: Locking) -> Result<Head> {
    let backend = transaction.get_database_backend();
    let locks = locking == Locking::Pessimistic && backend == DatabaseBackend::Postgres;
    let lock = if locks { " FOR UPDATE" } else { "" };
    let now = clock_sql(backend);
    let sql = format!("SELECT last_seq, digest, version, {now} AS at FROM log WHERE workspace_id = $1{lock}");
    let row = transaction.query_one_raw(statement(transaction, sql, [workspace_id.into()])).await?;
    let row = row.ok_or(Error::NotFound("workspace"))?;
    log::require_supported(workspace_id, row.try_get("", "version")?)?;
    Ok(Head { last_seq: row.try_get("", "last_seq")?, digest: row.try_get("", "digest")?, at: row.try_get("", "at")? })
}

/// Applies the events that other processes appended since `fork` was taken.
async fn catch_up(transaction: &Transaction, fork: &mut Workspace, last_seq: Seq) -> Result<Vec<SharedEvent>> {
    if fork.seq > last_seq {
        return Err(Error::internal(format!("log {} moved backwards from {} to {last_seq}", fork.id, fork.seq)));
    }
    let missed = read::missed(transaction, fork.id, fork.seq, last_seq).await?;
    missed.iter().for_each(|event| fork.apply(event));
    Ok(missed)
}

/// Returns the commands of this batch that were accepted before.
async fn known_commands(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    submissions: &[Submission],
) -> Result<EarlierCommands> {
    let keys = submissions.iter().map(|submission| vec![submission.account_id.0.into(), submission.command_id.into()]);
    let (rows, values) = batch_query::rows(transaction, 2, keys.collect());
    let sql = format!(
        "WITH wanted (account_id, id) AS ({rows}) \
         SELECT c.workspace_id, c.account_id, c.id, c.input_hash, c.first_seq, c.last_seq FROM wanted w CROSS JOIN command c \
         WHERE c.workspace_id = $1 AND c.account_id = w.account_id AND c.id = w.id"
    );
    let values = [workspace_id.0.into()].into_iter().chain(values);
    let commands = command::Entity::find().from_raw_sql(statement(transaction, sql, values)).all(transaction).await?;
    Ok(commands.into_iter().map(|row| ((row.account_id, row.id), row)).collect())
}

/// Returns the original receipt of a repeated command.
async fn repeat_receipt(
    transaction: &Transaction,
    earlier: &command::Model,
    input_hash: &[u8],
    fork: &Workspace,
) -> Result<Receipt> {
    require_same_input(&earlier.input_hash, input_hash)?;
    let events = read::range(transaction, earlier.workspace_id, earlier.first_seq - 1, earlier.last_seq).await?;
    let seq = planted::retry_answers_now(earlier.last_seq, fork.seq);
    Ok(Receipt::repeated(events, seq, fork.clone()))
}

/// Writes the batch. Returns `false`, with nothing written, if the log has moved past `head`.
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
    if transaction.query_one_raw(advance_head(transaction, workspace_id, head.last_seq, decisions)).await?.is_none() {
        return Ok(false);
    }
    insert_all(transaction, planted::forget_commands(commands.collect())).await?;
    let rows: Vec<event::ActiveModel> = std::mem::take(&mut decisions.rows).into_iter().map(Into::into).collect();
    insert_all(transaction, rows).await?;
    failpoint::pass("lane.appended");
    projection::project(transaction, &decisions.written).await?;
    for Accepted { submission, events, .. } in &decisions.accepted {
        submission.command.write_private(transaction, workspace_id, events).await?;
    }
    // After the commands: one of them may have completed the upload that another removes.
    release_contents(transaction, workspace_id, &decisions.written).await?;
    failpoint::pass("lane.projected");
    Ok(true)
}

/// Builds the statement that advances the head past the written events, on condition that the head has not moved and
/// its version is still supported. Without events it only verifies that condition.
fn advance_head(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    last_seq: Seq,
    decisions: &Decisions<'_>,
) -> Statement {
    let condition = [workspace_id.into(), last_seq.into(), Skeleton::VERSION.into()];
    let is_unchanged = "workspace_id = $1 AND last_seq = $2 AND version <= $3";
    let Some(last) = decisions.written.last() else {
        let lock = if connection.get_database_backend() == DatabaseBackend::Postgres { " FOR UPDATE" } else { "" };
        let sql = format!("SELECT 1 FROM log WHERE {is_unchanged}{lock}");
        return statement(connection, sql, condition);
    };
    let version = decisions.version();
    let sql = format!(
        "UPDATE log SET last_seq = $4, digest = $5, version = CASE WHEN version < $6 THEN $6 ELSE version END \
         WHERE {is_unchanged} RETURNING 1"
    );
    let to = [last.seq.into(), decisions.digest.clone().into(), version.into()];
    statement(connection, sql, condition.into_iter().chain(to))
}
