//! `Message`, `Thread`, and sending, editing, deleting.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};
use tokio::sync::OnceCell;

use super::entity::Model;
use super::service;
use crate::channel::graphql::Channel;
use crate::clock::Moment;
use crate::error::Error;
use crate::event::{Event, Mentions, Seq, Skeleton};
use crate::file::ATTACHMENTS_MAX;
use crate::file::graphql::File;
use crate::graphql::connection::MessageConnection;
use crate::graphql::scalar::Position;
use crate::graphql::{app, id, id_or, ids, viewer};
use crate::id::MessageId;
use crate::log::Receipt;
use crate::member::graphql::{Member, member_of, target};
use crate::page::{self, page};
use crate::reaction::graphql::{Named, Reaction};
use crate::reaction::service::Counted;
use crate::viewer::Remembered;
use crate::workspace::graphql::page_cost;
use crate::workspace::view::{ReadableChannel, View};
use crate::{file, reaction};

/// The reactions on all messages of an answer, and their files, each found by one question when the first is
/// asked for.
struct Shared {
    view: Arc<View>,
    ids: Vec<MessageId>,
    reactions: OnceCell<HashMap<MessageId, Vec<Counted>>>,
    named: Arc<Named>,
    files: OnceCell<HashMap<MessageId, Vec<file::entity::file::Model>>>,
}

impl Shared {
    fn of(view: &Arc<View>, ids: Vec<MessageId>) -> Arc<Self> {
        let named = Named::of(view, ids.clone());
        Arc::new(Self { view: view.clone(), ids, named, reactions: OnceCell::new(), files: OnceCell::new() })
    }
}

/// A message.
#[derive(Clone)]
pub struct Message {
    row: Arc<Model>,
    shared: Option<Arc<Shared>>,
    /// Those that an event carries.
    files: Arc<[File]>,
}

impl Message {
    /// A message that the viewer may read.
    pub fn viewed(view: &Arc<View>, row: Model) -> Self {
        let shared = Shared::of(view, vec![row.id]);
        Self { row: Arc::new(row), shared: Some(shared), files: Arc::default() }
    }

    /// Several of one answer.
    pub fn viewed_all(view: &Arc<View>, rows: Vec<Model>) -> Vec<Self> {
        let shared = Shared::of(view, rows.iter().map(|row| row.id).collect());
        let viewed = |row| Self { row: Arc::new(row), shared: Some(shared.clone()), files: Arc::default() };
        rows.into_iter().map(viewed).collect()
    }

    /// The message as an event carries it.
    pub fn of_event(event: &Event) -> Option<Self> {
        let files = match &event.skeleton {
            // Of one that was erased since nothing is told.
            Skeleton::MessageSent { file_ids, .. } if !event.body.is_empty() => {
                file_ids.iter().map(|id| File::of_event(event, *id)).collect()
            }
            _ => Arc::default(),
        };
        service::of_event(event).map(|row| Self { row: Arc::new(row), shared: None, files })
    }

    /// Its id, typed.
    pub fn key(&self) -> MessageId {
        self.row.id
    }

    /// Bytes that it takes in an answer, about.
    pub fn bytes(&self) -> usize {
        service::bytes(&self.row)
    }

    fn shared(&self) -> Result<&Shared, Error> {
        self.shared.as_deref().ok_or_else(|| Error::internal("an event does not carry this"))
    }

    fn mentions(&self) -> Mentions {
        serde_json::from_str(&self.row.mentions).unwrap_or_default()
    }
}

/// A message in a channel, or a reply in a thread.
#[Object]
impl Message {
    /// `msg_` and a UUIDv7 minted by who sent it.
    pub async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// Its number in the log: orders messages.
    async fn seq(&self) -> Position {
        Position(self.row.seq)
    }

    /// The id of its channel.
    async fn channel_id(&self) -> ID {
        self.row.channel_id.to_string().into()
    }

    /// Its channel.
    async fn channel(&self) -> Result<Channel> {
        let view = &self.shared()?.view;
        Ok(Channel::viewed(view, view.channel(self.row.channel_id)?, None))
    }

    /// The id of who wrote it.
    async fn author_id(&self) -> ID {
        self.row.author_id.to_string().into()
    }

