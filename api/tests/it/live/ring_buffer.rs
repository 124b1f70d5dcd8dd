//! The ring buffer of a room: erasures apply to it, so that resuming from memory equals resuming from the database. All
//! ring buffers share a memory limit.

use api::ground::config::Config;
use serde_json::{Value, json};

use crate::support::{
    ALL_EVENTS, FileStorage, Server, Store, Uploader, Workspace, both, next_text, random_bytes, subscribe_with_alias,
    text,
};

both! {
    erases_removed_files_from_memory
    bounds_memory_across_all_rooms
}

/// All items from the start up to `end`.
async fn replayed_items(workspace: &Workspace, end: i64) -> Vec<Value> {
    let mut socket = workspace.owner().subscribe(ALL_EVENTS, json!({ "workspaceId": workspace.id, "after": 4 })).await;
    let mut items = Vec::new();
    loop {
        let item = socket.next_for("1").await["payload"]["data"]["events"].clone();
        let seq = item["seq"].as_i64();
        items.extend(seq.map(|_| item));
        if seq == Some(end) {
            return items;
        }
    }
}

async fn erases_removed_files_from_memory(store: &Store) {
    let storage = FileStorage::in_store(store);
    let server = storage.start_server().await;
    let workspace = Workspace::create(server.address).await;
    let room = server.app.rooms.get(workspace.id.parse().unwrap()).await.unwrap();
    assert_eq!(room.seq(), 4, "the ring buffer has everything after it");
    let client = &workspace.owner().client;
    let uploader = Uploader { client, workspace: &workspace.id };
    let removed = ["unsent-secret.bin", "sent-secret.bin", "one-of-two-secret.bin"];
    let kept = "the-other-of-two.bin";
    let mut ids = Vec::new();
    for name in removed.into_iter().chain([kept]) {
        let id = text(&uploader.upload(name, &random_bytes(10, 1)).await.unwrap(), "/id");
        uploader.wait_until_ready(&id).await;
        ids.push(id);
    }
    let send = async |files: &[String]| {
        let input = json!({ "channelId": workspace.general, "text": "", "attachmentIds": files });
        text(&client.mutate("sendMessage", input, "message { id }").await, "/message/id")
    };
    let alone = send(&ids[1..2]).await;
    let both = send(&ids[2..4]).await;
    let before = replayed_items(&workspace, workspace.create_channel("before").await).await;
    let words = |items: &[Value], word: &str| items.iter().any(|item| item.to_string().contains(word));
    assert!(removed.into_iter().chain([kept]).all(|name| words(&before, name)), "{before:?}");

    for id in [&ids[0], &ids[2]] {
        client.mutate("deleteFile", json!({ "fileId": id }), "__typename").await;
    }
    client.mutate("deleteMessage", json!({ "messageId": alone }), "__typename").await;
    let end = workspace.create_channel("end").await;
    let from_memory = replayed_items(&workspace, end).await;
    assert!(!removed.into_iter().any(|name| words(&from_memory, name)), "{from_memory:?}");
    // In a remaining message nothing but the ID remains of a removed file, and other files are unchanged.
    let files = |items: &[Value]| {
        let sent = |item: &&Value| item["__typename"] == "MessageSent" && item["message"]["id"] == both.as_str();
        items.iter().find(sent).unwrap()["files"].clone()
    };
    let (then, now) = (files(&before), files(&from_memory));
    assert_eq!((now.as_array().unwrap().len(), &now[1]), (2, &then[1]));
    let gone = json!({ "id": then[0]["id"], "name": "", "isRemoved": true, "createdAt": null });
    assert_eq!(now[0], gone);
    server.stop().await;
    // Another server has no events in memory.
    let server = storage.start_server().await;
    assert_eq!(replayed_items(&workspace.at(&server), end).await, from_memory);
    server.stop().await;
}

/// One account fills the rooms of several workspaces, each within the limit of one room.
async fn bounds_memory_across_all_rooms(store: &Store) {
    const LIMIT_BYTES: usize = 1 << 20;
    /// One event and its frame twice, which exist before memory is freed for them.
    const IN_FLIGHT_BYTES: usize = 64_000 + 2 * 2 * 65_000 + (16 << 10);
    const ROOMS: usize = 4;
    const MESSAGES: usize = 8;
    let server = Server::with_config(Config { live_bytes: LIMIT_BYTES as u64, ..store.config() }).await;
    let keep = server.app.rooms.memory_budget();
    let small = Workspace::create(&server).await;
    let room = server.app.rooms.get(small.id.parse().unwrap()).await.unwrap();
    let first = small.owner().send_message(&small.general, "little").await.1;
    small.owner().send_message(&small.general, "and little").await;
    let words = "🙂".repeat(15_990);
    let mut large = Vec::new();
    for n in 0..ROOMS {
        let workspace = small.owner().create_workspace(&format!("Workspace {n}")).await;
        // A subscriber, so that frames are buffered as well.
        let mut onlooker = subscribe_with_alias(workspace.owner(), &workspace, "words", None).await;
        onlooker.next_for("1").await;
        for at in 0..MESSAGES {
            workspace.owner().send_message(&workspace.general, &format!("{at} {words}")).await;
            assert_eq!(next_text(&mut onlooker, "words").await, format!("{at} {words}"));
            assert!(keep.bytes() <= LIMIT_BYTES + IN_FLIGHT_BYTES, "{} bytes", keep.bytes());
        }
        large.push(workspace);
    }
    // A room that buffers little keeps all of it.
    assert_eq!(room.after(first - 1, 100).map(|kept| kept.len()), Some(2));
    // Evicted events are read from the database.
    for workspace in &large {
        let mut late = subscribe_with_alias(workspace.owner(), workspace, "words", Some(1)).await;
        for at in 0..MESSAGES {
            assert_eq!(next_text(&mut late, "words").await, format!("{at} {words}"));
        }
    }
    assert!(keep.bytes() <= LIMIT_BYTES + IN_FLIGHT_BYTES, "{} bytes", keep.bytes());
}
