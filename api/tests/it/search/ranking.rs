//! The order of name matches in member lists, channel lists and the switcher.

use serde_json::{Value, json};

use crate::support::{Setup, Workspace, both, text};

both! { ranks_the_best_match_first_in_every_list }

/// All pages of a filtered list of the workspace, one item each.
async fn all_pages(workspace: &Workspace, list: &str, search: &str) -> Vec<String> {
    let query = format!(
        "query($w: ID!, $s: String!, $after: String) {{ workspace(id: $w) {{ {list}(first: 1, after: $after, \
         search: $s) {{ nodes {{ name }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
    );
    let (mut names, mut after) = (Vec::new(), Value::Null);
    loop {
        let variables = json!({ "w": workspace.id, "s": search, "after": after });
        let page = workspace.owner().execute(&query, variables).await["data"]["workspace"][list].clone();
        names.extend(page["nodes"].as_array().unwrap().iter().map(|node| text(node, "/name")));
        if page["pageInfo"]["hasNextPage"] != true {
            return names;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

async fn ranks_the_best_match_first_in_every_list(Setup { workspace, .. }: &Setup) {
    for name in ["Aaron Johann", "Beth Annan", "Anna Zorn"] {
        workspace.add_member(name, "MEMBER").await;
    }
    let zoe = workspace.add_member("Zoe", "MEMBER").await;
    zoe.mutate("updateMember", json!({ "workspaceId": workspace.id, "handle": "ann" }), "seq").await;
    let best = ["Zoe", "Anna Zorn", "Beth Annan", "Aaron Johann"];
    assert_eq!(all_pages(workspace, "members", "@Ann").await, best);
    for name in ["a-plan", "explanation", "plan", "planet"] {
        workspace.owner().mutate("createChannel", json!({ "workspaceId": workspace.id, "name": name }), "seq").await;
    }
    assert_eq!(all_pages(workspace, "channels", "#plan").await, ["plan", "planet", "a-plan", "explanation"]);
    let switcher = "query($w: ID!, $t: String!) { switcher(workspaceId: $w, text: $t, first: 2) { \
                    ... on Member { handle } ... on Channel { title: name } } }";
    for (typed, handle) in [("@ann", json!({ "handle": "ann" })), ("#plan", json!({ "title": "plan" }))] {
        let found = workspace.owner().execute(switcher, json!({ "w": workspace.id, "t": typed })).await;
        assert_eq!(found["data"]["switcher"][0], handle, "{found}");
    }
}
