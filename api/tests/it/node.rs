//! IDs: each names its type and its workspace, so `node` and `nodes` find every object by its ID alone.

mod cost;
mod fleet;

use std::collections::{BTreeMap, BTreeSet};

use api::ground::id::{ChannelId, MessageId};
use serde_json::{Value, json};

use crate::support::{
    Client, End, Feed, Member, Schema, Server, Setup, Store, Uploader, Workspace, append_unsupported, both, code,
    document, new_id, png, text,
};

both! {
    finds_every_object_by_its_id
    finds_objects_of_several_workspaces
    finds_only_read_states_of_the_viewer
    a_refused_workspace_costs_only_its_own_objects
    foreign_workspaces_are_not_loaded
    pages_through_a_node
    rejects_malformed_ids
    treats_ids_of_other_workspaces_as_missing
}

const NODES: &str = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";

async fn nodes(user: &Member, ids: &[&str]) -> Value {
    let response = user.execute(NODES, json!({ "ids": ids })).await;
    assert!(code(&response).is_none(), "{response}");
    response["data"]["nodes"].clone()
}

/// The ID of one object of each type, all visible to `user`, who is an admin and not the author of the messages.
async fn one_of_each_type(server: &Server, workspace: &Workspace, user: &Member) -> BTreeMap<&'static str, String> {
    let owner = workspace.owner();
    let client = Client::new(server.address).signed_in(user.token());
    let uploader = Uploader { client: &client, workspace: &workspace.id };
    let (root, _) = owner.send_message(&workspace.general, "<!channel> hello").await;
    let reply = json!({ "channelId": workspace.general, "threadId": root, "text": "yes" });
    owner.mutate("sendMessage", reply, "seq").await;
    let file = text(&uploader.upload("face.png", &png(9, 9, "")).await.unwrap(), "/id");
    let upload = text(&uploader.create("b.png", &png(9, 9, "")).await.unwrap(), "/id");
    let emoji = json!({ "workspaceId": workspace.id, "name": "face", "fileId": file });
    let emoji = user.mutate("createEmoji", emoji, "emoji { id }").await;
    let search = json!({ "workspaceId": workspace.id, "name": "mine", "query": "hello" });
    let search = user.mutate("createSavedSearch", search, "savedSearch { id }").await;
    let query = "query($w: ID!, $m: ID!) {
        viewer { account { id } session { id } }
        workspace(id: $w) { id me { id } invites { id } notifications(last: 1) { nodes { id message { id } } } }
        message(id: $m) { thread { id root { id } } } }";
    let found = user.execute(query, json!({ "w": workspace.id, "m": root })).await;
    assert_eq!(found["data"]["message"]["thread"]["root"]["id"], json!(root));
    assert_eq!(text(&found, "/data/workspace/notifications/nodes/0/message/id"), root);
    BTreeMap::from([
        ("Account", text(&found, "/data/viewer/account/id")),
        ("Session", text(&found, "/data/viewer/session/id")),
        ("Workspace", workspace.id.clone()),
        ("Member", text(&found, "/data/workspace/me/id")),
        ("Invite", text(&found, "/data/workspace/invites/0/id")),
        ("Channel", workspace.general.clone()),
        ("ReadState", format!("rst_{}", &workspace.general[4..])),
        ("Message", root.clone()),
        ("Thread", text(&found, "/data/message/thread/id")),
        ("Notification", text(&found, "/data/workspace/notifications/nodes/0/id")),
        ("File", file),
        ("Upload", upload),
        ("Emoji", text(&emoji, "/emoji/id")),
        ("SavedSearch", text(&search, "/savedSearch/id")),
    ])
}

