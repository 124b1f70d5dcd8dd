//! The cursors of durable readers: how far each has processed each log, and the events it gave up on.

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use crate::ground::db::{self, Database, Scope, Transaction, statement};
use crate::ground::error::{Error, Result};
use crate::ground::id::WorkspaceId;
use crate::model::event::Seq;
use crate::model::log::entity::{reader, reader_failure};

/// Locks a cursor until the transaction ends. Returns `None` if another process holds it.
///
/// # Errors
/// Returns an error if the database does not respond.
pub async fn lock_cursor(transaction: &Transaction, workspace_id: WorkspaceId, name: &str) -> Result<Option<Seq>> {
    ensure_cursor(transaction, workspace_id, name).await?;
    let lock = match transaction.get_database_backend() {
        sea_orm::DatabaseBackend::Sqlite => "",
        _ => " FOR UPDATE SKIP LOCKED",
    };
    let sql = format!("SELECT cursor FROM reader WHERE workspace_id = $1 AND name = $2{lock}");
    let row = transaction.query_one_raw(statement(transaction, sql, [workspace_id.0.into(), name.into()])).await?;
    Ok(row.map(|row| row.try_get("", "cursor")).transpose()?)
}

/// Creates a cursor at 0 unless it exists.
///
/// # Errors
/// Returns an error if the database does not respond.
async fn ensure_cursor(transaction: &Transaction, workspace_id: WorkspaceId, name: &str) -> Result<()> {
    let (workspace_id, name, cursor) = (Set(workspace_id), Set(name.to_owned()), Set(0));
    let row = reader::ActiveModel { workspace_id, name, cursor, ..Default::default() };
    let key = [reader::Column::WorkspaceId, reader::Column::Name];
    reader::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
        .exec_without_returning(transaction)
        .await?;
    Ok(())
}

/// Moves a cursor and clears its lease. Returns `false`, with nothing changed, if the cursor is not at `from`.
pub(super) async fn advance(
    connection: &impl ConnectionTrait,
    workspace_id: WorkspaceId,
    name: &str,
    (from, to): (Seq, Seq),
) -> Result<bool> {
    let moved = reader::Entity::update_many()
        .col_expr(reader::Column::Cursor, Expr::value(to))
        .col_expr(reader::Column::Holder, Expr::value(None::<Uuid>))
        .col_expr(reader::Column::HeldUntil, Expr::value(None::<i64>))
        .filter(reader::Column::WorkspaceId.eq(workspace_id))
        .filter(reader::Column::Name.eq(name))
        .filter(reader::Column::Cursor.eq(from))
        .exec(connection)
        .await?;
    Ok(moved.rows_affected > 0)
}

/// An event that a reader gives up on.
#[derive(Debug)]
pub(super) struct FailedEvent<'a> {
    pub workspace_id: WorkspaceId,
    pub name: &'a str,
    /// The cursor of the reader.
    pub cursor: Seq,
    pub seq: Seq,
    pub attempts: u32,
}

impl FailedEvent<'_> {
    /// Records the failure and moves the cursor past the event. Returns the cursor. Changes nothing if another process
    /// has moved the cursor meanwhile.
    ///
    /// # Errors
    /// Returns an error if the database does not respond.
    pub async fn record(self, database: &Database, error: &Error) -> Result<Seq> {
        let Self { workspace_id, name, cursor, seq, attempts } = self;
        let transaction = database.write(Scope::Workspace(workspace_id)).await?;
        if !advance(&transaction, workspace_id, name, (cursor, seq)).await? {
            transaction.rollback().await?;
            return Ok(cursor);
        }
        let row = reader_failure::ActiveModel {
            workspace_id: Set(workspace_id),
            name: Set(name.to_owned()),
            seq: Set(seq),
            attempts: Set(i32::try_from(attempts).unwrap_or(i32::MAX)),
            error: Set(error.to_string()),
            at: Set(db::now(&transaction).await?),
        };
        let key = [reader_failure::Column::WorkspaceId, reader_failure::Column::Name, reader_failure::Column::Seq];
        reader_failure::Entity::insert(row)
            .on_conflict(OnConflict::columns(key).do_nothing().to_owned())
            .exec_without_returning(&transaction)
            .await?;
        transaction.commit().await?;
        tracing::error!(workspace = %workspace_id.0, reader = name, seq, %error, "log reader gave up on an event");
        Ok(seq)
    }
}
