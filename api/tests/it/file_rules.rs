//! What may be uploaded and used, by whom, and what is said of everything else.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use api::config::{MediaSettings, Scanner};
use api::http::{Settings, Timing};
use api::id::FileId;
use api::log::follower;
use futures_util::future::join_all;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::client::text;
use crate::depot::{Depot, UPLOAD, Uploader, get, noise, png};
use crate::rows;
use crate::server::Server;
use crate::store::Store;
use crate::team::Team;

async fn serve(change: impl FnOnce(&mut MediaSettings)) -> (Depot, Server) {
    let depot = Depot::directory(Store::sqlite());
    let server = depot.serve_as(change).await;
    (depot, server)
}

#[tokio::test]
async fn every_limit_has_its_sentence() {
    let (_depot, server) = serve(|media| {
        (media.file_bytes, media.member_bytes, media.workspace_bytes) = (1 << 20, 3 << 20, 4 << 20);
    })
    .await;
    let team = Team::begin(server.address, 2).await;
    let (ann, bob) = (&team.people[0].client, &team.people[1].client);
    let create = |name: &str, size: i64| json!({ "workspaceId": team.workspace, "name": name, "size": size });
    for (name, size, code) in [
        ("a", 0, "BAD_USER_INPUT"),
        ("a", (1 << 20) + 1, "PAYLOAD_TOO_LARGE"),
        ("", 10, "BAD_USER_INPUT"),
        ("..", 10, "BAD_USER_INPUT"),
        ("a\u{202e}gpj.exe", 10, "BAD_USER_INPUT"),
        (&"n".repeat(256), 10, "BAD_USER_INPUT"),
    ] {
        let failure = ann.mutate("createUpload", &create(name, size), "upload { id }").await.unwrap_err();
        assert_eq!(failure.code(), code, "{name:?} {size}");
    }
    let wrong = json!({ "workspaceId": team.workspace, "name": "a", "size": 1, "sha256": "zz" });
    assert_eq!(ann.mutate("createUpload", &wrong, "upload { id }").await.unwrap_err().code(), "BAD_USER_INPUT");
    for _ in 0..3 {
        ann.must("createUpload", create("a", 1 << 20), "upload { id }").await;
    }
    let failure = ann.mutate("createUpload", &create("a", 1), "upload { id }").await.unwrap_err();
    assert!(failure.said().contains("Your files may have 3 MiB"), "{}", failure.said());
    bob.must("createUpload", create("a", 1 << 20), "upload { id }").await;
    let failure = bob.mutate("createUpload", &create("a", 1), "upload { id }").await.unwrap_err();
    assert!(failure.said().contains("this workspace may have 4 MiB"), "{}", failure.said());
}

#[tokio::test]
async fn a_million_tiny_uploads_end_at_a_hundred() {
    let (_depot, server) = serve(|_| {}).await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let input = json!({ "workspaceId": team.workspace, "name": "a", "size": 1 });
    for _ in 0..100 {
        client.must("createUpload", input.clone(), "upload { id }").await;
    }
    let failure = client.mutate("createUpload", &input, "upload { id }").await.unwrap_err();
    assert_eq!(failure.code(), "PAYLOAD_TOO_LARGE");
}

