//! Writes the rows of `notification` for a message: mentions by name, replies, direct messages.
//!
//! The rows are a function of the current message, so an edit leaves the same rows as a message that was sent with that
//! text.

use std::collections::{BTreeSet, HashSet};

use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryResult, QuerySelect, Value,
};

use crate::ground::db::batch_query::among;
use crate::ground::db::{Transaction, placeholders, statement};
use crate::ground::error::Result;
use crate::ground::id::{MemberId, MessageId, WorkspaceId};
use crate::model::event::{Event, Mentions};
use crate::model::message;
use crate::model::notification::{Reason, entity};

/// Maximum number of earlier repliers notified of a reply in a thread.
const MAX_NOTIFIED_REPLIERS: u64 = 100;

/// A message that may cause notifications, as sent or as last edited.
pub struct NotifiableMessage {
    pub row: message::entity::Model,
    mentions: Mentions,
    pub is_edit: bool,
}

impl NotifiableMessage {
    /// Returns the message of an event; `None` if the event carries no message, or a deleted one.
    pub fn from_event(event: &Event) -> Option<Self> {
        let row = message::entity::Model::from_event(event).filter(|row| row.deleted_at.is_none())?;
        Some(Self { mentions: row.mentions(), is_edit: row.seq != event.seq, row })
    }

    /// Inserts missing rows, strongest reason first. Keeps existing rows. Returns the new ones.
    ///
    /// # Errors
    /// Fails if the database is unavailable.
    pub async fn write(&self, transaction: &Transaction, direct: bool) -> Result<Vec<entity::Model>> {
        let mut written = Vec::new();
        let named = &self.mentions.member_ids;
        if !named.is_empty() {
            if self.is_edit {
                // Members already notified for a weaker reason keep their notification, now as a mention.
                set_reason(transaction, self, named, Reason::Mention).await?;
            }
            written.extend(self.insert(transaction, Reason::Mention, Some(named)).await?);
        }
        if self.is_edit {
            return Ok(written);
        }
        if self.row.thread_id.is_some() {
            let participants = self.participants(transaction).await?;
            written.extend(self.insert(transaction, Reason::Reply, Some(&participants)).await?);
        }
        if direct {
            written.extend(self.insert(transaction, Reason::Direct, None).await?);
        }
        Ok(written)
    }

    /// Returns the author of the thread root and the authors of earlier replies.
    async fn participants(&self, transaction: &Transaction) -> Result<Vec<MemberId>> {
        use message::entity::{Column, Entity};
        let Some(root) = self.row.thread_id else { return Ok(Vec::new()) };
        let Some(root) = Entity::find_by_id((self.row.workspace_id, root)).one(transaction).await? else {
            return Ok(Vec::new());
        };
        let mut participants: Vec<MemberId> = Entity::find()
            .select_only()
            .column(Column::AuthorId)
            .distinct()
            .filter(Column::WorkspaceId.eq(self.row.workspace_id))
            .filter(Column::ThreadId.eq(root.id))
            .filter(Column::Seq.lt(self.row.seq))
            .filter(Column::DeletedAt.is_null())
            .limit(MAX_NOTIFIED_REPLIERS)
            .into_tuple()
            .all(transaction)
            .await?;
        participants.push(root.author_id);
        Ok(participants)
    }

    /// Inserts notifications for members of the channel at that time: all, or only the given ones.
    async fn insert(
        &self,
        transaction: &Transaction,
        reason: Reason,
        only: Option<&[MemberId]>,
    ) -> Result<Vec<entity::Model>> {
        let mut values: Vec<Value> = vec![
            self.row.workspace_id.0.into(),
            self.row.channel_id.0.into(),
            self.row.seq.into(),
            self.row.author_id.0.into(),
            reason.to_value().into(),
            self.row.id.0.into(),
            self.row.thread_id.is_some().into(),
        ];
        let named = only.map(|ids| {
            let list = placeholders(values.len() + 1, ids.len());
            values.extend(ids.iter().map(|id| Value::from(id.0)));
            format!(" AND c.member_id IN ({list})")
        });
        let sql = format!(
            "INSERT INTO notification \
             (workspace_id, member_id, seq, reason, channel_id, message_id, in_thread, created_at) \
             SELECT $1, c.member_id, $3, $5, $2, $6, $7, t.created_at FROM channel_member c \
             JOIN message t ON t.workspace_id = $1 AND t.id = $6 AND t.deleted_at IS NULL \
             WHERE c.workspace_id = $1 AND c.channel_id = $2 AND c.joined_seq <= $3 \
             AND (c.left_seq IS NULL OR c.left_seq > $3) AND c.member_id <> $4{} \
             ON CONFLICT DO NOTHING RETURNING member_id, created_at",
            named.unwrap_or_default()
        );
        let rows = transaction.query_all_raw(statement(transaction, sql, values)).await?;
        rows.iter().map(|row| self.row(reason, row)).collect()
    }

