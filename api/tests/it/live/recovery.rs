//! Recovery from panics and failed renderings: the room ends with an error and restarts, and no event before a
//! delivered one is lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use api::adapter::bus::Bus;
use api::ground::budget::Owner;
use api::ground::error::{Error, Result};
use api::ground::id::{AccountId, MemberId, WorkspaceId};
use api::live::execution::{ExecuteFn, Executor};
use api::live::memory_budget::MemoryBudget;
use api::live::presence::rosters::Rosters;
use api::live::rooms::Rooms;
use api::live::subscription::{Start, Subscription};
use api::live::{Frame, selection};
use api::log::closure::Closure;
use api::log::logs::Logs;
use api::model::presence::Activity;
use api::wire::graphql;
use async_graphql::{Request, Variables};
use futures_util::StreamExt;
use futures_util::future::ready;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Server, Store, Workspace, both, id_of};

both! {
    a_broadcast_panic_restarts_the_room
    rereads_an_event_that_failed_to_render
}

const QUERY: &str = "subscription($workspaceId: ID!) { events(workspaceId: $workspaceId) {
    __typename ... on LogEvent { seq } ... on Resync { takeBoot } } }";

/// The fault of the next execution.
const NO_FAULT: u8 = 0;
const PANIC_FAULT: u8 = 1;
const END_FAULT: u8 = 2;

/// The rooms of another process, in which executions can be made to fail.
struct Fixture {
    server: Server,
    workspace: Workspace,
    logs: Arc<Logs>,
    rooms: Arc<Rooms>,
    fault: Arc<AtomicU8>,
}

impl Fixture {
    async fn start(store: &Store) -> Self {
        let server = Server::on(store).await;
        let workspace = Workspace::create(&server).await;
        let fault = Arc::new(AtomicU8::new(NO_FAULT));
        let (real, faults) = (graphql::executor(), fault.clone());
        let execute: ExecuteFn = Arc::new(move |request| {
            let faults = faults.clone();
            let failing = move |(): &mut (), response| match faults.swap(NO_FAULT, Ordering::SeqCst) {
                PANIC_FAULT => panic!("a planted panic"),
                END_FAULT => ready(None),
                _ => ready(Some(response)),
            };
            real(request).scan((), failing).boxed()
        });
        let logs = Arc::new(Logs::new(server.app.database.clone(), Bus::InProcess));
        let semaphores = &server.app.semaphores;
        let executor = Executor::new(execute, semaphores.renders.clone());
        let memory_budget = MemoryBudget::new(usize::MAX);
        let rooms = Rooms::new(logs.clone(), Bus::InProcess, executor, semaphores.catch_ups.clone(), memory_budget);
        logs.refresh_all().await.unwrap();
        tokio::spawn(logs.clone().heartbeat(server.app.database.clone()));
        Self { server, workspace, logs, rooms: Arc::new(rooms), fault }
    }

    fn log(&self) -> WorkspaceId {
        self.workspace.id.parse().unwrap()
    }

    /// A subscription of the owner at the live edge.
    async fn subscribe(&self, after: Option<i64>) -> Subscription {
        let room = self.rooms.get(self.log()).await.unwrap();
        let variables = Variables::from_json(json!({ "workspaceId": self.workspace.id }));
        let mut request = Request::new(QUERY).variables(variables.clone());
        let key = selection::read(request.parsed_query().unwrap(), None, &variables).unwrap().key;
        let account_id = AccountId::mint();
        let request_too = Request::new(QUERY).variables(variables);
        let permit = self.rooms.executor().permit(Owner::Account(account_id)).await;
        let execution = self.rooms.executor().start(&permit, request_too).await;
        drop(permit);
        let member_id: MemberId = id_of(&self.workspace.owner().id);
        let boards = Rosters::new(Bus::InProcess);
        let start = Start {
            interest: self.rooms.interest(&room),
            here: boards.arrive(self.log(), member_id, api::ground::id::SessionId(Uuid::nil()), None, Activity::Active),
            rooms: self.rooms.clone(),
            database: self.server.app.database.clone(),
            room,
            member_id,
            account_id,
            request,
            key,
            after,
            private_rev: Some(77),
            read_private_rev: Arc::new(|| Box::pin(async { Ok(0) })),
            ended: Closure::default(),
        };
        Subscription::start(start, execution.unwrap_or_else(|refused| panic!("{:?}", refused.errors)))
    }

    async fn send_one(&self) -> i64 {
        let seq = self.workspace.owner().send_message(&self.workspace.general, "words").await.1;
        self.logs.refresh_all().await.unwrap();
        seq
    }
}

/// The next items: their types, and the `seq` of events.
async fn next(subscription: &mut Subscription) -> Result<Vec<(String, Option<i64>)>> {
    let mut frames: Vec<Arc<Frame>> = Vec::new();
    subscription.recv_many(&mut frames, 1).await?;
    let item = |frame: &Arc<Frame>| {
        let response: Value = serde_json::from_slice(frame.payload()).unwrap();
        let item = &response["data"]["events"];
        (item["__typename"].as_str().unwrap().to_owned(), item["seq"].as_i64())
    };
    Ok(frames.iter().map(item).collect())
}

fn single(kind: &str, seq: Option<i64>) -> Vec<(String, Option<i64>)> {
    vec![(kind.to_owned(), seq)]
}

async fn a_broadcast_panic_restarts_the_room(store: &Store) {
    let fixture = Fixture::start(store).await;
    let mut subscription = fixture.subscribe(None).await;
    assert_eq!(next(&mut subscription).await.unwrap(), single("PrivateChanged", None));
    let before = fixture.send_one().await;
    assert_eq!(next(&mut subscription).await.unwrap(), single("MessageSent", Some(before)));
    let room = fixture.rooms.get(fixture.log()).await.unwrap();
    fixture.fault.store(PANIC_FAULT, Ordering::SeqCst);
    let lost = fixture.send_one().await;
    let ended = next(&mut subscription).await;
    assert!(matches!(ended, Err(Error::Unavailable(_))), "{ended:?}");
    // A reconnecting client gets a new room, and the event that it missed.
    assert!(!Arc::ptr_eq(&room, &fixture.rooms.get(fixture.log()).await.unwrap()));
    let mut again = fixture.subscribe(Some(before)).await;
    assert_eq!(next(&mut again).await.unwrap(), single("MessageSent", Some(lost)));
    assert!(fixture.server.app.metrics().contains("confab_task_panics_total{task=\"broadcast\"}"));
    fixture.server.stop().await;
}

async fn rereads_an_event_that_failed_to_render(store: &Store) {
    let fixture = Fixture::start(store).await;
    let mut subscription = fixture.subscribe(None).await;
    assert_eq!(next(&mut subscription).await.unwrap(), single("PrivateChanged", None));
    fixture.fault.store(END_FAULT, Ordering::SeqCst);
    let failed = fixture.send_one().await;
    let after = fixture.send_one().await;
    let mut seen = Vec::new();
    while seen.last() != Some(&after) {
        seen.extend(next(&mut subscription).await.unwrap().into_iter().filter_map(|(_, seq)| seq));
    }
    assert_eq!(seen, [failed, after]);
    fixture.server.stop().await;
}
