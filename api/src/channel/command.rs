//! Commands on channels: create, open a direct one, join, leave, add, remove.

use std::sync::Arc;

use serde::Serialize;

use super::{ChannelKind, DIRECT_MAX, LIMITS, Limits, QUIET_ABOVE};
use crate::error::{Error, Result};
use crate::event::{Body, Skeleton};
use crate::id::{AccountId, ChannelId, MemberId};
use crate::log::command::acting;
use crate::log::{Draft, Facts};
use crate::member::Role;
use crate::workspace::state::{Channel, Member, Workspace};

/// What can be wanted of channels.
#[derive(Debug, Clone, Serialize)]
pub enum Command {
    /// A public or private channel; who creates it is in it, with these members.
    Create {
        channel_id: ChannelId,
        kind: ChannelKind,
        name: String,
        topic: String,
        member_ids: Vec<MemberId>,
    },
    /// The direct channel of the acting member and these; the same people share one.
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
    /// Decides. What is so already does nothing.
    ///
    /// # Errors
    /// `NOT_FOUND` for a channel that the member may not know of, `FORBIDDEN`, `CONFLICT`, `BAD_USER_INPUT`.
    pub fn decide(&self, workspace: &Workspace, _facts: &Facts, account: AccountId) -> Result<Vec<Draft>> {
        self.decide_within(workspace, account, LIMITS)
    }

    fn decide_within(&self, workspace: &Workspace, account: AccountId, limits: Limits) -> Result<Vec<Draft>> {
        let me = acting(workspace, account)?;
        match self {
            Self::Create { channel_id, kind, name, topic, member_ids } => {
                free_id(workspace, *channel_id)?;
                if *kind == ChannelKind::Public && workspace.public_channel(name).is_some() {
                    return Err(Error::Conflict("There is a channel with this name already.".into()));
                }
                may_create(workspace, me, limits)?;
                let member_ids = with(me, present(workspace, member_ids)?);
                have_room(workspace, me, &member_ids, limits)?;
                let skeleton = Skeleton::ChannelCreated { channel_id: *channel_id, channel_kind: *kind, member_ids };
                let body = Body { name: Some(name.clone()), topic: Some(topic.clone()), ..Body::default() };
                Ok(vec![Draft::by(me.id, skeleton, body)])
            }
            Self::OpenDirect { channel_id, member_ids } => {
                let member_ids = with(me, present(workspace, member_ids)?);
                if member_ids.len() > DIRECT_MAX {
                    let why = format!("A direct channel has at most {DIRECT_MAX} people.");
                    return Err(Error::invalid("memberIds", why));
                }
                if workspace.direct(&member_ids).is_some() {
                    return Ok(Vec::new());
                }
                free_id(workspace, *channel_id)?;
                have_room(workspace, me, &member_ids, limits)?;
                let channel_kind = ChannelKind::Direct;
                let skeleton = Skeleton::ChannelCreated { channel_id: *channel_id, channel_kind, member_ids };
                Ok(vec![Draft::by(me.id, skeleton, Body::default())])
            }
            Self::Join { channel_id } => {
                let channel = readable(workspace, me, *channel_id)?;
                joined(workspace, me, channel, &[me.id], limits)
            }
            Self::Leave { channel_id } => {
                let channel = readable(workspace, me, *channel_id)?;
                fixed(channel)?;
                Ok(left(me, channel, me))
            }
            Self::Add { channel_id, member_ids } => {
                let channel = entered(workspace, me, *channel_id)?;
                fixed(channel)?;
                joined(workspace, me, channel, &present(workspace, member_ids)?, limits)
            }
            Self::Remove { channel_id, member_id } => {
                let channel = entered(workspace, me, *channel_id)?;
                fixed(channel)?;
                if me.role < Role::Admin {
                    return Err(Error::Forbidden("Only owners and admins remove people from a channel."));
                }
                if me.id == *member_id {
                    return Err(Error::invalid("memberId", "This is yourself. Leave the channel instead."));
                }
                let member = workspace.member(*member_id).ok_or(Error::NotFound("member"))?;
                Ok(left(me, channel, member))
            }
        }
    }
}

/// The channel, if the member may read it.
///
/// # Errors
/// `NOT_FOUND` otherwise.
pub fn readable<'a>(workspace: &'a Workspace, me: &Member, id: ChannelId) -> Result<&'a Arc<Channel>> {
    let channel = workspace.channel(id).filter(|channel| workspace.may_read(me, channel));
    channel.ok_or(Error::NotFound("channel"))
}

/// The channel, if the member is in it.
///
/// # Errors
/// `NOT_FOUND` if they may not know of it, `FORBIDDEN` if they could join but have not.
pub fn entered<'a>(workspace: &'a Workspace, me: &Member, id: ChannelId) -> Result<&'a Channel> {
    let channel = readable(workspace, me, id)?;
    workspace.is_in(me, channel).then_some(&**channel).ok_or(Error::Forbidden("Join the channel first."))
}