#[tokio::test]
async fn an_upload_is_begun_once_and_is_its_uploaders() {
    let (_depot, server) = serve(|_| {}).await;
    let team = Team::begin(server.address, 2).await;
    let (ann, bob) = (&team.people[0].client, &team.people[1].client);
    let id = FileId::mint().to_string();
    let input = json!({ "workspaceId": team.workspace, "id": id, "name": "a.bin", "size": 3 });
    for _ in 0..2 {
        assert_eq!(ann.must("createUpload", input.clone(), "upload { id }").await["upload"]["id"], json!(id));
    }
    let limits = "query($w: ID!) { workspace(id: $w) { fileLimits { memberBytesUsed } } }";
    let used = ann.query(limits, json!({ "w": team.workspace })).await;
    assert_eq!(used["workspace"]["fileLimits"]["memberBytesUsed"], 3);
    let other = json!({ "workspaceId": team.workspace, "id": id, "name": "b.bin", "size": 3 });
    assert_eq!(ann.mutate("createUpload", &other, "upload { id }").await.unwrap_err().code(), "CONFLICT");
    assert_eq!(bob.mutate("createUpload", &input, "upload { id }").await.unwrap_err().code(), "CONFLICT");
    for mutation in ["completeUpload", "cancelUpload"] {
        let input = json!({ "workspaceId": team.workspace, "uploadId": id });
        assert_eq!(bob.mutate(mutation, &input, "__typename").await.unwrap_err().code(), "NOT_FOUND", "{mutation}");
    }
    let query = "query($w: ID!, $i: ID!) { upload(workspaceId: $w, id: $i) { id } }";
    assert_eq!(bob.ask(query, json!({ "w": team.workspace, "i": id })).await.unwrap_err().code(), "NOT_FOUND");
}

#[tokio::test]
async fn a_file_is_sent_once_by_its_uploader() {
    let (_depot, server) = serve(|_| {}).await;
    let team = Team::begin(server.address, 2).await;
    let (ann, bob) = (&team.people[0].client, &team.people[1].client);
    let uploader = Uploader { client: ann, workspace: &team.workspace };
    let file = text(&uploader.upload("a.bin", &noise(10, 1)).await.unwrap()["id"]);
    let send = |ids: Value| json!({ "workspaceId": team.workspace, "channelId": team.general, "text": "", "attachmentIds": ids });
    assert_eq!(bob.mutate("sendMessage", &send(json!([file])), "seq").await.unwrap_err().code(), "NOT_FOUND");
    assert_eq!(ann.mutate("sendMessage", &send(json!([])), "seq").await.unwrap_err().code(), "BAD_USER_INPUT");
    assert_eq!(
        ann.mutate("sendMessage", &send(json!([file, file])), "seq").await.unwrap_err().code(),
        "BAD_USER_INPUT"
    );
    let many: Vec<String> = (0..11).map(|_| FileId::mint().to_string()).collect();
    assert_eq!(ann.mutate("sendMessage", &send(json!(many)), "seq").await.unwrap_err().code(), "BAD_USER_INPUT");
    let message = text(&ann.must("sendMessage", send(json!([file])), "message { id }").await["message"]["id"]);
    assert_eq!(ann.mutate("sendMessage", &send(json!([file])), "seq").await.unwrap_err().code(), "CONFLICT");
    // Its text may go as long as its file is there.
    let edit = |text: &str| json!({ "workspaceId": team.workspace, "messageId": message, "text": text });
    ann.must("editMessage", edit("words"), "seq").await;
    ann.must("editMessage", edit(""), "seq").await;
    let describe = |alt: &str| json!({ "workspaceId": team.workspace, "fileId": file, "alt": alt });
    assert_eq!(ann.must("updateFile", describe("A graph"), "file { alt }").await["file"]["alt"], "A graph");
    assert_eq!(bob.mutate("updateFile", &describe("x"), "seq").await.unwrap_err().code(), "FORBIDDEN");
    assert_eq!(
        ann.mutate("updateFile", &describe(&"x".repeat(1001)), "seq").await.unwrap_err().code(),
        "BAD_USER_INPUT"
    );
    let delete = json!({ "workspaceId": team.workspace, "fileId": file });
    assert_eq!(bob.mutate("deleteFile", &delete, "seq").await.unwrap_err().code(), "FORBIDDEN");
}

