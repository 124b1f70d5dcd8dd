//! Delivery on the bus between processes, and configurations that a fleet rejects.

use std::sync::Arc;
use std::time::Duration;

use api::adapter::bus::{Bus, Incoming};
use api::ground::clock::Timestamp;
use api::ground::id::{ChannelId, CommandId, MemberId, MessageId, WorkspaceId};
use api::model::event::{Body, Event, Mentions, SharedEvent, Skeleton};
use tokio::sync::mpsc;

use crate::support::{NatsServer, Store, fleet, process, sqlite};

sqlite! { rejects_nats_with_sqlite }

fleet! {
    delivers_events_to_other_processes
    delivers_signals_to_other_processes
    delivers_only_subscribed_workspaces
}

fn event(workspace_id: WorkspaceId, seq: i64) -> SharedEvent {
    Arc::new(Event {
        workspace_id,
        seq,
        at: Timestamp(1_772_357_400_007),
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

/// Two processes on the bus, and what the second receives for a workspace.
struct Pair {
    first: Bus,
    _second: Bus,
    _interest: api::adapter::bus::BusSubscription,
    received: mpsc::Receiver<Incoming>,
}

impl Pair {
    async fn of(store: &Store, workspace_id: WorkspaceId) -> Self {
        let settings = store.config().nats;
        let (first, second) = (Bus::open(&settings).await.unwrap(), Bus::open(&settings).await.unwrap());
        let (sender, mut received) = mpsc::channel(64);
        let interest = second.subscribe(workspace_id, Arc::new(move |message| sender.try_send(message).unwrap()));
        // Sent until the subscription is active.
        loop {
            first.signal(workspace_id, || b"begin".to_vec());
            if tokio::time::timeout(Duration::from_millis(50), received.recv()).await.is_ok() {
                break;
            }
        }
        Self { first, _second: second, _interest: interest, received }
    }

    /// The next message that is not part of the set-up.
    async fn next(&mut self) -> Incoming {
        loop {
            match self.received.recv().await.unwrap() {
                Incoming::Signal(bytes) if bytes == "begin" => {}
                other => return other,
            }
        }
    }
}

async fn delivers_events_to_other_processes(store: &mut Store) {
    let workspace_id = WorkspaceId::mint();
    let mut pair = Pair::of(store, workspace_id).await;
    let events: Vec<_> = (1..=3).map(|seq| event(workspace_id, seq)).collect();
    pair.first.publish(&events);
    let Incoming::Events(received) = pair.next().await else { panic!("expected events") };
    assert_eq!(received, events);
}

async fn delivers_signals_to_other_processes(store: &mut Store) {
    let workspace_id = WorkspaceId::mint();
    let mut pair = Pair::of(store, workspace_id).await;
    pair.first.signal(workspace_id, || b"{}".to_vec());
    assert!(matches!(pair.next().await, Incoming::Signal(bytes) if bytes == "{}"));
}

async fn delivers_only_subscribed_workspaces(store: &mut Store) {
    let workspace_id = WorkspaceId::mint();
    let mut pair = Pair::of(store, workspace_id).await;
    pair.first.publish(&[event(WorkspaceId::mint(), 1)]);
    let own = event(workspace_id, 7);
    pair.first.publish(std::slice::from_ref(&own));
    let Incoming::Events(received) = pair.next().await else { panic!("expected events") };
    assert_eq!(received, [own]);
}

/// A single process has no peer, and receives none of its own messages.
#[tokio::test]
async fn a_process_receives_none_of_its_own_messages() {
    let bus = Bus::open(&Store::sqlite().config().nats).await.unwrap();
    let workspace_id = WorkspaceId::mint();
    let (sender, mut received) = mpsc::channel(8);
    let interest = bus.subscribe(workspace_id, Arc::new(move |message| sender.try_send(message).unwrap()));
    bus.publish(&[event(workspace_id, 1)]);
    bus.signal(workspace_id, || unreachable!("a single process encodes no signal"));
    drop(interest);
    assert!(received.recv().await.is_none());
    assert!(bus.log_stream().is_none());
}

async fn rejects_nats_with_sqlite(store: &Store) {
    let nats = [("CONFAB_NATS_URL", "nats://127.0.0.1:1")];
    let (started, output) = process::run_with(store, &["serve", "--listen", "127.0.0.1:0"], &nats).await;
    assert!(!started && output.contains("requires Postgres"), "{output}");
}

#[tokio::test]
async fn rejects_a_nats_server_that_does_not_sync() {
    let name = "bus::delivery::rejects_a_nats_server_that_does_not_sync";
    let Some(store) = Store::postgres(name).await else { return };
    let Some(nats) = NatsServer::start_with(name, "2m").await else { return };
    let (url, monitor) = (nats.url(), nats.monitor_url());
    let serve = ["serve", "--listen", "127.0.0.1:0"];
    let settings = [("CONFAB_NATS_URL", url.as_str()), ("CONFAB_NATS_MONITOR_URL", monitor.as_str())];
    let (started, output) = process::run_with(&store, &serve, &settings).await;
    assert!(!started && output.contains("sync_interval: always"), "{output}");
    let (started, output) = process::run_with(&store, &serve, &settings[..1]).await;
    assert!(!started && output.contains("CONFAB_NATS_MONITOR_URL"), "{output}");
    store.remove().await;
}
