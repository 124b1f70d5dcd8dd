//! Events of an unsupported version, as during an upgrade: a process that meets one stops serving that workspace and
//! tells all connected clients.

use api::ground::id::WorkspaceId;
use api::model::event::Skeleton;
use sea_orm::{ConnectionTrait, Database, TransactionTrait};
use serde_json::{Value, json};

use crate::support::{
    ACCEPT, End, Feed, PASSWORD, PRESENCE, Server, Setup, Socket, Store, Workspace, append_known, append_unsupported,
    both, code, literal, post, process, request, rows, text,
};

both! {
    an_unsupported_event_stops_only_its_workspace
    an_unsupported_event_in_the_server_log_stops_everything
    refuses_to_load_a_workspace_with_an_unsupported_event
    verifies_but_does_not_replay_an_unsupported_log
    writers_record_the_version_their_events_need
    does_not_append_to_an_unsupported_log
}

const SEQ_QUERY: &str = "query($id: ID!) { workspace(id: $id) { seq } }";

/// The version in the head of a log.
async fn version(store: &Store, log: WorkspaceId) -> i32 {
    let sql = format!("SELECT version FROM log WHERE workspace_id = {}", literal(store, log));
    rows::query(&rows::open(store).await, sql).await[0].try_get("", "version").unwrap()
}

/// Sets the version in the head of a log.
async fn set_version(store: &Store, log: WorkspaceId, version: i32) {
    let sql = format!("UPDATE log SET version = {version} WHERE workspace_id = {}", literal(store, log));
    assert_eq!(rows::execute(&rows::open(store).await, &sql).await, 1);
}

async fn ready(server: &Server) -> (u16, String) {
    let reply = server.send(request("GET", "/readyz")).await;
    (reply.status, reply.text())
}

/// The number of events in a log.
async fn stored(store: &Store, log: WorkspaceId) -> i64 {
    let sql = format!("SELECT count(*) AS n FROM event WHERE workspace_id = {}", literal(store, log));
    rows::query(&rows::open(store).await, sql).await[0].try_get("", "n").unwrap()
}

/// Every kind of connection that a user can have to a workspace.
struct Open {
    socket: Feed,
    parts: Feed,
    presence: Socket,
}

impl Open {
    async fn all(workspace: &Workspace) -> Self {
        let from = workspace.seq().await;
        let mut open = Self {
            socket: Feed::socket(workspace.owner(), workspace, from).await,
            parts: Feed::multipart(workspace.owner(), workspace, from).await,
            presence: workspace.owner().socket().await,
        };
        let variables = json!({ "workspaceId": workspace.id, "memberIds": [workspace.owner().id] });
        open.presence.subscribe("1", PRESENCE, variables).await;
        assert_eq!(open.presence.next_for("1").await["type"], "next");
        let (_, seq) = workspace.owner().send_message(&workspace.general, "before").await;
        assert_eq!((open.socket.up_to(seq).await.len(), open.parts.up_to(seq).await.len()), (1, 1));
        open
    }
}

async fn an_unsupported_event_stops_only_its_workspace(Setup { store, server, workspace }: &Setup) {
    let other = workspace.owner().create_workspace("Other").await;
    let mut open = Open::all(workspace).await;
    let log: WorkspaceId = workspace.id.parse().unwrap();
    append_unsupported(store, log).await;
    let count = stored(store, log).await;

    let unavailable = End::Error("UNAVAILABLE".into());
    assert_eq!(open.socket.rest().await, (Vec::new(), unavailable.clone()));
    assert_eq!(open.parts.rest().await, (Vec::new(), unavailable.clone()));
    let ended = open.presence.next_for("1").await;
    assert_eq!((&ended["type"], text(&ended, "/payload/0/extensions/code")), (&json!("error"), "UNAVAILABLE".into()));

    // Nothing is decided or read behind an unsupported event, now or later.
    let input = json!({ "channelId": workspace.general, "text": "behind it" });
    for _ in 0..2 {
        let sent = workspace.owner().try_mutate("sendMessage", &input, "seq").await;
        assert_eq!(sent, Err("UNAVAILABLE".into()));
        let read = workspace.owner().execute(SEQ_QUERY, json!({ "id": workspace.id })).await;
        assert_eq!(code(&read).as_deref(), Some("UNAVAILABLE"), "{read}");
        let mut again = Feed::socket(workspace.owner(), workspace, count - 1).await;
        assert_eq!(again.rest().await, (Vec::new(), unavailable.clone()));
    }
    assert_eq!(stored(store, log).await, count);

    // Other workspaces are served, and readiness reports the refused log.
    other.owner().send_message(&other.general, "words").await;
    let (status, body) = ready(server).await;
    assert_eq!(status, 200);
    assert!(body.starts_with("degraded\n") && body.ends_with("unsupported logs: 1\n"), "{body}");
}

