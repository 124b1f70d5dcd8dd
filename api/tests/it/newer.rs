//! A log with events of a newer version, as in the middle of an upgrade: a process that meets one serves that
//! workspace no more, and says so to everybody who is connected.

use api::db::Scope;
use api::event::Skeleton;
use api::id::WorkspaceId;
use api::log::{chain, entity};
use sea_orm::{
    ActiveModelTrait, ActiveValue::Set, ConnectionTrait, Database, EntityTrait, IntoActiveModel, TransactionTrait,
};
use serde_json::{Value, json};

use crate::feed::{End, Feed};
use crate::multipart::ACCEPT;
use crate::people::{Company, PASSWORD, code, server_on, text};
use crate::process;
use crate::rows;
use crate::server::{Server, post, request};
use crate::socket::Socket;
use crate::store::{Store, both};
use crate::watch::PRESENCE;

both! {
    a_newer_event_ends_its_workspace_here_and_no_other
    a_newer_event_in_the_log_of_the_server_ends_everything
    who_loads_a_workspace_behind_a_newer_event_refuses_it
    an_older_program_proves_a_newer_log_and_rebuilds_nothing_of_it
    who_writes_says_which_version_its_events_need
    the_head_of_a_log_is_not_moved_by_who_does_not_understand_it
}

const READ: &str = "query($id: ID!) { workspace(id: $id) { seq } }";

/// How an id is written in a statement.
pub fn literal(store: &Store, id: WorkspaceId) -> String {
    match store.database_url() {
        Some(_) => format!("'{}'::uuid", id.0),
        None => format!("X'{}'", id.0.simple()),
    }
}

/// Appends, as another process would, what only a newer version of the server understands.
pub async fn append_newer(store: &Store, log: WorkspaceId) {
    append(store, log, 99, |skeleton| skeleton.replacen("\"kind\":\"", "\"kind\":\"newer_", 1)).await;
}

/// Appends behind it an event of a kind that every version understands.
pub async fn append_known(store: &Store, log: WorkspaceId) {
    append(store, log, Skeleton::VERSION, |skeleton| skeleton.replace("newer_", "")).await;
}

/// Appends an event like the last one, of this version and with a changed skeleton; the head of the log is told.
async fn append(store: &Store, log: WorkspaceId, version: i32, change: impl Fn(&str) -> String) {
    let database = rows::open(store).await;
    let transaction = database.write(Scope::Workspace(log)).await.unwrap();
    let head = entity::log::Entity::find_by_id(log).one(&transaction).await.unwrap().unwrap();
    let last = entity::event::Entity::find_by_id((log, head.last_seq)).one(&transaction).await.unwrap().unwrap();
    let skeleton = change(&last.skeleton);
    let kind = serde_json::from_str::<Value>(&skeleton).unwrap()["kind"].as_str().unwrap().to_owned();
    let mut event = entity::event::Model { seq: head.last_seq + 1, version, kind, skeleton, ..last };
    event.digest = chain::digest(&head.digest, &event).unwrap();
    let (last_seq, digest) = (Set(event.seq), Set(event.digest.clone()));
    let version = Set(version.max(head.version));
    entity::log::ActiveModel { last_seq, digest, version, ..head.into() }.update(&transaction).await.unwrap();
    event.into_active_model().insert(&transaction).await.unwrap();
    transaction.commit().await.unwrap();
}

/// The version that the head of a log says.
async fn version(store: &Store, log: WorkspaceId) -> i32 {
    let sql = format!("SELECT version FROM log WHERE workspace_id = {}", literal(store, log));
    rows::query(&rows::open(store).await, sql).await[0].try_get("", "version").unwrap()
}

