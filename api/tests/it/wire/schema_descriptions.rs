//! The committed schema matches the code, and every part of it has a description.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::Server;

#[test]
fn the_committed_schema_matches_the_code() {
    let committed = include_str!("../../../../schema.graphql");
    assert!(committed == api::wire::graphql::sdl(), "run `make schema` and commit schema.graphql");
}

#[tokio::test]
async fn describes_every_type_field_and_argument() {
    let server = Server::start().await;
    let query = "{ __schema { types { name description fields { name description args { name description } } \
                 inputFields { name description } enumValues { name description } } } }";
    let response = server.graphql(query, json!(null)).await;
    let mut bare = Vec::new();
    for kind in response["data"]["__schema"]["types"].as_array().unwrap() {
        let name = kind["name"].as_str().unwrap();
        if name.starts_with("__") || ["Boolean", "Float", "ID", "Int", "String"].contains(&name) {
            continue;
        }
        require_description(kind, name, &mut bare);
        for list in ["fields", "inputFields", "enumValues"] {
            for part in kind[list].as_array().into_iter().flatten() {
                let path = format!("{name}.{}", part["name"].as_str().unwrap());
                require_description(part, &path, &mut bare);
                for argument in part["args"].as_array().into_iter().flatten() {
                    require_description(
                        argument,
                        &format!("{path}({})", argument["name"].as_str().unwrap()),
                        &mut bare,
                    );
                }
            }
        }
    }
    assert!(bare.is_empty(), "without a description: {}", bare.join(", "));
}

#[tokio::test]
async fn custom_scalars_refer_to_their_specification() {
    let server = Server::start().await;
    let query = "{ __schema { types { kind name specifiedByURL } } }";
    let response = server.graphql(query, json!(null)).await;
    let types = response["data"]["__schema"]["types"].as_array().unwrap();
    let scalars = types.iter().filter(|one| one["kind"] == "SCALAR");
    let urls: Vec<(&str, &str)> =
        scalars.filter_map(|one| Some((one["name"].as_str()?, one["specifiedByURL"].as_str()?))).collect();
    let names: BTreeSet<&str> = urls.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, BTreeSet::from(["Bytes", "DateTime", "Seq"]));
    let sdl = api::wire::graphql::sdl();
    for (name, url) in urls {
        assert!(url.starts_with("https://"), "{name}: {url}");
        assert!(sdl.contains(&format!("scalar {name} @specifiedBy(url: \"{url}\")")), "{name}");
    }
}

fn require_description(part: &Value, path: &str, bare: &mut Vec<String>) {
    if part["description"].as_str().is_none_or(str::is_empty) {
        bare.push(path.to_owned());
    }
}
