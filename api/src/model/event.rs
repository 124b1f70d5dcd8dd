//! Events: the complete, versioned vocabulary of the logs, as one enum.
//!
//! An event has a *skeleton* (ids and everything that projections, routing and counting need; never erased) and a
//! *body* (all texts and personal data; may be blanked later). Both are stored as JSON. A process that encounters an
//! unsupported kind or version must stop processing that log.
//!
//! Kinds are only ever added. A new kind, or a changed meaning of one, is a new version of the event format. The row of
//! a log records the version its events require.

mod body;

use std::collections::HashSet;
use std::sync::Arc;

pub use body::Body;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use uuid::Uuid;

use crate::ground::clock::Timestamp;
use crate::ground::id::{AccountId, ChannelId, EmojiId, FileId, InviteId, MemberId, MessageId, SessionId, WorkspaceId};
use crate::model::channel::ChannelKind;
use crate::model::file::description::Description;
use crate::model::file::kind::FileKind;
use crate::model::member::Role;
use crate::model::workspace::ChannelMentions;

/// A sequence number: the position of an event in a log (1, 2, 3, …). 0 is the position before the first event.
pub type Seq = i64;

/// An event of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The log.
    pub workspace_id: WorkspaceId,
    /// Its sequence number in the log.
    pub seq: Seq,
    /// The database's clock when it was appended. Does not determine the order.
    pub at: Timestamp,
    /// The actor: a member in a workspace's log, an account in the server's log.
    pub actor_id: Uuid,
    /// The command that caused it.
    pub command_id: Uuid,
    /// What happened.
    pub skeleton: Skeleton,
    /// The texts. Empty once erased.
    pub body: Body,
}

/// A shared event.
pub type SharedEvent = Arc<Event>;

impl Event {
    /// Approximate memory of an event beyond its texts, in bytes.
    pub const OVERHEAD: usize = 512;

    /// The approximate memory of the event, in bytes.
    pub fn weight(&self) -> usize {
        Self::OVERHEAD + self.body.weight()
    }

    /// The acting member. Only meaningful in a workspace's log.
    pub fn actor(&self) -> MemberId {
        MemberId(self.actor_id)
    }

    /// Returns the event without the descriptions of these files, or `None` if it describes none of them.
    pub fn without_files(&self, ids: &HashSet<Uuid>) -> Option<Self> {
        let is_removed = |file: &Description| ids.contains(&file.id.0);
        let mut event = self.body.files.iter().any(is_removed).then(|| self.clone())?;
        event.body.files.retain(|file| !is_removed(file));
        Some(event)
    }
}

