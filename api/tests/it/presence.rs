//! Presence over the wire: people come, rest and go, and those who watch them see it.

use serde_json::{Value, json};

use crate::multipart::Parts;
use crate::people::server_on;
use crate::server::Server;
use crate::socket::Socket;
use crate::store::{Store, both};
use crate::team::{Person, Team};
use crate::watch::{Client, PRESENCE, Watch, read, set_everywhere};

both! {
    somebody_comes_and_goes
    who_comes_back_at_once_was_not_away
    somebody_rests_and_goes_on
    the_most_active_of_two_connections_is_seen
    what_is_asked_for_has_limits
    whoever_is_removed_sees_no_more
    whoever_signs_out_sees_no_more
    a_server_that_goes_down_ends_it
    nothing_is_seen_of_another_workspace
}

/// The error that a subscription is refused with.
async fn refused(server: &Server, person: &Person, workspace: &str, members: &Value) -> Value {
    let mut socket = Socket::ready(server, person.client.token.as_deref()).await;
    socket.subscribe("1", PRESENCE, json!({ "workspaceId": workspace, "memberIds": members })).await;
    let message = socket.next_of("1").await;
    assert_eq!(message["type"], "error", "{message}");
    message["payload"][0]["extensions"].clone()
}

async fn somebody_comes_and_goes(store: &Store) {
    let server = server_on(store).await;
    let team = Team::begin(server.address, 3).await;
    let [ann, ben, cleo] = &team.people[..] else { panic!("three people") };
    let mut watch = Watch::begin(server.address, ann, &team, &[cleo, ben]).await;
    assert_eq!([watch.of(ben), watch.of(cleo)], ["OFFLINE", "OFFLINE"]);
    let client = Client::open(server.address, ben, &team).await;
    watch.until(ben, "ACTIVE").await;
    // Whoever comes to look later sees at once how it is, over plain HTTP as well.
    let late = Watch::begin(server.address, ann, &team, &[ben, cleo]).await;
    assert_eq!([late.of(ben), late.of(cleo)], ["ACTIVE", "OFFLINE"]);
    let variables = json!({ "workspaceId": team.workspace, "memberIds": [ben.member] });
    let token = cleo.client.token.as_deref().unwrap();
    let mut parts = Parts::ask(&server, token, &json!({ "query": PRESENCE, "variables": variables })).await;
    let first = parts.next().await.unwrap();
    assert_eq!(read(&first["payload"]["data"]["presence"]), [(ben.member.clone(), "ACTIVE".into())], "{first}");
    drop(client);
    watch.until(ben, "OFFLINE").await;
    assert_eq!(watch.of(cleo), "OFFLINE");
    server.stop().await;
}

async fn who_comes_back_at_once_was_not_away(store: &Store) {
    let server = server_on(store).await;
    let team = Team::begin(server.address, 2).await;
    let [ann, ben] = &team.people[..] else { panic!("two people") };
    let mut watch = Watch::begin(server.address, ann, &team, &[ben]).await;
    let client = Client::open(server.address, ben, &team).await;
    watch.until(ben, "ACTIVE").await;
    drop(client);
    let mut again = Client::open(server.address, ben, &team).await;
    again.set(&team, "IDLE").await;
    assert!(!watch.until(ben, "IDLE").await.contains(&"OFFLINE".to_owned()));
    server.stop().await;
}

async fn somebody_rests_and_goes_on(store: &Store) {
    let server = server_on(store).await;
    let team = Team::begin(server.address, 2).await;
    let [ann, ben] = &team.people[..] else { panic!("two people") };
    let mut watch = Watch::begin(server.address, ann, &team, &[ben]).await;
    // Without a connection it is nothing.
    set_everywhere(server.address, ben, &team, "IDLE").await;
    let mut client = Client::open(server.address, ben, &team).await;
    watch.until(ben, "ACTIVE").await;
    client.set(&team, "IDLE").await;
    watch.until(ben, "IDLE").await;
    set_everywhere(server.address, ben, &team, "ACTIVE").await;
    watch.until(ben, "ACTIVE").await;
    set_everywhere(server.address, ben, &team, "IDLE").await;
    watch.until(ben, "IDLE").await;
    client.set(&team, "ACTIVE").await;
    watch.until(ben, "ACTIVE").await;
    // An idle client that connects again is not active for a moment.
    drop(client);
    watch.until(ben, "OFFLINE").await;
    let _again = Client::idle(server.address, ben, &team).await;
    assert_eq!(watch.until(ben, "IDLE").await, Vec::<String>::new());
    server.stop().await;
}

async fn the_most_active_of_two_connections_is_seen(store: &Store) {
    let server = server_on(store).await;
    let team = Team::begin(server.address, 3).await;
    let [ann, ben, cleo] = &team.people[..] else { panic!("three people") };
    let mut watch = Watch::begin(server.address, ann, &team, &[ben, cleo]).await;
    let mut first = Client::open(server.address, ben, &team).await;
    let mut second = Client::open(server.address, ben, &team).await;
    watch.until(ben, "ACTIVE").await;
    first.set(&team, "IDLE").await;
    let marker = Client::open(server.address, cleo, &team).await;
    watch.until(cleo, "ACTIVE").await;
    assert_eq!(watch.of(ben), "ACTIVE");
    second.set(&team, "IDLE").await;
    watch.until(ben, "IDLE").await;
    first.set(&team, "ACTIVE").await;
    watch.until(ben, "ACTIVE").await;
    // What is left is the idle one; he is never gone.
    drop(first);
    assert_eq!(watch.until(ben, "IDLE").await, Vec::<String>::new());
    drop(marker);
    watch.until(cleo, "OFFLINE").await;
    assert_eq!(watch.of(ben), "IDLE");
    server.stop().await;
}

