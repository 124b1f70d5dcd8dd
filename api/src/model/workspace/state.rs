//! The in-memory state of a workspace: its members, channels and memberships.
//!
//! A `Workspace` is the result of applying a workspace's log up to `seq`. Commands are decided on it, deliveries are
//! routed and authorized by it, and most reads start with it. It does not include messages, which are only stored as
//! rows.
//!
//! Forking it costs a few reference counts, because it uses persistent maps. Members have dense numbers, so that sets
//! of members are bitmaps. [`apply`] changes it.

mod apply;

use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet, Vector};
use roaring::RoaringBitmap;

use super::ChannelMentions;
use crate::ground::clock::Timestamp;
use crate::ground::id::{AccountId, ChannelId, EmojiId, FileId, MemberId, WorkspaceId};
use crate::ground::{planted, text};
use crate::model::channel::entity::channel;
use crate::model::channel::{ChannelKind, ChannelLimits, LIMITS};
use crate::model::emoji::entity::Model as Emoji;
use crate::model::event::{Audience, Seq};
use crate::model::member::{Role, entity as member};

/// A member of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub workspace_id: WorkspaceId,
    pub id: MemberId,
    /// Dense room-local number in this process's memory. Not stored.
    pub number: u32,
    pub account_id: AccountId,
    pub handle: String,
    pub name: String,
    pub role: Role,
    /// False once they left. Former members remain as authors of their messages.
    pub active: bool,
    /// When they last joined.
    pub joined_at: Timestamp,
    pub joined_seq: Seq,
    /// Their avatar.
    pub avatar_id: Option<FileId>,
}

/// A channel of the workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    pub id: ChannelId,
    pub kind: ChannelKind,
    /// Empty for direct channels.
    pub name: String,
    pub topic: String,
    pub creator_id: MemberId,
    pub created_at: Timestamp,
    pub created_seq: Seq,
    /// When it was archived. `None` if it is not.
    pub archived_at: Option<Timestamp>,
    /// The numbers of its members.
    pub members: RoaringBitmap,
}

impl Member {
    /// Creates a member with their number.
    pub fn new(number: u32, row: member::Model) -> Self {
        Self {
            workspace_id: row.workspace_id,
            id: row.id,
            number,
            account_id: row.account_id,
            handle: row.handle,
            name: row.name,
            role: row.role,
            active: row.active,
            joined_at: row.joined_at,
            joined_seq: row.joined_seq,
            avatar_id: row.avatar_id,
        }
    }

    /// The sort key of members: name, then id.
    pub fn order(&self) -> String {
        format!("{}\u{1}{}", self.name.to_lowercase(), self.id.0)
    }
}

impl From<channel::Model> for Channel {
    /// Creates a channel without members.
    fn from(row: channel::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            name: row.name,
            topic: row.topic,
            creator_id: row.created_by,
            created_at: row.created_at,
            created_seq: row.created_seq,
            archived_at: row.archived_at,
            members: RoaringBitmap::new(),
        }
    }
}

impl Channel {
    /// The sort key of channels: name, then id.
    pub fn order(&self) -> String {
        format!("{}\u{1}{}", self.name, self.id.0)
    }
}

/// The in-memory state of a workspace at one sequence number of its log.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub id: WorkspaceId,
    /// The last event applied.
    pub seq: Seq,
    pub name: String,
    pub created_at: Timestamp,
    /// The icon.
    pub icon_id: Option<FileId>,
    /// Who may mention an entire channel.
    pub channel_mentions: ChannelMentions,
    /// How many channels may exist. A constant, except in tests.
    pub channel_limits: ChannelLimits,
    emoji: OrdMap<String, Arc<Emoji>>,
    members: HashMap<MemberId, Arc<Member>>,
    by_account: HashMap<AccountId, MemberId>,
    /// By the normalized handle.
    by_handle: HashMap<String, MemberId>,
    /// Members by the look-alike form of their handle, to find confusable handles.
    look_alikes: HashMap<String, OrdSet<MemberId>>,
    by_number: Vector<MemberId>,
    /// Active members by sort key.
    by_name: OrdMap<String, Arc<Member>>,
    /// The numbers of active members. Shared by forks until membership changes.
    active: Arc<RoaringBitmap>,
    channels: HashMap<ChannelId, Arc<Channel>>,
    /// Named channels by sort key.
    named: OrdMap<String, ChannelId>,
    first_channel: Option<ChannelId>,
    public_names: HashMap<String, ChannelId>,
    directs: HashMap<Vec<MemberId>, ChannelId>,
    channels_of: HashMap<MemberId, OrdSet<ChannelId>>,
    /// Number of named channels that each member created.
    created: HashMap<MemberId, usize>,
}

impl Workspace {
    /// Creates the state of a workspace, or of the server's log, before its first event.
    pub fn empty(id: WorkspaceId) -> Self {
        Self {
            id,
            seq: 0,
            name: String::new(),
            created_at: Timestamp(0),
            icon_id: None,
            channel_mentions: ChannelMentions::default(),
            channel_limits: LIMITS,
            emoji: OrdMap::new(),
            members: HashMap::new(),
            by_account: HashMap::new(),
            by_handle: HashMap::new(),
            look_alikes: HashMap::new(),
            by_number: Vector::new(),
            by_name: OrdMap::new(),
            active: Arc::default(),
            channels: HashMap::new(),
            named: OrdMap::new(),
            first_channel: None,
            public_names: HashMap::new(),
            directs: HashMap::new(),
            channels_of: HashMap::new(),
            created: HashMap::new(),
        }
    }

