//! Files on a local directory and on a real S3 server: uploading in parts, checking, sending and downloading.

use api::chat::file::upload::PART_SIZE;
use reqwest::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::support::{
    FILE, FileStorage, Uploader, absolute_url, download, on_each_storage, part_bytes, png, put_part, random_bytes,
    text, uuid_of,
};

on_each_storage! {
    strips_metadata_from_images
    resumes_multipart_uploads
    upload_links_allow_only_their_part
    rejects_contents_that_do_not_match_the_declaration
    serves_ranges_and_cache_headers
    unavailable_storage_affects_only_files
}

fn part_of(size: u64) -> usize {
    usize::try_from(size).unwrap()
}

async fn strips_metadata_from_images(storage: &mut FileStorage) {
    let (_server, workspace) = storage.serve().await;
    let (ann, bob) = (&workspace.members[0].client, &workspace.members[1].client);
    let uploader = Uploader { client: ann, workspace: &workspace.id };
    let file = uploader.upload("../holiday.png", &png(1200, 800, "GPS 46.5 N 7.9 E")).await.unwrap();
    assert_eq!(
        (&file["name"], &file["type"], &file["kind"]),
        (&json!("holiday.png"), &json!("image/png"), &json!("PICTURE"))
    );
    assert_eq!((&file["width"], &file["height"]), (&json!(1200), &json!(800)));
    let id = text(&file, "/id");
    // A file is private to its uploader until it is sent.
    assert_eq!(download(bob, &text(&file, "/url"), &[]).await.status(), StatusCode::NOT_FOUND);
    let input = json!({ "channelId": workspace.general, "text": "", "attachmentIds": [id] });
    let selection = "message { id text files { id messageId channelId } }";
    let sent = ann.mutate("sendMessage", input, selection).await["message"].clone();
    assert_eq!(sent["files"], json!([{ "id": id, "messageId": sent["id"], "channelId": workspace.general }]));
    let ready = uploader.wait_until_ready(&id).await;
    let sizes: Vec<_> = ready["previews"].as_array().unwrap().iter().map(|preview| preview["size"].clone()).collect();
    assert_eq!(sizes, ["SMALL", "LARGE"]);
    assert_eq!(ready["previews"][0]["width"], 360);
    assert!(ready["thumbhash"].is_string());
    for url in [&ready["url"], &ready["previews"][0]["url"], &ready["previews"][1]["url"]] {
        let response = download(bob, &text(url, ""), &[]).await;
        assert_eq!(response.status(), StatusCode::OK);
        let bytes = response.bytes().await.unwrap();
        assert!(!bytes.is_empty() && !bytes.windows(3).any(|part| part == b"GPS"), "{url}");
    }
    let history = format!(
        "query($i: ID!) {{ channel(id: $i) {{ messages(last: 1) {{ nodes {{ {} }} }} files {{ nodes {{ id }} }} }} }}",
        FILE.replacen("file", "files", 1)
    );
    let seen = bob.query(&history, json!({ "i": workspace.general })).await;
    assert_eq!(seen["channel"]["messages"]["nodes"][0]["files"][0], ready);
    assert_eq!(seen["channel"]["files"]["nodes"], json!([{ "id": id }]));
}

