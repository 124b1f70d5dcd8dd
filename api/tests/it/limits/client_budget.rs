//! The official client at peak use never reaches a default limit.
//!
//! Its documents come from the generated code, so they cost here what they cost there. Everything runs at once instead
//! of over the minutes a user would take.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{
    Member, Server, Store, Workspace, both, code, png, random_bytes, request, start_limited_server, text,
};

both! { never_limits_the_official_client_at_peak_use }

const GENERATED: &str = include_str!("../../../../frontend/src/gql/gql.ts");

/// The generated documents of the client: operations and fragments.
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

/// A browser tab of a user.
struct ClientTab<'a> {
    server: &'a Server,
    workspace: &'a Workspace,
    user: &'a Member,
}

impl ClientTab<'_> {
    async fn execute(&self, operation: &str, variables: Value) -> Value {
        let response = self.user.execute(&document(operation), variables).await;
        assert_eq!(code(&response), None, "{operation}: {response}");
        response["data"].clone()
    }

    async fn open(&self) {
        let variables = json!({ "workspaceId": self.workspace.id });
        self.execute("Server", json!({})).await;
        self.execute("Viewer", json!({})).await;
        self.execute("Boot", variables.clone()).await;
        self.execute("Notifications", variables.clone()).await;
        self.execute("SavedSearches", variables.clone()).await;
        self.execute("FileLimits", variables).await;
    }

    async fn scroll(&self, pages: usize) {
        let mut before = Value::Null;
        for _ in 0..pages {
            let variables = json!({ "channelId": self.workspace.general, "last": 50, "before": before });
            let page = self.execute("ChannelPage", variables).await;
            before = page["channel"]["messages"]["pageInfo"]["startCursor"].clone();
        }
    }

    async fn mark_read(&self, seq: i64) {
        let input = json!({ "channelId": self.workspace.general, "seq": seq, "epoch": 0 });
        self.execute("MarkRead", json!({ "input": input })).await;
    }

    async fn set_activity(&self, activity: &str) {
        let input = json!({ "workspaceId": self.workspace.id, "activity": activity });
        self.execute("SetActivity", json!({ "input": input })).await;
    }

    async fn send_message(&self, words: &str, files: &[String]) {
        let input = json!({ "channelId": self.workspace.general, "text": words, "attachmentIds": files });
        self.execute("SendMessage", json!({ "input": input })).await;
    }

    async fn upload(&self, name: &str, bytes: Vec<u8>) -> String {
        let input = json!({ "workspaceId": self.workspace.id, "name": name, "size": bytes.len() });
        let upload = self.execute("CreateUpload", json!({ "input": input })).await;
        let url = text(&upload, "/createUpload/upload/parts/0/url");
        let put = self.server.send(request("PUT", &url).header("x-forwarded-for", "203.0.113.7").body(bytes)).await;
        assert_eq!(put.status, 200, "{}", put.text());
        let id = text(&upload, "/createUpload/upload/id");
        let input = json!({ "uploadId": id });
        let done = self.execute("CompleteUpload", json!({ "input": input })).await;
        assert_eq!(done["completeUpload"]["status"], "DONE", "{done}");
        text(&done, "/completeUpload/file/id")
    }
}

async fn never_limits_the_official_client_at_peak_use(store: &Store) {
    let server = start_limited_server(store).await;
    let workspace = Workspace::create(&server).await;
    let ben = workspace.add_member("Ben", "MEMBER").await;
    let ann = ClientTab { server: &server, workspace: &workspace, user: workspace.owner() };
    for n in 0..100 {
        ann.send_message(&format!("message {n}"), &[]).await;
    }
    let tab = ClientTab { user: &ben, ..ann };
    // Two tabs open at once, and one of them reloads.
    for _ in 0..3 {
        tab.open().await;
    }
    tab.scroll(30).await;
    let seq = workspace.seq().await;
    for back in 0..50 {
        tab.mark_read(seq - 50 + back).await;
        tab.set_activity(if back % 2 == 0 { "IDLE" } else { "ACTIVE" }).await;
    }
    let mut files = Vec::new();
    for n in 0..20_u32 {
        let (name, bytes) = if n % 2 == 0 {
            (format!("{n}.png"), png(200, 100, "holiday"))
        } else {
            (format!("{n}.bin"), random_bytes(50_000, n.into()))
        };
        files.push(tab.upload(&name, bytes).await);
    }
    for ten in files.chunks(10) {
        tab.send_message("here they are", ten).await;
    }
    for letters in ["m", "me", "mes", "mess", "messa", "messag", "message"] {
        tab.execute("Switcher", json!({ "workspaceId": workspace.id, "text": letters, "first": 10 })).await;
    }
    let variables = json!({ "workspaceId": workspace.id, "query": "message", "sort": "RELEVANCE", "first": 20 });
    for _ in 0..5 {
        tab.execute("SearchFirstPage", variables.clone()).await;
    }
    // Loads every file of the list, as the client does.
    let history = tab.execute("ChannelFiles", json!({ "id": workspace.general })).await;
    let nodes = history["channel"]["files"]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 20);
    for file in nodes {
        let get = request("GET", &text(file, "/url")).header("authorization", &format!("Bearer {}", ben.token()));
        assert_eq!(server.send(get).await.status, 200);
    }
    // With a margin: half of every budget remains.
    let budgets = "{ viewer { budgets { kind capacity available } } }";
    let response = ben.execute(budgets, json!({})).await;
    for budget in response["data"]["viewer"]["budgets"].as_array().unwrap() {
        let (available, capacity) = (budget["available"].as_f64().unwrap(), budget["capacity"].as_f64().unwrap());
        assert!(available >= capacity / 2.0, "{budget}");
    }
    server.stop().await;
}
