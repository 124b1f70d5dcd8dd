//! The in-memory state of a workspace: its members, channels and memberships.
//!
//! A `Workspace` is the result of applying a workspace's log up to `seq`. Commands are decided on it, deliveries are
//! routed and authorized by it, and most reads start with it. It does not include messages, which are only stored as
//! rows.
//!
//! Forking it costs a few reference counts, because it uses persistent maps. Members have dense numbers, so that sets
//! of members are bitmaps.

use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet, Vector};
use roaring::RoaringBitmap;

use super::ChannelMentions;
use crate::channel::ChannelKind;
use crate::clock::Timestamp;
use crate::event::{Audience, Event, Seq, Skeleton};
use crate::id::{AccountId, ChannelId, EmojiId, FileId, MemberId, WorkspaceId};
use crate::member::Role;
use crate::planted::{self, Bug};
use crate::text;

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

/// A custom emoji of the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emoji {
    pub id: EmojiId,
    /// Without colons. Unique in the workspace.
    pub name: String,
    pub file_id: FileId,
    pub creator_id: MemberId,
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
    /// The numbers of its members.
    pub members: RoaringBitmap,
}

impl Member {
    /// The sort key of members: name, then id.
    pub fn order(&self) -> String {
        format!("{}\u{1}{}", self.name.to_lowercase(), self.id)
    }
}

impl Channel {
    /// Creates the channel of an event, without members.
    fn created(id: ChannelId, kind: ChannelKind, event: &Event) -> Self {
        let (name, topic) = (event.body.name.clone().unwrap_or_default(), event.body.topic.clone().unwrap_or_default());
        let (creator_id, created_at, created_seq, members) = (event.actor(), event.at, event.seq, RoaringBitmap::new());
        Self { id, kind, name, topic, creator_id, created_at, created_seq, members }
    }

