//! Invariant 6 between processes: a removal or sign-out on one process ends connections on another.

use serde_json::json;

use crate::invariants::removal::RemovalFixture;
use crate::invariants::sign_out::assert_rejected;
use crate::support::{End, Feed, Server, Store, channel_of, number, postgres, seq_of};

postgres! {
    revocations_reach_other_processes
    a_lagging_process_sends_nothing_to_removed_members
}

async fn revocations_reach_other_processes(store: &Store) {
    let (here, there) = (Server::on(store).await, Server::on(store).await);
    let fixture = RemovalFixture::start(&here).await;
    let workspace = &fixture.workspace;

    let mut feed = Feed::socket(&fixture.victim.at(&there), workspace, fixture.from).await;
    let input = json!({ "channelId": fixture.secret, "memberId": fixture.victim.id });
    let remove = async { number(&fixture.witness.mutate("removeFromChannel", input, "seq").await, "/seq") };
    let removed = fixture.while_writing(remove).await;
    let received = feed.up_to(fixture.mark().await).await;
    assert!(received.iter().any(|event| seq_of(event) == removed && event["__typename"] == "ChannelLeft"));
    assert!(received.iter().all(|event| channel_of(event) != Some(&fixture.secret) || seq_of(event) <= removed));

    // Another session of the victim ends there, while the first continues.
    let other = fixture.victim.sign_in().await;
    let mut ending = Feed::socket(&other.at(&there), workspace, fixture.from).await;
    ending.up_to(fixture.mark().await).await;
    let id = other.session_id().await;
    fixture.victim.mutate("revokeSession", json!({ "sessionId": id }), "sessionId").await;
    assert_eq!(ending.rest().await.1, End::Closed(4401));
    assert_rejected(&there, &fixture, &other).await;

    let input = json!({ "memberId": fixture.victim.id });
    let remove = async { number(&fixture.witness.mutate("removeMember", input, "seq").await, "/seq") };
    let removed = fixture.while_writing(remove).await;
    let (received, end) = feed.rest().await;
    assert_eq!(end, End::Error("NOT_FOUND".into()));
    assert_eq!(seq_of(received.last().unwrap()), removed);
    // The other process may not know of the removal yet when the victim reconnects; still it sends nothing.
    for cursor in [fixture.from, removed, workspace.seq().await] {
        let mut feed = Feed::socket(&fixture.victim.at(&there), workspace, cursor).await;
        assert_eq!(feed.rest().await, (Vec::new(), End::Error("NOT_FOUND".into())));
    }
    there.stop().await;
    here.stop().await;
}

/// A removed member reconnects to a process that has not received the removal.
async fn a_lagging_process_sends_nothing_to_removed_members(store: &Store) {
    let (here, there) = (Server::on(store).await, Server::on(store).await);
    let fixture = RemovalFixture::start(&here).await;
    let workspace = &fixture.workspace;
    // The workspace is now in memory of the other process, which learns of changes by its heartbeat.
    let mut feed = Feed::socket(&fixture.victim.at(&there), workspace, fixture.from).await;
    feed.up_to(fixture.mark().await).await;
    let input = json!({ "memberId": fixture.victim.id });
    let removed = number(&fixture.witness.mutate("removeMember", input, "seq").await, "/seq");
    for cursor in [removed - 1, removed, removed + 1] {
        workspace.owner().send_message(&workspace.general, "after the removal").await;
        let mut late = Feed::socket(&fixture.victim.at(&there), workspace, cursor).await;
        let (received, end) = late.rest().await;
        assert!(received.iter().all(|event| seq_of(event) <= removed), "{received:?}");
        assert_eq!(end, End::Error("NOT_FOUND".into()), "after {cursor}");
    }
    assert_eq!(feed.rest().await.1, End::Error("NOT_FOUND".into()));
    there.stop().await;
    here.stop().await;
}