#[tokio::test]
async fn pictures_of_people_places_and_emoji() {
    let (_depot, server) = serve(|_| {}).await;
    let team = Team::begin(server.address, 2).await;
    let (ann, bob) = (&team.people[0].client, &team.people[1].client);
    let of = |client| Uploader { client, workspace: &team.workspace };
    let picture =
        |name: &'static str| async move { text(&of(bob).upload(name, &png(64, 64, "")).await.unwrap()["id"]) };
    let set = |id: &str| json!({ "workspaceId": team.workspace, "avatarId": id });
    let first = picture("first.png").await;
    let avatar = bob.must("updateMember", set(&first), "member { avatarUrl }").await["member"]["avatarUrl"].clone();
    assert_eq!(get(ann, &text(&avatar), &[]).await.status(), StatusCode::OK);
    let second = picture("second.png").await;
    bob.must("updateMember", set(&second), "seq").await;
    assert_eq!(get(ann, &text(&avatar), &[]).await.status(), StatusCode::NOT_FOUND, "the old one is removed");
    let words = text(&of(bob).upload("a.txt", b"words").await.unwrap()["id"]);
    assert_eq!(bob.mutate("updateMember", &set(&words), "seq").await.unwrap_err().code(), "BAD_USER_INPUT");
    assert_eq!(ann.mutate("updateMember", &set(&words), "seq").await.unwrap_err().code(), "NOT_FOUND");
    let icon = text(&of(ann).upload("icon.png", &png(64, 64, "")).await.unwrap()["id"]);
    let update = json!({ "workspaceId": team.workspace, "iconId": icon, "name": "Acme & Co" });
    assert_eq!(bob.mutate("updateWorkspace", &update, "seq").await.unwrap_err().code(), "FORBIDDEN");
    let changed = ann.must("updateWorkspace", update, "workspace { name iconUrl }").await["workspace"].clone();
    assert_eq!((&changed["name"], changed["iconUrl"].is_string()), (&json!("Acme & Co"), true));
    let face = picture("face.png").await;
    let create = |name: &str, id: &str| json!({ "workspaceId": team.workspace, "name": name, "fileId": id });
    assert_eq!(bob.mutate("createEmoji", &create("Ä!", &face), "seq").await.unwrap_err().code(), "BAD_USER_INPUT");
    let emoji = bob.must("createEmoji", create(":party:", &face), "emoji { id name url }").await["emoji"].clone();
    assert_eq!(emoji["name"], "party");
    assert_eq!(get(ann, &text(&emoji["url"]), &[]).await.status(), StatusCode::OK);
    let again = picture("again.png").await;
    assert_eq!(bob.mutate("createEmoji", &create("party", &again), "seq").await.unwrap_err().code(), "CONFLICT");
    let sent = json!({ "workspaceId": team.workspace, "channelId": team.general, "text": "hi :party:" });
    let message = text(&ann.must("sendMessage", sent, "message { id }").await["message"]["id"]);
    let react = |emoji: &str| json!({ "workspaceId": team.workspace, "messageId": message, "emoji": emoji });
    ann.must("addReaction", react(":party:"), "seq").await;
    assert_eq!(ann.mutate("addReaction", &react(":nobody:"), "seq").await.unwrap_err().code(), "NOT_FOUND");
    let delete = json!({ "workspaceId": team.workspace, "emojiId": emoji["id"] });
    ann.must("deleteEmoji", delete, "emojiId").await;
    let list = "query($w: ID!) { workspace(id: $w) { emoji { name } } }";
    assert_eq!(ann.query(list, json!({ "w": team.workspace })).await["workspace"]["emoji"], json!([]));
}

