//! Messages: send, edit, delete, and read them by pages.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::command::{Command, seen};
use super::entity::{Column, Entity, Model};
use super::{TEXT_MAX, mention};
use crate::allowance;
use crate::app::App;
use crate::app::queue::{HORIZON, Queued};
use crate::error::{Error, Result};
use crate::event::{Event, Seq, Skeleton};
use crate::file::ATTACHMENTS_MAX;
use crate::id::{ChannelId, CommandId, FileId, MemberId, MessageId, WorkspaceId};
use crate::log::Receipt;
use crate::page::{self, Page, Slice};
use crate::text;
use crate::viewer::{Remembered, Viewer};
use crate::workspace::view::{ReadableChannel, View};

/// Bytes that the description of one file takes in an answer, at most about.
const FILE_BYTES: usize = 6_000;
/// Bytes that a message takes in an answer beside its text, about.
const ROW_BYTES: usize = 1_000;

/// A message to be sent.
#[derive(Debug, Clone)]
pub struct New {
    pub id: MessageId,
    pub channel_id: ChannelId,
    pub thread_id: Option<MessageId>,
    pub text: String,
    /// Files of the sender that are not used yet, in their order.
    pub file_ids: Vec<FileId>,
    /// Whether its author knows that it mentions many.
    pub is_confirmed: bool,
}

/// Who sends.
#[derive(Debug, Clone, Copy)]
pub enum Sender {
    Viewer(Viewer),
    Remembered(Remembered),
}

/// What became of a message.
#[derive(Debug)]
pub enum Sent {
    /// It is stored.
    Done(Box<Receipt>),
    /// It waits for the database; nothing is decided.
    Queued,
}

/// Sends a message. While the database is away, and as long as something of the same author waits for it, it
/// is queued instead, where there is a queue.
///
/// # Errors
/// `BAD_USER_INPUT`, `NOT_FOUND`, `FORBIDDEN` unless the viewer is in the channel, `CONFLICT`, and
/// `UNAVAILABLE` when it can neither be stored nor queued.
pub async fn send(app: &App, sender: Sender, workspace_id: WorkspaceId, new: New) -> Result<Sent> {
    check_new(&new)?;
    let (viewer, is_known) = match sender {
        Sender::Viewer(viewer) => (viewer, true),
        Sender::Remembered(Remembered(viewer)) => (viewer, false),
    };
    let queue = async |new: New| {
        let New { id: message_id, channel_id, thread_id, text, file_ids, is_confirmed } = new;
        let queued = Queued { viewer, workspace_id, message_id, channel_id, thread_id, text, file_ids, is_confirmed };
        app.queue.put(queued).await
    };
    if !is_known {
        return queue(new).await.map(|()| Sent::Queued);
    }
    if app.queue.has_of(&viewer, workspace_id) {
        match queue(new.clone()).await {
            // The bus is away as well, by now: it shall not keep from chatting whose message waits in it.
            Err(Error::Away(_)) => {}
            queued => return queued.map(|()| Sent::Queued),
        }
    }
    let kept = app.queue.is_open().then(|| new.clone());
    match (decide(app, &viewer, workspace_id, new).await, kept) {
        (Err(Error::Away(_)), Some(new)) if app.rooms.fresh().age() < HORIZON => {
            queue(new).await.map(|()| Sent::Queued)
        }
        (decided, _) => decided.map(|receipt| Sent::Done(Box::new(receipt))),
    }
}

/// Has the lane decide a message now.
///
/// # Errors
/// Those of [`send`].
pub async fn decide(app: &App, viewer: &Viewer, workspace_id: WorkspaceId, new: New) -> Result<Receipt> {
    check_new(&new)?;
    let command = Command::Send {
        mentions: mention::find(&new.text),
        message_id: new.id,
        channel_id: new.channel_id,
        thread_id: new.thread_id,
        text: new.text,
        file_ids: new.file_ids,
        is_confirmed: new.is_confirmed,
    };
    app.submit(viewer, workspace_id, CommandId(new.id.0), command).await
}

/// Changes the text of a message of the viewer; with whether they know that it mentions many.
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
    text::at_most("text", &text, TEXT_MAX)?;
    let mentions = mention::find(&text);
    app.submit(viewer, workspace_id, id, Command::Edit { message_id, text, mentions, is_confirmed }).await
}

/// Deletes a message: its texts are blanked everywhere, its place stays.
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
    app.submit(viewer, workspace_id, id, Command::Delete { message_id }).await
}

fn check_new(new: &New) -> Result<()> {
    if new.file_ids.is_empty() {
        seen(&new.text)?;
    }
    let mut ids = std::collections::HashSet::new();
    if new.file_ids.len() > ATTACHMENTS_MAX || !new.file_ids.iter().all(|id| ids.insert(*id)) {
        let why = format!("A message has at most {ATTACHMENTS_MAX} files, each once.");
        return Err(Error::invalid("attachmentIds", why));
    }
    text::at_most("text", &new.text, TEXT_MAX)
}

