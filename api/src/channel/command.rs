//! Commands on channels: create, open a direct one, join, leave, add, remove.

use std::sync::Arc;

use serde::Serialize;

use super::{ChannelKind, ChannelLimits, DIRECT_MAX, LIMITS, QUIET_MEMBERSHIP_THRESHOLD};
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, ChannelId, MemberId};
use crate::log::command::require_member;
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::workspace::state::{Channel, Member, Workspace};

/// A command on channels.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// Creates a public or private channel with the acting member and these members.
    Create {
        channel_id: ChannelId,
        kind: ChannelKind,
        name: String,
        topic: String,
        member_ids: Vec<MemberId>,
    },
    /// Opens the direct channel of the acting member and these members. A set of members has exactly one.
    OpenDirect {
        channel_id: ChannelId,
        member_ids: Vec<MemberId>,
    },
    Join {
        channel_id: ChannelId,
    },
    Leave {
        channel_id: ChannelId,
    },
    Add {
        channel_id: ChannelId,
        member_ids: Vec<MemberId>,
    },
    Remove {
        channel_id: ChannelId,
        member_id: MemberId,
    },
}

impl Command {
    /// Decides the command. A command whose effect is already in place yields no events.
    ///
    /// # Errors
    /// `NOT_FOUND` for a channel that is not visible to the member, `FORBIDDEN`, `CONFLICT`, `BAD_USER_INPUT`.
    pub fn decide(&self, workspace: &Workspace, _facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        self.decide_within(workspace, account, LIMITS)
    }

    fn decide_within(&self, workspace: &Workspace, account: AccountId, limits: ChannelLimits) -> Result<Vec<Draft>> {
        let me = require_member(workspace, account)?;
        match self {
            Self::Create { channel_id, kind, name, topic, member_ids } => {
                require_unused_id(workspace, *channel_id)?;
                if *kind == ChannelKind::Public && workspace.public_channel(name).is_some() {
                    return Err(Error::Conflict("A channel with this name already exists.".into()));
                }
                require_can_create(workspace, me, limits)?;
                let member_ids = with(me, require_active_members(workspace, member_ids)?);
                require_room(workspace, me, &member_ids, limits)?;
                let skeleton = Skeleton::ChannelCreated { channel_id: *channel_id, channel_kind: *kind, member_ids };
                let body = Body { name: Some(name.clone()), topic: Some(topic.clone()), ..Body::default() };
                Ok(vec![Draft::by(me.id, skeleton, body)])
            }
            Self::OpenDirect { channel_id, member_ids } => {
                let member_ids = with(me, require_active_members(workspace, member_ids)?);
                if member_ids.len() > DIRECT_MAX {
                    let why = format!("Too many members: a direct channel has at most {DIRECT_MAX}, including you.");
                    return Err(Error::invalid("memberIds", why));
                }
                if workspace.direct(&member_ids).is_some() {
                    return Ok(Vec::new());
                }
                require_unused_id(workspace, *channel_id)?;
                require_room(workspace, me, &member_ids, limits)?;
                let channel_kind = ChannelKind::Direct;
                let skeleton = Skeleton::ChannelCreated { channel_id: *channel_id, channel_kind, member_ids };
                Ok(vec![Draft::by(me.id, skeleton, Body::default())])
            }
            Self::Join { channel_id } => {
                let channel = require_readable(workspace, me, *channel_id)?;
                joined(workspace, me, channel, &[me.id], limits)
            }
            Self::Leave { channel_id } => {
                let channel = require_readable(workspace, me, *channel_id)?;
                require_not_direct(channel)?;
                Ok(left(me, channel, me))
            }
            Self::Add { channel_id, member_ids } => {
                let channel = require_joined(workspace, me, *channel_id)?;
                require_not_direct(channel)?;
                joined(workspace, me, channel, &require_active_members(workspace, member_ids)?, limits)
            }
            Self::Remove { channel_id, member_id } => {
                let channel = require_joined(workspace, me, *channel_id)?;
                require_not_direct(channel)?;
                if me.role < Role::Admin {
                    return Err(Error::Forbidden("Only owners and admins can remove members from a channel."));
                }
                if me.id == *member_id {
                    return Err(Error::invalid("memberId", "You cannot remove yourself. Use leaveChannel."));
                }
                let member = workspace.member(*member_id).ok_or(Error::NotFound("member"))?;
                Ok(left(me, channel, member))
            }
        }
    }
}

/// Returns the channel, if the member may read it.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub fn require_readable<'a>(workspace: &'a Workspace, me: &Member, id: ChannelId) -> Result<&'a Arc<Channel>> {
    let channel = workspace.channel(id).filter(|channel| workspace.may_read(me, channel));
    channel.ok_or(Error::NotFound("channel"))
}

