//! Caches the recipients of events: until membership changes, all events of a channel go to the same members and share
//! one bitmap.

use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::ground::id::ChannelId;
use crate::model::event::{Audience, Event, audience};
use crate::model::workspace::state::Workspace;

/// Maximum number of cached channels.
const MAX_CHANNELS: usize = 1024;

/// The recipient bitmaps that are valid until membership changes.
#[derive(Debug, Default)]
pub struct RecipientCache {
    all_members: Option<Arc<RoaringBitmap>>,
    channels: HashMap<ChannelId, Arc<RoaringBitmap>>,
}

impl RecipientCache {
    /// Returns the room-local numbers of the members who may see an event that was just applied to the workspace.
    pub fn for_event(&mut self, workspace: &Workspace, event: &Event) -> Arc<RoaringBitmap> {
        if event.skeleton.changes_visibility() {
            *self = Self::default();
        }
        let audience = audience(event);
        let compute = || Arc::new(workspace.recipients(&audience));
        match &audience {
            Audience::Workspace { also: None } => self.all_members.get_or_insert_with(compute).clone(),
            Audience::Channel { id, also: None } => {
                if self.channels.len() >= MAX_CHANNELS {
                    self.channels.clear();
                }
                self.channels.entry(*id).or_insert_with(compute).clone()
            }
            Audience::Workspace { .. } | Audience::Channel { .. } | Audience::Members(_) => compute(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::ground::clock::Timestamp;
    use crate::ground::id::{AccountId, MemberId, MessageId, WorkspaceId};
    use crate::model::channel::ChannelKind;
    use crate::model::event::{Body, Mentions, Skeleton};
    use crate::model::member::Role;

    /// A workspace with the recipients of each event applied.
    struct Fixture {
        workspace: Workspace,
        recipients: RecipientCache,
    }

    impl Fixture {
        fn new(members: &[MemberId]) -> Self {
            let workspace = Workspace::empty(WorkspaceId::mint());
            let mut fixture = Self { workspace, recipients: RecipientCache::default() };
            members.iter().for_each(|id| drop(fixture.joins(*id)));
            fixture
        }

        /// Applies an event as a room does, and checks the cached recipients against computed ones.
        fn take(&mut self, actor: MemberId, skeleton: Skeleton) -> Arc<RoaringBitmap> {
            let (workspace_id, seq, at) = (self.workspace.id, self.workspace.seq + 1, Timestamp(0));
            let (actor_id, command_id, body) = (actor.0, Uuid::nil(), Body::default());
            let event = Event { workspace_id, seq, at, actor_id, command_id, skeleton, body };
            self.workspace.apply(&event);
            let recipients = self.recipients.for_event(&self.workspace, &event);
            assert_eq!(*recipients, self.workspace.recipients(&audience(&event)), "{event:?}");
            recipients
        }

        fn joins(&mut self, member_id: MemberId) -> Arc<RoaringBitmap> {
            let (account_id, role, invite_id, avatar_id) = (AccountId::mint(), Role::Member, None, None);
            self.take(member_id, Skeleton::MemberJoined { member_id, account_id, role, invite_id, avatar_id })
        }

        fn channel(&mut self, of: &[MemberId]) -> ChannelId {
            let (channel_id, channel_kind) = (ChannelId::mint(), ChannelKind::Private);
            self.take(of[0], Skeleton::ChannelCreated { channel_id, channel_kind, member_ids: of.to_vec() });
            channel_id
        }

        fn sends(&mut self, actor: MemberId, channel_id: ChannelId) -> Arc<RoaringBitmap> {
            let (message_id, thread_id, mentions) = (MessageId::mint(), None, Mentions::default());
            let file_ids = Vec::new();
            self.take(actor, Skeleton::MessageSent { message_id, channel_id, thread_id, mentions, file_ids })
        }

        fn numbers(&self, of: &[MemberId]) -> RoaringBitmap {
            of.iter().map(|id| self.workspace.member(*id).unwrap().number).collect()
        }
    }

    fn three() -> [MemberId; 3] {
        [MemberId::mint(), MemberId::mint(), MemberId::mint()]
    }

    #[test]
    fn shares_recipients_of_a_channel_until_membership_changes() {
        let [ada, ben, cid] = three();
        let mut fixture = Fixture::new(&[ada, ben, cid]);
        let (one, other) = (fixture.channel(&[ada, ben]), fixture.channel(&[ada, cid]));
        let before = fixture.sends(ada, one);
        assert_eq!(*before, fixture.numbers(&[ada, ben]));
        assert_eq!(*fixture.sends(ada, other), fixture.numbers(&[ada, cid]));
        assert!(Arc::ptr_eq(&before, &fixture.sends(ben, one)));
        let (channel_kind, created_at, quiet) = (ChannelKind::Private, Timestamp(0), false);
        fixture.take(cid, Skeleton::ChannelJoined { channel_id: one, channel_kind, member_id: cid, created_at, quiet });
        assert_eq!(*fixture.sends(ada, one), fixture.numbers(&[ada, ben, cid]));
        // A member who leaves sees their own leave event and nothing after it.
        let left = fixture.take(ben, Skeleton::ChannelLeft { channel_id: one, member_id: ben, quiet });
        assert_eq!(*left, fixture.numbers(&[ada, ben, cid]));
        assert_eq!(*fixture.sends(ada, one), fixture.numbers(&[ada, cid]));
        // Bitmaps returned earlier do not change.
        assert_eq!(*before, fixture.numbers(&[ada, ben]));
    }

    #[test]
    fn includes_a_leaving_member_in_their_last_event() {
        let [ada, ben, cid] = three();
        let mut fixture = Fixture::new(&[ada, ben]);
        let channel = fixture.channel(&[ada, ben]);
        fixture.sends(ada, channel);
        let left = fixture.take(ben, Skeleton::MemberLeft { member_id: ben });
        assert_eq!(*left, fixture.numbers(&[ada, ben]));
        assert_eq!(*fixture.sends(ada, channel), fixture.numbers(&[ada]));
        assert_eq!(*fixture.joins(cid), fixture.numbers(&[ada, cid]));
        assert_eq!(*fixture.sends(ada, channel), fixture.numbers(&[ada]));
    }

    #[test]
    fn limits_cached_channels() {
        let [ada, ben, _] = three();
        let mut fixture = Fixture::new(&[ada, ben]);
        let channels: Vec<ChannelId> = (0..=MAX_CHANNELS).map(|_| fixture.channel(&[ada, ben])).collect();
        for id in &channels {
            fixture.sends(ada, *id);
            assert!(fixture.recipients.channels.len() <= MAX_CHANNELS);
        }
        let again = fixture.sends(ada, channels[MAX_CHANNELS]);
        assert!(Arc::ptr_eq(&again, &fixture.sends(ben, channels[MAX_CHANNELS])));
    }
}
