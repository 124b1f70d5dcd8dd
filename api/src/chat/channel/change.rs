//! The event of a changed channel.

use crate::ground::id::MemberId;
use crate::log::Draft;
use crate::model::event::{Body, Skeleton};
use crate::model::workspace::state::Channel;

/// Drafts the event of a change to a public or private channel. A change without effect has none.
pub fn updated(actor: MemberId, channel: &Channel, change: impl FnOnce(&mut Channel)) -> Vec<Draft> {
    let mut after = channel.clone();
    change(&mut after);
    if after == *channel {
        return Vec::new();
    }
    let Channel { id: channel_id, kind: channel_kind, name, topic, created_at, archived_at, .. } = after;
    let skeleton = Skeleton::ChannelUpdated { channel_id, channel_kind, created_at, archived_at };
    vec![Draft::by(actor, skeleton, Body { name: Some(name), topic: Some(topic), ..Body::default() })]
}
