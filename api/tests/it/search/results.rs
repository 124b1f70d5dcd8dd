//! Search results: opening a hit, and file text in any encoding.

use serde_json::json;

use crate::search::queries::search_texts;
use crate::support::{Client, Setup, Uploader, both, text};

both! {
    finds_file_text_in_any_encoding
    opens_the_channel_and_thread_of_a_reply
}

async fn finds_file_text_in_any_encoding(Setup { server, workspace, .. }: &Setup) {
    let ana = workspace.add_member("Ana", "MEMBER").await;
    let client = Client::new(server.address).signed_in(ana.token());
    let uploader = Uploader { client: &client, workspace: &workspace.id };
    // "Prüfbericht für Köln" in Windows-1252, "会議は火曜日です" in Shift-JIS, and a text too short to detect.
    let files = [
        ("bericht.csv", "5072fc66626572696368742066fc72204bf66c6e"),
        ("memo.txt", "89ef8b6382cd89ce976a93fa82c582b7"),
        ("odd.txt", "8d8f20818d206c616d706c69676874"),
    ];
    for (name, digits) in files {
        let id = text(&uploader.upload(name, &hex::decode(digits).unwrap()).await.unwrap(), "/id");
        let input = json!({ "channelId": workspace.general, "text": name, "attachmentIds": [id] });
        client.mutate("sendMessage", input, "seq").await;
        uploader.wait_until_ready(&id).await;
    }
    server.wait_for_index().await;
    for (query, wanted) in [
        ("Prüfbericht", vec!["bericht.csv", "bericht.csv"]),
        ("Köln", vec!["bericht.csv", "bericht.csv"]),
        ("fbericht", vec![]),
        ("火曜日", vec!["memo.txt", "memo.txt"]),
        ("lamplight", vec![]),
    ] {
        assert_eq!(search_texts(workspace.owner(), workspace, query).await, wanted, "{query}");
    }
}

async fn opens_the_channel_and_thread_of_a_reply(Setup { workspace, .. }: &Setup) {
    let owner = workspace.owner();
    let (root, _) = owner.send_message(&workspace.general, "root").await;
    let input = json!({ "channelId": workspace.general, "threadId": root, "text": "reply" });
    let sent = owner.mutate("sendMessage", input, "message { id }").await;
    owner.send_message(&workspace.general, "later").await;
    let query = "query($c: ID!, $m: ID!, $r: ID!) {
        channel(id: $c) { messages(around: $m) { nodes { text } } }
        message(id: $r) { thread { replies(around: $m) { nodes { text } } } } }";
    let variables = json!({ "c": workspace.general, "m": text(&sent, "/message/id"), "r": root });
    let found = owner.execute(query, variables).await;
    assert_eq!(
        found,
        json!({ "data": {
            "channel": { "messages": { "nodes": [{ "text": "root" }, { "text": "later" }] } },
            "message": { "thread": { "replies": { "nodes": [{ "text": "reply" }] } } },
        } })
    );
}
