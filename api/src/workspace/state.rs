//! The `Workspace` in memory: members, channels, who is in what.
//!
//! It is the fold of a workspace's log up to `seq`, and is what commands are decided on, deliveries are routed and
//! authorised by, and most reads begin with. Forking it costs a few reference counts (persistent maps); members have
//! dense numbers so that sets of them are bitmaps. It knows neither the database nor messages: those are rows.

use std::sync::Arc;

use imbl::{HashMap, OrdMap, OrdSet, Vector};
use roaring::RoaringBitmap;

use super::ChannelMentions;
use crate::channel::ChannelKind;
use crate::clock::Moment;
use crate::event::{Audience, Event, Seq, Skeleton};
use crate::id::{AccountId, ChannelId, EmojiId, FileId, MemberId, WorkspaceId};
use crate::member::Role;
use crate::planted::{self, Bug};
use crate::text;

/// A member as the workspace knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub workspace_id: WorkspaceId,
    pub id: MemberId,
    /// Dense number in this process's memory; not stored.
    pub number: u32,
    pub account_id: AccountId,
    pub handle: String,
    pub name: String,
    pub role: Role,
    /// False once they have left; they stay as the author of what they wrote.
    pub active: bool,
    /// When they joined for the last time.
    pub joined_at: Moment,
    pub joined_seq: Seq,
    /// Their picture.
    pub avatar_id: Option<FileId>,
}

/// A custom emoji as the workspace knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emoji {
    pub id: EmojiId,
    /// Without colons; one of the workspace.
    pub name: String,
    pub file_id: FileId,
    pub creator_id: MemberId,
}

/// A channel as the workspace knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    pub id: ChannelId,
    pub kind: ChannelKind,
    /// Empty for direct channels.
    pub name: String,
    pub topic: String,
    pub creator_id: MemberId,
    pub created_at: Moment,
    pub created_seq: Seq,
    /// The numbers of its members.
    pub members: RoaringBitmap,
}

impl Member {
    /// What orders members: their name, then their id.
    pub fn order(&self) -> String {
        format!("{}\u{1}{}", self.name.to_lowercase(), self.id)
    }
}

impl Channel {
    /// The channel that an event creates, before anybody is in it.
    fn created(id: ChannelId, kind: ChannelKind, event: &Event) -> Self {
        let (name, topic) = (event.body.name.clone().unwrap_or_default(), event.body.topic.clone().unwrap_or_default());
        let (creator_id, created_at, created_seq, members) = (event.actor(), event.at, event.seq, RoaringBitmap::new());
        Self { id, kind, name, topic, creator_id, created_at, created_seq, members }
    }

    /// What orders channels: their name, then their id.
    pub fn order(&self) -> String {
        format!("{}\u{1}{}", self.name, self.id)
    }
}

/// Everything of a workspace that fits into memory, at one number of its log.
#[derive(Debug, Clone)]
pub struct Workspace {
    pub id: WorkspaceId,
    /// The last event folded in.
    pub seq: Seq,
    pub name: String,
    pub created_at: Moment,
    /// Its picture.
    pub icon_id: Option<FileId>,
    /// Who may mention a whole channel.
    pub channel_mentions: ChannelMentions,
    emoji: OrdMap<String, Arc<Emoji>>,
    members: HashMap<MemberId, Arc<Member>>,
    by_account: HashMap<AccountId, MemberId>,
    /// By the key of the handle.
    by_handle: HashMap<String, MemberId>,
    /// Those whose handles are easily taken for each other, by the look of the handle.
    alike: HashMap<String, OrdSet<MemberId>>,
    by_number: Vector<MemberId>,
    /// Those who are in it now, by what orders them.
    by_name: OrdMap<String, Arc<Member>>,
    /// Shared by forks until somebody comes or goes.
    active: Arc<RoaringBitmap>,
    channels: HashMap<ChannelId, Arc<Channel>>,
    /// Those that have a name, by what orders them.
    named: OrdMap<String, ChannelId>,
    public_names: HashMap<String, ChannelId>,
    directs: HashMap<Vec<MemberId>, ChannelId>,
    channels_of: HashMap<MemberId, OrdSet<ChannelId>>,
    /// How many of the channels that have a name each created.
    created: HashMap<MemberId, usize>,
}

