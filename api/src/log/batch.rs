//! One batch of commands for one log, inside of one transaction: lock, catch up, read the facts,
//! decide each on a fork, append, project.
//!
//! It commits nothing and touches no shared state: the caller commits, and only then gives the events
//! to the live room and the results to those who wait.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::chain::{self, SALT};
use super::command::{Draft, Submission};
use super::entity::{command, event, log};
use super::facts::{Facts, Wants};
use super::lane::Receipt;
use super::{failpoint, projection, read, secret};
use crate::clock::Moment;
use crate::db::many::{self, insert_all};
use crate::db::{Transaction, clock_sql, statement};
use crate::error::{Error, Result};
use crate::event::{Event, Seq, SharedEvent};
use crate::id::{AccountId, WorkspaceId};
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

/// A command accepted in this batch.
struct Accepted<'a> {
    submission: &'a Submission,
    input_hash: Vec<u8>,
    events: Vec<SharedEvent>,
    workspace: Workspace,
}

/// Runs a batch on `fork`, the state of the log as this process knows it.
///
/// # Errors
/// Only for the batch as a whole: a statement failed, or the log cannot be read.
pub async fn run(transaction: &Transaction, mut fork: Workspace, submissions: &[Submission]) -> Result<Done, Failed> {
    let workspace_id = fork.id;
    let mut head = lock(transaction, workspace_id).await?;
    failpoint::pass("lane.locked");
    let missed = catch_up(transaction, &mut fork, head.last_seq).await?;
    let known = known_commands(transaction, workspace_id, submissions).await?;
    let mut wants = Wants::default();
    submissions.iter().for_each(|submission| submission.want(&mut wants));
    let mut facts = Facts::fetch(transaction, workspace_id, &wants, head.at).await?;

    let mut rows = Vec::new();
    let mut written: Vec<SharedEvent> = Vec::new();
    let mut accepted: Vec<Accepted> = Vec::new();
    let mut here: HashMap<(AccountId, Uuid), usize> = HashMap::new();
    let mut results = Vec::with_capacity(submissions.len());
    for submission in submissions {
        let input_hash = submission.input_hash()?;
        let key = (submission.account_id, submission.command_id);
        if let Some(earlier) = known.get(&key) {
            results.push(repeat(transaction, earlier, &input_hash, &fork).await);
            continue;
        }
        if let Some(earlier) = here.get(&key).and_then(|index| accepted.get(*index)) {
            results.push(
                same(&earlier.input_hash, &input_hash).map(|()| {
                    Receipt::repeated(earlier.events.clone(), earlier.workspace.seq, earlier.workspace.clone())
                }),
            );
            continue;
        }
        match submission.decide(&fork, &facts) {
            Err(error) => results.push(Err(error)),
            Ok(drafts) => {
                let mut own = Vec::with_capacity(drafts.len());
                for draft in drafts {
                    let event = number(draft, submission, fork.seq + 1, head.at);
                    let row = chain::seal(&event, rand::random::<[u8; SALT]>(), &head.digest)?;
                    head.digest.clone_from(&row.digest);
                    fork.fold(&event);
                    facts.fold(&event);
                    rows.push(row.into_active_model());
                    own.push(Arc::new(event));
                }
                written.extend(own.iter().cloned());
                here.insert(key, accepted.len());
                results.push(Ok(Receipt::new(own.clone(), fork.clone())));
                accepted.push(Accepted { submission, input_hash, events: own, workspace: fork.clone() });
            }
        }
    }
    failpoint::pass("lane.decided");
    if let Err(error) = write(transaction, &head, rows, &accepted, &written).await {
        return Err(Failed { error, decided: written });
    }
    Ok(Done { missed, written, results })
}

/// Locks the log against every other writer. On SQLite the transaction itself did.
async fn lock(transaction: &Transaction, workspace_id: WorkspaceId) -> Result<Head> {
    let backend = transaction.get_database_backend();
    let lock = if backend == sea_orm::DatabaseBackend::Sqlite { "" } else { " FOR UPDATE" };
    let sql = format!("SELECT last_seq, digest, {} AS at FROM log WHERE workspace_id = $1{lock}", clock_sql(backend));
    let row = transaction.query_one_raw(statement(transaction, sql, [workspace_id.into()])).await?;
    let row = row.ok_or(Error::NotFound("workspace"))?;
    Ok(Head { last_seq: row.try_get("", "last_seq")?, digest: row.try_get("", "digest")?, at: row.try_get("", "at")? })
}

/// Folds in what other processes wrote since this one looked.
async fn catch_up(transaction: &Transaction, fork: &mut Workspace, last_seq: Seq) -> Result<Vec<SharedEvent>> {
    if fork.seq > last_seq {
        return Err(Error::internal(format!("the log {} went back from {} to {last_seq}", fork.id, fork.seq)));
    }
    let missed = read::range(transaction, fork.id, fork.seq, last_seq).await?;
    missed.iter().for_each(|event| fork.fold(event));
    Ok(missed)
}

/// Those of the commands that were accepted before.
async fn known_commands(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    submissions: &[Submission],
) -> Result<HashMap<(AccountId, Uuid), command::Model>> {
    if planted::is(Bug::ForgetCommand) {
        return Ok(HashMap::new());
    }
    let wanted = submissions.iter().map(|given| (given.account_id.0, given.command_id));
    let (rows, values) = many::pairs(transaction, 2, wanted);
    let sql = format!(
        "WITH wanted (account_id, id) AS ({rows}) SELECT c.* FROM wanted w CROSS JOIN command c \
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

fn same(earlier: &[u8], now: &[u8]) -> Result<()> {
    (earlier == now).then_some(()).ok_or_else(Error::id_taken)
}

fn number(draft: Draft, submission: &Submission, seq: Seq, at: Moment) -> Event {
    Event {
        workspace_id: submission.workspace_id,
        seq,
        at,
        actor_id: draft.actor_id,
        command_id: submission.command_id,
        skeleton: draft.skeleton,
        body: draft.body,
    }
}

async fn write(
    transaction: &Transaction,
    head: &Head,
    rows: Vec<event::ActiveModel>,
    accepted: &[Accepted<'_>],
    written: &[SharedEvent],
) -> Result<()> {
    let Some(workspace_id) = accepted.first().map(|command| command.submission.workspace_id) else { return Ok(()) };
    let commands = accepted.iter().map(|command| {
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
    if !planted::is(Bug::ForgetCommand) {
        insert_all(transaction, commands.collect()).await?;
    }
    if let Some(last) = written.last() {
        insert_all(transaction, rows).await?;
        log::Entity::update_many()
            .col_expr(log::Column::LastSeq, Expr::value(last.seq))
            .col_expr(log::Column::Digest, Expr::value(head.digest.clone()))
            .filter(log::Column::WorkspaceId.eq(workspace_id))
            .exec(transaction)
            .await?;
    }
    failpoint::pass("lane.appended");
    projection::project(transaction, written).await?;
    for command in accepted {
        secret::store(transaction, command.submission).await?;
    }
    failpoint::pass("lane.projected");
    Ok(())
}
