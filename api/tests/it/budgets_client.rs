//! The product's own client, at its busiest, against the limits that a server has by default: it never meets one.
//!
//! What its documents cost is what they cost here: they are taken from what is generated for the client. All of it
//! is done at once and not over the minute in which a person might.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::budgets::limited;
use crate::depot::{noise, png};
use crate::people::{Company, Person, code, text};
use crate::server::{Server, request};
use crate::store::{Store, both};

both!(the_client_at_its_busiest_is_never_refused);

const GENERATED: &str = include_str!("../../../frontend/src/gql/gql.ts");

/// The documents of the client, as they are generated: operations and fragments.
fn documents() -> Vec<String> {
    let lines = GENERATED.lines().filter_map(|line| line.trim().split_once(": typeof types."));
    let found: Vec<String> = lines.map(|(literal, _)| serde_json::from_str(literal).unwrap()).collect();
    assert!(found.len() > 50, "{} documents", found.len());
    found
}

/// An operation with all its fragments, as the client sends it.
fn document(name: &str) -> String {
    let all = documents();
    let is_called = |text: &str, kinds: &[&str], name: &str| {
        let mut words = text.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_');
        words.next().is_some_and(|kind| kinds.contains(&kind)) && words.next() == Some(name)
    };
    let operation = all.iter().find(|text| is_called(text, &["query", "mutation", "subscription"], name));
    let (mut whole, mut known) = (operation.unwrap_or_else(|| panic!("no {name}")).clone(), BTreeSet::new());
    loop {
        let spread: BTreeSet<String> = whole
            .match_indices("...")
            .filter_map(|(at, _)| {
                let name: String = whole[at + 3..].chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                (!name.is_empty() && name != "on").then_some(name)
            })
            .collect();
        let Some(next) = spread.difference(&known).next().cloned() else { return whole };
        whole += all.iter().find(|text| is_called(text, &["fragment"], &next)).unwrap_or_else(|| panic!("no {next}"));
        known.insert(next);
    }
}

/// Somebody at the client.
struct Tab<'a> {
    server: &'a Server,
    company: &'a Company,
    person: &'a Person,
}

impl Tab<'_> {
    async fn does(&self, operation: &str, variables: Value) -> Value {
        let said = self.person.ask(self.server, &document(operation), variables).await;
        assert_eq!(code(&said), None, "{operation}: {said}");
        said["data"].clone()
    }

    async fn opens(&self) {
        let workspace = json!({ "workspaceId": self.company.workspace });
        self.does("Server", json!({})).await;
        self.does("Viewer", json!({})).await;
        self.does("Boot", workspace.clone()).await;
        self.does("Notifications", workspace.clone()).await;
        self.does("SavedSearches", workspace.clone()).await;
        self.does("FileLimits", workspace).await;
    }

    async fn scrolls(&self, pages: usize) {
        let mut before = Value::Null;
        for _ in 0..pages {
            let variables = json!({
                "workspaceId": self.company.workspace, "channelId": self.company.general, "last": 50,
                "before": before });
            let page = self.does("ChannelPage", variables).await;
            before = page["channel"]["messages"]["pageInfo"]["startCursor"].clone();
        }
    }

    async fn reads(&self, seq: i64) {
        let input =
            json!({ "workspaceId": self.company.workspace, "channelId": self.company.general, "seq": seq, "epoch": 0 });
        self.does("MarkRead", json!({ "input": input })).await;
    }

    async fn stirs(&self, activity: &str) {
        let input = json!({ "workspaceId": self.company.workspace, "activity": activity });
        self.does("SetActivity", json!({ "input": input })).await;
    }

    async fn sends(&self, words: &str, files: &[String]) {
        let input = json!({
            "workspaceId": self.company.workspace, "channelId": self.company.general, "text": words,
            "attachmentIds": files });
        self.does("SendMessage", json!({ "input": input })).await;
    }

    async fn uploads(&self, name: &str, bytes: Vec<u8>) -> String {
        let input = json!({ "workspaceId": self.company.workspace, "name": name, "size": bytes.len() });
        let begun = self.does("CreateUpload", json!({ "input": input })).await;
        let url = text(&begun, "/createUpload/upload/parts/0/url");
        let put = self.server.send(request("PUT", &url).header("x-forwarded-for", "203.0.113.7").body(bytes)).await;
        assert_eq!(put.status, 200, "{}", put.text());
        let id = text(&begun, "/createUpload/upload/id");
        let input = json!({ "workspaceId": self.company.workspace, "uploadId": id });
        let done = self.does("CompleteUpload", json!({ "input": input })).await;
        assert_eq!(done["completeUpload"]["status"], "DONE", "{done}");
        id
    }
}

async fn the_client_at_its_busiest_is_never_refused(store: &Store) {
    let server = limited(store).await;
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    let ann = Tab { server: &server, company: &company, person: &company.owner };
    for n in 0..100 {
        ann.sends(&format!("message {n}"), &[]).await;
    }
    let tab = Tab { person: &ben, ..ann };
    // Two tabs open at once, and one of them is reloaded.
    for _ in 0..3 {
        tab.opens().await;
    }
    tab.scrolls(30).await;
    let seq = company.seq(&server).await;
    for back in 0..50 {
        tab.reads(seq - 50 + back).await;
        tab.stirs(if back % 2 == 0 { "IDLE" } else { "ACTIVE" }).await;
    }
    let mut files = Vec::new();
    for n in 0..20_u32 {
        let (name, bytes) = if n % 2 == 0 {
            (format!("{n}.png"), png(200, 100, "holiday"))
        } else {
            (format!("{n}.bin"), noise(50_000, n.into()))
        };
        files.push(tab.uploads(&name, bytes).await);
    }
    for ten in files.chunks(10) {
        tab.sends("here they are", ten).await;
    }
    for letters in ["m", "me", "mes", "mess", "messa", "messag", "message"] {
        let variables = json!({ "workspaceId": company.workspace, "text": letters, "first": 10 });
        tab.does("Switcher", variables).await;
    }
    let variables = json!({ "workspaceId": company.workspace, "query": "message", "sort": "RELEVANCE", "first": 20 });
    for _ in 0..5 {
        tab.does("SearchFirstPage", variables.clone()).await;
    }
    // Every form of a message's file is looked at, as a list of them does.
    let history = tab.does("ChannelFiles", json!({ "workspaceId": company.workspace, "id": company.general })).await;
    let nodes = history["channel"]["files"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 20);
    for file in nodes {
        let get = request("GET", &text(file, "/url")).header("authorization", &format!("Bearer {}", ben.token));
        assert_eq!(server.send(get).await.status, 200);
    }
    // Not by a hair: half of everything is left.
    let budgets = "{ viewer { budgets { kind capacity available } } }";
    let said = ben.ask(&server, budgets, json!({})).await;
    for budget in said["data"]["viewer"]["budgets"].as_array().unwrap() {
        let (available, capacity) = (budget["available"].as_f64().unwrap(), budget["capacity"].as_f64().unwrap());
        assert!(available >= capacity / 2.0, "{budget}");
    }
    server.stop().await;
}
