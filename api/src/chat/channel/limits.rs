//! How many channels a workspace and its members may have.

use crate::ground::error::{Error, Reason, Result};
use crate::ground::id::MemberId;
use crate::model::member::Role;
use crate::model::workspace::state::{Member, Workspace};

/// Requires that the limits allow the member to create one more channel.
///
/// # Errors
/// `CONFLICT` at a limit.
pub fn require_can_create(workspace: &Workspace, me: &Member) -> Result<()> {
    let limits = workspace.channel_limits;
    let most = limits.per_workspace;
    if workspace.channels_by_name().len() >= most {
        let why = format!("Channel limit reached: {most} public and private channels per workspace.");
        return Err(Error::Conflict(Reason::WorkspaceChannelLimit, why));
    }
    let most = limits.per_creator;
    if me.role < Role::Admin && workspace.created_count_of(me.id) >= most {
        let why = format!("Channel limit reached: a member can create {most} channels. Ask an admin to create it.");
        return Err(Error::Conflict(Reason::CreatedChannelLimit, why));
    }
    Ok(())
}

/// Requires that the limits allow each of these members to be in one more channel.
///
/// # Errors
/// `CONFLICT` at a limit.
pub fn require_below_limit(workspace: &Workspace, me: &Member, ids: &[MemberId]) -> Result<()> {
    let limits = workspace.channel_limits;
    let name = |id: MemberId| workspace.member(id).map_or("", |member| member.name.as_str());
    let most = limits.per_member;
    if let Some(full) = ids.iter().find(|id| workspace.channel_count_of(**id) >= most) {
        let (reason, why) = match *full == me.id {
            true => {
                let why = format!("Channel limit reached: you are in {most} channels. Leave one first.");
                (Reason::JoinedChannelLimit, why)
            }
            false => {
                let why = format!("Channel limit reached: {} is in {most} channels.", name(*full));
                (Reason::MemberChannelLimit, why)
            }
        };
        return Err(Error::Conflict(reason, why));
    }
    let most = limits.per_creator_and_member;
    let by_me = |id: MemberId| workspace.channels_of(id).filter(|channel| channel.creator_id == me.id).count();
    let mut others = ids.iter().filter(|id| me.role < Role::Admin && **id != me.id);
    match others.find(|id| by_me(**id) >= most) {
        None => Ok(()),
        Some(full) => {
            let why = format!("Channel limit reached: {} is in {most} channels created by you.", name(*full));
            Err(Error::Conflict(Reason::MemberChannelLimit, why))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::channel::add_members::AddChannelMembers;
    use crate::chat::channel::create::CreateChannel;
    use crate::chat::channel::join::JoinChannel;
    use crate::chat::channel::leave::LeaveChannel;
    use crate::chat::channel::open_direct::OpenDirect;
    use crate::ground::clock::Timestamp;
    use crate::ground::id::{AccountId, ChannelId, WorkspaceId};
    use crate::log::{Command, Draft, Facts};
    use crate::model::channel::{ChannelKind, ChannelLimits};
    use crate::model::event::{Body, Event, Skeleton};

    const TEST_LIMITS: ChannelLimits =
        ChannelLimits { per_workspace: 3, per_member: 2, per_creator: 3, per_creator_and_member: 2 };

    /// A workspace that applies decided events.
    struct Fixture {
        workspace: Workspace,
        members: Vec<(AccountId, MemberId)>,
    }

    impl Fixture {
        fn new(count: usize, channel_limits: ChannelLimits) -> Self {
            let mut workspace = Workspace::empty(WorkspaceId::mint());
            workspace.channel_limits = channel_limits;
            let mut fixture = Self { workspace, members: Vec::new() };
            for number in 0..count {
                let (account_id, member_id) = (AccountId::mint(), MemberId::mint());
                let (role, invite_id, avatar_id) = (Role::Member, None, None);
                let joined = Skeleton::MemberJoined { member_id, account_id, role, invite_id, avatar_id };
                let name = Some(format!("m{number}"));
                fixture.apply_all(vec![Draft::by(
                    member_id,
                    joined,
                    Body { handle: name.clone(), name, ..Body::default() },
                )]);
                fixture.members.push((account_id, member_id));
            }
            fixture
        }

        fn apply_all(&mut self, drafts: Vec<Draft>) {
            for Draft { actor_id, skeleton, body } in drafts {
                let (workspace_id, seq) = (self.workspace.id, self.workspace.seq + 1);
                let (at, command_id) = (Timestamp(0), uuid::Uuid::nil());
                let event = Event { workspace_id, seq, at, actor_id, command_id, skeleton, body };
                self.workspace.apply(&event);
            }
        }

        /// Decides a command of a member and applies its events.
        fn submit(&mut self, who: usize, command: &dyn Command) -> Result<()> {
            let drafts = command.decide(self.members[who].0, &self.workspace, &Facts::default())?;
            self.apply_all(drafts);
            Ok(())
        }

        fn create(&mut self, who: usize, name: &str) -> Result<ChannelId> {
            self.create_with(who, name, Vec::new())
        }

        fn create_with(&mut self, who: usize, name: &str, member_ids: Vec<MemberId>) -> Result<ChannelId> {
            let (id, kind) = (ChannelId::mint(), ChannelKind::Public);
            self.submit(who, &CreateChannel::new(id, kind, name, "", member_ids).unwrap()).map(|()| id)
        }

        fn open(&mut self, who: usize, member_ids: Vec<MemberId>) -> Result<()> {
            self.submit(who, &OpenDirect::new(ChannelId::mint(), member_ids).unwrap())
        }

        fn join(&mut self, who: usize, channel_id: ChannelId) -> Result<()> {
            self.submit(who, &JoinChannel { channel_id })
        }

        fn add(&mut self, who: usize, channel_id: ChannelId, member_ids: Vec<MemberId>) -> Result<()> {
            self.submit(who, &AddChannelMembers::new(channel_id, member_ids).unwrap())
        }
    }

    fn is_full(outcome: Result<()>) -> bool {
        matches!(
            outcome,
            Err(Error::Conflict(
                Reason::WorkspaceChannelLimit | Reason::JoinedChannelLimit | Reason::MemberChannelLimit,
                _
            ))
        )
    }

    #[test]
    fn limits_channels_per_workspace() {
        let mut fixture = Fixture::new(3, TEST_LIMITS);
        for (who, name) in ["one", "two", "three"].into_iter().enumerate() {
            fixture.create(who, name).unwrap();
        }
        assert!(is_full(fixture.create(0, "four").map(drop)));
        // Direct channels count only towards the limits of their members.
        let member_ids = vec![fixture.members[1].1];
        fixture.open(0, member_ids).unwrap();
    }

    #[test]
    fn limits_channels_per_member() {
        let mut fixture = Fixture::new(3, TEST_LIMITS);
        let first = fixture.create(0, "one").unwrap();
        fixture.create(0, "two").unwrap();
        assert!(is_full(fixture.create(0, "three").map(drop)));
        let third = fixture.create(1, "three").unwrap();
        assert!(is_full(fixture.join(0, third)), "by joining");
        let (full, free) = (fixture.members[0].1, fixture.members[2].1);
        assert!(is_full(fixture.add(1, third, vec![free, full])), "by being added");
        assert!(is_full(fixture.open(1, vec![full])), "by being messaged");
        // Existing memberships stay valid, and leaving a channel makes room.
        fixture.join(0, first).unwrap();
        fixture.submit(0, &LeaveChannel { channel_id: first }).unwrap();
        fixture.add(1, third, vec![free, full]).unwrap();
    }

    #[test]
    fn limits_channels_per_creator() {
        let limits = ChannelLimits { per_workspace: 9, per_member: 9, per_creator: 2, per_creator_and_member: 2 };
        let mut fixture = Fixture::new(4, limits);
        let ids: Vec<MemberId> = fixture.members.iter().map(|(_, member_id)| *member_id).collect();
        let is_refused = |outcome: Result<ChannelId>| matches!(outcome, Err(Error::Conflict(..)));
        fixture.create_with(0, "one", vec![ids[1]]).unwrap();
        fixture.open(0, vec![ids[1]]).unwrap();
        assert!(is_refused(fixture.create_with(0, "two", vec![ids[1]])), "adds the member again");
        assert!(fixture.open(0, vec![ids[1], ids[2]]).is_err(), "messages the member again");
        // Other members can still reach them, and the limited member can reach others.
        fixture.open(2, vec![ids[1]]).unwrap();
        fixture.create_with(0, "two", vec![ids[2]]).unwrap();
        assert!(is_refused(fixture.create(0, "three")), "exceeds the creator limit");
        fixture.create(3, "three").unwrap();
        let (member_id, role, avatar_id, joined_at) = (ids[0], Role::Admin, None, Timestamp(0));
        fixture.apply_all(vec![Draft::by(
            ids[0],
            Skeleton::MemberUpdated { member_id, role, avatar_id, joined_at },
            Body::default(),
        )]);
        fixture.create_with(0, "four", vec![ids[1]]).unwrap();
    }
}
