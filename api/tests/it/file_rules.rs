//! Rules for files: limits, ownership, scanning, previews and links.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use api::ground::config::{MediaSettings, Scanner};
use api::ground::id::{FileId, UploadId};
use api::log::follower;
use api::wire::http::{Settings, Timing};
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{
    FileStorage, Server, Store, UPLOAD, Uploader, Workspace, download, new_id, png, postgres, random_bytes, rows, text,
    uuid_of,
};

postgres! { only_one_process_checks_an_upload }

/// A server with these media settings, and a workspace of two members.
async fn serve(change: impl FnOnce(&mut MediaSettings)) -> (FileStorage, Server, Workspace) {
    let storage = FileStorage::in_directory(Store::sqlite());
    let server = storage.start_server_with(change).await;
    let workspace = Workspace::with_members(&server, 2).await;
    (storage, server, workspace)
}

#[tokio::test]
async fn every_limit_has_a_specific_error() {
    let (_storage, _server, workspace) = serve(|media| {
        (media.file_bytes, media.member_bytes, media.workspace_bytes) = (1 << 20, 3 << 20, 4 << 20);
    })
    .await;
    let (ann, bob) = (&workspace.members[0].client, &workspace.members[1].client);
    let create = |name: &str, size: i64| json!({ "workspaceId": workspace.id, "name": name, "size": size });
    for (name, size, code) in [
        ("a", 0, "BAD_USER_INPUT"),
        ("a", (1 << 20) + 1, "PAYLOAD_TOO_LARGE"),
        ("", 10, "BAD_USER_INPUT"),
        ("..", 10, "BAD_USER_INPUT"),
        ("a\u{202e}gpj.exe", 10, "BAD_USER_INPUT"),
        (&"n".repeat(256), 10, "BAD_USER_INPUT"),
    ] {
        let failure = ann.try_mutate("createUpload", &create(name, size), "upload { id }").await.unwrap_err();
        assert_eq!(failure.code(), code, "{name:?} {size}");
    }
    let wrong = json!({ "workspaceId": workspace.id, "name": "a", "size": 1, "sha256": "zz" });
    assert_eq!(ann.try_mutate("createUpload", &wrong, "upload { id }").await.unwrap_err().code(), "BAD_USER_INPUT");
    for _ in 0..3 {
        ann.mutate("createUpload", create("a", 1 << 20), "upload { id }").await;
    }
    let failure = ann.try_mutate("createUpload", &create("a", 1), "upload { id }").await.unwrap_err();
    assert!(failure.to_string().contains("3 MiB per member"), "{}", failure.to_string());
    bob.mutate("createUpload", create("a", 1 << 20), "upload { id }").await;
    let failure = bob.try_mutate("createUpload", &create("a", 1), "upload { id }").await.unwrap_err();
    assert!(failure.to_string().contains("4 MiB per workspace"), "{}", failure.to_string());
}

