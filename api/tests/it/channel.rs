//! Channels: equivalent names, renaming, topics, filtering members by id, and pages of history around a position in the
//! log.

use api::ground::id::MemberId;
use serde_json::{Value, json};

use crate::support::{
    Feed, Member, RequestError, Server, Setup, Store, Workspace, both, code, document, new_id, number, text,
};

both! {
    rejects_equivalent_channel_names
    a_private_name_reaches_only_members_of_the_channel
    creators_rename_and_members_set_the_topic
    new_members_join_the_renamed_first_channel
    filters_members_of_a_channel_by_id
    pages_around_a_log_position
}

async fn create(workspace: &Workspace, name: &str) -> Value {
    let input = json!({ "input": { "workspaceId": workspace.id, "name": name } });
    workspace.owner().execute(&document("createChannel", "seq channel { name }"), input).await
}

async fn rejects_equivalent_channel_names(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    for (first, shown, same) in [
        ("\u{130}stanbul", "i\u{307}stanbul", vec!["istanbul", "ISTANBUL", "i\u{307}stanbul"]),
        ("Straße", "straße", vec!["strasse", "STRASSE", "#Strasse"]),
        ("σίγμας", "σίγμας", vec!["ΣΊΓΜΑΣ", "σίγμασ"]),
        ("Café", "café", vec!["cafe\u{301}", "CAFÉ", "ｃａｆé"]),
    ] {
        let created = create(&workspace, first).await;
        assert_eq!(text(&created, "/data/createChannel/channel/name"), shown);
        for name in same {
            assert_eq!(code(&create(&workspace, name).await).as_deref(), Some("CONFLICT"), "{name}");
        }
    }
    // A process that loads the workspace from the tables agrees.
    server.stop().await;
    let server = Server::on(store).await;
    let workspace = workspace.at(&server);
    assert_eq!(code(&create(&workspace, "STRASSE").await).as_deref(), Some("CONFLICT"));
    assert!(code(&create(&workspace, "resume").await).is_none());
    assert!(code(&create(&workspace, "résumé").await).is_none());
    server.stop().await;
}

async fn a_private_name_reaches_only_members_of_the_channel(Setup { workspace, .. }: &Setup) {
    let ann = workspace.add_member("Ann", "MEMBER").await;
    let ben = workspace.add_member("Ben", "ADMIN").await;
    let plans = workspace.create_private_channel("plans", &[&ann]).await;
    let before = workspace.seq().await;
    let mut feeds = Vec::new();
    for user in [&ann, &ben] {
        feeds.push(Feed::socket(user, workspace, before).await);
    }
    let change = async |mutation: &str, more: Value| {
        let mut input = json!({ "channelId": plans });
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        workspace.owner().mutate(mutation, input, "seq").await
    };
    change("renameChannel", json!({ "name": "merger" })).await;
    change("setChannelTopic", json!({ "topic": "who buys whom" })).await;
    change("archiveChannel", json!({})).await;
    // An event that everybody receives ends the comparison, live and caught up.
    let end = number(&create(workspace, "end").await, "/data/createChannel/seq");
    for user in [&ann, &ben] {
        feeds.push(Feed::socket(user, workspace, before).await);
    }
    for (number, feed) in feeds.iter_mut().enumerate() {
        let events = feed.up_to(end).await;
        let is_ann = number % 2 == 0;
        assert_eq!(events.len(), if is_ann { 4 } else { 1 }, "{events:?}");
        if is_ann {
            let last = &events[2];
            assert_eq!((&last["__typename"], &last["channel"]["name"]), (&json!("ChannelUpdated"), &json!("merger")));
            assert_eq!(
                (&last["channel"]["topic"], &last["at"]),
                (&json!("who buys whom"), &last["channel"]["archivedAt"])
            );
        }
    }
}

async fn creators_rename_and_members_set_the_topic(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let [ann, ben] = workspace.add_members(["Ann", "Ben"]).await;
    let input = json!({ "workspaceId": workspace.id, "name": "plans", "memberIds": [ben.id] });
    let plans = text(&ann.mutate("createChannel", input, "channel { id }").await, "/channel/id");
    let change = async |user: &Member, mutation: &str, field: &str, value: &str| {
        let input = json!({ "channelId": plans, field: value });
        user.try_mutate(mutation, &input, "seq channel { name topic creatorId }").await
    };
    let renamed = change(&ann, "renameChannel", "name", "  #Big Plans ").await.unwrap();
    let creator = &ann.id;
    assert_eq!(renamed["channel"], json!({ "name": "big-plans", "topic": "", "creatorId": creator }));
    assert_eq!(change(&ben, "renameChannel", "name", "mine").await, Err("FORBIDDEN".into()));
    let described = change(&ben, "setChannelTopic", "topic", " next year ").await.unwrap();
    assert_eq!(described["channel"]["topic"], "next year");
    assert_eq!(change(&ben, "setChannelTopic", "topic", &"x".repeat(251)).await, Err("BAD_USER_INPUT".into()));
    assert_eq!(change(&ann, "renameChannel", "name", "General").await, Err("CONFLICT".into()));
    assert_eq!(change(&ann, "renameChannel", "name", " ").await, Err("BAD_USER_INPUT".into()));
    // Without a change there is no event.
    let seq = workspace.seq().await;
    change(&ann, "renameChannel", "name", "BIG plans").await.unwrap();
    change(&ben, "setChannelTopic", "topic", "next year").await.unwrap();
    assert_eq!(workspace.seq().await, seq);
    let cleared = change(&ben, "setChannelTopic", "topic", " ").await.unwrap();
    assert_eq!(cleared["channel"]["topic"], "");
    // The former name is free, also in a process that loads the workspace from the tables.
    server.stop().await;
    let server = Server::on(store).await;
    let workspace = workspace.at(&server);
    assert_eq!(code(&create(&workspace, "BIG-plans").await).as_deref(), Some("CONFLICT"));
    assert_eq!(code(&create(&workspace, "plans").await), None);
    server.stop().await;
}