/// What happened, without texts and personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, IntoStaticStr)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Skeleton {
    // Events of the server's log.
    /// Body: `email`, `name`.
    AccountRegistered {
        account_id: AccountId,
        is_server_admin: bool,
    },
    /// The password was changed. The hash is a credential and not part of the log.
    PasswordChanged {
        account_id: AccountId,
    },
    /// Body: `email`, the new email.
    EmailChanged {
        account_id: AccountId,
    },
    /// Body: `user_agent`.
    SessionCreated {
        session_id: SessionId,
        account_id: AccountId,
    },
    SessionRevoked {
        session_id: SessionId,
        account_id: AccountId,
    },
    /// Removes sessions that ended at or before this sequence number.
    SessionsPruned {
        ended_through: Seq,
    },
    WorkspaceRegistered {
        workspace_id: WorkspaceId,
        account_id: AccountId,
    },

    // Events of a workspace's log.
    /// Body: `name`.
    WorkspaceCreated,
    /// Body: `name`. Contains the complete new state of the workspace.
    WorkspaceUpdated {
        icon_id: Option<FileId>,
        #[serde(default, skip_serializing_if = "ChannelMentions::is_default")]
        channel_mentions: ChannelMentions,
        created_at: Timestamp,
    },
    /// Body: `handle`, `name`. Also used when a former member rejoins.
    MemberJoined {
        member_id: MemberId,
        account_id: AccountId,
        role: Role,
        invite_id: Option<InviteId>,
        /// The avatar of a rejoining member.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        avatar_id: Option<FileId>,
    },
    /// Body: `handle`, `name`. Contains the complete new state of the member.
    MemberUpdated {
        member_id: MemberId,
        role: Role,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        avatar_id: Option<FileId>,
        joined_at: Timestamp,
    },
    /// The member also leaves every channel.
    MemberLeft {
        member_id: MemberId,
    },
    InviteCreated {
        invite_id: InviteId,
        expires_at: Option<Timestamp>,
        max_uses: Option<i32>,
    },
    InviteRevoked {
        invite_id: InviteId,
    },
    /// An account registers with the invite, which reserves one use for it. The actor is that account.
    InviteReserved {
        invite_id: InviteId,
        account_id: AccountId,
    },
    /// The reservation was released because the registration failed. The actor is that account.
    InviteReleased {
        invite_id: InviteId,
        account_id: AccountId,
    },
    /// Body: `name` (except for direct channels), `topic`.
    ChannelCreated {
        channel_id: ChannelId,
        channel_kind: ChannelKind,
        member_ids: Vec<MemberId>,
    },
    /// Body: `name`, `topic`. Contains the complete new state of a public or private channel, except its members.
    ChannelUpdated {
        channel_id: ChannelId,
        channel_kind: ChannelKind,
        created_at: Timestamp,
        /// When it was archived. `None` if it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        archived_at: Option<Timestamp>,
    },
    /// Body: `name`, `topic` of the channel, so that the joining member need not query them. `quiet` in large channels:
    /// the event is then only sent to the actor and the member.
    ChannelJoined {
        channel_id: ChannelId,
        channel_kind: ChannelKind,
        member_id: MemberId,
        created_at: Timestamp,
        quiet: bool,
    },
    ChannelLeft {
        channel_id: ChannelId,
        member_id: MemberId,
        quiet: bool,
    },
    /// Body: `text`, and `files` as described at that time.
    MessageSent {
        message_id: MessageId,
        channel_id: ChannelId,
        thread_id: Option<MessageId>,
        mentions: Mentions,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        file_ids: Vec<FileId>,
    },
    /// Body: `text`. `sent_seq` and `sent_at` are the sequence number and the time of the message itself.
    MessageEdited {
        message_id: MessageId,
        channel_id: ChannelId,
        thread_id: Option<MessageId>,
        author_id: MemberId,
        sent_seq: Seq,
        sent_at: Timestamp,
        mentions: Mentions,
    },
    /// Erases the bodies of the message's other events.
    MessageDeleted {
        message_id: MessageId,
        channel_id: ChannelId,
        thread_id: Option<MessageId>,
        author_id: MemberId,
        sent_seq: Seq,
        sent_at: Timestamp,
    },
    ReactionAdded {
        message_id: MessageId,
        channel_id: ChannelId,
        emoji: String,
    },
    ReactionRemoved {
        message_id: MessageId,
        channel_id: ChannelId,
        emoji: String,
    },
    /// The file contents are stored. Body: `files`, with this file.
    FileUploaded {
        file_id: FileId,
        file_kind: FileKind,
        size: i64,
    },
    /// The description changed: previews were generated, or the alt text was edited. Body: `files`, with this file.
    FileUpdated {
        file_id: FileId,
        message_id: Option<MessageId>,
        channel_id: Option<ChannelId>,
    },
    /// Erases the bodies of the file's other events.
    FileRemoved {
        file_id: FileId,
        message_id: Option<MessageId>,
        channel_id: Option<ChannelId>,
    },
    /// Body: `name`, without colons.
    EmojiCreated {
        emoji_id: EmojiId,
        file_id: FileId,
    },
    EmojiDeleted {
        emoji_id: EmojiId,
    },
}

/// The mentions of a message, in text order.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentions {
    /// Members mentioned by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub member_ids: Vec<MemberId>,
    /// Whether the entire channel is mentioned (`<!channel>` or `<!here>`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub channel: bool,
}

impl Skeleton {
    /// The event format version of this release. It can read this version and all earlier ones.
    pub const VERSION: i32 = 2;

