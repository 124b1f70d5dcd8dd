//! The configured database, and the lock of its data directory.

use std::path::{Path, PathBuf};

use super::Database;
use crate::ground::config::Store;
use crate::ground::directory;
use crate::ground::error::{Error, Result};

/// File name of the SQLite database in the data directory.
pub const SQLITE_FILE: &str = "confab.sqlite";

/// Opens the configured database. Creates the data directory if needed.
///
/// # Errors
/// Fails if the database cannot be opened.
pub async fn open(store: &Store) -> Result<Database> {
    let url =
        store.url().map_err(|error| Error::Unavailable(format!("Cannot read CONFAB_DATABASE_URL_FILE: {error}.")))?;
    match url {
        Some(url) => Database::postgres(&url).await,
        None => Database::sqlite(&sqlite_file(&store.data)?).await,
    }
}

/// Locks the data directory for one server, for as long as the returned file is open. Returns `None` on
/// Postgres, which needs no lock.
///
/// # Errors
/// Fails if another server holds the lock.
pub fn lock(store: &Store) -> Result<Option<std::fs::File>> {
    if !store.is_sqlite() {
        return Ok(None);
    }
    let path = sqlite_file(&store.data)?.with_file_name("confab.lock");
    let refused = |why: String| Error::Unavailable(format!("The data directory {} {why}", store.data.display()));
    let file = std::fs::File::create(&path).map_err(|error| refused(format!("is not writable: {error}.")))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(std::fs::TryLockError::WouldBlock) => {
            Err(refused("is in use by another server. Stop it first, or set a different directory with --data.".into()))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(refused(format!("cannot be locked: {error}."))),
    }
}

/// Returns the SQLite file. Creates the data directory if needed.
fn sqlite_file(data: &Path) -> Result<PathBuf> {
    directory::create(data)?;
    Ok(data.join(SQLITE_FILE))
}
