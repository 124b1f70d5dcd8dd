//! Handles and names of channels: what reads or looks the same is one, and what is shown stays as it was given.

use serde_json::{Value, json};

use crate::people::{Company, Person, code, mutation, server_on, text};
use crate::server::Server;
use crate::store::{Store, both};

both!(channels_that_read_the_same_are_one nobody_looks_like_somebody_else who_of_those_named_is_in_a_channel the_best_fit_comes_first_in_every_list);

async fn create(server: &Server, company: &Company, name: &str) -> Value {
    let input = json!({ "input": { "workspaceId": company.workspace, "name": name } });
    company.owner.ask(server, &mutation("createChannel", "{ channel { name } }"), input).await
}

async fn channels_that_read_the_same_are_one(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    for (first, shown, same) in [
        ("\u{130}stanbul", "i\u{307}stanbul", vec!["istanbul", "ISTANBUL", "i\u{307}stanbul"]),
        ("Straße", "straße", vec!["strasse", "STRASSE", "#Strasse"]),
        ("σίγμας", "σίγμας", vec!["ΣΊΓΜΑΣ", "σίγμασ"]),
        ("Café", "café", vec!["cafe\u{301}", "CAFÉ", "ｃａｆé"]),
    ] {
        let made = create(&server, &company, first).await;
        assert_eq!(text(&made, "/data/createChannel/channel/name"), shown);
        for name in same {
            assert_eq!(code(&create(&server, &company, name).await).as_deref(), Some("CONFLICT"), "{name}");
        }
    }
    // The process that reads it from the tables knows the same.
    server.stop().await;
    let server = server_on(store).await;
    assert_eq!(code(&create(&server, &company, "STRASSE").await).as_deref(), Some("CONFLICT"));
    assert!(code(&create(&server, &company, "resume").await).is_none());
    assert!(code(&create(&server, &company, "résumé").await).is_none());
    server.stop().await;
}

async fn rename(server: &Server, company: &Company, person: &Person, handle: &str) -> Value {
    let input = json!({ "input": { "workspaceId": company.workspace, "handle": handle } });
    person.ask(server, &mutation("updateMember", "{ member { handle } }"), input).await
}

async fn nobody_looks_like_somebody_else(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ann = company.hires(&server, "Ann", "ADMIN").await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    // Cyrillic and Greek letters, full width, another case, a dot, a control that turns the direction.
    for taken in ["\u{430}nn", "ａｎｎ", "ANN", "\u{391}nn", "\u{202e}nna", "a\u{307}nn\u{200b}"] {
        let refused = code(&rename(&server, &company, &ben, taken).await);
        assert!(matches!(refused.as_deref(), Some("CONFLICT" | "BAD_USER_INPUT")), "{taken}: {refused:?}");
    }
    // Whoever is called so gets another handle.
    let fake = company.hires(&server, "\u{410}nn", "MEMBER").await;
    let me = "query($w: ID!) { workspace(id: $w) { me { handle } } }";
    let seen = fake.ask(&server, me, json!({ "w": company.workspace })).await;
    assert_eq!(text(&seen, "/data/workspace/me/handle"), "\u{430}nn2");
    // A whole word of another script is nobody's look-alike, letters that can be told apart are not refused, and one's
    // own handle may be respelled.
    for free in ["анна", "bern", "bem", "paull", "paul1", "paul2", "ann1", "b0b"] {
        assert!(code(&rename(&server, &company, &ben, free).await).is_none(), "{free}");
    }
    // Letters and digits of ASCII are taken for each other as well.
    for (has, taken) in [("bern", "bem"), ("paul1", "paull"), ("paul1", "PaulL"), ("b0b", "bob"), ("b0b", "bOB")] {
        assert!(code(&rename(&server, &company, &ben, has).await).is_none(), "{has}");
        let refused = rename(&server, &company, &ann, taken).await;
        assert_eq!(code(&refused).as_deref(), Some("CONFLICT"), "{taken} for {has}");
    }
    assert!(code(&rename(&server, &company, &ann, "\u{430}nn").await).is_none());
    assert_eq!(code(&rename(&server, &company, &ben, "ann").await).as_deref(), Some("CONFLICT"));
    // A handle that somebody left with is free, also after a restart; who comes back to it gets another one.
    ann.does(&server, "leaveWorkspace", "{ seq }", json!({ "workspaceId": company.workspace })).await;
    server.stop().await;
    let server = server_on(store).await;
    assert!(code(&rename(&server, &company, &ben, "ann").await).is_none());
    let back = json!({ "token": company.invite });
    ann.does(&server, "acceptInvite", "{ workspace { id } }", back).await;
    let seen = ann.ask(&server, me, json!({ "w": company.workspace })).await;
    assert_eq!(text(&seen, "/data/workspace/me/handle"), "ann3", "`ann2` looks like another's");
    let controls = json!({ "input": { "workspaceId": company.workspace, "name": "A\u{202e}nn" } });
    let refused = ben.ask(&server, &mutation("updateMember", "{ seq }"), controls).await;
    assert_eq!(code(&refused).as_deref(), Some("BAD_USER_INPUT"));
    server.stop().await;
}

