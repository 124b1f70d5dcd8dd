//! Fair queues: an account that keeps the server busy on many connections does not make another account fail or wait,
//! without any rate limit. Where order matters, the test holds all permits of an account, so that everything else of
//! that account waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use api::ground::allowance;
use futures_util::FutureExt;
use serde_json::json;

use crate::support::{
    Member, Server, Setup, Store, Workspace, both, code, hold_all_permits, next_text, owner_of, sqlite,
    subscribe_with_alias, text, wait_for_waiters,
};

both! {
    six_busy_connections_do_not_starve_another_account
    mutation_results_wait_for_a_permit_instead_of_failing
    deliveries_do_not_wait_for_another_accounts_selections
    a_shared_selection_does_not_wait_for_one_subscriber
    catching_up_does_not_block_another_account
    private_writes_do_not_wait_for_another_account
}

sqlite! { shares_compute_permits_between_accounts }

const HEAVY_QUERY: &str = "query($w: ID!) { boot(workspaceId: $w) { channels { id name messages(last: 50) { nodes { id text \
    author { id name } reactions { emoji count } } } members(first: 20) { nodes { id name } } } } }";
const BOOT_QUERY: &str = "query($w: ID!) { boot(workspaceId: $w) { seq privateRev me { id } channels { id name } } }";

async fn six_busy_connections_do_not_starve_another_account(Setup { workspace, .. }: &Setup) {
    let ben = workspace.add_member("Ben", "MEMBER").await;
    for n in 0..60 {
        workspace.owner().send_message(&workspace.general, &format!("message {n}")).await;
    }
    let (is_stopped, queries) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut loops = Vec::new();
    for _ in 0..6 {
        let (owner, workspace_id) = (workspace.owner().clone(), workspace.id.clone());
        let (is_stopped, queries) = (is_stopped.clone(), queries.clone());
        loops.push(tokio::spawn(async move {
            while !is_stopped.load(Ordering::SeqCst) {
                owner.execute(HEAVY_QUERY, json!({ "w": workspace_id })).await;
                queries.fetch_add(1, Ordering::SeqCst);
            }
        }));
    }
    let before = queries.load(Ordering::SeqCst);
    for n in 0..20 {
        let booted = ben.execute(BOOT_QUERY, json!({ "w": workspace.id })).await;
        assert_eq!(code(&booted), None, "boot {n}: {booted}");
        ben.send_message(&workspace.general, "and I can write").await;
    }
    // The busy connections made progress meanwhile.
    assert!(queries.load(Ordering::SeqCst) > before);
    is_stopped.store(true, Ordering::SeqCst);
    for one in loops {
        one.await.unwrap();
    }
}

async fn mutation_results_wait_for_a_permit_instead_of_failing(Setup { server, workspace, .. }: &Setup) {
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let (message, _) = workspace.owner().send_message(&workspace.general, "first").await;
    let (gate, owner) = (server.app.semaphores.snapshots.clone(), owner_of(workspace.owner()).await);
    let command = "cmd_01h455vb4pex5vsknk084sn02q";
    let edit = |words: &str| json!({ "messageId": message, "text": words, "commandId": command });
    let permits = hold_all_permits(&gate, owner).await;
    // The queue of the account is full: queries are rejected, but not the results of mutations.
    let mut queued: Vec<_> = (0..256).map(|_| Box::pin(gate.acquire(owner))).collect();
    queued.iter_mut().for_each(|one| assert!(one.now_or_never().is_none()));
    let refused = workspace.owner().execute(BOOT_QUERY, json!({ "w": workspace.id })).await;
    assert_eq!(code(&refused).as_deref(), Some("RATE_LIMITED"));
    let editing = tokio::spawn({
        let (owner, input) = (workspace.owner().clone(), edit("second"));
        async move { owner.mutate("editMessage", input, "seq message { text }").await }
    });
    wait_for_waiters(&gate, owner, 257).await;
    // The edit is committed by then, and visible to others.
    let query = "query($m: ID!) { message(id: $m) { text } }";
    let seen = ben.execute(query, json!({ "m": message })).await;
    assert_eq!(text(&seen, "/data/message/text"), "second");
    assert!(!editing.is_finished());
    drop((queued, permits));
    let answered = editing.await.unwrap();
    assert_eq!(text(&answered, "/message/text"), "second");
    // Resending after a lost response returns the first one.
    let permits = hold_all_permits(&gate, owner).await;
    let lost = workspace.owner().mutate("editMessage", edit("second"), "seq message { text }");
    assert!(tokio::select! { _ = lost => false, () = wait_for_waiters(&gate, owner, 1) => true });
    drop(permits);
    let again = workspace.owner().mutate("editMessage", edit("second"), "seq message { text }").await;
    assert_eq!(again, answered);
}

