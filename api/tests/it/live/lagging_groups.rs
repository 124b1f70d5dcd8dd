//! Subscription groups that lag behind their room because they wait for a permit: members who join ahead of them, and
//! text that is erased before they render it.

use serde_json::json;

use crate::support::{Setup, both, hold_all_permits, next_text, owner_of, subscribe_with_alias, wait_for_waiters};

both! {
    a_member_who_rejoined_is_not_removed_by_an_older_event
    renders_no_text_that_was_deleted_meanwhile
}

async fn a_member_who_rejoined_is_not_removed_by_an_older_event(Setup { server, workspace, .. }: &Setup) {
    let [ben, vic] = workspace.add_members(["Ben", "Vic"]).await;
    let mut ben_socket = subscribe_with_alias(&ben, workspace, "words", None).await;
    ben_socket.next_for("1").await;
    let (gate, owner) = (&server.app.semaphores.renders, owner_of(&ben).await);
    let permits = hold_all_permits(gate, owner).await;
    workspace.owner().mutate("removeMember", json!({ "memberId": vic.id }), "seq").await;
    wait_for_waiters(gate, owner, 1).await;
    // Vic rejoined, ahead of the group, which has not applied the removal.
    let vic = vic.join(workspace).await;
    let mut vic_socket = subscribe_with_alias(&vic, workspace, "words", None).await;
    vic_socket.next_for("1").await;
    drop(permits);
    workspace.owner().send_message(&workspace.general, "welcome back").await;
    assert_eq!(next_text(&mut ben_socket, "words").await, "welcome back");
    assert_eq!(next_text(&mut vic_socket, "words").await, "welcome back");
}

async fn renders_no_text_that_was_deleted_meanwhile(Setup { server, workspace, .. }: &Setup) {
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let mut ben_socket = subscribe_with_alias(&ben, workspace, "words", None).await;
    ben_socket.next_for("1").await;
    let (gate, owner) = (&server.app.semaphores.renders, owner_of(&ben).await);
    let permits = hold_all_permits(gate, owner).await;
    let mut sent = Vec::new();
    for words in ["first secret", "second secret"] {
        sent.push(workspace.owner().send_message(&workspace.general, words).await.0);
    }
    wait_for_waiters(gate, owner, 1).await;
    for message in sent {
        workspace.owner().mutate("deleteMessage", json!({ "messageId": message }), "seq").await;
    }
    drop(permits);
    assert_eq!(next_text(&mut ben_socket, "words").await, "");
    assert_eq!(next_text(&mut ben_socket, "words").await, "");
}
