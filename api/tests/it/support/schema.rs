//! The schema of the running server, by introspection.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Server, text};

const INTROSPECTION: &str = "{ __schema { types { kind name possibleTypes { name }
  fields { name args { name } type { kind name ofType { kind name ofType { kind name
  ofType { kind name } } } } } } } }";

/// Types by name.
pub struct Schema(BTreeMap<String, Value>);

/// A field of a type.
#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub arguments: usize,
    /// The type as written in a schema, for example `[ID!]!`.
    pub signature: String,
    /// The named type of its values.
    pub of: String,
}

impl Schema {
    pub async fn of(server: &Server) -> Self {
        let response = server.graphql(INTROSPECTION, json!({})).await;
        let types = response["data"]["__schema"]["types"].as_array().unwrap_or_else(|| panic!("{response}"));
        Self(types.iter().map(|one| (text(one, "/name"), one.clone())).collect())
    }

    /// The names of all object types except those of introspection.
    pub fn objects(&self) -> impl Iterator<Item = &str> {
        let objects = self.0.iter().filter(|(name, one)| one["kind"] == "OBJECT" && !name.starts_with("__"));
        objects.map(|(name, _)| name.as_str())
    }

    /// The types of a union or an interface.
    pub fn members(&self, of: &str) -> Vec<String> {
        self.0[of]["possibleTypes"].as_array().unwrap().iter().map(|one| text(one, "/name")).collect()
    }

    /// The fields of a type; a union has none.
    pub fn fields(&self, of: &str) -> Vec<Field> {
        self.0[of]["fields"].as_array().into_iter().flatten().map(field).collect()
    }
}

fn field(one: &Value) -> Field {
    let signature = signature(&one["type"]);
    Field {
        name: text(one, "/name"),
        arguments: one["args"].as_array().unwrap().len(),
        of: signature.replace(['[', ']', '!'], ""),
        signature,
    }
}

fn signature(of: &Value) -> String {
    match of["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", signature(&of["ofType"])),
        "LIST" => format!("[{}]", signature(&of["ofType"])),
        _ => text(of, "/name"),
    }
}
