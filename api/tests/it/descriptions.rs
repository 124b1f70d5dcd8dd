//! The schema that is committed is the one that the code prints, and every part of it is described.

use serde_json::{Value, json};

use crate::server::Server;

#[test]
fn the_committed_schema_is_the_one_that_the_code_prints() {
    let committed = include_str!("../../../schema.graphql");
    assert!(committed == api::graphql::sdl(), "run `make schema` and commit schema.graphql");
}

#[tokio::test]
async fn every_type_field_and_argument_is_described() {
    let server = Server::start().await;
    let query = "{ __schema { types { name description fields { name description args { name description } } \
                 inputFields { name description } enumValues { name description } } } }";
    let response = server.graphql(None, query, json!(null)).await;
    let mut bare = Vec::new();
    for kind in response["data"]["__schema"]["types"].as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        if name.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&name) {
            continue;
        }
        note(kind, name, &mut bare);
        for list in ["fields", "inputFields", "enumValues"] {
            for part in kind[list].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", part["name"].as_str().unwrap());
                note(part, &path, &mut bare);
                for argument in part["args"].as_array().into_iter().flatten() {
                    note(argument, &format!("{path}({})", argument["name"].as_str().unwrap()), &mut bare);
                }
            }
        }
    }
    assert!(bare.is_empty(), "without a description: {}", bare.join(", "));
}

fn note(part: &Value, path: &str, bare: &mut Vec<String>) {
    if part["description"].as_str().is_none_or(str::is_empty) {
        bare.push(path.to_owned());
    }
}
