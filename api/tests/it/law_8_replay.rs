//! Law 8: the tables are what the log says. A replay rebuilds them to the byte, also after erasures; the
//! chain of digests tells of every change; and what was deleted is nowhere.

use std::collections::BTreeMap;

use api::log::{replay, verify};
use serde_json::json;

use crate::client::text;
use crate::depot::{Uploader, png};
use crate::play::{Known, Play};
use crate::process;
use crate::random::Random;
use crate::rows;
use crate::server::Server;
use crate::socket::Socket;
use crate::store::{Store, both};
use crate::team::Team;

both! {
    a_replay_rebuilds_the_tables_to_the_byte
    every_change_of_the_log_is_found
    a_deleted_text_is_nowhere
}

async fn a_replay_rebuilds_the_tables_to_the_byte(store: &Store) {
    let played = play(store, "law 8", 80).await;
    assert!(played.iter().any(|known| known.deleted) && played.iter().any(|known| known.texts.len() > 1));
    let database = rows::open(store).await;
    let before = tables(store).await;
    assert!(before.values().all(|rows| !rows.is_empty()), "{before:?}");
    replay::all(&database, |_, _| {}).await.unwrap();
    same(&before, &tables(store).await);
    // Rows that the log knows nothing of do not survive, and rows that were lost come back.
    for sql in ["DELETE FROM reaction", "UPDATE message SET text = 'forged'", "UPDATE member SET role = 'owner'"] {
        assert!(rows::change(&database, sql).await > 0, "{sql}");
    }
    let (done, said) = process::run(store, &["replay"]).await;
    assert!(done, "{said}");
    same(&before, &tables(store).await);
    process::verify(store).await;
}

/// Random history, in a workspace and in the log of accounts and sign-ins; then nobody writes any more.
async fn play(store: &Store, test: &str, rounds: usize) -> Vec<Known> {
    let mut random = Random::seeded(test);
    let server = Server::start_at(store).await;
    let team = Team::begin(server.address, 5).await;
    let mut play = Play::new(team.clone(), vec![server.address], random.fork(), 2);
    play.rounds(rounds).await;
    // What a short play may lack.
    let message = play.messages[0].clone();
    let owner = &team.owner().client;
    let workspace = &team.workspace;
    owner.mutate("deleteMessage", &json!({ "workspaceId": workspace, "messageId": message.id }), "seq").await.ok();
    let room = json!({ "workspaceId": workspace, "name": "kept" });
    let room = text(&owner.must("createChannel", room, "channel { id }").await["channel"]["id"]);
    let sent = json!({ "workspaceId": workspace, "channelId": room, "text": "<!channel> kept" });
    let kept = text(&owner.must("sendMessage", sent, "message { id }").await["message"]["id"]);
    let reaction = json!({ "workspaceId": workspace, "messageId": kept, "emoji": "👍" });
    owner.must("addReaction", reaction, "seq").await;
    files(&team, &room).await;
    owner.must("signIn", json!({ "email": "person0@example.com", "password": "correct horse battery" }), "token").await;
    team.people[4].client.must("signOut", json!({}), "signInId").await;
    // Registered by an invite, and not in the workspace yet.
    team.register().await;
    let mut played = play.messages;
    played[0].deleted = true;
    server.stop().await;
    played
}

