//! A reference model of visibility: the rules of audiences in their plainest form, to compare the server with.

use std::collections::{BTreeMap, BTreeSet};

use api::ground::id::{ChannelId, MemberId};
use api::model::channel::ChannelKind;
use api::model::event::{Event, Seq, SharedEvent, Skeleton};

type Members = BTreeSet<MemberId>;

/// The members of a workspace and of its channels.
#[derive(Debug, Default)]
pub struct VisibilityModel {
    pub active: Members,
    pub channels: BTreeMap<ChannelId, (ChannelKind, Members)>,
}

impl VisibilityModel {
    /// Applies the next event. Returns who may see it.
    pub fn apply(&mut self, event: &Event) -> Members {
        match &event.skeleton {
            // No member has joined yet, but the founder receives this event.
            Skeleton::WorkspaceCreated => Members::from([event.actor()]),
            Skeleton::MemberUpdated { .. }
            | Skeleton::WorkspaceUpdated { .. }
            | Skeleton::EmojiCreated { .. }
            | Skeleton::EmojiDeleted { .. } => self.active.clone(),
            Skeleton::FileUpdated { channel_id: Some(channel_id), .. }
            | Skeleton::FileRemoved { channel_id: Some(channel_id), .. } => self.active_members(*channel_id),
            Skeleton::FileUploaded { .. } | Skeleton::FileUpdated { .. } | Skeleton::FileRemoved { .. } => {
                Members::from([event.actor()])
            }
            Skeleton::MemberJoined { member_id, .. } => {
                self.active.insert(*member_id);
                self.active.clone()
            }
            Skeleton::MemberLeft { member_id } => self.left(*member_id),
            Skeleton::ChannelCreated { channel_id, channel_kind, member_ids } => {
                let members: Members = member_ids.iter().copied().collect();
                self.channels.insert(*channel_id, (*channel_kind, members.clone()));
                if *channel_kind == ChannelKind::Public { self.active.clone() } else { members }
            }
            Skeleton::ChannelUpdated { channel_id, .. } => match self.channels[channel_id].0 {
                ChannelKind::Public => self.active.clone(),
                ChannelKind::Private | ChannelKind::Direct => self.active_members(*channel_id),
            },
            Skeleton::ChannelJoined { channel_id, member_id, .. } => {
                self.channel_members(*channel_id).insert(*member_id);
                self.active_members(*channel_id)
            }
            Skeleton::ChannelLeft { channel_id, member_id, .. } => {
                self.channel_members(*channel_id).remove(member_id);
                let mut audience = self.active_members(*channel_id);
                audience.insert(*member_id);
                audience
            }
            Skeleton::MessageSent { channel_id, .. }
            | Skeleton::MessageEdited { channel_id, .. }
            | Skeleton::MessageDeleted { channel_id, .. }
            | Skeleton::ReactionAdded { channel_id, .. }
            | Skeleton::ReactionRemoved { channel_id, .. } => self.active_members(*channel_id),
            _ => Members::new(),
        }
    }

    fn left(&mut self, member_id: MemberId) -> Members {
        let audience = self.active.clone();
        self.active.remove(&member_id);
        for (kind, members) in self.channels.values_mut() {
            if *kind != ChannelKind::Direct {
                members.remove(&member_id);
            }
        }
        audience
    }

    fn channel_members(&mut self, channel: ChannelId) -> &mut Members {
        &mut self.channels.get_mut(&channel).expect("a known channel").1
    }

    /// Members of a channel who are active in the workspace.
    fn active_members(&mut self, channel: ChannelId) -> Members {
        let active = self.active.clone();
        self.channel_members(channel).intersection(&active).copied().collect()
    }
}

/// The sequence numbers of a log that a member may see, in order.
pub fn visible_seqs(events: &[SharedEvent], member: MemberId) -> Vec<Seq> {
    let mut model = VisibilityModel::default();
    events.iter().filter(|event| model.apply(event).contains(&member)).map(|event| event.seq).collect()
}
