//! The key of the server, which is kept outside of the database, and what is derived from it.
//!
//! Promises: who reads the database alone can neither sign a link to a file nor make the link of an invite. All
//! processes that are given one key make the same of it.

use sha2::{Digest, Sha512};

use crate::config::Config;
use crate::directory;
use crate::error::{Error, Result};
use crate::invite::minting::Secrets;
use crate::media::signature::{KEY, Signatures};

/// The key, in the data directory.
const KEY_FILE: &str = "media.key";
/// Characters that a key in the settings has at least.
const KEY_CHARACTERS: usize = 32;
const KEY_TOO_SHORT: &str =
    "CONFAB_MEDIA_KEY must have at least 32 characters. Make it at random: openssl rand -hex 32";
const KEY_NOT_SHARED: &str = "This server is one of a fleet, which signs links to files with one key: set \
     CONFAB_MEDIA_KEY_FILE to a file with the same random text for all processes (openssl rand -hex 32).";

/// The key of the server.
pub struct Key([u8; KEY]);

impl Key {
    /// The setting, or a file of the data directory that is made once. A fleet that needs none may share none: then
    /// each process has its own until it ends.
    ///
    /// # Errors
    /// When the setting is wrong or missing, or the file cannot be read.
    pub fn open(config: &Config) -> Result<Self> {
        let given = config.media.key();
        let given =
            given.map_err(|error| Error::Unavailable(format!("The file of CONFAB_MEDIA_KEY_FILE: {error}.")))?;
        let new = rand::random::<[u8; KEY]>();
        match given {
            Some(text) if text.len() < KEY_CHARACTERS => Err(Error::Unavailable(KEY_TOO_SHORT.into())),
            Some(text) => Ok(Self(Sha512::digest(text.as_bytes()).into())),
            None if config.nats.url.is_none() => match kept(config, &new) {
                // Nothing that lasts is signed here: a data directory that cannot be written stops nothing.
                Err(error) if !config.signs_links() => {
                    tracing::warn!(%error, "no key is kept: invite links are shown once only");
                    Ok(Self(new))
                }
                kept => kept.map(Self),
            },
            None if config.signs_links() => Err(Error::Unavailable(KEY_NOT_SHARED.into())),
            None => Ok(Self(new)),
        }
    }

    /// What signs links to files.
    pub fn signatures(&self) -> Signatures {
        Signatures::new(self.0)
    }

    /// What makes the secrets of invites: by a key of their own, so that nothing signed elsewhere is one of them.
    pub fn invite_secrets(&self) -> Secrets {
        Secrets::new(Sha512::new().chain_update("the secrets of invites").chain_update(self.0).finalize().into())
    }
}

fn kept(config: &Config, new: &[u8; KEY]) -> Result<[u8; KEY]> {
    directory::make(&config.store.data)?;
    let kept = directory::kept(&config.store.data.join(KEY_FILE), new)?;
    kept.try_into().map_err(|_| Error::Unavailable(format!("{KEY_FILE} of the data directory is damaged: remove it.")))
}