    /// Returns the event format version in which this kind got its current meaning, and thus the version required to
    /// read it.
    pub fn version(&self) -> i32 {
        self.properties().version
    }

    /// Returns the stored name of the kind.
    pub fn kind(&self) -> &'static str {
        self.into()
    }

    /// Returns the message or file that the event's texts belong to. Erasures find events by it.
    pub fn subject(&self) -> Option<Uuid> {
        let Properties { message_id, file_id, .. } = self.properties();
        file_id.map(|id| id.0).or(message_id.map(|id| id.0))
    }

    /// Returns the object whose texts it erases from earlier events.
    pub fn erases(&self) -> Option<Erasure> {
        self.properties().erases
    }

    /// Returns the access that it ends.
    pub fn ends_access(&self) -> Option<AccessEnd> {
        self.properties().ends_access
    }

    /// Returns the message that this event concerns.
    pub fn message_id(&self) -> Option<MessageId> {
        self.properties().message_id
    }

    /// Returns the file that this event concerns.
    pub fn file_id(&self) -> Option<FileId> {
        self.properties().file_id
    }

    /// Returns the message of which it changes or erases searchable texts, so that an earlier document is outdated.
    pub fn rewritten_message(&self) -> Option<MessageId> {
        let Properties { message_id, rewrites, .. } = self.properties();
        message_id.filter(|_| rewrites)
    }

    /// Whether it changes which events members may see.
    pub fn changes_visibility(&self) -> bool {
        self.properties().changes_visibility
    }

    fn properties(&self) -> Properties {
        let plain = Properties { version: 1, ..Properties::default() };
        match self {
            Self::WorkspaceCreated
            | Self::MemberJoined { .. }
            | Self::ChannelCreated { .. }
            | Self::ChannelJoined { .. }
            | Self::ChannelLeft { .. } => Properties { changes_visibility: true, ..plain },
            Self::MemberLeft { member_id } => {
                let ends_access = Some(AccessEnd::Membership(*member_id));
                Properties { changes_visibility: true, ends_access, ..plain }
            }
            Self::SessionRevoked { session_id, .. } => {
                Properties { ends_access: Some(AccessEnd::Session(*session_id)), ..plain }
            }
            Self::ChannelUpdated { .. } => Properties { version: 2, ..plain },
            Self::MessageSent { message_id, .. }
            | Self::ReactionAdded { message_id, .. }
            | Self::ReactionRemoved { message_id, .. } => Properties { message_id: Some(*message_id), ..plain },
            Self::MessageEdited { message_id, .. } => {
                Properties { message_id: Some(*message_id), rewrites: true, ..plain }
            }
            Self::MessageDeleted { message_id, .. } => {
                let erases = Some(Erasure::Message(*message_id));
                Properties { message_id: Some(*message_id), rewrites: true, erases, ..plain }
            }
            Self::FileUploaded { file_id, .. } => Properties { file_id: Some(*file_id), ..plain },
            Self::FileUpdated { file_id, message_id, .. } => {
                Properties { message_id: *message_id, file_id: Some(*file_id), rewrites: true, ..plain }
            }
            Self::FileRemoved { file_id, message_id, .. } => {
                let erases = Some(Erasure::File(*file_id));
                Properties { message_id: *message_id, file_id: Some(*file_id), rewrites: true, erases, ..plain }
            }
            Self::AccountRegistered { .. }
            | Self::PasswordChanged { .. }
            | Self::EmailChanged { .. }
            | Self::SessionCreated { .. }
            | Self::SessionsPruned { .. }
            | Self::WorkspaceRegistered { .. }
            | Self::WorkspaceUpdated { .. }
            | Self::MemberUpdated { .. }
            | Self::InviteCreated { .. }
            | Self::InviteRevoked { .. }
            | Self::InviteReserved { .. }
            | Self::InviteReleased { .. }
            | Self::EmojiCreated { .. }
            | Self::EmojiDeleted { .. } => plain,
        }
    }
}