async fn resumes_multipart_uploads(storage: &mut FileStorage) {
    let (_server, workspace) = storage.serve().await;
    let uploader = Uploader { client: &workspace.owner().client, workspace: &workspace.id };
    let bytes = random_bytes(part_of(2 * PART_SIZE) + 12_345, 7);
    let upload = uploader.create("large.bin", &bytes).await.unwrap();
    let parts = upload["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 3);
    // A part has no hash, but its length is fixed.
    for length in [12_344, 12_346] {
        let status = uploader.put_part(&parts[2], random_bytes(length, 7)).await;
        assert!(status.is_client_error(), "{length}: {status}");
    }
    // The client disappears after the last and the first part.
    for part in [&parts[2], &parts[0]] {
        assert_eq!(uploader.put_part(part, part_bytes(part, &bytes)).await, StatusCode::OK);
    }
    let failure = uploader.complete(&text(&upload, "/id")).await.unwrap_err();
    assert_eq!(failure.code(), "BAD_USER_INPUT");
    assert!(failure.to_string().contains("Part 2"), "{failure}");
    let query = "query($i: ID!) { upload(id: $i) { parts { number offset size url method headers { name value } isReceived } } }";
    let again = uploader.client.query(query, json!({ "i": upload["id"] })).await["upload"].clone();
    let received: Vec<_> = again["parts"].as_array().unwrap().iter().map(|part| part["isReceived"].clone()).collect();
    assert_eq!(received, [true, false, true]);
    uploader.put_missing_parts(&again, &bytes).await;
    let done = uploader.complete(&text(&upload, "/id")).await.unwrap();
    assert_eq!((&done["file"]["kind"], &done["file"]["size"]), (&json!("OTHER"), &json!(bytes.len())));
    // Completing again returns the same result.
    assert_eq!(uploader.complete(&text(&upload, "/id")).await.unwrap()["seq"], done["seq"]);
    let response = download(uploader.client, &text(&done, "/file/url"), &[]).await.bytes().await.unwrap();
    assert_eq!(Sha256::digest(&response), Sha256::digest(&bytes));
    assert!(storage.objects().await.iter().all(|name| name.starts_with("files/")), "the parts are deleted");
}

async fn upload_links_allow_only_their_part(storage: &mut FileStorage) {
    let (_server, workspace) = storage.serve().await;
    let uploader = Uploader { client: &workspace.owner().client, workspace: &workspace.id };
    let bytes = random_bytes(5_000, 3);
    let upload = uploader.create("a.bin", &bytes).await.unwrap();
    let part = &upload["parts"][0];
    let url = text(part, "/url");
    for (what, length) in [("longer", 5_001), ("shorter", 4_999), ("nothing", 0)] {
        let status = uploader.put_part(part, random_bytes(length, 3)).await;
        assert!(status.is_client_error(), "{what}: {status}");
    }
    let other = uploader.create("b.bin", &bytes).await.unwrap();
    let digit = if url.ends_with('0') { "1" } else { "0" };
    // A path on the server contains the ID, and one in a bucket the UUID.
    let [own, others] = [&upload, &other].map(|one| text(one, "/id"));
    let [own_uuid, other_uuid] = [&own, &others].map(|id| uuid_of(id).to_string());
    let changed = [
        url.replace(&own[4..], &others[4..]).replace(&own_uuid, &other_uuid),
        format!("{}{digit}", &url[..url.len() - 1]),
        url.split_once('?').unwrap().0.to_owned(),
    ];
    for url in changed {
        let mut part = part.clone();
        part["url"] = json!(url);
        let status = put_part(uploader.client, &part, bytes.clone()).await;
        assert!(status.is_client_error(), "{url}: {status}");
    }
    // The link allows PUT only.
    assert_eq!(uploader.put_part(part, bytes.clone()).await, StatusCode::OK);
    let status = reqwest::get(absolute_url(uploader.client, &url)).await.unwrap().status();
    assert!(status.is_client_error(), "{status}");
    assert!(uploader.complete(&text(&upload, "/id")).await.is_ok());
    // A later PUT does not change a file that was checked.
    let evil = random_bytes(5_000, 4);
    let _ = uploader.put_part(part, evil).await;
    let path = format!("/media/{}/original", text(&upload, "/fileId"));
    assert_eq!(download(uploader.client, &path, &[]).await.bytes().await.unwrap(), bytes);
}

async fn rejects_contents_that_do_not_match_the_declaration(storage: &mut FileStorage) {
    let (_server, workspace) = storage.serve().await;
    let uploader = Uploader { client: &workspace.owner().client, workspace: &workspace.id };
    // A bucket that clients reach directly rejects other bytes of the same length at once.
    let (declared, put) = (random_bytes(9_000, 1), random_bytes(9_000, 2));
    let upload = uploader.create("a.bin", &declared).await.unwrap();
    let _ = uploader.put_part(&upload["parts"][0], put).await;
    let failure = uploader.complete(&text(&upload, "/id")).await.unwrap_err();
    assert_eq!(failure.code(), "BAD_USER_INPUT");
    assert!(
        failure.to_string().contains("SHA-256") || failure.to_string().contains("Part 1"),
        "{}",
        failure.to_string()
    );
    // After the correct bytes, the upload completes.
    assert_eq!(uploader.put_part(&upload["parts"][0], declared).await, StatusCode::OK);
    assert!(uploader.complete(&text(&upload, "/id")).await.is_ok());
    // The type follows from the contents, not from the name.
    let page = b"<!doctype html><script>alert(1)</script>".to_vec();
    let file = uploader.upload("picture.png", &page).await.unwrap();
    assert_eq!((&file["type"], &file["kind"]), (&json!("text/html"), &json!("OTHER")));
    let response = download(uploader.client, &text(&file, "/url"), &[]).await;
    let header =
        |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert!(header("content-disposition").starts_with("attachment"));
    // An image whose header claims a huge size is rejected before it is decoded.
    let mut bomb = png(10, 10, "");
    bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let sum = {
        let mut sum = flate2::Crc::new();
        sum.update(&bomb[12..29]);
        sum.sum()
    };
    bomb[29..33].copy_from_slice(&sum.to_be_bytes());
    let failure = uploader.upload("bomb.png", &bomb).await.unwrap_err();
    assert_eq!(failure.code(), "BAD_USER_INPUT");
    let truncated = &png(100, 100, "")[..40];
    assert_eq!(uploader.upload("cut.png", truncated).await.unwrap_err().code(), "BAD_USER_INPUT");
}

async fn serves_ranges_and_cache_headers(storage: &mut FileStorage) {
    let (_server, workspace) = storage.serve().await;
    let uploader = Uploader { client: &workspace.owner().client, workspace: &workspace.id };
    let bytes = random_bytes(100_000, 9);
    let file = uploader.upload("häß \"x\".bin", &bytes).await.unwrap();
    let url = text(&file, "/url");
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=99990-", 99_990, 100_000),
        ("bytes=-10", 99_990, 100_000),
        ("bytes=500-1499", 500, 1_500),
    ] {
        let response = download(uploader.client, &url, &[("range", range)]).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(response.headers()["content-range"], format!("bytes {from}-{}/100000", to - 1));
        assert_eq!(response.bytes().await.unwrap(), bytes[from..to], "{range}");
    }
    assert_eq!(
        download(uploader.client, &url, &[("range", "bytes=100000-")]).await.status(),
        StatusCode::RANGE_NOT_SATISFIABLE
    );
    let whole = download(uploader.client, &url, &[]).await;
    let disposition = whole.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(disposition, "attachment; filename*=UTF-8''h%C3%A4%C3%9F%20%22x%22.bin");
    let kept = whole.headers()["cache-control"].to_str().unwrap();
    assert!(kept.contains("immutable") && kept.contains("private"), "{kept}");
    // The server always serves previews itself, so that browsers can cache them.
    let file = uploader.upload("a.png", &png(800, 800, "")).await.unwrap();
    let small = text(&uploader.wait_until_ready(&text(&file, "/id")).await, "/previews/0/url");
    let response = download(uploader.client, &small, &[]).await;
    let tag = response.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    assert!(response.headers()["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(download(uploader.client, &small, &[("if-none-match", &tag)]).await.status(), StatusCode::NOT_MODIFIED);
}

async fn unavailable_storage_affects_only_files(storage: &mut FileStorage) {
    let (_server, workspace) = storage.serve().await;
    let uploader = Uploader { client: &workspace.owner().client, workspace: &workspace.id };
    let Some(s3) = &mut storage.s3 else { return };
    let bytes = random_bytes(20_000, 5);
    let upload = uploader.create("a.bin", &bytes).await.unwrap();
    uploader.put_missing_parts(&upload, &bytes).await;
    s3.kill().await;
    let failure = uploader.complete(&text(&upload, "/id")).await.unwrap_err();
    assert_eq!(failure.code(), "UNAVAILABLE");
    uploader.client.mutate("sendMessage", json!({ "channelId": workspace.general, "text": "still here" }), "seq").await;
    s3.restart().await.unwrap();
    let mut interval = tokio::time::interval(std::time::Duration::from_millis(50));
    let done = loop {
        match uploader.complete(&text(&upload, "/id")).await {
            Ok(done) => break done,
            Err(failure) => assert_eq!(failure.code(), "UNAVAILABLE"),
        }
        interval.tick().await;
    };
    let response = download(uploader.client, &text(&done, "/file/url"), &[]).await;
    assert_eq!(response.bytes().await.unwrap(), bytes);
}