async fn shares_compute_permits_between_accounts(Setup { server, workspace, .. }: &Setup) {
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let (places, owner) = (server.app.compute.semaphore().clone(), owner_of(workspace.owner()).await);
    let permits = hold_all_permits(&places, owner).await;
    let query = "query($w: ID!) { a: switcher(workspaceId: $w, text: \"gen\") { __typename } \
                 b: switcher(workspaceId: $w, text: \"gen\") { __typename } }";
    let asking = tokio::spawn({
        let (owner, workspace_id) = (workspace.owner().clone(), workspace.id.clone());
        async move { owner.execute(query, json!({ "w": workspace_id })).await }
    });
    // The comparisons wait under their caller; a later account goes first.
    wait_for_waiters(&places, owner, 2).await;
    let colleague = owner_of(&ben).await;
    let mut first = Box::pin(allowance::scope(colleague, server.app.compute.run(|_| Ok(()))));
    let went = (&mut first).now_or_never();
    drop(permits);
    if went.is_none() {
        first.await.unwrap();
    }
    assert_eq!(code(&asking.await.unwrap()), None);
}

async fn deliveries_do_not_wait_for_another_accounts_selections(Setup { server, workspace, .. }: &Setup) {
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let (gate, owner) = (&server.app.semaphores.renders, owner_of(workspace.owner()).await);
    let mut owner_sockets = Vec::new();
    for n in 0..4 {
        let mut socket = subscribe_with_alias(workspace.owner(), workspace, &format!("own{n}"), None).await;
        // `PrivateChanged` marks the live edge.
        socket.next_for("1").await;
        owner_sockets.push(socket);
    }
    let mut ben_socket = subscribe_with_alias(&ben, workspace, "words", None).await;
    ben_socket.next_for("1").await;
    let permits = hold_all_permits(gate, owner).await;
    for n in 0..5 {
        workspace.owner().send_message(&workspace.general, &format!("message {n}")).await;
        assert_eq!(next_text(&mut ben_socket, "words").await, format!("message {n}"));
    }
    // Each of the other selections still waits with its first message.
    wait_for_waiters(gate, owner, 4).await;
    drop(permits);
    for (n, socket) in owner_sockets.iter_mut().enumerate() {
        for message in 0..5 {
            assert_eq!(next_text(socket, &format!("own{n}")).await, format!("message {message}"));
        }
    }
}

async fn a_shared_selection_does_not_wait_for_one_subscriber(Setup { server, workspace, .. }: &Setup) {
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let users = [workspace.owner(), &ben];
    let mut sockets = Vec::new();
    for user in users {
        let mut socket = subscribe_with_alias(user, workspace, "words", None).await;
        socket.next_for("1").await;
        sockets.push(socket);
    }
    let gate = &server.app.semaphores.renders;
    for user in users {
        let permits = hold_all_permits(gate, owner_of(user).await).await;
        workspace.owner().send_message(&workspace.general, &user.id).await;
        for socket in &mut sockets {
            assert_eq!(next_text(socket, "words").await, user.id);
        }
        drop(permits);
    }
}

async fn catching_up_does_not_block_another_account(store: &Store) {
    let before = Server::on(store).await;
    let workspace = Workspace::create(&before).await;
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let (_, seq) = workspace.owner().send_message(&workspace.general, "words").await;
    before.stop().await;
    // Events from before the start are read from the database.
    let server = Server::on(store).await;
    let (workspace, ben) = (workspace.at(&server), ben.at(&server));
    let (gate, owner) = (&server.app.semaphores.catch_ups, owner_of(workspace.owner()).await);
    let permits = hold_all_permits(gate, owner).await;
    let mut owner_sockets = Vec::new();
    for n in 0..4 {
        owner_sockets
            .push(subscribe_with_alias(workspace.owner(), &workspace, &format!("own{n}"), Some(seq - 1)).await);
    }
    wait_for_waiters(gate, owner, 4).await;
    let mut ben_socket = subscribe_with_alias(&ben, &workspace, "words", Some(seq - 1)).await;
    assert_eq!(next_text(&mut ben_socket, "words").await, "words");
    drop(permits);
    for (n, socket) in owner_sockets.iter_mut().enumerate() {
        assert_eq!(next_text(socket, &format!("own{n}")).await, "words");
    }
}

async fn private_writes_do_not_wait_for_another_account(Setup { server, workspace, .. }: &Setup) {
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let (gate, owner) = (server.app.semaphores.writes.clone(), owner_of(workspace.owner()).await);
    let permits = hold_all_permits(&gate, owner).await;
    let saves = |user: &Member| {
        let user = user.clone();
        let input = json!({ "workspaceId": workspace.id, "name": "mine", "query": "words" });
        async move { user.try_mutate("createSavedSearch", &input, "savedSearch { name }").await }
    };
    let saving = tokio::spawn(saves(workspace.owner()));
    wait_for_waiters(&gate, owner, 1).await;
    assert_eq!(saves(&ben).await.map(|saved| text(&saved, "/savedSearch/name")), Ok("mine".to_owned()));
    assert!(!saving.is_finished());
    drop(permits);
    saving.await.unwrap().unwrap();
}
