//! Peers that read nothing, over either transport, hold no permit, whatever the server was about to do when the buffers
//! filled.
//!
//! Each peer first receives more than the buffers hold and needs a permit for the next item while the test holds all
//! permits of its account. From then on nothing can unblock it, since nobody reads.

use std::pin::pin;
use std::time::Duration;

use api::ground::budget::Owner;
use api::ground::config::Config;
use api::ground::fair_semaphore::FairSemaphore;
use api::wire::http::{Settings, Timing};
use futures_util::FutureExt;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};

use crate::support::{
    Feed, Member, MultipartStream, Server, Socket, Store, Workspace, append_copies, both, hold_all_permits, owner_of,
    text, wait_for_waiters,
};

both! {
    unread_sockets_hold_no_permit
    unread_multipart_streams_hold_no_permit
}

async fn unread_sockets_hold_no_permit(store: &Store) {
    assert_no_permit_is_held(store, Transport::Socket).await;
}

async fn unread_multipart_streams_hold_no_permit(store: &Store) {
    assert_no_permit_is_held(store, Transport::Multipart).await;
}

/// The socket buffer at either end. The kernel doubles it and accepts one write more.
const BUFFER: u32 = 8 * 1024;
/// Selected ten times per frame: more than the buffers hold, and less than a server collects before it writes.
const TEXT_BYTES: usize = 12_000;
/// More events than are read at once.
const HIDDEN_EVENTS: i64 = 150;

/// The transport of an event subscription.
#[derive(Debug, Clone, Copy)]
pub enum Transport {
    Socket,
    Multipart,
}

impl Transport {
    /// Subscribes with a selection of its own, which repeats each text `times` times, and reads nothing after the
    /// start.
    pub async fn subscribe_unread(
        self,
        server: &Server,
        user: &Member,
        (name, times): (&str, usize),
        variables: Value,
    ) -> Feed {
        let texts: String = (0..times).map(|n| format!("t{n}: text ")).collect();
        let query = format!(
            "subscription($w: ID!, $after: Seq) {{ events(workspaceId: $w, after: $after, privateRev: 77) {{ \
             __typename ... on MessageSent {{ {name}: message {{ {texts} }} }} }} }}"
        );
        let stream = connect(server).await;
        match self {
            Self::Socket => {
                let mut socket = Socket::connect_over(stream, user.token()).await;
                socket.subscribe("1", &query, variables).await;
                Feed::Socket(Box::new(socket))
            }
            Self::Multipart => {
                let body = json!({ "query": query, "variables": variables });
                Feed::Multipart(MultipartStream::open_over(stream, user.token(), &body).await)
            }
        }
    }

    /// A feed that is read.
    async fn feed(self, user: &Member, workspace: &Workspace) -> Feed {
        let after = workspace.seq().await;
        match self {
            Self::Socket => Feed::socket(user, workspace, after).await,
            Self::Multipart => Feed::multipart(user, workspace, after).await,
        }
    }

    /// A server with small buffers that never drops slow peers.
    pub async fn start_server(self, config: Config) -> Server {
        let ping = match self {
            Self::Socket => Timing::default().ping_interval,
            // So that a stream has something to write while its subscription waits.
            Self::Multipart => Duration::from_millis(2),
        };
        let write = Duration::from_secs(3600);
        let timing = Timing {
            ping_interval: ping,
            write_timeout: write,
            max_refusal_delay: Duration::ZERO,
            drain_period: Duration::from_millis(20),
            ..Timing::default()
        };
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(BUFFER).unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let (listener, settings) = (socket.listen(1024).unwrap(), Settings { timing, ..Settings::default() });
        Server::start_with_listener(listener, None, settings, config).await
    }
}

async fn connect(server: &Server) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(BUFFER).unwrap();
    socket.connect(server.address).await.unwrap()
}

/// A workspace in which only Ben reads what arrives.
struct Fixture {
    server: Server,
    workspace: Workspace,
    ben: Member,
    ben_feed: Feed,
    cid: Member,
    transport: Transport,
    /// A long message, then events that only Ben sees, then another long message.
    first: i64,
    last: i64,
}

