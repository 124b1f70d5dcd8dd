//! The order of name matches in member lists, channel lists and the switcher.

use serde_json::{Value, json};

use crate::support::server::Server;
use crate::support::store::{Store, both};
use crate::support::workspace::{Workspace, start_server, text};

both! { ranks_the_best_match_first_in_every_list }

/// All pages of a filtered list of the workspace, one item each.
async fn all_pages(server: &Server, workspace: &Workspace, list: &str, search: &str) -> Vec<String> {
    let query = format!(
        "query($w: ID!, $s: String!, $after: String) {{ workspace(id: $w) {{ {list}(first: 1, after: $after, \
         search: $s) {{ nodes {{ name }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
    );
    let (mut names, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "w": workspace.id, "s": search, "after": after });
        let page = workspace.owner.execute(server, &query, variables).await["data"]["workspace"][list].clone();
        names.extend(page["nodes"].as_array().unwrap().iter().map(|node| text(node, "/name")));
        if page["pageInfo"]["hasNextPage"] != true {
            return names;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

async fn ranks_the_best_match_first_in_every_list(store: &Store) {
    let server = start_server(store).await;
    let workspace = Workspace::create(&server).await;
    for name in ["Aaron Johann", "Beth Annan", "Anna Zorn"] {
        workspace.add_member(&server, name, "MEMBER").await;
    }
    let zoe = workspace.add_member(&server, "Zoe", "MEMBER").await;
    let input = json!({ "workspaceId": workspace.id, "handle": "ann" });
    zoe.mutate(&server, "updateMember", "{ seq }", input).await;
    let best = ["Zoe", "Anna Zorn", "Beth Annan", "Aaron Johann"];
    assert_eq!(all_pages(&server, &workspace, "members", "@Ann").await, best);
    for name in ["a-plan", "explanation", "plan", "planet"] {
        let input = json!({ "workspaceId": workspace.id, "name": name });
        workspace.owner.mutate(&server, "createChannel", "{ seq }", input).await;
    }
    assert_eq!(all_pages(&server, &workspace, "channels", "#plan").await, ["plan", "planet", "a-plan", "explanation"]);
    let switcher = "query($w: ID!, $t: String!) { switcher(workspaceId: $w, text: $t, first: 2) { \
                    ... on Member { handle } ... on Channel { title: name } } }";
    for (typed, handle) in [("@ann", json!({ "handle": "ann" })), ("#plan", json!({ "title": "plan" }))] {
        let found = workspace.owner.execute(&server, switcher, json!({ "w": workspace.id, "t": typed })).await;
        assert_eq!(found["data"]["switcher"][0], handle, "{found}");
    }
    server.stop().await;
}
