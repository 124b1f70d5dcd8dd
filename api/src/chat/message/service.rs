//! Message operations: send, edit, delete, and read by pages.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::access::require_visible_text;
use super::delete::DeleteMessage;
use super::edit::EditMessage;
use super::send::SendMessage;
use crate::app::App;
use crate::app::queue::{ACCEPTANCE_WINDOW, Queued};
use crate::chat::workspace::view::{ReadableChannel, View};
use crate::ground::error::{Error, Result};
use crate::ground::id::{CommandId, MemberId, MessageId, WorkspaceId};
use crate::ground::page::{self, Page, Slice};
use crate::ground::{allowance, text};
use crate::log::Receipt;
use crate::model::event::Seq;
use crate::model::file::MAX_ATTACHMENTS;
use crate::model::message::entity::{Column, Entity, Model};
use crate::model::message::{MAX_TEXT_CHARS, mention};
use crate::model::viewer::{CachedViewer, Viewer};

/// Approximate maximum size of a file description in a response, in bytes.
const MAX_FILE_DESCRIPTION_BYTES: usize = 6_000;
/// Approximate size of a message in a response without its text, in bytes.
const ROW_BYTES: usize = 1_000;

/// The sender of a message.
#[derive(Debug, Clone, Copy)]
pub enum Sender {
    Viewer(Viewer),
    CachedViewer(CachedViewer),
}

/// Outcome of sending a message.
#[derive(Debug)]
pub enum Sent {
    /// Stored.
    Done(Box<Receipt>),
    /// Queued until the database is available. Not decided yet.
    Queued,
}

/// Sends a message. If a queue is configured, the message is queued instead while the database is unavailable or
/// earlier messages of the author are still queued.
///
/// # Errors
/// `BAD_USER_INPUT`, `NOT_FOUND`, `FORBIDDEN` unless the viewer is in the channel, `CONFLICT`, and `UNAVAILABLE` if the
/// message can neither be stored nor queued.
pub async fn send(app: &App, sender: Sender, workspace_id: WorkspaceId, message: SendMessage) -> Result<Sent> {
    validate(&message)?;
    let (viewer, is_current) = match sender {
        Sender::Viewer(viewer) => (viewer, true),
        Sender::CachedViewer(CachedViewer(viewer)) => (viewer, false),
    };
    let queue = async |message: &SendMessage| {
        app.queue.insert(Queued::new(viewer, workspace_id, message.message_id, &(message, message.is_confirmed))?).await
    };
    if !is_current {
        return queue(&message).await.map(|()| Sent::Queued);
    }
    if app.queue.has_queued(&viewer, workspace_id) {
        match queue(&message).await {
            // The bus has become unavailable too. Queued messages must not block the author, so decide directly.
            Err(Error::DependencyUnavailable(_)) => {}
            queued => return queued.map(|()| Sent::Queued),
        }
    }
    let kept = app.queue.is_open().then(|| message.clone());
    match (decide(app, &viewer, workspace_id, message).await, kept) {
        (Err(Error::DependencyUnavailable(_)), Some(message)) if app.logs.fresh().age() < ACCEPTANCE_WINDOW => {
            queue(&message).await.map(|()| Sent::Queued)
        }
        (decided, _) => decided.map(|receipt| Sent::Done(Box::new(receipt))),
    }
}

/// Submits a message to the lane without queueing.
///
/// # Errors
/// Those of [`send`].
pub async fn decide(app: &App, viewer: &Viewer, workspace_id: WorkspaceId, message: SendMessage) -> Result<Receipt> {
    validate(&message)?;
    app.submit(viewer, workspace_id, CommandId(message.message_id.0), message).await
}

/// Edits a message of the viewer. The flag states whether they confirmed mentioning many members.
///
/// # Errors
/// `BAD_USER_INPUT`, `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` after too many edits.
pub async fn edit(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    message_id: MessageId,
    (text, is_confirmed): (String, bool),
) -> Result<Receipt> {
    text::require_max_chars("text", &text, MAX_TEXT_CHARS)?;
    let mentions = mention::find(workspace_id, &text);
    app.submit(viewer, workspace_id, id, EditMessage { message_id, text, mentions, is_confirmed }).await
}

/// Deletes a message. Its texts are erased, and its position in the history stays.
///
/// # Errors
/// `NOT_FOUND`, `FORBIDDEN`.
pub async fn delete(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: CommandId,
    message_id: MessageId,
) -> Result<Receipt> {
    app.submit(viewer, workspace_id, id, DeleteMessage { message_id }).await
}

fn validate(message: &SendMessage) -> Result<()> {
    if message.file_ids.is_empty() {
        require_visible_text(&message.text)?;
    }
    let mut ids = std::collections::HashSet::new();
    if message.file_ids.len() > MAX_ATTACHMENTS || !message.file_ids.iter().all(|id| ids.insert(*id)) {
        let why = format!("Invalid files: maximum {MAX_ATTACHMENTS} per message, without duplicates.");
        return Err(Error::invalid("attachmentIds", why));
    }
    text::require_max_chars("text", &message.text, MAX_TEXT_CHARS)
}

/// Returns a message that the viewer may read.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub async fn find(view: &View, id: MessageId) -> Result<Model> {
    let unknown = || Error::NotFound("message");
    let row = Entity::find_by_id((view.id(), id)).one(&*view.snapshot().await?).await?.ok_or_else(unknown)?;
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

/// Like [`find`], but reads the current state instead of the view's snapshot. For writes.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub async fn find_now(view: &View, id: MessageId) -> Result<Model> {
    let unknown = || Error::NotFound("message");
    let now = view.current_snapshot().await?;
    let row = Entity::find_by_id((view.id(), id)).one(&*now).await?.ok_or_else(unknown)?;
    view.channel(row.channel_id).map_err(|_| unknown())?;
    Ok(row)
}

/// Returns a page of a channel without replies (`thread` is `None`) or of one thread, in log order. A page with long
/// texts ends early.
///
/// # Errors
/// Fails if the database is unavailable; `PAYLOAD_TOO_LARGE` when the request has loaded too much.
pub async fn history(
    view: &View,
    channel: &ReadableChannel,
    thread: Option<MessageId>,
    page: &Page<Seq>,
) -> Result<Slice<Model>> {
    page_within(view, channel, thread, page, page::BYTES).await
}

async fn page_within(
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
        page_within(view, channel, thread, &Page { after, before, limit, backward }, page::BYTES / 2).await
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
