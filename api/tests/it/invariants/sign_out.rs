//! Invariant 6, sign-outs: once the end of a session is acknowledged, nothing later reaches its connections, they
//! close, and its token is rejected. Other sessions of the account continue.

use std::future::Future;

use serde_json::json;

use crate::invariants::removal::{RemovalFixture, assert_same};
use crate::support::{ACCEPT, End, Feed, Member, Server, Socket, Store, Workspace, both, post, seq_of};

both! {
    revoking_a_session_ends_its_connections
    signing_out_ends_its_connections
    signing_out_everywhere_ends_all_connections
    an_operator_password_reset_ends_all_connections
}

async fn revoking_a_session_ends_its_connections(store: &Store) {
    let server = Server::on(store).await;
    let fixture = RemovalFixture::start(&server).await;
    let other = fixture.victim.sign_in().await;
    let id = fixture.victim.session_id().await;
    let revoke = other.mutate("revokeSession", json!({ "sessionId": id }), "sessionId");
    assert_signed_out(&server, &fixture, async { drop(revoke.await) }).await;
    assert_still_connected(&fixture, &other).await;
}

async fn signing_out_ends_its_connections(store: &Store) {
    let server = Server::on(store).await;
    let fixture = RemovalFixture::start(&server).await;
    let other = fixture.victim.sign_in().await;
    let sign_out = fixture.victim.mutate("signOut", json!({}), "sessionId");
    assert_signed_out(&server, &fixture, async { drop(sign_out.await) }).await;
    assert_still_connected(&fixture, &other).await;
}

async fn signing_out_everywhere_ends_all_connections(store: &Store) {
    let server = Server::on(store).await;
    let fixture = RemovalFixture::start(&server).await;
    let other = fixture.victim.sign_in().await;
    let sign_out = other.mutate("signOut", json!({ "everywhere": true }), "sessionId");
    assert_signed_out(&server, &fixture, async { drop(sign_out.await) }).await;
    assert_rejected(&server, &fixture, &other).await;
}

async fn an_operator_password_reset_ends_all_connections(store: &Store) {
    let server = Server::on(store).await;
    let fixture = RemovalFixture::start(&server).await;
    let other = fixture.victim.sign_in().await;
    let (app, email) = (server.app.clone(), fixture.victim.email.clone());
    let reset =
        async { _ = api::chat::account::service::reset_password(&app, &email, "another horse".into()).await.unwrap() };
    assert_signed_out(&server, &fixture, reset).await;
    assert_rejected(&server, &fixture, &other).await;
}

/// Connections over both transports end without any event after the acknowledgement.
async fn assert_signed_out(server: &Server, fixture: &RemovalFixture, sign_out: impl Future<Output = ()>) {
    let mut socket = Feed::socket(&fixture.victim, &fixture.workspace, fixture.from).await;
    let mut parts = Feed::multipart(&fixture.victim, &fixture.workspace, fixture.from).await;
    let sign_out = async {
        sign_out.await;
        // Read after the acknowledgement: events with a higher `seq` came later.
        fixture.workspace.seq().await
    };
    let known = fixture.while_writing(sign_out).await;
    let witness_events = fixture.witness_events(fixture.mark().await).await;
    let ends = [(&mut socket, End::Closed(4401)), (&mut parts, End::Error("UNAUTHENTICATED".into()))];
    for (feed, wanted) in ends {
        let (received, end) = feed.rest().await;
        assert_eq!(end, wanted);
        let last = received.last().map_or(0, seq_of);
        assert!(last <= known, "{last} was sent after {known}");
        assert_same(&received, &witness_events[..received.len()], "events before the end have no gap");
    }
    assert_rejected(server, fixture, &fixture.victim).await;
}

/// Asserts that the token of an ended session is rejected.
pub async fn assert_rejected(server: &Server, fixture: &RemovalFixture, user: &Member) {
    assert_rejected_at(server, &fixture.workspace, fixture.from, user).await;
}

/// The same for a workspace and a cursor.
pub async fn assert_rejected_at(server: &Server, workspace: &Workspace, from: i64, user: &Member) {
    let mut socket = Socket::open(server).await;
    socket.init(Some(user.token())).await;
    assert_eq!(socket.wait_for_close().await.0, 4401);
    let body = json!({ "query": "{ __typename }" });
    let bearer = format!("Bearer {}", user.token());
    let reply = server.send(post(&body).header("authorization", &bearer)).await;
    assert_eq!((reply.status, &*reply.code()), (401, "UNAUTHENTICATED"));
    let variables = json!({ "workspaceId": workspace.id, "after": from });
    let body = json!({ "query": crate::support::ALL_EVENTS, "variables": variables });
    let reply = server.send(post(&body).header("authorization", &bearer).header("accept", ACCEPT)).await;
    assert_eq!((reply.status, &*reply.code()), (401, "UNAUTHENTICATED"));
}

/// Asserts that another session of the account still receives everything.
async fn assert_still_connected(fixture: &RemovalFixture, other: &Member) {
    let last = fixture.mark().await;
    let seen = Feed::socket(other, &fixture.workspace, fixture.from).await.up_to(last).await;
    assert_same(&seen, &fixture.witness_events(last).await, "another session");
}
