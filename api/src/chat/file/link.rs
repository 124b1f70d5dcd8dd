//! URL paths of files on this server.

use crate::ground::id::{FileId, WorkspaceId};
use crate::model::file::key::Variant;

/// Prefix of all paths.
pub const ROOT: &str = "/media";

/// Returns the path of a variant of a file. Requests require a session that may see the file.
pub fn path(workspace_id: WorkspaceId, file_id: FileId, variant: Variant) -> String {
    format!("{ROOT}/{}/{variant}", file_id.in_workspace(workspace_id))
}

/// Returns the path that downloads the original instead of displaying it.
pub fn download(workspace_id: WorkspaceId, file_id: FileId) -> String {
    format!("{}?download", path(workspace_id, file_id, Variant::Original))
}

/// Returns the path to upload a part through this server.
pub fn part(workspace_id: WorkspaceId, file_id: FileId, number: u32) -> String {
    format!("{ROOT}/uploads/{}/{number}", file_id.in_workspace(workspace_id))
}

/// Returns the path of a variant of a file for signed links.
pub fn signed(workspace_id: WorkspaceId, file_id: FileId, variant: Variant) -> String {
    format!("{ROOT}/signed/{}/{variant}", file_id.in_workspace(workspace_id))
}
