//! The data directory: for its owner alone.
//!
//! Promises: what this process makes, nobody else on the machine may read ([`seal`]); a data directory that others
//! may look into is refused with what to do about it.

use std::fs::DirBuilder;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use rustix::fs::Mode;

use crate::error::{Error, Result};

/// What everybody else may do.
const OTHERS: u32 = 0o007;

/// From now on files and directories of this process are made for its owner alone.
pub fn seal() {
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
}

/// Makes the directory if it is not there.
///
/// # Errors
/// `UNAVAILABLE` if it cannot be made, or if others may look into it.
pub fn make(directory: &Path) -> Result<()> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(directory);
    made.map_err(|error| {
        Error::Unavailable(format!("The data directory {} cannot be made: {error}.", directory.display()))
    })?;
    check(directory)
}

/// That others may not look into it. One that is not there yet will be made so.
///
/// # Errors
/// `UNAVAILABLE` with what to do.
pub fn check(directory: &Path) -> Result<()> {
    let shown = directory.display();
    let mode = match std::fs::metadata(directory) {
        Ok(found) => found.permissions().mode() & 0o777,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::Unavailable(format!("The data directory {shown}: {error}."))),
    };
    if mode & OTHERS != 0 {
        return Err(Error::Unavailable(format!(
            "Everybody on this machine can look into the data directory {shown} (mode {mode:04o}). \
             Close it first: chmod o-rwx {shown}"
        )));
    }
    Ok(())
}

/// The bytes of a file; if it is not there, it is made of `new`. Of processes that begin at once one makes it, and
/// all get the same.
///
/// # Errors
/// `UNAVAILABLE` if it can be neither read nor made.
pub fn kept(file: &Path, new: &[u8]) -> Result<Vec<u8>> {
    let wrong = |error: std::io::Error| Error::Unavailable(format!("The file {}: {error}.", file.display()));
    match std::fs::read(file) {
        Ok(bytes) => return Ok(bytes),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(wrong(error)),
    }
    let folder = file.parent().unwrap_or(Path::new("."));
    // With mode 0600, and under its name only when it is whole.
    let mut made = tempfile::NamedTempFile::new_in(folder).map_err(wrong)?;
    made.write_all(new).and_then(|()| made.as_file().sync_all()).map_err(wrong)?;
    match made.persist_noclobber(file) {
        Ok(_) => Ok(new.to_vec()),
        Err(taken) if taken.error.kind() == ErrorKind::AlreadyExists => std::fs::read(file).map_err(wrong),
        Err(other) => Err(wrong(other.error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn it_is_made_for_its_owner_and_refused_if_others_may_look() {
        let home = tempfile::tempdir().unwrap();
        let directory = home.path().join("a/b");
        make(&directory).unwrap();
        assert_eq!((mode(&directory), mode(&home.path().join("a"))), (0o700, 0o700));
        for (open, refused) in [(0o755, true), (0o701, true), (0o704, true), (0o750, false), (0o700, false)] {
            std::fs::set_permissions(&directory, PermissionsExt::from_mode(open)).unwrap();
            assert_eq!(make(&directory).is_err(), refused, "{open:o}");
        }
        assert!(check(&home.path().join("none")).is_ok());
    }

    #[test]
    fn what_is_kept_is_made_once() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("key");
        assert_eq!(kept(&file, b"one").unwrap(), b"one");
        assert_eq!(kept(&file, b"two").unwrap(), b"one");
        assert_eq!(mode(&file), 0o600);
    }
}
