//! Limits on uploads: disk space, concurrent uploads and preview workers.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{
    Client, FileStorage, Response, Server, Store, UPLOAD, Uploader, Workspace, both, png, random_bytes, sqlite, text,
    uuid_of,
};

sqlite! {
    a_part_has_one_writer_and_a_bounded_size
    limits_concurrent_uploads_per_account
}

both! { account_and_server_quotas_span_workspaces }

const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// Starts to PUT a part and sends half of its bytes.
async fn send_half(server: &Server, part: &Value, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/octet-stream\r\n\
         content-length: {}\r\n\r\n",
        text(part, "/url"),
        bytes.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&bytes[..bytes.len() / 2]).await.unwrap();
    stream
}

async fn read_response(mut stream: TcpStream) -> Response {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    Response::read(&bytes)
}

/// Returns the stream that receives a response first, then the other.
async fn first_answered(one: TcpStream, other: TcpStream) -> (TcpStream, TcpStream) {
    let one_is_first = tokio::select! {
        ready = one.readable() => ready.is_ok(),
        ready = other.readable() => ready.is_err(),
    };
    if one_is_first { (one, other) } else { (other, one) }
}

/// Number and total bytes of the files in a folder.
fn stored_files(folder: &Path) -> (usize, u64) {
    let Ok(entries) = std::fs::read_dir(folder) else { return (0, 0) };
    entries.flatten().fold((0, 0), |(files, bytes), entry| match entry.metadata() {
        Ok(found) if found.is_dir() => {
            let (more, larger) = stored_files(&entry.path());
            (files + more, bytes + larger)
        }
        Ok(found) => (files + 1, bytes + found.len()),
        Err(_) => (files, bytes),
    })
}

async fn a_part_has_one_writer_and_a_bounded_size(store: &Store) {
    let server = FileStorage::in_store(store).start_server().await;
    let workspace = Workspace::create(server.address).await;
    let uploader = Uploader { client: &workspace.owner().client, workspace: &workspace.id };
    let bytes = random_bytes(1 << 20, 3);
    let upload = uploader.create("a.bin", &bytes).await.unwrap();
    let part = &upload["parts"][0];
    let mut writer = send_half(&server, part, &bytes).await;
    for _ in 0..10 {
        let other = send_half(&server, part, &bytes).await;
        // The later writer wins; the other is told, and its bytes are removed.
        let displaced;
        (displaced, writer) = first_answered(writer, other).await;
        let response = read_response(displaced).await;
        assert_eq!((response.status, &*response.code()), (409, "CONFLICT"));
    }
    let folder = store.directory.path().join("media");
    let mut interval = tokio::time::interval(POLL_INTERVAL);
    while stored_files(&folder).0 > 1 {
        interval.tick().await;
    }
    assert!(stored_files(&folder).1 <= 1 << 20, "{:?}", stored_files(&folder));
    writer.write_all(&bytes[bytes.len() / 2..]).await.unwrap();
    assert_eq!(read_response(writer).await.status, 200);
    uploader.complete(&text(&upload, "/id")).await.unwrap();
    server.stop().await;
}

async fn limits_concurrent_uploads_per_account(store: &Store) {
    let server = FileStorage::in_store(store).start_server().await;
    let workspace = Workspace::with_members(server.address, 2).await;
    let [ann, bob] = [0, 1].map(|n| Uploader { client: &workspace.members[n].client, workspace: &workspace.id });
    let bytes = random_bytes(1_000, 3);
    let mut open = Vec::new();
    for number in 0..8 {
        let upload = ann.create(&format!("{number}.bin"), &bytes).await.unwrap();
        open.push(send_half(&server, &upload["parts"][0], &bytes).await);
    }
    // All eight uploads are in progress: each has written its half.
    let mut interval = tokio::time::interval(POLL_INTERVAL);
    while stored_files(&store.directory.path().join("media")).0 < 8 {
        interval.tick().await;
    }
    let ninth = ann.create("ninth.bin", &bytes).await.unwrap();
    let refused = read_response(send_half(&server, &ninth["parts"][0], &bytes).await).await;
    assert_eq!((refused.status, &*refused.code()), (429, "RATE_LIMITED"));
    assert!(matches!(refused.header("retry-after"), Some("1" | "2" | "3")));
    bob.upload("b.bin", &bytes).await.unwrap();
    drop(open);
    server.stop().await;
}

