//! Presence: connecting, idling and disconnecting, as watchers see it.

use api::ground::id::MemberId;
use serde_json::{Value, json};

use crate::support::{
    Member, MultipartStream, PRESENCE, PresenceClient, PresenceWatch, Server, Setup, Store, Workspace, both, id_of,
    new_id, parse_batch, set_activity,
};

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
async fn refused(user: &Member, workspace: &str, members: &Value) -> Value {
    let mut socket = user.subscribe(PRESENCE, json!({ "workspaceId": workspace, "memberIds": members })).await;
    let message = socket.next_for("1").await;
    assert_eq!(message["type"], "error", "{message}");
    message["payload"][0]["extensions"].clone()
}

async fn reports_connecting_and_disconnecting(Setup { workspace, .. }: &Setup) {
    let ann = workspace.owner();
    let [ben, cleo] = &workspace.add_members(["Ben", "Cleo"]).await;
    let mut watch = PresenceWatch::subscribe(ann, workspace, &[cleo, ben]).await;
    assert_eq!([watch.presence_of(ben), watch.presence_of(cleo)], ["OFFLINE", "OFFLINE"]);
    let client = PresenceClient::open(ben, workspace).await;
    watch.wait_for(ben, "ACTIVE").await;
    // A later watcher receives the current state at once, also over multipart HTTP.
    let late = PresenceWatch::subscribe(ann, workspace, &[ben, cleo]).await;
    assert_eq!([late.presence_of(ben), late.presence_of(cleo)], ["ACTIVE", "OFFLINE"]);
    let variables = json!({ "workspaceId": workspace.id, "memberIds": [ben.id] });
    let mut parts = MultipartStream::open(cleo, &json!({ "query": PRESENCE, "variables": variables })).await;
    let first = parts.next().await.unwrap();
    assert_eq!(parse_batch(&first["payload"]["data"]["presence"]), [(ben.id.clone(), "ACTIVE".into())], "{first}");
    drop(client);
    watch.wait_for(ben, "OFFLINE").await;
    assert_eq!(watch.presence_of(cleo), "OFFLINE");
}

async fn a_quick_reconnect_is_not_offline(Setup { workspace, .. }: &Setup) {
    let ann = workspace.owner();
    let [ben] = &workspace.add_members(["Ben"]).await;
    let mut watch = PresenceWatch::subscribe(ann, workspace, &[ben]).await;
    let client = PresenceClient::open(ben, workspace).await;
    watch.wait_for(ben, "ACTIVE").await;
    drop(client);
    let mut again = PresenceClient::open(ben, workspace).await;
    again.set(workspace, "IDLE").await;
    assert!(!watch.wait_for(ben, "IDLE").await.contains(&"OFFLINE".to_owned()));
}

async fn reports_idle_and_active(Setup { workspace, .. }: &Setup) {
    let ann = workspace.owner();
    let [ben] = &workspace.add_members(["Ben"]).await;
    let mut watch = PresenceWatch::subscribe(ann, workspace, &[ben]).await;
    // No effect without a connection.
    set_activity(ben, workspace, "IDLE").await;
    let mut client = PresenceClient::open(ben, workspace).await;
    watch.wait_for(ben, "ACTIVE").await;
    client.set(workspace, "IDLE").await;
    watch.wait_for(ben, "IDLE").await;
    set_activity(ben, workspace, "ACTIVE").await;
    watch.wait_for(ben, "ACTIVE").await;
    set_activity(ben, workspace, "IDLE").await;
    watch.wait_for(ben, "IDLE").await;
    client.set(workspace, "ACTIVE").await;
    watch.wait_for(ben, "ACTIVE").await;
    // An idle client that reconnects is never shown as active.
    drop(client);
    watch.wait_for(ben, "OFFLINE").await;
    let _again = PresenceClient::idle(ben, workspace).await;
    assert_eq!(watch.wait_for(ben, "IDLE").await, Vec::<String>::new());
}

async fn the_most_active_connection_wins(Setup { workspace, .. }: &Setup) {
    let ann = workspace.owner();
    let [ben, cleo] = &workspace.add_members(["Ben", "Cleo"]).await;
    let mut watch = PresenceWatch::subscribe(ann, workspace, &[ben, cleo]).await;
    let mut first = PresenceClient::open(ben, workspace).await;
    let mut second = PresenceClient::open(ben, workspace).await;
    watch.wait_for(ben, "ACTIVE").await;
    first.set(workspace, "IDLE").await;
    let marker = PresenceClient::open(cleo, workspace).await;
    watch.wait_for(cleo, "ACTIVE").await;
    assert_eq!(watch.presence_of(ben), "ACTIVE");
    second.set(workspace, "IDLE").await;
    watch.wait_for(ben, "IDLE").await;
    first.set(workspace, "ACTIVE").await;
    watch.wait_for(ben, "ACTIVE").await;
    // The idle connection remains; Ben is never offline.
    drop(first);
    assert_eq!(watch.wait_for(ben, "IDLE").await, Vec::<String>::new());
    drop(marker);
    watch.wait_for(cleo, "OFFLINE").await;
    assert_eq!(watch.presence_of(ben), "IDLE");
}