#[tokio::test]
async fn limits_pending_uploads_to_100() {
    let (_storage, _server, workspace) = serve(|_| {}).await;
    let client = &workspace.owner().client;
    let input = json!({ "workspaceId": workspace.id, "name": "a", "size": 1 });
    for _ in 0..100 {
        client.mutate("createUpload", input.clone(), "upload { id }").await;
    }
    let failure = client.try_mutate("createUpload", &input, "upload { id }").await.unwrap_err();
    assert_eq!(failure.code(), "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn creating_an_upload_is_idempotent_and_private_to_its_uploader() {
    let (_storage, _server, workspace) = serve(|_| {}).await;
    let (ann, bob) = (&workspace.members[0].client, &workspace.members[1].client);
    let id = new_id::<UploadId>(&workspace.id);
    let input = json!({ "workspaceId": workspace.id, "id": id, "name": "a.bin", "size": 3 });
    for _ in 0..2 {
        assert_eq!(ann.mutate("createUpload", input.clone(), "upload { id }").await["upload"]["id"], json!(id));
    }
    let limits = "query($w: ID!) { workspace(id: $w) { fileLimits { memberBytesUsed } } }";
    let used = ann.query(limits, json!({ "w": workspace.id })).await;
    assert_eq!(used["workspace"]["fileLimits"]["memberBytesUsed"], 3);
    let other = json!({ "workspaceId": workspace.id, "id": id, "name": "b.bin", "size": 3 });
    assert_eq!(ann.try_mutate("createUpload", &other, "upload { id }").await.unwrap_err().code(), "CONFLICT");
    assert_eq!(bob.try_mutate("createUpload", &input, "upload { id }").await.unwrap_err().code(), "CONFLICT");
    for mutation in ["completeUpload", "cancelUpload"] {
        let input = json!({ "uploadId": id });
        assert_eq!(bob.try_mutate(mutation, &input, "__typename").await.unwrap_err().code(), "NOT_FOUND", "{mutation}");
    }
    let query = "query($i: ID!) { upload(id: $i) { id } }";
    assert_eq!(bob.try_query(query, json!({ "i": id })).await.unwrap_err().code(), "NOT_FOUND");
}

#[tokio::test]
async fn a_file_is_attached_once_and_by_its_uploader() {
    let (_storage, _server, workspace) = serve(|_| {}).await;
    let (ann, bob) = (&workspace.members[0].client, &workspace.members[1].client);
    let uploader = Uploader { client: ann, workspace: &workspace.id };
    let file = text(&uploader.upload("a.bin", &random_bytes(10, 1)).await.unwrap(), "/id");
    let send = |ids: Value| json!({ "channelId": workspace.general, "text": "", "attachmentIds": ids });
    assert_eq!(bob.try_mutate("sendMessage", &send(json!([file])), "seq").await.unwrap_err().code(), "NOT_FOUND");
    assert_eq!(ann.try_mutate("sendMessage", &send(json!([])), "seq").await.unwrap_err().code(), "BAD_USER_INPUT");
    assert_eq!(
        ann.try_mutate("sendMessage", &send(json!([file, file])), "seq").await.unwrap_err().code(),
        "BAD_USER_INPUT"
    );
    let many: Vec<String> = (0..11).map(|_| new_id::<FileId>(&workspace.id)).collect();
    assert_eq!(ann.try_mutate("sendMessage", &send(json!(many)), "seq").await.unwrap_err().code(), "BAD_USER_INPUT");
    let message = text(&ann.mutate("sendMessage", send(json!([file])), "message { id }").await, "/message/id");
    assert_eq!(ann.try_mutate("sendMessage", &send(json!([file])), "seq").await.unwrap_err().code(), "CONFLICT");
    // The text may become empty while a file is attached.
    let edit = |text: &str| json!({ "messageId": message, "text": text });
    ann.mutate("editMessage", edit("words"), "seq").await;
    ann.mutate("editMessage", edit(""), "seq").await;
    let describe = |alt: &str| json!({ "fileId": file, "alt": alt });
    assert_eq!(ann.mutate("updateFile", describe("A graph"), "file { alt }").await["file"]["alt"], "A graph");
    assert_eq!(bob.try_mutate("updateFile", &describe("x"), "seq").await.unwrap_err().code(), "FORBIDDEN");
    assert_eq!(
        ann.try_mutate("updateFile", &describe(&"x".repeat(1001)), "seq").await.unwrap_err().code(),
        "BAD_USER_INPUT"
    );
    assert_eq!(bob.try_mutate("deleteFile", &json!({ "fileId": file }), "seq").await.unwrap_err().code(), "FORBIDDEN");
}

#[tokio::test]
async fn sets_avatars_workspace_icons_and_emoji() {
    let (_storage, _server, workspace) = serve(|_| {}).await;
    let (ann, bob) = (&workspace.members[0].client, &workspace.members[1].client);
    let uploader_for = |client| Uploader { client, workspace: &workspace.id };
    let picture = |name: &'static str| async move {
        text(&uploader_for(bob).upload(name, &png(64, 64, "")).await.unwrap(), "/id")
    };
    let set = |id: &str| json!({ "workspaceId": workspace.id, "avatarId": id });
    let first = picture("first.png").await;
    let avatar = bob.mutate("updateMember", set(&first), "member { avatarUrl }").await["member"]["avatarUrl"].clone();
    assert_eq!(download(ann, &text(&avatar, ""), &[]).await.status(), StatusCode::OK);
    let second = picture("second.png").await;
    bob.mutate("updateMember", set(&second), "seq").await;
    assert_eq!(
        download(ann, &text(&avatar, ""), &[]).await.status(),
        StatusCode::NOT_FOUND,
        "the old avatar is deleted"
    );
    let text_file = text(&uploader_for(bob).upload("a.txt", b"words").await.unwrap(), "/id");
    assert_eq!(bob.try_mutate("updateMember", &set(&text_file), "seq").await.unwrap_err().code(), "BAD_USER_INPUT");
    assert_eq!(ann.try_mutate("updateMember", &set(&text_file), "seq").await.unwrap_err().code(), "NOT_FOUND");
    let icon = text(&uploader_for(ann).upload("icon.png", &png(64, 64, "")).await.unwrap(), "/id");
    let update = json!({ "workspaceId": workspace.id, "iconId": icon, "name": "Acme & Co" });
    assert_eq!(bob.try_mutate("updateWorkspace", &update, "seq").await.unwrap_err().code(), "FORBIDDEN");
    let changed = ann.mutate("updateWorkspace", update, "workspace { name iconUrl }").await["workspace"].clone();
    assert_eq!((&changed["name"], changed["iconUrl"].is_string()), (&json!("Acme & Co"), true));
    let emoji_file = picture("face.png").await;
    let create = |name: &str, id: &str| json!({ "workspaceId": workspace.id, "name": name, "fileId": id });
    assert_eq!(
        bob.try_mutate("createEmoji", &create("Ä!", &emoji_file), "seq").await.unwrap_err().code(),
        "BAD_USER_INPUT"
    );
    let emoji =
        bob.mutate("createEmoji", create(":party:", &emoji_file), "emoji { id name url }").await["emoji"].clone();
    assert_eq!(emoji["name"], "party");
    assert_eq!(download(ann, &text(&emoji, "/url"), &[]).await.status(), StatusCode::OK);
    let again = picture("again.png").await;
    assert_eq!(bob.try_mutate("createEmoji", &create("party", &again), "seq").await.unwrap_err().code(), "CONFLICT");
    let sent = json!({ "channelId": workspace.general, "text": "hi :party:" });
    let message = text(&ann.mutate("sendMessage", sent, "message { id }").await, "/message/id");
    let react = |emoji: &str| json!({ "messageId": message, "emoji": emoji });
    ann.mutate("addReaction", react(":party:"), "seq").await;
    assert_eq!(ann.try_mutate("addReaction", &react(":nobody:"), "seq").await.unwrap_err().code(), "NOT_FOUND");
    ann.mutate("deleteEmoji", json!({ "emojiId": emoji["id"] }), "emojiId").await;
    let list = "query($w: ID!) { workspace(id: $w) { emoji { name } } }";
    assert_eq!(ann.query(list, json!({ "w": workspace.id })).await["workspace"]["emoji"], json!([]));
}

