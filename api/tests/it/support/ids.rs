//! IDs as the API formats them.

use api::ground::base32;
use api::ground::id::{CommandId, GlobalId, WorkspaceScoped};
use serde_json::{Value, json};
use uuid::Uuid;

/// The internal form of an ID in a workspace.
pub fn id_of<T: WorkspaceScoped>(text: &str) -> T {
    text.parse::<GlobalId<T>>().unwrap().id
}

/// The UUID of an object, as it is stored.
pub fn uuid_of(text: &str) -> Uuid {
    base32::parse(&text[text.len() - base32::LENGTH..]).unwrap()
}

/// A new ID in a workspace.
pub fn new_id<T: WorkspaceScoped>(workspace: &str) -> String {
    GlobalId { workspace_id: workspace.parse().unwrap(), id: T::from_uuid(CommandId::mint().0) }.to_string()
}

/// The input of a mutation with its workspace, unless another ID in it names the workspace.
pub fn with_workspace(mut input: Value, workspace: &str) -> Value {
    let objects = ["channelId", "messageId", "memberId", "uploadId", "emojiId", "inviteId", "savedSearchId"];
    let is_of_file = !input["fileId"].is_null() && input["name"].is_null();
    if !is_of_file && objects.iter().all(|id| input[id].is_null()) {
        input["workspaceId"] = json!(workspace);
    }
    input
}
