//! The token of an invite link: workspace, invite and secret as one opaque string.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use uuid::Uuid;

use crate::ground::error::{Error, Result};
use crate::ground::id::{InviteId, WorkspaceId};
use crate::model::invite::secret_key::{InviteSecrets, SECRET};

/// A decoded token.
#[derive(Debug, PartialEq, Eq)]
pub struct Token {
    pub workspace_id: WorkspaceId,
    pub invite_id: InviteId,
    secret: [u8; SECRET],
}

/// Length of an encoded token in characters: 48 bytes in Base64.
const LENGTH: usize = 64;
/// Maximum length of a link in bytes.
const MAX_LINK_BYTES: usize = 2048;

impl Token {
    /// Returns the token of an invite.
    pub fn new(secrets: &InviteSecrets, workspace_id: WorkspaceId, invite_id: InviteId) -> Self {
        Self { workspace_id, invite_id, secret: secrets.secret_of(workspace_id, invite_id) }
    }

    /// Returns the hash of the secret for storage. The secret has 128 random bits, so one unsalted round is sufficient.
    pub fn secret_hash(&self) -> Vec<u8> {
        Sha256::digest(self.secret).to_vec()
    }

    /// Returns whether a stored hash is that of the secret, in constant time.
    pub fn matches(&self, secret_hash: &[u8]) -> bool {
        self.secret_hash().ct_eq(secret_hash).into()
    }

    /// Encodes the token for the link.
    pub fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend(self.workspace_id.0.as_bytes());
        bytes.extend(self.invite_id.0.as_bytes());
        bytes.extend(self.secret);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Parses a token, or a whole link.
    ///
    /// # Errors
    /// `NOT_FOUND`: a malformed token is treated as an unknown one.
    pub fn parse(text: &str) -> Result<Self> {
        let unknown = || Error::NotFound("invite");
        if text.len() > MAX_LINK_BYTES {
            return Err(unknown());
        }
        let text = text.rsplit('/').next().filter(|text| text.len() == LENGTH).ok_or_else(unknown)?;
        let bytes: [u8; 48] =
            URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| bytes.try_into().ok()).ok_or_else(unknown)?;
        let (workspace, rest) = bytes.split_first_chunk::<16>().ok_or_else(unknown)?;
        let (invite, rest) = rest.split_first_chunk::<16>().ok_or_else(unknown)?;
        let secret = *rest.first_chunk::<SECRET>().ok_or_else(unknown)?;
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
    use crate::model::invite::secret_key::KEY;

    #[test]
    fn parses_tokens_and_links() {
        let token = Token::new(&InviteSecrets::new([7; KEY]), WorkspaceId::mint(), InviteId::mint());
        let text = token.encode();
        assert_eq!(Token::parse(&text).unwrap(), token);
        assert_eq!(Token::parse(&format!("https://chat.example.org/invite/{text}")).unwrap(), token);
        assert!(Token::parse("").is_err());
        assert!(Token::parse(&text[1..]).is_err());
        assert!(Token::parse(&format!("{}/{text}", "x".repeat(MAX_LINK_BYTES))).is_err());
    }
}
