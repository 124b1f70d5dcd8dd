//! Who may see an event, found once for many: as long as nobody comes or goes, all events of a channel go to the same
//! members, and share one bitmap.

use std::collections::HashMap;
use std::sync::Arc;

use roaring::RoaringBitmap;

use crate::event::{Audience, Event, Skeleton, audience};
use crate::id::ChannelId;
use crate::workspace::state::Workspace;

/// Channels that are remembered.
const CHANNELS: usize = 1024;

/// The bitmaps that hold since somebody last came or went.
#[derive(Debug, Default)]
pub struct Recipients {
    everybody: Option<Arc<RoaringBitmap>>,
    channels: HashMap<ChannelId, Arc<RoaringBitmap>>,
}

impl Recipients {
    /// Who may see an event that was just folded into the workspace.
    pub fn of(&mut self, workspace: &Workspace, event: &Event) -> Arc<RoaringBitmap> {
        if moves_somebody(&event.skeleton) {
            *self = Self::default();
        }
        let audience = audience(event);
        let find = || Arc::new(workspace.recipients(&audience));
        match &audience {
            Audience::Workspace { also: None } => self.everybody.get_or_insert_with(find).clone(),
            Audience::Channel { id, also: None } => {
                if self.channels.len() >= CHANNELS {
                    self.channels.clear();
                }
                self.channels.entry(*id).or_insert_with(find).clone()
            }
            Audience::Workspace { .. } | Audience::Channel { .. } | Audience::Members(_) => find(),
        }
    }
}

/// Whether anybody may see more or less after it.
fn moves_somebody(skeleton: &Skeleton) -> bool {
    match skeleton {
        Skeleton::WorkspaceCreated
        | Skeleton::MemberJoined { .. }
        | Skeleton::MemberLeft { .. }
        | Skeleton::ChannelCreated { .. }
        | Skeleton::ChannelJoined { .. }
        | Skeleton::ChannelLeft { .. } => true,
        Skeleton::AccountRegistered { .. }
        | Skeleton::PasswordChanged { .. }
        | Skeleton::EmailChanged { .. }
        | Skeleton::SignInMade { .. }
        | Skeleton::SignInRevoked { .. }
        | Skeleton::SignInsPruned { .. }
        | Skeleton::WorkspaceRegistered { .. }
        | Skeleton::WorkspaceUpdated { .. }
        | Skeleton::MemberUpdated { .. }
        | Skeleton::InviteCreated { .. }
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
        | Skeleton::FileRemoved { .. }
        | Skeleton::EmojiCreated { .. }
        | Skeleton::EmojiDeleted { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::channel::ChannelKind;
    use crate::clock::Moment;
    use crate::event::{Body, Mentions};
    use crate::id::{AccountId, MemberId, MessageId, WorkspaceId};
    use crate::member::Role;

    /// A workspace that takes events, with those who may see each.
    struct Scene {
        workspace: Workspace,
        recipients: Recipients,
    }

    impl Scene {
        fn of(members: &[MemberId]) -> Self {
            let workspace = Workspace::empty(WorkspaceId::mint());
            let mut scene = Self { workspace, recipients: Recipients::default() };
            members.iter().for_each(|id| drop(scene.joins(*id)));
            scene
        }

        /// Takes an event as a room does; what is remembered must be what is found anew.
        fn take(&mut self, actor: MemberId, skeleton: Skeleton) -> Arc<RoaringBitmap> {
            let (workspace_id, seq, at) = (self.workspace.id, self.workspace.seq + 1, Moment(0));
            let (actor_id, command_id, body) = (actor.0, Uuid::nil(), Body::default());
            let event = Event { workspace_id, seq, at, actor_id, command_id, skeleton, body };
            self.workspace.fold(&event);
            let recipients = self.recipients.of(&self.workspace, &event);
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
    fn events_of_a_channel_share_their_recipients_until_somebody_comes_or_goes() {
        let [ada, ben, cid] = three();
        let mut scene = Scene::of(&[ada, ben, cid]);
        let (one, other) = (scene.channel(&[ada, ben]), scene.channel(&[ada, cid]));
        let before = scene.sends(ada, one);
        assert_eq!(*before, scene.numbers(&[ada, ben]));
        assert_eq!(*scene.sends(ada, other), scene.numbers(&[ada, cid]));
        assert!(Arc::ptr_eq(&before, &scene.sends(ben, one)));
        let (channel_kind, created_at, quiet) = (ChannelKind::Private, Moment(0), false);
        scene.take(cid, Skeleton::ChannelJoined { channel_id: one, channel_kind, member_id: cid, created_at, quiet });
        assert_eq!(*scene.sends(ada, one), scene.numbers(&[ada, ben, cid]));
        // Who leaves sees that they left, and nothing after it.
        let left = scene.take(ben, Skeleton::ChannelLeft { channel_id: one, member_id: ben, quiet });
        assert_eq!(*left, scene.numbers(&[ada, ben, cid]));
        assert_eq!(*scene.sends(ada, one), scene.numbers(&[ada, cid]));
        // What was given before is as it was.
        assert_eq!(*before, scene.numbers(&[ada, ben]));
    }

    #[test]
    fn who_leaves_the_workspace_sees_that_and_nothing_after_it() {
        let [ada, ben, cid] = three();
        let mut scene = Scene::of(&[ada, ben]);
        let channel = scene.channel(&[ada, ben]);
        scene.sends(ada, channel);
        let left = scene.take(ben, Skeleton::MemberLeft { member_id: ben });
        assert_eq!(*left, scene.numbers(&[ada, ben]));
        assert_eq!(*scene.sends(ada, channel), scene.numbers(&[ada]));
        assert_eq!(*scene.joins(cid), scene.numbers(&[ada, cid]));
        assert_eq!(*scene.sends(ada, channel), scene.numbers(&[ada]));
    }

    #[test]
    fn no_more_channels_are_remembered_than_a_number() {
        let [ada, ben, _] = three();
        let mut scene = Scene::of(&[ada, ben]);
        let channels: Vec<ChannelId> = (0..=CHANNELS).map(|_| scene.channel(&[ada, ben])).collect();
        for id in &channels {
            scene.sends(ada, *id);
            assert!(scene.recipients.channels.len() <= CHANNELS);
        }
        let again = scene.sends(ada, channels[CHANNELS]);
        assert!(Arc::ptr_eq(&again, &scene.sends(ben, channels[CHANNELS])));
    }
}
