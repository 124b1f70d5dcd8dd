//! The lane where the database fails it: what is transient is told to all who wait, at once; what is not costs only
//! the offender.

use std::sync::Arc;

use api::db::Scope;
use api::error::Error;
use api::event::Mentions;
use api::id::{AccountId, CommandId, MemberId, MessageId, WorkspaceId};
use api::live::room::Room;
use api::log::lane::BATCH;
use api::log::waiting::PER_LOG;
use api::log::{Lane, Receipt, Submission};
use api::message::command::Command;
use api::reading::service::Write;
use futures_util::FutureExt;
use futures_util::stream::{FuturesUnordered, StreamExt};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use tokio::task::unconstrained;

use crate::newer::literal;
use crate::people::{Company, server_on, text};
use crate::rows;
use crate::server::Server;
use crate::store::Store;

/// Commands of one batch.
const COUNT: usize = 20;

struct Scene {
    server: Server,
    company: Company,
    room: Arc<Room>,
    lane: Lane,
    account: AccountId,
}

impl Scene {
    async fn set(store: &Store) -> Self {
        let server = server_on(store).await;
        let company = Company::first(&server).await;
        let asked = company.owner.ask(&server, "{ viewer { account { id } } }", Value::Null).await;
        let account = text(&asked, "/data/viewer/account/id").parse().unwrap();
        let room = server.app.rooms.get(company.workspace.parse().unwrap()).await.unwrap();
        let lane = Lane::start(server.app.database.clone());
        Self { server, company, room, lane, account }
    }

    fn log(&self) -> WorkspaceId {
        self.company.workspace.parse().unwrap()
    }

    /// Gives the lane a message. With a single thread the lane takes nothing before all of a batch are given.
    async fn send(&self, words: String) -> Result<i64, Error> {
        self.send_to(&self.company, &self.room, words).await.map(|receipt| receipt.seq())
    }

    async fn send_to(&self, company: &Company, room: &Arc<Room>, words: String) -> Result<Receipt, Error> {
        let command = Command::Send {
            is_confirmed: false,
            message_id: MessageId::mint(),
            channel_id: company.general.parse().unwrap(),
            thread_id: None,
            text: words,
            mentions: Mentions::default(),
            file_ids: Vec::new(),
        };
        let submission = Submission {
            workspace_id: room.workspace_id(),
            account_id: self.account,
            command_id: CommandId::mint().0,
            command: command.into(),
        };
        self.lane.submit(room.clone(), submission).await
    }
}

async fn a_busy_database_is_told_to_all_at_once(store: &Store) {
    let scene = Scene::set(store).await;
    let others = rows::open(store).await;
    let lock = others.write(Scope::Workspace(scene.log())).await.unwrap();
    lock.be_patient(std::time::Duration::from_secs(60)).await.unwrap();
    let sql = format!("UPDATE log SET last_seq = last_seq WHERE workspace_id = {}", literal(store, scene.log()));
    lock.execute_unprepared(&sql).await.unwrap();
    let mut sent: FuturesUnordered<_> = (0..COUNT).map(|n| scene.send(n.to_string())).collect();
    let mut refused = vec![sent.next().await.unwrap()];
    // From now on each of them would find its way.
    lock.rollback().await.unwrap();
    while let Some(answer) = sent.next().await {
        refused.push(answer);
    }
    assert_eq!(refused.len(), COUNT);
    assert!(refused.iter().all(|answer| matches!(answer, Err(Error::Unavailable(_)))), "{refused:?}");
    drop(sent);
    scene.send("again".into()).await.unwrap();
    scene.server.stop().await;
}

async fn what_fails_for_good_costs_only_the_offender(store: &Store) {
    let scene = Scene::set(store).await;
    let raise = match store.database_url() {
        Some(_) => {
            "CREATE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE 'refused'; END $$ LANGUAGE plpgsql; \
             CREATE TRIGGER refuse BEFORE INSERT ON message FOR EACH ROW WHEN (NEW.text = '7') EXECUTE FUNCTION refuse()"
        }
        None => {
            "CREATE TRIGGER refuse BEFORE INSERT ON message WHEN NEW.text = '7' \
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        }
    };
    rows::change(&rows::open(store).await, raise).await;
    let sent: Vec<_> = (0..COUNT).map(|n| scene.send(n.to_string())).collect();
    let answers = futures_util::future::join_all(sent).await;
    let (good, bad): (Vec<_>, Vec<_>) = answers.into_iter().enumerate().partition(|(_, answer)| answer.is_ok());
    assert!(matches!(bad.as_slice(), [(7, Err(Error::Internal(_)))]), "{bad:?}");
    let numbers: Vec<i64> = good.into_iter().map(|(_, answer)| answer.unwrap()).collect();
    let first = numbers[0];
    assert_eq!(numbers, (first..first + 19).collect::<Vec<_>>(), "in the order in which they were given");
    scene.server.stop().await;
}

/// SQLite has one lane for all: what another workspace sends is in the next batch, however much waits of this one.
async fn a_loud_workspace_keeps_no_other_waiting(store: &Store) {
    if store.database_url().is_some() {
        return;
    }
    let scene = Scene::set(store).await;
    let quiet = scene.company.owner.founds(&scene.server, "Quiet").await;
    let room = scene.server.app.rooms.get(quiet.workspace.parse().unwrap()).await.unwrap();
    // All are given before the lane takes any: no future is made to yield in between.
    let give = |company, room, words| unconstrained(scene.send_to(company, room, words)).boxed_local();
    let loud = (0..PER_LOG).map(|n| give(&scene.company, &scene.room, n.to_string()));
    let last = give(&quiet, &room, "quiet".into());
    let mut sent: FuturesUnordered<_> = loud.chain([last]).collect();
    let mut before = 0;
    while let Some(answer) = sent.next().await {
        if answer.unwrap().workspace.id == room.workspace_id() {
            break;
        }
        before += 1;
    }
    assert!(before < BATCH, "{before} were answered before it");
    drop(sent);
    scene.server.stop().await;
}

async fn many_marks_are_one_transaction(store: &Store) {
    let scene = Scene::set(store).await;
    let app = &scene.server.app;
    let before = app.private.transactions();
    let marks = (0..COUNT).map(|_| {
        let key = (scene.log(), MemberId::mint());
        async move { (app.private.write(app, key, Write::Notifications { seq: 3 }).await, key) }
    });
    let marked = futures_util::future::join_all(marks).await;
    assert!(marked.iter().all(|(rev, _)| matches!(rev, Ok(1))), "{marked:?}");
    assert_eq!(app.private.transactions() - before, 1);
    // The writes of one member happen in their order, and each answer includes its write.
    let (_, key) = marked[0];
    let marks = (4..8).map(|seq| app.private.write(app, key, Write::Notifications { seq }));
    let revs: Vec<i64> = futures_util::future::join_all(marks).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(revs, [2; 4]);
    scene.server.stop().await;
}

/// Both on one thread, on either database.
macro_rules! on_one_thread {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test]
            async fn sqlite() {
                let store = crate::store::Store::sqlite();
                super::$test(&store).await;
                store.remove().await;
            }

            #[tokio::test]
            async fn postgres() {
                let name = concat!(module_path!(), "::", stringify!($test));
                let Some(store) = crate::store::Store::postgres(name).await else { return };
                super::$test(&store).await;
                store.remove().await;
            }
        }
    )*};
}

on_one_thread! {
    a_busy_database_is_told_to_all_at_once
    what_fails_for_good_costs_only_the_offender
    a_loud_workspace_keeps_no_other_waiting
    many_marks_are_one_transaction
}
