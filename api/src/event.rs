//! Event: the whole vocabulary of the logs, one enum, versioned.
//!
//! An event has a *skeleton* (ids and everything that projections, routing and counts need; never
//! erased) and a *body* (every text and personal datum; may be blanked later). What is stored is the
//! JSON of both; a process that meets a kind or version that it does not know must not go on with
//! that log. Kinds are only ever added; a new kind, or a changed meaning of one, is a new version of the
//! vocabulary. The row of a log says which version its events need.

use std::collections::HashSet;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::channel::ChannelKind;
use crate::clock::Moment;
use crate::file::description::Description;
use crate::file::kind::FileKind;
use crate::id::{AccountId, ChannelId, EmojiId, FileId, InviteId, MemberId, MessageId, SignInId, WorkspaceId};
use crate::member::Role;
use crate::workspace::ChannelMentions;

/// A position in a log: 1, 2, 3 …; 0 stands before the first event.
pub type Seq = i64;

/// One event as it stands in a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The log.
    pub workspace_id: WorkspaceId,
    /// Its number there.
    pub seq: Seq,
    /// The database's clock when it was appended. Orders nothing.
    pub at: Moment,
    /// Who did it: a member in a workspace's log, an account in the server's.
    pub actor_id: Uuid,
    /// The command that it came from.
    pub command_id: Uuid,
    /// What happened.
    pub skeleton: Skeleton,
    /// The texts; empty once erased.
    pub body: Body,
}

/// An event that many share.
pub type SharedEvent = Arc<Event>;

impl Event {
    /// The acting member; meaningful in a workspace's log.
    pub fn actor(&self) -> MemberId {
        MemberId(self.actor_id)
    }

    /// The same without what it says of these files; `None` if it says nothing of them.
    pub fn without_files(&self, ids: &HashSet<Uuid>) -> Option<Self> {
        let is_gone = |file: &Description| ids.contains(&file.id.0);
        let mut event = self.body.files.iter().any(is_gone).then(|| self.clone())?;
        event.body.files.retain(|file| !is_gone(file));
        Some(event)
    }
}

/// What happened, without any text of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Skeleton {
    // The server's log.
    /// Body: `email`, `name`.
    AccountRegistered {
        account_id: AccountId,
        is_server_admin: bool,
    },
    /// The password was set anew (the hash is a credential and not in the log).
    PasswordChanged {
        account_id: AccountId,
    },
    /// Body: `email`, the new one.
    EmailChanged {
        account_id: AccountId,
    },
    /// Body: `user_agent`.
    SignInMade {
        sign_in_id: SignInId,
        account_id: AccountId,
    },
    SignInRevoked {
        sign_in_id: SignInId,
        account_id: AccountId,
    },
    /// What is known of sign-ins that ended at this number or before is removed.
    SignInsPruned {
        ended_through: Seq,
    },
    WorkspaceRegistered {
        workspace_id: WorkspaceId,
        account_id: AccountId,
    },

    // A workspace's log.
    /// Body: `name`.
    WorkspaceCreated,
    /// Body: `name`; the whole new state of the workspace.
    WorkspaceUpdated {
        icon_id: Option<FileId>,
        #[serde(default, skip_serializing_if = "ChannelMentions::is_default")]
        channel_mentions: ChannelMentions,
    },
    /// Body: `handle`, `name`. Also when somebody comes back.
    MemberJoined {
        member_id: MemberId,
        account_id: AccountId,
        role: Role,
        invite_id: Option<InviteId>,
        /// Of one who comes back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        avatar_id: Option<FileId>,
    },
    /// Body: `handle`, `name`; the whole new state of the member.
    MemberUpdated {
        member_id: MemberId,
        role: Role,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        avatar_id: Option<FileId>,
    },
    /// They leave every channel with it.
    MemberLeft {
        member_id: MemberId,
    },
    InviteCreated {
        invite_id: InviteId,
        expires_at: Option<Moment>,
        max_uses: Option<i32>,
    },
    InviteRevoked {
        invite_id: InviteId,
    },
    /// An account registers with it, and one use is theirs to join by. The actor is that account.
    InviteReserved {
        invite_id: InviteId,
        account_id: AccountId,
    },
    /// The account was not registered after all. The actor is that account.
    InviteReleased {
        invite_id: InviteId,
        account_id: AccountId,
    },
    /// Body: `name` (not for direct channels), `topic`.
    ChannelCreated {
        channel_id: ChannelId,
        channel_kind: ChannelKind,
        member_ids: Vec<MemberId>,
    },
    /// Body: `name`, `topic` of the channel, so that the one who comes in need not ask. `quiet` in
    /// large channels: then it goes only to the two concerned.
    ChannelJoined {
        channel_id: ChannelId,
        channel_kind: ChannelKind,
        member_id: MemberId,
        created_at: Moment,
        quiet: bool,
    },
    ChannelLeft {
        channel_id: ChannelId,
        member_id: MemberId,
        quiet: bool,
    },
    /// Body: `text`, and `files` as they are described then.
    MessageSent {
        message_id: MessageId,
        channel_id: ChannelId,
        thread_id: Option<MessageId>,
        mentions: Mentions,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        file_ids: Vec<FileId>,
    },
    /// Body: `text`. `sent_seq` is the number of the message itself.
    MessageEdited {
        message_id: MessageId,
        channel_id: ChannelId,
        thread_id: Option<MessageId>,
        author_id: MemberId,
        sent_seq: Seq,
        mentions: Mentions,
    },
    /// The bodies of the message's other events are blanked with it.
    MessageDeleted {
        message_id: MessageId,
        channel_id: ChannelId,
        thread_id: Option<MessageId>,
        author_id: MemberId,
        sent_seq: Seq,
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
    /// Its bytes are stored. Body: `files`, the one.
    FileUploaded {
        file_id: FileId,
        file_kind: FileKind,
        size: i64,
    },
    /// It is described anew: previews were made of it, or its sender said what it shows. Body: `files`, the one.
    FileUpdated {
        file_id: FileId,
        message_id: Option<MessageId>,
        channel_id: Option<ChannelId>,
    },
    /// The bodies of the file's other events are blanked with it.
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

/// Whom a message mentions, in the order of its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentions {
    /// Members by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub member_ids: Vec<MemberId>,
    /// The whole channel (`<!channel>` or `<!here>`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub channel: bool,
}

