//! Changes a workspace by the events of its log, and builds it from rows.

use std::sync::Arc;

use super::{Channel, Emoji, Member, Workspace};
use crate::ground::id::{ChannelId, EmojiId, MemberId};
use crate::ground::{planted, text};
use crate::model::channel::ChannelKind;
use crate::model::channel::entity::channel;
use crate::model::event::{Event, Skeleton};
use crate::model::member::entity as member;
use crate::model::workspace::entity as workspace;

impl Workspace {
    /// Applies an event. Its sequence number must be the next one.
    pub fn apply(&mut self, event: &Event) {
        debug_assert_eq!(event.seq, self.seq + 1, "events must be applied in order");
        self.seq = event.seq;
        match &event.skeleton {
            Skeleton::WorkspaceCreated => self.set(workspace::Model::created(event)),
            Skeleton::WorkspaceUpdated { icon_id, channel_mentions, created_at } => {
                self.set(workspace::Model::updated(event, *icon_id, *channel_mentions, *created_at));
            }
            Skeleton::EmojiCreated { emoji_id, file_id } => {
                self.insert_emoji(Emoji::of_event(event, *emoji_id, *file_id));
            }
            Skeleton::EmojiDeleted { emoji_id } => self.remove_emoji(*emoji_id),
            Skeleton::MemberJoined { member_id, account_id, role, avatar_id, .. } => {
                self.insert_member(member::Model::joined(event, *member_id, *account_id, *role, *avatar_id));
            }
            Skeleton::MemberUpdated { member_id, role, avatar_id, joined_at } => {
                let row = member::Model::updated(event, *member_id, *role, *avatar_id, *joined_at);
                self.update_member(*member_id, |member| {
                    (member.handle, member.name) = (row.handle, row.name);
                    (member.role, member.avatar_id) = (row.role, row.avatar_id);
                });
            }
            Skeleton::MemberLeft { member_id } => self.leave_workspace(*member_id),
            Skeleton::ChannelCreated { channel_id, channel_kind, member_ids } => {
                self.create_channel(channel::Model::created(event, *channel_id, *channel_kind), member_ids);
            }
            Skeleton::ChannelUpdated { channel_id, channel_kind, created_at, archived_at } => {
                let row = channel::Model::of_event(event, *channel_id, *channel_kind, *created_at, *archived_at);
                self.update_channel(row);
            }
            Skeleton::ChannelJoined { channel_id, member_id, .. } => self.join_channel(*channel_id, *member_id),
            Skeleton::ChannelLeft { channel_id, member_id, .. } => self.leave_channel(*channel_id, *member_id),
            // Only stored as rows.
            Skeleton::InviteCreated { .. }
            | Skeleton::InviteRevoked { .. }
            | Skeleton::InviteReserved { .. }
            | Skeleton::InviteReleased { .. }
            | Skeleton::MessageSent { .. }
            | Skeleton::MessageEdited { .. }
            | Skeleton::MessageDeleted { .. }
            | Skeleton::ReactionAdded { .. }
            | Skeleton::ReactionRemoved { .. }
            | Skeleton::FileUploaded { .. }
            | Skeleton::FileUpdated { .. }
            | Skeleton::FileRemoved { .. } => {}
            // Events of the server's log.
            Skeleton::AccountRegistered { .. }
            | Skeleton::PasswordChanged { .. }
            | Skeleton::EmailChanged { .. }
            | Skeleton::SessionCreated { .. }
            | Skeleton::SessionRevoked { .. }
            | Skeleton::SessionsPruned { .. }
            | Skeleton::WorkspaceRegistered { .. } => {}
        }
    }

    /// Sets the properties of the workspace itself.
    pub fn set(&mut self, row: workspace::Model) {
        self.name = row.name;
        self.created_at = row.created_at;
        self.icon_id = row.icon_id;
        self.channel_mentions = row.channel_mentions;
    }

    fn create_channel(&mut self, row: channel::Model, member_ids: &[MemberId]) {
        let (id, kind) = (row.id, row.kind);
        self.insert_channel(row.into());
        for member in member_ids {
            self.join_channel(id, *member);
        }
        if kind == ChannelKind::Direct {
            self.insert_direct(id, member_ids.to_vec());
        }
    }

    /// Inserts or replaces a member. A new one gets the next number.
    pub fn insert_member(&mut self, row: member::Model) {
        let member = Member::new(self.number_of(row.id), row);
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
        self.insert_channel_name(&channel);
        if channel.kind != ChannelKind::Direct {
            *self.created.entry(channel.creator_id).or_default() += 1;
            if self.first_channel().is_none_or(|first| channel.created_seq < first.created_seq) {
                self.first_channel = Some(channel.id);
            }
        }
        self.channels.insert(channel.id, Arc::new(channel));
    }

    fn insert_channel_name(&mut self, channel: &Channel) {
        if channel.kind == ChannelKind::Public {
            self.public_names.insert(text::key(&channel.name), channel.id);
        }
        if channel.kind != ChannelKind::Direct {
            self.named.insert(channel.order(), channel.id);
        }
    }

    fn update_channel(&mut self, row: channel::Model) {
        let Some(before) = self.channels.get(&row.id).cloned() else { return };
        self.named.remove(&before.order());
        if before.kind == ChannelKind::Public {
            self.public_names.remove(&text::key(&before.name));
        }
        let (id, name, topic, archived_at) = (row.id, row.name, row.topic, row.archived_at);
        let after = Channel { name, topic, archived_at, ..Channel::clone(&before) };
        self.insert_channel_name(&after);
        self.channels.insert(id, Arc::new(after));
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
        if planted::deliver_to_removed() {
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
        let leaving = self.channels_of(id).filter(|channel| channel.kind != ChannelKind::Direct);
        let channels: Vec<ChannelId> = leaving.map(|channel| channel.id).collect();
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
    use crate::ground::clock::Timestamp;
    use crate::ground::id::{AccountId, WorkspaceId};
    use crate::model::event::Body;
    use crate::model::member::Role;

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