async fn who_of_those_named_is_in_a_channel(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ann = company.hires(&server, "Ann", "MEMBER").await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let input = json!({ "input": {
        "workspaceId": company.workspace, "kind": "PRIVATE", "name": "plans", "memberIds": [ann.member],
    } });
    let made = company.owner.ask(&server, &mutation("createChannel", "{ channel { id } }"), input).await;
    let plans = text(&made, "/data/createChannel/channel/id");
    let document =
        "query($w: ID!, $c: ID!, $ids: [ID!]!) { channel(workspaceId: $w, id: $c) { membersAmong(ids: $ids) { id } } }";
    let ask = async |person: &Person, channel: &str, ids: Value| {
        let variables = json!({ "w": company.workspace, "c": channel, "ids": ids });
        person.ask(&server, document, variables).await
    };
    let nobody = "mem_01890a5d-ac96-774b-bcce-b302099a8057";
    let named = json!([ben.member, ann.member, nobody]);
    let inside = ask(&ann, &plans, named.clone()).await;
    assert_eq!(inside["data"]["channel"]["membersAmong"], json!([{ "id": ann.member }]));
    let everybody = ask(&ann, &company.general, named.clone()).await;
    assert_eq!(everybody["data"]["channel"]["membersAmong"], json!([{ "id": ann.member }, { "id": ben.member }]));
    assert_eq!(code(&ask(&ben, &plans, named).await).as_deref(), Some("NOT_FOUND"));
    assert_eq!(code(&ask(&ann, &plans, json!(vec![nobody; 101])).await).as_deref(), Some("BAD_USER_INPUT"));
    server.stop().await;
}

/// All pages of a list of the workspace that was looked for, one item at a time.
async fn paged(server: &Server, company: &Company, list: &str, search: &str) -> Vec<String> {
    let query = format!(
        "query($w: ID!, $s: String!, $after: String) {{ workspace(id: $w) {{ {list}(first: 1, after: $after, \
         search: $s) {{ nodes {{ name }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
    );
    let (mut names, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "w": company.workspace, "s": search, "after": after });
        let page = company.owner.ask(server, &query, variables).await["data"]["workspace"][list].clone();
        names.extend(page["nodes"].as_array().unwrap().iter().map(|node| text(node, "/name")));
        if page["pageInfo"]["hasNextPage"] != true {
            return names;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

async fn the_best_fit_comes_first_in_every_list(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    for name in ["Aaron Johann", "Beth Annan", "Anna Zorn"] {
        company.hires(&server, name, "MEMBER").await;
    }
    let zoe = company.hires(&server, "Zoe", "MEMBER").await;
    assert!(code(&rename(&server, &company, &zoe, "ann").await).is_none());
    let best = ["Zoe", "Anna Zorn", "Beth Annan", "Aaron Johann"];
    assert_eq!(paged(&server, &company, "members", "@Ann").await, best);
    for name in ["a-plan", "explanation", "plan", "planet"] {
        assert!(code(&create(&server, &company, name).await).is_none());
    }
    assert_eq!(paged(&server, &company, "channels", "#plan").await, ["plan", "planet", "a-plan", "explanation"]);
    let switcher = "query($w: ID!, $t: String!) { switcher(workspaceId: $w, text: $t, first: 2) { \
                    ... on Member { handle } ... on Channel { title: name } } }";
    for (typed, handle) in [("@ann", json!({ "handle": "ann" })), ("#plan", json!({ "title": "plan" }))] {
        let found = company.owner.ask(&server, switcher, json!({ "w": company.workspace, "t": typed })).await;
        assert_eq!(found["data"]["switcher"][0], handle, "{found}");
    }
    server.stop().await;
}
