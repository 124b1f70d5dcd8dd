//! Presence: connecting, idling and disconnecting, as watchers see it.

use api::ground::id::MemberId;
use serde_json::{Value, json};

use crate::support::ids::{id_of, new_id};
use crate::support::multipart_stream::MultipartStream;
use crate::support::presence_watch::{PRESENCE, PresenceClient, PresenceWatch, parse_batch, set_activity};
use crate::support::server::Server;
use crate::support::socket::Socket;
use crate::support::store::{Store, both};
use crate::support::team::{Team, User};
use crate::support::workspace::start_server;

both! {
    reports_connecting_and_disconnecting
    a_quick_reconnect_is_not_offline
    reports_idle_and_active
    the_most_active_connection_wins
    limits_watched_members_and_subscriptions
    removal_ends_the_subscription
    sign_out_ends_the_subscription
    shutdown_ends_the_subscription
    hides_presence_in_other_workspaces
}

/// The error extensions of a rejected subscription.
async fn refused(server: &Server, user: &User, workspace: &str, members: &Value) -> Value {
    let mut socket = Socket::connect(server, user.client.token.as_deref()).await;
    socket.subscribe("1", PRESENCE, json!({ "workspaceId": workspace, "memberIds": members })).await;
    let message = socket.next_for("1").await;
    assert_eq!(message["type"], "error", "{message}");
    message["payload"][0]["extensions"].clone()
}

async fn reports_connecting_and_disconnecting(store: &Store) {
    let server = start_server(store).await;
    let team = Team::create(server.address, 3).await;
    let [ann, ben, cleo] = &team.users[..] else { panic!("three users") };
    let mut watch = PresenceWatch::subscribe(server.address, ann, &team, &[cleo, ben]).await;
    assert_eq!([watch.presence_of(ben), watch.presence_of(cleo)], ["OFFLINE", "OFFLINE"]);
    let client = PresenceClient::open(server.address, ben, &team).await;
    watch.wait_for(ben, "ACTIVE").await;
    // A later watcher receives the current state at once, also over multipart HTTP.
    let late = PresenceWatch::subscribe(server.address, ann, &team, &[ben, cleo]).await;
    assert_eq!([late.presence_of(ben), late.presence_of(cleo)], ["ACTIVE", "OFFLINE"]);
    let variables = json!({ "workspaceId": team.workspace, "memberIds": [ben.member_id] });
    let token = cleo.client.token.as_deref().unwrap();
    let mut parts = MultipartStream::open(&server, token, &json!({ "query": PRESENCE, "variables": variables })).await;
    let first = parts.next().await.unwrap();
    assert_eq!(
        parse_batch(&first["payload"]["data"]["presence"]),
        [(ben.member_id.clone(), "ACTIVE".into())],
        "{first}"
    );
    drop(client);
    watch.wait_for(ben, "OFFLINE").await;
    assert_eq!(watch.presence_of(cleo), "OFFLINE");
    server.stop().await;
}

async fn a_quick_reconnect_is_not_offline(store: &Store) {
    let server = start_server(store).await;
    let team = Team::create(server.address, 2).await;
    let [ann, ben] = &team.users[..] else { panic!("two users") };
    let mut watch = PresenceWatch::subscribe(server.address, ann, &team, &[ben]).await;
    let client = PresenceClient::open(server.address, ben, &team).await;
    watch.wait_for(ben, "ACTIVE").await;
    drop(client);
    let mut again = PresenceClient::open(server.address, ben, &team).await;
    again.set(&team, "IDLE").await;
    assert!(!watch.wait_for(ben, "IDLE").await.contains(&"OFFLINE".to_owned()));
    server.stop().await;
}

