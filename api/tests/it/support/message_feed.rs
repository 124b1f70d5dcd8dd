//! Event subscriptions that select the text of new messages under an alias, so that each is a selection of its own.

use serde_json::json;

use crate::support::server::Server;
use crate::support::socket::Socket;
use crate::support::workspace::{User, Workspace};

const EVENTS: &str = "subscription($w: ID!, $after: Seq) { events(workspaceId: $w, after: $after, privateRev: 77) \
    { __typename ... on MessageSent { NAME: message { text } } } }";

/// Subscribes to events with the alias `name`.
pub async fn subscribe_with_alias(
    server: &Server,
    user: &User,
    workspace: &Workspace,
    name: &str,
    after: Option<i64>,
) -> Socket {
    let mut socket = Socket::connect(server, Some(&user.token)).await;
    let variables = json!({ "w": workspace.id, "after": after });
    socket.subscribe("1", &EVENTS.replace("NAME", name), variables).await;
    socket
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
