//! What of files is held by a process: the storage, what signs links, and what is being checked.

use previews::Tools;
use tokio::sync::Notify;

use crate::config::Config;
use crate::error::{Error, Result};
use crate::file::checking::Checks;
use crate::media::signature::Signatures;
use crate::media::storage::Storage;
use crate::media::turns::Turns;

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
    pub fn open(config: &Config, signatures: Signatures) -> Result<Self> {
        let place = config.place_of_media();
        Ok(Self {
            storage: place.map(|place| Storage::open(&config.media, &place)).transpose()?,
            signatures,
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
