//! Tokens: 256 random bits, of which the database holds only the hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// A new token as text.
pub fn mint() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// What is stored of a token. It is random, so one round without a salt is enough.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
