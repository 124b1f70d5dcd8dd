//! The services of a process for files: storage, signed links, running uploads and checks.

use previews::Tools;
use tokio::sync::Notify;

use crate::adapter::media::part_permits::PartPermits;
use crate::adapter::media::signature::Signatures;
use crate::adapter::media::storage::Storage;
use crate::app::file_checks::Checks;
use crate::ground::config::Config;
use crate::ground::error::{Error, Result};

const NOT_CONFIGURED: &str = "File storage is not configured. Set CONFAB_S3_BUCKET, or CONFAB_MEDIA_DIRECTORY to \
     a directory that all processes share.";

/// The services of a process for files.
pub struct Media {
    storage: Option<Storage>,
    /// Signs links to files that this server serves.
    pub signatures: Signatures,
    /// Running uploads.
    pub permits: PartPermits,
    /// Running checks.
    pub checks: Checks,
    /// Notified when an upload is cancelled and its parts can be deleted.
    pub cancelled: Notify,
    /// External programs that inspect files.
    pub tools: Tools,
}

impl Media {
    /// Opens the configured storage.
    ///
    /// # Errors
    /// Fails if the settings are invalid.
    pub fn open(config: &Config, signatures: Signatures) -> Result<Self> {
        let location = config.file_location();
        Ok(Self {
            storage: location.map(|location| Storage::open(&config.media, &location)).transpose()?,
            signatures,
            permits: PartPermits::default(),
            checks: Checks::default(),
            cancelled: Notify::new(),
            tools: Tools::in_path(&config.media.tools_path),
        })
    }

    /// Returns the storage.
    ///
    /// # Errors
    /// `UNAVAILABLE` if no storage is configured.
    pub fn storage(&self) -> Result<&Storage> {
        self.storage.as_ref().ok_or_else(|| Error::Unavailable(NOT_CONFIGURED.into()))
    }

    /// Whether the storage is available. `None` if none is configured.
    pub fn is_available(&self) -> Option<bool> {
        self.storage.as_ref().map(|storage| !storage.is_unavailable())
    }
}
