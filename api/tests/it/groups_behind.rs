//! Groups of `events` that are behind their room, because they wait for a turn: who joins ahead of them, and what is
//! erased before they come to it.

use serde_json::json;

use crate::fair_turns::{all_turns, follows, next_text, owner_of, waiting};
use crate::people::{Company, server_on};
use crate::store::{Store, both};

both! {
    one_who_came_back_is_not_taken_for_one_who_leaves
    what_was_deleted_before_its_turn_is_not_rendered
}

async fn one_who_came_back_is_not_taken_for_one_who_leaves(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let vic = company.hires(&server, "Vic", "MEMBER").await;
    let mut of_ben = follows(&server, &ben, &company, "words", None).await;
    of_ben.next_of("1").await;
    let (gate, owner) = (&server.app.gates.renders, owner_of(&server, &ben).await);
    let turns = all_turns(gate, owner).await;
    let removal = json!({ "workspaceId": company.workspace, "memberId": vic.member });
    company.owner.does(&server, "removeMember", "{ seq }", removal).await;
    waiting(gate, owner, 1).await;
    // Vic is back, and further than the group that stands before the removal.
    let vic = vic.joins(&server, &company).await;
    let mut of_vic = follows(&server, &vic, &company, "words", None).await;
    of_vic.next_of("1").await;
    drop(turns);
    company.owner.sends(&server, &company, &company.general, "welcome back").await;
    assert_eq!(next_text(&mut of_ben, "words").await, "welcome back");
    assert_eq!(next_text(&mut of_vic, "words").await, "welcome back");
}

async fn what_was_deleted_before_its_turn_is_not_rendered(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let mut of_ben = follows(&server, &ben, &company, "words", None).await;
    of_ben.next_of("1").await;
    let (gate, owner) = (&server.app.gates.renders, owner_of(&server, &ben).await);
    let turns = all_turns(gate, owner).await;
    let mut sent = Vec::new();
    for words in ["first secret", "second secret"] {
        sent.push(company.owner.sends(&server, &company, &company.general, words).await.0);
    }
    waiting(gate, owner, 1).await;
    for message in sent {
        let deletion = json!({ "workspaceId": company.workspace, "messageId": message });
        company.owner.does(&server, "deleteMessage", "{ seq }", deletion).await;
    }
    drop(turns);
    assert_eq!(next_text(&mut of_ben, "words").await, "");
    assert_eq!(next_text(&mut of_ben, "words").await, "");
}
