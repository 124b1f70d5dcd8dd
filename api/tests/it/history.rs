//! Pages of a channel's history around a position of the log: what a client opens at the end of what is read.

use serde_json::{Value, json};

use crate::client::Failure;
use crate::server::Server;
use crate::store::{Store, both};
use crate::team::Team;

both! { a_page_stands_around_a_position }

const PAGE: &str = "query($w: ID!, $c: ID!, $first: Int, $seq: Seq, $last: Int, $around: ID) {
  channel(workspaceId: $w, id: $c) {
    messages(first: $first, aroundSeq: $seq, last: $last, around: $around) {
      nodes { seq } pageInfo { hasPreviousPage hasNextPage } } } }";

async fn a_page_stands_around_a_position(store: &Store) {
    let server = Server::start_at(store).await;
    let team = Team::begin(server.address, 1).await;
    let client = &team.owner().client;
    let mut sent = Vec::new();
    for text in ["a", "b", "c", "d", "e", "f"] {
        let input = json!({ "workspaceId": team.workspace, "channelId": team.general, "text": text });
        sent.push(client.must("sendMessage", input, "seq").await["seq"].as_i64().unwrap());
    }
    let ask = async |more: Value| {
        let mut variables = json!({ "w": team.workspace, "c": team.general });
        variables.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        client.ask(PAGE, variables).await
    };
    let page = async |first: i32, seq: i64| {
        let answer = ask(json!({ "first": first, "seq": seq })).await.unwrap();
        let page = &answer["channel"]["messages"];
        let seqs: Vec<i64> =
            page["nodes"].as_array().unwrap().iter().map(|node| node["seq"].as_i64().unwrap()).collect();
        let more = |side: &str| page["pageInfo"][side].as_bool().unwrap();
        (seqs, more("hasPreviousPage"), more("hasNextPage"))
    };
    assert_eq!(page(4, sent[2]).await, (sent[0..4].to_vec(), false, true));
    assert_eq!(page(2, sent[3]).await, (sent[2..4].to_vec(), true, true));
    // Before everything, and behind the newest, where no message stands.
    assert_eq!(page(2, 0).await, (sent[0..2].to_vec(), false, true));
    assert_eq!(page(4, sent[5] + 1).await, (sent[4..6].to_vec(), true, false));
    assert_eq!(page(4, (1 << 53) - 1).await, (sent[4..6].to_vec(), true, false));
    for wrong in
        [json!({ "seq": 1, "last": 2 }), json!({ "seq": 1, "around": "msg_x" }), json!({ "seq": 1, "first": 101 })]
    {
        let refused = ask(wrong).await;
        assert!(matches!(&refused, Err(Failure::Refused { code, .. }) if code == "BAD_USER_INPUT"), "{refused:?}");
    }
    server.stop().await;
}
