//! What uploads may take: of the disk, of everybody's turns, and of the machine that makes previews.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::client::{Client, text};
use crate::depot::{Depot, UPLOAD, Uploader, noise, png};
use crate::server::{Reply, Server};
use crate::store::{Store, both};
use crate::team::Team;

both! { quotas_of_an_account_and_of_the_server_hold_over_workspaces }

const LOOK: Duration = Duration::from_millis(20);

/// A part that is being put: half of it has gone out.
async fn half_put(server: &Server, part: &Value, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let head = format!(
        "PUT {} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/octet-stream\r\n\
         content-length: {}\r\n\r\n",
        text(&part["url"]),
        bytes.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&bytes[..bytes.len() / 2]).await.unwrap();
    stream
}

async fn reply(mut stream: TcpStream) -> Reply {
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;
    Reply::read(&bytes)
}

/// The one that is answered first, then the other.
async fn first_answered(one: TcpStream, other: TcpStream) -> (TcpStream, TcpStream) {
    let one_is_first = tokio::select! {
        ready = one.readable() => ready.is_ok(),
        ready = other.readable() => ready.is_err(),
    };
    if one_is_first { (one, other) } else { (other, one) }
}

/// How many files there are in a folder, and how many bytes they have together.
fn stored(folder: &Path) -> (usize, u64) {
    let Ok(entries) = std::fs::read_dir(folder) else { return (0, 0) };
    entries.flatten().fold((0, 0), |(files, bytes), entry| match entry.metadata() {
        Ok(found) if found.is_dir() => {
            let (more, larger) = stored(&entry.path());
            (files + more, bytes + larger)
        }
        Ok(found) => (files + 1, bytes + found.len()),
        Err(_) => (files, bytes),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_part_has_one_writer_and_takes_no_more_than_its_size() {
    let store = Store::sqlite();
    let server = Depot::borrowed(&store).serve().await;
    let team = Team::begin(server.address, 1).await;
    let uploader = Uploader { client: &team.owner().client, workspace: &team.workspace };
    let bytes = noise(1 << 20, 3);
    let upload = uploader.begin("a.bin", &bytes).await.unwrap();
    let part = &upload["parts"][0];
    let mut writer = half_put(&server, part, &bytes).await;
    for _ in 0..10 {
        let other = half_put(&server, part, &bytes).await;
        // Whichever the server takes up later goes on; the other one is told, and nothing is left of it.
        let displaced;
        (displaced, writer) = first_answered(writer, other).await;
        let answer = reply(displaced).await;
        assert_eq!((answer.status, &*answer.code()), (409, "CONFLICT"));
    }
    let folder = store.directory.path().join("media");
    let mut looks = tokio::time::interval(LOOK);
    while stored(&folder).0 > 1 {
        looks.tick().await;
    }
    assert!(stored(&folder).1 <= 1 << 20, "{:?}", stored(&folder));
    writer.write_all(&bytes[bytes.len() / 2..]).await.unwrap();
    assert_eq!(reply(writer).await.status, 200);
    uploader.complete(&text(&upload["id"])).await.unwrap();
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_account_has_its_share_of_turns() {
    let store = Store::sqlite();
    let server = Depot::borrowed(&store).serve().await;
    let team = Team::begin(server.address, 2).await;
    let [ann, bob] = [0, 1].map(|n| Uploader { client: &team.people[n].client, workspace: &team.workspace });
    let bytes = noise(1_000, 3);
    let mut open = Vec::new();
    for number in 0..8 {
        let upload = ann.begin(&format!("{number}.bin"), &bytes).await.unwrap();
        open.push(half_put(&server, &upload["parts"][0], &bytes).await);
    }
    // All eight are at it: each has written its half.
    let mut looks = tokio::time::interval(LOOK);
    while stored(&store.directory.path().join("media")).0 < 8 {
        looks.tick().await;
    }
    let ninth = ann.begin("ninth.bin", &bytes).await.unwrap();
    let refused = reply(half_put(&server, &ninth["parts"][0], &bytes).await).await;
    assert_eq!((refused.status, &*refused.code()), (429, "RATE_LIMITED"));
    assert!(matches!(refused.header("retry-after"), Some("1" | "2" | "3")));
    bob.upload("b.bin", &bytes).await.unwrap();
    drop(open);
    server.stop().await;
}

/// Another workspace of the same person; answers its id.
async fn another(client: &Client) -> String {
    text(&client.must("createWorkspace", json!({ "name": "Other" }), "workspace { id }").await["workspace"]["id"])
}

async fn quotas_of_an_account_and_of_the_server_hold_over_workspaces(store: &Store) {
    let depot = Depot::borrowed(store);
    let server = depot
        .serve_as(|media| {
            (media.account_bytes, media.server_bytes, media.grace_seconds) = (3 << 20, 4 << 20, 1);
        })
        .await;
    let team = Team::begin(server.address, 2).await;
    let (ann, bob) = (&team.people[0].client, &team.people[1].client);
    let (one, other) = (&team.workspace, another(ann).await);
    let create = |workspace: &str, mib: i64| json!({ "workspaceId": workspace, "name": "a", "size": mib << 20 });
    let begun = ann.must("createUpload", create(one, 2), UPLOAD).await["upload"].clone();
    let failure = ann.mutate("createUpload", &create(&other, 2), "upload { id }").await.unwrap_err();
    assert!(failure.said().contains("Your files in all workspaces may have 3 MiB"), "{}", failure.said());
    ann.must("createUpload", create(&other, 1), "upload { id }").await;
    // What was refused is not counted.
    bob.must("createUpload", create(one, 1), "upload { id }").await;
    let failure = bob.mutate("createUpload", &create(one, 1), "upload { id }").await.unwrap_err();
    assert!(failure.said().contains("The files of this server may have 4 MiB"), "{}", failure.said());
    // What is cleared away makes room.
    ann.must("cancelUpload", json!({ "workspaceId": one, "uploadId": begun["id"] }), "uploadId").await;
    let mut looks = tokio::time::interval(LOOK);
    while ann.mutate("createUpload", &create(&other, 2), "upload { id }").await.is_err() {
        looks.tick().await;
    }
    server.stop().await;
}

/// Ann's pictures are many; Bob's one is looked into as soon as there is a turn that is not hers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn previews_of_one_account_do_not_keep_another_waiting() {
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
    let depot = Depot::directory(Store::sqlite());
    let server = depot.serve_as(|media| media.previews_program = Some(program)).await;
    let team = Team::begin(server.address, 2).await;
    let [ann, bob] = [0, 1].map(|n| Uploader { client: &team.people[n].client, workspace: &team.workspace });
    let mut hers = Vec::new();
    for number in 0..6 {
        hers.push(text(&ann.upload(&format!("{number}.png"), &png(20, 20, "")).await.unwrap()["id"]));
    }
    let mut looks = tokio::time::interval(LOOK);
    let begun = || std::fs::read_to_string(&log).unwrap_or_default().lines().map(str::to_owned).collect::<Vec<_>>();
    while begun().is_empty() {
        looks.tick().await;
    }
    let his = text(&bob.upload("his.png", &png(20, 20, "")).await.unwrap()["id"]);
    while begun().len() < 2 {
        looks.tick().await;
    }
    assert!(begun()[1].contains(&his[4..]), "{:?}", begun());
    std::fs::write(&gate, "").unwrap();
    for id in &hers {
        ann.ready(id).await;
    }
    bob.ready(&his).await;
    assert_eq!(begun().len(), 7, "each once");
    server.stop().await;
}
