//! Builds index documents from the database tables, the system of record.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use crate::adapter::search::document::{Audience, Document, Has, MAX_FILE_CONTENT_CHARS, PUBLIC_AUDIENCE, has_link};
use crate::ground::db::Transaction;
use crate::ground::db::batch_query::among;
use crate::ground::error::Result;
use crate::ground::id::{ChannelId, FileId, MessageId, WorkspaceId};
use crate::model::channel::ChannelKind;
use crate::model::channel::entity::channel;
use crate::model::event::{Seq, SharedEvent};
use crate::model::file::description::Description;
use crate::model::file::entity::{file, file_text};
use crate::model::file::kind::FileKind;
use crate::model::message;
use crate::model::reaction::total_entity as total;

/// The messages whose documents these events may change.
pub fn affected_messages(events: &[SharedEvent]) -> BTreeSet<MessageId> {
    // The first reply turns its parent into a thread.
    let thread = |event: &SharedEvent| message::entity::Model::from_event(event).and_then(|row| row.thread_id);
    events.iter().flat_map(|event| [event.skeleton.message_id(), thread(event)]).flatten().collect()
}

/// The current documents of these messages; deleted and unknown messages are omitted.
///
/// # Errors
/// `UNAVAILABLE` if the database does not respond.
pub async fn documents(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    ids: Vec<MessageId>,
) -> Result<Vec<Document>> {
    let mut documents = Vec::with_capacity(ids.len());
    for batch in ids.chunks(BATCH_SIZE) {
        let which = among(transaction, message::entity::Column::Id, batch.to_vec());
        documents.extend(select(transaction, workspace_id, Condition::all().add(which), None).await?);
    }
    Ok(documents)
}

/// Ids per SQL statement.
const BATCH_SIZE: usize = 500;

/// The documents of the first `limit` messages of a workspace with `after < seq`, without deleted messages, and the
/// sequence number of the last message read.
///
/// # Errors
/// `UNAVAILABLE` if the database does not respond.
pub async fn documents_after(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    after: Seq,
    limit: u64,
) -> Result<(Vec<Document>, Option<Seq>)> {
    let behind = Condition::all().add(message::entity::Column::Seq.gt(after));
    let last = message::entity::Entity::find()
        .filter(message::entity::Column::WorkspaceId.eq(workspace_id))
        .filter(behind.clone())
        .order_by_asc(message::entity::Column::Seq)
        .select_only()
        .column(message::entity::Column::Seq)
        .limit(limit)
        .into_tuple::<Seq>()
        .all(transaction)
        .await?;
    let Some(last) = last.last().copied() else { return Ok((Vec::new(), None)) };
    let here = behind.add(message::entity::Column::Seq.lte(last));
    Ok((select(transaction, workspace_id, here, Some(limit)).await?, Some(last)))
}

async fn select(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    which: Condition,
    limit: Option<u64>,
) -> Result<Vec<Document>> {
    let rows = message::entity::Entity::find()
        .filter(message::entity::Column::WorkspaceId.eq(workspace_id))
        .filter(message::entity::Column::DeletedAt.is_null())
        .filter(which)
        .limit(limit)
        .all(transaction)
        .await?;
    let audiences = audiences(transaction, workspace_id, rows.iter().map(|row| row.channel_id).collect()).await?;
    let reacted = reacted(transaction, workspace_id, rows.iter().map(|row| row.id).collect()).await?;
    let with_files = rows.iter().filter(|row| row.files > 0).map(|row| row.id).collect();
    let mut files = files(transaction, workspace_id, with_files).await?;
    let document = |row: message::entity::Model| {
        let files = files.remove(&row.id).unwrap_or_default();
        let (audience, is_reacted) = (*audiences.get(&row.channel_id)?, reacted.contains(&row.id));
        Some(document(row, audience, is_reacted, files))
    };
    Ok(rows.into_iter().filter_map(document).collect())
}

/// The document of a message.
pub fn document(row: message::entity::Model, audience: Audience, is_reacted: bool, files: FileContent) -> Document {
    let has = [
        (Has::Link, has_link(&row.text)),
        (Has::File, files.has_any),
        (Has::Image, files.has_images),
        (Has::Reaction, is_reacted),
    ];
    Document {
        mentions: row.mentions(),
        id: row.id,
        workspace_id: row.workspace_id,
        seq: row.seq,
        channel_id: row.channel_id,
        audience,
        author_id: row.author_id,
        thread_id: row.thread_id,
        threaded: row.thread_id.is_some() || row.replies > 0,
        at: row.created_at,
        text: row.text,
        files: files.text,
        has: has.into_iter().filter_map(|(what, is)| is.then_some(what)).collect(),
    }
}

/// The indexed content of a message's files.
#[derive(Debug, Default)]
pub struct FileContent {
    has_any: bool,
    has_images: bool,
    text: String,
}

