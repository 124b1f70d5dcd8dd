//! The items of `events`: an event of the log, a signal, `Head` or `Resync`.
//!
//! An item is a function of what it is made from: it reads no table and does not depend on who gets it.

use async_graphql::{ID, Interface, SimpleObject, Union};

use super::scalar::Position;
use crate::channel::graphql::Channel;
use crate::clock::Moment;
use crate::emoji::graphql::Emoji;
use crate::event::{Event, Skeleton};
use crate::file::graphql::File;
use crate::live::Item;
use crate::live::signal::Signal;
use crate::member::graphql::Member;
use crate::message::graphql::Message;
use crate::notification::Reason;
use crate::reading::graphql::Reading;
use crate::workspace::graphql::Workspace;

/// An event of a workspace's log. Of the objects in an event only the fields that the event itself carries
/// may be selected (named with each); others are refused when subscribing.
#[derive(Interface)]
#[graphql(
    field(name = "seq", ty = "&Position", desc = "Its number in the log."),
    field(name = "at", ty = "&Moment", desc = "The database's clock when it was appended. Orders nothing."),
    field(name = "actor_id", ty = "&ID", desc = "The member who did it.")
)]
pub enum LogEvent {
    WorkspaceCreated(WorkspaceCreated),
    MemberJoined(MemberJoined),
    MemberUpdated(MemberUpdated),
    MemberLeft(MemberLeft),
    ChannelCreated(ChannelCreated),
    ChannelJoined(ChannelJoined),
    ChannelLeft(ChannelLeft),
    MessageSent(MessageSent),
    MessageEdited(MessageEdited),
    MessageDeleted(MessageDeleted),
    ReactionAdded(ReactionAdded),
    ReactionRemoved(ReactionRemoved),
    WorkspaceUpdated(WorkspaceUpdated),
    FileUploaded(FileUploaded),
    FileUpdated(FileUpdated),
    FileRemoved(FileRemoved),
    EmojiCreated(EmojiCreated),
    EmojiDeleted(EmojiDeleted),
}

/// What `events` sends: an event of the log (all of which implement LogEvent), a signal (live only,
/// without a number), Head or Resync.
#[derive(Union)]
pub enum EventItem {
    WorkspaceCreated(WorkspaceCreated),
    MemberJoined(MemberJoined),
    MemberUpdated(MemberUpdated),
    MemberLeft(MemberLeft),
    ChannelCreated(ChannelCreated),
    ChannelJoined(ChannelJoined),
    ChannelLeft(ChannelLeft),
    MessageSent(MessageSent),
    MessageEdited(MessageEdited),
    MessageDeleted(MessageDeleted),
    ReactionAdded(ReactionAdded),
    ReactionRemoved(ReactionRemoved),
    WorkspaceUpdated(WorkspaceUpdated),
    FileUploaded(FileUploaded),
    FileUpdated(FileUpdated),
    FileRemoved(FileRemoved),
    EmojiCreated(EmojiCreated),
    EmojiDeleted(EmojiDeleted),
    ReadingChanged(ReadingChanged),
    NotificationAdded(NotificationAdded),
    NotificationsChanged(NotificationsChanged),
    PrivateChanged(PrivateChanged),
    Head(Head),
    Resync(Resync),
}

macro_rules! log_events {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(SimpleObject)]
        pub struct $name {
            /// Its number in the log.
            seq: Position,
            /// The database's clock when it was appended. Orders nothing.
            at: Moment,
            /// The member who did it.
            actor_id: ID,
            $($(#[$field_doc])* $field: $type,)*
        }

        impl $name {
            fn new(event: &Event, $($field: $type,)*) -> Self {
                let actor_id = event.actor().to_string().into();
                Self { seq: Position(event.seq), at: event.at, actor_id, $($field,)* }
            }
        }
    )*};
}