async fn finds_every_object_by_its_id(Setup { server, workspace, .. }: &Setup) {
    let admin = workspace.add_member("Ada", "ADMIN").await;
    let ids = one_of_each_type(server, workspace, &admin).await;
    // Every type with an ID implements `Node`, has its own prefix, and is covered here. No two types share an ID, as
    // normalized caches require: snapshots name theirs `messageId`.
    let schema = Schema::of(server).await;
    let has_id = |of: &&str| schema.fields(of).iter().any(|field| field.name == "id" && field.of == "ID");
    let with_id: BTreeSet<&str> = schema.objects().filter(has_id).collect();
    assert_eq!(with_id, ids.keys().copied().collect());
    assert_eq!(with_id, schema.members("Node").iter().map(String::as_str).collect());
    let prefixes: BTreeSet<&str> = ids.values().map(|id| &id[..4]).collect();
    assert_eq!(prefixes.len(), ids.len(), "{ids:?}");
    for (of, id) in &ids {
        let query = "query($id: ID!) { node(id: $id) { __typename id } }";
        let found = admin.execute(query, json!({ "id": id })).await;
        assert_eq!(found["data"]["node"], json!({ "__typename": of, "id": id }), "{found}");
        let in_workspace = id[4..].starts_with(&workspace.id[4..]);
        assert!(in_workspace || matches!(*of, "Account" | "Session"), "{of}: {id}");
    }
    let expected: Vec<Value> = ids.iter().map(|(of, id)| json!({ "__typename": of, "id": id })).collect();
    assert_eq!(nodes(&admin, &ids.values().map(String::as_str).collect::<Vec<_>>()).await, json!(expected));
}

async fn finds_objects_of_several_workspaces(store: &Store) {
    let server = Server::on(store).await;
    let one = Workspace::create(&server).await;
    let ann = one.add_member("Ann", "MEMBER").await;
    let two = ann.create_workspace("Two").await;
    let foreign = one.owner().create_workspace("Foreign").await;
    let (first, _) = one.owner().send_message(&one.general, "first").await;
    let (second, _) = two.owner().send_message(&two.general, "second").await;
    let (hidden, _) = foreign.owner().send_message(&foreign.general, "hidden").await;
    let missing = new_id::<MessageId>(&one.id);
    let ids = [&*second, &first, &hidden, &missing, &two.general, &foreign.general, &one.id, &first];
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on Message { text author { id } }
        ... on Channel { name messages(last: 1) { nodes { text } } } ... on Workspace { me { id } } } }";
    let response = ann.execute(query, json!({ "ids": ids })).await;
    let message =
        |words: &str, author: &Member| json!({ "__typename": "Message", "text": words, "author": { "id": author.id } });
    let expected = json!([
        message("second", two.owner()),
        message("first", one.owner()),
        null,
        null,
        { "__typename": "Channel", "name": "general", "messages": { "nodes": [{ "text": "second" }] } },
        null,
        { "__typename": "Workspace", "me": { "id": ann.id } },
        message("first", one.owner()),
    ]);
    assert_eq!(response["data"]["nodes"], expected, "{response}");
    let many = vec![&*first; 101];
    let refused = ann.execute(NODES, json!({ "ids": many })).await;
    assert_eq!(code(&refused).as_deref(), Some("BAD_USER_INPUT"), "{refused}");
    assert_eq!(nodes(&ann, &many[..100]).await.as_array().unwrap().len(), 100);
    server.stop().await;
}

/// Each member has their own under the same ID.
async fn finds_only_read_states_of_the_viewer(Setup { workspace, .. }: &Setup) {
    let ann = workspace.add_member("Ann", "MEMBER").await;
    let secret = workspace.create_private_channel("secret", &[]).await;
    for channel in [&workspace.general, &secret] {
        workspace.owner().send_message(channel, "hello").await;
    }
    let ids: Vec<String> = [&workspace.general, &secret].iter().map(|id| format!("rst_{}", &id[4..])).collect();
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on ReadState { unreadCount } } }";
    let unread = |id: &str, count: i64| json!({ "id": id, "unreadCount": count });
    let mine = ann.execute(query, json!({ "ids": ids })).await;
    assert_eq!(mine["data"]["nodes"], json!([unread(&ids[0], 1), null]), "{mine}");
    let of_the_owner = workspace.owner().execute(query, json!({ "ids": ids })).await;
    assert_eq!(of_the_owner["data"]["nodes"], json!([unread(&ids[0], 0), unread(&ids[1], 0)]), "{of_the_owner}");
}

