//! Files over the wire, on a directory and on a real S3 server: they are put in parts, checked, sent, seen and got.

use api::file::upload::PART;
use reqwest::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::client::text;
use crate::depot::{Depot, FILE, Uploader, address, depots, get, noise, png, put, slice};
use crate::team::Team;

depots! {
    a_picture_is_sent_and_seen_without_what_its_camera_wrote
    a_large_file_comes_in_parts_and_goes_on_after_a_break
    a_link_allows_nothing_but_what_it_is_for
    what_is_not_what_was_said_is_no_file
    a_file_is_got_in_parts_and_kept
    a_storage_that_is_away_costs_only_files
}

fn part_of(size: u64) -> usize {
    usize::try_from(size).unwrap()
}

async fn a_picture_is_sent_and_seen_without_what_its_camera_wrote(depot: &mut Depot) {
    let server = depot.serve().await;
    let team = Team::begin(server.address, 2).await;
    let (ann, bob) = (&team.people[0].client, &team.people[1].client);
    let uploader = Uploader { client: ann, workspace: &team.workspace };
    let file = uploader.upload("../holiday.png", &png(1200, 800, "GPS 46.5 N 7.9 E")).await.unwrap();
    assert_eq!(
        (&file["name"], &file["type"], &file["kind"]),
        (&json!("holiday.png"), &json!("image/png"), &json!("PICTURE"))
    );
    assert_eq!((&file["width"], &file["height"]), (&json!(1200), &json!(800)));
    let id = text(&file["id"]);
    // Nobody else sees what is not sent yet.
    assert_eq!(get(bob, &text(&file["url"]), &[]).await.status(), StatusCode::NOT_FOUND);
    let input = json!({ "workspaceId": team.workspace, "channelId": team.general, "text": "", "attachmentIds": [id] });
    let selection = "message { id text files { id messageId channelId } }";
    let sent = ann.must("sendMessage", input, selection).await["message"].clone();
    assert_eq!(sent["files"], json!([{ "id": id, "messageId": sent["id"], "channelId": team.general }]));
    let ready = uploader.ready(&id).await;
    let sizes: Vec<_> = ready["previews"].as_array().unwrap().iter().map(|preview| preview["size"].clone()).collect();
    assert_eq!(sizes, ["SMALL", "LARGE"]);
    assert_eq!(ready["previews"][0]["width"], 360);
    assert!(ready["thumbhash"].is_string());
    for url in [&ready["url"], &ready["previews"][0]["url"], &ready["previews"][1]["url"]] {
        let got = get(bob, &text(url), &[]).await;
        assert_eq!(got.status(), StatusCode::OK);
        let bytes = got.bytes().await.unwrap();
        assert!(!bytes.is_empty() && !bytes.windows(3).any(|part| part == b"GPS"), "{url}");
    }
    let history = format!(
        "query($w: ID!, $i: ID!) {{ channel(workspaceId: $w, id: $i) {{ messages(last: 1) {{ nodes {{ {} }} }} files {{ nodes {{ id }} }} }} }}",
        FILE.replacen("file", "files", 1)
    );
    let seen = bob.query(&history, json!({ "w": team.workspace, "i": team.general })).await;
    assert_eq!(seen["channel"]["messages"]["nodes"][0]["files"][0], ready);
    assert_eq!(seen["channel"]["files"]["nodes"], json!([{ "id": id }]));
}

