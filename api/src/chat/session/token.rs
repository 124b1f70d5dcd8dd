//! Session tokens: 256 random bits. The database stores only their hash.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// Generates a token.
pub fn mint() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>())
}

/// Returns the hash of a token for storage. Tokens are random, so one unsalted round is sufficient.
pub fn hash(token: &str) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}
