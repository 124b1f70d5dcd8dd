//! Law 6, sign-outs: once the end of a sign-in is acknowledged, nothing that happens later reaches its
//! connections; they close, and its token opens nothing. Other sign-ins of the person go on.

use std::future::Future;

use serde_json::json;

use crate::feed::{End, Feed, seq_of};
use crate::law_6_removal::{Scene, assert_same};
use crate::multipart::ACCEPT;
use crate::people::{Company, Person, server_on};
use crate::server::{Server, post};
use crate::socket::Socket;
use crate::store::{Store, both};

both!(revoking_a_sign_in signing_out signing_out_everywhere a_new_password_by_an_operator);

async fn revoking_a_sign_in(store: &Store) {
    let server = server_on(store).await;
    let scene = Scene::set(&server).await;
    let other = scene.victim.signs_in(&server).await;
    let id = scene.victim.sign_in_id(&server).await;
    let revoke = other.does(&server, "revokeSignIn", "{ signInId }", json!({ "signInId": id }));
    signed_out(&server, &scene, async { drop(revoke.await) }).await;
    goes_on(&server, &scene, &other).await;
}

async fn signing_out(store: &Store) {
    let server = server_on(store).await;
    let scene = Scene::set(&server).await;
    let other = scene.victim.signs_in(&server).await;
    let out = scene.victim.does(&server, "signOut", "{ signInId }", json!({}));
    signed_out(&server, &scene, async { drop(out.await) }).await;
    goes_on(&server, &scene, &other).await;
}

async fn signing_out_everywhere(store: &Store) {
    let server = server_on(store).await;
    let scene = Scene::set(&server).await;
    let other = scene.victim.signs_in(&server).await;
    let out = other.does(&server, "signOut", "{ signInId }", json!({ "everywhere": true }));
    signed_out(&server, &scene, async { drop(out.await) }).await;
    refused(&server, &scene, &other).await;
}

async fn a_new_password_by_an_operator(store: &Store) {
    let server = server_on(store).await;
    let scene = Scene::set(&server).await;
    let other = scene.victim.signs_in(&server).await;
    let (app, email) = (server.app.clone(), scene.victim.email.clone());
    let reset =
        async { _ = api::account::service::reset_password(&app, &email, "another horse".into()).await.unwrap() };
    signed_out(&server, &scene, reset).await;
    refused(&server, &scene, &other).await;
}

/// Both kinds of connections end, with nothing from after the acknowledgement.
async fn signed_out(server: &Server, scene: &Scene, out: impl Future<Output = ()>) {
    let mut socket = Feed::socket(server, &scene.victim, &scene.company, scene.from).await;
    let mut parts = Feed::parts(server, &scene.victim, &scene.company, scene.from).await;
    let out = async {
        out.await;
        // Asked after the acknowledgement: what has a higher number happened after it.
        scene.company.seq(server).await
    };
    let known = scene.while_writing(server, out).await;
    let truth = scene.truth(server, scene.mark(server).await).await;
    let ends = [(&mut socket, End::Closed(4401)), (&mut parts, End::Error("UNAUTHENTICATED".into()))];
    for (feed, wanted) in ends {
        let (got, end) = feed.rest().await;
        assert_eq!(end, wanted);
        let last = got.last().map_or(0, seq_of);
        assert!(last <= known, "{last} was sent after {known}");
        assert_same(&got, &truth[..got.len()], "what came before the end has no hole");
    }
    refused(server, scene, &scene.victim).await;
}

/// The token of an ended sign-in opens nothing.
pub async fn refused(server: &Server, scene: &Scene, person: &Person) {
    refused_at(server, &scene.company, scene.from, person).await;
}

/// The same for events from a number on.
pub async fn refused_at(server: &Server, company: &Company, from: i64, person: &Person) {
    let mut socket = Socket::open(server).await;
    socket.init(Some(&person.token)).await;
    assert_eq!(socket.closed().await.0, 4401);
    let body = json!({ "query": "{ __typename }" });
    let bearer = format!("Bearer {}", person.token);
    let reply = server.send(post(&body).header("authorization", &bearer)).await;
    assert_eq!((reply.status, &*reply.code()), (401, "UNAUTHENTICATED"));
    let variables = json!({ "workspaceId": company.workspace, "after": from });
    let body = json!({ "query": crate::feed::ALL, "variables": variables });
    let reply = server.send(post(&body).header("authorization", &bearer).header("accept", ACCEPT)).await;
    assert_eq!((reply.status, &*reply.code()), (401, "UNAUTHENTICATED"));
}

/// Another sign-in of the same person still sees everything.
async fn goes_on(server: &Server, scene: &Scene, other: &Person) {
    let last = scene.mark(server).await;
    let seen = Feed::socket(server, other, &scene.company, scene.from).await.up_to(last).await;
    assert_same(&seen, &scene.truth(server, last).await, "another sign-in");
}