impl Workspace {
    /// A workspace (or the server's log) before its first event.
    pub fn empty(id: WorkspaceId) -> Self {
        Self {
            id,
            seq: 0,
            name: String::new(),
            created_at: Moment(0),
            icon_id: None,
            channel_mentions: ChannelMentions::default(),
            emoji: OrdMap::new(),
            members: HashMap::new(),
            by_account: HashMap::new(),
            by_handle: HashMap::new(),
            alike: HashMap::new(),
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

    /// A member, also one who has left.
    pub fn member(&self, id: MemberId) -> Option<&Arc<Member>> {
        self.members.get(&id)
    }

    /// The member with this account, if they are in the workspace now.
    pub fn active_member_of(&self, account_id: AccountId) -> Option<&Arc<Member>> {
        self.member_of(account_id).filter(|member| member.active)
    }

    /// The member with this account, also one who has left.
    pub fn member_of(&self, account_id: AccountId) -> Option<&Arc<Member>> {
        self.by_account.get(&account_id).and_then(|id| self.members.get(id))
    }

    /// Who has this handle now, or one that reads the same.
    pub fn handle(&self, handle: &str) -> Option<MemberId> {
        self.by_handle.get(&text::key(handle)).copied()
    }

    /// Whether somebody else has a handle that is the same or is taken for it.
    pub fn has_look_alike(&self, handle: &str, except: Option<MemberId>) -> bool {
        self.alike.get(&text::look(handle)).into_iter().flatten().any(|id| Some(*id) != except)
    }

    /// All members, in no order.
    pub fn members(&self) -> impl Iterator<Item = &Arc<Member>> {
        self.members.values()
    }

    /// The members who are in it now, by [`Member::order`].
    pub fn members_by_name(&self) -> &OrdMap<String, Arc<Member>> {
        &self.by_name
    }

    /// The channels that are not direct, by [`Channel::order`].
    pub fn channels_by_name(&self) -> &OrdMap<String, ChannelId> {
        &self.named
    }

    /// How many members there are now.
    pub fn active_count(&self) -> u64 {
        self.active.len()
    }

    /// The member with a number of a bitmap.
    pub fn numbered(&self, number: u32) -> Option<&Arc<Member>> {
        self.by_number.get(number as usize).and_then(|id| self.members.get(id))
    }

    /// The members of a bitmap, in the order of their numbers.
    pub fn numbered_all<'a>(&'a self, numbers: &'a RoaringBitmap) -> impl Iterator<Item = &'a Arc<Member>> {
        numbers.iter().filter_map(|number| self.numbered(number))
    }

    /// A channel of any kind; whoever asks must check who may know of it.
    pub fn channel(&self, id: ChannelId) -> Option<&Arc<Channel>> {
        self.channels.get(&id)
    }

    /// All channels, in no order.
    pub fn channels(&self) -> impl Iterator<Item = &Arc<Channel>> {
        self.channels.values()
    }

    /// The public channel of this name.
    pub fn public_channel(&self, name: &str) -> Option<ChannelId> {
        self.public_names.get(&text::key(name)).copied()
    }

    /// The direct channel of exactly these members, given in ascending order.
    pub fn direct(&self, members: &[MemberId]) -> Option<ChannelId> {
        self.directs.get(members).copied()
    }

    /// The custom emoji, by name.
    pub fn emoji(&self) -> impl Iterator<Item = &Arc<Emoji>> {
        self.emoji.values()
    }

    /// The custom emoji of this name.
    pub fn emoji_named(&self, name: &str) -> Option<&Arc<Emoji>> {
        self.emoji.get(name)
    }

    /// A custom emoji by its id.
    pub fn emoji_of(&self, id: EmojiId) -> Option<&Arc<Emoji>> {
        self.emoji().find(|emoji| emoji.id == id)
    }

    /// The channels that a member is in, in the order of their ids.
    pub fn channels_of(&self, member: MemberId) -> impl Iterator<Item = &Arc<Channel>> {
        self.channels_of.get(&member).into_iter().flatten().filter_map(|id| self.channels.get(id))
    }

    /// How many channels a member is in.
    pub fn channel_count_of(&self, member: MemberId) -> usize {
        self.channels_of.get(&member).map_or(0, OrdSet::len)
    }

    /// How many public and private channels a member created.
    pub fn created_count_of(&self, member: MemberId) -> usize {
        self.created.get(&member).copied().unwrap_or(0)
    }

    /// Whether a member is in a channel now.
    pub fn is_in(&self, member: &Member, channel: &Channel) -> bool {
        channel.members.contains(member.number)
    }

    /// Whether a member may read a channel: those in it, and every member if it is public.
    pub fn may_read(&self, member: &Member, channel: &Channel) -> bool {
        member.active && (channel.kind == ChannelKind::Public || self.is_in(member, channel))
    }

    /// The numbers of those who may see something with this audience, after its event was folded in.
    pub fn recipients(&self, audience: &Audience) -> RoaringBitmap {
        let (mut numbers, also) = match audience {
            Audience::Workspace { also } => ((*self.active).clone(), *also),
            Audience::Channel { also, .. } if planted::is(Bug::LeakChannels) => ((*self.active).clone(), *also),
            Audience::Channel { id, also } => {
                (self.channels.get(id).map(|channel| &channel.members & &*self.active).unwrap_or_default(), *also)
            }
            // Who has left is told nothing, also where an event names them.
            Audience::Members(ids) => {
                let here = ids.iter().filter_map(|id| self.members.get(id)).filter(|member| member.active);
                (here.map(|member| member.number).collect(), None)
            }
        };
        // A founder is not known yet, and is the next to be numbered.
        numbers.extend(also.map(|id| self.number_of(id)));
        numbers
    }

    /// Folds one event in. Its number must be the next one: callers read logs in order.
    pub fn fold(&mut self, event: &Event) {
        debug_assert_eq!(event.seq, self.seq + 1, "events are folded in order");
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
            Skeleton::EmojiCreated { emoji_id, file_id } => self.put_emoji(Emoji {
                id: *emoji_id,
                name: event.body.name.clone().unwrap_or_default(),
                file_id: *file_id,
                creator_id: event.actor(),
            }),
            Skeleton::EmojiDeleted { emoji_id } => self.forget_emoji(*emoji_id),
            Skeleton::MemberJoined { member_id, account_id, role, avatar_id, .. } => self.put_member(Member {
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
            Skeleton::MemberUpdated { member_id, role, avatar_id } => self.change_member(*member_id, |member| {
                member.role = *role;
                member.avatar_id = *avatar_id;
                member.handle = event.body.handle.clone().unwrap_or_default();
                member.name = event.body.name.clone().unwrap_or_default();
            }),
            Skeleton::MemberLeft { member_id } => self.leave_workspace(*member_id),
            Skeleton::ChannelCreated { channel_id, channel_kind, member_ids } => {
                self.put_channel(Channel::created(*channel_id, *channel_kind, event));
                for member in member_ids {
                    self.join_channel(*channel_id, *member);
                }
                if *channel_kind == ChannelKind::Direct {
                    self.put_direct(*channel_id, member_ids.clone());
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

    /// Puts a member in, new or again. For loading from the tables and for folding.
    pub fn put_member(&mut self, member: Member) {
        if self.members.contains_key(&member.id) {
            self.forget_names(member.id);
        } else {
            self.by_number.push_back(member.id);
        }
        self.by_account.insert(member.account_id, member.id);
        let member = Arc::new(member);
        if member.active {
            Arc::make_mut(&mut self.active).insert(member.number);
            self.put_names(&member);
        }
        self.members.insert(member.id, member);
    }

    fn put_names(&mut self, member: &Arc<Member>) {
        self.alike.entry(text::look(&member.handle)).or_default().insert(member.id);
        self.by_handle.insert(text::key(&member.handle), member.id);
        self.by_name.insert(member.order(), member.clone());
    }

    /// Puts an emoji in. For loading from the tables and for folding.
    pub fn put_emoji(&mut self, emoji: Emoji) {
        self.emoji.insert(emoji.name.clone(), Arc::new(emoji));
    }

    fn forget_emoji(&mut self, id: EmojiId) {
        if let Some(name) = self.emoji_of(id).map(|emoji| emoji.name.clone()) {
            self.emoji.remove(&name);
        }
    }

    /// Puts a channel in. For loading from the tables and for folding.
    pub fn put_channel(&mut self, channel: Channel) {
        if channel.kind == ChannelKind::Public {
            self.public_names.insert(text::key(&channel.name), channel.id);
        }
        if channel.kind != ChannelKind::Direct {
            self.named.insert(channel.order(), channel.id);
            *self.created.entry(channel.creator_id).or_default() += 1;
        }
        self.channels.insert(channel.id, Arc::new(channel));
    }

    /// Makes a direct channel findable by its people.
    pub fn put_direct(&mut self, id: ChannelId, mut members: Vec<MemberId>) {
        members.sort_unstable();
        self.directs.insert(members, id);
    }

    /// Puts a member into a channel. For loading from the tables and for folding.
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

    /// Direct channels keep their people for ever; one who is not active gets nothing from them.
    fn leave_workspace(&mut self, id: MemberId) {
        let left = self.channels_of(id).filter(|channel| channel.kind != ChannelKind::Direct);
        let channels: Vec<ChannelId> = left.map(|channel| channel.id).collect();
        for channel in channels {
            self.leave_channel(channel, id);
        }
        self.change_member(id, |member| member.active = false);
    }

    fn forget_names(&mut self, id: MemberId) {
        let Some(member) = self.members.get(&id) else { return };
        self.by_name.remove(&member.order());
        let (key, look) = (text::key(&member.handle), text::look(&member.handle));
        if self.by_handle.get(&key) == Some(&id) {
            self.by_handle.remove(&key);
        }
        if let Some(alike) = self.alike.get_mut(&look) {
            alike.remove(&id);
            if alike.is_empty() {
                self.alike.remove(&look);
            }
        }
    }

    fn change_member(&mut self, id: MemberId, change: impl FnOnce(&mut Member)) {
        self.forget_names(id);
        let Some(member) = self.members.get_mut(&id) else { return };
        change(Arc::make_mut(member));
        let member = member.clone();
        if member.active {
            Arc::make_mut(&mut self.active).insert(member.number);
            self.put_names(&member);
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
        Event { workspace_id: workspace.id, seq, at: Moment(0), actor_id, command_id, skeleton, body }
    }

    fn joins(workspace: &mut Workspace) {
        let skeleton = Skeleton::MemberJoined {
            member_id: MemberId::mint(),
            account_id: AccountId::mint(),
            role: Role::Member,
            invite_id: None,
            avatar_id: None,
        };
        workspace.fold(&event(workspace, skeleton));
    }

    /// Each command is decided on a fork, and leaves one.
    #[test]
    fn a_fork_copies_what_changes_and_nothing_else() {
        let mut workspace = Workspace::empty(WorkspaceId::mint());
        (0..100).for_each(|_| joins(&mut workspace));
        let mut fork = workspace.clone();
        fork.fold(&event(&fork, Skeleton::WorkspaceCreated));
        let shares_members =
            |fork: &Workspace| Arc::ptr_eq(&fork.active, &workspace.active) && fork.members.ptr_eq(&workspace.members);
        assert!(shares_members(&fork));
        assert!(fork.by_name.ptr_eq(&workspace.by_name) && fork.by_handle.ptr_eq(&workspace.by_handle));
        assert!(fork.channels.ptr_eq(&workspace.channels) && fork.channels_of.ptr_eq(&workspace.channels_of));
        joins(&mut fork);
        assert!(!shares_members(&fork), "only now");
        let same = workspace
            .members
            .iter()
            .filter(|(id, member)| fork.member(**id).is_some_and(|one| Arc::ptr_eq(one, member)));
        assert_eq!((same.count(), fork.active_count()), (100, 101), "and of that only the new one");
    }
}
