//! Signed links to this server. A link states what it permits, and a signature covers all of it.
//!
//! A signed link cannot be modified and is valid only until its expiry. As with S3 links, the expiry is compared to the
//! clock of the process.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::ground::clock::Timestamp;
use crate::ground::error::{Error, Reason, Result};

/// Length of the key in bytes.
pub const KEY: usize = 64;

/// Signs and verifies links.
#[derive(Clone)]
pub struct Signatures([u8; KEY]);

impl std::fmt::Debug for Signatures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signatures")
    }
}

impl Signatures {
    /// Uses the key that all processes share.
    pub fn new(key: [u8; KEY]) -> Self {
        Self(key)
    }

    /// Returns the expiry of a link created now.
    pub fn end(lifetime: Duration) -> Timestamp {
        Timestamp::now().plus_seconds(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX))
    }

    /// Signs what a link permits until its expiry. `terms` must be complete, including method and path.
    pub fn sign(&self, terms: &[&str], end: Timestamp) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(terms, end).finalize().into_bytes())
    }

    /// Verifies a link.
    ///
    /// # Errors
    /// `FORBIDDEN` if it has expired or was modified.
    pub fn check(&self, terms: &[&str], end: Timestamp, signature: &str) -> Result<()> {
        let decoded = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let is_ours = self.mac(terms, end).verify_slice(&decoded).is_ok();
        match is_ours && Timestamp::now() < end {
            true => Ok(()),
            false => {
                Err(Error::Forbidden(Reason::LinkExpired, "The link has expired or is invalid. Request a new one."))
            }
        }
    }

    fn mac(&self, terms: &[&str], end: Timestamp) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        for term in terms {
            // Length-prefixed, so that no two lists of terms have the same encoding.
            mac.update(&(term.len() as u64).to_be_bytes());
            mac.update(term.as_bytes());
        }
        mac.update(&end.0.to_be_bytes());
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_expired_and_modified_links() {
        let signatures = Signatures::new([7; KEY]);
        let end = Signatures::end(Duration::from_secs(60));
        let signature = signatures.sign(&["PUT", "/media/a", "12"], end);
        assert!(signatures.check(&["PUT", "/media/a", "12"], end, &signature).is_ok());
        for terms in [["GET", "/media/a", "12"], ["PUT", "/media/a1", "2"], ["PUT", "/media/a", "13"]] {
            assert!(signatures.check(&terms, end, &signature).is_err(), "{terms:?}");
        }
        let later = end.plus_seconds(1);
        assert!(signatures.check(&["PUT", "/media/a", "12"], later, &signature).is_err());
        assert!(Signatures::new([8; KEY]).check(&["PUT", "/media/a", "12"], end, &signature).is_err());
        let past = Timestamp::now().plus_seconds(-1);
        let signature = signatures.sign(&["GET", "/media/a"], past);
        assert!(signatures.check(&["GET", "/media/a"], past, &signature).is_err());
    }
}
