//! Object keys in the storage.
//!
//! ```text
//! uploads/<workspace>/<file>/<part>      uploaded by clients, never served
//! files/<workspace>/<file>/<variant>     checked contents, not writable by clients
//! ```
//! Both ids are random UUIDs, known only to members who may see the file.

use object_store::path::Path;
use strum::{Display, EnumString, IntoStaticStr};

use crate::ground::id::{FileId, WorkspaceId};

/// Prefix of uploaded parts.
pub const UPLOADS: &str = "uploads";
/// Prefix of checked contents.
pub const FILES: &str = "files";

/// A stored variant of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Display, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Variant {
    /// The original contents.
    Original,
    /// A preview of at most 360 pixels.
    Small,
    /// A preview of at most 1,600 pixels.
    Large,
}

/// Returns the key of an uploaded part. Numbers start at 1.
pub fn part(workspace_id: WorkspaceId, file_id: FileId, number: u32) -> Path {
    Path::from_iter([UPLOADS, &workspace_id.0.to_string(), &file_id.0.to_string(), &format!("{number:05}")])
}

/// Returns the prefix of all uploaded parts of a file.
pub fn parts(workspace_id: WorkspaceId, file_id: FileId) -> Path {
    Path::from_iter([UPLOADS, &workspace_id.0.to_string(), &file_id.0.to_string()])
}

/// Returns the key of a variant of a file.
pub fn variant(workspace_id: WorkspaceId, file_id: FileId, variant: Variant) -> Path {
    Path::from_iter([FILES, &workspace_id.0.to_string(), &file_id.0.to_string(), variant.into()])
}

/// Returns the prefix of all variants of a file.
pub fn variants(workspace_id: WorkspaceId, file_id: FileId) -> Path {
    Path::from_iter([FILES, &workspace_id.0.to_string(), &file_id.0.to_string()])
}

/// Returns the file that an object belongs to. `None` for objects with foreign keys.
pub fn owner(path: &Path) -> Option<(WorkspaceId, FileId)> {
    let mut parts = path.parts();
    let root = parts.next()?;
    let id = |part: Option<object_store::path::PathPart<'_>>| part?.as_ref().parse().ok();
    let (workspace_id, file_id) = (id(parts.next())?, id(parts.next())?);
    [UPLOADS, FILES].contains(&root.as_ref()).then_some((WorkspaceId(workspace_id), FileId(file_id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_owner_of_a_key() {
        let (workspace_id, file_id) = (WorkspaceId(FileId::mint().0), FileId::mint());
        for path in [part(workspace_id, file_id, 7), variant(workspace_id, file_id, Variant::Small)] {
            assert_eq!(owner(&path), Some((workspace_id, file_id)), "{path}");
        }
        for strange in ["", "files", "files/x/y/original", "backups/1"] {
            assert_eq!(owner(&Path::from(strange)), None, "{strange}");
        }
    }

    #[test]
    fn sorts_parts_by_number() {
        let (workspace_id, file_id) = (WorkspaceId(FileId::mint().0), FileId::mint());
        assert!(part(workspace_id, file_id, 9) < part(workspace_id, file_id, 10));
    }
}
