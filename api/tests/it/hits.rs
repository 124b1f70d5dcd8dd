//! What was found is opened, and what is not surely a text is not found.

use serde_json::json;

use crate::client::Client;
use crate::depot::Uploader;
use crate::people::{Company, server_on, text};
use crate::search::finds;
use crate::store::{Store, both};

both! {
    texts_are_found_by_their_letters_in_any_encoding
    a_hit_that_is_a_reply_opens_the_channel_and_its_thread
}

async fn texts_are_found_by_their_letters_in_any_encoding(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ana = company.hires(&server, "Ana", "MEMBER").await;
    let client = Client { token: Some(ana.token.clone()), ..Client::new(server.address) };
    let uploader = Uploader { client: &client, workspace: &company.workspace };
    // "Prüfbericht für Köln" in Windows-1252, "会議は火曜日です" in Shift-JIS, and what is too little to tell.
    let files = [
        ("bericht.csv", "5072fc66626572696368742066fc72204bf66c6e"),
        ("memo.txt", "89ef8b6382cd89ce976a93fa82c582b7"),
        ("odd.txt", "8d8f20818d206c616d706c69676874"),
    ];
    for (name, digits) in files {
        let id = text(&uploader.upload(name, &hex::decode(digits).unwrap()).await.unwrap(), "/id");
        let input = json!({ "workspaceId": company.workspace, "channelId": company.general, "text": name,
            "attachmentIds": [id] });
        client.must("sendMessage", input, "seq").await;
        uploader.ready(&id).await;
    }
    server.indexed().await;
    for (query, wanted) in [
        ("Prüfbericht", vec!["bericht.csv", "bericht.csv"]),
        ("Köln", vec!["bericht.csv", "bericht.csv"]),
        ("fbericht", vec![]),
        ("火曜日", vec!["memo.txt", "memo.txt"]),
        ("lamplight", vec![]),
    ] {
        assert_eq!(finds(&server, &company.owner, &company, query).await, wanted, "{query}");
    }
    server.stop().await;
}

async fn a_hit_that_is_a_reply_opens_the_channel_and_its_thread(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let owner = &company.owner;
    let (root, _) = owner.sends(&server, &company, &company.general, "root").await;
    let input = json!({ "workspaceId": company.workspace, "channelId": company.general, "threadId": root,
        "text": "reply" });
    let sent = owner.does(&server, "sendMessage", "{ message { id } }", input).await;
    owner.sends(&server, &company, &company.general, "later").await;
    let query = "query($w: ID!, $c: ID!, $m: ID!, $r: ID!) {
        channel(workspaceId: $w, id: $c) { messages(around: $m) { nodes { text } } }
        message(workspaceId: $w, id: $r) { thread { replies(around: $m) { nodes { text } } } } }";
    let variables = json!({ "w": company.workspace, "c": company.general, "m": text(&sent, "/message/id"), "r": root });
    let found = owner.ask(&server, query, variables).await;
    assert_eq!(
        found,
        json!({ "data": {
            "channel": { "messages": { "nodes": [{ "text": "root" }, { "text": "later" }] } },
            "message": { "thread": { "replies": { "nodes": [{ "text": "reply" }] } } },
        } })
    );
    server.stop().await;
}
