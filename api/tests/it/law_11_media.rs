//! Law 11: a message never points to bytes that are not there, and no bytes outlive what points to them by more
//! than the grace. The real process is killed at every point between the bytes of a file and its event; then the
//! client goes on, and what it did not end is cleared away.

use std::collections::BTreeSet;
use std::time::Duration;

use api::log::failpoint::{MEDIA_POINTS, POINTS};
use api::worker::{collector, media_audit};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::{Client, Failure, text};
use crate::depot::{Depot, Uploader, address, browser, get, noise, png, slice};
use crate::process::{self, Process};
use crate::store::{Store, both};
use crate::team::Team;

both! {
    a_message_never_points_to_bytes_that_are_not_there
    bytes_go_with_what_points_to_them
    what_lies_about_is_found
}

const LOOK: Duration = Duration::from_millis(50);

async fn a_message_never_points_to_bytes_that_are_not_there(store: &Store) {
    let mut process = Process::start(store).await;
    let team = Team::begin(process.address, 2).await;
    process.kill().await;
    let mut sent = Vec::new();
    // Those behind the answer, and of rendering, are not on the way of a file.
    let lane = POINTS.iter().filter(|point| point.starts_with("lane.") && **point != "lane.answered");
    for (number, point) in MEDIA_POINTS.iter().chain(lane).enumerate() {
        let bytes = noise(70_000, number as u64);
        let mut process = Process::start(store).await;
        let client = team.owner().client.at(process.address);
        let upload = Uploader { client: &client, workspace: &team.workspace }.begin("a.bin", &bytes).await.unwrap();
        process.kill().await;
        let mut process = Process::start_with(store, Some(point)).await;
        let client = team.owner().client.at(process.address);
        // It dies of one of these.
        tokio::select! {
            () = process.died() => {}
            () = attempts(&client, &team, &upload, &bytes) => panic!("{point} was not passed"),
        }
        let mut process = Process::start(store).await;
        let client = team.owner().client.at(process.address);
        let message = ends(&client, &team, &upload, &bytes).await;
        sent.push((message, bytes));
        process.kill().await;
    }
    let mut process = Process::start(store).await;
    let reader = team.people[1].client.at(process.address);
    for (message, bytes) in sent {
        let query = "query($w: ID!, $i: ID!) { message(workspaceId: $w, id: $i) { files { url } } }";
        let found = reader.query(query, json!({ "w": team.workspace, "i": message })).await;
        let got = get(&reader, &text(&found["message"]["files"][0]["url"]), &[]).await;
        assert_eq!(got.bytes().await.unwrap(), bytes);
    }
    process.kill().await;
    process::verify(store).await;
}

/// Tries to bring a file there, as often as it takes a server that lives.
async fn attempts(client: &Client, team: &Team, upload: &Value, bytes: &[u8]) {
    for _ in 0..5 {
        let part = &upload["parts"][0];
        let put = browser().put(address(client, &text(&part["url"]))).body(slice(part, bytes));
        let put = put.header("content-type", "application/octet-stream").send().await;
        let input = json!({ "workspaceId": team.workspace, "uploadId": upload["id"] });
        let completed = client.mutate("completeUpload", &input, "status").await;
        if put.is_err() || matches!(completed, Err(Failure::Gone)) {
            // It is dying.
            std::future::pending::<()>().await;
        }
    }
}

/// Goes on where it was, as a client does: puts what is missing, completes, sends. Answers the message.
async fn ends(client: &Client, team: &Team, upload: &Value, bytes: &[u8]) -> String {
    let uploader = Uploader { client, workspace: &team.workspace };
    let id = text(&upload["id"]);
    let again = "query($w: ID!, $i: ID!) { upload(workspaceId: $w, id: $i) { parts { number offset size url method headers { name value } isReceived } } }";
    // Once it is a file it is no upload.
    if let Ok(again) = client.ask(again, json!({ "w": team.workspace, "i": id })).await {
        uploader.put_all(&again["upload"], bytes).await;
    }
    uploader.complete(&id).await.unwrap();
    let input = json!({ "workspaceId": team.workspace, "channelId": team.general, "text": "", "attachmentIds": [id] });
    text(&client.must("sendMessage", input, "message { id }").await["message"]["id"])
}

