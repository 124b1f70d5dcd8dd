//! Finds and lists files.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::access::can_see;
use crate::chat::workspace::view::{ReadableChannel, View};
use crate::ground::allowance;
use crate::ground::db::batch_query::among;
use crate::ground::error::{Error, Result};
use crate::ground::id::{FileId, MessageId};
use crate::ground::page::{Page, Slice};
use crate::model::event::Seq;
use crate::model::file::entity::file::{Column, Entity, Model};
use crate::model::file::kind::FileKind;

/// Returns a file that is visible to the viewer. A removed file is still found, without a description, by members who
/// could see it.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub async fn find(view: &View, id: FileId) -> Result<Model> {
    let unknown = || Error::NotFound("file");
    let row = Entity::find_by_id((view.id(), id)).one(&*view.snapshot().await?).await?.ok_or_else(unknown)?;
    if may_see(view, &row) { Ok(row) } else { Err(unknown()) }
}

/// Returns several files. Omits those that are not visible to the viewer.
///
/// # Errors
/// Fails if the database is unavailable; `PAYLOAD_TOO_LARGE` when the request has loaded too much.
pub async fn find_all(view: &View, ids: Vec<FileId>) -> Result<Vec<Model>> {
    let query = Entity::find().filter(Column::WorkspaceId.eq(view.id())).filter(Column::Id.is_in(ids));
    let turn = allowance::load_permit().await?;
    let mut rows = query.all(&*view.snapshot().await?).await?;
    turn.loaded(rows.iter().map(row_bytes).sum())?;
    rows.retain(|row| may_see(view, row));
    Ok(rows)
}

fn may_see(view: &View, row: &Model) -> bool {
    let reads = |channel_id| view.channel(channel_id).is_ok();
    can_see((row.channel_id, row.purpose, row.uploader_id), view.me().id, reads)
}

/// Returns the files of messages that the viewer may read, in order.
///
/// # Errors
/// Fails if the database is unavailable; `PAYLOAD_TOO_LARGE` when the request has loaded too much.
pub async fn for_messages(view: &View, ids: &[MessageId]) -> Result<HashMap<MessageId, Vec<Model>>> {
    let turn = allowance::load_permit().await?;
    let snapshot = view.snapshot().await?;
    let which = among(&*snapshot, Column::MessageId, ids.iter().copied());
    let rows = Entity::find()
        .filter(Column::WorkspaceId.eq(view.id()))
        .filter(which)
        .order_by_asc(Column::Place)
        .all(&*snapshot)
        .await?;
    turn.loaded(rows.iter().map(row_bytes).sum())?;
    let mut files: HashMap<MessageId, Vec<Model>> = HashMap::new();
    for row in rows {
        if let Some(message_id) = row.message_id {
            files.entry(message_id).or_default().push(row);
        }
    }
    Ok(files)
}

/// Returns the approximate size of a row in bytes.
fn row_bytes(row: &Model) -> usize {
    row.description.len() + 500
}

/// Returns a page of the files of a channel, newest first.
///
/// # Errors
/// Fails if the database is unavailable; `PAYLOAD_TOO_LARGE` when the request has loaded too much.
pub async fn in_channel(
    view: &View,
    channel: &ReadableChannel,
    kind: Option<FileKind>,
    page: &Page<Seq>,
) -> Result<Slice<Model>> {
    let query = Entity::find()
        .filter(Column::WorkspaceId.eq(view.id()))
        .filter(Column::ChannelId.eq(channel.channel().id))
        .filter(Column::RemovedAt.is_null());
    let query = kind.map_or(query.clone(), |kind| query.filter(Column::Kind.eq(kind)));
    let query = page.after.map_or(query.clone(), |after| query.filter(Column::Seq.lt(after)));
    let turn = allowance::load_permit().await?;
    let snapshot = view.snapshot().await?;
    let rows = query.order_by_desc(Column::Seq).limit(page.limit as u64 + 1).all(&*snapshot).await?;
    turn.loaded(rows.iter().map(row_bytes).sum())?;
    Ok(page.cut(rows))
}