#[tokio::test]
async fn a_link_to_the_other_address_works_for_who_was_led_there() {
    let (depot, server) = serve(|media| media.url = Some("http://media.example.org".into())).await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let file = Uploader { client, workspace: &team.workspace }.upload("a.png", &png(9, 9, "")).await.unwrap();
    let asked = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let url = format!("http://{}{}", client.address, text(&file["url"]));
    let led = asked.get(&url).bearer_auth(client.token.as_ref().unwrap()).send().await.unwrap();
    assert_eq!(led.status(), StatusCode::FOUND);
    let place =
        led.headers()["location"].to_str().unwrap().strip_prefix("http://media.example.org").unwrap().to_owned();
    let there = |place: &str| asked.get(format!("http://{}{place}", client.address)).send();
    let got = there(&place).await.unwrap();
    assert_eq!(got.status(), StatusCode::OK);
    assert_eq!(got.headers()["content-type"], "image/png");
    for changed in
        [place.replace("image%2Fpng", "text%2Fhtml"), place.replace("/original", "/large"), format!("{place}&download")]
    {
        assert_eq!(there(&changed).await.unwrap().status(), StatusCode::FORBIDDEN, "{changed}");
    }
    let stranger = team.register().await;
    assert_eq!(get(&stranger, &text(&file["url"]), &[]).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(asked.get(&url).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    drop(depot);
}

/// What a client of ClamAV's daemon sends.
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

const CLEAN: &[u8] = b"stream: OK\0";

/// A peer that speaks the protocol of clamd: it finds what contains these bytes.
async fn scanner(found: &'static [u8]) -> Scanner {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let bytes = shown(&mut stream).await;
            let is_found = bytes.windows(found.len()).any(|part| part == found);
            let answer: &[u8] = if is_found { b"stream: Test.Worm FOUND\0" } else { CLEAN };
            stream.write_all(answer).await.unwrap();
        }
    });
    Scanner::Tcp(address)
}

#[tokio::test]
async fn what_the_scanner_finds_is_no_file() {
    let scanner = scanner(b"worm inside").await;
    let (depot, server) = serve(|media| media.scanner = Some(scanner)).await;
    let team = Team::begin(server.address, 1).await;
    let uploader = Uploader { client: &team.owner().client, workspace: &team.workspace };
    assert!(uploader.upload("a.bin", &noise(200_000, 1)).await.is_ok());
    let mut harmful = noise(100_000, 2);
    harmful.extend(b"worm inside");
    let failure = uploader.upload("b.bin", &harmful).await.unwrap_err();
    assert_eq!(failure.code(), "BAD_USER_INPUT");
    assert!(failure.said().contains("Test.Worm"), "{}", failure.said());
    let originals = depot.objects().await.into_iter().filter(|name| name.ends_with("/original")).count();
    assert_eq!(originals, 1, "it is not kept where files are");
}

/// While one process looks at an upload, no other writes over what it looks at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_process_checks_an_upload() {
    let Some(store) = Store::postgres("one_process_checks_an_upload").await else { return };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let depot = Depot::borrowed(&store);
    let scanner = Scanner::Tcp(listener.local_addr().unwrap().to_string());
    let (one, other) = (
        depot.serve_as(|media| media.scanner = Some(scanner.clone())).await,
        depot.serve_as(|media| media.scanner = Some(scanner.clone())).await,
    );
    let team = Team::begin(one.address, 1).await;
    let client = &team.owner().client;
    let uploader = Uploader { client, workspace: &team.workspace };
    let (clean, harmful) = (noise(50_000, 1), noise(50_000, 2));
    let create = json!({ "workspaceId": team.workspace, "name": "a.bin", "size": clean.len() });
    let upload = client.must("createUpload", create, UPLOAD).await["upload"].clone();
    uploader.put_all(&upload, &clean).await;
    let complete = json!({ "workspaceId": team.workspace, "uploadId": upload["id"] });
    // The scanner has seen what is clean, and thinks about it.
    let first = tokio::spawn({
        let (client, complete) = (client.clone(), complete.clone());
        async move { client.must("completeUpload", complete, "status").await }
    });
    let (mut scanning, _) = listener.accept().await.unwrap();
    assert!(shown(&mut scanning).await == clean);
    // Meanwhile something else is put there, and the other process is asked.
    uploader.put(&upload["parts"][0], harmful).await;
    let there = client.at(other.address);
    assert_eq!(there.must("completeUpload", complete, "status").await["status"], "CHECKING");
    scanning.write_all(CLEAN).await.unwrap();
    drop(scanning);
    first.await.unwrap();
    let file = uploader.complete(&text(&upload["id"])).await.unwrap()["file"].clone();
    assert!(get(&there, &text(&file["url"]), &[]).await.bytes().await.unwrap() == clean);
    one.stop().await;
    other.stop().await;
    store.remove().await;
}

