//! Slow downloads: an account has a limited number of open files, and others are not affected.

use std::path::Path;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{
    Member, Request, Server, Setup, Workspace, connect_with_small_buffer, owner_of, random_bytes, request, sqlite,
    text, wait_for_waiters,
};

sqlite! { limits_concurrent_downloads_per_account }

/// Concurrent downloads per account, as documented.
const CONCURRENT_DOWNLOADS: usize = 16;
const FILE_BYTES: usize = 4 << 20;

/// Uploads and sends a file to the workspace. Returns its URL.
async fn share_file(server: &Server, user: &Member, workspace: &Workspace) -> String {
    let input = json!({ "workspaceId": workspace.id, "name": "a.bin", "size": FILE_BYTES });
    let created = user.mutate("createUpload", input, "upload { id fileId parts { url } }").await;
    let put = request("PUT", &text(&created, "/upload/parts/0/url")).body(random_bytes(FILE_BYTES, 3));
    assert_eq!(server.send(put).await.status, 200);
    let file = user.mutate("completeUpload", json!({ "uploadId": created["upload"]["id"] }), "file { url }").await;
    let send = json!({ "channelId": workspace.general, "text": "here",
        "attachmentIds": [created["upload"]["fileId"]] });
    user.mutate("sendMessage", send, "seq").await;
    text(&file, "/file/url")
}

fn get_request(url: &str, user: &Member) -> Request {
    request("GET", url).header("authorization", &format!("Bearer {}", user.token()))
}

/// The number of files in a folder that this process has open.
fn open_files(folder: &Path) -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let targets = open.filter_map(|file| std::fs::read_link(file.path()).ok());
    targets.filter(|target| target.starts_with(folder)).count()
}

async fn limits_concurrent_downloads_per_account(Setup { store, server, workspace }: &Setup) {
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let url = share_file(server, workspace.owner(), workspace).await;
    let (gate, owner) = (&server.app.semaphores.downloads, owner_of(workspace.owner()).await);
    let mut open = Vec::new();
    for number in 0..CONCURRENT_DOWNLOADS + 4 {
        let mut stream = connect_with_small_buffer(server).await;
        stream.write_all(&get_request(&url, workspace.owner()).bytes(server.address)).await.unwrap();
        if number < CONCURRENT_DOWNLOADS {
            let mut status_line = [0; 12];
            stream.read_exact(&mut status_line).await.unwrap();
            assert_eq!(status_line, *b"HTTP/1.1 200");
        }
        open.push(stream);
    }
    wait_for_waiters(gate, owner, 4).await;
    let folder = store.directory.path().canonicalize().unwrap().join("media");
    assert_eq!(open_files(&folder), CONCURRENT_DOWNLOADS);
    let response = server.send(get_request(&url, &ben)).await;
    assert_eq!((response.status, response.body.len()), (200, FILE_BYTES));
    // Abandoned downloads free their slots.
    drop(open);
    let mut response = server.send(get_request(&url, workspace.owner())).await;
    while response.status != 200 {
        response = server.send(get_request(&url, workspace.owner())).await;
    }
    assert_eq!(response.body.len(), FILE_BYTES);
}
