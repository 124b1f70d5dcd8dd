//! Subscription groups that lag behind their room because they wait for a permit: members who join ahead of them, and
//! text that is erased before they render it.

use serde_json::json;

use crate::support::message_feed::{next_text, subscribe_with_alias};
use crate::support::permits::{hold_all_permits, owner_of, wait_for_waiters};
use crate::support::store::{Store, both};
use crate::support::workspace::{Workspace, start_server};

both! {
    a_member_who_rejoined_is_not_removed_by_an_older_event
    renders_no_text_that_was_deleted_meanwhile
}

async fn a_member_who_rejoined_is_not_removed_by_an_older_event(store: &Store) {
    let server = start_server(store).await;
    let workspace = Workspace::create(&server).await;
    let ben = workspace.add_member(&server, "Ben", "MEMBER").await;
    let vic = workspace.add_member(&server, "Vic", "MEMBER").await;
    let mut ben_socket = subscribe_with_alias(&server, &ben, &workspace, "words", None).await;
    ben_socket.next_for("1").await;
    let (gate, owner) = (&server.app.semaphores.renders, owner_of(&server, &ben).await);
    let permits = hold_all_permits(gate, owner).await;
    let removal = json!({ "memberId": vic.member_id });
    workspace.owner.mutate(&server, "removeMember", "{ seq }", removal).await;
    wait_for_waiters(gate, owner, 1).await;
    // Vic rejoined, ahead of the group, which has not applied the removal.
    let vic = vic.join(&server, &workspace).await;
    let mut vic_socket = subscribe_with_alias(&server, &vic, &workspace, "words", None).await;
    vic_socket.next_for("1").await;
    drop(permits);
    workspace.owner.send_message(&server, &workspace.general, "welcome back").await;
    assert_eq!(next_text(&mut ben_socket, "words").await, "welcome back");
    assert_eq!(next_text(&mut vic_socket, "words").await, "welcome back");
}

async fn renders_no_text_that_was_deleted_meanwhile(store: &Store) {
    let server = start_server(store).await;
    let workspace = Workspace::create(&server).await;
    let ben = workspace.add_member(&server, "Ben", "MEMBER").await;
    let mut ben_socket = subscribe_with_alias(&server, &ben, &workspace, "words", None).await;
    ben_socket.next_for("1").await;
    let (gate, owner) = (&server.app.semaphores.renders, owner_of(&server, &ben).await);
    let permits = hold_all_permits(gate, owner).await;
    let mut sent = Vec::new();
    for words in ["first secret", "second secret"] {
        sent.push(workspace.owner.send_message(&server, &workspace.general, words).await.0);
    }
    wait_for_waiters(gate, owner, 1).await;
    for message in sent {
        let deletion = json!({ "messageId": message });
        workspace.owner.mutate(&server, "deleteMessage", "{ seq }", deletion).await;
    }
    drop(permits);
    assert_eq!(next_text(&mut ben_socket, "words").await, "");
    assert_eq!(next_text(&mut ben_socket, "words").await, "");
}