    fn row(&self, reason: Reason, row: &QueryResult) -> Result<entity::Model> {
        Ok(entity::Model {
            workspace_id: self.row.workspace_id,
            member_id: row.try_get("", "member_id")?,
            seq: self.row.seq,
            reason,
            channel_id: self.row.channel_id,
            message_id: self.row.id,
            in_thread: self.row.thread_id.is_some(),
            created_at: row.try_get("", "created_at")?,
        })
    }

    fn rows(&self) -> Condition {
        Condition::all()
            .add(entity::Column::WorkspaceId.eq(self.row.workspace_id))
            .add(entity::Column::MessageId.eq(self.row.id))
    }
}

async fn set_reason(
    transaction: &Transaction,
    of: &NotifiableMessage,
    members: &[MemberId],
    reason: Reason,
) -> Result<()> {
    if members.is_empty() {
        return Ok(());
    }
    entity::Entity::update_many()
        .col_expr(entity::Column::Reason, Expr::value(reason.to_value()))
        .filter(of.rows())
        .filter(among(transaction, entity::Column::MemberId, members.iter().map(|id| id.0)))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Withdraws mentions that an edit removed. Members with another reason keep their notification for that reason.
/// Returns the members who lost theirs.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn withdraw_after_edit(
    transaction: &Transaction,
    edited: &NotifiableMessage,
    direct: bool,
) -> Result<BTreeSet<MemberId>> {
    let mentioned = edited.rows().add(entity::Column::Reason.eq(Reason::Mention));
    let rows = entity::Entity::find().filter(mentioned).all(transaction).await?;
    let named = &edited.mentions.member_ids;
    let unnamed: BTreeSet<MemberId> =
        rows.into_iter().map(|row| row.member_id).filter(|id| !named.contains(id)).collect();
    if unnamed.is_empty() {
        return Ok(unnamed);
    }
    let participants: HashSet<MemberId> = edited.participants(transaction).await?.into_iter().collect();
    let (answered, others): (Vec<_>, Vec<_>) = unnamed.into_iter().partition(|id| participants.contains(id));
    set_reason(transaction, edited, &answered, Reason::Reply).await?;
    if direct {
        set_reason(transaction, edited, &others, Reason::Direct).await?;
        return Ok(BTreeSet::new());
    }
    let lost: BTreeSet<MemberId> = others.into_iter().collect();
    if !lost.is_empty() {
        entity::Entity::delete_many()
            .filter(edited.rows())
            .filter(among(transaction, entity::Column::MemberId, lost.iter().map(|id| id.0)))
            .exec(transaction)
            .await?;
    }
    Ok(lost)
}

/// Withdraws the notifications of deleted messages. Returns the affected members.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn withdraw_deleted(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    deleted: HashSet<MessageId>,
) -> Result<BTreeSet<MemberId>> {
    if deleted.is_empty() {
        return Ok(BTreeSet::new());
    }
    let messages = among(transaction, entity::Column::MessageId, deleted);
    let gone = Condition::all().add(entity::Column::WorkspaceId.eq(workspace_id)).add(messages);
    let rows = entity::Entity::find().filter(gone.clone()).all(transaction).await?;
    if !rows.is_empty() {
        entity::Entity::delete_many().filter(gone).exec(transaction).await?;
    }
    Ok(rows.into_iter().map(|row| row.member_id).collect())
}
