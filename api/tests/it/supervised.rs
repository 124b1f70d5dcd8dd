//! What goes on when something of ours panics or fails in the middle: the room ends aloud and comes back, and no event
//! is lost of which a later one says that it was sent.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use api::budget::Owner;
use api::bus::Bus;
use api::error::{Error, Result};
use api::graphql;
use api::id::{AccountId, MemberId, WorkspaceId};
use api::live::ending::Ending;
use api::live::keep::Keep;
use api::live::rendering::{Execute, Renderer};
use api::live::rooms::{Load, Rooms};
use api::live::subscription::{Start, Subscription};
use api::live::{Frame, selection};
use api::presence::Activity;
use api::presence::boards::Boards;
use api::workspace::service::load;
use async_graphql::{Request, Variables};
use futures_util::StreamExt;
use futures_util::future::ready;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::people::{Company, server_on};
use crate::server::Server;
use crate::store::{Store, both};

both! {
    a_panic_in_the_broadcast_ends_the_room_which_comes_back
    an_event_that_was_not_rendered_is_read_again
}

const QUERY: &str = "subscription($workspaceId: ID!) { events(workspaceId: $workspaceId) {
    __typename ... on LogEvent { seq } ... on Resync { takeBoot } } }";

/// What goes wrong in the next execution.
const NOTHING: u8 = 0;
const PANIC: u8 = 1;
const END: u8 = 2;

/// The rooms of a process beside the server, in which the execution of selections can be made to fail.
struct Scene {
    server: Server,
    company: Company,
    rooms: Arc<Rooms>,
    fault: Arc<AtomicU8>,
}

impl Scene {
    async fn set(store: &Store) -> Self {
        let server = server_on(store).await;
        let company = Company::first(&server).await;
        let fault = Arc::new(AtomicU8::new(NOTHING));
        let (real, faults) = (graphql::rendering(), fault.clone());
        let execute: Execute = Arc::new(move |request| {
            let faults = faults.clone();
            let failing = move |(): &mut (), response| match faults.swap(NOTHING, Ordering::SeqCst) {
                PANIC => panic!("a planted panic"),
                END => ready(None),
                _ => ready(Some(response)),
            };
            real(request).scan((), failing).boxed()
        });
        let database = server.app.database.clone();
        let loading = database.clone();
        let load: Load = Arc::new(move |id| {
            let database = loading.clone();
            Box::pin(async move { load(&database, id).await })
        });
        let gates = &server.app.gates;
        let renderer = Renderer::new(execute, gates.renders.clone());
        let keep = Keep::new(usize::MAX);
        let rooms = Arc::new(Rooms::new(database, Bus::InProcess, load, renderer, gates.catch_ups.clone(), keep));
        rooms.ask().await.unwrap();
        tokio::spawn(rooms.clone().heartbeat(server.app.database.clone()));
        Self { server, company, rooms, fault }
    }

    fn log(&self) -> WorkspaceId {
        self.company.workspace.parse().unwrap()
    }

    /// A subscription of the owner at the live edge.
    async fn subscribe(&self, after: Option<i64>) -> Subscription {
        let room = self.rooms.get(self.log()).await.unwrap();
        let variables = Variables::from_json(json!({ "workspaceId": self.company.workspace }));
        let mut request = Request::new(QUERY).variables(variables.clone());
        let key = selection::read(request.parsed_query().unwrap(), None, &variables).unwrap().key;
        let account_id = AccountId::mint();
        let request_too = Request::new(QUERY).variables(variables);
        let turn = self.rooms.renderer().turn(Owner::Account(account_id)).await;
        let rendering = self.rooms.renderer().start(&turn, request_too).await;
        drop(turn);
        let member_id: MemberId = self.company.owner.member.parse().unwrap();
        let boards = Boards::new(Bus::InProcess);
        let start = Start {
            interest: self.rooms.interest(&room),
            here: boards.arrive(self.log(), member_id, api::id::SignInId(Uuid::nil()), None, Activity::Active),
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
            ended: Ending::default(),
        };
        Subscription::begin(start, rendering.unwrap_or_else(|refused| panic!("{:?}", refused.errors)))
    }

    async fn sends(&self) -> i64 {
        let seq = self.company.owner.sends(&self.server, &self.company, &self.company.general, "words").await.1;
        self.rooms.ask().await.unwrap();
        seq
    }
}

/// The next items: what they are, and the number of those that have one.
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

fn one(kind: &str, seq: Option<i64>) -> Vec<(String, Option<i64>)> {
    vec![(kind.to_owned(), seq)]
}

async fn a_panic_in_the_broadcast_ends_the_room_which_comes_back(store: &Store) {
    let scene = Scene::set(store).await;
    let mut subscription = scene.subscribe(None).await;
    assert_eq!(next(&mut subscription).await.unwrap(), one("PrivateChanged", None));
    let before = scene.sends().await;
    assert_eq!(next(&mut subscription).await.unwrap(), one("MessageSent", Some(before)));
    let room = scene.rooms.get(scene.log()).await.unwrap();
    scene.fault.store(PANIC, Ordering::SeqCst);
    let lost = scene.sends().await;
    let ended = next(&mut subscription).await;
    assert!(matches!(ended, Err(Error::Unavailable(_))), "{ended:?}");
    // Whoever comes back finds another room, and what it missed.
    assert!(!Arc::ptr_eq(&room, &scene.rooms.get(scene.log()).await.unwrap()));
    let mut again = scene.subscribe(Some(before)).await;
    assert_eq!(next(&mut again).await.unwrap(), one("MessageSent", Some(lost)));
    assert!(scene.server.app.metrics().contains("confab_task_panics_total{task=\"broadcast\"}"));
    scene.server.stop().await;
}

async fn an_event_that_was_not_rendered_is_read_again(store: &Store) {
    let scene = Scene::set(store).await;
    let mut subscription = scene.subscribe(None).await;
    assert_eq!(next(&mut subscription).await.unwrap(), one("PrivateChanged", None));
    scene.fault.store(END, Ordering::SeqCst);
    let failed = scene.sends().await;
    let after = scene.sends().await;
    let mut seen = Vec::new();
    while seen.last() != Some(&after) {
        seen.extend(next(&mut subscription).await.unwrap().into_iter().filter_map(|(_, seq)| seq));
    }
    assert_eq!(seen, [failed, after]);
    scene.server.stop().await;
}
