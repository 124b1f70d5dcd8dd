//! Invariant 6 between processes: a removal or sign-out on one process ends connections on another.

use serde_json::json;

use crate::invariants::removal::RemovalFixture;
use crate::invariants::sign_out::assert_rejected;
use crate::support::feed::{End, Feed, channel_of, seq_of};
use crate::support::store::Store;
use crate::support::workspace::{number, start_server};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn revocations_reach_other_processes() {
    let Some(store) = Store::postgres("law_6_processes").await else { return };
    let (here, there) = (start_server(&store).await, start_server(&store).await);
    let fixture = RemovalFixture::start(&here).await;
    let workspace = &fixture.workspace;

    let mut feed = Feed::socket(&there, &fixture.victim, workspace, fixture.from).await;
    let input = json!({
        "channelId": fixture.secret, "memberId": fixture.victim.member_id });
    let remove = async { number(&fixture.witness.mutate(&here, "removeFromChannel", "{ seq }", input).await, "/seq") };
    let removed = fixture.while_writing(&here, remove).await;
    let received = feed.up_to(fixture.mark(&here).await).await;
    assert!(received.iter().any(|event| seq_of(event) == removed && event["__typename"] == "ChannelLeft"));
    assert!(received.iter().all(|event| channel_of(event) != Some(&fixture.secret) || seq_of(event) <= removed));

    // Another session of the victim ends there, while the first continues.
    let other = fixture.victim.sign_in(&here).await;
    let mut ending = Feed::socket(&there, &other, workspace, fixture.from).await;
    ending.up_to(fixture.mark(&here).await).await;
    let id = other.session_id(&here).await;
    fixture.victim.mutate(&here, "revokeSession", "{ sessionId }", json!({ "sessionId": id })).await;
    assert_eq!(ending.rest().await.1, End::Closed(4401));
    assert_rejected(&there, &fixture, &other).await;

    let input = json!({ "memberId": fixture.victim.member_id });
    let remove = async { number(&fixture.witness.mutate(&here, "removeMember", "{ seq }", input).await, "/seq") };
    let removed = fixture.while_writing(&here, remove).await;
    let (received, end) = feed.rest().await;
    assert_eq!(end, End::Error("NOT_FOUND".into()));
    assert_eq!(seq_of(received.last().unwrap()), removed);
    // The other process may not know of the removal yet when the victim reconnects; still it sends nothing.
    for cursor in [fixture.from, removed, workspace.seq(&here).await] {
        let mut feed = Feed::socket(&there, &fixture.victim, workspace, cursor).await;
        assert_eq!(feed.rest().await, (Vec::new(), End::Error("NOT_FOUND".into())));
    }
    there.stop().await;
    here.stop().await;
    store.remove().await;
}

/// A removed member reconnects to a process that has not received the removal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lagging_process_sends_nothing_to_removed_members() {
    let Some(store) = Store::postgres("law_6_processes").await else { return };
    let (here, there) = (start_server(&store).await, start_server(&store).await);
    let fixture = RemovalFixture::start(&here).await;
    let workspace = &fixture.workspace;
    // The workspace is now in memory of the other process, which learns of changes by its heartbeat.
    let mut feed = Feed::socket(&there, &fixture.victim, workspace, fixture.from).await;
    feed.up_to(fixture.mark(&here).await).await;
    let input = json!({ "memberId": fixture.victim.member_id });
    let removed = number(&fixture.witness.mutate(&here, "removeMember", "{ seq }", input).await, "/seq");
    for cursor in [removed - 1, removed, removed + 1] {
        workspace.owner.send_message(&here, &workspace.general, "after the removal").await;
        let mut late = Feed::socket(&there, &fixture.victim, workspace, cursor).await;
        let (received, end) = late.rest().await;
        assert!(received.iter().all(|event| seq_of(event) <= removed), "{received:?}");
        assert_eq!(end, End::Error("NOT_FOUND".into()), "after {cursor}");
    }
    assert_eq!(feed.rest().await.1, End::Error("NOT_FOUND".into()));
    there.stop().await;
    here.stop().await;
    store.remove().await;
}
