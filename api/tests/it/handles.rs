//! Members by their handles, as one writes them: exactly who is called so, and nobody else.

use serde_json::{Value, json};

use crate::people::{Company, Person, code, server_on};
use crate::server::Server;
use crate::store::{Store, both};

both! { a_handle_is_looked_up_as_such }
both! { a_handle_has_one_form }

const ASK: &str = "query($w: ID!, $h: [String!]) { members(workspaceId: $w, ids: [], handles: $h) { id } }";

async fn called(server: &Server, company: &Company, handles: &[&str]) -> Vec<String> {
    let variables = json!({ "w": company.workspace, "h": handles });
    let answer = company.owner.ask(server, ASK, variables).await;
    let found = answer["data"]["members"].as_array().unwrap_or_else(|| panic!("{answer}"));
    found.iter().map(|member| member["id"].as_str().unwrap().to_owned()).collect()
}

async fn renames(server: &Server, company: &Company, person: &Person, handle: &str) -> Result<Value, String> {
    let input = json!({ "workspaceId": company.workspace, "handle": handle });
    person.tries(server, "updateMember", "{ member { handle } }", input).await
}

async fn a_handle_is_looked_up_as_such(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let max = company.hires(&server, "Max", "MEMBER").await;
    let zoe = company.hires(&server, "Zoe", "MEMBER").await;
    renames(&server, &company, &max, "zq-max").await.unwrap();
    renames(&server, &company, &zoe, "zq").await.unwrap();
    assert_eq!(
        called(&server, &company, &["@ZQ", "z", "nobody", "not a handle"]).await,
        std::slice::from_ref(&zoe.member)
    );
    assert_eq!(called(&server, &company, &["zq-max", "zq"]).await, [max.member.clone(), zoe.member.clone()]);
    let many = vec!["zq"; 101];
    let refused = company.owner.ask(&server, ASK, json!({ "w": company.workspace, "h": many })).await;
    assert_eq!(code(&refused).as_deref(), Some("BAD_USER_INPUT"));
    let left = json!({ "workspaceId": company.workspace, "memberId": zoe.member });
    company.owner.does(&server, "removeMember", "{ seq }", left).await;
    assert!(called(&server, &company, &["zq"]).await.is_empty(), "who has left is not called so");
    renames(&server, &company, &max, "zq").await.unwrap();
    assert_eq!(called(&server, &company, &["zq"]).await, std::slice::from_ref(&max.member));
    server.stop().await;
}

async fn a_handle_has_one_form(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let jack = company.hires(&server, "Jack", "MEMBER").await;
    let kept = renames(&server, &company, &jack, "J\u{30c}ack").await.unwrap();
    assert_eq!(kept["member"]["handle"], "\u{1f0}ack");
    for written in ["J\u{30c}ack", "@\u{1f0}ack", "j\u{30c}ack"] {
        assert_eq!(called(&server, &company, &[written]).await, std::slice::from_ref(&jack.member), "{written}");
    }
    for wrong in ["jack_", "jack.", "jack-", "ja\u{fe0f}ck"] {
        assert_eq!(renames(&server, &company, &jack, wrong).await.unwrap_err(), "BAD_USER_INPUT", "{wrong}");
    }
    server.stop().await;
}
