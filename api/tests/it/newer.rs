//! A log with events of a newer version, as in the middle of an upgrade: a process that meets one serves that
//! workspace no more, and says so to everybody who is connected.

use api::id::WorkspaceId;
use serde_json::{Value, json};

use crate::feed::{End, Feed};
use crate::multipart::ACCEPT;
use crate::people::{Company, PASSWORD, code, server_on, text};
use crate::rows;
use crate::server::{Server, post, request};
use crate::socket::Socket;
use crate::store::{Store, both};
use crate::watch::PRESENCE;

both! {
    a_newer_event_ends_its_workspace_here_and_no_other
    a_newer_event_in_the_log_of_the_server_ends_everything
}

const READ: &str = "query($id: ID!) { workspace(id: $id) { seq } }";

/// How an id is written in a statement.
pub fn literal(store: &Store, id: WorkspaceId) -> String {
    match store.database_url() {
        Some(_) => format!("'{}'::uuid", id.0),
        None => format!("X'{}'", id.0.simple()),
    }
}

/// Appends what only a newer version of the server understands, as another process would.
pub async fn append_newer(store: &Store, log: WorkspaceId) {
    let database = rows::open(store).await;
    let id = literal(store, log);
    let sql = format!(
        "INSERT INTO event (workspace_id, seq, at, version, kind, actor_id, command_id, message_id, skeleton, salt, \
         body, body_hash, digest) SELECT workspace_id, seq + 1, at, 99, kind, actor_id, command_id, message_id, \
         skeleton, salt, body, body_hash, digest FROM event WHERE workspace_id = {id} \
         AND seq = (SELECT last_seq FROM log WHERE workspace_id = {id}); \
         UPDATE log SET last_seq = last_seq + 1 WHERE workspace_id = {id}"
    );
    rows::change(&database, &sql).await;
}

async fn ready(server: &Server) -> (u16, String) {
    let reply = server.send(request("GET", "/readyz")).await;
    (reply.status, reply.text())
}

/// How many events a log has.
async fn stored(store: &Store, log: WorkspaceId) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM event WHERE workspace_id = {}", literal(store, log));
    rows::query(&rows::open(store).await, sql).await[0].try_get("", "n").unwrap()
}

/// Everything that somebody can have open in a workspace.
struct Open {
    socket: Feed,
    parts: Feed,
    presence: Socket,
}

impl Open {
    async fn all(server: &Server, company: &Company) -> Self {
        let from = company.seq(server).await;
        let mut open = Self {
            socket: Feed::socket(server, &company.owner, company, from).await,
            parts: Feed::parts(server, &company.owner, company, from).await,
            presence: Socket::ready(server, Some(&company.owner.token)).await,
        };
        let variables = json!({ "workspaceId": company.workspace, "memberIds": [company.owner.member] });
        open.presence.subscribe("1", PRESENCE, variables).await;
        assert_eq!(open.presence.next_of("1").await["type"], "next");
        let (_, seq) = company.owner.sends(server, company, &company.general, "before").await;
        assert_eq!((open.socket.up_to(seq).await.len(), open.parts.up_to(seq).await.len()), (1, 1));
        open
    }
}

async fn a_newer_event_ends_its_workspace_here_and_no_other(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let other = company.owner.founds(&server, "Other").await;
    let mut open = Open::all(&server, &company).await;
    let log: WorkspaceId = company.workspace.parse().unwrap();
    append_newer(store, log).await;
    let count = stored(store, log).await;

    let unavailable = End::Error("UNAVAILABLE".into());
    assert_eq!(open.socket.rest().await, (Vec::new(), unavailable.clone()));
    assert_eq!(open.parts.rest().await, (Vec::new(), unavailable.clone()));
    let ended = open.presence.next_of("1").await;
    assert_eq!((&ended["type"], text(&ended, "/payload/0/extensions/code")), (&json!("error"), "UNAVAILABLE".into()));

    // Nothing is decided on what is not understood, and nothing is read of it, now or later.
    let input = json!({ "workspaceId": company.workspace, "channelId": company.general, "text": "behind it" });
    for _ in 0..2 {
        let sent = company.owner.tries(&server, "sendMessage", "{ seq }", input.clone()).await;
        assert_eq!(sent, Err("UNAVAILABLE".into()));
        let read = company.owner.ask(&server, READ, json!({ "id": company.workspace })).await;
        assert_eq!(code(&read).as_deref(), Some("UNAVAILABLE"), "{read}");
        let mut again = Feed::socket(&server, &company.owner, &company, count - 1).await;
        assert_eq!(again.rest().await, (Vec::new(), unavailable.clone()));
    }
    assert_eq!(stored(store, log).await, count);

    // The others are served, and whoever watches over the server is told.
    other.owner.sends(&server, &other, &other.general, "words").await;
    let (status, said) = ready(&server).await;
    assert_eq!(status, 200);
    assert!(said.starts_with("degraded\n") && said.ends_with("refused logs: 1\n"), "{said}");
    server.stop().await;
}

async fn a_newer_event_in_the_log_of_the_server_ends_everything(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let mut open = Open::all(&server, &company).await;
    append_newer(store, WorkspaceId::SERVER).await;
    // A newer process ends all sign-ins, in words that this one does not understand.
    rows::change(&rows::open(store).await, "UPDATE sign_in SET ended_seq = 1000").await;

    assert_eq!(open.socket.rest().await, (Vec::new(), End::Closed(1013)));
    assert_eq!(open.parts.rest().await, (Vec::new(), End::Error("UNAVAILABLE".into())));
    assert_eq!(open.presence.closed().await.0, 1013);

    let bearer = format!("Bearer {}", company.owner.token);
    let body = json!({ "query": "{ viewer { account { id } } }" });
    let reply = server.send(post(&body).header("authorization", &bearer)).await;
    assert_eq!((reply.status, &*reply.code()), (503, "UNAVAILABLE"));
    let variables = json!({ "workspaceId": company.workspace, "after": 0 });
    let body = json!({ "query": crate::feed::ALL, "variables": variables });
    let reply = server.send(post(&body).header("authorization", &bearer).header("accept", ACCEPT)).await;
    assert_eq!((reply.status, &*reply.code()), (503, "UNAVAILABLE"));
    let mut socket = Socket::open(&server).await;
    socket.init(Some(&company.owner.token)).await;
    assert_eq!(socket.closed().await.0, 1013);
    let sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { token } }";
    let input = json!({ "email": company.owner.email, "password": PASSWORD });
    let signed_in = server.graphql(None, sign_in, json!({ "input": input })).await;
    assert_eq!(code(&signed_in).as_deref(), Some("UNAVAILABLE"), "{signed_in}");
    let (status, said) = ready(&server).await;
    assert!(status == 503 && said.starts_with("not ready\n"), "{status} {said}");
    assert_eq!(signed_in["data"], Value::Null);
    server.stop().await;
}
