//! The lane under database errors: transient errors are reported to all waiting commands at once, permanent ones fail
//! only their command.

use std::sync::Arc;

use api::chat::channel::archive::ArchiveChannel;
use api::chat::message::send::SendMessage;
use api::ground::db::Scope;
use api::ground::error::{Error, Reason};
use api::ground::id::{AccountId, ChannelId, CommandId, MemberId, MessageId, WorkspaceId};
use api::live::read_state::writes::Write;
use api::log::fair_queue::MAX_PENDING_PER_LOG;
use api::log::lane::MAX_BATCH_COMMANDS;
use api::log::open_log::OpenLog;
use api::log::{Command, Lane, Receipt, Submission};
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use tokio::task::unconstrained;

use crate::support::setup::Given;
use crate::support::{Server, Setup, Store, Workspace, id_of, literal, rows, text};

/// Commands in one batch.
const BATCH_COMMANDS: usize = 20;

struct Fixture {
    store: Store,
    server: Server,
    workspace: Workspace,
    log: Arc<OpenLog>,
    lane: Lane,
    account: AccountId,
}

impl Given for Fixture {
    async fn prepare(store: Store) -> Self {
        let Setup { store, server, workspace } = Setup::prepare(store).await;
        let viewer = workspace.owner().execute("{ viewer { account { id } } }", Value::Null).await;
        let account = text(&viewer, "/data/viewer/account/id").parse().unwrap();
        let log = server.app.logs.get(workspace.id.parse().unwrap()).await.unwrap();
        let lane = Lane::start(server.app.database.clone());
        Self { store, server, workspace, log, lane, account }
    }

    async fn end(self) {
        self.server.stop().await;
        self.store.remove().await;
    }
}

impl Fixture {
    fn id(&self) -> WorkspaceId {
        self.workspace.id.parse().unwrap()
    }

    /// Submits a message. On a single thread the lane starts only after all commands of a batch are submitted.
    async fn send(&self, words: String) -> Result<i64, Error> {
        self.send_to(&self.workspace, &self.log, words).await.map(|receipt| receipt.seq())
    }

    async fn send_to(&self, workspace: &Workspace, log: &Arc<OpenLog>, words: String) -> Result<Receipt, Error> {
        let command = SendMessage::new(log.workspace_id(), MessageId::mint(), id_of(&workspace.general), words);
        self.submit(log, Arc::new(command)).await
    }

    async fn submit(&self, log: &Arc<OpenLog>, command: Arc<dyn Command>) -> Result<Receipt, Error> {
        let (workspace_id, account_id) = (log.workspace_id(), self.account);
        let submission = Submission { workspace_id, account_id, command_id: CommandId::mint().0, command };
        self.lane.submit(log.clone(), submission).await
    }
}

async fn reports_transient_errors_to_all_waiting_commands(fixture: &Fixture) {
    let others = rows::open(&fixture.store).await;
    let lock = others.write(Scope::Workspace(fixture.id())).await.unwrap();
    lock.extend_timeout(std::time::Duration::from_secs(60)).await.unwrap();
    let sql =
        format!("UPDATE log SET last_seq = last_seq WHERE workspace_id = {}", literal(&fixture.store, fixture.id()));
    lock.execute_unprepared(&sql).await.unwrap();
    let mut sent: FuturesUnordered<_> = (0..BATCH_COMMANDS).map(|n| fixture.send(n.to_string())).collect();
    let mut refused = vec![sent.next().await.unwrap()];
    // From now on each command would succeed.
    lock.rollback().await.unwrap();
    while let Some(outcome) = sent.next().await {
        refused.push(outcome);
    }
    assert_eq!(refused.len(), BATCH_COMMANDS);
    assert!(refused.iter().all(|outcome| matches!(outcome, Err(Error::Unavailable(_)))), "{refused:?}");
    drop(sent);
    fixture.send("again".into()).await.unwrap();
}