log_events! {
    /// The workspace began. It is the first event of its log.
    WorkspaceCreated {
        /// Carried: id, name, createdAt.
        workspace: Workspace,
    }
    /// The name or the picture of the workspace changed, or who may mention a whole channel.
    WorkspaceUpdated {
        /// Carried: id, name, iconUrl, channelMentions.
        workspace: Workspace,
    }
    /// Somebody joined the workspace, for the first time or again.
    MemberJoined {
        /// Carried: id, handle, name, role, active, joinedAt, avatarUrl.
        member: Member,
    }
    /// Somebody's handle, name, role or picture changed.
    MemberUpdated {
        /// Carried: id, handle, name, role, active, avatarUrl.
        member: Member,
    }
    /// Somebody left the workspace, or was removed; with it they left all channels that are not direct.
    MemberLeft {
        /// Who.
        member_id: ID,
    }
    /// A channel was created. A public one is told to everybody, another one to those in it.
    ChannelCreated {
        /// Carried: id, kind, name, topic, createdAt.
        channel: Channel,
        /// Who is in it from the beginning.
        member_ids: Vec<ID>,
    }
    /// Somebody came into a channel, by joining or being added. In channels above 1,000 people it is told
    /// only to the two concerned.
    ChannelJoined {
        /// The channel, for the one who did not know it. Carried: id, kind, name, topic, createdAt.
        channel: Channel,
        /// Who came in.
        member_id: ID,
    }
    /// Somebody left a channel, or was removed from it.
    ChannelLeft {
        /// The channel.
        channel_id: ID,
        /// Who left.
        member_id: ID,
    }
    /// A message was sent.
    MessageSent {
        /// Carried: id, seq, channelId, authorId, threadId, text, mentionedIds, mentionsChannel, createdAt,
        /// editedAt, deletedAt, files. The text is empty if the message was deleted since.
        message: Message,
    }
    /// The text of a message was changed.
    MessageEdited {
        /// Carried: id, seq, channelId, authorId, threadId, text, mentionedIds, mentionsChannel, editedAt,
        /// deletedAt.
        message: Message,
    }
    /// A message was deleted.
    MessageDeleted {
        /// Carried: id, seq, channelId, authorId, threadId, text, deletedAt.
        message: Message,
    }
    /// Somebody (the actor) reacted to a message.
    ReactionAdded {
        /// The message.
        message_id: ID,
        /// Its channel.
        channel_id: ID,
        /// The emoji.
        emoji: String,
    }
    /// Somebody (the actor) took a reaction back.
    ReactionRemoved {
        /// The message.
        message_id: ID,
        /// Its channel.
        channel_id: ID,
        /// The emoji.
        emoji: String,
    }
    /// The viewer has uploaded a file, here or on another of their devices.
    FileUploaded {
        /// Carried: id, name, type, kind, size, status, isVoice, isAnimated, alt, width, height, durationMs,
        /// thumbhash, waveform, url, downloadUrl, previews, uploaderId, channelId, messageId, createdAt, removedAt.
        /// Only its place if it was removed since.
        file: File,
    }
    /// Previews of a file were made, or its uploader said what it shows.
    FileUpdated {
        /// Carried: id, name, type, kind, size, status, isVoice, isAnimated, alt, width, height, durationMs,
        /// thumbhash, waveform, url, downloadUrl, previews, uploaderId, channelId, messageId, createdAt, removedAt.
        /// Only its place if it was removed since.
        file: File,
    }
    /// A file was removed; with a deleted message all of its files are, without this.
    FileRemoved {
        /// The file.
        file_id: ID,
        /// The message that it came with, if it was sent.
        message_id: Option<ID>,
        /// The channel that it was sent to, if it was.
        channel_id: Option<ID>,
    }
    /// Somebody (the actor) made a custom emoji.
    EmojiCreated {
        /// The emoji.
        emoji: Emoji,
    }
    /// A custom emoji was deleted. Where it stands in texts and reactions its name is shown.
    EmojiDeleted {
        /// The emoji.
        emoji_id: ID,
    }
}