    /// The sort key of channels: name, then id.
    pub fn order(&self) -> String {
        format!("{}\u{1}{}", self.name, self.id)
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
            Audience::Channel { also, .. } if planted::is(Bug::LeakChannels) => ((*self.active).clone(), *also),
            Audience::Channel { id, also } => {
                (self.channels.get(id).map(|channel| &channel.members & &*self.active).unwrap_or_default(), *also)
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

    /// Applies an event. Its sequence number must be the next one.
    pub fn apply(&mut self, event: &Event) {
        debug_assert_eq!(event.seq, self.seq + 1, "events must be applied in order");
        self.seq = event.seq;
        match &event.skeleton {
            Skeleton::WorkspaceCreated => {
                self.name = event.body.name.clone().unwrap_or_default();
                self.created_at = event.at;
            }
            Skeleton::WorkspaceUpdated { icon_id, channel_mentions } => {
                self.name = event.body.name.clone().unwrap_or_default();
                self.icon_id = *icon_id;
                self.channel_mentions = *channel_mentions;
            }
            Skeleton::EmojiCreated { emoji_id, file_id } => self.insert_emoji(Emoji {
                id: *emoji_id,
                name: event.body.name.clone().unwrap_or_default(),
                file_id: *file_id,
                creator_id: event.actor(),
            }),
            Skeleton::EmojiDeleted { emoji_id } => self.remove_emoji(*emoji_id),
            Skeleton::MemberJoined { member_id, account_id, role, avatar_id, .. } => self.insert_member(Member {
                workspace_id: self.id,
                id: *member_id,
                number: self.number_of(*member_id),
                account_id: *account_id,
                handle: event.body.handle.clone().unwrap_or_default(),
                name: event.body.name.clone().unwrap_or_default(),
                role: *role,
                active: true,
                joined_at: event.at,
                joined_seq: event.seq,
                avatar_id: *avatar_id,
            }),
            Skeleton::MemberUpdated { member_id, role, avatar_id } => self.update_member(*member_id, |member| {
                member.role = *role;
                member.avatar_id = *avatar_id;
                member.handle = event.body.handle.clone().unwrap_or_default();
                member.name = event.body.name.clone().unwrap_or_default();
            }),
            Skeleton::MemberLeft { member_id } => self.leave_workspace(*member_id),
            Skeleton::ChannelCreated { channel_id, channel_kind, member_ids } => {
                self.insert_channel(Channel::created(*channel_id, *channel_kind, event));
                for member in member_ids {
                    self.join_channel(*channel_id, *member);
                }
                if *channel_kind == ChannelKind::Direct {
                    self.insert_direct(*channel_id, member_ids.clone());
                }
            }
            Skeleton::ChannelJoined { channel_id, member_id, .. } => self.join_channel(*channel_id, *member_id),
            Skeleton::ChannelLeft { channel_id, member_id, .. } => self.leave_channel(*channel_id, *member_id),
            _ => {}
        }
    }

    fn number_of(&self, id: MemberId) -> u32 {
        self.members
            .get(&id)
            .map_or_else(|| u32::try_from(self.by_number.len()).unwrap_or(u32::MAX), |known| known.number)
    }

    /// Inserts or replaces a member.
    pub fn insert_member(&mut self, member: Member) {
        if self.members.contains_key(&member.id) {
            self.remove_names(member.id);
        } else {
            self.by_number.push_back(member.id);
        }
        self.by_account.insert(member.account_id, member.id);
        let member = Arc::new(member);
        if member.active {
            Arc::make_mut(&mut self.active).insert(member.number);
            self.insert_names(&member);
        }
        self.members.insert(member.id, member);
    }

    fn insert_names(&mut self, member: &Arc<Member>) {
        self.look_alikes.entry(text::skeleton(&member.handle)).or_default().insert(member.id);
        self.by_handle.insert(text::key(&member.handle), member.id);
        self.by_name.insert(member.order(), member.clone());
    }

    /// Inserts an emoji.
    pub fn insert_emoji(&mut self, emoji: Emoji) {
        self.emoji.insert(emoji.name.clone(), Arc::new(emoji));
    }

    fn remove_emoji(&mut self, id: EmojiId) {
        if let Some(name) = self.emoji_by_id(id).map(|emoji| emoji.name.clone()) {
            self.emoji.remove(&name);
        }
    }

    /// Inserts a channel.
    pub fn insert_channel(&mut self, channel: Channel) {
        if channel.kind == ChannelKind::Public {
            self.public_names.insert(text::key(&channel.name), channel.id);
        }
        if channel.kind != ChannelKind::Direct {
            self.named.insert(channel.order(), channel.id);
            *self.created.entry(channel.creator_id).or_default() += 1;
        }
        self.channels.insert(channel.id, Arc::new(channel));
    }

    /// Indexes a direct channel by its members.
    pub fn insert_direct(&mut self, id: ChannelId, mut members: Vec<MemberId>) {
        members.sort_unstable();
        self.directs.insert(members, id);
    }

    /// Adds a member to a channel.
    pub fn join_channel(&mut self, channel_id: ChannelId, member_id: MemberId) {
        let Some(number) = self.members.get(&member_id).map(|member| member.number) else { return };
        if let Some(channel) = self.channels.get_mut(&channel_id) {
            Arc::make_mut(channel).members.insert(number);
            self.channels_of.entry(member_id).or_default().insert(channel_id);
        }
    }

    fn leave_channel(&mut self, channel_id: ChannelId, member_id: MemberId) {
        let Some(number) = self.members.get(&member_id).map(|member| member.number) else { return };
        if planted::is(Bug::DeliverToRemoved) {
            return;
        }
        if let Some(channel) = self.channels.get_mut(&channel_id) {
            Arc::make_mut(channel).members.remove(number);
        }
        if let Some(channels) = self.channels_of.get_mut(&member_id) {
            channels.remove(&channel_id);
        }
    }

    /// Direct channels keep their members. Inactive members receive nothing from them.
    fn leave_workspace(&mut self, id: MemberId) {
        let left = self.channels_of(id).filter(|channel| channel.kind != ChannelKind::Direct);
        let channels: Vec<ChannelId> = left.map(|channel| channel.id).collect();
        for channel in channels {
            self.leave_channel(channel, id);
        }
        self.update_member(id, |member| member.active = false);
    }

    fn remove_names(&mut self, id: MemberId) {
        let Some(member) = self.members.get(&id) else { return };
        self.by_name.remove(&member.order());
        let (key, look) = (text::key(&member.handle), text::skeleton(&member.handle));
        if self.by_handle.get(&key) == Some(&id) {
            self.by_handle.remove(&key);
        }
        if let Some(look_alikes) = self.look_alikes.get_mut(&look) {
            look_alikes.remove(&id);
            if look_alikes.is_empty() {
                self.look_alikes.remove(&look);
            }
        }
    }

    fn update_member(&mut self, id: MemberId, change: impl FnOnce(&mut Member)) {
        self.remove_names(id);
        let Some(member) = self.members.get_mut(&id) else { return };
        change(Arc::make_mut(member));
        let member = member.clone();
        if member.active {
            Arc::make_mut(&mut self.active).insert(member.number);
            self.insert_names(&member);
        } else {
            Arc::make_mut(&mut self.active).remove(member.number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Body;

    fn event(workspace: &Workspace, skeleton: Skeleton) -> Event {
        let (actor_id, command_id) = (uuid::Uuid::nil(), uuid::Uuid::nil());
        let (seq, body) = (workspace.seq + 1, Body::default());
        Event { workspace_id: workspace.id, seq, at: Timestamp(0), actor_id, command_id, skeleton, body }
    }

    fn join(workspace: &mut Workspace) {
        let skeleton = Skeleton::MemberJoined {
            member_id: MemberId::mint(),
            account_id: AccountId::mint(),
            role: Role::Member,
            invite_id: None,
            avatar_id: None,
        };
        workspace.apply(&event(workspace, skeleton));
    }

    /// Every command is decided on a fork and produces one.
    #[test]
    fn forks_share_unchanged_parts() {
        let mut workspace = Workspace::empty(WorkspaceId::mint());
        (0..100).for_each(|_| join(&mut workspace));
        let mut fork = workspace.clone();
        fork.apply(&event(&fork, Skeleton::WorkspaceCreated));
        let shares_members =
            |fork: &Workspace| Arc::ptr_eq(&fork.active, &workspace.active) && fork.members.ptr_eq(&workspace.members);
        assert!(shares_members(&fork));
        assert!(fork.by_name.ptr_eq(&workspace.by_name) && fork.by_handle.ptr_eq(&workspace.by_handle));
        assert!(fork.channels.ptr_eq(&workspace.channels) && fork.channels_of.ptr_eq(&workspace.channels_of));
        join(&mut fork);
        assert!(!shares_members(&fork), "membership changed");
        let same = workspace
            .members
            .iter()
            .filter(|(id, member)| fork.member(**id).is_some_and(|one| Arc::ptr_eq(one, member)));
        assert_eq!((same.count(), fork.active_count()), (100, 101), "all other members are still shared");
    }
}
