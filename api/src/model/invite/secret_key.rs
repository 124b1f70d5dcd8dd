//! Derives the secrets of invite links from a key outside the database.
//!
//! An invite has the same secret in every process that has the key, so a retried command returns the same link although
//! only its hash is stored.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ground::id::{InviteId, WorkspaceId};

/// Length of the key in bytes.
pub const KEY: usize = 64;
/// Length of a secret in bytes.
pub const SECRET: usize = 16;

/// The key that secrets are derived from.
#[derive(Clone)]
pub struct InviteSecrets([u8; KEY]);

impl std::fmt::Debug for InviteSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("InviteSecrets")
    }
}

impl InviteSecrets {
    /// Uses the key that all processes share.
    pub fn new(key: [u8; KEY]) -> Self {
        Self(key)
    }

    /// Returns the secret of an invite.
    pub fn secret_of(&self, workspace_id: WorkspaceId, invite_id: InviteId) -> [u8; SECRET] {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        mac.update(workspace_id.0.as_bytes());
        mac.update(invite_id.0.as_bytes());
        let (mut secret, whole) = ([0; SECRET], <[u8; 32]>::from(mac.finalize().into_bytes()));
        secret.iter_mut().zip(whole).for_each(|(byte, known)| *byte = known);
        secret
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_secrets_from_key_workspace_and_invite() {
        let (here, there, other) =
            (InviteSecrets::new([7; KEY]), InviteSecrets::new([7; KEY]), InviteSecrets::new([8; KEY]));
        let (workspace, invite) = (WorkspaceId::mint(), InviteId::mint());
        let secret = here.secret_of(workspace, invite);
        assert_eq!(secret, there.secret_of(workspace, invite));
        assert_ne!(secret, other.secret_of(workspace, invite));
        assert_ne!(secret, here.secret_of(workspace, InviteId::mint()));
        assert_ne!(secret, here.secret_of(WorkspaceId::mint(), invite));
    }
}
