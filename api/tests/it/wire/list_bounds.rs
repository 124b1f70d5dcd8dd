//! Every list of the schema is a connection or has a maximum in docs/limits.md.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::Server;

const TYPES_QUERY: &str =
    "{ __schema { types { kind name fields { name type { kind ofType { kind ofType { kind } } } } } } }";

/// The documented maximum of each list field.
fn documented_bounds() -> BTreeMap<String, u32> {
    let limits = include_str!("../../../../docs/limits.md");
    let table = limits.split("## Lists").nth(1).expect("docs/limits.md has a table of lists");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `"));
    let row = |line: &str| {
        let (field, rest) = line.split_once("` | ").expect("a field");
        let (most, what) = rest.split_once(" | ").expect("a maximum");
        assert!(what.len() > 5, "{field} documents what is counted");
        (field.to_owned(), most.replace(',', "").parse().unwrap_or_else(|_| panic!("{field}: {most} is no number")))
    };
    rows.map(row).collect()
}

fn is_list(of: &Value) -> bool {
    of["kind"] == "LIST" || (!of.is_null() && is_list(&of["ofType"]))
}

#[tokio::test]
async fn every_list_is_paged_or_bounded() {
    let server = Server::start().await;
    let response = server.graphql(TYPES_QUERY, json!({})).await;
    let types = response["data"]["__schema"]["types"].as_array().unwrap_or_else(|| panic!("{response}"));
    let mut table = documented_bounds();
    let (mut pages, mut endless) = (0, Vec::new());
    for of in types.iter().filter(|of| of["kind"] == "OBJECT") {
        let name = of["name"].as_str().unwrap();
        let lists = of["fields"].as_array().unwrap().iter().filter(|field| is_list(&field["type"]));
        for field in lists.filter(|_| !name.starts_with("__")) {
            let field = field["name"].as_str().unwrap();
            if name.ends_with("Connection") && ["edges", "nodes"].contains(&field) {
                pages += 1;
            } else if table.remove(&format!("{name}.{field}")).is_none_or(|most| most == 0 || most > 1_200) {
                endless.push(format!("{name}.{field}"));
            }
        }
    }
    assert!(endless.is_empty(), "without a maximum in docs/limits.md: {}", endless.join(", "));
    assert!(table.is_empty(), "in docs/limits.md, but no list of the schema: {table:?}");
    assert!(pages > 5);
}
