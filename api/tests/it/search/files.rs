//! Searching files by name, contents and the messages they are attached to.

use serde_json::json;

use crate::search::queries::{pause_indexing, search_texts};
use crate::support::{Client, Setup, Uploader, both, png, text};

both! {
    finds_files_by_name_and_text
    changed_descriptions_take_effect_before_indexing
}

async fn finds_files_by_name_and_text(Setup { server, workspace, .. }: &Setup) {
    let ana = workspace.add_member("Ana", "MEMBER").await;
    let client = Client::new(server.address).signed_in(ana.token());
    let uploader = Uploader { client: &client, workspace: &workspace.id };
    let mut ids = Vec::new();
    for (words, name, bytes) in
        [("Look", "harbour-morning.png", png(30, 30, "")), ("Read", "notes.txt", b"The walrus signed it.".to_vec())]
    {
        let id = text(&uploader.upload(name, &bytes).await.unwrap(), "/id");
        let input = json!({ "channelId": workspace.general, "text": words, "attachmentIds": [id] });
        client.mutate("sendMessage", input, "seq").await;
        uploader.wait_until_ready(&id).await;
        ids.push(id);
    }
    server.wait_for_index().await;
    let owner = workspace.owner();
    for (query, wanted) in [
        ("harbour", vec!["Look", "harbour-morning.png"]),
        ("walrus", vec!["Read", "notes.txt"]),
        ("\"look harbour\"", vec![]),
        ("look has:image", vec!["Look"]),
        ("has:file", vec!["Read", "Look"]),
        ("has:image", vec!["Look"]),
        ("has:file -has:image", vec!["Read"]),
    ] {
        assert_eq!(search_texts(owner, workspace, query).await, wanted, "{query}");
    }
    let only = "query($w: ID!) { search(workspaceId: $w, query: \"harbour\", kinds: [FILE]) { edges { node {
      ... on File { name } } } } }";
    let response = owner.execute(only, json!({ "w": workspace.id })).await;
    assert_eq!(
        response["data"]["search"]["edges"],
        json!([{ "node": { "name": "harbour-morning.png" } }]),
        "{response}"
    );
    client.mutate("deleteFile", json!({ "fileId": ids[1] }), "seq").await;
    assert_eq!(search_texts(owner, workspace, "walrus").await, [] as [&str; 0], "before the index is updated");
    server.wait_for_index().await;
    assert_eq!(search_texts(owner, workspace, "walrus").await, [] as [&str; 0]);
}

async fn changed_descriptions_take_effect_before_indexing(Setup { server, workspace, .. }: &Setup) {
    let client = &workspace.owner().client;
    let uploader = Uploader { client, workspace: &workspace.id };
    let id = text(&uploader.upload("harbour.png", &png(30, 30, "")).await.unwrap(), "/id");
    let input = json!({ "channelId": workspace.general, "text": "Look", "attachmentIds": [id] });
    client.mutate("sendMessage", input, "seq").await;
    uploader.wait_until_ready(&id).await;
    let describe = async |alt: &str| client.mutate("updateFile", json!({ "fileId": id, "alt": alt }), "seq").await;
    let found = async |query: &str| search_texts(workspace.owner(), workspace, query).await;
    describe("A quay").await;
    server.wait_for_index().await;
    assert_eq!(found("quay").await, ["Look", "harbour.png"]);
    let _held = pause_indexing(server, workspace).await;
    describe("A dock").await;
    assert_eq!(found("quay").await, [] as [&str; 0]);
}