/// Returns the channel, if the member has joined it.
///
/// # Errors
/// `NOT_FOUND` if it is not visible to the member, `FORBIDDEN` if they can join but have not.
pub fn require_joined<'a>(workspace: &'a Workspace, me: &Member, id: ChannelId) -> Result<&'a Channel> {
    let channel = require_readable(workspace, me, id)?;
    let not_in = Error::Forbidden("You are not a member of this channel. Join it first.");
    workspace.is_in(me, channel).then_some(&**channel).ok_or(not_in)
}

fn require_unused_id(workspace: &Workspace, id: ChannelId) -> Result<()> {
    match workspace.channel(id) {
        None => Ok(()),
        Some(_) => Err(Error::id_taken()),
    }
}

fn require_not_direct(channel: &Channel) -> Result<()> {
    match channel.kind {
        ChannelKind::Direct => {
            Err(Error::Forbidden("The members of a direct channel cannot be changed. Open another direct channel."))
        }
        _ => Ok(()),
    }
}

/// Requires that all of them are active members of the workspace.
fn require_active_members(workspace: &Workspace, ids: &[MemberId]) -> Result<Vec<MemberId>> {
    let known = |id: &MemberId| workspace.member(*id).is_some_and(|member| member.active);
    if !ids.iter().all(known) {
        return Err(Error::NotFound("member"));
    }
    Ok(ids.to_vec())
}