async fn an_unsupported_event_in_the_server_log_stops_everything(Setup { store, server, workspace }: &Setup) {
    let mut open = Open::all(workspace).await;
    append_unsupported(store, WorkspaceId::SERVER).await;
    // A newer process ends all sessions with an event that this one does not support.
    rows::execute(&rows::open(store).await, "UPDATE session SET ended_seq = 1000").await;

    assert_eq!(open.socket.rest().await, (Vec::new(), End::Closed(1013)));
    assert_eq!(open.parts.rest().await, (Vec::new(), End::Error("UNAVAILABLE".into())));
    assert_eq!(open.presence.wait_for_close().await.0, 1013);

    let bearer = format!("Bearer {}", workspace.owner().token());
    let body = json!({ "query": "{ viewer { account { id } } }" });
    let reply = server.send(post(&body).header("authorization", &bearer)).await;
    assert_eq!((reply.status, &*reply.code()), (503, "UNAVAILABLE"));
    let variables = json!({ "workspaceId": workspace.id, "after": 0 });
    let body = json!({ "query": crate::support::ALL_EVENTS, "variables": variables });
    let reply = server.send(post(&body).header("authorization", &bearer).header("accept", ACCEPT)).await;
    assert_eq!((reply.status, &*reply.code()), (503, "UNAVAILABLE"));
    let mut socket = Socket::open(server).await;
    socket.init(Some(workspace.owner().token())).await;
    assert_eq!(socket.wait_for_close().await.0, 1013);
    let sign_in = "mutation($input: SignInInput!) { signIn(input: $input) { token } }";
    let input = json!({ "email": workspace.owner().email, "password": PASSWORD });
    let signed_in = server.graphql(sign_in, json!({ "input": input })).await;
    assert_eq!(code(&signed_in).as_deref(), Some("UNAVAILABLE"), "{signed_in}");
    let (status, body) = ready(server).await;
    assert!(status == 503 && body.starts_with("not ready\n"), "{status} {body}");
    assert_eq!(signed_in["data"], Value::Null);
}

/// Asserts that a workspace is neither read, written nor delivered.
async fn is_refused(workspace: &Workspace) {
    for _ in 0..2 {
        let input = json!({ "channelId": workspace.general, "text": "behind it" });
        let sent = workspace.owner().try_mutate("sendMessage", &input, "seq").await;
        assert_eq!(sent, Err("UNAVAILABLE".into()));
        let read = workspace.owner().execute(SEQ_QUERY, json!({ "id": workspace.id })).await;
        assert_eq!(code(&read).as_deref(), Some("UNAVAILABLE"), "{read}");
        let mut feed = Feed::socket(workspace.owner(), workspace, 0).await;
        assert_eq!(feed.rest().await, (Vec::new(), End::Error("UNAVAILABLE".into())));
    }
}

