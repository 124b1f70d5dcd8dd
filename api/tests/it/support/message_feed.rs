//! Event subscriptions that select the text of new messages under an alias, so that each is a selection of its own.

use serde_json::json;

use crate::support::{Member, Socket, Workspace};

const EVENTS: &str = "subscription($w: ID!, $after: Seq) { events(workspaceId: $w, after: $after, privateRev: 77) \
    { __typename ... on MessageSent { NAME: message { text } } } }";

/// Subscribes to events with the alias `name`.
pub async fn subscribe_with_alias(member: &Member, workspace: &Workspace, name: &str, after: Option<i64>) -> Socket {
    member.subscribe(&EVENTS.replace("NAME", name), json!({ "w": workspace.id, "after": after })).await
}

/// The text of the next message under the alias `name`.
pub async fn next_text(socket: &mut Socket, name: &str) -> String {
    loop {
        let frame = socket.next_for("1").await;
        assert_eq!(frame["type"], "next", "{frame}");
        if let Some(text) = frame["payload"]["data"]["events"][name]["text"].as_str() {
            return text.to_owned();
        }
    }
}
