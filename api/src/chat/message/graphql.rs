//! The `Message` type and the mutations that send, edit and delete messages.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use tokio::sync::OnceCell;

use super::delete::DeleteMessage;
use super::edit::EditMessage;
use super::query;
use super::queueing::{self, Sender};
use super::send::SendMessage;
use super::thread_graphql::Thread;
use crate::chat::channel::graphql::Channel;
use crate::chat::file::graphql::File;
use crate::chat::graphql::connection::connections;
use crate::chat::graphql::context::{app, id, id_in, ids_in, new_id_in, open_view_of, viewer};
use crate::chat::graphql::payload::payloads;
use crate::chat::graphql::scalar::Position;
use crate::chat::graphql::target::Target;
use crate::chat::member::graphql::{Member, member_of};
use crate::chat::reaction::graphql::{Reaction, ReactionMembers};
use crate::chat::reaction::query::ReactionCount;
use crate::chat::read_state::graphql::ReadStates;
use crate::chat::workspace::view::View;
use crate::chat::{file, reaction};
use crate::ground::clock::Timestamp;
use crate::ground::error::Error;
use crate::ground::id::{GlobalId, MessageId};
use crate::log::Receipt;
use crate::model::event::{Event, Seq};
use crate::model::file::MAX_ATTACHMENTS;
use crate::model::file::entity::file::Model as FileRow;
use crate::model::message::entity::Model;
use crate::model::viewer::CachedViewer;

/// Reactions, files and read states of the channels of all messages of a response, each loaded by a single query when
/// the first one is resolved.
struct Shared {
    view: Arc<View>,
    ids: Vec<MessageId>,
    read_states: Arc<ReadStates>,
    reactions: OnceCell<HashMap<MessageId, Vec<ReactionCount>>>,
    reaction_members: Arc<ReactionMembers>,
    files: OnceCell<HashMap<MessageId, Vec<FileRow>>>,
}

impl Shared {
    fn new(view: &Arc<View>, rows: &[Model]) -> Arc<Self> {
        let ids: Vec<MessageId> = rows.iter().map(|row| row.id).collect();
        Arc::new(Self {
            read_states: ReadStates::among(view, rows.iter().map(|row| row.channel_id)),
            reaction_members: ReactionMembers::new(view, ids.clone()),
            reactions: OnceCell::new(),
            files: OnceCell::new(),
            view: view.clone(),
            ids,
        })
    }
}

/// The fields that a message and its snapshot have in common.
#[derive(Clone)]
struct MessageFields(Arc<Model>);

/// The state of a message at the sequence number of an event. Has the fields of `Message` except for its ID and other
/// objects.
#[derive(SimpleObject)]
pub struct MessageSnapshot {
    /// The ID of the message: `msg_` followed by 52 characters. The sender generates its UUIDv7.
    message_id: ID,
    #[graphql(flatten)]
    fields: MessageFields,
}

impl MessageSnapshot {
    /// The message that an event carries; `None` for events that carry none.
    pub fn from_event(event: &Event) -> Option<Self> {
        let row = Model::from_event(event)?;
        Some(Self { message_id: row.id.in_workspace(row.workspace_id).into(), fields: MessageFields(Arc::new(row)) })
    }
}

#[Object]
impl MessageFields {
    /// The sequence number of the event that sent the message. Messages are ordered by it.
    async fn seq(&self) -> Position {
        Position(self.0.seq)
    }

    /// The ID of the channel.
    async fn channel_id(&self) -> ID {
        self.0.channel_id.in_workspace(self.0.workspace_id).into()
    }

    /// The ID of the author.
    async fn author_id(&self) -> ID {
        self.0.author_id.in_workspace(self.0.workspace_id).into()
    }

    /// The ID of the message that starts the thread. Null unless the message is a reply.
    async fn thread_id(&self) -> Option<ID> {
        self.0.thread_id.map(|id| id.in_workspace(self.0.workspace_id).into())
    }

    /// The text as written, in CommonMark. Contains mentions as `<@mem_…>`, `<!channel>` and `<!here>`. Empty if the
    /// message has been deleted.
    async fn text(&self) -> &str {
        &self.0.text
    }

