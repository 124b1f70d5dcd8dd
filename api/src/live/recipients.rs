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