/// What the log, the delivery and the durable readers need to know about an event of any kind.
#[derive(Default)]
struct Properties {
    version: i32,
    message_id: Option<MessageId>,
    file_id: Option<FileId>,
    changes_visibility: bool,
    rewrites: bool,
    erases: Option<Erasure>,
    ends_access: Option<AccessEnd>,
}

/// The object whose texts an event erases from earlier events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Erasure {
    /// A message, with its files.
    Message(MessageId),
    File(FileId),
}

/// The access that an event ends, of which live connections must be told at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessEnd {
    Session(SessionId),
    /// The membership in the workspace.
    Membership(MemberId),
}

/// Who may see an event. Depends only on the event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// All members of the workspace, and optionally a member who has just left or is creating it.
    Workspace {
        /// Receives the event although they are not a member.
        also: Option<MemberId>,
    },
    /// The members of a channel at that sequence number, and optionally a member who has just left it.
    Channel {
        /// The channel.
        id: ChannelId,
        /// Receives the event although they left the channel.
        also: Option<MemberId>,
    },
    /// Only these members.
    Members(Vec<MemberId>),
}

/// Returns who may see an event.
pub fn audience(event: &Event) -> Audience {
    let actor = event.actor();
    match &event.skeleton {
        // The creator joins with the next event.
        Skeleton::WorkspaceCreated => Audience::Workspace { also: Some(actor) },
        Skeleton::MemberJoined { .. }
        | Skeleton::MemberUpdated { .. }
        | Skeleton::WorkspaceUpdated { .. }
        | Skeleton::EmojiCreated { .. }
        | Skeleton::EmojiDeleted { .. } => Audience::Workspace { also: None },
        Skeleton::MemberLeft { member_id } => Audience::Workspace { also: Some(*member_id) },
        Skeleton::ChannelCreated { channel_kind: ChannelKind::Public, .. }
        | Skeleton::ChannelUpdated { channel_kind: ChannelKind::Public, .. } => Audience::Workspace { also: None },
        Skeleton::ChannelCreated { member_ids, .. } => Audience::Members(member_ids.clone()),
        Skeleton::ChannelJoined { member_id, quiet: true, .. }
        | Skeleton::ChannelLeft { member_id, quiet: true, .. } => Audience::Members(vec![*member_id, actor]),
        Skeleton::ChannelJoined { channel_id, .. } => Audience::Channel { id: *channel_id, also: None },
        Skeleton::ChannelLeft { channel_id, member_id, .. } => {
            Audience::Channel { id: *channel_id, also: Some(*member_id) }
        }
        Skeleton::ChannelUpdated { channel_id, .. }
        | Skeleton::MessageSent { channel_id, .. }
        | Skeleton::MessageEdited { channel_id, .. }
        | Skeleton::MessageDeleted { channel_id, .. }
        | Skeleton::ReactionAdded { channel_id, .. }
        | Skeleton::ReactionRemoved { channel_id, .. } => Audience::Channel { id: *channel_id, also: None },
        Skeleton::FileUpdated { channel_id: Some(id), .. } | Skeleton::FileRemoved { channel_id: Some(id), .. } => {
            Audience::Channel { id: *id, also: None }
        }
        // A file that was not sent yet is only visible to its uploader, who is the actor.
        Skeleton::FileUploaded { .. } | Skeleton::FileUpdated { .. } | Skeleton::FileRemoved { .. } => {
            Audience::Members(vec![actor])
        }
        // Not delivered: invites are only queried, and the server's log has no subscribers.
        Skeleton::InviteCreated { .. }
        | Skeleton::InviteRevoked { .. }
        | Skeleton::InviteReserved { .. }
        | Skeleton::InviteReleased { .. }
        | Skeleton::AccountRegistered { .. }
        | Skeleton::PasswordChanged { .. }
        | Skeleton::EmailChanged { .. }
        | Skeleton::SessionCreated { .. }
        | Skeleton::SessionRevoked { .. }
        | Skeleton::SessionsPruned { .. }
        | Skeleton::WorkspaceRegistered { .. } => Audience::Members(Vec::new()),
    }
}

#[cfg(test)]
mod tests;