    /// IDs of the members mentioned by name, in the order of the text, maximum 50.
    async fn mentioned_ids(&self) -> Vec<ID> {
        self.0.mentions().member_ids.into_iter().map(|id| id.in_workspace(self.0.workspace_id).into()).collect()
    }

    /// Whether the message mentions the whole channel.
    async fn mentions_channel(&self) -> bool {
        self.0.mentions().channel
    }

    /// When the message was sent.
    async fn created_at(&self) -> Timestamp {
        self.0.created_at
    }

    /// When the text was last edited. Null if it was never edited or the message has been deleted.
    async fn edited_at(&self) -> Option<Timestamp> {
        self.0.edited_at
    }

    /// When the message was deleted. Null if it was not. A deleted message keeps its position in the channel.
    async fn deleted_at(&self) -> Option<Timestamp> {
        self.0.deleted_at
    }
}

/// A message that the viewer can read.
#[derive(Clone)]
pub struct Message {
    fields: MessageFields,
    shared: Arc<Shared>,
}

impl Message {
    /// Creates a message of a response.
    pub fn viewed(view: &Arc<View>, row: Model) -> Self {
        let shared = Shared::new(view, vec![row.id]);
        Self { fields: MessageFields(Arc::new(row)), shared }
    }

    /// The message with this ID.
    ///
    /// # Errors
    /// `NOT_FOUND` if the viewer cannot read it.
    pub async fn find(view: &Arc<View>, id: MessageId) -> Result<Self, Error> {
        Ok(Self::viewed(view, query::find(view, id).await?))
    }

    /// Creates several messages of one response.
    pub fn viewed_all(view: &Arc<View>, rows: Vec<Model>) -> Vec<Self> {
        let shared = Shared::new(view, rows.iter().map(|row| row.id).collect());
        let viewed = |row| Self { fields: MessageFields(Arc::new(row)), shared: shared.clone() };
        rows.into_iter().map(viewed).collect()
    }

    /// The thread that it starts; `None` without replies.
    pub fn started_thread(&self) -> Option<Thread> {
        Thread::started_by(&self.shared.view, self.snapshot.row.clone())
    }

    /// The typed ID.
    pub fn key(&self) -> MessageId {
        self.fields.0.id
    }

    /// The sequence number of the event that sent the message.
    pub fn sent_seq(&self) -> Seq {
        self.fields.0.seq
    }

    /// Approximate size in a response, in bytes.
    pub fn bytes(&self) -> usize {
        query::bytes(&self.fields.0)
    }
}

/// A message in a channel or a reply in a thread.
#[Object]
impl Message {
    #[graphql(flatten)]
    async fn fields(&self) -> &MessageFields {
        &self.fields
    }

    /// The ID of the message: `msg_` followed by 52 characters. The sender generates its UUIDv7.
    pub async fn id(&self) -> ID {
        self.fields.0.id.in_workspace(self.fields.0.workspace_id).into()
    }

    /// The channel.
    async fn channel(&self) -> Result<Channel> {
        let view = &self.shared.view;
        Ok(Channel::viewed(view, view.channel(self.fields.0.channel_id)?, None))
    }

    /// The author.
    async fn author(&self) -> Result<Member> {
        Ok(member_of(&self.shared.view, self.fields.0.author_id)?)
    }

    /// The reactions, ordered by when each emoji was first used.
    #[graphql(complexity = "2 * child_complexity + 1")]
    async fn reactions(&self) -> Result<Vec<Reaction>> {
        let shared = &self.shared;
        let load = || reaction::query::for_messages(&shared.view, &shared.ids);
        let all = shared.reactions.get_or_try_init(load).await?;
        let id = self.fields.0.id;
        let counts = all.get(&id).into_iter().flatten().cloned();
        Ok(counts.map(|count| Reaction::new(id, count, shared.reaction_members.clone())).collect())
    }

    /// The attached files in order, maximum 10. Includes removed files. Empty if the message has been deleted.
    #[graphql(complexity = "2 * child_complexity + 1")]
    async fn files(&self) -> Result<Vec<File>> {
        let row = &self.fields.0;
        if row.files == 0 || row.deleted_at.is_some() {
            return Ok(Vec::new());
        }
        let shared = &self.shared;
        let all = shared.files.get_or_try_init(|| file::query::for_messages(&shared.view, &shared.ids)).await?;
        let files = all.get(&row.id).into_iter().flatten();
        Ok(files.map(|row| File::viewed(&shared.view, row.clone())).collect())
    }

