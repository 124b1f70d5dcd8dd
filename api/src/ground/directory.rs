//! The data directory, accessible only to its owner.
//!
//! Guarantees that other users cannot read files created by this process ([`restrict_umask`]). A data directory
//! that other users can access is rejected with instructions.

use std::fs::DirBuilder;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use rustix::fs::Mode;

use crate::ground::error::{Error, Result};

/// Permission bits of other users.
const OTHERS_BITS: u32 = 0o007;

/// Restricts all files and directories created from now on to their owner.
pub fn restrict_umask() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

/// Creates the directory if it does not exist.
///
/// # Errors
/// `UNAVAILABLE` if it cannot be created, or if other users can access it.
pub fn create(directory: &Path) -> Result<()> {
    let created = DirBuilder::new().recursive(true).mode(0o700).create(directory);
    created.map_err(|error| {
        Error::Unavailable(format!("Cannot create data directory {}: {error}.", directory.display()))
    })?;
    require_private(directory)
}

/// Checks that other users cannot access the directory. A missing directory passes.
///
/// # Errors
/// `UNAVAILABLE` with instructions.
pub fn require_private(directory: &Path) -> Result<()> {
    let shown = directory.display();
    let mode = match std::fs::metadata(directory) {
        Ok(attributes) => attributes.permissions().mode() & 0o777,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::Unavailable(format!("Cannot access data directory {shown}: {error}."))),
    };
    if mode & OTHERS_BITS != 0 {
        return Err(Error::Unavailable(format!(
            "Data directory {shown} is accessible to other users (mode {mode:04o}). Run: chmod o-rwx {shown}"
        )));
    }
    Ok(())
}

/// Reads a file. If it does not exist, creates it with `new`. If several processes do so at once, one wins and
/// all return the same bytes.
///
/// # Errors
/// `UNAVAILABLE` if the file can be neither read nor created.
pub fn read_or_create(file: &Path, new: &[u8]) -> Result<Vec<u8>> {
    let inaccessible =
        |error: std::io::Error| Error::Unavailable(format!("Cannot access file {}: {error}.", file.display()));
    match std::fs::read(file) {
        Ok(bytes) => return Ok(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(inaccessible(error)),
    }
    let parent = file.parent().unwrap_or(Path::new("."));
    // Created with mode 0600, and renamed only when complete.
    let mut temporary = tempfile::NamedTempFile::new_in(parent).map_err(inaccessible)?;
    temporary.write_all(new).and_then(|()| temporary.as_file().sync_all()).map_err(inaccessible)?;
    match temporary.persist_noclobber(file) {
        Ok(_) => Ok(new.to_vec()),
        Err(conflict) if conflict.error.kind() == ErrorKind::AlreadyExists => std::fs::read(file).map_err(inaccessible),
        Err(other) => Err(inaccessible(other.error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn directory_must_not_be_accessible_to_others() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("a/b");
        create(&directory).unwrap();
        assert_eq!((mode(&directory), mode(&home.path().join("a"))), (0o700, 0o700));
        for (open, refused) in [(0o755, true), (0o701, true), (0o704, true), (0o750, false), (0o700, false)] {
            std::fs::set_permissions(&directory, PermissionsExt::from_mode(open)).unwrap();
            assert_eq!(create(&directory).is_err(), refused, "{open:o}");
        }
        assert!(require_private(&home.path().join("none")).is_ok());
    }

    #[test]
    fn creates_the_file_once() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("key");
        assert_eq!(read_or_create(&file, b"one").unwrap(), b"one");
        assert_eq!(read_or_create(&file, b"two").unwrap(), b"one");
        assert_eq!(mode(&file), 0o600);
    }
}