/// The texts of an event. Which are there depends on the kind; none are once it is erased.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Body {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub handle: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<Description>,
}

impl Body {
    /// A body of one text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: Some(text.into()), ..Self::default() }
    }

    /// A body of one file.
    pub fn file(description: Description) -> Self {
        Self { files: vec![description], ..Self::default() }
    }

    /// Whether nothing is in it, as after an erasure.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Skeleton {
    /// The version of the vocabulary that this program knows. It reads this one and all before it.
    pub const VERSION: i32 = 1;

    /// The version of the vocabulary in which this kind got its present meaning: what a program has to know to read it.
    pub fn version(&self) -> i32 {
        match self {
            Self::AccountRegistered { .. }
            | Self::PasswordChanged { .. }
            | Self::EmailChanged { .. }
            | Self::SignInMade { .. }
            | Self::SignInRevoked { .. }
            | Self::SignInsPruned { .. }
            | Self::WorkspaceRegistered { .. }
            | Self::WorkspaceCreated
            | Self::WorkspaceUpdated { .. }
            | Self::MemberJoined { .. }
            | Self::MemberUpdated { .. }
            | Self::MemberLeft { .. }
            | Self::InviteCreated { .. }
            | Self::InviteRevoked { .. }
            | Self::InviteReserved { .. }
            | Self::InviteReleased { .. }
            | Self::ChannelCreated { .. }
            | Self::ChannelJoined { .. }
            | Self::ChannelLeft { .. }
            | Self::MessageSent { .. }
            | Self::MessageEdited { .. }
            | Self::MessageDeleted { .. }
            | Self::ReactionAdded { .. }
            | Self::ReactionRemoved { .. }
            | Self::FileUploaded { .. }
            | Self::FileUpdated { .. }
            | Self::FileRemoved { .. }
            | Self::EmojiCreated { .. }
            | Self::EmojiDeleted { .. } => 1,
        }
    }

    /// The name of the kind as it is stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AccountRegistered { .. } => "account_registered",
            Self::PasswordChanged { .. } => "password_changed",
            Self::EmailChanged { .. } => "email_changed",
            Self::SignInMade { .. } => "sign_in_made",
            Self::SignInRevoked { .. } => "sign_in_revoked",
            Self::SignInsPruned { .. } => "sign_ins_pruned",
            Self::WorkspaceRegistered { .. } => "workspace_registered",
            Self::WorkspaceCreated => "workspace_created",
            Self::WorkspaceUpdated { .. } => "workspace_updated",
            Self::MemberJoined { .. } => "member_joined",
            Self::MemberUpdated { .. } => "member_updated",
            Self::MemberLeft { .. } => "member_left",
            Self::InviteCreated { .. } => "invite_created",
            Self::InviteRevoked { .. } => "invite_revoked",
            Self::InviteReserved { .. } => "invite_reserved",
            Self::InviteReleased { .. } => "invite_released",
            Self::ChannelCreated { .. } => "channel_created",
            Self::ChannelJoined { .. } => "channel_joined",
            Self::ChannelLeft { .. } => "channel_left",
            Self::MessageSent { .. } => "message_sent",
            Self::MessageEdited { .. } => "message_edited",
            Self::MessageDeleted { .. } => "message_deleted",
            Self::ReactionAdded { .. } => "reaction_added",
            Self::ReactionRemoved { .. } => "reaction_removed",
            Self::FileUploaded { .. } => "file_uploaded",
            Self::FileUpdated { .. } => "file_updated",
            Self::FileRemoved { .. } => "file_removed",
            Self::EmojiCreated { .. } => "emoji_created",
            Self::EmojiDeleted { .. } => "emoji_deleted",
        }
    }

    /// By what an erasure finds the texts of this event: the message, or the file, that they belong to.
    pub fn subject(&self) -> Option<Uuid> {
        match self {
            Self::FileUploaded { file_id, .. }
            | Self::FileUpdated { file_id, .. }
            | Self::FileRemoved { file_id, .. } => Some(file_id.0),
            _ => self.message_id().map(|id| id.0),
        }
    }

    /// Whether it takes texts away from events before it.
    pub fn erases(&self) -> bool {
        matches!(self, Self::MessageDeleted { .. } | Self::FileRemoved { .. })
    }

    /// The message that this event changes, or changes something of.
    pub fn message_id(&self) -> Option<MessageId> {
        match self {
            Self::MessageSent { message_id, .. }
            | Self::MessageEdited { message_id, .. }
            | Self::MessageDeleted { message_id, .. }
            | Self::ReactionAdded { message_id, .. }
            | Self::ReactionRemoved { message_id, .. } => Some(*message_id),
            Self::FileUpdated { message_id, .. } | Self::FileRemoved { message_id, .. } => *message_id,
            _ => None,
        }
    }
}

