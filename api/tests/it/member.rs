//! Members: exact lookup by handle, normalization, and handles that look alike.

use serde_json::{Value, json};

use crate::support::{Member, Server, Setup, Store, Workspace, both, code, document, text};

both! {
    finds_members_by_exact_handle
    normalizes_handles
    rejects_lookalike_handles
}

const MEMBERS_BY_HANDLE: &str =
    "query($w: ID!, $h: [String!]) { members(workspaceId: $w, ids: [], handles: $h) { id } }";

async fn find_by_handle(workspace: &Workspace, handles: &[&str]) -> Vec<String> {
    let response = workspace.owner().execute(MEMBERS_BY_HANDLE, json!({ "w": workspace.id, "h": handles })).await;
    let found = response["data"]["members"].as_array().unwrap_or_else(|| panic!("{response}"));
    found.iter().map(|member| member["id"].as_str().unwrap().to_owned()).collect()
}

async fn rename(workspace: &Workspace, user: &Member, handle: &str) -> Result<Value, String> {
    let input = json!({ "workspaceId": workspace.id, "handle": handle });
    user.try_mutate("updateMember", &input, "member { handle }").await
}

async fn finds_members_by_exact_handle(Setup { workspace, .. }: &Setup) {
    let [max, zoe] = workspace.add_members(["Max", "Zoe"]).await;
    rename(workspace, &max, "zq-max").await.unwrap();
    rename(workspace, &zoe, "zq").await.unwrap();
    assert_eq!(find_by_handle(workspace, &["@ZQ", "z", "nobody", "not a handle"]).await, std::slice::from_ref(&zoe.id));
    assert_eq!(find_by_handle(workspace, &["zq-max", "zq"]).await, [max.id.clone(), zoe.id.clone()]);
    let many = vec!["zq"; 101];
    let refused = workspace.owner().execute(MEMBERS_BY_HANDLE, json!({ "w": workspace.id, "h": many })).await;
    assert_eq!(code(&refused).as_deref(), Some("BAD_USER_INPUT"));
    workspace.owner().mutate("removeMember", json!({ "memberId": zoe.id }), "seq").await;
    assert!(find_by_handle(workspace, &["zq"]).await.is_empty(), "a former member is found");
    rename(workspace, &max, "zq").await.unwrap();
    assert_eq!(find_by_handle(workspace, &["zq"]).await, std::slice::from_ref(&max.id));
}

async fn normalizes_handles(Setup { workspace, .. }: &Setup) {
    let jack = workspace.add_member("Jack", "MEMBER").await;
    let kept = rename(workspace, &jack, "J\u{30c}ack").await.unwrap();
    assert_eq!(kept["member"]["handle"], "\u{1f0}ack");
    for written in ["J\u{30c}ack", "@\u{1f0}ack", "j\u{30c}ack"] {
        assert_eq!(find_by_handle(workspace, &[written]).await, std::slice::from_ref(&jack.id), "{written}");
    }
    for wrong in ["jack_", "jack.", "jack-", "ja\u{fe0f}ck"] {
        assert_eq!(rename(workspace, &jack, wrong).await.unwrap_err(), "BAD_USER_INPUT", "{wrong}");
    }
}

async fn rejects_lookalike_handles(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let ann = workspace.add_member("Ann", "ADMIN").await;
    let ben = workspace.add_member("Ben", "MEMBER").await;
    // Cyrillic, Greek, full width, another case, a combining dot, a direction override.
    for taken in ["\u{430}nn", "ａｎｎ", "ANN", "\u{391}nn", "\u{202e}nna", "a\u{307}nn\u{200b}"] {
        let refused = rename(&workspace, &ben, taken).await.err();
        assert!(matches!(refused.as_deref(), Some("CONFLICT" | "BAD_USER_INPUT")), "{taken}: {refused:?}");
    }
    // A new member with such a name gets another handle.
    let fake = workspace.add_member("\u{410}nn", "MEMBER").await;
    let me = "query($w: ID!) { workspace(id: $w) { me { handle } } }";
    let seen = fake.execute(me, json!({ "w": workspace.id })).await;
    assert_eq!(text(&seen, "/data/workspace/me/handle"), "\u{430}nn2");
    // Whole words in another script are no lookalikes, distinguishable letters are allowed, and members may respell
    // their own handle.
    for free in ["анна", "bern", "bem", "paull", "paul1", "paul2", "ann1", "b0b"] {
        assert!(rename(&workspace, &ben, free).await.is_ok(), "{free}");
    }
    // ASCII letters and digits can be lookalikes as well.
    for (has, taken) in [("bern", "bem"), ("paul1", "paull"), ("paul1", "PaulL"), ("b0b", "bob"), ("b0b", "bOB")] {
        assert!(rename(&workspace, &ben, has).await.is_ok(), "{has}");
        let refused = rename(&workspace, &ann, taken).await.err();
        assert_eq!(refused.as_deref(), Some("CONFLICT"), "{taken} for {has}");
    }
    assert!(rename(&workspace, &ann, "\u{430}nn").await.is_ok());
    assert_eq!(rename(&workspace, &ben, "ann").await.err().as_deref(), Some("CONFLICT"));
    // The handle of a former member is free, also after a restart. A member who returns to a taken handle gets another
    // one.
    ann.mutate("leaveWorkspace", json!({ "workspaceId": workspace.id }), "seq").await;
    server.stop().await;
    let server = Server::on(store).await;
    let [ann, ben] = [ann, ben].map(|member| member.at(&server));
    assert!(rename(&workspace, &ben, "ann").await.is_ok());
    ann.mutate("acceptInvite", json!({ "token": workspace.invite }), "workspace { id }").await;
    let seen = ann.execute(me, json!({ "w": workspace.id })).await;
    assert_eq!(text(&seen, "/data/workspace/me/handle"), "ann3", "`ann2` resembles another handle");
    let controls = json!({ "input": { "workspaceId": workspace.id, "name": "A\u{202e}nn" } });
    let refused = ben.execute(&document("updateMember", "seq"), controls).await;
    assert_eq!(code(&refused).as_deref(), Some("BAD_USER_INPUT"));
    server.stop().await;
}
