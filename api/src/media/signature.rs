//! Links that this server serves itself: what they allow stands in them, and a signature over it.
//!
//! Promises: nothing in a signed link can be changed, and it works until its time and no longer. As with the
//! links of S3, the time is that of the process's clock.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::clock::Moment;
use crate::error::{Error, Result};

/// Bytes of the key.
pub const KEY: usize = 64;

/// Signs links, and checks them.
#[derive(Clone)]
pub struct Signatures([u8; KEY]);

impl std::fmt::Debug for Signatures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signatures")
    }
}

impl Signatures {
    /// With the key that all processes share.
    pub fn new(key: [u8; KEY]) -> Self {
        Self(key)
    }

    /// When a link that is made now ends.
    pub fn end(lifetime: Duration) -> Moment {
        Moment::now().plus_seconds(i64::try_from(lifetime.as_secs()).unwrap_or(i64::MAX))
    }

    /// The signature of what a link allows until its end. `terms` must say all of it, method and path included.
    pub fn sign(&self, terms: &[&str], end: Moment) -> String {
        URL_SAFE_NO_PAD.encode(self.mac(terms, end).finalize().into_bytes())
    }

    /// Checks a link.
    ///
    /// # Errors
    /// `FORBIDDEN` if it has ended or was changed.
    pub fn check(&self, terms: &[&str], end: Moment, signature: &str) -> Result<()> {
        let given = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let is_ours = self.mac(terms, end).verify_slice(&given).is_ok();
        match is_ours && Moment::now() < end {
            true => Ok(()),
            false => Err(Error::Forbidden("This link has ended, or was changed. Ask for a new one.")),
        }
    }

    fn mac(&self, terms: &[&str], end: Moment) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new(&self.0.into());
        for term in terms {
            // The length first, so that no two lists read the same.
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
    fn a_link_allows_what_it_says_and_nothing_else() {
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
        let past = Moment::now().plus_seconds(-1);
        let signature = signatures.sign(&["GET", "/media/a"], past);
        assert!(signatures.check(&["GET", "/media/a"], past, &signature).is_err());
    }
}
