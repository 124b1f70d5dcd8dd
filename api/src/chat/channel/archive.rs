//! Archiving a channel: it stays readable and searchable, but can no longer be changed.

use serde::Serialize;

use super::access::require_manageable;
use super::change::updated;
use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::{AccountId, ChannelId};
use crate::log::{Command, Draft, Facts, require_member};
use crate::model::workspace::state::Workspace;

/// Archives a public or private channel, except the first one of the workspace. Only for its creator, owners and
/// admins.
#[derive(Debug, Serialize)]
pub struct ArchiveChannel {
    pub channel_id: ChannelId,
}

impl Command for ArchiveChannel {
    fn name(&self) -> &'static str {
        "channel.archive"
    }

    /// # Errors
    /// `NOT_FOUND`, `FORBIDDEN`.
    fn decide(&self, account_id: AccountId, workspace: &Workspace, facts: &Facts) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account_id)?;
        let channel = require_manageable(workspace, me, self.channel_id)?;
        if workspace.first_channel().is_some_and(|first| first.id == channel.id) {
            return Err(Error::Forbidden(
                Reason::FirstChannel,
                "The first channel of a workspace cannot be archived: every member joins it.",
            ));
        }
        Ok(updated(me.id, channel, |channel| _ = channel.archived_at.get_or_insert(facts.at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::channel::rename::RenameChannel;
    use crate::chat::channel::unarchive::UnarchiveChannel;
    use crate::chat::message::send::SendMessage;
    use crate::ground::clock::Timestamp;
    use crate::ground::id::{MemberId, MessageId, WorkspaceId};
    use crate::model::channel::ChannelKind;
    use crate::model::event::{Body, Event, Skeleton};
    use crate::model::member::Role;

    /// A workspace with two channels of its owner: the first one, and another.
    struct Fixture {
        workspace: Workspace,
        owner: AccountId,
        first: ChannelId,
        other: ChannelId,
    }

    impl Fixture {
        fn new() -> Self {
            let (owner, member_id) = (AccountId::mint(), MemberId::mint());
            let (first, other) = (ChannelId::mint(), ChannelId::mint());
            let mut fixture = Self { workspace: Workspace::empty(WorkspaceId::mint()), owner, first, other };
            let role = Role::Owner;
            let joined =
                Skeleton::MemberJoined { member_id, account_id: owner, role, invite_id: None, avatar_id: None };
            fixture.apply(vec![Draft::by(member_id, joined, Body::default())]);
            for (channel_id, name) in [(first, "general"), (other, "plans")] {
                let (channel_kind, member_ids) = (ChannelKind::Public, vec![member_id]);
                let created = Skeleton::ChannelCreated { channel_id, channel_kind, member_ids };
                let body = Body { name: Some(name.to_owned()), ..Body::default() };
                fixture.apply(vec![Draft::by(member_id, created, body)]);
            }
            fixture
        }

        fn apply(&mut self, drafts: Vec<Draft>) {
            for Draft { actor_id, skeleton, body } in drafts {
                let (workspace_id, seq) = (self.workspace.id, self.workspace.seq + 1);
                let (at, command_id) = (Timestamp(seq), uuid::Uuid::nil());
                self.workspace.apply(&Event { workspace_id, seq, at, actor_id, command_id, skeleton, body });
            }
        }

        /// Decides a command on the state after those before it, as in one batch.
        fn submit(&mut self, command: &dyn Command) -> Result<usize> {
            let facts = Facts { at: Timestamp(1_000), ..Facts::default() };
            let drafts = command.decide(self.owner, &self.workspace, &facts)?;
            let count = drafts.len();
            self.apply(drafts);
            Ok(count)
        }
    }

    fn is_archived(outcome: Result<usize>) -> bool {
        matches!(outcome, Err(Error::Conflict(Reason::ChannelArchived, _)))
    }

    #[test]
    fn a_message_after_the_archiving_in_the_same_batch_is_rejected() {
        let mut fixture = Fixture::new();
        let (channel_id, first) = (fixture.other, fixture.first);
        let workspace_id = fixture.workspace.id;
        let send = |channel_id| SendMessage::new(workspace_id, MessageId::mint(), channel_id, "words".to_owned());
        assert_eq!(fixture.submit(&send(channel_id)).unwrap(), 1);
        assert_eq!(fixture.submit(&ArchiveChannel { channel_id }).unwrap(), 1);
        assert!(is_archived(fixture.submit(&send(channel_id))));
        assert_eq!(fixture.submit(&send(first)).unwrap(), 1, "other channels accept messages");
        assert_eq!(fixture.submit(&UnarchiveChannel { channel_id }).unwrap(), 1);
        assert_eq!(fixture.submit(&send(channel_id)).unwrap(), 1);
    }

    #[test]
    fn archiving_again_keeps_the_time() {
        let mut fixture = Fixture::new();
        let channel_id = fixture.other;
        assert_eq!(fixture.submit(&UnarchiveChannel { channel_id }).unwrap(), 0);
        assert_eq!(fixture.submit(&ArchiveChannel { channel_id }).unwrap(), 1);
        let archived_at = |fixture: &Fixture| fixture.workspace.channel(channel_id).unwrap().archived_at;
        let before = archived_at(&fixture);
        assert_eq!(before, Some(Timestamp(1_000)));
        assert_eq!(fixture.submit(&ArchiveChannel { channel_id }).unwrap(), 0);
        assert_eq!(archived_at(&fixture), before);
    }

    #[test]
    fn never_archives_the_first_channel() {
        let mut fixture = Fixture::new();
        let channel_id = fixture.first;
        // Also under another name.
        fixture.submit(&RenameChannel::new(channel_id, "lobby").unwrap()).unwrap();
        assert!(matches!(fixture.submit(&ArchiveChannel { channel_id }), Err(Error::Forbidden(..))));
    }

    #[test]
    fn names_stay_taken_by_archived_channels_and_become_free_by_renaming() {
        let mut fixture = Fixture::new();
        let (channel_id, first) = (fixture.other, fixture.first);
        let rename = |channel_id, name: &str| RenameChannel::new(channel_id, name).unwrap();
        fixture.submit(&ArchiveChannel { channel_id }).unwrap();
        assert!(matches!(fixture.submit(&rename(first, "PLANS")), Err(Error::Conflict(Reason::ChannelNameTaken, _))));
        assert!(is_archived(fixture.submit(&rename(channel_id, "old-plans"))));
        fixture.submit(&UnarchiveChannel { channel_id }).unwrap();
        assert_eq!(fixture.submit(&rename(channel_id, "Plans")).unwrap(), 0, "a channel may keep its own name");
        fixture.submit(&rename(channel_id, "old-plans")).unwrap();
        fixture.submit(&rename(first, "plans")).unwrap();
        assert_eq!(fixture.workspace.public_channel("plans"), Some(first));
        assert_eq!(fixture.workspace.public_channel("general"), None);
        let names: Vec<&ChannelId> = fixture.workspace.channels_by_name().values().collect();
        assert_eq!(names, [&channel_id, &first]);
    }
}
