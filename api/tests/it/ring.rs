//! The ring of a room: what is erased in the log is erased there as well, so that whoever resumes gets the same from
//! memory as from the database.

use serde_json::{Value, json};

use crate::client::text;
use crate::depot::{Depot, Uploader, noise};
use crate::feed::ALL;
use crate::server::Server;
use crate::socket::Socket;
use crate::store::{Store, both};
use crate::team::{Person, Team};

both! { a_removed_file_leaves_no_description_behind }

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
    let (unsent, sent) = ("unsent-secret.bin", "sent-secret.bin");
    let first = text(&uploader.upload(unsent, &noise(10, 1)).await.unwrap()["id"]);
    let second = text(&uploader.upload(sent, &noise(10, 2)).await.unwrap()["id"]);
    for id in [&first, &second] {
        uploader.ready(id).await;
    }
    let input = json!({
        "workspaceId": team.workspace, "channelId": team.general, "text": "", "attachmentIds": [second] });
    let message = text(&client.must("sendMessage", input, "message { id }").await["message"]["id"]);
    let before = seen(&server, &team, team.announce("before").await).await;
    let words = |items: &[Value], word: &str| items.iter().any(|item| item.to_string().contains(word));
    assert!(words(&before, unsent) && words(&before, sent));

    client.must("deleteFile", json!({ "workspaceId": team.workspace, "fileId": first }), "__typename").await;
    client.must("deleteMessage", json!({ "workspaceId": team.workspace, "messageId": message }), "__typename").await;
    let end = team.announce("end").await;
    let from_memory = seen(&server, &team, end).await;
    assert!(!words(&from_memory, unsent) && !words(&from_memory, sent), "{from_memory:?}");
    server.stop().await;
    // Another server has nothing of it in memory.
    let server = depot.serve().await;
    let client = team.owner().client.at(server.address);
    let team = Team { people: vec![Person { client, ..team.owner().clone() }], ..team };
    assert_eq!(seen(&server, &team, end).await, from_memory);
    server.stop().await;
}