async fn limits_watched_members_and_subscriptions(Setup { workspace, .. }: &Setup) {
    let ann = workspace.owner();
    let ids: Vec<String> = (0..=200).map(|_| new_id::<MemberId>(&workspace.id)).collect();
    let too_many = refused(ann, &workspace.id, &json!(ids)).await;
    assert_eq!(too_many, json!({ "code": "BAD_USER_INPUT", "field": "memberIds" }));
    let wrong = refused(ann, &workspace.id, &json!([workspace.id])).await;
    assert_eq!(wrong, json!({ "code": "BAD_USER_INPUT", "field": "memberIds" }));
    let mut socket = ann.socket().await;
    let variables = json!({ "workspaceId": workspace.id, "memberIds": ids[..200] });
    socket.subscribe("all", PRESENCE, variables.clone()).await;
    let all = parse_batch(&socket.next_for("all").await["payload"]["data"]["presence"]);
    assert!(all.len() == 200 && all.iter().all(|(_, presence)| presence == "OFFLINE"));
    for n in 1..50 {
        let id = n.to_string();
        socket.subscribe(&id, PRESENCE, variables.clone()).await;
        assert_eq!(socket.next_for(&id).await["type"], "next");
    }
    let one_more = refused(ann, &workspace.id, &json!([])).await;
    assert_eq!(one_more["code"], "UNAVAILABLE");
    socket.send(json!({ "type": "complete", "id": "7" })).await;
    socket.round_trip().await;
    socket.subscribe("more", PRESENCE, variables).await;
    assert_eq!(socket.next_for("more").await["type"], "next");
}

async fn removal_ends_the_subscription(store: &Store) {
    let servers = Server::start_fleet(store).await;
    let workspace = Workspace::with_members(servers[0].address, 3).await;
    let [ann, ben, cleo] = &workspace.members[..] else { panic!("three users") };
    let client = PresenceClient::open(ben, &workspace).await;
    let mut watches = Vec::new();
    for server in &servers {
        watches.push(PresenceWatch::subscribe(&ben.at(server.address), &workspace, &[ann, cleo]).await);
    }
    let mut other = PresenceWatch::subscribe(cleo, &workspace, &[ben]).await;
    other.wait_for(ben, "ACTIVE").await;
    ann.mutate("removeMember", json!({ "memberId": ben.id }), "seq").await;
    for watch in &mut watches {
        assert_eq!(watch.wait_for_error().await, "NOT_FOUND");
    }
    other.wait_for(ben, "OFFLINE").await;
    for server in &servers {
        let missing_workspace = api::ground::id::WorkspaceId::mint().to_string();
        let members = json!([ann.id]);
        assert_eq!(refused(&ben.at(server), &workspace.id, &members).await, json!({ "code": "NOT_FOUND" }));
        assert_eq!(refused(&ben.at(server), &missing_workspace, &members).await, json!({ "code": "NOT_FOUND" }));
    }
    drop(client);
}

async fn sign_out_ends_the_subscription(Setup { workspace, .. }: &Setup) {
    let ann = workspace.owner();
    let [ben] = &workspace.add_members(["Ben"]).await;
    let mut watch = PresenceWatch::subscribe(ben, workspace, &[ann]).await;
    ben.mutate("signOut", json!({}), "sessionId").await;
    assert_eq!(watch.wait_for_close().await, 4401);
}

async fn shutdown_ends_the_subscription(Setup { server, workspace, .. }: &Setup) {
    let mut watch = PresenceWatch::subscribe(workspace.owner(), workspace, &[workspace.owner()]).await;
    server.shut_down();
    assert_eq!(watch.wait_for_close().await, 1012);
}

async fn hides_presence_in_other_workspaces(Setup { workspace, .. }: &Setup) {
    let ann = workspace.owner();
    let [ben] = &workspace.add_members(["Ben"]).await;
    // Ben owns another workspace and is connected to that one only.
    let other = ben.create_workspace("Other").await;
    let there = other.owner();
    let client = PresenceClient::open(there, &other).await;
    let mut own = PresenceWatch::subscribe(there, &other, &[there]).await;
    own.wait_for(there, "ACTIVE").await;
    // Their member in the other workspace is unknown here, and the ID of the other workspace is ignored.
    let unknown = id_of::<MemberId>(&there.id).in_workspace(workspace.parsed_id()).to_string();
    let unknown = Member { id: unknown, ..ben.clone() };
    let watch = PresenceWatch::subscribe(ann, workspace, &[ben, &unknown]).await;
    assert_eq!([watch.presence_of(ben), watch.presence_of(&unknown)], ["OFFLINE", "OFFLINE"]);
    let variables = json!({ "workspaceId": workspace.id, "memberIds": [there.id, ben.id] });
    let mut socket = ann.subscribe(PRESENCE, variables).await;
    let first = parse_batch(&socket.next_for("1").await["payload"]["data"]["presence"]);
    assert_eq!(first, [(ben.id.clone(), "OFFLINE".to_owned())]);
    let hidden = refused(ann, &other.id, &json!([there.id])).await;
    assert_eq!(hidden, json!({ "code": "NOT_FOUND" }));
    let input = json!({ "workspaceId": other.id, "activity": "IDLE" });
    assert_eq!(ann.try_mutate("setActivity", &input, "activity").await.unwrap_err(), "NOT_FOUND");
    drop(client);
}