    /// Who wrote it.
    async fn author(&self) -> Result<Member> {
        Ok(member_of(&self.shared()?.view, self.row.author_id)?)
    }

    /// For a reply: the id of the message that begins the thread.
    async fn thread_id(&self) -> Option<ID> {
        self.row.thread_id.map(|id| id.to_string().into())
    }

    /// CommonMark as written. Mentions stand in it as `<@mem_…>`, `<!channel>` and `<!here>`. Empty once
    /// it is deleted.
    async fn text(&self) -> &str {
        &self.row.text
    }

    /// The members that it mentions, in the order of the text; at most 50.
    async fn mentioned_ids(&self) -> Vec<ID> {
        self.mentions().member_ids.into_iter().map(|id| id.to_string().into()).collect()
    }

    /// Whether it mentions the whole channel.
    async fn mentions_channel(&self) -> bool {
        self.mentions().channel
    }

    /// When it was sent.
    async fn created_at(&self) -> Moment {
        self.row.created_at
    }

    /// When its text was last changed.
    async fn edited_at(&self) -> Option<Moment> {
        self.row.edited_at
    }

    /// When it was deleted. Its place in the order stays.
    async fn deleted_at(&self) -> Option<Moment> {
        self.row.deleted_at
    }

    /// The reactions on it, in the order in which each emoji came.
    #[graphql(complexity = "2 * child_complexity + 1")]
    async fn reactions(&self) -> Result<Vec<Reaction>> {
        let shared = self.shared()?;
        let ask = || reaction::service::of_messages(&shared.view, &shared.ids);
        let all = shared.reactions.get_or_try_init(ask).await?;
        let these = all.get(&self.row.id).into_iter().flatten().cloned();
        Ok(these.map(|counted| Reaction::new(self.row.id, counted, shared.named.clone())).collect())
    }

    /// Its files, in the order in which they were attached; at most 10. Those that were removed are among them, as
    /// places. None once it is deleted.
    #[graphql(complexity = "2 * child_complexity + 1")]
    async fn files(&self) -> Result<Vec<File>> {
        if self.row.files == 0 || self.row.deleted_at.is_some() {
            return Ok(Vec::new());
        }
        let Some(shared) = self.shared.as_deref() else { return Ok(self.files.to_vec()) };
        let all = shared.files.get_or_try_init(|| file::service::of_messages(&shared.view, &shared.ids)).await?;
        let files = all.get(&self.row.id).into_iter().flatten();
        Ok(files.map(|row| File::viewed(&shared.view, row.clone())).collect())
    }

    /// The thread that it begins. Null while nobody has replied.
    async fn thread(&self) -> Result<Option<Thread>> {
        let view = &self.shared()?.view;
        Ok((self.row.replies > 0).then(|| Thread { root: self.row.clone(), view: view.clone() }))
    }
}

/// The replies to a message.
pub struct Thread {
    root: Arc<Model>,
    view: Arc<View>,
}

/// The replies to a message.
#[Object]
impl Thread {
    /// The id of the message that begins it.
    async fn id(&self) -> ID {
        self.root.id.to_string().into()
    }

    /// The message that begins it.
    async fn root(&self) -> Message {
        Message::viewed(&self.view, (*self.root).clone())
    }

    /// How many replies there are; deleted ones are not counted.
    async fn reply_count(&self) -> i32 {
        self.root.replies
    }

    /// When the last reply was sent.
    async fn last_reply_at(&self) -> Moment {
        self.root.last_reply_at.unwrap_or(self.root.created_at)
    }

    /// Who replied, at most the first 10.
    async fn participants(&self) -> Result<Vec<Member>> {
        let ids = service::participants(&self.view, self.root.id).await?;
        Ok(ids.into_iter().map(|id| member_of(&self.view, id)).collect::<Result<_, _>>()?)
    }

    /// The replies, in the order of the log.
    #[graphql(complexity = "page_cost(first, last).saturating_mul(child_complexity).saturating_add(1)")]
    async fn replies(
        &self,
        #[graphql(desc = "Items from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
        #[graphql(desc = "Items from the end. Maximum 100.")] last: Option<i32>,
        #[graphql(desc = "Only before this cursor.")] before: Option<String>,
        #[graphql(desc = "The id of a reply: the page around it.")] around: Option<ID>,
    ) -> Result<MessageConnection> {
        let channel = self.view.channel(self.root.channel_id)?;
        let wanted = Wanted { first, after, last, before, around, around_seq: None };
        Ok(connection(&self.view, &channel, Some(self.root.id), wanted).await?)
    }
}

