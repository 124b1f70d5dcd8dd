//! Removing files: the event, and the release of the contents beside the log.
//!
//! Every command that removes files releases their contents, so that they are always collected.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

use crate::ground::db::batch_query::among;
use crate::ground::db::{Transaction, now};
use crate::ground::error::Result;
use crate::ground::id::{FileId, MemberId, MessageId, WorkspaceId};
use crate::log::Draft;
use crate::log::facts::files::FileFact;
use crate::model::event::{Body, SharedEvent, Skeleton};
use crate::model::file::entity::upload::State;
use crate::model::file::entity::{file, file_text, upload};

/// Drafts the removal of a file. The command also has to call [`release_contents`].
pub fn removal(actor: MemberId, file_id: FileId, fact: Option<&FileFact>) -> Draft {
    let skeleton = Skeleton::FileRemoved {
        file_id,
        message_id: fact.and_then(|fact| fact.message_id),
        channel_id: fact.and_then(|fact| fact.channel_id),
    };
    Draft::by(actor, skeleton, Body::default())
}

/// Releases the contents and deletes the extracted texts of files that these events remove, themselves or with their
/// messages. The collector deletes the contents later.
///
/// # Errors
/// Fails if a statement fails.
pub async fn release_contents(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    events: &[SharedEvent],
) -> Result<()> {
    let (mut removed, mut deleted) = (Vec::new(), Vec::new());
    for event in events {
        if let Skeleton::FileRemoved { file_id, .. } = &event.skeleton {
            removed.push(*file_id);
        } else if let Skeleton::MessageDeleted { message_id, .. } = &event.skeleton {
            deleted.push(*message_id);
        }
    }
    if !deleted.is_empty() {
        removed.extend(files_for_messages(transaction, workspace_id, deleted).await?);
    }
    if removed.is_empty() {
        return Ok(());
    }
    upload::Entity::update_many()
        .col_expr(upload::Column::State, Expr::value(State::Removed))
        .col_expr(upload::Column::ExpiresAt, Expr::value(now(transaction).await?))
        .filter(upload::Column::WorkspaceId.eq(workspace_id))
        .filter(upload::Column::State.eq(State::Stored))
        .filter(among(transaction, upload::Column::Id, removed.clone()))
        .exec(transaction)
        .await?;
    file_text::Entity::delete_many()
        .filter(file_text::Column::WorkspaceId.eq(workspace_id))
        .filter(among(transaction, file_text::Column::FileId, removed))
        .exec(transaction)
        .await?;
    Ok(())
}

async fn files_for_messages(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    messages: Vec<MessageId>,
) -> Result<Vec<FileId>> {
    Ok(file::Entity::find()
        .filter(file::Column::WorkspaceId.eq(workspace_id))
        .filter(among(transaction, file::Column::MessageId, messages))
        .select_only()
        .column(file::Column::Id)
        .into_tuple()
        .all(transaction)
        .await?)
}
