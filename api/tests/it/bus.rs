//! The bus: what a process says reaches the others, and what a fleet refuses to start on.

use std::sync::Arc;
use std::time::Duration;

use api::bus::{Bus, Heard};
use api::clock::Moment;
use api::event::{Body, Event, Mentions, SharedEvent, Skeleton};
use api::id::{ChannelId, CommandId, MemberId, MessageId, WorkspaceId};
use tokio::sync::mpsc;

use crate::nats::NatsServer;
use crate::process;
use crate::store::{Store, fleet};

fleet! {
    what_one_process_says_the_others_hear
    signals_travel_too
    only_the_workspaces_listened_to_are_heard
}

fn event(workspace_id: WorkspaceId, seq: i64) -> SharedEvent {
    Arc::new(Event {
        workspace_id,
        seq,
        at: Moment(1_772_357_400_007),
        actor_id: MemberId::mint().0,
        command_id: CommandId::mint().0,
        skeleton: Skeleton::MessageSent {
            message_id: MessageId::mint(),
            channel_id: ChannelId::mint(),
            thread_id: None,
            mentions: Mentions::default(),
            file_ids: Vec::new(),
        },
        body: Body::text("über \u{1F680}"),
    })
}

/// Two processes on the bus, and what the second hears of a workspace.
struct Pair {
    first: Bus,
    _second: Bus,
    _interest: api::bus::Interest,
    heard: mpsc::Receiver<Heard>,
}

impl Pair {
    async fn of(store: &Store, workspace_id: WorkspaceId) -> Self {
        let settings = store.config().nats;
        let (first, second) = (Bus::open(&settings).await.unwrap(), Bus::open(&settings).await.unwrap());
        let (hear, mut heard) = mpsc::channel(64);
        let interest = second.listen(workspace_id, Arc::new(move |said| hear.try_send(said).unwrap()));
        // Heard once something comes through: until then it is said again.
        loop {
            first.signal(workspace_id, || b"begin".to_vec());
            if tokio::time::timeout(Duration::from_millis(50), heard.recv()).await.is_ok() {
                break;
            }
        }
        Self { first, _second: second, _interest: interest, heard }
    }

    /// What is heard next that is not from the beginning.
    async fn next(&mut self) -> Heard {
        loop {
            match self.heard.recv().await.unwrap() {
                Heard::Signal(bytes) if bytes == "begin" => {}
                other => return other,
            }
        }
    }
}

async fn what_one_process_says_the_others_hear(store: &mut Store) {
    let workspace_id = WorkspaceId::mint();
    let mut pair = Pair::of(store, workspace_id).await;
    let events: Vec<_> = (1..=3).map(|seq| event(workspace_id, seq)).collect();
    pair.first.publish(&events);
    let Heard::Events(heard) = pair.next().await else { panic!("events were said") };
    assert_eq!(heard, events);
}

async fn signals_travel_too(store: &mut Store) {
    let workspace_id = WorkspaceId::mint();
    let mut pair = Pair::of(store, workspace_id).await;
    pair.first.signal(workspace_id, || b"{}".to_vec());
    assert!(matches!(pair.next().await, Heard::Signal(bytes) if bytes == "{}"));
}

async fn only_the_workspaces_listened_to_are_heard(store: &mut Store) {
    let workspace_id = WorkspaceId::mint();
    let mut pair = Pair::of(store, workspace_id).await;
    pair.first.publish(&[event(WorkspaceId::mint(), 1)]);
    let own = event(workspace_id, 7);
    pair.first.publish(std::slice::from_ref(&own));
    let Heard::Events(heard) = pair.next().await else { panic!("events were said") };
    assert_eq!(heard, [own]);
}

/// Alone, there is nobody to tell, and nothing comes back to the one who said it.
#[tokio::test]
async fn one_process_says_nothing_to_itself() {
    let bus = Bus::open(&Store::sqlite().config().nats).await.unwrap();
    let workspace_id = WorkspaceId::mint();
    let (hear, mut heard) = mpsc::channel(8);
    let interest = bus.listen(workspace_id, Arc::new(move |said| hear.try_send(said).unwrap()));
    bus.publish(&[event(workspace_id, 1)]);
    bus.signal(workspace_id, || unreachable!("a signal is not even written"));
    drop(interest);
    assert!(heard.recv().await.is_none());
    assert!(bus.log_stream().is_none());
}

#[tokio::test]
async fn sqlite_and_nats_do_not_go_together() {
    let store = Store::sqlite();
    let nats = [("CONFAB_NATS_URL", "nats://127.0.0.1:1")];
    let (started, said) = process::run_with(&store, &["serve", "--listen", "127.0.0.1:0"], &nats).await;
    assert!(!started && said.contains("a fleet shares Postgres"), "{said}");
}

#[tokio::test]
async fn a_nats_that_does_not_sync_is_refused() {
    let name = "bus::a_nats_that_does_not_sync_is_refused";
    let Some(store) = Store::postgres(name).await else { return };
    let Some(nats) = NatsServer::start_with(name, "2m").await else { return };
    let (url, monitor) = (nats.url(), nats.monitor_url());
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let settings = [("CONFAB_NATS_URL", url.as_str()), ("CONFAB_NATS_MONITOR_URL", monitor.as_str())];
    let (started, said) = process::run_with(&store, &serve, &settings).await;
    assert!(!started && said.contains("sync_interval: always"), "{said}");
    let (started, said) = process::run_with(&store, &serve, &settings[..1]).await;
    assert!(!started && said.contains("CONFAB_NATS_MONITOR_URL"), "{said}");
    store.remove().await;
}
