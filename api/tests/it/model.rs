//! Who may see what, counted out by hand: the rules of audiences once more, in the plainest form, for
//! the tests of laws to hold the server against.

use std::collections::{BTreeMap, BTreeSet};

use api::channel::ChannelKind;
use api::event::{Event, Seq, SharedEvent, Skeleton};
use api::id::{ChannelId, MemberId};

type People = BTreeSet<MemberId>;

/// Who is in the workspace and in its channels.
#[derive(Debug, Default)]
pub struct Model {
    pub active: People,
    pub channels: BTreeMap<ChannelId, (ChannelKind, People)>,
}

impl Model {
    /// Takes the next event; answers who sees it.
    pub fn take(&mut self, event: &Event) -> People {
        match &event.skeleton {
            // Nobody has joined yet, but the founder is told how it began.
            Skeleton::WorkspaceCreated => People::from([event.actor()]),
            Skeleton::MemberUpdated { .. }
            | Skeleton::WorkspaceUpdated { .. }
            | Skeleton::EmojiCreated { .. }
            | Skeleton::EmojiDeleted { .. } => self.active.clone(),
            Skeleton::FileUpdated { channel_id: Some(channel_id), .. }
            | Skeleton::FileRemoved { channel_id: Some(channel_id), .. } => self.inside(*channel_id),
            Skeleton::FileUploaded { .. } | Skeleton::FileUpdated { .. } | Skeleton::FileRemoved { .. } => {
                People::from([event.actor()])
            }
            Skeleton::MemberJoined { member_id, .. } => {
                self.active.insert(*member_id);
                self.active.clone()
            }
            Skeleton::MemberLeft { member_id } => self.left(*member_id),
            Skeleton::ChannelCreated { channel_id, channel_kind, member_ids } => {
                let people: People = member_ids.iter().copied().collect();
                self.channels.insert(*channel_id, (*channel_kind, people.clone()));
                if *channel_kind == ChannelKind::Public { self.active.clone() } else { people }
            }
            Skeleton::ChannelJoined { channel_id, member_id, .. } => {
                self.people(*channel_id).insert(*member_id);
                self.inside(*channel_id)
            }
            Skeleton::ChannelLeft { channel_id, member_id, .. } => {
                self.people(*channel_id).remove(member_id);
                let mut told = self.inside(*channel_id);
                told.insert(*member_id);
                told
            }
            Skeleton::MessageSent { channel_id, .. }
            | Skeleton::MessageEdited { channel_id, .. }
            | Skeleton::MessageDeleted { channel_id, .. }
            | Skeleton::ReactionAdded { channel_id, .. }
            | Skeleton::ReactionRemoved { channel_id, .. } => self.inside(*channel_id),
            _ => People::new(),
        }
    }

    fn left(&mut self, member_id: MemberId) -> People {
        let told = self.active.clone();
        self.active.remove(&member_id);
        for (kind, people) in self.channels.values_mut() {
            if *kind != ChannelKind::Direct {
                people.remove(&member_id);
            }
        }
        told
    }

    fn people(&mut self, channel: ChannelId) -> &mut People {
        &mut self.channels.get_mut(&channel).expect("a channel that was created").1
    }

    /// Those in a channel who are in the workspace, too.
    fn inside(&mut self, channel: ChannelId) -> People {
        let active = self.active.clone();
        self.people(channel).intersection(&active).copied().collect()
    }
}

/// The numbers that a member sees in a log, in order.
pub fn visible(events: &[SharedEvent], member: MemberId) -> Vec<Seq> {
    let mut model = Model::default();
    events.iter().filter(|event| model.take(event).contains(&member)).map(|event| event.seq).collect()
}