async fn refuses_to_load_a_workspace_with_an_unsupported_event(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let other = workspace.owner().create_workspace("Other").await;
    workspace.owner().send_message(&workspace.general, "before").await;
    server.stop().await;
    // The newer process continues with a supported kind, as if nothing had happened.
    let log: WorkspaceId = workspace.id.parse().unwrap();
    append_unsupported(store, log).await;
    append_known(store, log).await;
    let count = stored(store, log).await;

    let server = Server::on(store).await;
    let (workspace, other) = (workspace.at(&server), other.at(&server));
    is_refused(&workspace).await;
    assert_eq!(stored(store, log).await, count);
    other.owner().send_message(&other.general, "words").await;
    let (status, body) = ready(&server).await;
    assert!(status == 200 && body.ends_with("unsupported logs: 1\n"), "{status} {body}");
    server.stop().await;
}

async fn verifies_but_does_not_replay_an_unsupported_log(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    workspace.owner().send_message(&workspace.general, "before").await;
    server.stop().await;
    let log: WorkspaceId = workspace.id.parse().unwrap();
    append_unsupported(store, log).await;
    process::verify(store).await;
    let database = rows::open(store).await;
    let before = rows::dump(&database, "message").await;
    rows::execute(&database, "UPDATE channel SET topic = 'what a replay would take back'").await;
    let (done, _) = process::run(store, &["replay"]).await;
    assert!(!done);
    assert_eq!(rows::dump(&database, "message").await, before);
    assert!(rows::contain_text(&database, "what a replay would take back").await);
    // A version in the head below that of an event is a flaw: an older process would continue behind it.
    set_version(store, log, Skeleton::VERSION).await;
    let (succeeded, body) = process::run(store, &["verify"]).await;
    assert!(!succeeded && body.contains("event version exceeds the version of the log"), "{body}");
}

async fn writers_record_the_version_their_events_need(Setup { store, workspace, .. }: &Setup) {
    let log: WorkspaceId = workspace.id.parse().unwrap();
    // The state of a log that only an older version has written.
    set_version(store, log, 0).await;
    let send = async |words| workspace.owner().send_message(&workspace.general, words).await;
    send("words").await;
    assert_eq!(version(store, log).await, 1);
    let input = json!({ "channelId": workspace.general, "topic": "of the newest version" });
    workspace.owner().mutate("setChannelTopic", input, "seq").await;
    assert_eq!(version(store, log).await, Skeleton::VERSION);
    // Later events that need less do not lower it.
    send("more words").await;
    assert_eq!(version(store, log).await, Skeleton::VERSION);
    // A newer process has written without this one receiving it: no `seq` shows it, but the head does.
    set_version(store, log, 99).await;
    let count = stored(store, log).await;
    is_refused(workspace).await;
    assert_eq!((stored(store, log).await, version(store, log).await), (count, 99));
}

/// On Postgres commands are decided without a lock and the head is updated conditionally. SQLite has one writer.
async fn does_not_append_to_an_unsupported_log(Setup { store, workspace, .. }: &Setup) {
    let Some(url) = store.database_url() else { return };
    let log: WorkspaceId = workspace.id.parse().unwrap();
    let count = stored(store, log).await;
    let other = Database::connect(url).await.unwrap();
    let newer = other.begin().await.unwrap();
    let sql = format!("UPDATE log SET version = 99 WHERE workspace_id = {}", literal(store, log));
    newer.execute_unprepared(&sql).await.unwrap();
    let input = json!({ "channelId": workspace.general, "text": "decided before" });
    let mut sending = Box::pin(workspace.owner().try_mutate("sendMessage", &input, "seq"));
    let waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE log%' \
                 AND datname = current_database()";
    loop {
        tokio::select! {
            sent = &mut sending => panic!("the command did not wait for the head: {sent:?}"),
            waiting = other.execute_unprepared(waits) => if waiting.unwrap().rows_affected() > 0 { break },
        }
    }
    newer.commit().await.unwrap();
    let sent = sending.as_mut().await;
    drop(sending);
    assert_eq!((sent, stored(store, log).await), (Err("UNAVAILABLE".into()), count));
}
