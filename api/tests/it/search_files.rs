//! Search of files over the wire: by name, by what they have in them, and by what messages have.

use serde_json::json;

use crate::client::Client;
use crate::depot::{Uploader, png};
use crate::people::{Company, server_on, text};
use crate::search::finds;
use crate::store::{Store, both};

both! { files_are_found_by_their_names_and_by_what_stands_in_them }

async fn files_are_found_by_their_names_and_by_what_stands_in_them(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ana = company.hires(&server, "Ana", "MEMBER").await;
    let client = Client { token: Some(ana.token.clone()), ..Client::new(server.address) };
    let uploader = Uploader { client: &client, workspace: &company.workspace };
    let mut ids = Vec::new();
    for (words, name, bytes) in
        [("Look", "harbour-morning.png", png(30, 30, "")), ("Read", "notes.txt", b"The walrus signed it.".to_vec())]
    {
        let id = text(&uploader.upload(name, &bytes).await.unwrap(), "/id");
        let input = json!({ "workspaceId": company.workspace, "channelId": company.general, "text": words,
            "attachmentIds": [id] });
        client.must("sendMessage", input, "seq").await;
        uploader.ready(&id).await;
        ids.push(id);
    }
    server.indexed().await;
    let owner = &company.owner;
    for (query, wanted) in [
        ("harbour", vec!["Look", "harbour-morning.png"]),
        ("walrus", vec!["Read", "notes.txt"]),
        ("\"look harbour\"", vec![]),
        ("look has:image", vec!["Look"]),
        ("has:file", vec!["Read", "Look"]),
        ("has:image", vec!["Look"]),
        ("has:file -has:image", vec!["Read"]),
    ] {
        assert_eq!(finds(&server, owner, &company, query).await, wanted, "{query}");
    }
    let only = "query($w: ID!) { search(workspaceId: $w, query: \"harbour\", kinds: [FILE]) { edges { node {
      ... on File { name } } } } }";
    let answer = owner.ask(&server, only, json!({ "w": company.workspace })).await;
    assert_eq!(answer["data"]["search"]["edges"], json!([{ "node": { "name": "harbour-morning.png" } }]), "{answer}");
    let input = json!({ "workspaceId": company.workspace, "fileId": ids[1] });
    client.must("deleteFile", input, "seq").await;
    assert_eq!(finds(&server, owner, &company, "walrus").await, [] as [&str; 0], "before the index has heard of it");
    server.indexed().await;
    assert_eq!(finds(&server, owner, &company, "walrus").await, [] as [&str; 0]);
    server.stop().await;
}
