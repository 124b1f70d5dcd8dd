//! What of files is held by a process: the storage, the key of signed links, and what is being checked.

use previews::Tools;
use sha2::{Digest, Sha512};
use tokio::sync::Notify;

use crate::config::Config;
use crate::directory;
use crate::error::{Error, Result};
use crate::file::checking::Checks;
use crate::media::signature::{KEY, Signatures};
use crate::media::storage::Storage;
use crate::media::turns::Turns;

/// The key of links, in the data directory.
const KEY_FILE: &str = "media.key";
/// Characters that a key in the settings has at least.
const KEY_CHARACTERS: usize = 32;
const KEY_TOO_SHORT: &str =
    "CONFAB_MEDIA_KEY must have at least 32 characters. Make it at random: openssl rand -hex 32";
const KEY_NOT_SHARED: &str = "This server is one of a fleet, which signs links to files with one key: set \
     CONFAB_MEDIA_KEY_FILE to a file with the same random text for all processes (openssl rand -hex 32).";
const NOWHERE: &str = "This server is one of a fleet and has no storage for files: set CONFAB_S3_BUCKET, or \
     CONFAB_MEDIA_DIRECTORY to a directory that all processes share.";

/// What of files is held by a process.
pub struct Media {
    storage: Option<Storage>,
    /// Signs the links that this server serves itself.
    pub signatures: Signatures,
    /// Who is putting what.
    pub turns: Turns,
    /// What is being checked.
    pub checks: Checks,
    /// An upload was cancelled here: its bytes may go.
    pub cancelled: Notify,
    /// The programs of this machine that look into files.
    pub tools: Tools,
}

impl Media {
    /// Opens the storage that the settings name.
    ///
    /// # Errors
    /// When the settings are wrong.
    pub fn open(config: &Config) -> Result<Self> {
        let place = config.place_of_media();
        Ok(Self {
            storage: place.map(|place| Storage::open(&config.media, &place)).transpose()?,
            signatures: Signatures::new(key(config)?),
            turns: Turns::default(),
            checks: Checks::default(),
            cancelled: Notify::new(),
            tools: Tools::found_in(&config.media.tools_path),
        })
    }

    /// The storage.
    ///
    /// # Errors
    /// `UNAVAILABLE` where there is none.
    pub fn storage(&self) -> Result<&Storage> {
        self.storage.as_ref().ok_or_else(|| Error::Unavailable(NOWHERE.into()))
    }

    /// Whether files can be had; `None` where there is no storage.
    pub fn is_there(&self) -> Option<bool> {
        self.storage.as_ref().map(|storage| !storage.is_away())
    }
}

/// The key of links: the setting, or a file of the data directory that is made once. Where no link is signed it is
/// nobody's.
fn key(config: &Config) -> Result<[u8; KEY]> {
    let given = config.media.key();
    let given = given.map_err(|error| Error::Unavailable(format!("The file of CONFAB_MEDIA_KEY_FILE: {error}.")))?;
    let new = rand::random::<[u8; KEY]>();
    match given {
        Some(text) if text.len() < KEY_CHARACTERS => Err(Error::Unavailable(KEY_TOO_SHORT.into())),
        Some(text) => Ok(Sha512::digest(text.as_bytes()).into()),
        None if !config.signs_links() => Ok(new),
        None if config.nats.url.is_some() => Err(Error::Unavailable(KEY_NOT_SHARED.into())),
        None => {
            directory::make(&config.store.data)?;
            let kept = directory::kept(&config.store.data.join(KEY_FILE), &new)?;
            kept.try_into()
                .map_err(|_| Error::Unavailable(format!("{KEY_FILE} of the data directory is damaged: remove it.")))
        }
    }
}