#[tokio::test]
async fn signed_links_work_on_the_media_origin() {
    let (storage, _server, workspace) = serve(|media| media.url = Some("http://media.example.org".into())).await;
    let client = &workspace.owner().client;
    let file = Uploader { client, workspace: &workspace.id }.upload("a.png", &png(9, 9, "")).await.unwrap();
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = format!("{}{}", client.url, text(&file, "/url"));
    let redirect = http.get(&url).bearer_auth(client.token.as_ref().unwrap()).send().await.unwrap();
    assert_eq!(redirect.status(), StatusCode::FOUND);
    let place =
        redirect.headers()["location"].to_str().unwrap().strip_prefix("http://media.example.org").unwrap().to_owned();
    let get = |place: &str| http.get(format!("{}{place}", client.url)).send();
    let response = get(&place).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "image/png");
    for changed in
        [place.replace("image%2Fpng", "text%2Fhtml"), place.replace("/original", "/large"), format!("{place}&download")]
    {
        assert_eq!(get(&changed).await.unwrap().status(), StatusCode::FORBIDDEN, "{changed}");
    }
    let stranger = workspace.register("Stranger").await;
    assert_eq!(download(&stranger.client, &text(&file, "/url"), &[]).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(http.get(&url).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    drop(storage);
}

/// Reads one clamd `INSTREAM` command. Returns the bytes to scan.
async fn shown(stream: &mut TcpStream) -> Vec<u8> {
    let mut command = [0; 10];
    stream.read_exact(&mut command).await.unwrap();
    assert_eq!(&command, b"zINSTREAM\0");
    let mut bytes = Vec::new();
    loop {
        let length = stream.read_u32().await.unwrap();
        if length == 0 {
            return bytes;
        }
        let mut piece = vec![0; length as usize];
        stream.read_exact(&mut piece).await.unwrap();
        bytes.extend(piece);
    }
}

const CLEAN_VERDICT: &[u8] = b"stream: OK\0";

/// A clamd server that flags streams which contain these bytes.
async fn scanner(found: &'static [u8]) -> Scanner {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let bytes = shown(&mut stream).await;
            let is_found = bytes.windows(found.len()).any(|part| part == found);
            let response: &[u8] = if is_found { b"stream: Test.Worm FOUND\0" } else { CLEAN_VERDICT };
            stream.write_all(response).await.unwrap();
        }
    });
    Scanner::Tcp(address)
}

