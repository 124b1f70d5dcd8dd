//! The secret key of the server, stored outside the database, and the keys derived from it.
//!
//! Guarantees that read access to the database alone allows neither signing links to files nor creating invite
//! links. Processes with the same secret derive the same keys.

use sha2::{Digest, Sha512};

use crate::adapter::media::signature::{KEY, Signatures};
use crate::ground::config::Config;
use crate::ground::directory;
use crate::ground::error::{Error, Result};
use crate::model::invite::secret_key::InviteSecrets;

/// File name of the key in the data directory.
const KEY_FILE: &str = "media.key";
/// Minimum length of a configured key.
const MIN_KEY_CHARS: usize = 32;
const KEY_TOO_SHORT: &str =
    "CONFAB_MEDIA_KEY is too short: minimum 32 characters. Generate one with: openssl rand -hex 32";
const KEY_NOT_SHARED: &str = "A fleet requires a shared key to sign links to files. Set CONFAB_MEDIA_KEY_FILE \
     to the same file for all processes. Generate its content with: openssl rand -hex 32";

/// The secret key of the server.
pub struct Key([u8; KEY]);

impl Key {
    /// Returns the configured key, or reads it from the data directory, where it is created if missing. In a
    /// fleet that signs no links, each process may use its own temporary key.
    ///
    /// # Errors
    /// Fails if the setting is invalid or missing, or the file cannot be read.
    pub fn open(config: &Config) -> Result<Self> {
        let configured = config.media.key();
        let configured =
            configured.map_err(|error| Error::Unavailable(format!("Cannot read CONFAB_MEDIA_KEY_FILE: {error}.")))?;
        let new = rand::random::<[u8; KEY]>();
        match configured {
            Some(text) if text.len() < MIN_KEY_CHARS => Err(Error::Unavailable(KEY_TOO_SHORT.into())),
            Some(text) => Ok(Self(Sha512::digest(text.as_bytes()).into())),
            None if config.nats.url.is_none() => match stored_key(config, &new) {
                // No persistent links are signed, so an unwritable data directory is not fatal.
                Err(error) if !config.signs_links() => {
                    tracing::warn!(%error, "key cannot be stored; invite links are shown only once");
                    Ok(Self(new))
                }
                stored => stored.map(Self),
            },
            None if config.signs_links() => Err(Error::Unavailable(KEY_NOT_SHARED.into())),
            None => Ok(Self(new)),
        }
    }

    /// Returns the signer of links to files.
    pub fn signatures(&self) -> Signatures {
        Signatures::new(self.0)
    }

    /// Returns the generator of invite secrets. It uses a separate derived key, so no other signature is a
    /// valid invite.
    pub fn invite_secrets(&self) -> InviteSecrets {
        InviteSecrets::new(Sha512::new().chain_update("the secrets of invites").chain_update(self.0).finalize().into())
    }
}

fn stored_key(config: &Config, new: &[u8; KEY]) -> Result<[u8; KEY]> {
    directory::create(&config.store.data)?;
    let stored = directory::read_or_create(&config.store.data.join(KEY_FILE), new)?;
    stored.try_into().map_err(|_| {
        Error::Unavailable(format!("{KEY_FILE} in the data directory is corrupt. Delete it to generate a new key."))
    })
}