/// Who may see an event, as a function of the event alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Audience {
    /// Every member of the workspace, and the one who has just left it or is founding it.
    Workspace {
        /// Gets it although not a member.
        also: Option<MemberId>,
    },
    /// The members of a channel at that number, and the one who has just left it.
    Channel {
        /// The channel.
        id: ChannelId,
        /// Gets it although no longer in the channel.
        also: Option<MemberId>,
    },
    /// These members only.
    Members(Vec<MemberId>),
}

/// Who may see this event.
pub fn audience(event: &Event) -> Audience {
    let actor = event.actor();
    match &event.skeleton {
        // Its founder joins with the next event.
        Skeleton::WorkspaceCreated => Audience::Workspace { also: Some(actor) },
        Skeleton::MemberJoined { .. }
        | Skeleton::MemberUpdated { .. }
        | Skeleton::WorkspaceUpdated { .. }
        | Skeleton::EmojiCreated { .. }
        | Skeleton::EmojiDeleted { .. } => Audience::Workspace { also: None },
        Skeleton::MemberLeft { member_id } => Audience::Workspace { also: Some(*member_id) },
        Skeleton::ChannelCreated { channel_kind: ChannelKind::Public, .. } => Audience::Workspace { also: None },
        Skeleton::ChannelCreated { member_ids, .. } => Audience::Members(member_ids.clone()),
        Skeleton::ChannelJoined { member_id, quiet: true, .. }
        | Skeleton::ChannelLeft { member_id, quiet: true, .. } => Audience::Members(vec![*member_id, actor]),
        Skeleton::ChannelJoined { channel_id, .. } => Audience::Channel { id: *channel_id, also: None },
        Skeleton::ChannelLeft { channel_id, member_id, .. } => {
            Audience::Channel { id: *channel_id, also: Some(*member_id) }
        }
        Skeleton::MessageSent { channel_id, .. }
        | Skeleton::MessageEdited { channel_id, .. }
        | Skeleton::MessageDeleted { channel_id, .. }
        | Skeleton::ReactionAdded { channel_id, .. }
        | Skeleton::ReactionRemoved { channel_id, .. } => Audience::Channel { id: *channel_id, also: None },
        Skeleton::FileUpdated { channel_id: Some(id), .. } | Skeleton::FileRemoved { channel_id: Some(id), .. } => {
            Audience::Channel { id: *id, also: None }
        }
        // What is not sent yet is its uploader's alone, who is the actor.
        Skeleton::FileUploaded { .. } | Skeleton::FileUpdated { .. } | Skeleton::FileRemoved { .. } => {
            Audience::Members(vec![actor])
        }
        // Told to nobody: invites are asked for, and the server's log has no subscribers.
        Skeleton::InviteCreated { .. }
        | Skeleton::InviteRevoked { .. }
        | Skeleton::InviteReserved { .. }
        | Skeleton::InviteReleased { .. }
        | Skeleton::AccountRegistered { .. }
        | Skeleton::PasswordChanged { .. }
        | Skeleton::EmailChanged { .. }
        | Skeleton::SignInMade { .. }
        | Skeleton::SignInRevoked { .. }
        | Skeleton::SignInsPruned { .. }
        | Skeleton::WorkspaceRegistered { .. } => Audience::Members(Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_kind_is_the_one_that_is_stored() {
        let skeleton = Skeleton::ReactionAdded {
            message_id: MessageId::mint(),
            channel_id: ChannelId::mint(),
            emoji: "👍".into(),
        };
        let json = serde_json::to_value(&skeleton).unwrap();
        assert_eq!(json["kind"], skeleton.kind());
        assert_eq!(serde_json::from_value::<Skeleton>(json).unwrap(), skeleton);
        assert!(serde_json::from_str::<Skeleton>(r#"{"kind":"from_the_future"}"#).is_err());
    }

    #[test]
    fn an_erased_body_is_empty_json() {
        assert_eq!(serde_json::to_string(&Body::default()).unwrap(), "{}");
        assert!(!Body::text("").is_empty());
    }
}
