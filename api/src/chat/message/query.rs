//! Finds messages, and reads them by pages.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::chat::workspace::view::{ReadableChannel, View};
use crate::ground::db::Transaction;
use crate::ground::error::{Error, Result};
use crate::ground::id::{MemberId, MessageId};
use crate::ground::page::{self, Page, Slice};
use crate::ground::{allowance, text};
use crate::model::event::Seq;
use crate::model::message::entity::{Column, Entity, Model};

/// Approximate maximum size of a file description in a response, in bytes.
const MAX_FILE_DESCRIPTION_BYTES: usize = 6_000;
/// Approximate size of a message in a response without its text, in bytes.
const ROW_BYTES: usize = 1_000;

/// Returns a message that the viewer may read.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub async fn find(view: &View, id: MessageId) -> Result<Model> {
    find_in(view, &*view.snapshot().await?, id).await
}

/// Like [`find`], but reads the current state instead of the view's snapshot. For writes.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub async fn find_now(view: &View, id: MessageId) -> Result<Model> {
    find_in(view, &*view.current_snapshot().await?, id).await
}

async fn find_in(view: &View, snapshot: &Transaction, id: MessageId) -> Result<Model> {
    let unknown = || Error::NotFound("message");
    let row = Entity::find_by_id((view.id(), id)).one(snapshot).await?.ok_or_else(unknown)?;
    view.channel(row.channel_id).map_err(|_| unknown())?;
    Ok(row)
}

/// Returns several messages. Omits those that the viewer may not read.
///
/// # Errors
/// Fails if the database is unavailable; `PAYLOAD_TOO_LARGE` when the request has loaded too much.
pub async fn find_all(view: &View, ids: Vec<MessageId>) -> Result<Vec<Model>> {
    let query = Entity::find().filter(Column::WorkspaceId.eq(view.id())).filter(Column::Id.is_in(ids));
    let turn = allowance::load_permit().await?;
    let snapshot = view.snapshot().await?;
    let mut rows = query.all(&*snapshot).await?;
    turn.loaded(rows.iter().map(bytes).sum())?;
    rows.retain(|row| view.channel(row.channel_id).is_ok());
    Ok(rows)
}

/// Returns the approximate size of a message in a response in bytes, including JSON escapes and file descriptions.
pub fn bytes(row: &Model) -> usize {
    text::json_bytes(&row.text)
        + row.mentions.len()
        + usize::try_from(row.files).unwrap_or(0) * MAX_FILE_DESCRIPTION_BYTES
        + ROW_BYTES
}

/// Returns a page of a channel without replies (`thread` is `None`) or of one thread, in log order. Ends early
/// once the texts exceed `max_bytes`.
///
/// # Errors
/// Fails if the database is unavailable; `PAYLOAD_TOO_LARGE` when the request has loaded too much.
pub async fn history(
    view: &View,
    channel: &ReadableChannel,
    thread: Option<MessageId>,
    page: &Page<Seq>,
    max_bytes: usize,
) -> Result<Slice<Model>> {
    let query = Entity::find()
        .filter(Column::WorkspaceId.eq(view.id()))
        .filter(Column::ChannelId.eq(channel.channel().id))
        .filter(thread.map_or_else(|| Column::ThreadId.is_null(), |root| Column::ThreadId.eq(root)));
    let query = page.after.map_or(query.clone(), |after| query.filter(Column::Seq.gt(after)));
    let query = page.before.map_or(query.clone(), |before| query.filter(Column::Seq.lt(before)));
    let order = if page.backward { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
    let turn = allowance::load_permit().await?;
    let snapshot = view.snapshot().await?;
    let rows = query.order_by(Column::Seq, order).limit(page.limit as u64 + 1).all(&*snapshot).await?;
    turn.loaded(rows.iter().map(bytes).sum())?;
    Ok(page.cut(rows).within_bytes(max_bytes, page.backward, bytes))
}

/// Returns about `limit` messages around a message, including it. In a channel, a reply is replaced by the root of its
/// thread.
///
/// # Errors
/// `NOT_FOUND` if the message is not in this list.
pub async fn around(
    view: &View,
    channel: &ReadableChannel,
    thread: Option<MessageId>,
    id: MessageId,
    limit: usize,
) -> Result<Slice<Model>> {
    let mut middle = find(view, id).await?;
    // In the channel list, a reply is represented by its thread root.
    if let Some(root) = middle.thread_id.filter(|_| thread.is_none()) {
        middle = find(view, root).await?;
    }
    if middle.channel_id != channel.channel().id || middle.thread_id != thread {
        return Err(Error::NotFound("message"));
    }
    around_position(view, channel, thread, middle.seq, limit).await
}

/// Returns about `limit` messages around a position in the log, which need not be that of a message.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn around_position(
    view: &View,
    channel: &ReadableChannel,
    thread: Option<MessageId>,
    seq: Seq,
    limit: usize,
) -> Result<Slice<Model>> {
    let half = async |after, before, limit, backward| {
        history(view, channel, thread, &Page { after, before, limit, backward }, page::BYTES / 2).await
    };
    let before = half(None, Some(seq), limit / 2, true).await?;
    let rest = limit.saturating_sub(before.items.len()).max(1);
    let after = half(Some(seq.saturating_sub(1)), None, rest, false).await?;
    Ok(Slice {
        items: before.items.into_iter().chain(after.items).collect(),
        has_previous: before.has_previous,
        has_next: after.has_next,
    })
}

/// Returns the authors of replies in a thread, ordered by their first reply: at most 10, from the first 200 replies.
///
/// # Errors
/// Fails if the database is unavailable.
pub async fn participants(view: &View, root: MessageId) -> Result<Vec<MemberId>> {
    let rows = Entity::find()
        .filter(Column::WorkspaceId.eq(view.id()))
        .filter(Column::ThreadId.eq(root))
        .filter(Column::DeletedAt.is_null())
        .order_by_asc(Column::Seq)
        .limit(200)
        .select_only()
        .column(Column::AuthorId)
        .into_tuple::<MemberId>()
        .all(&*view.snapshot().await?)
        .await?;
    let mut ids = Vec::new();
    for id in rows {
        if ids.len() < 10 && !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}