/// A signal: the viewer's reading of a channel moved, here or on another of their devices.
#[derive(SimpleObject)]
pub struct ReadingChanged {
    /// The channel.
    channel_id: ID,
    /// How far it is read now.
    reading: Reading,
    /// Notifications that the viewer has not read since, counted up to 1,000.
    unread_notifications: i32,
    /// The number of the log that `unreadNotifications` is counted at.
    counted_seq: Position,
    /// The revision of what is private to the viewer.
    private_rev: Position,
}

/// A signal: a message mentions the viewer by name, answers them or is written to them. A message that mentions a
/// whole channel says so itself (`mentionsChannel`), and is one notification more for everybody in the channel but
/// its author and those who are told of it by this signal.
#[derive(SimpleObject)]
pub struct NotificationAdded {
    /// Notifications that the viewer has not read, counted up to 1,000.
    unread_notifications: i32,
    /// The number of the log that `unreadNotifications` is counted at.
    counted_seq: Position,
    /// The revision of what is private to the viewer.
    private_rev: Position,
    /// The number of the message.
    seq: Position,
    /// Its channel.
    channel_id: ID,
    /// The message.
    message_id: ID,
    /// Why.
    reason: Reason,
}

/// A signal: notifications of the viewer were marked as read, or are no more, since a message was deleted or changed.
#[derive(SimpleObject)]
pub struct NotificationsChanged {
    /// Notifications that the viewer has not read, counted up to 1,000.
    unread_notifications: i32,
    /// The number of the log that `unreadNotifications` is counted at.
    counted_seq: Position,
    /// The revision of what is private to the viewer.
    private_rev: Position,
}

/// A signal: what is private to the viewer (readings, notifications) must be read again, by `boot`.
#[derive(SimpleObject)]
pub struct PrivateChanged {
    /// Its revision now.
    private_rev: Position,
}

/// Everything visible up to `seq` has been sent. Comes every 20 seconds.
#[derive(SimpleObject)]
pub struct Head {
    /// The number of the last event of the log.
    seq: Position,
}

/// The connection was too slow, or its cursor is too far behind (2,000 events).
#[derive(SimpleObject)]
pub struct Resync {
    /// What follows continues after this number.
    after: Position,
    /// Nothing follows: take `boot` and subscribe again.
    take_boot: bool,
}

impl EventItem {
    /// The item as the schema has it; `None` for what is not told (invites).
    pub fn new(item: &Item) -> Option<Self> {
        match item {
            Item::Event(event) => Self::of_event(event),
            Item::Signal(signal) => Some(Self::of_signal(signal)),
            Item::Head(seq) => Some(Self::Head(Head { seq: Position(*seq) })),
            Item::Presence(_) => None,
            Item::Resync { after, take_boot } => {
                Some(Self::Resync(Resync { after: Position(*after), take_boot: *take_boot }))
            }
        }
    }