#[tokio::test]
async fn rejects_files_the_scanner_flags() {
    let scanner = scanner(b"worm inside").await;
    let (storage, _server, workspace) = serve(|media| media.scanner = Some(scanner)).await;
    let uploader = Uploader { client: &workspace.owner().client, workspace: &workspace.id };
    assert!(uploader.upload("a.bin", &random_bytes(200_000, 1)).await.is_ok());
    let mut harmful = random_bytes(100_000, 2);
    harmful.extend(b"worm inside");
    let failure = uploader.upload("b.bin", &harmful).await.unwrap_err();
    assert_eq!(failure.code(), "BAD_USER_INPUT");
    assert!(failure.to_string().contains("Test.Worm"), "{}", failure.to_string());
    let originals = storage.objects().await.into_iter().filter(|name| name.ends_with("/original")).count();
    assert_eq!(originals, 1, "the flagged file is not stored");
}

/// While one process checks an upload, no other process may overwrite its bytes.
async fn only_one_process_checks_an_upload(store: &Store) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let storage = FileStorage::in_store(store);
    let scanner = Scanner::Tcp(listener.local_addr().unwrap().to_string());
    let (one, other) = (
        storage.start_server_with(|media| media.scanner = Some(scanner.clone())).await,
        storage.start_server_with(|media| media.scanner = Some(scanner.clone())).await,
    );
    let workspace = Workspace::create(one.address).await;
    let client = &workspace.owner().client;
    let uploader = Uploader { client, workspace: &workspace.id };
    let (clean, harmful) = (random_bytes(50_000, 1), random_bytes(50_000, 2));
    let create = json!({ "workspaceId": workspace.id, "name": "a.bin", "size": clean.len() });
    let upload = client.mutate("createUpload", create, UPLOAD).await["upload"].clone();
    uploader.put_missing_parts(&upload, &clean).await;
    let complete = json!({ "uploadId": upload["id"] });
    // The scanner has read the clean bytes and delays its verdict.
    let first = tokio::spawn({
        let (client, complete) = (client.clone(), complete.clone());
        async move { client.mutate("completeUpload", complete, "status").await }
    });
    let (mut scanning, _) = listener.accept().await.unwrap();
    assert!(shown(&mut scanning).await == clean);
    // Meanwhile the part is overwritten, and another process is asked to complete the upload.
    uploader.put_part(&upload["parts"][0], harmful).await;
    let there = client.at(other.address);
    assert_eq!(there.mutate("completeUpload", complete, "status").await["status"], "CHECKING");
    scanning.write_all(CLEAN_VERDICT).await.unwrap();
    drop(scanning);
    first.await.unwrap();
    let file = uploader.complete(&text(&upload, "/id")).await.unwrap()["file"].clone();
    assert!(download(&there, &text(&file, "/url"), &[]).await.bytes().await.unwrap() == clean);
    one.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn rejects_uploads_while_the_scanner_is_unavailable() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let (_storage, _server, workspace) = serve(|media| media.scanner = Some(Scanner::Tcp(closed))).await;
    let uploader = Uploader { client: &workspace.owner().client, workspace: &workspace.id };
    let failure = uploader.upload("a.bin", &random_bytes(1_000, 1)).await.unwrap_err();
    assert_eq!(failure.code(), "UNAVAILABLE");
}

