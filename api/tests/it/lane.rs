//! The lane where the database fails it: what is transient is told to all who wait, at once; what is not costs only
//! the offender.

use std::sync::Arc;

use api::db::Scope;
use api::error::Error;
use api::event::Mentions;
use api::id::{AccountId, CommandId, MessageId, WorkspaceId};
use api::live::room::Room;
use api::log::{Lane, Submission};
use api::message::command::Command;
use futures_util::stream::{FuturesUnordered, StreamExt};
use sea_orm::ConnectionTrait;
use serde_json::Value;

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
        let command = Command::Send {
            message_id: MessageId::mint(),
            channel_id: self.company.general.parse().unwrap(),
            thread_id: None,
            text: words,
            mentions: Mentions::default(),
            file_ids: Vec::new(),
        };
        let submission = Submission {
            workspace_id: self.log(),
            account_id: self.account,
            command_id: CommandId::mint().0,
            command: command.into(),
        };
        self.lane.submit(self.room.clone(), submission).await.map(|receipt| receipt.seq())
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
}