#[tokio::test]
async fn without_the_scanner_nothing_passes() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().to_string();
    let (_depot, server) = serve(|media| media.scanner = Some(Scanner::Tcp(closed))).await;
    let team = Team::begin(server.address, 1).await;
    let uploader = Uploader { client: &team.owner().client, workspace: &team.workspace };
    let failure = uploader.upload("a.bin", &noise(1_000, 1)).await.unwrap_err();
    assert_eq!(failure.code(), "UNAVAILABLE");
}

/// It would hold a file and a connection for as long as it likes.
#[tokio::test]
async fn who_takes_nothing_of_a_file_is_cut_off() {
    let depot = Depot::directory(Store::sqlite());
    let timing = Timing { write: Duration::from_millis(100), ..Timing::default() };
    let settings = Settings { timing, ..Settings::default() };
    let server = Server::start_on(None, settings, depot.config()).await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    // More than the buffers of a connection hold.
    let bytes = noise(16 << 20, 6);
    let file = Uploader { client, workspace: &team.workspace }.upload("a.bin", &bytes).await.unwrap();
    let mut peer = TcpStream::connect(server.address).await.unwrap();
    let (url, token) = (text(&file["url"]), client.token.as_ref().unwrap());
    let asked = format!("GET {url} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
    peer.write_all(asked.as_bytes()).await.unwrap();
    // Says something now and then, and reads nothing, until nobody listens.
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    while peer.write_all(b"x").await.is_ok() {
        looks.tick().await;
    }
}

#[tokio::test]
async fn what_is_begun_and_completed_at_once_is_no_file() {
    let (_depot, server) = serve(|_| {}).await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    for _ in 0..20 {
        let id = FileId::mint().to_string();
        let create = json!({ "workspaceId": team.workspace, "id": id, "name": "a", "size": 1 });
        let complete = json!({ "workspaceId": team.workspace, "uploadId": id });
        let completes = (0..6).map(|_| client.mutate("completeUpload", &complete, "status"));
        let (created, completed) =
            tokio::join!(client.mutate("createUpload", &create, "upload { id }"), join_all(completes));
        assert!(created.is_ok(), "{created:?}");
        assert!(completed.iter().all(Result::is_err), "{completed:?}");
        client.must("cancelUpload", complete, "uploadId").await;
    }
}

#[tokio::test]
async fn an_upload_that_has_ended_takes_nothing_and_never_begins_again() {
    let (depot, server) = serve(|_| {}).await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let uploader = Uploader { client, workspace: &team.workspace };
    let upload = uploader.begin("a.bin", &noise(1_000, 1)).await.unwrap();
    uploader.put_all(&upload, &noise(1_000, 1)).await;
    // As a process leaves it that is killed in the middle of a part.
    let folder = depot.config().store.data.join("media/uploads").join(&team.workspace[4..]);
    let folder = folder.join(&text(&upload["id"])[4..]);
    std::fs::write(folder.join("00002#1"), b"half").unwrap();
    let ended = json!({ "workspaceId": team.workspace, "uploadId": upload["id"] });
    client.must("cancelUpload", ended, "uploadId").await;
    assert_eq!(uploader.put(&upload["parts"][0], noise(1_000, 1)).await, StatusCode::CONFLICT);
    let again = json!({ "workspaceId": team.workspace, "id": upload["id"], "name": "a.bin", "size": 1 });
    assert_eq!(client.mutate("createUpload", &again, "upload { id }").await.unwrap_err().code(), "CONFLICT");
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    while folder.exists() {
        looks.tick().await;
    }
    assert_eq!(client.mutate("createUpload", &again, "upload { id }").await.unwrap_err().code(), "CONFLICT");
}

#[tokio::test]
async fn nobody_waits_for_previews_that_cannot_be_made() {
    let (_depot, server) = serve(|media| media.previews_program = Some("/nowhere/confab".into())).await;
    let team = Team::begin(server.address, 1).await;
    let uploader = Uploader { client: &team.owner().client, workspace: &team.workspace };
    let file = uploader.upload("a.png", &png(500, 500, "")).await.unwrap();
    let ready = uploader.ready(&text(&file["id"])).await;
    assert_eq!((&ready["previews"], &ready["width"]), (&json!([]), &json!(500)));
    // Where a small picture is wanted it is the picture itself.
    let small = text(&file["url"]).replace("original", "small");
    assert_eq!(get(uploader.client, &small, &[]).await.status(), StatusCode::OK);
}

/// Else every browser that looked early would keep the original for a year.
#[tokio::test]
async fn what_stands_in_for_a_preview_is_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("slow");
    std::fs::write(&program, "#!/bin/sh\nexec sleep 600\n").unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let (_depot, server) = serve(|media| media.previews_program = Some(program)).await;
    let team = Team::begin(server.address, 1).await;
    let uploader = Uploader { client: &team.owner().client, workspace: &team.workspace };
    let file = uploader.upload("a.png", &png(500, 500, "")).await.unwrap();
    for (variant, seconds) in [("small", 45), ("original", 31_536_000)] {
        let url = text(&file["url"]).replace("original", variant);
        let got = get(uploader.client, &url, &[]).await;
        let kept = got.headers()["cache-control"].to_str().unwrap();
        assert!(kept.contains(&format!("max-age={seconds}")), "{variant}: {kept}");
    }
}

