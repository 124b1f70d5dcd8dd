//! Peers that take nothing of what is written to them, over either transport: they keep no turn at a gate, however many
//! they are and whatever they were about to do when the buffers were full.
//!
//! Each gets first what is more than the buffers between the two hold, and wants a turn for what comes next while the
//! test holds all that its account may have. From then on nothing of its own can help it: nobody reads.

use std::pin::pin;
use std::time::Duration;

use api::budget::Owner;
use api::config::Config;
use api::gate::Gate;
use api::http::{Settings, Timing};
use futures_util::FutureExt;
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};

use crate::fair_turns::{all_turns, owner_of, waiting};
use crate::feed::Feed;
use crate::heartbeat::append;
use crate::multipart::Parts;
use crate::people::{Company, Person, server_on, text};
use crate::server::Server;
use crate::socket::Socket;
use crate::store::{Store, both};

both! {
    sockets_that_nobody_reads_keep_no_turn
    streams_of_parts_that_nobody_reads_keep_no_turn
}

async fn sockets_that_nobody_reads_keep_no_turn(store: &Store) {
    keep_no_turn(store, By::Socket).await;
}

async fn streams_of_parts_that_nobody_reads_keep_no_turn(store: &Store) {
    keep_no_turn(store, By::Parts).await;
}

/// What the system keeps for a connection at either end; it doubles it, and lets one write more in.
const BUFFER: u32 = 8 * 1024;
/// Ten times in each frame, which is more than is kept, and less than a server takes up before it writes.
const LONG: usize = 12_000;
/// More events than are read at a time.
const UNSEEN: i64 = 150;

/// How somebody follows the events.
#[derive(Debug, Clone, Copy)]
pub enum By {
    Socket,
    Parts,
}

impl By {
    /// Follows with a selection of one's own, which has each text so many times, and reads no more than that it was
    /// begun.
    pub async fn begins(
        self,
        server: &Server,
        person: &Person,
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
                let mut socket = Socket::ready_over(stream, &person.token).await;
                socket.subscribe("1", &query, variables).await;
                Feed::Socket(Box::new(socket))
            }
            Self::Parts => {
                let body = json!({ "query": query, "variables": variables });
                Feed::Parts(Parts::ask_over(stream, &person.token, &body).await)
            }
        }
    }

    /// The events that somebody reads.
    async fn feed(self, server: &Server, person: &Person, company: &Company) -> Feed {
        let after = company.seq(server).await;
        match self {
            Self::Socket => Feed::socket(server, person, company, after).await,
            Self::Parts => Feed::parts(server, person, company, after).await,
        }
    }

    /// A server with small buffers, which lets nobody go for being slow.
    pub async fn server(self, config: Config) -> Server {
        let ping = match self {
            Self::Socket => Timing::default().ping,
            // So that a stream has something to write while its subscription waits.
            Self::Parts => Duration::from_millis(2),
        };
        let write = Duration::from_secs(3600);
        let timing =
            Timing { ping, write, hold: Duration::ZERO, drain: Duration::from_millis(20), ..Timing::default() };
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

/// People of whom Ben alone reads what comes.
struct Scene {
    server: Server,
    company: Company,
    ben: Person,
    of_ben: Feed,
    cid: Person,
    by: By,
    /// A long message, after it events that only Ben sees, and another long message as the last.
    first: i64,
    last: i64,
}

impl Scene {
    async fn set(store: &Store, by: By) -> Self {
        let before = server_on(store).await;
        let company = Company::first(&before).await;
        let ben = company.hires(&before, "Ben", "MEMBER").await;
        let cid = company.hires(&before, "Cid", "MEMBER").await;
        let (_, first) = company.owner.sends(&before, &company, &company.general, &"x".repeat(LONG)).await;
        let input = json!({ "workspaceId": company.workspace, "name": "secret", "kind": "PRIVATE" });
        let made = ben.does(&before, "createChannel", "{ channel { id } }", input).await;
        ben.sends(&before, &company, &text(&made, "/channel/id"), "words").await;
        before.stop().await;
        // What came before a server was started it reads from the database.
        append(store, company.workspace.parse().unwrap(), UNSEEN).await;
        let server = by.server(store.config()).await;
        let (_, last) = company.owner.sends(&server, &company, &company.general, &"x".repeat(LONG)).await;
        let of_ben = by.feed(&server, &ben, &company).await;
        Self { server, company, ben, of_ben, cid, by, first, last }
    }

    /// Two connections of somebody that follow from a number on.
    async fn two_begin(&self, person: &Person, names: [&str; 2], after: i64) -> Vec<Feed> {
        let mut feeds = Vec::new();
        for name in names {
            let variables = json!({ "w": self.company.workspace, "after": after });
            feeds.push(self.by.begins(&self.server, person, (name, 10), variables).await);
        }
        feeds
    }

    /// What Ben sends comes to him.
    async fn deliver(&mut self) {
        for n in 0..20 {
            let (_, seq) =
                self.ben.sends(&self.server, &self.company, &self.company.general, &format!("message {n}")).await;
            self.of_ben.up_to(seq).await;
        }
    }
}

/// An account has so many turns, of which nobody keeps one.
async fn are_free(gate: &Gate<Owner>, owner: Owner, count: usize) {
    let mut turns = Vec::new();
    while turns.len() < count {
        turns.push(gate.enter(owner).await.expect("a turn that nobody keeps"));
    }
}

async fn keep_no_turn(store: &Store, by: By) {
    let mut scene = Scene::set(store, by).await;
    let catching_up = catch_up(&mut scene).await;
    let joining = join(&mut scene).await;
    drop((catching_up, joining));
    scene.server.stop().await;
}

/// Two of Olga catch up from the database, and are behind by more than is read at a time.
async fn catch_up(scene: &mut Scene) -> Vec<Feed> {
    let (gate, olga) = (scene.server.app.gates.catch_ups.clone(), scene.company.owner.clone());
    let owner = owner_of(&scene.server, &olga).await;
    let turns = all_turns(&gate, owner).await;
    assert_eq!(turns.len(), 1);
    let feeds = scene.two_begin(&olga, ["own0", "own1"], scene.first - 1).await;
    waiting(&gate, owner, 2).await;
    // Each reads once. For what they want next they wait behind the test.
    let mut own = pin!(gate.wait(owner));
    assert!(own.as_mut().now_or_never().is_none());
    drop(turns);
    let own = own.await;
    waiting(&gate, owner, 2).await;
    scene.deliver().await;
    drop(own);
    are_free(&gate, owner, 1).await;
    scene.deliver().await;
    feeds
}

/// Two of Cid have caught up: they ask for their revision, and are told that it is another.
async fn join(scene: &mut Scene) -> Vec<Feed> {
    let (gates, cid) = (&scene.server.app.gates, scene.cid.clone());
    let (snapshots, renders, owner) =
        (gates.snapshots.clone(), gates.renders.clone(), owner_of(&scene.server, &cid).await);
    let turns = all_turns(&snapshots, owner).await;
    let count = turns.len();
    let feeds = scene.two_begin(&cid, ["own2", "own3"], scene.last - 1).await;
    waiting(&snapshots, owner, 2).await;
    let rendering = renders.wait(owner).await;
    scene.deliver().await;
    // Their groups wait with the first of these.
    waiting(&renders, owner, 2).await;
    drop(turns);
    are_free(&snapshots, owner, count).await;
    waiting(&renders, owner, 4).await;
    drop(rendering);
    are_free(&renders, owner, 1).await;
    scene.deliver().await;
    feeds
}
