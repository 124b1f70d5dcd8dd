//! Invariant 11: a message never references missing contents, and no contents outlive their reference by more than the
//! grace period. The real process is killed at every point between the contents of a file and its event; the client
//! then continues, and abandoned uploads are cleared.

use std::collections::BTreeSet;
use std::time::Duration;

use api::ground::id::FileId;
use api::log::failpoint::{MEDIA_POINTS, POINTS};
use api::worker::{collector, media_audit};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{
    Client, FileStorage, Process, RequestError, Store, Uploader, Workspace, absolute_url, both, download, http_client,
    id_of, part_bytes, png, process, random_bytes, text, uuid_of,
};

both! {
    a_message_never_references_missing_contents
    unreferenced_contents_are_deleted
    finds_stray_and_missing_objects
}

const POLL_INTERVAL: Duration = Duration::from_millis(50);

async fn a_message_never_references_missing_contents(store: &Store) {
    let mut process = Process::start(store).await;
    let workspace = Workspace::with_members(process.address, 2).await;
    process.kill().await;
    let mut sent = Vec::new();
    // Fail points after the response and of rendering are not reached by uploads.
    let lane = POINTS.iter().filter(|point| point.starts_with("lane.") && **point != "lane.answered");
    for (number, point) in MEDIA_POINTS.iter().chain(lane).enumerate() {
        let bytes = random_bytes(70_000, number as u64);
        let mut process = Process::start(store).await;
        let client = workspace.owner().client.at(process.address);
        let upload = Uploader { client: &client, workspace: &workspace.id }.create("a.bin", &bytes).await.unwrap();
        process.kill().await;
        let mut process = Process::start_with_failpoint(store, Some(point)).await;
        let client = workspace.owner().client.at(process.address);
        // One of these attempts kills the process.
        tokio::select! {
            () = process.wait_for_crash() => {}
            () = try_to_upload(&client, &upload, &bytes) => panic!("{point} was not reached"),
        }
        let mut process = Process::start(store).await;
        let client = workspace.owner().client.at(process.address);
        let message = finish_upload(&client, &workspace, &upload, &bytes).await;
        sent.push((message, bytes));
        process.kill().await;
    }
    let mut process = Process::start(store).await;
    let reader = workspace.members[1].client.at(process.address);
    for (message, bytes) in sent {
        let query = "query($i: ID!) { message(id: $i) { files { url } } }";
        let found = reader.query(query, json!({ "i": message })).await;
        let response = download(&reader, &text(&found, "/message/files/0/url"), &[]).await;
        assert_eq!(response.bytes().await.unwrap(), bytes);
    }
    process.kill().await;
    process::verify(store).await;
}

/// Tries to upload a file more often than a living server needs.
async fn try_to_upload(client: &Client, upload: &Value, bytes: &[u8]) {
    for _ in 0..5 {
        let part = &upload["parts"][0];
        let put = http_client().put(absolute_url(client, &text(part, "/url"))).body(part_bytes(part, bytes));
        let put = put.header("content-type", "application/octet-stream").send().await;
        let completed = client.try_mutate("completeUpload", &json!({ "uploadId": upload["id"] }), "status").await;
        if put.is_err() || matches!(completed, Err(RequestError::NoResponse(_))) {
            // The process is dying.
            std::future::pending::<()>().await;
        }
    }
}

/// Continues the upload as a client does: puts missing parts, completes, sends. Returns the message id.
async fn finish_upload(client: &Client, workspace: &Workspace, upload: &Value, bytes: &[u8]) -> String {
    let uploader = Uploader { client, workspace: &workspace.id };
    let id = text(upload, "/id");
    let again = "query($i: ID!) { upload(id: $i) { parts { number offset size url method headers { name value } isReceived } } }";
    // A completed upload is a file and no longer an upload.
    if let Ok(again) = client.try_query(again, json!({ "i": id })).await {
        uploader.put_missing_parts(&again["upload"], bytes).await;
    }
    uploader.complete(&id).await.unwrap();
    let input = json!({ "channelId": workspace.general, "text": "", "attachmentIds": [upload["fileId"]] });
    text(&client.mutate("sendMessage", input, "message { id }").await, "/message/id")
}