/// Creates another workspace of the same user. Returns its id.
async fn create_workspace(client: &Client) -> String {
    text(&client.mutate("createWorkspace", json!({ "name": "Other" }), "workspace { id }").await, "/workspace/id")
}

async fn account_and_server_quotas_span_workspaces(store: &Store) {
    let storage = FileStorage::in_store(store);
    let server = storage
        .start_server_with(|media| {
            (media.account_bytes, media.server_bytes, media.grace_seconds) = (3 << 20, 4 << 20, 1);
        })
        .await;
    let workspace = Workspace::with_members(server.address, 2).await;
    let (ann, bob) = (&workspace.members[0].client, &workspace.members[1].client);
    let (one, other) = (&workspace.id, create_workspace(ann).await);
    let create = |workspace: &str, mib: i64| json!({ "workspaceId": workspace, "name": "a", "size": mib << 20 });
    let created = ann.mutate("createUpload", create(one, 2), UPLOAD).await["upload"].clone();
    let failure = ann.try_mutate("createUpload", &create(&other, 2), "upload { id }").await.unwrap_err();
    assert!(failure.to_string().contains("3 MiB per account in all workspaces"), "{}", failure.to_string());
    ann.mutate("createUpload", create(&other, 1), "upload { id }").await;
    // Rejected uploads are not counted.
    bob.mutate("createUpload", create(one, 1), "upload { id }").await;
    let failure = bob.try_mutate("createUpload", &create(one, 1), "upload { id }").await.unwrap_err();
    assert!(failure.to_string().contains("4 MiB on this server"), "{}", failure.to_string());
    // Cleared uploads free their space.
    ann.mutate("cancelUpload", json!({ "uploadId": created["id"] }), "uploadId").await;
    let mut interval = tokio::time::interval(POLL_INTERVAL);
    while ann.try_mutate("createUpload", &create(&other, 2), "upload { id }").await.is_err() {
        interval.tick().await;
    }
    server.stop().await;
}

/// Ann has many pictures. Bob's picture is processed as soon as a worker is free that Ann does not use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn shares_preview_workers_between_accounts() {
    let folder = tempfile::tempdir().unwrap();
    let (program, log, gate) = (folder.path().join("gated"), folder.path().join("log"), folder.path().join("gate"));
    let script = format!(
        "#!/bin/sh\nread -r limits\nread -r task\necho \"$task\" >> {}\n\
         while [ ! -e {} ]; do /bin/sleep 0.02; done\nkill -9 $$\n",
        log.display(),
        gate.display()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let storage = FileStorage::in_directory(Store::sqlite());
    let server = storage.start_server_with(|media| media.previews_program = Some(program)).await;
    let workspace = Workspace::with_members(server.address, 2).await;
    let [ann, bob] = [0, 1].map(|n| Uploader { client: &workspace.members[n].client, workspace: &workspace.id });
    let mut hers = Vec::new();
    for number in 0..6 {
        hers.push(text(&ann.upload(&format!("{number}.png"), &png(20, 20, "")).await.unwrap(), "/id"));
    }
    let mut interval = tokio::time::interval(POLL_INTERVAL);
    let started_tasks =
        || std::fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    while started_tasks().is_empty() {
        interval.tick().await;
    }
    let his = text(&bob.upload("his.png", &png(20, 20, "")).await.unwrap(), "/id");
    while started_tasks().len() < 2 {
        interval.tick().await;
    }
    assert!(started_tasks()[1].contains(&uuid_of(&his).to_string()), "{:?}", started_tasks());
    std::fs::write(&gate, "").unwrap();
    for id in &hers {
        ann.wait_until_ready(id).await;
    }
    bob.wait_until_ready(&his).await;
    assert_eq!(started_tasks().len(), 7, "each picture is processed once");
    server.stop().await;
}