async fn a_permanent_error_fails_only_its_command(fixture: &Fixture) {
    let raise = match fixture.store.database_url() {
        Some(_) => {
            "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE 'refused'; END $$ LANGUAGE plpgsql; \
             CREATE TRIGGER refuse BEFORE INSERT ON message FOR EACH ROW WHEN (NEW.text = '7') EXECUTE FUNCTION refuse()"
        }
        None => {
            "CREATE TRIGGER refuse BEFORE INSERT ON message WHEN NEW.text = '7' \
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        }
    };
    rows::execute(&rows::open(&fixture.store).await, raise).await;
    let sent: Vec<_> = (0..BATCH_COMMANDS).map(|n| fixture.send(n.to_string())).collect();
    let outcomes = futures_util::future::join_all(sent).await;
    let (good, bad): (Vec<_>, Vec<_>) = outcomes.into_iter().enumerate().partition(|(_, outcome)| outcome.is_ok());
    assert!(matches!(bad.as_slice(), [(7, Err(Error::Internal(_)))]), "{bad:?}");
    let numbers: Vec<i64> = good.into_iter().map(|(_, outcome)| outcome.unwrap()).collect();
    let first = numbers[0];
    assert_eq!(numbers, (first..first + 19).collect::<Vec<_>>(), "in submission order");
}

/// Commands of a batch are decided on the state after those before them.
async fn rejects_messages_behind_the_archiving_in_a_batch(fixture: &Fixture) {
    let input = json!({ "workspaceId": fixture.workspace.id, "name": "plans" });
    let created = fixture.workspace.owner().mutate("createChannel", input, "channel { id }").await;
    let channel_id: ChannelId = id_of(&text(&created, "/channel/id"));
    let workspace_id = fixture.log.workspace_id();
    let send = || -> Arc<dyn Command> {
        Arc::new(SendMessage::new(workspace_id, MessageId::mint(), channel_id, "words".into()))
    };
    let batch = [send(), Arc::new(ArchiveChannel { channel_id }), send()];
    let outcomes = futures_util::future::join_all(batch.map(|command| fixture.submit(&fixture.log, command))).await;
    let [Ok(sent), Ok(archived), Err(Error::Conflict(Reason::ChannelArchived, _))] = outcomes.as_slice() else {
        panic!("{outcomes:?}")
    };
    assert_eq!(archived.seq(), sent.seq() + 1);
}

/// SQLite has one lane for all workspaces: commands of another workspace are in the next batch, however many wait.
async fn a_busy_workspace_does_not_delay_others(fixture: &Fixture) {
    if fixture.store.database_url().is_some() {
        return;
    }
    let quiet = fixture.workspace.owner().create_workspace("Quiet").await;
    let log = fixture.server.app.logs.get(quiet.id.parse().unwrap()).await.unwrap();
    // All commands are submitted before the lane takes any, since no future is made to yield.
    let submit = |workspace, log, words| unconstrained(fixture.send_to(workspace, log, words)).boxed_local();
    let busy = (0..MAX_PENDING_PER_LOG).map(|n| submit(&fixture.workspace, &fixture.log, n.to_string()));
    let last = submit(&quiet, &log, "quiet".into());
    let mut sent: FuturesUnordered<_> = busy.chain([last]).collect();
    let mut finished_before = 0;
    while let Some(outcome) = sent.next().await {
        if outcome.unwrap().workspace.id == log.workspace_id() {
            break;
        }
        finished_before += 1;
    }
    assert!(finished_before < MAX_BATCH_COMMANDS, "{finished_before} commands finished before it");
    drop(sent);
}

async fn batches_read_marks_into_one_transaction(fixture: &Fixture) {
    let app = &fixture.server.app;
    let before = app.private.transactions();
    let marks = (0..BATCH_COMMANDS).map(|_| {
        let key = (fixture.id(), MemberId::mint());
        async move { (app.private.write(key, Write::Notifications { seq: 3 }).await, key) }
    });
    let marked = futures_util::future::join_all(marks).await;
    assert!(marked.iter().all(|(rev, _)| matches!(rev, Ok(1))), "{marked:?}");
    assert_eq!(app.private.transactions() - before, 1);
    // Writes of one member keep their order, and each response includes its write.
    let (_, key) = marked[0];
    let marks = (4..8).map(|seq| app.private.write(key, Write::Notifications { seq }));
    let revs: Vec<i64> = futures_util::future::join_all(marks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(revs, [2; 4]);
}

/// Generates single-threaded tests on SQLite and on Postgres.
macro_rules! on_one_thread {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test]
            async fn sqlite() {
                crate::support::setup::run(crate::support::Store::sqlite(), super::$test).await;
            }

            #[tokio::test]
            async fn postgres() {
                let name = concat!(module_path!(), "::", stringify!($test));
                let Some(store) = crate::support::Store::postgres(name).await else { return };
                crate::support::setup::run(store, super::$test).await;
            }
        }
    )*};
}

on_one_thread! {
    reports_transient_errors_to_all_waiting_commands
    a_permanent_error_fails_only_its_command
    rejects_messages_behind_the_archiving_in_a_batch
    a_busy_workspace_does_not_delay_others
    batches_read_marks_into_one_transaction
}