/// Returns the acting member and the others, sorted and without duplicates.
fn with(me: &Member, mut ids: Vec<MemberId>) -> Vec<MemberId> {
    ids.push(me.id);
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Requires that the limits allow the member to create one more channel.
fn require_can_create(workspace: &Workspace, me: &Member, limits: ChannelLimits) -> Result<()> {
    let most = limits.per_workspace;
    if workspace.channels_by_name().len() >= most {
        let why = format!("Channel limit reached: {most} public and private channels per workspace.");
        return Err(Error::Conflict(why));
    }
    let most = limits.per_creator;
    if me.role < Role::Admin && workspace.created_count_of(me.id) >= most {
        let why = format!("Channel limit reached: a member can create {most} channels. Ask an admin to create it.");
        return Err(Error::Conflict(why));
    }
    Ok(())
}

/// Requires that the limits allow each of these members to be in one more channel.
fn require_room(workspace: &Workspace, me: &Member, ids: &[MemberId], limits: ChannelLimits) -> Result<()> {
    let name = |id: MemberId| workspace.member(id).map_or("", |member| member.name.as_str());
    let most = limits.per_member;
    if let Some(full) = ids.iter().find(|id| workspace.channel_count_of(**id) >= most) {
        return Err(Error::Conflict(match *full == me.id {
            true => format!("Channel limit reached: you are in {most} channels. Leave one first."),
            false => format!("Channel limit reached: {} is in {most} channels.", name(*full)),
        }));
    }
    let most = limits.per_creator_and_member;
    let by_me = |id: MemberId| workspace.channels_of(id).filter(|channel| channel.creator_id == me.id).count();
    let mut others = ids.iter().filter(|id| me.role < Role::Admin && **id != me.id);
    match others.find(|id| by_me(**id) >= most) {
        None => Ok(()),
        Some(full) => {
            let why = format!("Channel limit reached: {} is in {most} channels created by you.", name(*full));
            Err(Error::Conflict(why))
        }
    }
}

fn joined(
    workspace: &Workspace,
    me: &Member,
    channel: &Channel,
    ids: &[MemberId],
    limits: ChannelLimits,
) -> Result<Vec<Draft>> {
    let quiet = channel.members.len() > QUIET_MEMBERSHIP_THRESHOLD;
    let new = |id: &&MemberId| workspace.member(**id).is_some_and(|member| !workspace.is_in(member, channel));
    let mut ids: Vec<MemberId> = ids.iter().filter(new).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    require_room(workspace, me, &ids, limits)?;
    let joined = |member_id| {
        let skeleton = Skeleton::ChannelJoined {
            channel_id: channel.id,
            channel_kind: channel.kind,
            member_id,
            created_at: channel.created_at,
            quiet,
        };
        let body = Body { name: Some(channel.name.clone()), topic: Some(channel.topic.clone()), ..Body::default() };
        Draft::by(me.id, skeleton, body)
    };
    Ok(ids.into_iter().map(joined).collect())
}

fn left(me: &Member, channel: &Channel, member: &Member) -> Vec<Draft> {
    if !channel.members.contains(member.number) {
        return Vec::new();
    }
    let quiet = channel.members.len() > QUIET_MEMBERSHIP_THRESHOLD;
    let skeleton = Skeleton::ChannelLeft { channel_id: channel.id, member_id: member.id, quiet };
    vec![Draft::by(me.id, skeleton, Body::default())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::event::Event;
    use crate::id::WorkspaceId;

    const TEST_LIMITS: ChannelLimits =
        ChannelLimits { per_workspace: 3, per_member: 2, per_creator: 3, per_creator_and_member: 2 };

    /// A workspace that applies decided events.
    struct Fixture {
        workspace: Workspace,
        members: Vec<(AccountId, MemberId)>,
    }

    impl Fixture {
        fn with_members(count: usize) -> Self {
            let workspace = Workspace::empty(WorkspaceId::mint());
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

        fn submit(&mut self, who: usize, command: &Command) -> Result<()> {
            self.submit_within(who, command, TEST_LIMITS)
        }

        fn submit_within(&mut self, who: usize, command: &Command, limits: ChannelLimits) -> Result<()> {
            let drafts = command.decide_within(&self.workspace, self.members[who].0, limits)?;
            self.apply_all(drafts);
            Ok(())
        }

        fn create(&mut self, who: usize, name: &str) -> Result<ChannelId> {
            let channel_id = ChannelId::mint();
            let (kind, name, topic) = (ChannelKind::Public, name.to_owned(), String::new());
            self.submit(who, &Command::Create { channel_id, kind, name, topic, member_ids: Vec::new() })?;
            Ok(channel_id)
        }
    }

    fn is_full(outcome: Result<()>) -> bool {
        matches!(outcome, Err(Error::Conflict(text)) if text.contains("3 public") || text.contains("2 channels"))
    }

    #[test]
    fn limits_channels_per_workspace() {
        let mut fixture = Fixture::with_members(3);
        for (who, name) in ["one", "two", "three"].into_iter().enumerate() {
            fixture.create(who, name).unwrap();
        }
        assert!(is_full(fixture.create(0, "four").map(drop)));
        // Direct channels count only towards the limits of their members.
        let member_ids = vec![fixture.members[1].1];
        fixture.submit(0, &Command::OpenDirect { channel_id: ChannelId::mint(), member_ids }).unwrap();
    }

    #[test]
    fn limits_channels_per_member() {
        let mut fixture = Fixture::with_members(3);
        let first = fixture.create(0, "one").unwrap();
        fixture.create(0, "two").unwrap();
        assert!(is_full(fixture.create(0, "three").map(drop)));
        let third = fixture.create(1, "three").unwrap();
        assert!(is_full(fixture.submit(0, &Command::Join { channel_id: third })), "by joining");
        let (full, free) = (fixture.members[0].1, fixture.members[2].1);
        let add = Command::Add { channel_id: third, member_ids: vec![free, full] };
        assert!(is_full(fixture.submit(1, &add)), "by being added");
        let open = Command::OpenDirect { channel_id: ChannelId::mint(), member_ids: vec![full] };
        assert!(is_full(fixture.submit(1, &open)), "by being messaged");
        // Existing memberships stay valid, and leaving a channel makes room.
        fixture.submit(0, &Command::Join { channel_id: first }).unwrap();
        fixture.submit(0, &Command::Leave { channel_id: first }).unwrap();
        fixture.submit(1, &add).unwrap();
    }

    #[test]
    fn limits_channels_per_creator() {
        let limits = ChannelLimits { per_workspace: 9, per_member: 9, per_creator: 2, per_creator_and_member: 2 };
        let mut fixture = Fixture::with_members(4);
        let ids: Vec<MemberId> = fixture.members.iter().map(|(_, member_id)| *member_id).collect();
        let create = |name: &str, member_ids: Vec<MemberId>| {
            let (channel_id, kind, name) = (ChannelId::mint(), ChannelKind::Private, name.to_owned());
            Command::Create { channel_id, kind, name, topic: String::new(), member_ids }
        };
        let open = |member_ids| Command::OpenDirect { channel_id: ChannelId::mint(), member_ids };
        let is_refused = |outcome: Result<()>| matches!(outcome, Err(Error::Conflict(_)));
        fixture.submit_within(0, &create("one", vec![ids[1]]), limits).unwrap();
        fixture.submit_within(0, &open(vec![ids[1]]), limits).unwrap();
        assert!(is_refused(fixture.submit_within(0, &create("two", vec![ids[1]]), limits)), "adds the member again");
        assert!(is_refused(fixture.submit_within(0, &open(vec![ids[1], ids[2]]), limits)), "messages the member again");
        // Other members can still reach them, and the limited member can reach others.
        fixture.submit_within(2, &open(vec![ids[1]]), limits).unwrap();
        fixture.submit_within(0, &create("two", vec![ids[2]]), limits).unwrap();
        assert!(
            is_refused(fixture.submit_within(0, &create("three", Vec::new()), limits)),
            "exceeds the creator limit"
        );
        fixture.submit_within(3, &create("three", Vec::new()), limits).unwrap();
        let (member_id, role, avatar_id) = (ids[0], Role::Admin, None);
        fixture.apply_all(vec![Draft::by(
            ids[0],
            Skeleton::MemberUpdated { member_id, role, avatar_id },
            Body::default(),
        )]);
        fixture.submit_within(0, &create("four", vec![ids[1]]), limits).unwrap();
    }
}