async fn reports_idle_and_active(store: &Store) {
    let server = start_server(store).await;
    let team = Team::create(server.address, 2).await;
    let [ann, ben] = &team.users[..] else { panic!("two users") };
    let mut watch = PresenceWatch::subscribe(server.address, ann, &team, &[ben]).await;
    // No effect without a connection.
    set_activity(server.address, ben, &team, "IDLE").await;
    let mut client = PresenceClient::open(server.address, ben, &team).await;
    watch.wait_for(ben, "ACTIVE").await;
    client.set(&team, "IDLE").await;
    watch.wait_for(ben, "IDLE").await;
    set_activity(server.address, ben, &team, "ACTIVE").await;
    watch.wait_for(ben, "ACTIVE").await;
    set_activity(server.address, ben, &team, "IDLE").await;
    watch.wait_for(ben, "IDLE").await;
    client.set(&team, "ACTIVE").await;
    watch.wait_for(ben, "ACTIVE").await;
    // An idle client that reconnects is never shown as active.
    drop(client);
    watch.wait_for(ben, "OFFLINE").await;
    let _again = PresenceClient::idle(server.address, ben, &team).await;
    assert_eq!(watch.wait_for(ben, "IDLE").await, Vec::<String>::new());
    server.stop().await;
}

async fn the_most_active_connection_wins(store: &Store) {
    let server = start_server(store).await;
    let team = Team::create(server.address, 3).await;
    let [ann, ben, cleo] = &team.users[..] else { panic!("three users") };
    let mut watch = PresenceWatch::subscribe(server.address, ann, &team, &[ben, cleo]).await;
    let mut first = PresenceClient::open(server.address, ben, &team).await;
    let mut second = PresenceClient::open(server.address, ben, &team).await;
    watch.wait_for(ben, "ACTIVE").await;
    first.set(&team, "IDLE").await;
    let marker = PresenceClient::open(server.address, cleo, &team).await;
    watch.wait_for(cleo, "ACTIVE").await;
    assert_eq!(watch.presence_of(ben), "ACTIVE");
    second.set(&team, "IDLE").await;
    watch.wait_for(ben, "IDLE").await;
    first.set(&team, "ACTIVE").await;
    watch.wait_for(ben, "ACTIVE").await;
    // The idle connection remains; Ben is never offline.
    drop(first);
    assert_eq!(watch.wait_for(ben, "IDLE").await, Vec::<String>::new());
    drop(marker);
    watch.wait_for(cleo, "OFFLINE").await;
    assert_eq!(watch.presence_of(ben), "IDLE");
    server.stop().await;
}

async fn limits_watched_members_and_subscriptions(store: &Store) {
    let server = start_server(store).await;
    let team = Team::create(server.address, 1).await;
    let ann = team.owner();
    let ids: Vec<String> = (0..=200).map(|_| new_id::<MemberId>(&team.workspace)).collect();
    let too_many = refused(&server, ann, &team.workspace, &json!(ids)).await;
    assert_eq!(too_many, json!({ "code": "BAD_USER_INPUT", "field": "memberIds" }));
    let wrong = refused(&server, ann, &team.workspace, &json!([team.workspace])).await;
    assert_eq!(wrong, json!({ "code": "BAD_USER_INPUT", "field": "memberIds" }));
    let mut socket = Socket::connect(&server, ann.client.token.as_deref()).await;
    let variables = json!({ "workspaceId": team.workspace, "memberIds": ids[..200] });
    socket.subscribe("all", PRESENCE, variables.clone()).await;
    let all = parse_batch(&socket.next_for("all").await["payload"]["data"]["presence"]);
    assert!(all.len() == 200 && all.iter().all(|(_, presence)| presence == "OFFLINE"));
    for n in 1..50 {
        let id = n.to_string();
        socket.subscribe(&id, PRESENCE, variables.clone()).await;
        assert_eq!(socket.next_for(&id).await["type"], "next");
    }
    let one_more = refused(&server, ann, &team.workspace, &json!([])).await;
    assert_eq!(one_more["code"], "UNAVAILABLE");
    socket.send(json!({ "type": "complete", "id": "7" })).await;
    socket.round_trip().await;
    socket.subscribe("more", PRESENCE, variables).await;
    assert_eq!(socket.next_for("more").await["type"], "next");
    server.stop().await;
}