/// Changes the version that the head of a log says.
async fn set_version(store: &Store, log: WorkspaceId, version: i32) {
    let sql = format!("UPDATE log SET version = {version} WHERE workspace_id = {}", literal(store, log));
    assert_eq!(rows::change(&rows::open(store).await, &sql).await, 1);
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

/// Nothing is read of a workspace, decided in it or delivered of it.
async fn is_refused(server: &Server, company: &Company) {
    for _ in 0..2 {
        let input = json!({ "workspaceId": company.workspace, "channelId": company.general, "text": "behind it" });
        let sent = company.owner.tries(server, "sendMessage", "{ seq }", input).await;
        assert_eq!(sent, Err("UNAVAILABLE".into()));
        let read = company.owner.ask(server, READ, json!({ "id": company.workspace })).await;
        assert_eq!(code(&read).as_deref(), Some("UNAVAILABLE"), "{read}");
        let mut feed = Feed::socket(server, &company.owner, company, 0).await;
        assert_eq!(feed.rest().await, (Vec::new(), End::Error("UNAVAILABLE".into())));
    }
}

async fn who_loads_a_workspace_behind_a_newer_event_refuses_it(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let other = company.owner.founds(&server, "Other").await;
    company.owner.sends(&server, &company, &company.general, "before").await;
    server.stop().await;
    // The newer process goes on with a kind that this one knows, which reads like nothing had happened.
    let log: WorkspaceId = company.workspace.parse().unwrap();
    append_newer(store, log).await;
    append_known(store, log).await;
    let count = stored(store, log).await;

    let server = server_on(store).await;
    is_refused(&server, &company).await;
    assert_eq!(stored(store, log).await, count);
    other.owner.sends(&server, &other, &other.general, "words").await;
    let (status, said) = ready(&server).await;
    assert!(status == 200 && said.ends_with("refused logs: 1\n"), "{status} {said}");
    server.stop().await;
}

async fn an_older_program_proves_a_newer_log_and_rebuilds_nothing_of_it(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    company.owner.sends(&server, &company, &company.general, "before").await;
    server.stop().await;
    let log: WorkspaceId = company.workspace.parse().unwrap();
    append_newer(store, log).await;
    process::verify(store).await;
    let database = rows::open(store).await;
    let before = rows::dump(&database, "message").await;
    rows::change(&database, "UPDATE channel SET topic = 'what a replay would take back'").await;
    let (done, _) = process::run(store, &["replay"]).await;
    assert!(!done);
    assert_eq!(rows::dump(&database, "message").await, before);
    assert!(rows::contain(&database, "what a replay would take back").await);
    // A head that says less than its events need is a flaw: an older process would go on behind them.
    set_version(store, log, Skeleton::VERSION).await;
    let (proven, said) = process::run(store, &["verify"]).await;
    assert!(!proven && said.contains("newer version than the log says"), "{said}");
}

async fn who_writes_says_which_version_its_events_need(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let log: WorkspaceId = company.workspace.parse().unwrap();
    // As a log stands of which only a version before this one has written.
    set_version(store, log, 0).await;
    company.owner.sends(&server, &company, &company.general, "words").await;
    assert_eq!(version(store, log).await, Skeleton::VERSION);
    // A newer process has written while this one heard nothing of it: no number tells, but the head does.
    set_version(store, log, 99).await;
    let count = stored(store, log).await;
    is_refused(&server, &company).await;
    assert_eq!((stored(store, log).await, version(store, log).await), (count, 99));
    server.stop().await;
}

/// On Postgres a command is decided without a lock, and the head is moved on a condition; on SQLite nobody writes
/// in between.
async fn the_head_of_a_log_is_not_moved_by_who_does_not_understand_it(store: &Store) {
    let Some(url) = store.database_url() else { return };
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let log: WorkspaceId = company.workspace.parse().unwrap();
    let count = stored(store, log).await;
    let other = Database::connect(url).await.unwrap();
    let newer = other.begin().await.unwrap();
    let sql = format!("UPDATE log SET version = 99 WHERE workspace_id = {}", literal(store, log));
    newer.execute_unprepared(&sql).await.unwrap();
    let input = json!({ "workspaceId": company.workspace, "channelId": company.general, "text": "decided before" });
    let mut sending = Box::pin(company.owner.tries(&server, "sendMessage", "{ seq }", input));
    let waits = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE log%' \
                 AND datname = current_database()";
    loop {
        tokio::select! {
            sent = &mut sending => panic!("it did not wait for the head: {sent:?}"),
            waiting = other.execute_unprepared(waits) => if waiting.unwrap().rows_affected() > 0 { break },
        }
    }
    newer.commit().await.unwrap();
    let sent = sending.as_mut().await;
    drop(sending);
    assert_eq!((sent, stored(store, log).await), (Err("UNAVAILABLE".into()), count));
    server.stop().await;
}
