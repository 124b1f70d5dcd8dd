//! Invariant 8: the tables are derived from the log. A replay rebuilds them byte for byte, also after erasures; the
//! digest chain detects every change; deleted text is erased everywhere.

use std::collections::BTreeMap;

use api::log::{replay, verify};
use serde_json::json;

use crate::support::{
    KnownMessage, Random, Server, Store, Uploader, Workload, Workspace, both, png, process, rows, text,
};

both! {
    replay_rebuilds_the_tables_byte_for_byte
    verify_detects_every_change_to_the_log
    deleted_text_is_erased_everywhere
}

async fn replay_rebuilds_the_tables_byte_for_byte(store: &Store) {
    let messages = run_workload(store, "invariant 8", 80).await;
    assert!(messages.iter().any(|known| known.deleted) && messages.iter().any(|known| known.texts.len() > 1));
    let database = rows::open(store).await;
    let before = tables(store).await;
    assert!(before.values().all(|rows| !rows.is_empty()), "{before:?}");
    replay::all(&database, |_, _| {}).await.unwrap();
    same(&before, &tables(store).await);
    // Rows without an event disappear, and lost rows return.
    for sql in ["DELETE FROM reaction", "UPDATE message SET text = 'forged'", "UPDATE member SET role = 'owner'"] {
        assert!(rows::execute(&database, sql).await > 0, "{sql}");
    }
    let (done, output) = process::run(store, &["replay"]).await;
    assert!(done, "{output}");
    same(&before, &tables(store).await);
    process::verify(store).await;
}

/// Runs a random workload in a workspace and in the server log, and stops the server.
async fn run_workload(store: &Store, test: &str, rounds: usize) -> Vec<KnownMessage> {
    let mut random = Random::seeded(test);
    let server = Server::on(store).await;
    let workspace = Workspace::with_members(server.address, 5).await;
    let mut workload = Workload::new(workspace.clone(), vec![server.address], random.fork(), 2);
    workload.run(rounds).await;
    // Covers what a short workload may lack.
    let message = workload.messages[0].clone();
    let owner = &workspace.owner().client;
    owner.try_mutate("unarchiveChannel", &json!({ "channelId": message.channel }), "seq").await.ok();
    owner.try_mutate("deleteMessage", &json!({ "messageId": message.id }), "seq").await.ok();
    let room = json!({ "workspaceId": workspace.id, "name": "kept" });
    let room = text(&owner.mutate("createChannel", room, "channel { id }").await, "/channel/id");
    let sent = json!({ "channelId": room, "text": "<!channel> kept" });
    let kept = text(&owner.mutate("sendMessage", sent, "message { id }").await, "/message/id");
    owner.mutate("addReaction", json!({ "messageId": kept, "emoji": "👍" }), "seq").await;
    files(&workspace, &room).await;
    archive(&workspace, &room).await;
    workspace.owner().sign_in().await;
    workspace.members[4].mutate("signOut", json!({}), "sessionId").await;
    // Registered with an invite, and not joined yet.
    workspace.register("Stranger").await;
    let mut messages = workload.messages;
    messages[0].deleted = true;
    server.stop().await;
    messages
}

/// Changes a channel in every way, and archives it.
async fn archive(workspace: &Workspace, channel: &str) {
    for (mutation, mut input) in [
        ("renameChannel", json!({ "name": "renamed" })),
        ("setChannelTopic", json!({ "topic": "kept" })),
        ("archiveChannel", json!({})),
        ("unarchiveChannel", json!({})),
        ("archiveChannel", json!({})),
    ] {
        input["channelId"] = json!(channel);
        workspace.owner().mutate(mutation, input, "seq").await;
    }
}

/// Files in every state, emoji, and a replaced avatar.
async fn files(workspace: &Workspace, channel: &str) {
    let (owner, id) = (&workspace.owner().client, &workspace.id);
    let uploader = Uploader { client: owner, workspace: id };
    let mut ids = Vec::new();
    for name in
        ["unsent", "sent", "alone", "with its message", "old avatar", "new avatar", "icon", "emoji", "gone emoji"]
    {
        let file = uploader.upload(&format!("{name}.png"), &png(50, 40, "")).await.unwrap();
        ids.push(text(&uploader.wait_until_ready(&text(&file, "/id")).await, "/id"));
    }
    let send = |ids: &[String]| json!({ "channelId": channel, "text": "", "attachmentIds": ids });
    owner.mutate("sendMessage", send(&ids[1..3]), "seq").await;
    owner.mutate("updateFile", json!({ "fileId": ids[1], "alt": "A box" }), "seq").await;
    owner.mutate("deleteFile", json!({ "fileId": ids[2] }), "seq").await;
    let deleted = text(&owner.mutate("sendMessage", send(&ids[3..4]), "message { id }").await, "/message/id");
    owner.mutate("deleteMessage", json!({ "messageId": deleted }), "seq").await;
    for avatar in &ids[4..6] {
        owner.mutate("updateMember", json!({ "workspaceId": id, "avatarId": avatar }), "seq").await;
    }
    owner.mutate("updateWorkspace", json!({ "workspaceId": id, "iconId": ids[6], "name": "Another" }), "seq").await;
    for (name, file) in [("kept", &ids[7]), ("gone", &ids[8])] {
        let input = json!({ "workspaceId": id, "name": name, "fileId": file });
        let emoji = text(&owner.mutate("createEmoji", input, "emoji { id }").await, "/emoji/id");
        if name == "gone" {
            owner.mutate("deleteEmoji", json!({ "emojiId": emoji }), "seq").await;
        }
    }
}