impl FileContent {
    /// Collects descriptions and, where available, extracted text.
    pub fn new<'a>(described: impl IntoIterator<Item = (&'a Description, Option<&'a str>)>) -> Self {
        let (mut files, mut texts) = (Self::default(), String::new());
        for (description, text) in described {
            files.has_any = true;
            files.has_images |= description.kind == FileKind::Picture;
            let alt = description.alt.iter().map(String::as_str);
            for line in [description.name.as_str()].into_iter().chain(alt) {
                files.text.push_str(line);
                files.text.push('\n');
            }
            texts.extend(text.into_iter().flat_map(|text| [text, "\n"]));
        }
        files.text.push_str(&texts);
        if let Some((end, _)) = files.text.char_indices().nth(MAX_FILE_CONTENT_CHARS) {
            files.text.truncate(end);
        }
        files
    }

    /// The names, alternative texts and extracted text.
    pub fn into_text(self) -> String {
        self.text
    }
}

/// The files of these messages that have not been removed.
async fn files(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    ids: Vec<MessageId>,
) -> Result<HashMap<MessageId, FileContent>> {
    let mut found: BTreeMap<MessageId, Vec<file::Model>> = BTreeMap::new();
    for batch in ids.chunks(BATCH_SIZE) {
        let rows = file::Entity::find()
            .filter(file::Column::WorkspaceId.eq(workspace_id))
            .filter(file::Column::RemovedAt.is_null())
            .filter(among(transaction, file::Column::MessageId, batch.to_vec()))
            .order_by_asc(file::Column::Place)
            .all(transaction)
            .await?;
        for row in rows {
            found.entry(row.message_id.unwrap_or(MessageId(uuid::Uuid::nil()))).or_default().push(row);
        }
    }
    let ids: Vec<FileId> = found.values().flatten().map(|row| row.id).collect();
    let texts = file_texts(transaction, workspace_id, ids).await?;
    let content = |rows: Vec<file::Model>| {
        let described: Vec<_> = rows.iter().filter_map(file::Model::described).collect();
        FileContent::new(described.iter().map(|described| (described, texts.get(&described.id).map(String::as_str))))
    };
    Ok(found.into_iter().map(|(id, rows)| (id, content(rows))).collect())
}

/// The extracted text of these files.
///
/// # Errors
/// `UNAVAILABLE` if the database does not respond.
pub async fn file_texts(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    ids: Vec<FileId>,
) -> Result<HashMap<FileId, String>> {
    let mut texts = HashMap::new();
    for batch in ids.chunks(BATCH_SIZE) {
        let rows = file_text::Entity::find()
            .filter(file_text::Column::WorkspaceId.eq(workspace_id))
            .filter(among(transaction, file_text::Column::FileId, batch.to_vec()))
            .all(transaction)
            .await?;
        texts.extend(rows.into_iter().map(|row| (row.file_id, row.text)));
    }
    Ok(texts)
}

/// The first `characters` of the extracted text of these files, in order, until about `most` bytes are read.
///
/// # Errors
/// `UNAVAILABLE` if the database does not respond.
pub async fn file_text_prefixes(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    ids: &[FileId],
    (characters, most): (usize, usize),
) -> Result<HashMap<FileId, String>> {
    let mut texts: HashMap<FileId, String> = HashMap::new();
    let mut bytes = 0;
    for batch in ids.chunks(TEXT_BATCH_SIZE) {
        if bytes >= most {
            break;
        }
        let found: Vec<(FileId, String)> = file_text::Entity::find()
            .filter(file_text::Column::WorkspaceId.eq(workspace_id))
            .filter(among(transaction, file_text::Column::FileId, batch.to_vec()))
            .select_only()
            .column(file_text::Column::FileId)
            .expr(Expr::cust(format!("substr(\"text\", 1, {characters})")))
            .into_tuple()
            .all(transaction)
            .await?;
        bytes += found.iter().map(|(_, text)| text.len()).sum::<usize>();
        texts.extend(found);
    }
    Ok(texts)
}

/// Number of files per SQL statement when the text is bounded.
const TEXT_BATCH_SIZE: usize = 16;

/// The audience of each channel.
async fn audiences(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    ids: BTreeSet<ChannelId>,
) -> Result<HashMap<ChannelId, Audience>> {
    let mut audiences = HashMap::new();
    for batch in ids.into_iter().collect::<Vec<_>>().chunks(BATCH_SIZE) {
        let found = channel::Entity::find()
            .filter(channel::Column::WorkspaceId.eq(workspace_id))
            .filter(among(transaction, channel::Column::Id, batch.to_vec()))
            .select_only()
            .columns([channel::Column::Id, channel::Column::Kind, channel::Column::CreatedSeq])
            .into_tuple::<(ChannelId, ChannelKind, Seq)>()
            .all(transaction)
            .await?;
        audiences.extend(found.into_iter().map(|(id, kind, created_seq)| match kind {
            ChannelKind::Public => (id, PUBLIC_AUDIENCE),
            ChannelKind::Private | ChannelKind::Direct => (id, created_seq),
        }));
    }
    Ok(audiences)
}

async fn reacted(
    transaction: &Transaction,
    workspace_id: WorkspaceId,
    ids: Vec<MessageId>,
) -> Result<HashSet<MessageId>> {
    let mut reacted = HashSet::new();
    for batch in ids.chunks(BATCH_SIZE) {
        let found = total::Entity::find()
            .filter(total::Column::WorkspaceId.eq(workspace_id))
            .filter(among(transaction, total::Column::MessageId, batch.to_vec()))
            .select_only()
            .column(total::Column::MessageId)
            .distinct()
            .into_tuple::<MessageId>()
            .all(transaction)
            .await?;
        reacted.extend(found);
    }
    Ok(reacted)
}
