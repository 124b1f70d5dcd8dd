//! Makes the secrets of invite links out of a key that is not in the database.
//!
//! The same invite has the same secret at every process that has the key, so a command that is sent again is answered
//! with the same link, although only its hash is stored.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::id::{InviteId, WorkspaceId};

/// Bytes of the key.
pub const KEY: usize = 64;
/// Bytes of a secret.
pub const SECRET: usize = 16;

/// The key by which secrets are made.
#[derive(Clone)]
pub struct Secrets([u8; KEY]);

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets")
    }
}

impl Secrets {
    /// With the key that all processes share.
    pub fn new(key: [u8; KEY]) -> Self {
        Self(key)
    }

    /// The secret of an invite.
    pub fn of(&self, workspace_id: WorkspaceId, invite_id: InviteId) -> [u8; SECRET] {
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
    fn each_invite_has_a_secret_that_only_the_key_tells() {
        let (here, there, other) = (Secrets::new([7; KEY]), Secrets::new([7; KEY]), Secrets::new([8; KEY]));
        let (workspace, invite) = (WorkspaceId::mint(), InviteId::mint());
        let secret = here.of(workspace, invite);
        assert_eq!(secret, there.of(workspace, invite));
        assert_ne!(secret, other.of(workspace, invite));
        assert_ne!(secret, here.of(workspace, InviteId::mint()));
        assert_ne!(secret, here.of(WorkspaceId::mint(), invite));
    }
}
