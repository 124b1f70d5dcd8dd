//! Members: exact lookup by handle, normalization, and handles that look alike.

use serde_json::{Value, json};

use crate::support::server::Server;
use crate::support::store::{Store, both};
use crate::support::workspace::{User, Workspace, code, mutation, start_server, text};

both! {
    finds_members_by_exact_handle
    normalizes_handles
    rejects_lookalike_handles
}

const MEMBERS_BY_HANDLE: &str =
    "query($w: ID!, $h: [String!]) { members(workspaceId: $w, ids: [], handles: $h) { id } }";

async fn find_by_handle(server: &Server, workspace: &Workspace, handles: &[&str]) -> Vec<String> {
    let variables = json!({ "w": workspace.id, "h": handles });
    let response = workspace.owner.execute(server, MEMBERS_BY_HANDLE, variables).await;
    let found = response["data"]["members"].as_array().unwrap_or_else(|| panic!("{response}"));
    found.iter().map(|member| member["id"].as_str().unwrap().to_owned()).collect()
}

async fn rename(server: &Server, workspace: &Workspace, user: &User, handle: &str) -> Result<Value, String> {
    let input = json!({ "workspaceId": workspace.id, "handle": handle });
    user.try_mutate(server, "updateMember", "{ member { handle } }", input).await
}

async fn finds_members_by_exact_handle(store: &Store) {
    let server = start_server(store).await;
    let workspace = Workspace::create(&server).await;
    let max = workspace.add_member(&server, "Max", "MEMBER").await;
    let zoe = workspace.add_member(&server, "Zoe", "MEMBER").await;
    rename(&server, &workspace, &max, "zq-max").await.unwrap();
    rename(&server, &workspace, &zoe, "zq").await.unwrap();
    assert_eq!(
        find_by_handle(&server, &workspace, &["@ZQ", "z", "nobody", "not a handle"]).await,
        std::slice::from_ref(&zoe.member_id)
    );
    assert_eq!(
        find_by_handle(&server, &workspace, &["zq-max", "zq"]).await,
        [max.member_id.clone(), zoe.member_id.clone()]
    );
    let many = vec!["zq"; 101];
    let refused = workspace.owner.execute(&server, MEMBERS_BY_HANDLE, json!({ "w": workspace.id, "h": many })).await;
    assert_eq!(code(&refused).as_deref(), Some("BAD_USER_INPUT"));
    let left = json!({ "memberId": zoe.member_id });
    workspace.owner.mutate(&server, "removeMember", "{ seq }", left).await;
    assert!(find_by_handle(&server, &workspace, &["zq"]).await.is_empty(), "a former member is found");
    rename(&server, &workspace, &max, "zq").await.unwrap();
    assert_eq!(find_by_handle(&server, &workspace, &["zq"]).await, std::slice::from_ref(&max.member_id));
    server.stop().await;
}

async fn normalizes_handles(store: &Store) {
    let server = start_server(store).await;
    let workspace = Workspace::create(&server).await;
    let jack = workspace.add_member(&server, "Jack", "MEMBER").await;
    let kept = rename(&server, &workspace, &jack, "J\u{30c}ack").await.unwrap();
    assert_eq!(kept["member"]["handle"], "\u{1f0}ack");
    for written in ["J\u{30c}ack", "@\u{1f0}ack", "j\u{30c}ack"] {
        assert_eq!(
            find_by_handle(&server, &workspace, &[written]).await,
            std::slice::from_ref(&jack.member_id),
            "{written}"
        );
    }
    for wrong in ["jack_", "jack.", "jack-", "ja\u{fe0f}ck"] {
        assert_eq!(rename(&server, &workspace, &jack, wrong).await.unwrap_err(), "BAD_USER_INPUT", "{wrong}");
    }
    server.stop().await;
}

async fn rejects_lookalike_handles(store: &Store) {
    let server = start_server(store).await;
    let workspace = Workspace::create(&server).await;
    let ann = workspace.add_member(&server, "Ann", "ADMIN").await;
    let ben = workspace.add_member(&server, "Ben", "MEMBER").await;
    // Cyrillic, Greek, full width, another case, a combining dot, a direction override.
    for taken in ["\u{430}nn", "ａｎｎ", "ANN", "\u{391}nn", "\u{202e}nna", "a\u{307}nn\u{200b}"] {
        let refused = rename(&server, &workspace, &ben, taken).await.err();
        assert!(matches!(refused.as_deref(), Some("CONFLICT" | "BAD_USER_INPUT")), "{taken}: {refused:?}");
    }
    // A new member with such a name gets another handle.
    let fake = workspace.add_member(&server, "\u{410}nn", "MEMBER").await;
    let me = "query($w: ID!) { workspace(id: $w) { me { handle } } }";
    let seen = fake.execute(&server, me, json!({ "w": workspace.id })).await;
    assert_eq!(text(&seen, "/data/workspace/me/handle"), "\u{430}nn2");
    // Whole words in another script are no lookalikes, distinguishable letters are allowed, and members may respell
    // their own handle.
    for free in ["анна", "bern", "bem", "paull", "paul1", "paul2", "ann1", "b0b"] {
        assert!(rename(&server, &workspace, &ben, free).await.is_ok(), "{free}");
    }
    // ASCII letters and digits can be lookalikes as well.
    for (has, taken) in [("bern", "bem"), ("paul1", "paull"), ("paul1", "PaulL"), ("b0b", "bob"), ("b0b", "bOB")] {
        assert!(rename(&server, &workspace, &ben, has).await.is_ok(), "{has}");
        let refused = rename(&server, &workspace, &ann, taken).await.err();
        assert_eq!(refused.as_deref(), Some("CONFLICT"), "{taken} for {has}");
    }
    assert!(rename(&server, &workspace, &ann, "\u{430}nn").await.is_ok());
    assert_eq!(rename(&server, &workspace, &ben, "ann").await.err().as_deref(), Some("CONFLICT"));
    // The handle of a former member is free, also after a restart. A member who returns to a taken handle gets another
    // one.
    ann.mutate(&server, "leaveWorkspace", "{ seq }", json!({ "workspaceId": workspace.id })).await;
    server.stop().await;
    let server = start_server(store).await;
    assert!(rename(&server, &workspace, &ben, "ann").await.is_ok());
    let back = json!({ "token": workspace.invite });
    ann.mutate(&server, "acceptInvite", "{ workspace { id } }", back).await;
    let seen = ann.execute(&server, me, json!({ "w": workspace.id })).await;
    assert_eq!(text(&seen, "/data/workspace/me/handle"), "ann3", "`ann2` resembles another handle");
    let controls = json!({ "input": { "workspaceId": workspace.id, "name": "A\u{202e}nn" } });
    let refused = ben.execute(&server, &mutation("updateMember", "{ seq }"), controls).await;
    assert_eq!(code(&refused).as_deref(), Some("BAD_USER_INPUT"));
    server.stop().await;
}
