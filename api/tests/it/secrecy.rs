//! What lies on the disk and what is logged is for nobody else.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::client::{Client, text};
use crate::depot::{Uploader, noise};
use crate::process::{Process, run, run_with};
use crate::server::{post, request};
use crate::socket::Socket;
use crate::store::Store;
use crate::team::Team;

/// Everything in a directory, at any depth.
fn all_in(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { [vec![path.clone()], all_in(&path)].concat() } else { vec![path] })
        .collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_on_disk_is_for_its_owner_alone() {
    let store = Store::sqlite();
    let server = Process::start(&store).await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let file = Uploader { client, workspace: &team.workspace }.upload("a.bin", &noise(100, 1)).await.unwrap();
    let input = json!({ "workspaceId": team.workspace, "channelId": team.general, "text": "hello", "attachmentIds": [file["id"]] });
    client.must("sendMessage", input, "seq").await;
    let found = all_in(store.directory.path());
    for name in ["confab.sqlite", "confab.sqlite-wal", "confab.sqlite-shm", "confab.lock", "media.key", "original"] {
        assert!(found.iter().any(|path| path.ends_with(name)), "no {name} in {found:?}");
    }
    assert!(found.iter().any(|path| path.starts_with(store.directory.path().join("search")) && path.is_file()));
    for path in &found {
        assert_eq!(mode(path) & 0o077, 0, "{}", path.display());
    }
    // The key of links is in one file, and not beside the rows.
    let key = fs::read(store.directory.path().join("media.key")).unwrap();
    assert_eq!(key.len(), 64);
    for path in found.iter().filter(|path| path.is_file() && !path.ends_with("media.key")) {
        let bytes = fs::read(path).unwrap_or_default();
        assert!(!bytes.windows(key.len()).any(|window| window == key), "{}", path.display());
    }
}

#[tokio::test]
async fn a_data_directory_that_everybody_can_read_is_refused() {
    let store = Store::sqlite();
    fs::set_permissions(store.directory.path(), PermissionsExt::from_mode(0o755)).unwrap();
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["doctor"]] {
        let (done, said) = run_with(&store, command, &[]).await;
        assert!(!done && said.contains("chmod o-rwx"), "{command:?}: {said}");
    }
    assert_eq!(all_in(store.directory.path()), Vec::<PathBuf>::new());
    fs::set_permissions(store.directory.path(), PermissionsExt::from_mode(0o750)).unwrap();
    assert!(run(&store, &["migrate"]).await.0);
}

#[tokio::test]
async fn the_doctor_makes_nothing() {
    let store = Store::sqlite();
    let (sound, said) = run(&store, &["doctor"]).await;
    assert!(sound && said.contains("not there yet"), "{said}");
    assert_eq!(all_in(store.directory.path()), Vec::<PathBuf>::new());
}

const PASSWORD: &str = "plum-pudding-under-glass";
const TEXT: &str = "the-otter-swims-at-midnight";

/// Does what carries secrets, on every transport; answers them.
async fn confide(client: &mut Client) -> Vec<String> {
    let account = json!({ "email": "ada@example.com", "password": PASSWORD, "name": "Ada" });
    let registered = text(&client.must("register", account, "token").await["token"]);
    let signed_in = json!({ "email": "ada@example.com", "password": PASSWORD });
    let token = text(&client.must("signIn", signed_in.clone(), "token").await["token"]);
    let wrong = json!({ "email": "ada@example.com", "password": format!("{PASSWORD}-wrong") });
    assert_eq!(client.mutate("signIn", &wrong, "token").await.unwrap_err().code(), "BAD_USER_INPUT");
    client.token = Some(token.clone());
    let selection = "workspace { id channels(first: 1) { nodes { id } } }";
    let made = client.must("createWorkspace", json!({ "name": "Acme" }), selection).await["workspace"].clone();
    let send = json!({ "workspaceId": made["id"], "channelId": made["channels"]["nodes"][0]["id"], "text": TEXT });
    client.must("sendMessage", send.clone(), "seq").await;
    client
        .query(
            "query($w: ID!, $q: String!) { search(workspaceId: $w, query: $q, first: 1) { total { count } } }",
            json!({ "w": made["id"], "q": TEXT }),
        )
        .await;
    let mut socket = Socket::connect(client.address, Some(&token)).await.unwrap();
    let again = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { seq } }";
    socket.subscribe("1", again, json!({ "input": send })).await;
    assert_eq!(socket.next_of("1").await["type"], "next");
    vec![PASSWORD.to_owned(), TEXT.to_owned(), token, registered]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_logged_at_any_level() {
    let store = Store::sqlite();
    let server = Process::start_logging(&store, "trace").await;
    let mut client = Client::new(server.address);
    let mut secrets = confide(&mut client).await;
    // By cookie as well, which is another header.
    let input = json!({ "email": "ada@example.com", "password": PASSWORD, "carrier": "COOKIE" });
    let sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { account { id } } }";
    let reply = server.send(post(&json!({ "query": sign_in, "variables": { "input": input } }))).await;
    let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    server.send(request("GET", "/graphql?query=%7B__typename%7D").header("cookie", &cookie)).await;
    secrets.push(cookie.split_once('=').unwrap().1.to_owned());
    let logged = server.end_and_read_log().await;
    // It was listened to at this level: what we say ourselves is there.
    assert!(logged.contains("DEBUG api::"), "{logged}");
    for secret in secrets {
        let line = logged.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None);
    }
}