    /// The thread started by the message. Null if it has no replies.
    async fn thread(&self) -> Result<Option<Thread>> {
        Ok(Thread::started_by(&self.shared.view, self.fields.0.clone()))
    }
}

connections! {
    /// A page of messages.
    MessageConnection of
    /// A message with its cursor.
    MessageEdge of Message;
}

#[derive(Default)]
pub struct MessageQuery;

#[Object]
impl MessageQuery {
    /// Looks up a message that the viewer can read, including deleted messages.
    ///
    /// Errors: `NOT_FOUND` if the message does not exist or the viewer cannot read it.
    async fn message(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of the message.")] id: ID,
    ) -> Result<Message> {
        let (view, id) = open_view_of(context, "id", &id).await?;
        Ok(Message::find(&view, id).await?)
    }
}

/// Input for `sendMessage`.
#[derive(InputObject)]
pub struct SendMessageInput {
    /// Client-generated ID of the new message: `msg_`, the 26 characters of the workspace and a UUIDv7 in base32.
    /// Retrying with the same ID never sends the message twice. Generated by the server if omitted.
    id: Option<ID>,
    /// The ID of a channel that the viewer is in.
    channel_id: ID,
    /// The ID of the message that starts the thread, to send a reply.
    thread_id: Option<ID>,
    /// The text in CommonMark, maximum 16,000 characters. Stored as written. Mention members with `<@mem_…>` (at most
    /// 50) and the whole channel with `<!channel>` or `<!here>`. May be empty if files are attached.
    text: String,
    /// IDs of files to attach, in order, maximum 10. Each must be uploaded by the viewer and not used elsewhere.
    attachment_ids: Option<Vec<ID>>,
    /// Confirms a mention of the whole channel. Required if the channel has more than 50 members. Defaults to `false`.
    confirm_channel_mention: Option<bool>,
}

/// Input for `editMessage`.
#[derive(InputObject)]
pub struct EditMessageInput {
    /// Client-generated ID that makes retries safe: `cmd_` and a UUIDv7 in base32. Generated by the server if omitted.
    command_id: Option<ID>,
    /// The ID of a message sent by the viewer.
    message_id: ID,
    /// The complete new text in CommonMark, maximum 16,000 characters.
    text: String,
    /// Confirms a newly added mention of the whole channel. Required if the channel has more than 50 members. Defaults
    /// to `false`.
    confirm_channel_mention: Option<bool>,
}

/// Input for `deleteMessage`.
#[derive(InputObject)]
pub struct DeleteMessageInput {
    /// Client-generated ID that makes retries safe: `cmd_` and a UUIDv7 in base32. Generated by the server if omitted.
    command_id: Option<ID>,
    /// The ID of a message sent by the viewer. The roles `ADMIN` and `OWNER` can delete messages of other members.
    message_id: ID,
}

/// The state of a message after `sendMessage`.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum SendStatus {
    /// The message is durably stored and has a sequence number.
    Sent,
    /// The message is queued because the database is unavailable. Delivery is not guaranteed yet: keep the message and
    /// repeat the mutation with the same `id` until the status is `SENT`, an error other than `UNAVAILABLE`,
    /// `RATE_LIMITED`, `INTERNAL` or `UNAUTHENTICATED` is returned, or its event arrives.
    Queued,
}

/// Return value of `sendMessage`.
#[derive(SimpleObject)]
pub struct SendMessagePayload {
    /// Whether the message is stored or queued.
    status: SendStatus,
    /// The message. Null while it is queued.
    message: Option<Message>,
    /// The sequence number of the event. Null while the message is queued.
    seq: Option<Position>,
}

payloads! {
    message: Message, "The message.";
    /// Return value of `editMessage`.
    EditMessagePayload;
    /// Return value of `deleteMessage`.
    DeleteMessagePayload;
}

/// The message after a command on it, with the sequence number of its event.
///
/// # Errors
/// `NOT_FOUND` if the viewer can no longer read it.
pub async fn changed(target: &Target<'_, MessageId>, receipt: &Receipt) -> Result<(Message, Position), Error> {
    Ok((Message::find(&target.view(receipt)?, target.id).await?, Position(receipt.seq())))
}

