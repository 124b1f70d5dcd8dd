//! Length limits of text inputs: every text in the schema has a bound that is checked first, so a longer text is
//! rejected before it is hashed, normalized or sent to the database.

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{BaseType, InputValueDefinition, Type, TypeKind, TypeSystemDefinition};
use serde_json::{Value, json};

use crate::support::{Server, Setup, Socket, post, request, sqlite};

sqlite! { checks_the_length_of_every_text_input_first }

/// Longer than any text, and within the body limit.
const LONG_BYTES: usize = 200_000;

/// A text input of the schema: a document that fills it with the variable `v`, and its variables.
struct TextInput {
    name: String,
    document: String,
    of_input: bool,
    is_list: bool,
}

impl TextInput {
    fn variables(&self, text: &str) -> Value {
        let value = if self.is_list { json!([text]) } else { json!(text) };
        let name = self.name.rsplit('.').next().unwrap();
        if self.of_input { json!({ "v": { name: value } }) } else { json!({ "v": value }) }
    }
}

/// The named type, and whether it is a list.
fn named(of: &Type) -> (&str, bool) {
    match &of.base {
        BaseType::Named(name) => (name, false),
        BaseType::List(inner) => (named(inner).0, true),
    }
}

fn takes_text(value: &InputValueDefinition) -> Option<bool> {
    let (name, is_list) = named(&value.ty.node);
    matches!(name, "String" | "ID" | "DateTime" | "Seq" | "Bytes").then_some(is_list)
}

/// All text inputs of the committed schema.
fn inputs() -> Vec<TextInput> {
    let schema = parse_schema(include_str!("../../../../schema.graphql")).unwrap();
    let mut inputs = Vec::new();
    for definition in &schema.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let of = definition.node.name.node.as_str();
        match &definition.node.kind {
            TypeKind::Object(object) => {
                for field in &object.fields {
                    for argument in &field.node.arguments {
                        let (argument, field) = (&argument.node, &field.node.name.node);
                        let Some(is_list) = takes_text(argument) else { continue };
                        let (name, of_type) = (&argument.name.node, &argument.ty.node);
                        let selection = format!("{field}({name}: $v) {{ __typename }}");
                        let document = match of {
                            "Query" => format!("query($v: {of_type}) {{ {selection} }}"),
                            "Mutation" => format!("mutation($v: {of_type}) {{ {selection} }}"),
                            "Subscription" => format!("subscription($v: {of_type}) {{ {selection} }}"),
                            _ => format!("query($v: {of_type}) {{ a {{ b {{ {selection} }} }} }}"),
                        };
                        inputs.push(TextInput {
                            name: format!("{of}.{field}.{name}"),
                            document,
                            of_input: false,
                            is_list,
                        });
                    }
                }
            }
            TypeKind::InputObject(input) => {
                for field in &input.fields {
                    let Some(is_list) = takes_text(&field.node) else { continue };
                    let document = format!("mutation($v: {of}!) {{ anything(input: $v) {{ __typename }} }}");
                    inputs.push(TextInput {
                        name: format!("{of}.{}", field.node.name.node),
                        document,
                        of_input: true,
                        is_list,
                    });
                }
            }
            _ => {}
        }
    }
    inputs
}

/// The code of a response in which nothing was executed.
fn refused(response: &Value) -> Option<&str> {
    response.get("data").is_none().then(|| response["errors"][0]["extensions"]["code"].as_str())?
}

async fn checks_the_length_of_every_text_input_first(Setup { server, workspace, .. }: &Setup) {
    // Anonymous requests have a lower size limit.
    let bearer = format!("Bearer {}", workspace.owner().token());
    let inputs = inputs();
    assert!(inputs.len() > 150, "{}", inputs.len());
    let long = "x".repeat(LONG_BYTES);
    for input in &inputs {
        let body = json!({ "query": input.document, "variables": input.variables(&long) });
        let response = server.send(post(&body).header("authorization", &bearer)).await.json();
        assert_eq!(refused(&response), Some("BAD_USER_INPUT"), "{}: {}", input.name, input.document);
        let name = input.name.rsplit('.').next().unwrap();
        let error = &response["errors"][0];
        assert!(error["message"].as_str().unwrap().starts_with(&format!("`{name}` has {LONG_BYTES} bytes")), "{error}");
        // A short text reaches the schema.
        let body = json!({ "query": input.document, "variables": input.variables("x") });
        let response = server.send(post(&body)).await.json();
        assert!(!response["errors"][0]["message"].as_str().unwrap_or_default().contains("bytes"), "{}", input.name);
    }
}

