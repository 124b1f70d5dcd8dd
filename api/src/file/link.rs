//! Where a file is found on this server.

use crate::id::{FileId, WorkspaceId};
use crate::media::key::Variant;

/// What all of them begin with.
pub const ROOT: &str = "/media";

/// The path of a form of a file, for those who may see it.
pub fn path(workspace_id: WorkspaceId, file_id: FileId, variant: Variant) -> String {
    format!("{ROOT}/{workspace_id}/{file_id}/{variant}")
}

/// The same, to be kept as a file and not shown.
pub fn download(workspace_id: WorkspaceId, file_id: FileId) -> String {
    format!("{}?download", path(workspace_id, file_id, Variant::Original))
}

/// The path by which a client puts a part, where it goes through this server.
pub fn part(workspace_id: WorkspaceId, file_id: FileId, number: u32) -> String {
    format!("{ROOT}/uploads/{workspace_id}/{file_id}/{number}")
}

/// The path of a form of a file for whoever has the signed link.
pub fn signed(workspace_id: WorkspaceId, file_id: FileId, variant: Variant) -> String {
    format!("{ROOT}/signed/{workspace_id}/{file_id}/{variant}")
}
