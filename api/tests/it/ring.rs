//! The ring of a room: what is erased in the log is erased there as well, so that whoever resumes gets the same from
//! memory as from the database; and what the rings of all rooms may take together.

use api::config::Config;
use serde_json::{Value, json};

use crate::client::text;
use crate::depot::{Depot, Uploader, noise};
use crate::fair_turns::{follows, next_text};
use crate::feed::ALL;
use crate::people::{Company, server_of};
use crate::server::Server;
use crate::socket::Socket;
use crate::store::{Store, both};
use crate::team::{Person, Team};

both! {
    a_removed_file_leaves_no_description_behind
    what_rooms_keep_is_bounded_over_all_of_them
}

/// Everything from the beginning up to a number, as it comes.
async fn seen(server: &Server, team: &Team, end: i64) -> Vec<Value> {
    let mut socket = Socket::ready(server, team.owner().client.token.as_deref()).await;
    socket.subscribe("1", ALL, json!({ "workspaceId": team.workspace, "after": 3 })).await;
    let mut items = Vec::new();
    loop {
        let item = socket.next_of("1").await["payload"]["data"]["events"].clone();
        let seq = item["seq"].as_i64();
        items.extend(seq.map(|_| item));
        if seq == Some(end) {
            return items;
        }
    }
}

async fn a_removed_file_leaves_no_description_behind(store: &Store) {
    let depot = Depot::borrowed(store);
    let server = depot.serve().await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let uploader = Uploader { client, workspace: &team.workspace };
    let removed = ["unsent-secret.bin", "sent-secret.bin", "one-of-two-secret.bin"];
    let kept = "the-other-of-two.bin";
    let mut ids = Vec::new();
    for name in removed.into_iter().chain([kept]) {
        let id = text(&uploader.upload(name, &noise(10, 1)).await.unwrap()["id"]);
        uploader.ready(&id).await;
        ids.push(id);
    }
    let send = async |files: &[String]| {
        let input = json!({
            "workspaceId": team.workspace, "channelId": team.general, "text": "", "attachmentIds": files });
        text(&client.must("sendMessage", input, "message { id }").await["message"]["id"])
    };
    let alone = send(&ids[1..2]).await;
    let both = send(&ids[2..4]).await;
    let before = seen(&server, &team, team.announce("before").await).await;
    let words = |items: &[Value], word: &str| items.iter().any(|item| item.to_string().contains(word));
    assert!(removed.into_iter().chain([kept]).all(|name| words(&before, name)), "{before:?}");

    for id in [&ids[0], &ids[2]] {
        client.must("deleteFile", json!({ "workspaceId": team.workspace, "fileId": id }), "__typename").await;
    }
    client.must("deleteMessage", json!({ "workspaceId": team.workspace, "messageId": alone }), "__typename").await;
    let end = team.announce("end").await;
    let from_memory = seen(&server, &team, end).await;
    assert!(!removed.into_iter().any(|name| words(&from_memory, name)), "{from_memory:?}");
    // Of a message that stays, the file that was removed is a place and the other is as it was.
    let files = |items: &[Value]| {
        let sent = |item: &&Value| item["__typename"] == "MessageSent" && item["message"]["id"] == both.as_str();
        items.iter().find(sent).unwrap()["message"]["files"].clone()
    };
    let (then, now) = (files(&before), files(&from_memory));
    assert_eq!((now.as_array().unwrap().len(), &now[1]), (2, &then[1]));
    assert_eq!((&now[0]["id"], &now[0]["name"]), (&then[0]["id"], &json!("")));
    server.stop().await;
    // Another server has nothing of it in memory.
    let server = depot.serve().await;
    let client = team.owner().client.at(server.address);
    let team = Team { people: vec![Person { client, ..team.owner().clone() }], ..team };
    assert_eq!(seen(&server, &team, end).await, from_memory);
    server.stop().await;
}

/// One account fills the rooms of several workspaces, each within what one room may keep.
async fn what_rooms_keep_is_bounded_over_all_of_them(store: &Store) {
    const BOUND: usize = 1 << 20;
    /// One event, and its frame twice, which are there before room is made for them.
    const MOMENT: usize = 64_000 + 2 * 2 * 65_000 + (16 << 10);
    const ROOMS: usize = 4;
    const MESSAGES: usize = 8;
    let server = server_of(Config { live_bytes: BOUND as u64, ..store.config() }).await;
    let keep = server.app.rooms.keep();
    let small = Company::first(&server).await;
    let first = small.owner.sends(&server, &small, &small.general, "little").await.1;
    small.owner.sends(&server, &small, &small.general, "and little").await;
    let words = "🙂".repeat(15_990);
    let mut large = Vec::new();
    for n in 0..ROOMS {
        let company = small.owner.founds(&server, &format!("Company {n}")).await;
        // Somebody looks on, so that frames are kept as well.
        let mut onlooker = follows(&server, &company.owner, &company, "words", None).await;
        onlooker.next_of("1").await;
        for at in 0..MESSAGES {
            company.owner.sends(&server, &company, &company.general, &format!("{at} {words}")).await;
            assert_eq!(next_text(&mut onlooker, "words").await, format!("{at} {words}"));
            assert!(keep.bytes() <= BOUND + MOMENT, "{} bytes", keep.bytes());
        }
        large.push(company);
    }
    // Whoever keeps little keeps it all.
    let room = server.app.rooms.get(small.workspace.parse().unwrap()).await.unwrap();
    assert_eq!(room.after(first - 1, 100).map(|kept| kept.len()), Some(2));
    // What went is read from the database.
    for company in &large {
        let mut late = follows(&server, &company.owner, company, "words", Some(1)).await;
        for at in 0..MESSAGES {
            assert_eq!(next_text(&mut late, "words").await, format!("{at} {words}"));
        }
    }
    assert!(keep.bytes() <= BOUND + MOMENT, "{} bytes", keep.bytes());
}