#[tokio::test]
async fn checks_text_length_in_every_position() {
    let server = Server::start().await;
    let long = "x".repeat(20_000);
    let literals = [
        format!("{{ workspace(id: \"{long}\") {{ id }} }}"),
        format!("{{ workspace(id: \"\"\"{long}\"\"\") {{ id }} }}"),
        format!("query($v: ID! = \"{long}\") {{ workspace(id: $v) {{ id }} }}"),
        format!("mutation {{ signIn(input: {{ email: \"{long}\", password: \"x\" }}) {{ token }} }}"),
        format!("{{ ...F }} fragment F on Query {{ workspace(id: \"{long}\") {{ id }} }}"),
        format!("{{ members(workspaceId: \"x\", ids: [\"x\", \"{long}\"]) {{ id }} }}"),
    ];
    for query in literals {
        let response = server.send(post(&json!({ "query": query }))).await.json();
        assert_eq!(refused(&response), Some("BAD_USER_INPUT"), "{}", &query[..80]);
    }
    // A variable inside an object, and lists longer than any field accepts.
    let query = "mutation($e: String!) { signIn(input: { email: $e, password: \"x\" }) { token } }";
    let response = server.send(post(&json!({ "query": query, "variables": { "e": long } }))).await.json();
    assert_eq!(refused(&response), Some("BAD_USER_INPUT"));
    let query = "query($ids: [ID!]!) { members(workspaceId: \"x\", ids: $ids) { id } }";
    let response = server.send(post(&json!({ "query": query, "variables": { "ids": vec!["x"; 1_001] } }))).await.json();
    assert_eq!(refused(&response), Some("BAD_USER_INPUT"));
    let response = server.send(post(&json!({ "query": "{ __typename }", "operationName": long }))).await.json();
    assert_eq!(refused(&response), Some("PAYLOAD_TOO_LARGE"));
    // GET and WebSocket behave the same.
    let path = format!("/graphql?query=query($v:ID!){{workspace(id:$v){{id}}}}&variables={{\"v\":\"{long}\"}}");
    let path = path.replace('{', "%7B").replace('}', "%7D").replace('"', "%22");
    assert_eq!(refused(&server.send(request("GET", &path)).await.json()), Some("BAD_USER_INPUT"));
    let mut socket = Socket::connect(&server, None).await;
    socket.subscribe("1", "query($v: ID!) { workspace(id: $v) { id } }", json!({ "v": long })).await;
    let ended = socket.next_for("1").await;
    assert_eq!(ended["payload"][0]["extensions"]["code"], "BAD_USER_INPUT", "{ended}");
}

#[tokio::test]
async fn limits_every_part_of_the_request_head() {
    let server = Server::start().await;
    let long = "x".repeat(20_000);
    let body = json!({ "query": "{ __typename }" });
    for name in ["authorization", "cookie", "origin", "user-agent", "x-forwarded-for", "accept", "x-anything"] {
        let reply = server.send(post(&body).header(name, &long)).await;
        assert_eq!((reply.status, &*reply.code()), (413, "PAYLOAD_TOO_LARGE"), "{name}");
    }
    for path in [format!("/{long}"), format!("/media/{long}/original"), format!("/media/signed/a/b?signature={long}")] {
        let reply = server.send(request("GET", &path)).await;
        assert_eq!((reply.status, &*reply.code()), (413, "PAYLOAD_TOO_LARGE"), "{}", &path[..20]);
    }
    let within = server.send(post(&body).header("cookie", &"x".repeat(16_000))).await;
    assert_eq!(within.json(), json!({ "data": { "__typename": "Query" } }));
}
