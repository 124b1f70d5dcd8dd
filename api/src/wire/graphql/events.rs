//! The items of `events`: log events, signals, `Head` and `Resync`.
//!
//! An item contains everything it renders: resolvers read no tables, and the result does not depend on the receiver.
//! Therefore the types of its fields consist of what events carry: snapshots in place of `Message`, `Channel` and
//! others.

use async_graphql::{ID, Interface, SimpleObject, Union};

use crate::chat::channel::graphql::ChannelSnapshot;
use crate::chat::emoji::graphql::Emoji;
use crate::chat::file::graphql::FileSnapshot;
use crate::chat::graphql::scalar::Position;
use crate::chat::member::graphql::Member;
use crate::chat::message::graphql::MessageSnapshot;
use crate::chat::read_state::graphql::ReadState;
use crate::chat::workspace::graphql::WorkspaceSnapshot;
use crate::ground::clock::Timestamp;
use crate::ground::id::{GlobalId, WorkspaceId, WorkspaceScoped};
use crate::live::Item;
use crate::live::signal::Signal;
use crate::model::channel::entity::channel::Model as ChannelRow;
use crate::model::emoji::entity::Model as EmojiRow;
use crate::model::event::{Event, Skeleton};
use crate::model::member::entity::Model as MemberRow;
use crate::model::notification::Reason;
use crate::model::workspace::entity::Model as WorkspaceRow;