async fn what_is_asked_for_has_limits(store: &Store) {
    let server = server_on(store).await;
    let team = Team::begin(server.address, 1).await;
    let ann = team.owner();
    let ids: Vec<String> = (0..=200).map(|_| api::id::MemberId::mint().to_string()).collect();
    let too_many = refused(&server, ann, &team.workspace, &json!(ids)).await;
    assert_eq!(too_many, json!({ "code": "BAD_USER_INPUT", "field": "memberIds" }));
    let wrong = refused(&server, ann, &team.workspace, &json!([team.workspace])).await;
    assert_eq!(wrong, json!({ "code": "BAD_USER_INPUT", "field": "memberIds" }));
    let mut socket = Socket::ready(&server, ann.client.token.as_deref()).await;
    let variables = json!({ "workspaceId": team.workspace, "memberIds": ids[..200] });
    socket.subscribe("all", PRESENCE, variables.clone()).await;
    let all = read(&socket.next_of("all").await["payload"]["data"]["presence"]);
    assert!(all.len() == 200 && all.iter().all(|(_, presence)| presence == "OFFLINE"));
    for n in 1..50 {
        let id = n.to_string();
        socket.subscribe(&id, PRESENCE, variables.clone()).await;
        assert_eq!(socket.next_of(&id).await["type"], "next");
    }
    let one_more = refused(&server, ann, &team.workspace, &json!([])).await;
    assert_eq!(one_more["code"], "UNAVAILABLE");
    socket.send(json!({ "type": "complete", "id": "7" })).await;
    socket.taken().await;
    socket.subscribe("more", PRESENCE, variables).await;
    assert_eq!(socket.next_of("more").await["type"], "next");
    server.stop().await;
}

async fn whoever_is_removed_sees_no_more(store: &Store) {
    let servers = Server::some_at(store).await;
    let team = Team::begin(servers[0].address, 3).await;
    let [ann, ben, cleo] = &team.people[..] else { panic!("three people") };
    let client = Client::open(servers[0].address, ben, &team).await;
    let mut watches = Vec::new();
    for server in &servers {
        watches.push(Watch::begin(server.address, ben, &team, &[ann, cleo]).await);
    }
    let mut other = Watch::begin(servers[0].address, cleo, &team, &[ben]).await;
    other.until(ben, "ACTIVE").await;
    let input = json!({ "workspaceId": team.workspace, "memberId": ben.member });
    ann.client.must("removeMember", input, "seq").await;
    for watch in &mut watches {
        assert_eq!(watch.ends().await, "NOT_FOUND");
    }
    other.until(ben, "OFFLINE").await;
    for server in &servers {
        let ghost = api::id::WorkspaceId::mint().to_string();
        let members = json!([ann.member]);
        assert_eq!(refused(server, ben, &team.workspace, &members).await, json!({ "code": "NOT_FOUND" }));
        assert_eq!(refused(server, ben, &ghost, &members).await, json!({ "code": "NOT_FOUND" }));
    }
    drop(client);
}

async fn whoever_signs_out_sees_no_more(store: &Store) {
    let server = server_on(store).await;
    let team = Team::begin(server.address, 2).await;
    let [ann, ben] = &team.people[..] else { panic!("two people") };
    let mut watch = Watch::begin(server.address, ben, &team, &[ann]).await;
    ben.client.must("signOut", json!({}), "signInId").await;
    assert_eq!(watch.closed().await, 4401);
    server.stop().await;
}

async fn a_server_that_goes_down_ends_it(store: &Store) {
    let server = server_on(store).await;
    let team = Team::begin(server.address, 1).await;
    let mut watch = Watch::begin(server.address, team.owner(), &team, &[team.owner()]).await;
    server.shut_down();
    assert_eq!(watch.closed().await, 1012);
    server.stop().await;
}

async fn nothing_is_seen_of_another_workspace(store: &Store) {
    let server = server_on(store).await;
    let team = Team::begin(server.address, 2).await;
    let [ann, ben] = &team.people[..] else { panic!("two people") };
    // Ben has a workspace of his own, and is in it only.
    let selection = "workspace { id me { id } }";
    let made = ben.client.must("createWorkspace", json!({ "name": "Other" }), selection).await;
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let there = Person { member: text(&made["workspace"]["me"]["id"]), ..ben.clone() };
    let other = Team { workspace: text(&made["workspace"]["id"]), people: vec![there.clone()], ..team.clone() };
    let client = Client::open(server.address, &there, &other).await;
    let mut own = Watch::begin(server.address, &there, &other, &[&there]).await;
    own.until(&there, "ACTIVE").await;
    let watch = Watch::begin(server.address, ann, &team, &[ben, &there]).await;
    assert_eq!([watch.of(ben), watch.of(&there)], ["OFFLINE", "OFFLINE"]);
    let hidden = refused(&server, ann, &other.workspace, &json!([there.member])).await;
    assert_eq!(hidden, json!({ "code": "NOT_FOUND" }));
    let input = json!({ "workspaceId": other.workspace, "activity": "IDLE" });
    let set = ann.client.mutate("setActivity", &input, "activity").await;
    assert_eq!(set.unwrap_err().code(), "NOT_FOUND");
    drop(client);
    server.stop().await;
}