#[derive(Default)]
pub struct MessageMutation;

#[Object]
impl MessageMutation {
    /// Sends a message to a channel that the viewer is in. Returns after the message is durably stored. Servers that
    /// run as several processes queue the message if the database is unavailable, as indicated by `status`.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid text, file list or thread or an unconfirmed mention of the channel,
    /// `NOT_FOUND` if the channel, thread or a file does not exist, `FORBIDDEN` if the viewer is not in the channel or
    /// cannot mention the whole channel, `CONFLICT` if the channel is archived or the ID or a file is in use,
    /// `RATE_LIMITED` if 100 messages of the viewer are queued.
    async fn send_message(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: SendMessageInput,
    ) -> Result<SendMessagePayload> {
        let app = app(context)?;
        let sender = match context.data_opt::<CachedViewer>() {
            Some(remembered) => Sender::CachedViewer(*remembered),
            None => Sender::Viewer(*viewer(context)?),
        };
        let GlobalId { workspace_id: workspace, id: channel_id } = id("channelId", &input.channel_id)?;
        let message_id = new_id_in(workspace, "id", input.id.as_ref(), MessageId::mint)?;
        let file_ids = input.attachment_ids.unwrap_or_default();
        let message = SendMessage {
            thread_id: input.thread_id.as_ref().map(|thread| id_in(workspace, "threadId", thread)).transpose()?,
            file_ids: ids_in(workspace, "attachmentIds", &file_ids, MAX_ATTACHMENTS)?,
            is_confirmed: input.confirm_channel_mention.unwrap_or(false),
            ..SendMessage::new(workspace, message_id, channel_id, input.text)
        };
        let Some(receipt) = queueing::send(app, sender, workspace, message).await? else {
            return Ok(SendMessagePayload { status: SendStatus::Queued, message: None, seq: None });
        };
        let view = View::after(app, viewer(context)?, &receipt)?;
        let row = match receipt.repeated {
            // The message may have been edited or deleted since, and the viewer may have left the channel.
            true => query::find(&view, message_id).await?,
            // The event contains all fields of a new message, so nothing is read.
            false => {
                let sent = receipt.events.first().and_then(|event| Model::from_event(event));
                sent.ok_or_else(|| Error::internal("a sent message has no event"))?
            }
        };
        let (message, seq) = (Message::viewed(&view, row), Position(receipt.seq()));
        Ok(SendMessagePayload { status: SendStatus::Sent, message: Some(message), seq: Some(seq) })
    }

    /// Edits the text of a message. Only its author can edit it, at most 200 times.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid text or an unconfirmed mention of the channel, `NOT_FOUND` if the
    /// message does not exist or has been deleted, `FORBIDDEN` if the viewer is not the author, is not in the channel
    /// or cannot mention the whole channel, `CONFLICT` if the channel is archived or the message has been edited 200
    /// times.
    async fn edit_message(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: EditMessageInput,
    ) -> Result<EditMessagePayload> {
        let target = Target::object(context, "messageId", &input.message_id, input.command_id.as_ref())?;
        let is_confirmed = input.confirm_channel_mention.unwrap_or(false);
        let command = EditMessage::new(target.workspace_id, target.id, input.text, is_confirmed)?;
        let receipt = target.submit(command).await?;
        Ok(EditMessagePayload::new(changed(&target, &receipt).await?))
    }

    /// Deletes a message and its files. The contents are erased from all storage including the log; the message keeps
    /// its position.
    ///
    /// Errors: `NOT_FOUND` if the message does not exist or has already been deleted, `FORBIDDEN` for insufficient
    /// permissions, `CONFLICT` if the channel is archived.
    async fn delete_message(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Parameters of the mutation.")] input: DeleteMessageInput,
    ) -> Result<DeleteMessagePayload> {
        let target = Target::object(context, "messageId", &input.message_id, input.command_id.as_ref())?;
        let receipt = target.submit(DeleteMessage { message_id: target.id }).await?;
        Ok(DeleteMessagePayload::new(changed(&target, &receipt).await?))
    }
}