async fn removal_ends_the_subscription(store: &Store) {
    let servers = Server::start_fleet(store).await;
    let team = Team::create(servers[0].address, 3).await;
    let [ann, ben, cleo] = &team.users[..] else { panic!("three users") };
    let client = PresenceClient::open(servers[0].address, ben, &team).await;
    let mut watches = Vec::new();
    for server in &servers {
        watches.push(PresenceWatch::subscribe(server.address, ben, &team, &[ann, cleo]).await);
    }
    let mut other = PresenceWatch::subscribe(servers[0].address, cleo, &team, &[ben]).await;
    other.wait_for(ben, "ACTIVE").await;
    let input = json!({ "memberId": ben.member_id });
    ann.client.mutate("removeMember", input, "seq").await;
    for watch in &mut watches {
        assert_eq!(watch.wait_for_error().await, "NOT_FOUND");
    }
    other.wait_for(ben, "OFFLINE").await;
    for server in &servers {
        let missing_workspace = api::ground::id::WorkspaceId::mint().to_string();
        let members = json!([ann.member_id]);
        assert_eq!(refused(server, ben, &team.workspace, &members).await, json!({ "code": "NOT_FOUND" }));
        assert_eq!(refused(server, ben, &missing_workspace, &members).await, json!({ "code": "NOT_FOUND" }));
    }
    drop(client);
}

async fn sign_out_ends_the_subscription(store: &Store) {
    let server = start_server(store).await;
    let team = Team::create(server.address, 2).await;
    let [ann, ben] = &team.users[..] else { panic!("two users") };
    let mut watch = PresenceWatch::subscribe(server.address, ben, &team, &[ann]).await;
    ben.client.mutate("signOut", json!({}), "sessionId").await;
    assert_eq!(watch.wait_for_close().await, 4401);
    server.stop().await;
}

async fn shutdown_ends_the_subscription(store: &Store) {
    let server = start_server(store).await;
    let team = Team::create(server.address, 1).await;
    let mut watch = PresenceWatch::subscribe(server.address, team.owner(), &team, &[team.owner()]).await;
    server.shut_down();
    assert_eq!(watch.wait_for_close().await, 1012);
    server.stop().await;
}

async fn hides_presence_in_other_workspaces(store: &Store) {
    let server = start_server(store).await;
    let team = Team::create(server.address, 2).await;
    let [ann, ben] = &team.users[..] else { panic!("two users") };
    // Ben owns another workspace and is connected to that one only.
    let selection = "workspace { id me { id } }";
    let created = ben.client.mutate("createWorkspace", json!({ "name": "Other" }), selection).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let there = User { member_id: text(&created["workspace"]["me"]["id"]), ..ben.clone() };
    let other = Team { workspace: text(&created["workspace"]["id"]), users: vec![there.clone()], ..team.clone() };
    let client = PresenceClient::open(server.address, &there, &other).await;
    let mut own = PresenceWatch::subscribe(server.address, &there, &other, &[&there]).await;
    own.wait_for(&there, "ACTIVE").await;
    // Their member in the other workspace is unknown here, and the ID of the other workspace is ignored.
    let unknown = id_of::<MemberId>(&there.member_id).in_workspace(team.id()).to_string();
    let unknown = User { member_id: unknown, ..ben.clone() };
    let watch = PresenceWatch::subscribe(server.address, ann, &team, &[ben, &unknown]).await;
    assert_eq!([watch.presence_of(ben), watch.presence_of(&unknown)], ["OFFLINE", "OFFLINE"]);
    let mut socket = Socket::connect(&server, ann.client.token.as_deref()).await;
    let variables = json!({ "workspaceId": team.workspace, "memberIds": [there.member_id, ben.member_id] });
    socket.subscribe("1", PRESENCE, variables).await;
    let first = parse_batch(&socket.next_for("1").await["payload"]["data"]["presence"]);
    assert_eq!(first, [(ben.member_id.clone(), "OFFLINE".to_owned())]);
    let hidden = refused(&server, ann, &other.workspace, &json!([there.member_id])).await;
    assert_eq!(hidden, json!({ "code": "NOT_FOUND" }));
    let input = json!({ "workspaceId": other.workspace, "activity": "IDLE" });
    let set = ann.client.try_mutate("setActivity", &input, "activity").await;
    assert_eq!(set.unwrap_err().code(), "NOT_FOUND");
    drop(client);
    server.stop().await;
}