    fn of_event(event: &Event) -> Option<Self> {
        let text = |id: &dyn std::fmt::Display| ID::from(id.to_string());
        Some(match &event.skeleton {
            Skeleton::WorkspaceCreated => {
                Self::WorkspaceCreated(WorkspaceCreated::new(event, Workspace::of_event(event)?))
            }
            Skeleton::MemberJoined { .. } => Self::MemberJoined(MemberJoined::new(event, Member::of_event(event)?)),
            Skeleton::MemberUpdated { .. } => Self::MemberUpdated(MemberUpdated::new(event, Member::of_event(event)?)),
            Skeleton::MemberLeft { member_id } => Self::MemberLeft(MemberLeft::new(event, text(member_id))),
            Skeleton::ChannelCreated { member_ids, .. } => {
                let members = member_ids.iter().map(|id| text(id)).collect();
                Self::ChannelCreated(ChannelCreated::new(event, Channel::of_event(event)?, members))
            }
            Skeleton::ChannelJoined { member_id, .. } => {
                Self::ChannelJoined(ChannelJoined::new(event, Channel::of_event(event)?, text(member_id)))
            }
            Skeleton::ChannelLeft { channel_id, member_id, .. } => {
                Self::ChannelLeft(ChannelLeft::new(event, text(channel_id), text(member_id)))
            }
            Skeleton::MessageSent { .. } => Self::MessageSent(MessageSent::new(event, Message::of_event(event)?)),
            Skeleton::MessageEdited { .. } => Self::MessageEdited(MessageEdited::new(event, Message::of_event(event)?)),
            Skeleton::MessageDeleted { .. } => {
                Self::MessageDeleted(MessageDeleted::new(event, Message::of_event(event)?))
            }
            Skeleton::ReactionAdded { message_id, channel_id, emoji } => {
                Self::ReactionAdded(ReactionAdded::new(event, text(message_id), text(channel_id), emoji.clone()))
            }
            Skeleton::ReactionRemoved { message_id, channel_id, emoji } => {
                Self::ReactionRemoved(ReactionRemoved::new(event, text(message_id), text(channel_id), emoji.clone()))
            }
            Skeleton::WorkspaceUpdated { .. } => {
                Self::WorkspaceUpdated(WorkspaceUpdated::new(event, Workspace::of_event(event)?))
            }
            Skeleton::FileUploaded { file_id, .. } => {
                Self::FileUploaded(FileUploaded::new(event, File::of_event(event, *file_id)))
            }
            Skeleton::FileUpdated { file_id, .. } => {
                Self::FileUpdated(FileUpdated::new(event, File::of_event(event, *file_id)))
            }
            Skeleton::FileRemoved { file_id, message_id, channel_id } => {
                let (message, channel) = (message_id.map(|id| text(&id)), channel_id.map(|id| text(&id)));
                Self::FileRemoved(FileRemoved::new(event, text(file_id), message, channel))
            }
            Skeleton::EmojiCreated { .. } => Self::EmojiCreated(EmojiCreated::new(event, Emoji::of_event(event)?)),
            Skeleton::EmojiDeleted { emoji_id } => Self::EmojiDeleted(EmojiDeleted::new(event, text(emoji_id))),
            _ => return None,
        })
    }

    /// A message that was sent, alone.
    pub fn sent(item: &Item) -> Option<MessageSent> {
        match Self::new(item)? {
            Self::MessageSent(sent) => Some(sent),
            _ => None,
        }
    }

    fn of_signal(signal: &Signal) -> Self {
        match signal {
            Signal::ReadingChanged { channel_id, reading, unread, private_rev } => {
                Self::ReadingChanged(ReadingChanged {
                    channel_id: channel_id.to_string().into(),
                    reading: Reading(*reading),
                    unread_notifications: unread.shown(),
                    counted_seq: Position(unread.seq),
                    private_rev: Position(*private_rev),
                })
            }
            Signal::NotificationAdded { unread, seq, channel_id, message_id, reason, private_rev } => {
                Self::NotificationAdded(NotificationAdded {
                    unread_notifications: unread.shown(),
                    counted_seq: Position(unread.seq),
                    private_rev: Position(*private_rev),
                    seq: Position(*seq),
                    channel_id: channel_id.to_string().into(),
                    message_id: message_id.to_string().into(),
                    reason: *reason,
                })
            }
            Signal::NotificationsChanged { unread, private_rev } => Self::NotificationsChanged(NotificationsChanged {
                unread_notifications: unread.shown(),
                counted_seq: Position(unread.seq),
                private_rev: Position(*private_rev),
            }),
            Signal::PrivateChanged { private_rev } => {
                Self::PrivateChanged(PrivateChanged { private_rev: Position(*private_rev) })
            }
        }
    }
}