impl Fixture {
    async fn start(store: &Store, transport: Transport) -> Self {
        let before = Server::on(store).await;
        let workspace = Workspace::create(&before).await;
        let [ben, cid] = workspace.add_members(["Ben", "Cid"]).await;
        let (_, first) = workspace.owner().send_message(&workspace.general, &"x".repeat(TEXT_BYTES)).await;
        let input = json!({ "workspaceId": workspace.id, "name": "secret", "kind": "PRIVATE" });
        let created = ben.mutate("createChannel", input, "channel { id }").await;
        ben.send_message(&text(&created, "/channel/id"), "words").await;
        before.stop().await;
        // Events from before the start are read from the database.
        append_copies(store, workspace.id.parse().unwrap(), HIDDEN_EVENTS).await;
        let server = transport.start_server(store.config()).await;
        let (workspace, ben, cid) = (workspace.at(&server), ben.at(&server), cid.at(&server));
        let (_, last) = workspace.owner().send_message(&workspace.general, &"x".repeat(TEXT_BYTES)).await;
        let ben_feed = transport.feed(&ben, &workspace).await;
        Self { server, workspace, ben, ben_feed, cid, transport, first, last }
    }

    /// Two connections of a user from a cursor on.
    async fn subscribe_twice(&self, user: &Member, names: [&str; 2], after: i64) -> Vec<Feed> {
        let mut feeds = Vec::new();
        for name in names {
            let variables = json!({ "w": self.workspace.id, "after": after });
            feeds.push(self.transport.subscribe_unread(&self.server, user, (name, 10), variables).await);
        }
        feeds
    }

    /// Asserts that Ben receives what Ben sends.
    async fn assert_delivery(&mut self) {
        for n in 0..20 {
            let (_, seq) = self.ben.send_message(&self.workspace.general, &format!("message {n}")).await;
            self.ben_feed.up_to(seq).await;
        }
    }
}

/// Asserts that an account has `count` free permits.
async fn assert_free(gate: &FairSemaphore<Owner>, owner: Owner, count: usize) {
    let mut permits = Vec::new();
    while permits.len() < count {
        permits.push(gate.acquire(owner).await.expect("a free permit"));
    }
}

async fn assert_no_permit_is_held(store: &Store, transport: Transport) {
    let mut fixture = Fixture::start(store, transport).await;
    let catching_up = catch_up(&mut fixture).await;
    let joining = join(&mut fixture).await;
    drop((catching_up, joining));
    fixture.server.stop().await;
}

/// Two connections of Olga catch up from the database, behind by more than is read at once.
async fn catch_up(fixture: &mut Fixture) -> Vec<Feed> {
    let (gate, olga) = (fixture.server.app.semaphores.catch_ups.clone(), fixture.workspace.owner().clone());
    let owner = owner_of(&olga).await;
    let permits = hold_all_permits(&gate, owner).await;
    assert_eq!(permits.len(), 1);
    let feeds = fixture.subscribe_twice(&olga, ["own0", "own1"], fixture.first - 1).await;
    wait_for_waiters(&gate, owner, 2).await;
    // Each reads once, and waits behind the test for its next permit.
    let mut own = pin!(gate.wait(owner));
    assert!(own.as_mut().now_or_never().is_none());
    drop(permits);
    let own = own.await;
    wait_for_waiters(&gate, owner, 2).await;
    fixture.assert_delivery().await;
    drop(own);
    assert_free(&gate, owner, 1).await;
    fixture.assert_delivery().await;
    feeds
}

/// Two connections of Cid have caught up and are told that their revision is outdated.
async fn join(fixture: &mut Fixture) -> Vec<Feed> {
    let (semaphores, cid) = (&fixture.server.app.semaphores, fixture.cid.clone());
    let (snapshots, renders, owner) = (semaphores.snapshots.clone(), semaphores.renders.clone(), owner_of(&cid).await);
    let permits = hold_all_permits(&snapshots, owner).await;
    let count = permits.len();
    let feeds = fixture.subscribe_twice(&cid, ["own2", "own3"], fixture.last - 1).await;
    wait_for_waiters(&snapshots, owner, 2).await;
    let rendering = renders.wait(owner).await;
    fixture.assert_delivery().await;
    // Their groups wait with the first message.
    wait_for_waiters(&renders, owner, 2).await;
    drop(permits);
    assert_free(&snapshots, owner, count).await;
    wait_for_waiters(&renders, owner, 4).await;
    drop(rendering);
    assert_free(&renders, owner, 1).await;
    fixture.assert_delivery().await;
    feeds
}