async fn bytes_go_with_what_points_to_them(store: &Store) {
    let depot = Depot::borrowed(store);
    let server = depot.serve_as(|media| media.grace_seconds = 1).await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let uploader = Uploader { client, workspace: &team.workspace };
    let kept = text(&uploader.upload("kept.png", &png(500, 500, "")).await.unwrap()["id"]);
    let send = |id: &str| json!({ "workspaceId": team.workspace, "channelId": team.general, "text": "x", "attachmentIds": [id] });
    client.must("sendMessage", send(&kept), "seq").await;
    uploader.ready(&kept).await;
    // Removed with its message, removed alone, never sent, never completed, cancelled.
    let gone = text(&uploader.upload("gone.png", &png(500, 500, "")).await.unwrap()["id"]);
    let message = text(&client.must("sendMessage", send(&gone), "message { id }").await["message"]["id"]);
    client.must("deleteMessage", json!({ "workspaceId": team.workspace, "messageId": message }), "seq").await;
    let alone = uploader.upload("alone.bin", &noise(100, 1)).await.unwrap();
    client.must("sendMessage", send(&text(&alone["id"])), "seq").await;
    client.must("deleteFile", json!({ "workspaceId": team.workspace, "fileId": alone["id"] }), "seq").await;
    assert_eq!(get(client, &text(&alone["url"]), &[]).await.status(), StatusCode::NOT_FOUND);
    uploader.upload("unsent.bin", &noise(100, 2)).await.unwrap();
    let cancelled = uploader.begin("cancelled.bin", &noise(100, 4)).await.unwrap();
    uploader.put_all(&cancelled, &noise(100, 4)).await;
    client
        .must("cancelUpload", json!({ "workspaceId": team.workspace, "uploadId": cancelled["id"] }), "uploadId")
        .await;
    // What was sent stays, whole, and all else goes by itself.
    let mine: BTreeSet<String> = ["original", "small", "large"]
        .map(|variant| format!("files/{}/{}/{variant}", &team.workspace[4..], &kept[4..]))
        .into();
    let mut looks = tokio::time::interval(LOOK);
    while depot.objects().await.into_iter().collect::<BTreeSet<_>>() != mine {
        looks.tick().await;
    }
    // And with the bytes what was counted of them.
    let query = "query($w: ID!) { workspace(id: $w) { fileLimits { memberBytesUsed workspaceBytesUsed } } }";
    let size = png(500, 500, "").len();
    let expected = json!({ "memberBytesUsed": size, "workspaceBytesUsed": size });
    while client.query(query, json!({ "w": team.workspace })).await["workspace"]["fileLimits"] != expected {
        looks.tick().await;
    }
    server.stop().await;
}

async fn what_lies_about_is_found(store: &Store) {
    let depot = Depot::borrowed(store);
    let server = depot.serve().await;
    let team = Team::begin(server.address, 1).await;
    let uploader = Uploader { client: &team.owner().client, workspace: &team.workspace };
    let whole = uploader.upload("whole.bin", &noise(100, 1)).await.unwrap();
    let lost = uploader.upload("lost.bin", &noise(100, 2)).await.unwrap();
    let root = depot.config().store.data.join("media");
    std::fs::remove_file(root.join(format!("files/{}/{}/original", &team.workspace[4..], &text(&lost["id"])[4..])))
        .unwrap();
    // From a time before this database: nothing names it.
    let stray = root.join(format!("files/{}/{}", &team.workspace[4..], uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&stray).unwrap();
    std::fs::write(stray.join("original"), b"stray").unwrap();
    let old = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    std::fs::File::open(stray.join("original")).unwrap().set_modified(old).unwrap();
    let report = media_audit::audit(&server.app).await.unwrap();
    assert_eq!((report.strays, report.missing), (1, vec![(team.id(), text(&lost["id"]).parse().unwrap())]));
    assert!(!stray.exists());
    assert_eq!(get(uploader.client, &text(&whole["url"]), &[]).await.status(), StatusCode::OK);
    // What is a file is never cleared away by a mistake of the caller.
    collector::clear(&server.app, team.id(), text(&whole["id"]).parse().unwrap()).await.unwrap();
    assert_eq!(get(uploader.client, &text(&whole["url"]), &[]).await.status(), StatusCode::OK);
    server.stop().await;
}