/// The message as an event carries it. For an edit or a deletion only in part: what it was before is not
/// in the event.
pub fn of_event(event: &Event) -> Option<Model> {
    let part = |id, seq, channel_id, thread_id, author_id| Model {
        workspace_id: event.workspace_id,
        id,
        seq,
        channel_id,
        thread_id,
        author_id,
        text: event.body.text.clone().unwrap_or_default(),
        mentions: "{}".to_owned(),
        created_at: event.at,
        edited_at: None,
        deleted_at: None,
        edits: 0,
        replies: 0,
        last_reply_at: None,
        files: 0,
    };
    let json = |mentions| serde_json::to_string(mentions).unwrap_or_default();
    match &event.skeleton {
        Skeleton::MessageSent { message_id, channel_id, thread_id, mentions, file_ids } => {
            let sent = part(*message_id, event.seq, *channel_id, *thread_id, event.actor());
            let files = i32::try_from(file_ids.len()).unwrap_or(i32::MAX);
            Some(Model { mentions: json(mentions), files, ..sent })
        }
        Skeleton::MessageEdited { message_id, channel_id, thread_id, author_id, sent_seq, mentions } => {
            let edited = part(*message_id, *sent_seq, *channel_id, *thread_id, *author_id);
            Some(Model { edited_at: Some(event.at), edits: 1, mentions: json(mentions), ..edited })
        }
        Skeleton::MessageDeleted { message_id, channel_id, thread_id, author_id, sent_seq } => {
            let deleted = part(*message_id, *sent_seq, *channel_id, *thread_id, *author_id);
            Some(Model { deleted_at: Some(event.at), ..deleted })
        }
        _ => None,
    }
}

/// A message that the viewer may read.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub async fn find(view: &View, id: MessageId) -> Result<Model> {
    let unknown = || Error::NotFound("message");
    let row = Entity::find_by_id((view.id(), id)).one(&*view.snapshot().await?).await?.ok_or_else(unknown)?;
    view.channel(row.channel_id).map_err(|_| unknown())?;
    Ok(row)
}

/// Several messages; those that the viewer may not read are left out.
///
/// # Errors
/// When the database does not answer; `PAYLOAD_TOO_LARGE` when the request has loaded too much.
pub async fn find_all(view: &View, ids: Vec<MessageId>) -> Result<Vec<Model>> {
    let query = Entity::find().filter(Column::WorkspaceId.eq(view.id())).filter(Column::Id.is_in(ids));
    let turn = allowance::turn().await?;
    let snapshot = view.snapshot().await?;
    let mut rows = query.all(&*snapshot).await?;
    turn.loaded(rows.iter().map(bytes).sum())?;
    rows.retain(|row| view.channel(row.channel_id).is_ok());
    Ok(rows)
}

/// Bytes that a message takes in an answer, about: its text as JSON has it, and what may be said of its files.
pub fn bytes(row: &Model) -> usize {
    text::json_bytes(&row.text) + row.mentions.len() + usize::try_from(row.files).unwrap_or(0) * FILE_BYTES + ROW_BYTES
}

/// The same, as it is now and not at the number of the view; for a write.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub async fn find_now(view: &View, id: MessageId) -> Result<Model> {
    let unknown = || Error::NotFound("message");
    let now = view.now().await?;
    let row = Entity::find_by_id((view.id(), id)).one(&*now).await?.ok_or_else(unknown)?;
    view.channel(row.channel_id).map_err(|_| unknown())?;
    Ok(row)
}

/// A page of a channel outside of threads (`thread` is `None`) or of one thread, in the order of the log. Long texts
/// make it end early.
///
/// # Errors
/// When the database does not answer; `PAYLOAD_TOO_LARGE` when the request has loaded too much.
pub async fn history(
    view: &View,
    channel: &ReadableChannel,
    thread: Option<MessageId>,
    page: &Page<Seq>,
) -> Result<Slice<Model>> {
    part(view, channel, thread, page, page::BYTES).await
}

async fn part(
    view: &View,
    channel: &ReadableChannel,
    thread: Option<MessageId>,
    page: &Page<Seq>,
    most: usize,
) -> Result<Slice<Model>> {
    let query = Entity::find()
        .filter(Column::WorkspaceId.eq(view.id()))
        .filter(Column::ChannelId.eq(channel.channel().id))
        .filter(thread.map_or_else(|| Column::ThreadId.is_null(), |root| Column::ThreadId.eq(root)));
    let query = page.after.map_or(query.clone(), |after| query.filter(Column::Seq.gt(after)));
    let query = page.before.map_or(query.clone(), |before| query.filter(Column::Seq.lt(before)));
    let order = if page.backward { sea_orm::Order::Desc } else { sea_orm::Order::Asc };
    let turn = allowance::turn().await?;
    let snapshot = view.snapshot().await?;
    let rows = query.order_by(Column::Seq, order).limit(page.limit as u64 + 1).all(&*snapshot).await?;
    turn.loaded(rows.iter().map(bytes).sum())?;
    Ok(page.cut(rows).within_bytes(most, page.backward, bytes))
}

/// About `limit` messages around one, which is among them, or for a reply around the one that begins its thread.
///
/// # Errors
/// `NOT_FOUND` if it is not in this list.
pub async fn around(
    view: &View,
    channel: &ReadableChannel,
    thread: Option<MessageId>,
    id: MessageId,
    limit: usize,
) -> Result<Slice<Model>> {
    let mut middle = find(view, id).await?;
    // Among the messages of a channel a reply stands where its thread begins.
    if let Some(root) = middle.thread_id.filter(|_| thread.is_none()) {
        middle = find(view, root).await?;
    }
    if middle.channel_id != channel.channel().id || middle.thread_id != thread {
        return Err(Error::NotFound("message"));
    }
    around_seq(view, channel, thread, middle.seq, limit).await
}

/// About `limit` messages around a position of the log, whether or not a message stands at it.
///
/// # Errors
/// When the database does not answer.
pub async fn around_seq(
    view: &View,
    channel: &ReadableChannel,
    thread: Option<MessageId>,
    seq: Seq,
    limit: usize,
) -> Result<Slice<Model>> {
    let half = async |after, before, limit, backward| {
        part(view, channel, thread, &Page { after, before, limit, backward }, page::BYTES / 2).await
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

/// Who replied in a thread, in the order of their first reply; at most 10 of the first 200 replies.
///
/// # Errors
/// When the database does not answer.
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
