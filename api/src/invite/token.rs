//! The token of an invite link: workspace, invite and secret in one opaque text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::id::{InviteId, WorkspaceId};
use crate::media::signature::KEY;

/// Makes the secrets of links out of a key that is not in the database. The same invite has the same secret at every
/// process that has the key, so a command that is sent again is answered with the same link, although only its hash is
/// stored.
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

    /// The token of an invite.
    pub fn token(&self, workspace_id: WorkspaceId, invite_id: InviteId) -> Token {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        mac.update(workspace_id.0.as_bytes());
        mac.update(invite_id.0.as_bytes());
        let (mut secret, whole) = ([0; 16], <[u8; 32]>::from(mac.finalize().into_bytes()));
        secret.iter_mut().zip(whole).for_each(|(byte, known)| *byte = known);
        Token { workspace_id, invite_id, secret }
    }
}

/// What a token names.
#[derive(Debug, PartialEq, Eq)]
pub struct Token {
    pub workspace_id: WorkspaceId,
    pub invite_id: InviteId,
    secret: [u8; 16],
}

/// The characters of a token: 48 bytes in Base64.
const LENGTH: usize = 64;
/// The most bytes of a whole link.
const LINK_MAX: usize = 2048;

impl Token {
    /// What is stored of the secret. Nobody guesses its 128 bits, so one round without a salt is enough.
    pub fn secret_hash(&self) -> Vec<u8> {
        Sha256::digest(self.secret).to_vec()
    }

    /// Whether this is the stored hash of its secret.
    pub fn is_of(&self, secret_hash: &[u8]) -> bool {
        self.secret_hash().ct_eq(secret_hash).into()
    }

    /// The text in the link.
    pub fn write(&self) -> String {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend(self.workspace_id.0.as_bytes());
        bytes.extend(self.invite_id.0.as_bytes());
        bytes.extend(self.secret);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a link's text, or the whole link.
    ///
    /// # Errors
    /// `NOT_FOUND`: a wrong token is answered as an unknown one.
    pub fn read(text: &str) -> Result<Self> {
        let unknown = || Error::NotFound("invite");
        if text.len() > LINK_MAX {
            return Err(unknown());
        }
        let text = text.rsplit('/').next().filter(|text| text.len() == LENGTH).ok_or_else(unknown)?;
        let bytes: [u8; 48] =
            URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(unknown)?;
        let (workspace, rest) = bytes.split_first_chunk::<16>().ok_or_else(unknown)?;
        let (invite, rest) = rest.split_first_chunk::<16>().ok_or_else(unknown)?;
        let secret = *rest.first_chunk::<16>().ok_or_else(unknown)?;
        let workspace_id = WorkspaceId(Uuid::from_bytes(*workspace));
        if workspace_id == WorkspaceId::SERVER {
            return Err(unknown());
        }
        Ok(Self { workspace_id, invite_id: InviteId(Uuid::from_bytes(*invite)), secret })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_alone_and_in_a_link() {
        let token = Secrets::new([7; KEY]).token(WorkspaceId::mint(), InviteId::mint());
        let text = token.write();
        assert_eq!(Token::read(&text).unwrap(), token);
        assert_eq!(Token::read(&format!("https://chat.example.org/invite/{text}")).unwrap(), token);
        assert!(Token::read("").is_err());
        assert!(Token::read(&text[1..]).is_err());
        assert!(Token::read(&format!("{}/{text}", "x".repeat(LINK_MAX))).is_err());
    }

    #[test]
    fn each_invite_has_a_secret_that_only_the_key_tells() {
        let (here, there, other) = (Secrets::new([7; KEY]), Secrets::new([7; KEY]), Secrets::new([8; KEY]));
        let (workspace, invite) = (WorkspaceId::mint(), InviteId::mint());
        let token = here.token(workspace, invite);
        assert_eq!(token, there.token(workspace, invite));
        for different in [other.token(workspace, invite), here.token(workspace, InviteId::mint())] {
            assert_ne!(token.secret, different.secret);
        }
        assert_ne!(token.secret, here.token(WorkspaceId::mint(), invite).secret);
    }
}