/// A client that reads nothing would otherwise hold the file and the connection indefinitely.
#[tokio::test]
async fn disconnects_clients_that_read_nothing_of_a_file() {
    let storage = FileStorage::in_directory(Store::sqlite());
    let timing = Timing { write_timeout: Duration::from_millis(100), ..Timing::default() };
    let settings = Settings { timing, ..Settings::default() };
    let server = Server::start_with_config(None, settings, storage.config()).await;
    let workspace = Workspace::create(server.address).await;
    let client = &workspace.owner().client;
    // Larger than the buffers of a connection.
    let bytes = random_bytes(16 << 20, 6);
    let file = Uploader { client, workspace: &workspace.id }.upload("a.bin", &bytes).await.unwrap();
    let mut peer = TcpStream::connect(server.address).await.unwrap();
    let (url, token) = (text(&file, "/url"), client.token.as_ref().unwrap());
    let request = format!("GET {url} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
    peer.write_all(request.as_bytes()).await.unwrap();
    // Writes now and then and never reads, until the server closes the connection.
    let mut interval = tokio::time::interval(Duration::from_millis(20));
    while peer.write_all(b"x").await.is_ok() {
        interval.tick().await;
    }
}

#[tokio::test]
async fn completing_an_empty_upload_fails() {
    let (_storage, _server, workspace) = serve(|_| {}).await;
    let client = &workspace.owner().client;
    for _ in 0..20 {
        let id = new_id::<UploadId>(&workspace.id);
        let create = json!({ "workspaceId": workspace.id, "id": id, "name": "a", "size": 1 });
        let complete = json!({ "uploadId": id });
        let completes = (0..6).map(|_| client.try_mutate("completeUpload", &complete, "status"));
        let (created, completed) =
            tokio::join!(client.try_mutate("createUpload", &create, "upload { id }"), join_all(completes));
        assert!(created.is_ok(), "{created:?}");
        assert!(completed.iter().all(Result::is_err), "{completed:?}");
        client.mutate("cancelUpload", complete, "uploadId").await;
    }
}

#[tokio::test]
async fn a_cancelled_upload_accepts_no_parts_and_never_restarts() {
    let (storage, _server, workspace) = serve(|_| {}).await;
    let client = &workspace.owner().client;
    let uploader = Uploader { client, workspace: &workspace.id };
    let upload = uploader.create("a.bin", &random_bytes(1_000, 1)).await.unwrap();
    uploader.put_missing_parts(&upload, &random_bytes(1_000, 1)).await;
    // The state after a process was killed while it wrote a part.
    let folder = storage.config().store.data.join("media/uploads").join(uuid_of(&workspace.id).to_string());
    let folder = folder.join(uuid_of(&text(&upload, "/id")).to_string());
    std::fs::write(folder.join("00002#1"), b"half").unwrap();
    client.mutate("cancelUpload", json!({ "uploadId": upload["id"] }), "uploadId").await;
    assert_eq!(uploader.put_part(&upload["parts"][0], random_bytes(1_000, 1)).await, StatusCode::CONFLICT);
    let again = json!({ "workspaceId": workspace.id, "id": upload["id"], "name": "a.bin", "size": 1 });
    assert_eq!(client.try_mutate("createUpload", &again, "upload { id }").await.unwrap_err().code(), "CONFLICT");
    let mut interval = tokio::time::interval(Duration::from_millis(20));
    while folder.exists() {
        interval.tick().await;
    }
    assert_eq!(client.try_mutate("createUpload", &again, "upload { id }").await.unwrap_err().code(), "CONFLICT");
}

#[tokio::test]
async fn a_file_without_possible_previews_becomes_ready() {
    let (_storage, _server, workspace) = serve(|media| media.previews_program = Some("/nowhere/confab".into())).await;
    let uploader = Uploader { client: &workspace.owner().client, workspace: &workspace.id };
    let file = uploader.upload("a.png", &png(500, 500, "")).await.unwrap();
    let ready = uploader.wait_until_ready(&text(&file, "/id")).await;
    assert_eq!((&ready["previews"], &ready["width"]), (&json!([]), &json!(500)));
    // The original stands in for a missing preview.
    let small = text(&file, "/url").replace("original", "small");
    assert_eq!(download(uploader.client, &small, &[]).await.status(), StatusCode::OK);
}

/// Otherwise browsers that load a preview early would cache the original for a year.
#[tokio::test]
async fn preview_placeholders_are_not_cached() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("slow");
    std::fs::write(&program, "#!/bin/sh\nexec sleep 600\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (_storage, _server, workspace) = serve(|media| media.previews_program = Some(program)).await;
    let uploader = Uploader { client: &workspace.owner().client, workspace: &workspace.id };
    let file = uploader.upload("a.png", &png(500, 500, "")).await.unwrap();
    for (variant, seconds) in [("small", 45), ("original", 31_536_000)] {
        let url = text(&file, "/url").replace("original", variant);
        let response = download(uploader.client, &url, &[]).await;
        let kept = response.headers()["cache-control"].to_str().unwrap();
        assert!(kept.contains(&format!("max-age={seconds}")), "{variant}: {kept}");
    }
}

#[tokio::test]
async fn deleting_a_document_deletes_its_extracted_text() {
    let (_storage, server, workspace) = serve(|_| {}).await;
    let client = &workspace.owner().client;
    let uploader = Uploader { client, workspace: &workspace.id };
    for _ in 0..5 {
        let file = uploader.upload("a.txt", b"the quick walrus").await.unwrap();
        client.mutate("deleteFile", json!({ "fileId": file["id"] }), "seq").await;
    }
    let mut interval = tokio::time::interval(Duration::from_millis(20));
    while follower::progress(&server.app.database, "previews").await.unwrap().behind() > 0
        || !rows::query(&server.app.database, "SELECT file_id FROM preview_task").await.is_empty()
    {
        interval.tick().await;
    }
    assert_eq!(rows::query(&server.app.database, "SELECT text FROM file_text").await.len(), 0);
}

/// A one-pixel GIF with this number of frames.
fn gif(frames: usize) -> Vec<u8> {
    let header = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF";
    let frame = b"\x21\xF9\x04\0\x0A\0\0\0\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    [&header[..], &frame.repeat(frames), b";"].concat()
}

#[tokio::test]
async fn reports_animated_images() {
    let (_storage, _server, workspace) = serve(|_| {}).await;
    let client = &workspace.owner().client;
    let uploader = Uploader { client, workspace: &workspace.id };
    let query = "query($i: ID!) { file(id: $i) { type isAnimated } }";
    for (bytes, is_animated) in [(gif(1), false), (gif(2), true), (png(8, 8, ""), false)] {
        let file = uploader.upload("a.gif", &bytes).await.unwrap();
        let found = client.query(query, json!({ "i": file["id"] })).await;
        assert_eq!(found["file"]["isAnimated"], is_animated, "{}", found["file"]["type"]);
    }
    // Animated emoji have a still variant.
    let file = uploader.upload("b.gif", &gif(3)).await.unwrap();
    let input = json!({ "workspaceId": workspace.id, "name": "bounce", "fileId": file["id"] });
    let emoji = client.mutate("createEmoji", input, "emoji { url stillUrl }").await["emoji"].clone();
    uploader.wait_until_ready(&text(&file, "/id")).await;
    let kind = async |url: &Value| {
        let response = download(client, &text(url, ""), &[]).await;
        response.headers()["content-type"].to_str().unwrap().to_owned()
    };
    assert_eq!(kind(&emoji["url"]).await, "image/gif");
    assert_ne!(kind(&emoji["stillUrl"]).await, "image/gif");
}