    /// Returns a member, including former members.
    pub fn member(&self, id: MemberId) -> Option<&Arc<Member>> {
        self.members.get(&id)
    }

    /// Returns the active member of an account.
    pub fn active_member_of(&self, account_id: AccountId) -> Option<&Arc<Member>> {
        self.member_of(account_id).filter(|member| member.active)
    }

    /// Returns the member of an account, including former members.
    pub fn member_of(&self, account_id: AccountId) -> Option<&Arc<Member>> {
        self.by_account.get(&account_id).and_then(|id| self.members.get(id))
    }

    /// Returns the active member with this handle, compared in normalized form.
    pub fn handle(&self, handle: &str) -> Option<MemberId> {
        self.by_handle.get(&text::key(handle)).copied()
    }

    /// Whether another member has an equal or confusable handle.
    pub fn has_look_alike(&self, handle: &str, except: Option<MemberId>) -> bool {
        self.look_alikes.get(&text::skeleton(handle)).into_iter().flatten().any(|id| Some(*id) != except)
    }

    /// Returns all members, including former members, in arbitrary order.
    pub fn members(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.members.values()
    }

    /// Returns the active members, by [`Member::order`].
    pub fn members_by_name(&self) -> &OrdMap<String, Arc<Member>> {
        &self.by_name
    }

    /// Returns the channels that are not direct, by [`Channel::order`].
    pub fn channels_by_name(&self) -> &OrdMap<String, ChannelId> {
        &self.named
    }

    /// The number of active members.
    pub fn active_count(&self) -> u64 {
        self.active.len()
    }

    /// Returns the member with a number.
    pub fn member_by_number(&self, number: u32) -> Option<&Arc<Member>> {
        self.by_number.get(number as usize).and_then(|id| self.members.get(id))
    }

    /// Returns the members of a bitmap, in the order of their numbers.
    pub fn members_by_number<'a>(&'a self, numbers: &'a RoaringBitmap) -> impl Iterator<Item = &'a Arc<Member>> {
        numbers.iter().filter_map(|number| self.member_by_number(number))
    }

    /// Returns a channel of any kind. Callers must check who may know of it.
    pub fn channel(&self, id: ChannelId) -> Option<&Arc<Channel>> {
        self.channels.get(&id)
    }

    /// Returns all channels, in arbitrary order.
    pub fn channels(&self) -> impl Iterator<Item = &Arc<Channel>> {
        self.channels.values()
    }

    /// Returns the public channel with a name.
    pub fn public_channel(&self, name: &str) -> Option<ChannelId> {
        self.public_names.get(&text::key(name)).copied()
    }

    /// Returns the channel that the workspace was created with, which every new member joins.
    pub fn first_channel(&self) -> Option<&Arc<Channel>> {
        self.first_channel.and_then(|id| self.channel(id))
    }

    /// Returns the direct channel of exactly these members, given in ascending order.
    pub fn direct(&self, members: &[MemberId]) -> Option<ChannelId> {
        self.directs.get(members).copied()
    }

    /// Returns the custom emoji, ordered by name.
    pub fn emoji(&self) -> impl Iterator<Item = &Arc<Emoji>> {
        self.emoji.values()
    }

    /// Returns the custom emoji with a name.
    pub fn emoji_named(&self, name: &str) -> Option<&Arc<Emoji>> {
        self.emoji.get(name)
    }

    /// Returns a custom emoji by its id.
    pub fn emoji_by_id(&self, id: EmojiId) -> Option<&Arc<Emoji>> {
        self.emoji().find(|emoji| emoji.id == id)
    }

    /// Returns the channels of a member, in the order of their ids.
    pub fn channels_of(&self, member: MemberId) -> impl Iterator<Item = &Arc<Channel>> {
        self.channels_of.get(&member).into_iter().flatten().filter_map(|id| self.channels.get(id))
    }

    /// The number of channels of a member.
    pub fn channel_count_of(&self, member: MemberId) -> usize {
        self.channels_of.get(&member).map_or(0, OrdSet::len)
    }

    /// The number of public and private channels that a member created.
    pub fn created_count_of(&self, member: MemberId) -> usize {
        self.created.get(&member).copied().unwrap_or(0)
    }

    /// Whether a member is in a channel.
    pub fn is_in(&self, member: &Member, channel: &Channel) -> bool {
        channel.members.contains(member.number)
    }

    /// Whether a member may read a channel: its members, and every active member if it is public.
    pub fn may_read(&self, member: &Member, channel: &Channel) -> bool {
        member.active && (channel.kind == ChannelKind::Public || self.is_in(member, channel))
    }

    /// Returns the numbers of the members in an audience, after its event was applied.
    pub fn recipients(&self, audience: &Audience) -> RoaringBitmap {
        let (mut numbers, also) = match audience {
            Audience::Workspace { also } => ((*self.active).clone(), *also),
            Audience::Channel { id, also } => {
                let members = self.channels.get(id).map(|channel| &channel.members & &*self.active);
                (planted::leak_channels(members.unwrap_or_default(), &self.active), *also)
            }
            // Former members receive nothing, even where an event names them.
            Audience::Members(ids) => {
                let active = ids.iter().filter_map(|id| self.members.get(id)).filter(|member| member.active);
                (active.map(|member| member.number).collect(), None)
            }
        };
        // The creator of a workspace is not a member yet and gets the next number.
        numbers.extend(also.map(|id| self.number_of(id)));
        numbers
    }

    fn number_of(&self, id: MemberId) -> u32 {
        self.members
            .get(&id)
            .map_or_else(|| u32::try_from(self.by_number.len()).unwrap_or(u32::MAX), |member| member.number)
    }
}