/// Files in every state that one can be in, an emoji, an avatar that replaced another.
async fn files(team: &Team, channel: &str) {
    let (owner, workspace) = (&team.owner().client, &team.workspace);
    let uploader = Uploader { client: owner, workspace };
    let mut ids = Vec::new();
    for name in
        ["unsent", "sent", "alone", "with its message", "old avatar", "new avatar", "icon", "emoji", "gone emoji"]
    {
        let file = uploader.upload(&format!("{name}.png"), &png(50, 40, "")).await.unwrap();
        ids.push(text(&uploader.ready(&text(&file["id"])).await["id"]));
    }
    let send =
        |ids: &[String]| json!({ "workspaceId": workspace, "channelId": channel, "text": "", "attachmentIds": ids });
    owner.must("sendMessage", send(&ids[1..3]), "seq").await;
    owner.must("updateFile", json!({ "workspaceId": workspace, "fileId": ids[1], "alt": "A box" }), "seq").await;
    owner.must("deleteFile", json!({ "workspaceId": workspace, "fileId": ids[2] }), "seq").await;
    let gone = text(&owner.must("sendMessage", send(&ids[3..4]), "message { id }").await["message"]["id"]);
    owner.must("deleteMessage", json!({ "workspaceId": workspace, "messageId": gone }), "seq").await;
    for avatar in &ids[4..6] {
        owner.must("updateMember", json!({ "workspaceId": workspace, "avatarId": avatar }), "seq").await;
    }
    owner
        .must("updateWorkspace", json!({ "workspaceId": workspace, "iconId": ids[6], "name": "Another" }), "seq")
        .await;
    for (name, id) in [("kept", &ids[7]), ("gone", &ids[8])] {
        let input = json!({ "workspaceId": workspace, "name": name, "fileId": id });
        let emoji = text(&owner.must("createEmoji", input, "emoji { id }").await["emoji"]["id"]);
        if name == "gone" {
            owner.must("deleteEmoji", json!({ "workspaceId": workspace, "emojiId": emoji }), "seq").await;
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

async fn every_change_of_the_log_is_found(store: &Store) {
    play(store, "law 8, changes", 15).await;
    process::verify(store).await;
    let database = rows::open(store).await;
    rows::change(&database, "CREATE TABLE event_before AS SELECT * FROM event").await;
    for (sql, seq) in changes(database.is_sqlite()) {
        assert_eq!(rows::change(&database, &sql).await, 1, "{sql}");
        let flaws = verify::all(&database, |_| {}).await.unwrap().flaws;
        assert_eq!(flaws.len(), 1, "{sql}: {flaws:?}");
        assert!(seq.is_none_or(|seq| flaws[0].seq == seq), "{sql}: {flaws:?}");
        let (proven, said) = process::run(store, &["verify"]).await;
        assert!(!proven && said.contains(&flaws[0].to_string()), "{said}");
        rows::change(&database, "DELETE FROM event").await;
        rows::change(&database, "INSERT INTO event SELECT * FROM event_before").await;
    }
    process::verify(store).await;
}

/// Every way in which one event of a workspace can be changed, and at which number that is found.
fn changes(sqlite: bool) -> Vec<(String, Option<i64>)> {
    let bytes = if sqlite { "x'00'" } else { "'\\x00'::bytea" };
    let one = "workspace_id IN (SELECT workspace_id FROM workspace) AND seq";
    let columns = "version, kind, actor_id, command_id, message_id, skeleton, salt, body, body_hash, digest, at";
    let sets = [
        "skeleton = replace(skeleton, 'owner', 'admin')".to_owned(),
        "body = replace(body, 'Person', 'person')".to_owned(),
        "at = at + 1".to_owned(),
        "version = version - 1".to_owned(),
        "kind = 'member_left'".to_owned(),
        "message_id = actor_id".to_owned(),
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

async fn a_deleted_text_is_nowhere(store: &Store) {
    let server = Server::start_at(store).await;
    let team = Team::begin(server.address, 2).await;
    let (author, other) = (&team.people[0].client, &team.people[1]);
    let workspace = &team.workspace;
    let [first, second] = ["the first secret", "the second secret"];
    let sent =
        json!({ "workspaceId": workspace, "channelId": team.general, "text": format!("<@{}> {first}", other.member) });
    let id = text(&author.must("sendMessage", sent, "message { id }").await["message"]["id"]);
    let edited = json!({ "workspaceId": workspace, "messageId": id, "text": second });
    author.must("editMessage", edited, "seq").await;
    let database = rows::open(store).await;
    assert!(rows::contain(&database, first).await && rows::contain(&database, second).await);
    author.must("deleteMessage", json!({ "workspaceId": workspace, "messageId": id }), "seq").await;
    let end = team.announce("end").await;
    for secret in [first, second] {
        assert!(!rows::contain(&database, secret).await, "{secret} is still in the database");
    }
    // Neither in the memory of the server, nor in what another one reads.
    let fresh = Server::start_at(store).await;
    for server in [&server, &fresh] {
        let mut socket = Socket::ready(server, other.client.token.as_deref()).await;
        socket.subscribe("1", crate::observer::EVERYTHING, json!({ "workspaceId": workspace, "after": 0 })).await;
        let mut heard = String::new();
        while !heard.contains(&format!(r#""seq":{end}"#)) {
            heard += &socket.try_next().await.unwrap();
        }
        assert!(heard.contains(&id) && !heard.contains("secret"), "{heard}");
    }
    server.stop().await;
    fresh.stop().await;
    process::verify(store).await;
}