/// Defines the types of log events, and the interface and the union that consist of them.
macro_rules! log_events {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {
        /// An event in the log of a workspace. Objects are included as snapshots: their state at the sequence number of
        /// the event.
        #[derive(Interface)]
        #[graphql(
            field(name = "seq", ty = "&Position", desc = "The sequence number of the event in the log."),
            field(
                name = "at",
                ty = "&Timestamp",
                desc = "When the event was appended, by the clock of the database. Use `seq` to order events."
            ),
            field(name = "actor_id", ty = "&ID", desc = "The ID of the member who caused the event.")
        )]
        pub enum LogEvent {
            $($name($name),)*
        }

        /// An item of `events`: a log event (a type that implements `LogEvent`), a signal (sent to live connections
        /// only, without a sequence number), `Head` or `Resync`.
        #[derive(Union)]
        pub enum EventItem {
            $($name($name),)*
            ReadStateChanged(ReadStateChanged),
            NotificationAdded(NotificationAdded),
            NotificationsChanged(NotificationsChanged),
            PrivateChanged(PrivateChanged),
            Head(Head),
            Resync(Resync),
        }

        $(
            $(#[$doc])*
            #[derive(SimpleObject)]
            pub struct $name {
                /// The sequence number of the event in the log.
                seq: Position,
                /// When the event was appended, by the clock of the database. Use `seq` to order events.
                at: Timestamp,
                /// The ID of the member who caused the event.
                actor_id: ID,
                $($(#[$field_doc])* $field: $type,)*
            }

            impl $name {
                fn item(event: &Event, $($field: impl Into<$type>,)*) -> EventItem {
                    let actor_id = event.actor().in_workspace(event.workspace_id).into();
                    Self { seq: Position(event.seq), at: event.at, actor_id, $($field: $field.into(),)* }.into()
                }
            }
        )*
    };
}

log_events! {
    /// The workspace was created. This is the first event of its log.
    WorkspaceCreated {
        /// The workspace.
        workspace: WorkspaceSnapshot,
    }
    /// A member joined or rejoined the workspace.
    MemberJoined {
        /// The member.
        member: Member,
    }
    /// The handle, name, role or avatar of a member changed.
    MemberUpdated {
        /// The member.
        member: Member,
    }
    /// A member left the workspace or was removed, and thereby left all public and private channels.
    MemberLeft {
        /// The ID of the member.
        member_id: ID,
    }
    /// A channel was created. Sent to all members of the workspace for a public channel, otherwise to its members.
    ChannelCreated {
        /// The channel.
        channel: ChannelSnapshot,
        /// IDs of the initial members, maximum 101.
        member_ids: Vec<ID>,
    }
    /// The name or the topic of a channel changed, or it was archived or unarchived. Sent to all members of the
    /// workspace for a public channel, otherwise to its members.
    ChannelUpdated {
        /// The channel.
        channel: ChannelSnapshot,
    }
    /// A member joined a channel or was added to it. In channels with more than 1,000 members, sent only to that member
    /// and to the actor.
    ChannelJoined {
        /// The channel. It is not archived, because members cannot join archived channels.
        channel: ChannelSnapshot,
        /// The ID of the member.
        member_id: ID,
    }
    /// A member left a channel or was removed from it. In channels with more than 1,000 members, sent only to that
    /// member and to the actor.
    ChannelLeft {
        /// The ID of the channel.
        channel_id: ID,
        /// The ID of the member.
        member_id: ID,
    }
    /// A message was sent.
    MessageSent {
        /// The message. The text is empty if the message has since been deleted.
        message: MessageSnapshot,
        /// The attached files in order, maximum 10, including removed ones. Empty if the message has since been deleted.
        files: Vec<FileSnapshot>,
    }
    /// The text of a message was edited.
    MessageEdited {
        /// The message. The text is empty if the message has since been deleted.
        message: MessageSnapshot,
    }
    /// A message was deleted.
    MessageDeleted {
        /// The message, without its text.
        message: MessageSnapshot,
    }
    /// The actor added a reaction to a message.
    ReactionAdded {
        /// The ID of the message.
        message_id: ID,
        /// The ID of the channel.
        channel_id: ID,
        /// The emoji.
        emoji: String,
    }
    /// The actor removed a reaction from a message.
    ReactionRemoved {
        /// The ID of the message.
        message_id: ID,
        /// The ID of the channel.
        channel_id: ID,
        /// The emoji.
        emoji: String,
    }
    /// The name, icon or mention policy of the workspace changed.
    WorkspaceUpdated {
        /// The workspace.
        workspace: WorkspaceSnapshot,
    }
    /// The viewer uploaded a file, on any device.
    FileUploaded {
        /// The file. Only its IDs if it has since been removed.
        file: FileSnapshot,
    }
    /// Previews of a file were generated or its alternative text changed.
    FileUpdated {
        /// The file. Only its IDs if it has since been removed.
        file: FileSnapshot,
    }
    /// A file was removed. Not sent for files removed with their message.
    FileRemoved {
        /// The ID of the file.
        file_id: ID,
        /// The ID of the message the file was attached to. Null if it was not sent.
        message_id: Option<ID>,
        /// The ID of the channel the file was sent to. Null if it was not sent.
        channel_id: Option<ID>,
    }
    /// A custom emoji was created.
    EmojiCreated {
        /// The new emoji.
        emoji: Emoji,
    }
    /// A custom emoji was deleted. Messages and reactions that use it show its name instead.
    EmojiDeleted {
        /// The ID of the emoji.
        emoji_id: ID,
    }
}

/// Signal: the viewer's read state in a channel changed, on any device.
#[derive(SimpleObject)]
pub struct ReadStateChanged {
    /// The ID of the channel.
    channel_id: ID,
    /// The updated read state.
    read_state: ReadState,
    /// Number of the viewer's unread notifications. Capped at 1,000: that value means 1,000 or more.
    unread_notifications: i32,
    /// The sequence number at which `unreadNotifications` was counted.
    counted_seq: Position,
    /// The revision of the viewer's private state. See `Boot.privateRev`.
    private_rev: Position,
}

/// Signal: a message notifies the viewer because it mentions them by name, replies in a thread or is a direct message.
///
/// Mentions of a whole channel do not cause this signal: a message with `mentionsChannel` counts as one more
/// notification for every member of the channel except its author and members who also receive this signal for it.
#[derive(SimpleObject)]
pub struct NotificationAdded {
    /// Number of the viewer's unread notifications. Capped at 1,000: that value means 1,000 or more.
    unread_notifications: i32,
    /// The sequence number at which `unreadNotifications` was counted.
    counted_seq: Position,
    /// The revision of the viewer's private state. See `Boot.privateRev`.
    private_rev: Position,
    /// The sequence number of the message.
    seq: Position,
    /// The ID of the channel.
    channel_id: ID,
    /// The ID of the message.
    message_id: ID,
    /// The reason for the notification.
    reason: Reason,
}

/// Signal: some of the viewer's notifications were marked as read, or were removed because a message was deleted or
/// edited.
#[derive(SimpleObject)]
pub struct NotificationsChanged {
    /// Number of the viewer's unread notifications. Capped at 1,000: that value means 1,000 or more.
    unread_notifications: i32,
    /// The sequence number at which `unreadNotifications` was counted.
    counted_seq: Position,
    /// The revision of the viewer's private state. See `Boot.privateRev`.
    private_rev: Position,
}

/// Signal: the viewer's private state (read states, notifications and saved searches) changed. Load it again from
/// `boot` unless the client already has this `privateRev`.
#[derive(SimpleObject)]
pub struct PrivateChanged {
    /// The revision of the viewer's private state.
    private_rev: Position,
}

/// All visible events up to `seq` have been sent. Sent every 20 seconds.
#[derive(SimpleObject)]
pub struct Head {
    /// The sequence number of the last event in the log.
    seq: Position,
}

/// The connection was too slow, or `after` is more than 2,000 events behind the end of the log.
#[derive(SimpleObject)]
pub struct Resync {
    /// Delivery continues after this sequence number, unless the subscription ends.
    after: Position,
    /// If true, the subscription ends. Load `boot` and subscribe again.
    take_boot: bool,
}

/// The ID of an object as the API sends it.
fn global<T: WorkspaceScoped>(workspace_id: WorkspaceId, id: T) -> ID {
    GlobalId { workspace_id, id }.into()
}

impl EventItem {
    /// Converts an item; `None` for events that are not part of the schema.
    pub fn new(item: &Item) -> Option<Self> {
        match item {
            Item::Event(event) => Self::from_event(event),
            Item::Signal(workspace_id, signal) => Some(Self::from_signal(*workspace_id, signal)),
            Item::Head(seq) => Some(Self::Head(Head { seq: Position(*seq) })),
            Item::Presence(..) => None,
            Item::Resync { after, take_boot } => {
                Some(Self::Resync(Resync { after: Position(*after), take_boot: *take_boot }))
            }
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind, so that none is forgotten")]
    fn from_event(event: &Event) -> Option<Self> {
        use Skeleton as S;
        let here = event.workspace_id;
        Some(match &event.skeleton {
            S::WorkspaceCreated => WorkspaceCreated::item(event, WorkspaceRow::created(event)),
            S::MemberJoined { member_id, account_id, role, avatar_id, .. } => {
                MemberJoined::item(event, MemberRow::joined(event, *member_id, *account_id, *role, *avatar_id))
            }
            S::MemberUpdated { member_id, role, avatar_id, joined_at } => {
                MemberUpdated::item(event, MemberRow::updated(event, *member_id, *role, *avatar_id, *joined_at))
            }
            S::MemberLeft { member_id } => MemberLeft::item(event, global(here, *member_id)),
            S::ChannelCreated { channel_id, channel_kind, member_ids } => {
                let members: Vec<ID> = member_ids.iter().map(|id| global(here, *id)).collect();
                ChannelCreated::item(event, ChannelRow::created(event, *channel_id, *channel_kind), members)
            }
            S::ChannelUpdated { channel_id, channel_kind, created_at, archived_at } => ChannelUpdated::item(
                event,
                ChannelRow::of_event(event, *channel_id, *channel_kind, *created_at, *archived_at),
            ),
            S::ChannelJoined { channel_id, channel_kind, member_id, created_at, .. } => ChannelJoined::item(
                event,
                ChannelRow::of_event(event, *channel_id, *channel_kind, *created_at, None),
                global(here, *member_id),
            ),
            S::ChannelLeft { channel_id, member_id, .. } => {
                ChannelLeft::item(event, global(here, *channel_id), global(here, *member_id))
            }
            S::MessageSent { message_id, channel_id, file_ids, .. } => {
                let files = FileSnapshot::of_message(event, file_ids, (*message_id, *channel_id));
                MessageSent::item(event, MessageSnapshot::from_event(event)?, files)
            }
            S::MessageEdited { .. } => MessageEdited::item(event, MessageSnapshot::from_event(event)?),
            S::MessageDeleted { .. } => MessageDeleted::item(event, MessageSnapshot::from_event(event)?),
            S::ReactionAdded { message_id, channel_id, emoji } => {
                ReactionAdded::item(event, global(here, *message_id), global(here, *channel_id), emoji)
            }
            S::ReactionRemoved { message_id, channel_id, emoji } => {
                ReactionRemoved::item(event, global(here, *message_id), global(here, *channel_id), emoji)
            }
            S::WorkspaceUpdated { icon_id, channel_mentions, created_at } => {
                WorkspaceUpdated::item(event, WorkspaceRow::updated(event, *icon_id, *channel_mentions, *created_at))
            }
            S::FileUploaded { file_id, .. } => {
                FileUploaded::item(event, FileSnapshot::of_event(event, *file_id, (None, None)))
            }
            S::FileUpdated { file_id, message_id, channel_id } => {
                FileUpdated::item(event, FileSnapshot::of_event(event, *file_id, (*message_id, *channel_id)))
            }
            S::FileRemoved { file_id, message_id, channel_id } => {
                let (message, channel) = (message_id.map(|id| global(here, id)), channel_id.map(|id| global(here, id)));
                FileRemoved::item(event, global(here, *file_id), message, channel)
            }
            S::EmojiCreated { emoji_id, file_id } => {
                EmojiCreated::item(event, &EmojiRow::of_event(event, *emoji_id, *file_id))
            }
            S::EmojiDeleted { emoji_id } => EmojiDeleted::item(event, global(here, *emoji_id)),
            // Not delivered, see `event::audience`.
            S::InviteCreated { .. }
            | S::InviteRevoked { .. }
            | S::InviteReserved { .. }
            | S::InviteReleased { .. }
            | S::AccountRegistered { .. }
            | S::PasswordChanged { .. }
            | S::EmailChanged { .. }
            | S::SessionCreated { .. }
            | S::SessionRevoked { .. }
            | S::SessionsPruned { .. }
            | S::WorkspaceRegistered { .. } => return None,
        })
    }

    /// Converts an item if it is a sent message.
    pub fn sent(item: &Item) -> Option<MessageSent> {
        match Self::new(item)? {
            Self::MessageSent(sent) => Some(sent),
            _ => None,
        }
    }

    fn from_signal(workspace_id: WorkspaceId, signal: &Signal) -> Self {
        match signal {
            Signal::ReadStateChanged { read_state, unread, private_rev } => Self::ReadStateChanged(ReadStateChanged {
                channel_id: read_state.channel_id.in_workspace(workspace_id).into(),
                read_state: ReadState { workspace_id, state: *read_state },
                unread_notifications: unread.shown(),
                counted_seq: Position(unread.seq),
                private_rev: Position(*private_rev),
            }),
            Signal::NotificationAdded { unread, seq, channel_id, message_id, reason, private_rev } => {
                Self::NotificationAdded(NotificationAdded {
                    unread_notifications: unread.shown(),
                    counted_seq: Position(unread.seq),
                    private_rev: Position(*private_rev),
                    seq: Position(*seq),
                    channel_id: channel_id.in_workspace(workspace_id).into(),
                    message_id: message_id.in_workspace(workspace_id).into(),
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