async fn new_members_join_the_renamed_first_channel(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    workspace.owner().mutate("renameChannel", json!({ "channelId": workspace.general, "name": "lobby" }), "seq").await;
    create(&workspace, "general").await;
    let joins_lobby = async |workspace: &Workspace, name: &str| {
        let user = workspace.add_member(name, "MEMBER").await;
        let boot = "query($w: ID!) { boot(workspaceId: $w) { channels { id name } } }";
        let boot = user.execute(boot, json!({ "w": workspace.id })).await;
        assert_eq!(boot["data"]["boot"]["channels"], json!([{ "id": workspace.general, "name": "lobby" }]), "{name}");
    };
    joins_lobby(&workspace, "Ann").await;
    server.stop().await;
    // A process that loads the workspace from the tables knows the first channel too.
    let server = Server::on(store).await;
    joins_lobby(&workspace.at(&server), "Ben").await;
    server.stop().await;
}

async fn filters_members_of_a_channel_by_id(Setup { workspace, .. }: &Setup) {
    let [ann, ben] = workspace.add_members(["Ann", "Ben"]).await;
    let input = json!({ "input": {
        "workspaceId": workspace.id, "kind": "PRIVATE", "name": "plans", "memberIds": [ann.id],
    } });
    let created = workspace.owner().execute(&document("createChannel", "channel { id }"), input).await;
    let plans = text(&created, "/data/createChannel/channel/id");
    let document = "query($c: ID!, $ids: [ID!]!) { channel(id: $c) { membersAmong(ids: $ids) { id } } }";
    let ask = async |user: &Member, channel: &str, ids: Value| {
        let variables = json!({ "c": channel, "ids": ids });
        user.execute(document, variables).await
    };
    let missing_member = new_id::<MemberId>(&workspace.id);
    let named = json!([ben.id, ann.id, missing_member]);
    let among_plans = ask(&ann, &plans, named.clone()).await;
    assert_eq!(among_plans["data"]["channel"]["membersAmong"], json!([{ "id": ann.id }]));
    let among_general = ask(&ann, &workspace.general, named.clone()).await;
    assert_eq!(among_general["data"]["channel"]["membersAmong"], json!([{ "id": ann.id }, { "id": ben.id }]));
    assert_eq!(code(&ask(&ben, &plans, named).await).as_deref(), Some("NOT_FOUND"));
    assert_eq!(code(&ask(&ann, &plans, json!(vec![missing_member; 101])).await).as_deref(), Some("BAD_USER_INPUT"));
}

const PAGE: &str = "query($c: ID!, $first: Int, $seq: Seq, $last: Int, $around: ID) {
  channel(id: $c) {
    messages(first: $first, aroundSeq: $seq, last: $last, around: $around) {
      nodes { seq } pageInfo { hasPreviousPage hasNextPage } } } }";

async fn pages_around_a_log_position(Setup { workspace, .. }: &Setup) {
    let client = &workspace.owner().client;
    let mut sent = Vec::new();
    for text in ["a", "b", "c", "d", "e", "f"] {
        let input = json!({ "channelId": workspace.general, "text": text });
        sent.push(client.mutate("sendMessage", input, "seq").await["seq"].as_i64().unwrap());
    }
    let ask = async |more: Value| {
        let mut variables = json!({ "c": workspace.general });
        variables.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.try_query(PAGE, variables).await
    };
    let page = async |first: i32, seq: i64| {
        let response = ask(json!({ "first": first, "seq": seq })).await.unwrap();
        let page = &response["channel"]["messages"];
        let seqs: Vec<i64> =
            page["nodes"].as_array().unwrap().iter().map(|node| node["seq"].as_i64().unwrap()).collect();
        let more = |side: &str| page["pageInfo"][side].as_bool().unwrap();
        (seqs, more("hasPreviousPage"), more("hasNextPage"))
    };
    assert_eq!(page(4, sent[2]).await, (sent[0..4].to_vec(), false, true));
    assert_eq!(page(2, sent[3]).await, (sent[2..4].to_vec(), true, true));
    // Before the first message, and beyond the newest, where no message exists.
    assert_eq!(page(2, 0).await, (sent[0..2].to_vec(), false, true));
    assert_eq!(page(4, sent[5] + 1).await, (sent[4..6].to_vec(), true, false));
    assert_eq!(page(4, (1 << 53) - 1).await, (sent[4..6].to_vec(), true, false));
    for wrong in
        [json!({ "seq": 1, "last": 2 }), json!({ "seq": 1, "around": "msg_x" }), json!({ "seq": 1, "first": 101 })]
    {
        let refused = ask(wrong).await;
        assert!(
            matches!(&refused, Err(RequestError::Rejected { code, .. }) if code == "BAD_USER_INPUT"),
            "{refused:?}"
        );
    }
}