async fn a_large_file_comes_in_parts_and_goes_on_after_a_break(depot: &mut Depot) {
    let server = depot.serve().await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let uploader = Uploader { client, workspace: &team.workspace };
    let bytes = noise(part_of(2 * PART) + 12_345, 7);
    let upload = uploader.begin("large.bin", &bytes).await.unwrap();
    let parts = upload["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 3);
    // Of a part there is no hash, but its length is bound.
    for length in [12_344, 12_346] {
        let status = uploader.put(&parts[2], noise(length, 7)).await;
        assert!(status.is_client_error(), "{length}: {status}");
    }
    // The last first, and the first; then the client is gone.
    for part in [&parts[2], &parts[0]] {
        assert_eq!(uploader.put(part, slice(part, &bytes)).await, StatusCode::OK);
    }
    let failure = uploader.complete(&text(&upload["id"])).await.unwrap_err();
    assert_eq!(failure.code(), "BAD_USER_INPUT");
    assert!(failure.said().contains("Part 2"), "{}", failure.said());
    let query = "query($w: ID!, $i: ID!) { upload(workspaceId: $w, id: $i) { parts { number offset size url method headers { name value } isReceived } } }";
    let again = client.query(query, json!({ "w": team.workspace, "i": upload["id"] })).await["upload"].clone();
    let received: Vec<_> = again["parts"].as_array().unwrap().iter().map(|part| part["isReceived"].clone()).collect();
    assert_eq!(received, [true, false, true]);
    uploader.put_all(&again, &bytes).await;
    let done = uploader.complete(&text(&upload["id"])).await.unwrap();
    assert_eq!((&done["file"]["kind"], &done["file"]["size"]), (&json!("OTHER"), &json!(bytes.len())));
    // Asked again it says the same.
    assert_eq!(uploader.complete(&text(&upload["id"])).await.unwrap()["seq"], done["seq"]);
    let got = get(client, &text(&done["file"]["url"]), &[]).await.bytes().await.unwrap();
    assert_eq!(Sha256::digest(&got), Sha256::digest(&bytes));
    assert!(depot.objects().await.iter().all(|name| name.starts_with("files/")), "the parts are gone");
}

async fn a_link_allows_nothing_but_what_it_is_for(depot: &mut Depot) {
    let server = depot.serve().await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let uploader = Uploader { client, workspace: &team.workspace };
    let bytes = noise(5_000, 3);
    let upload = uploader.begin("a.bin", &bytes).await.unwrap();
    let part = &upload["parts"][0];
    let url = text(&part["url"]);
    for (what, length) in [("longer", 5_001), ("shorter", 4_999), ("nothing", 0)] {
        let status = uploader.put(part, noise(length, 3)).await;
        assert!(status.is_client_error(), "{what}: {status}");
    }
    let other = uploader.begin("b.bin", &bytes).await.unwrap();
    let digit = if url.ends_with('0') { "1" } else { "0" };
    let changed = [
        url.replace(&text(&upload["id"])[4..], &text(&other["id"])[4..]),
        format!("{}{digit}", &url[..url.len() - 1]),
        url.split_once('?').unwrap().0.to_owned(),
    ];
    for url in changed {
        let mut part = part.clone();
        part["url"] = json!(url);
        let status = put(client, &part, bytes.clone()).await;
        assert!(status.is_client_error(), "{url}: {status}");
    }
    // It is for putting, and not for getting what was put.
    assert_eq!(uploader.put(part, bytes.clone()).await, StatusCode::OK);
    let status = reqwest::get(address(client, &url)).await.unwrap().status();
    assert!(status.is_client_error(), "{status}");
    assert!(uploader.complete(&text(&upload["id"])).await.is_ok());
    // What was checked is not changed by putting something else afterwards.
    let evil = noise(5_000, 4);
    let _ = uploader.put(part, evil).await;
    let path = format!("/media/{}/{}/original", team.workspace, text(&upload["id"]));
    assert_eq!(get(client, &path, &[]).await.bytes().await.unwrap(), bytes);
}

async fn what_is_not_what_was_said_is_no_file(depot: &mut Depot) {
    let server = depot.serve().await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let uploader = Uploader { client, workspace: &team.workspace };
    // Other bytes of the same length: a bucket that clients reach by themselves refuses them at once.
    let (said, put) = (noise(9_000, 1), noise(9_000, 2));
    let upload = uploader.begin("a.bin", &said).await.unwrap();
    let _ = uploader.put(&upload["parts"][0], put).await;
    let failure = uploader.complete(&text(&upload["id"])).await.unwrap_err();
    assert_eq!(failure.code(), "BAD_USER_INPUT");
    assert!(failure.said().contains("SHA-256") || failure.said().contains("Part 1"), "{}", failure.said());
    // Put right, it is taken.
    assert_eq!(uploader.put(&upload["parts"][0], said).await, StatusCode::OK);
    assert!(uploader.complete(&text(&upload["id"])).await.is_ok());
    // Nothing of it is anything else than what its bytes are.
    let page = b"<!doctype html><script>alert(1)</script>".to_vec();
    let file = uploader.upload("picture.png", &page).await.unwrap();
    assert_eq!((&file["type"], &file["kind"]), (&json!("text/html"), &json!("OTHER")));
    let got = get(client, &text(&file["url"]), &[]).await;
    let header =
        |name: &str| got.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert!(header("content-disposition").starts_with("attachment"));
    // A picture whose head lies about its size is a bomb before it is decoded.
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
    let cut = &png(100, 100, "")[..40];
    assert_eq!(uploader.upload("cut.png", cut).await.unwrap_err().code(), "BAD_USER_INPUT");
}

async fn a_file_is_got_in_parts_and_kept(depot: &mut Depot) {
    let server = depot.serve().await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let uploader = Uploader { client, workspace: &team.workspace };
    let bytes = noise(100_000, 9);
    let file = uploader.upload("häß \"x\".bin", &bytes).await.unwrap();
    let url = text(&file["url"]);
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=99990-", 99_990, 100_000),
        ("bytes=-10", 99_990, 100_000),
        ("bytes=500-1499", 500, 1_500),
    ] {
        let got = get(client, &url, &[("range", range)]).await;
        assert_eq!(got.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(got.headers()["content-range"], format!("bytes {from}-{}/100000", to - 1));
        assert_eq!(got.bytes().await.unwrap(), bytes[from..to], "{range}");
    }
    assert_eq!(get(client, &url, &[("range", "bytes=100000-")]).await.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    let whole = get(client, &url, &[]).await;
    let disposition = whole.headers()["content-disposition"].to_str().unwrap().to_owned();
    assert_eq!(disposition, "attachment; filename*=UTF-8''h%C3%A4%C3%9F%20%22x%22.bin");
    let kept = whole.headers()["cache-control"].to_str().unwrap();
    assert!(kept.contains("immutable") && kept.contains("private"), "{kept}");
    // Small pictures are always given by our server, so that they can be kept.
    let file = uploader.upload("a.png", &png(800, 800, "")).await.unwrap();
    let small = text(&uploader.ready(&text(&file["id"])).await["previews"][0]["url"]);
    let got = get(client, &small, &[]).await;
    let tag = got.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(got.headers()["x-content-type-options"], "nosniff");
    assert!(got.headers()["content-security-policy"].to_str().unwrap().contains("sandbox"));
    assert_eq!(get(client, &small, &[("if-none-match", &tag)]).await.status(), StatusCode::NOT_MODIFIED);
}

async fn a_storage_that_is_away_costs_only_files(depot: &mut Depot) {
    let server = depot.serve().await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let uploader = Uploader { client, workspace: &team.workspace };
    let Some(s3) = &mut depot.s3 else { return };
    let bytes = noise(20_000, 5);
    let upload = uploader.begin("a.bin", &bytes).await.unwrap();
    uploader.put_all(&upload, &bytes).await;
    s3.kill().await;
    let failure = uploader.complete(&text(&upload["id"])).await.unwrap_err();
    assert_eq!(failure.code(), "UNAVAILABLE");
    let chat = json!({ "workspaceId": team.workspace, "channelId": team.general, "text": "still here" });
    client.must("sendMessage", chat, "seq").await;
    s3.start_again().await;
    let mut looks = tokio::time::interval(std::time::Duration::from_millis(50));
    let done = loop {
        match uploader.complete(&text(&upload["id"])).await {
            Ok(done) => break done,
            Err(failure) => assert_eq!(failure.code(), "UNAVAILABLE"),
        }
        looks.tick().await;
    };
    let got = get(client, &text(&done["file"]["url"]), &[]).await;
    assert_eq!(got.bytes().await.unwrap(), bytes);
}