async fn a_refused_workspace_costs_only_its_own_objects(Setup { store, workspace: one, .. }: &Setup) {
    let two = one.owner().create_workspace("Two").await;
    let guest = one.register("Guest").await;
    append_unsupported(store, one.parsed_id()).await;
    let ids = [&*one.general, &two.general, &two.id];
    for _ in 0..2 {
        let found = one.owner().execute(NODES, json!({ "ids": ids })).await;
        let expected =
            json!([null, { "__typename": "Channel", "id": two.general }, { "__typename": "Workspace", "id": two.id }]);
        assert_eq!(found["data"]["nodes"], expected, "{found}");
        assert_eq!((code(&found).as_deref(), &found["errors"][0]["path"]), (Some("UNAVAILABLE"), &json!(["nodes", 0])));
        // Others learn nothing of it.
        assert_eq!(nodes(&guest, &ids).await, json!([null, null, null]));
        assert_hidden(&guest, one).await;
    }
}

/// Asserts that a workspace answers a stranger as if it did not exist, whatever they request.
async fn assert_hidden(stranger: &Member, workspace: &Workspace) {
    let query = "query($id: ID!) { workspace(id: $id) { id } }";
    let found = stranger.execute(query, json!({ "id": workspace.id })).await;
    assert_eq!(code(&found).as_deref(), Some("NOT_FOUND"), "{found}");
    for (name, input) in [
        ("sendMessage", json!({ "channelId": workspace.general, "text": "hello" })),
        ("joinChannel", json!({ "channelId": workspace.general })),
        ("setActivity", json!({ "workspaceId": workspace.id, "activity": "IDLE" })),
    ] {
        let refused = stranger.try_mutate(name, &input, "__typename").await;
        assert_eq!(refused.map(drop), Err("NOT_FOUND".into()), "{name}");
    }
    let mut feed = Feed::socket(stranger, workspace, 0).await;
    assert_eq!(feed.rest().await, (Vec::new(), End::Error("NOT_FOUND".into())));
}

/// Loading would reveal by its duration that a workspace exists.
async fn foreign_workspaces_are_not_loaded(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let guest = workspace.register("Guest").await;
    server.stop().await;
    let server = Server::on(store).await;
    let (workspace, guest) = (workspace.at(&server), guest.at(&server));
    let is_loaded = || server.app.logs.peek(workspace.parsed_id()).is_some();
    assert_eq!(nodes(&guest, &[&workspace.general]).await, json!([null]));
    assert_hidden(&guest, &workspace).await;
    assert!(!is_loaded());
    assert_ne!(nodes(workspace.owner(), &[&workspace.general]).await, json!([null]));
    assert!(is_loaded());
    server.stop().await;
}

/// As Relay generates it for a refetchable fragment on `Channel`.
async fn pages_through_a_node(Setup { workspace, .. }: &Setup) {
    let owner = workspace.owner();
    for words in ["one", "two", "three", "four", "five"] {
        owner.send_message(&workspace.general, words).await;
    }
    let query = "query ChannelMessagesPaginationQuery($id: ID!, $count: Int = 2, $cursor: String) {
        node(id: $id) { __typename ...ChannelMessages id } }
        fragment ChannelMessages on Channel { messages(first: $count, after: $cursor) {
            edges { node { id text __typename } cursor } pageInfo { endCursor hasNextPage } } id }";
    let (mut read, mut cursor) = (Vec::new(), Value::Null);
    loop {
        let page = owner.execute(query, json!({ "id": workspace.general, "cursor": cursor })).await;
        let messages = page["data"]["node"]["messages"].clone();
        read.extend(messages["edges"].as_array().unwrap().iter().map(|edge| text(edge, "/node/text")));
        cursor = messages["pageInfo"]["endCursor"].clone();
        if messages["pageInfo"]["hasNextPage"] == false {
            break;
        }
    }
    assert_eq!(read, ["one", "two", "three", "four", "five"]);
}

