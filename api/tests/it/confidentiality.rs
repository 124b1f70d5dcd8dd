//! Files on disk are readable by their owner only, and logs contain no secrets.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::support::process::{run, run_with};
use crate::support::{Client, Process, Socket, Store, Uploader, Workspace, post, random_bytes, request, sqlite, text};

sqlite! {
    files_on_disk_are_readable_by_their_owner_only
    rejects_a_world_readable_data_directory
    the_doctor_creates_no_files
    logs_no_secrets_at_any_level
}

/// All paths in a directory, recursively.
fn all_paths(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { [vec![path.clone()], all_paths(&path)].concat() } else { vec![path] })
        .collect()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

async fn files_on_disk_are_readable_by_their_owner_only(store: &Store) {
    let server = Process::start(store).await;
    let workspace = Workspace::create(server.address).await;
    let client = &workspace.owner().client;
    let file = Uploader { client, workspace: &workspace.id }.upload("a.bin", &random_bytes(100, 1)).await.unwrap();
    let input = json!({ "channelId": workspace.general, "text": "hello", "attachmentIds": [file["id"]] });
    client.mutate("sendMessage", input, "seq").await;
    let found = all_paths(store.directory.path());
    for name in ["confab.sqlite", "confab.sqlite-wal", "confab.sqlite-shm", "confab.lock", "media.key", "original"] {
        assert!(found.iter().any(|path| path.ends_with(name)), "no {name} in {found:?}");
    }
    assert!(found.iter().any(|path| path.starts_with(store.directory.path().join("search")) && path.is_file()));
    for path in &found {
        assert_eq!(mode(path) & 0o077, 0, "{}", path.display());
    }
    // The key that signs links is in one file and not in the database.
    let key = fs::read(store.directory.path().join("media.key")).unwrap();
    assert_eq!(key.len(), 64);
    for path in found.iter().filter(|path| path.is_file() && !path.ends_with("media.key")) {
        let bytes = fs::read(path).unwrap_or_default();
        assert!(!bytes.windows(key.len()).any(|window| window == key), "{}", path.display());
    }
}

async fn rejects_a_world_readable_data_directory(store: &Store) {
    fs::set_permissions(store.directory.path(), PermissionsExt::from_mode(0o755)).unwrap();
    for command in [&["serve", "--listen", "127.0.0.1:0"][..], &["migrate"], &["doctor"]] {
        let (done, output) = run_with(store, command, &[]).await;
        assert!(!done && output.contains("chmod o-rwx"), "{command:?}: {output}");
    }
    assert_eq!(all_paths(store.directory.path()), Vec::<PathBuf>::new());
    fs::set_permissions(store.directory.path(), PermissionsExt::from_mode(0o750)).unwrap();
    assert!(run(store, &["migrate"]).await.0);
}

async fn the_doctor_creates_no_files(store: &Store) {
    let (succeeded, output) = run(store, &["doctor"]).await;
    assert!(succeeded && output.contains("does not exist yet"), "{output}");
    assert_eq!(all_paths(store.directory.path()), Vec::<PathBuf>::new());
}

const PASSWORD: &str = "plum-pudding-under-glass";
const MESSAGE_TEXT: &str = "the-otter-swims-at-midnight";

/// Sends secrets over every transport. Returns them.
async fn send_secrets(address: SocketAddr) -> Vec<String> {
    let mut client = Client::new(address);
    let account = json!({ "email": "ada@example.com", "password": PASSWORD, "name": "Ada" });
    let registered = text(&client.mutate("register", account, "token").await, "/token");
    let signed_in = json!({ "email": "ada@example.com", "password": PASSWORD });
    let token = text(&client.mutate("signIn", signed_in.clone(), "token").await, "/token");
    let wrong = json!({ "email": "ada@example.com", "password": format!("{PASSWORD}-wrong") });
    assert_eq!(client.try_mutate("signIn", &wrong, "token").await.unwrap_err().code(), "BAD_USER_INPUT");
    client.token = Some(token.clone());
    let selection = "workspace { id channels(first: 1) { nodes { id } } }";
    let created = client.mutate("createWorkspace", json!({ "name": "Acme" }), selection).await["workspace"].clone();
    let send = json!({ "channelId": created["channels"]["nodes"][0]["id"], "text": MESSAGE_TEXT });
    client.mutate("sendMessage", send.clone(), "seq").await;
    client
        .query(
            "query($w: ID!, $q: String!) { search(workspaceId: $w, query: $q, first: 1) { total { count } } }",
            json!({ "w": created["id"], "q": MESSAGE_TEXT }),
        )
        .await;
    let mut socket = Socket::try_connect(address, Some(&token)).await.unwrap();
    let again = "mutation($input: SendMessageInput!) { sendMessage(input: $input) { seq } }";
    socket.subscribe("1", again, json!({ "input": send })).await;
    assert_eq!(socket.next_for("1").await["type"], "next");
    vec![PASSWORD.to_owned(), MESSAGE_TEXT.to_owned(), token, registered]
}

async fn logs_no_secrets_at_any_level(store: &Store) {
    let server = Process::start_with_log(store, "trace").await;
    let mut secrets = send_secrets(server.address).await;
    // Cookies are another header.
    let input = json!({ "email": "ada@example.com", "password": PASSWORD, "transport": "COOKIE" });
    let sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { account { id } } }";
    let reply = server.send(post(&json!({ "query": sign_in, "variables": { "input": input } }))).await;
    let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    server.send(request("GET", "/graphql?query=%7B__typename%7D").header("cookie", &cookie)).await;
    secrets.push(cookie.split_once('=').unwrap().1.to_owned());
    let logged = server.kill_and_read_log().await;
    // Logging was active at this level.
    assert!(logged.contains("DEBUG api::"), "{logged}");
    for secret in secrets {
        let line = logged.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None);
    }
}