/// Which part of a list of messages is wanted.
pub struct Wanted {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
    pub around: Option<ID>,
    pub around_seq: Option<Seq>,
}

/// A page of messages as the schema has it.
///
/// # Errors
/// `BAD_USER_INPUT` for arguments that do not go together, `NOT_FOUND` for a strange `around`.
pub async fn connection(
    view: &Arc<View>,
    channel: &ReadableChannel,
    thread: Option<MessageId>,
    wanted: Wanted,
) -> Result<MessageConnection, Error> {
    let bounded = wanted.after.is_some() || wanted.before.is_some() || wanted.last.is_some();
    let only_size = |field, refused| match refused {
        true => Err(Error::invalid(field, format!("With {field} only first may be given, as the size."))),
        false => page::size("first", wanted.first),
    };
    let slice = match (&wanted.around, wanted.around_seq) {
        (Some(around), other) => {
            let limit = only_size("around", bounded || other.is_some())?;
            service::around(view, channel, thread, id("around", around)?, limit).await?
        }
        (None, Some(seq)) => {
            let limit = only_size("aroundSeq", bounded)?;
            service::around_seq(view, channel, thread, seq, limit).await?
        }
        (None, None) => {
            let page = page::<Seq>(wanted.first, wanted.after.as_deref(), wanted.last, wanted.before.as_deref())?;
            service::history(view, channel, thread, &page).await?
        }
    };
    let messages = slice.map(|rows| Message::viewed_all(view, rows));
    Ok(MessageConnection::new(messages, |message| page::cursor(&message.row.seq), |message| message))
}

#[derive(Default)]
pub struct MessageQuery;

#[Object]
impl MessageQuery {
    /// A message that the viewer may read.
    async fn message(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Message> {
        let workspace = crate::graphql::id("workspaceId", &workspace_id)?;
        let id = crate::graphql::id("id", &id)?;
        let view = View::open(app(context)?, viewer(context)?, workspace).await?;
        Ok(Message::viewed(&view, service::find(&view, id).await?))
    }
}

/// A message to be sent.
#[derive(InputObject)]
pub struct SendMessageInput {
    /// The workspace.
    workspace_id: ID,
    /// `msg_` and a UUIDv7 minted by the client: the same message sent again is sent once.
    id: Option<ID>,
    /// A channel that the viewer is in.
    channel_id: ID,
    /// To reply in a thread: the message that begins it.
    thread_id: Option<ID>,
    /// CommonMark, up to 16,000 characters; kept as written. Mention members by `<@mem_…>`, the channel
    /// by `<!channel>` or `<!here>`. May be empty with files.
    text: String,
    /// Files that the viewer has uploaded and not used yet, in their order; at most 10.
    attachment_ids: Option<Vec<ID>>,
    /// True if the author knows how many it mentions: needed to mention a whole channel of more than 50 people.
    confirm_channel_mention: Option<bool>,
}

/// A text to be changed.
#[derive(InputObject)]
pub struct EditMessageInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// A message of the viewer.
    message_id: ID,
    /// The whole new text.
    text: String,
    /// As with `sendMessage`, where the text mentions the whole channel and did not before.
    confirm_channel_mention: Option<bool>,
}

/// A message to be deleted.
#[derive(InputObject)]
pub struct DeleteMessageInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// A message of the viewer; admins may delete those of others.
    message_id: ID,
}

/// Payloads of mutations on one message: the message, and the number of the event.
macro_rules! message_payloads {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// The message.
            message: Message,
            /// The number of the event; where the log stood if there was nothing to do.
            seq: Position,
        }

        impl $name {
            /// From what [`changed`] gave.
            pub fn new((message, seq): (Message, Position)) -> Self {
                Self { message, seq }
            }
        }
    )*};
}

pub(crate) use message_payloads;

