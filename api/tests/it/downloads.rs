//! Downloads that their peers take slowly: one account has so many files open and no more, and others have theirs.

use std::path::Path;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::answers::narrow;
use crate::depot::noise;
use crate::fair_turns::{owner_of, waiting};
use crate::people::{Company, Person, server_on, text};
use crate::server::{Request, Server, request};
use crate::store::Store;

/// Downloads of one account, as it is documented.
const MOST: usize = 16;
const SIZE: usize = 4 << 20;

/// A file that all of the company see; answers where it is.
async fn shares(server: &Server, person: &Person, company: &Company) -> String {
    let input = json!({ "workspaceId": company.workspace, "name": "a.bin", "size": SIZE });
    let begun = person.does(server, "createUpload", "{ upload { id parts { url } } }", input).await;
    let put = request("PUT", &text(&begun, "/upload/parts/0/url")).body(noise(SIZE, 3));
    assert_eq!(server.send(put).await.status, 200);
    let id = &begun["upload"]["id"];
    let done = json!({ "workspaceId": company.workspace, "uploadId": id });
    let file = person.does(server, "completeUpload", "{ file { url } }", done).await;
    let send = json!({
        "workspaceId": company.workspace, "channelId": company.general, "text": "here", "attachmentIds": [id] });
    person.does(server, "sendMessage", "{ seq }", send).await;
    text(&file, "/file/url")
}

fn get(url: &str, person: &Person) -> Request {
    request("GET", url).header("authorization", &format!("Bearer {}", person.token))
}

/// How many files of a folder this process has open.
fn open_files(folder: &Path) -> usize {
    let open = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    let targets = open.filter_map(|file| std::fs::read_link(file.path()).ok());
    targets.filter(|target| target.starts_with(folder)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_that_one_account_downloads_are_bounded_and_a_colleague_has_theirs() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let url = shares(&server, &company.owner, &company).await;
    let (gate, owner) = (&server.app.gates.downloads, owner_of(&server, &company.owner).await);
    let mut open = Vec::new();
    for number in 0..MOST + 4 {
        let mut stream = narrow(&server).await;
        stream.write_all(&get(&url, &company.owner).bytes(server.address)).await.unwrap();
        if number < MOST {
            let mut begun = [0; 12];
            stream.read_exact(&mut begun).await.unwrap();
            assert_eq!(begun, *b"HTTP/1.1 200");
        }
        open.push(stream);
    }
    waiting(gate, owner, 4).await;
    let folder = store.directory.path().canonicalize().unwrap().join("media");
    assert_eq!(open_files(&folder), MOST);
    let answer = server.send(get(&url, &ben)).await;
    assert_eq!((answer.status, answer.body.len()), (200, SIZE));
    // What nobody takes any more makes room.
    drop(open);
    let mut answer = server.send(get(&url, &company.owner)).await;
    while answer.status != 200 {
        answer = server.send(get(&url, &company.owner)).await;
    }
    assert_eq!(answer.body.len(), SIZE);
    server.stop().await;
}