async fn rejects_malformed_ids(Setup { workspace, .. }: &Setup) {
    let owner = workspace.owner();
    let id = &workspace.general;
    let query = "query($id: ID!) { channel(id: $id) { id } }";
    assert_eq!(text(&owner.execute(query, json!({ "id": id })).await, "/data/channel/id"), *id);
    let (upper, short, long) = (id.to_uppercase(), &id[..55], format!("{id}0"));
    let (shouted, another) = (format!("chn_{}", &upper[4..]), id.replace("chn_", "msg_"));
    let own = format!("chn_{}", &id[30..]);
    for wrong in ["", "chn_", &*upper, short, &long, &shouted, &another, &own, &workspace.id] {
        let refused = owner.execute(query, json!({ "id": wrong })).await;
        assert_eq!(code(&refused).as_deref(), Some("BAD_USER_INPUT"), "{wrong}: {refused}");
        assert_eq!(text(&refused, "/errors/0/extensions/field"), "id");
        assert!(text(&refused, "/errors/0/message").contains("expected chn_ followed by 52"), "{refused}");
    }
    for wrong in ["", "chn_", "nosuch", "cmd_01h455vb4pex5vsknk084sn02q"] {
        let refused = owner.execute(NODES, json!({ "ids": [wrong] })).await;
        assert_eq!(code(&refused).as_deref(), Some("BAD_USER_INPUT"), "{wrong}: {refused}");
    }
}

/// Also if the caller is a member of both workspaces.
async fn treats_ids_of_other_workspaces_as_missing(store: &Store) {
    let server = Server::on(store).await;
    let one = Workspace::create(&server).await;
    let two = one.owner().create_workspace("Two").await;
    let owner = one.owner();
    let (message, _) = owner.send_message(&two.general, "hello").await;
    let missing = new_id::<MessageId>(&two.id);
    let attempt = async |name: &str, input: Value| owner.try_mutate(name, &input, "__typename").await.map(drop);
    let guest = one.add_member("Guest", "MEMBER").await;
    for id in [&message, &missing, &new_id::<MessageId>(&one.id)] {
        for name in ["deleteMessage", "markUnread"] {
            let refused = guest.execute(&document(name, "__typename"), json!({ "input": { "messageId": id } })).await;
            assert_eq!(code(&refused).as_deref(), Some("NOT_FOUND"), "{name}: {refused}");
        }
    }
    let send = async |more: Value| {
        let mut input = json!({ "channelId": one.general, "text": format!("<@{}>", two.owner().id) });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        attempt("sendMessage", input).await
    };
    assert_eq!(send(json!({ "threadId": message })).await, Err("NOT_FOUND".into()));
    assert_eq!(send(json!({ "id": missing })).await, Err("BAD_USER_INPUT".into()));
    let create = async |more: Value| {
        let mut input = json!({ "workspaceId": one.id, "name": "x" });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        attempt("createChannel", input).await
    };
    assert_eq!(create(json!({ "id": new_id::<ChannelId>(&two.id) })).await, Err("BAD_USER_INPUT".into()));
    assert_eq!(create(json!({ "memberIds": [two.owner().id] })).await, Err("NOT_FOUND".into()));
    // A mention of the same person in another workspace is text.
    assert_eq!(send(json!({})).await, Ok(()));
    let query = "query($c: ID!) { channel(id: $c) { messages(last: 1) { nodes { mentionedIds } } } }";
    let found = owner.execute(query, json!({ "c": one.general })).await;
    assert_eq!(found["data"]["channel"]["messages"]["nodes"], json!([{ "mentionedIds": [] }]));
    server.stop().await;
}