type Tables = BTreeMap<&'static str, Vec<String>>;

async fn tables(store: &Store) -> Tables {
    let database = rows::open(store).await;
    let mut tables = Tables::new();
    for table in replay::DERIVED.into_iter().chain(replay::DERIVED_SERVER) {
        tables.insert(table, rows::dump(&database, table).await);
    }
    tables
}

fn same(before: &Tables, after: &Tables) {
    for (table, rows) in before {
        for (number, (before, after)) in rows.iter().zip(&after[table]).enumerate() {
            assert_eq!(before, after, "row {number} of {table}");
        }
        assert_eq!(rows.len(), after[table].len(), "rows of {table}");
    }
}

async fn verify_detects_every_change_to_the_log(store: &Store) {
    run_workload(store, "invariant 8, changes", 15).await;
    process::verify(store).await;
    let database = rows::open(store).await;
    rows::execute(&database, "CREATE TABLE event_before AS SELECT * FROM event").await;
    for (sql, seq) in changes(database.is_sqlite()) {
        assert_eq!(rows::execute(&database, &sql).await, 1, "{sql}");
        let flaws = verify::all(&database, |_| {}).await.unwrap().flaws;
        assert_eq!(flaws.len(), 1, "{sql}: {flaws:?}");
        assert!(seq.is_none_or(|seq| flaws[0].seq == seq), "{sql}: {flaws:?}");
        let (succeeded, output) = process::run(store, &["verify"]).await;
        assert!(!succeeded && output.contains(&flaws[0].to_string()), "{output}");
        rows::execute(&database, "DELETE FROM event").await;
        rows::execute(&database, "INSERT INTO event SELECT * FROM event_before").await;
    }
    process::verify(store).await;
}

/// Every way to change one event of a workspace, and the `seq` at which it is detected.
fn changes(sqlite: bool) -> Vec<(String, Option<i64>)> {
    let bytes = if sqlite { "x'00'" } else { "'\\x00'::bytea" };
    let one = "workspace_id IN (SELECT workspace_id FROM workspace) AND seq";
    let columns = "version, kind, actor_id, command_id, subject_id, skeleton, salt, body, body_hash, digest, at";
    let sets = [
        "skeleton = replace(skeleton, 'owner', 'admin')".to_owned(),
        "body = replace(body, 'User', 'user')".to_owned(),
        "at = at + 1".to_owned(),
        "version = version - 1".to_owned(),
        "kind = 'member_left'".to_owned(),
        "subject_id = actor_id".to_owned(),
        "actor_id = command_id".to_owned(),
        "command_id = actor_id".to_owned(),
        "salt = NULL".to_owned(),
        format!("salt = {bytes}"),
        format!("body_hash = {bytes}"),
        format!("digest = {bytes}"),
    ];
    let mut changes: Vec<_> =
        sets.iter().map(|set| (format!("UPDATE event SET {set} WHERE {one} = 2"), Some(2))).collect();
    changes.push((format!("DELETE FROM event WHERE {one} = 2"), Some(2)));
    changes.push((format!("DELETE FROM event WHERE {one} = (SELECT max(seq) FROM event WHERE {one} > 0)"), None));
    let forged = format!("SELECT workspace_id, seq + 100000, {columns} FROM event WHERE {one} = 2");
    changes.push((format!("INSERT INTO event (workspace_id, seq, {columns}) {forged}"), None));
    changes
}

async fn deleted_text_is_erased_everywhere(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::with_members(server.address, 2).await;
    let (author, other) = (&workspace.members[0].client, &workspace.members[1]);
    let [first, second] = ["the first secret", "the second secret"];
    let sent = json!({ "channelId": workspace.general, "text": format!("<@{}> {first}", other.id) });
    let id = text(&author.mutate("sendMessage", sent, "message { id }").await, "/message/id");
    author.mutate("editMessage", json!({ "messageId": id, "text": second }), "seq").await;
    let database = rows::open(store).await;
    assert!(rows::contain_text(&database, first).await && rows::contain_text(&database, second).await);
    author.mutate("deleteMessage", json!({ "messageId": id }), "seq").await;
    let end = workspace.create_channel("end").await;
    for secret in [first, second] {
        assert!(!rows::contain_text(&database, secret).await, "{secret} is still in the database");
    }
    // Neither in the memory of the server, nor in what another server reads.
    let second_server = Server::on(store).await;
    for server in [&server, &second_server] {
        let mut socket = other
            .at(server)
            .subscribe(crate::support::ALL_LOG_EVENTS, json!({ "workspaceId": workspace.id, "after": 0 }))
            .await;
        let mut received = String::new();
        while !received.contains(&format!(r#""seq":{end}"#)) {
            received += &socket.try_next().await.unwrap();
        }
        assert!(received.contains(&id) && !received.contains("secret"), "{received}");
    }
    server.stop().await;
    second_server.stop().await;
    process::verify(store).await;
}