fn free_id(workspace: &Workspace, id: ChannelId) -> Result<()> {
    match workspace.channel(id) {
        None => Ok(()),
        Some(_) => Err(Error::id_taken()),
    }
}

fn fixed(channel: &Channel) -> Result<()> {
    match channel.kind {
        ChannelKind::Direct => Err(Error::Forbidden("The people of a direct channel never change. Open another one.")),
        _ => Ok(()),
    }
}

/// All of them must be in the workspace.
fn present(workspace: &Workspace, ids: &[MemberId]) -> Result<Vec<MemberId>> {
    let known = |id: &MemberId| workspace.member(*id).is_some_and(|member| member.active);
    if !ids.iter().all(known) {
        return Err(Error::NotFound("member"));
    }
    Ok(ids.to_vec())
}

/// The acting member and the others, in ascending order, each once.
fn with(me: &Member, mut ids: Vec<MemberId>) -> Vec<MemberId> {
    ids.push(me.id);
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// One more channel may come, and be created by this member.
fn may_create(workspace: &Workspace, me: &Member, limits: Limits) -> Result<()> {
    let most = limits.of_workspace;
    if workspace.channels_by_name().len() >= most {
        return Err(Error::Conflict(format!("A workspace has at most {most} channels.")));
    }
    let most = limits.of_creator;
    if me.role < Role::Admin && workspace.created_count_of(me.id) >= most {
        let why = format!("A member creates at most {most} channels. Ask an admin to create this one.");
        return Err(Error::Conflict(why));
    }
    Ok(())
}

/// Each of them may be in one more channel.
fn have_room(workspace: &Workspace, me: &Member, ids: &[MemberId], limits: Limits) -> Result<()> {
    let name = |id: MemberId| workspace.member(id).map_or("", |member| member.name.as_str());
    let most = limits.of_member;
    if let Some(full) = ids.iter().find(|id| workspace.channel_count_of(**id) >= most) {
        return Err(Error::Conflict(match *full == me.id {
            true => format!("You are in {most} channels, which is the most. Leave one first."),
            false => format!("{} is in {most} channels, which is the most.", name(*full)),
        }));
    }
    let most = limits.of_pair;
    let by_me = |id: MemberId| workspace.channels_of(id).filter(|channel| channel.creator_id == me.id).count();
    let mut others = ids.iter().filter(|id| me.role < Role::Admin && **id != me.id);
    match others.find(|id| by_me(**id) >= most) {
        None => Ok(()),
        Some(full) => {
            let why = format!("{} is in {most} channels that you created, which is the most.", name(*full));
            Err(Error::Conflict(why))
        }
    }
}

fn joined(
    workspace: &Workspace,
    me: &Member,
    channel: &Channel,
    ids: &[MemberId],
    limits: Limits,
) -> Result<Vec<Draft>> {
    let quiet = channel.members.len() > QUIET_ABOVE;
    let new = |id: &&MemberId| workspace.member(**id).is_some_and(|member| !workspace.is_in(member, channel));
    let mut ids: Vec<MemberId> = ids.iter().filter(new).copied().collect();
    ids.sort_unstable();
    ids.dedup();
    have_room(workspace, me, &ids, limits)?;
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
    let quiet = channel.members.len() > QUIET_ABOVE;
    let skeleton = Skeleton::ChannelLeft { channel_id: channel.id, member_id: member.id, quiet };
    vec![Draft::by(me.id, skeleton, Body::default())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::event::Event;
    use crate::id::WorkspaceId;

    const FEW: Limits = Limits { of_workspace: 3, of_member: 2, of_creator: 3, of_pair: 2 };

    /// A workspace that takes what is decided.
    struct Scene {
        workspace: Workspace,
        people: Vec<(AccountId, MemberId)>,
    }

    impl Scene {
        fn of(people: usize) -> Self {
            let workspace = Workspace::empty(WorkspaceId::mint());
            let mut scene = Self { workspace, people: Vec::new() };
            for number in 0..people {
                let (account_id, member_id) = (AccountId::mint(), MemberId::mint());
                let (role, invite_id, avatar_id) = (Role::Member, None, None);
                let joined = Skeleton::MemberJoined { member_id, account_id, role, invite_id, avatar_id };
                let name = Some(format!("m{number}"));
                scene.take(vec![Draft::by(member_id, joined, Body { handle: name.clone(), name, ..Body::default() })]);
                scene.people.push((account_id, member_id));
            }
            scene
        }

        fn take(&mut self, drafts: Vec<Draft>) {
            for Draft { actor_id, skeleton, body } in drafts {
                let (workspace_id, seq) = (self.workspace.id, self.workspace.seq + 1);
                let (at, command_id) = (Moment(0), uuid::Uuid::nil());
                let event = Event { workspace_id, seq, at, actor_id, command_id, skeleton, body };
                self.workspace.fold(&event);
            }
        }

        fn does(&mut self, who: usize, command: &Command) -> Result<()> {
            self.does_within(who, command, FEW)
        }

        fn does_within(&mut self, who: usize, command: &Command, limits: Limits) -> Result<()> {
            let drafts = command.decide_within(&self.workspace, self.people[who].0, limits)?;
            self.take(drafts);
            Ok(())
        }

        fn create(&mut self, who: usize, name: &str) -> Result<ChannelId> {
            let channel_id = ChannelId::mint();
            let (kind, name, topic) = (ChannelKind::Public, name.to_owned(), String::new());
            self.does(who, &Command::Create { channel_id, kind, name, topic, member_ids: Vec::new() })?;
            Ok(channel_id)
        }
    }

    fn is_full(outcome: Result<()>) -> bool {
        matches!(outcome, Err(Error::Conflict(text)) if text.contains("at most 3") || text.contains("2 channels"))
    }

    #[test]
    fn a_workspace_has_no_more_channels_than_it_may() {
        let mut scene = Scene::of(3);
        for (who, name) in ["one", "two", "three"].into_iter().enumerate() {
            scene.create(who, name).unwrap();
        }
        assert!(is_full(scene.create(0, "four").map(drop)));
        // Direct ones are counted with their people alone.
        let member_ids = vec![scene.people[1].1];
        scene.does(0, &Command::OpenDirect { channel_id: ChannelId::mint(), member_ids }).unwrap();
    }

    #[test]
    fn nobody_is_in_more_channels_than_they_may() {
        let mut scene = Scene::of(3);
        let first = scene.create(0, "one").unwrap();
        scene.create(0, "two").unwrap();
        assert!(is_full(scene.create(0, "three").map(drop)));
        let third = scene.create(1, "three").unwrap();
        assert!(is_full(scene.does(0, &Command::Join { channel_id: third })), "by joining");
        let (full, free) = (scene.people[0].1, scene.people[2].1);
        let add = Command::Add { channel_id: third, member_ids: vec![free, full] };
        assert!(is_full(scene.does(1, &add)), "by being added");
        let open = Command::OpenDirect { channel_id: ChannelId::mint(), member_ids: vec![full] };
        assert!(is_full(scene.does(1, &open)), "by being written to");
        // What they are in already stays open to them, and who leaves one has room again.
        scene.does(0, &Command::Join { channel_id: first }).unwrap();
        scene.does(0, &Command::Leave { channel_id: first }).unwrap();
        scene.does(1, &add).unwrap();
    }

    #[test]
    fn one_member_uses_up_neither_the_workspace_nor_another() {
        let limits = Limits { of_workspace: 9, of_member: 9, of_creator: 2, of_pair: 2 };
        let mut scene = Scene::of(4);
        let ids: Vec<MemberId> = scene.people.iter().map(|(_, member_id)| *member_id).collect();
        let create = |name: &str, member_ids: Vec<MemberId>| {
            let (channel_id, kind, name) = (ChannelId::mint(), ChannelKind::Private, name.to_owned());
            Command::Create { channel_id, kind, name, topic: String::new(), member_ids }
        };
        let open = |member_ids| Command::OpenDirect { channel_id: ChannelId::mint(), member_ids };
        let is_refused = |outcome: Result<()>| matches!(outcome, Err(Error::Conflict(_)));
        scene.does_within(0, &create("one", vec![ids[1]]), limits).unwrap();
        scene.does_within(0, &open(vec![ids[1]]), limits).unwrap();
        assert!(is_refused(scene.does_within(0, &create("two", vec![ids[1]]), limits)), "put there once more");
        assert!(is_refused(scene.does_within(0, &open(vec![ids[1], ids[2]]), limits)), "written to once more");
        // Others can still reach them, and the one who may no more can reach others.
        scene.does_within(2, &open(vec![ids[1]]), limits).unwrap();
        scene.does_within(0, &create("two", vec![ids[2]]), limits).unwrap();
        assert!(is_refused(scene.does_within(0, &create("three", Vec::new()), limits)), "two are theirs already");
        scene.does_within(3, &create("three", Vec::new()), limits).unwrap();
        let (member_id, role, avatar_id) = (ids[0], Role::Admin, None);
        scene.take(vec![Draft::by(ids[0], Skeleton::MemberUpdated { member_id, role, avatar_id }, Body::default())]);
        scene.does_within(0, &create("four", vec![ids[1]]), limits).unwrap();
    }
}