async fn unreferenced_contents_are_deleted(store: &Store) {
    let storage = FileStorage::in_store(store);
    let server = storage.start_server_with(|media| media.grace_seconds = 1).await;
    let workspace = Workspace::create(server.address).await;
    let client = &workspace.owner().client;
    let uploader = Uploader { client, workspace: &workspace.id };
    let kept = text(&uploader.upload("kept.png", &png(500, 500, "")).await.unwrap(), "/id");
    let send = |id: &str| json!({ "channelId": workspace.general, "text": "x", "attachmentIds": [id] });
    client.mutate("sendMessage", send(&kept), "seq").await;
    uploader.wait_until_ready(&kept).await;
    // Removed with its message, removed alone, never sent, never completed, cancelled.
    let deleted = text(&uploader.upload("gone.png", &png(500, 500, "")).await.unwrap(), "/id");
    let message = text(&client.mutate("sendMessage", send(&deleted), "message { id }").await, "/message/id");
    client.mutate("deleteMessage", json!({ "messageId": message }), "seq").await;
    let alone = uploader.upload("alone.bin", &random_bytes(100, 1)).await.unwrap();
    client.mutate("sendMessage", send(&text(&alone, "/id")), "seq").await;
    client.mutate("deleteFile", json!({ "fileId": alone["id"] }), "seq").await;
    assert_eq!(download(client, &text(&alone, "/url"), &[]).await.status(), StatusCode::NOT_FOUND);
    uploader.upload("unsent.bin", &random_bytes(100, 2)).await.unwrap();
    let cancelled = uploader.create("cancelled.bin", &random_bytes(100, 4)).await.unwrap();
    uploader.put_missing_parts(&cancelled, &random_bytes(100, 4)).await;
    client.mutate("cancelUpload", json!({ "uploadId": cancelled["id"] }), "uploadId").await;
    // The sent file stays complete, and everything else is deleted.
    let mine: BTreeSet<String> = ["original", "small", "large"]
        .map(|variant| format!("files/{}/{}/{variant}", workspace.parsed_id().0, uuid_of(&kept)))
        .into();
    let mut interval = tokio::time::interval(POLL_INTERVAL);
    while storage.objects().await.into_iter().collect::<BTreeSet<_>>() != mine {
        interval.tick().await;
    }
    // The counted usage shrinks as well.
    let query = "query($w: ID!) { workspace(id: $w) { fileLimits { memberBytesUsed workspaceBytesUsed } } }";
    let size = png(500, 500, "").len();
    let expected = json!({ "memberBytesUsed": size, "workspaceBytesUsed": size });
    while client.query(query, json!({ "w": workspace.id })).await["workspace"]["fileLimits"] != expected {
        interval.tick().await;
    }
    server.stop().await;
}

async fn finds_stray_and_missing_objects(store: &Store) {
    let storage = FileStorage::in_store(store);
    let server = storage.start_server().await;
    let workspace = Workspace::create(server.address).await;
    let uploader = Uploader { client: &workspace.owner().client, workspace: &workspace.id };
    let whole = uploader.upload("whole.bin", &random_bytes(100, 1)).await.unwrap();
    let lost = uploader.upload("lost.bin", &random_bytes(100, 2)).await.unwrap();
    let root = storage.config().store.data.join("media");
    let lost: FileId = id_of(&text(&lost, "/id"));
    std::fs::remove_file(root.join(format!("files/{}/{}/original", workspace.parsed_id().0, lost.0))).unwrap();
    // Older than the database, which does not reference it.
    let stray = root.join(format!("files/{}/{}", workspace.parsed_id().0, uuid::Uuid::new_v4()));
    std::fs::create_dir_all(&stray).unwrap();
    std::fs::write(stray.join("original"), b"stray").unwrap();
    let old = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    std::fs::File::open(stray.join("original")).unwrap().set_modified(old).unwrap();
    let report = media_audit::audit(&server.app).await.unwrap();
    assert_eq!((report.strays, report.missing), (1, vec![(workspace.parsed_id(), lost)]));
    assert!(!stray.exists());
    assert_eq!(download(uploader.client, &text(&whole, "/url"), &[]).await.status(), StatusCode::OK);
    // Clearing a completed file by mistake has no effect.
    collector::clear(&server.app, workspace.parsed_id(), id_of(&text(&whole, "/id"))).await.unwrap();
    assert_eq!(download(uploader.client, &text(&whole, "/url"), &[]).await.status(), StatusCode::OK);
    server.stop().await;
}