/// What became of a message.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum SendStatus {
    /// It is durably stored, and has its number.
    Sent,
    /// It waits for the database, which is away. This is no acknowledgement: keep the message, and send it
    /// again under the same `id` until it is `SENT`, refused, or its event comes.
    Queued,
}

/// The message, durably stored or queued.
#[derive(SimpleObject)]
pub struct SendMessagePayload {
    /// Whether it is stored.
    status: SendStatus,
    /// The message. Null while it is queued.
    message: Option<Message>,
    /// The number of its event. Null while it is queued.
    seq: Option<Position>,
}

impl SendMessagePayload {
    fn sent((message, seq): (Message, Position)) -> Self {
        Self { status: SendStatus::Sent, message: Some(message), seq: Some(seq) }
    }
}

message_payloads! {
    /// The message with its new text.
    EditMessagePayload;
    /// The place of the message, without its text.
    DeleteMessagePayload;
}

/// The message after a command on it, as it stands then, with the number of the event.
///
/// # Errors
/// `NOT_FOUND` if the viewer may no longer read it.
pub async fn changed(
    context: &Context<'_>,
    receipt: &Receipt,
    message_id: MessageId,
) -> Result<(Message, Position), Error> {
    let view = View::after(app(context)?, viewer(context)?, receipt)?;
    let row = service::find(&view, message_id).await?;
    Ok((Message::viewed(&view, row), Position(receipt.seq())))
}

#[derive(Default)]
pub struct MessageMutation;

#[Object]
impl MessageMutation {
    /// Sends a message. The answer comes when it is durably stored. The same `id` again gives the first
    /// answer again. A fleet whose database is away queues it, and says so by the status.
    async fn send_message(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: SendMessageInput,
    ) -> Result<SendMessagePayload> {
        let app = app(context)?;
        let sender = match context.data_opt::<Remembered>() {
            Some(remembered) => service::Sender::Remembered(*remembered),
            None => service::Sender::Viewer(*viewer(context)?),
        };
        let message_id = id_or("id", input.id.as_ref(), MessageId::mint)?;
        let new = service::New {
            id: message_id,
            channel_id: id("channelId", &input.channel_id)?,
            thread_id: input.thread_id.as_ref().map(|thread| id("threadId", thread)).transpose()?,
            text: input.text,
            file_ids: ids("attachmentIds", &input.attachment_ids.unwrap_or_default(), ATTACHMENTS_MAX)?,
            is_confirmed: input.confirm_channel_mention.unwrap_or(false),
        };
        let receipt = match service::send(app, sender, id("workspaceId", &input.workspace_id)?, new).await? {
            service::Sent::Done(receipt) => receipt,
            service::Sent::Queued => {
                return Ok(SendMessagePayload { status: SendStatus::Queued, message: None, seq: None });
            }
        };
        if receipt.repeated {
            // It may have been edited or deleted since, or be in a channel that the viewer is no longer in.
            return Ok(SendMessagePayload::sent(changed(context, &receipt, message_id).await?));
        }
        // The event has all of a new message: nothing is read.
        let sent = receipt.events.first().and_then(|event| service::of_event(event));
        let sent = sent.ok_or_else(|| Error::internal("a sent message has no event"))?;
        let view = View::after(app, viewer(context)?, &receipt)?;
        Ok(SendMessagePayload::sent((Message::viewed(&view, sent), Position(receipt.seq()))))
    }

    /// Changes the text of a message of the viewer.
    async fn edit_message(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: EditMessageInput,
    ) -> Result<EditMessagePayload> {
        let (workspace, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let message_id = id("messageId", &input.message_id)?;
        let new = (input.text, input.confirm_channel_mention.unwrap_or(false));
        let receipt = service::edit(app(context)?, viewer(context)?, workspace, command, message_id, new).await?;
        Ok(EditMessagePayload::new(changed(context, &receipt, message_id).await?))
    }

    /// Deletes a message: its text is erased everywhere, also in the log; its place stays.
    async fn delete_message(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: DeleteMessageInput,
    ) -> Result<DeleteMessagePayload> {
        let (workspace, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let message_id = id("messageId", &input.message_id)?;
        let receipt = service::delete(app(context)?, viewer(context)?, workspace, command, message_id).await?;
        Ok(DeleteMessagePayload::new(changed(context, &receipt, message_id).await?))
    }
}
