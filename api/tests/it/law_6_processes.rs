//! Law 6 between processes: a removal or a sign-out on one process ends the connections on another.

use serde_json::json;

use crate::feed::{End, Feed, channel_of, seq_of};
use crate::law_6_removal::Scene;
use crate::law_6_sign_out::refused;
use crate::people::{number, server_on};
use crate::store::Store;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_ends_on_one_process_ends_on_another() {
    let Some(store) = Store::postgres("law_6_processes").await else { return };
    let (here, there) = (server_on(&store).await, server_on(&store).await);
    let scene = Scene::set(&here).await;
    let company = &scene.company;

    let mut feed = Feed::socket(&there, &scene.victim, company, scene.from).await;
    let input = json!({
        "workspaceId": company.workspace, "channelId": scene.secret, "memberId": scene.victim.member });
    let remove = async { number(&scene.witness.does(&here, "removeFromChannel", "{ seq }", input).await, "/seq") };
    let removed = scene.while_writing(&here, remove).await;
    let got = feed.up_to(scene.mark(&here).await).await;
    assert!(got.iter().any(|event| seq_of(event) == removed && event["__typename"] == "ChannelLeft"));
    assert!(got.iter().all(|event| channel_of(event) != Some(&scene.secret) || seq_of(event) <= removed));

    // Another sign-in of the victim ends there, while its first one goes on.
    let other = scene.victim.signs_in(&here).await;
    let mut ending = Feed::socket(&there, &other, company, scene.from).await;
    ending.up_to(scene.mark(&here).await).await;
    let id = other.sign_in_id(&here).await;
    scene.victim.does(&here, "revokeSignIn", "{ signInId }", json!({ "signInId": id })).await;
    assert_eq!(ending.rest().await.1, End::Closed(4401));
    refused(&there, &scene, &other).await;

    let input = json!({ "workspaceId": company.workspace, "memberId": scene.victim.member });
    let remove = async { number(&scene.witness.does(&here, "removeMember", "{ seq }", input).await, "/seq") };
    let removed = scene.while_writing(&here, remove).await;
    let (got, end) = feed.rest().await;
    assert_eq!(end, End::Error("NOT_FOUND".into()));
    assert_eq!(seq_of(got.last().unwrap()), removed);
    // The other process may not know it yet when they come back: even so nothing is told.
    for cursor in [scene.from, removed, company.seq(&here).await] {
        let mut feed = Feed::socket(&there, &scene.victim, company, cursor).await;
        assert_eq!(feed.rest().await, (Vec::new(), End::Error("NOT_FOUND".into())));
    }
    there.stop().await;
    here.stop().await;
    store.remove().await;
}

/// The removed come back to a process that has not heard of their removal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_behind_tells_the_removed_nothing() {
    let Some(store) = Store::postgres("law_6_processes").await else { return };
    let (here, there) = (server_on(&store).await, server_on(&store).await);
    let scene = Scene::set(&here).await;
    let company = &scene.company;
    // Now the workspace is in the memory of the other process, which hears of changes by its heartbeat.
    let mut feed = Feed::socket(&there, &scene.victim, company, scene.from).await;
    feed.up_to(scene.mark(&here).await).await;
    let input = json!({ "workspaceId": company.workspace, "memberId": scene.victim.member });
    let removed = number(&scene.witness.does(&here, "removeMember", "{ seq }", input).await, "/seq");
    for cursor in [removed - 1, removed, removed + 1] {
        company.owner.sends(&here, company, &company.general, "after the removal").await;
        let mut late = Feed::socket(&there, &scene.victim, company, cursor).await;
        let (got, end) = late.rest().await;
        assert!(got.iter().all(|event| seq_of(event) <= removed), "{got:?}");
        assert_eq!(end, End::Error("NOT_FOUND".into()), "after {cursor}");
    }
    assert_eq!(feed.rest().await.1, End::Error("NOT_FOUND".into()));
    there.stop().await;
    here.stop().await;
    store.remove().await;
}