#[tokio::test]
async fn the_text_of_a_document_goes_with_it() {
    let (_depot, server) = serve(|_| {}).await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let uploader = Uploader { client, workspace: &team.workspace };
    for _ in 0..5 {
        let file = uploader.upload("a.txt", b"the quick walrus").await.unwrap();
        client.must("deleteFile", json!({ "workspaceId": team.workspace, "fileId": file["id"] }), "seq").await;
    }
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    while follower::progress(&server.app.database, "previews").await.unwrap().behind() > 0
        || !rows::query(&server.app.database, "SELECT file_id FROM preview_task").await.is_empty()
    {
        looks.tick().await;
    }
    assert_eq!(rows::query(&server.app.database, "SELECT text FROM file_text").await.len(), 0);
}

/// A GIF of one pixel in so many frames.
fn gif(frames: usize) -> Vec<u8> {
    let screen = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF";
    let frame = b"\x21\xF9\x04\0\x0A\0\0\0\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";
    [&screen[..], &frame.repeat(frames), b";"].concat()
}

#[tokio::test]
async fn it_is_told_which_pictures_move() {
    let (_depot, server) = serve(|_| {}).await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let uploader = Uploader { client, workspace: &team.workspace };
    let query = "query($w: ID!, $i: ID!) { file(workspaceId: $w, id: $i) { type isAnimated } }";
    for (bytes, moves) in [(gif(1), false), (gif(2), true), (png(8, 8, ""), false)] {
        let file = uploader.upload("a.gif", &bytes).await.unwrap();
        let found = client.query(query, json!({ "w": team.workspace, "i": file["id"] })).await;
        assert_eq!(found["file"]["isAnimated"], moves, "{}", found["file"]["type"]);
    }
    // An emoji that moves has a form that does not.
    let file = uploader.upload("b.gif", &gif(3)).await.unwrap();
    let input = json!({ "workspaceId": team.workspace, "name": "b", "fileId": file["id"] });
    let emoji = client.must("createEmoji", input, "emoji { url stillUrl }").await["emoji"].clone();
    uploader.ready(&text(&file["id"])).await;
    let kind = async |url: &Value| {
        let got = get(client, &text(url), &[]).await;
        got.headers()["content-type"].to_str().unwrap().to_owned()
    };
    assert_eq!(kind(&emoji["url"]).await, "image/gif");
    assert_ne!(kind(&emoji["stillUrl"]).await, "image/gif");
}
