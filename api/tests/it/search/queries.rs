//! Search: queries, operators, filters, permissions, paging, saved searches and index maintenance.

use serde_json::{Value, json};
use uuid::Uuid;

use api::adapter::search::document::IndexBatch;
use api::chat::search::source;
use api::ground::db::Scope;
use api::ground::id::{ChannelId, MessageId, WorkspaceId};
use api::log::leases;
use api::worker::{reindex, search_audit};

use crate::support::{Member, Server, Setup, Store, Workspace, both, code, id_of, new_id, number, text};

both! {
    finds_messages_while_typing
    applies_search_operators
    validates_and_applies_filters
    finds_and_counts_only_readable_messages
    hidden_messages_do_not_affect_results
    leaving_and_deleting_take_effect_before_indexing
    pages_through_results
    saved_searches_report_matches
    rebuilds_a_lost_index
    repairs_a_divergent_index
    serves_the_old_index_while_rebuilding
}

const SEARCH: &str = "query($w: ID!, $q: String!, $f: SearchFilter, $s: SearchSort, $n: Int, $a: String) {
  search(workspaceId: $w, query: $q, filter: $f, sort: $s, first: $n, after: $a) {
    edges { cursor node { __typename ... on Message { text } ... on Channel { name } ... on Member { name } ... on File { name } }
      highlights { start length } }
    pageInfo { hasNextPage endCursor } total { count exact }
    facets { channels { channel { name } count } authors { author { name } count } }
    unresolved complete } }";

/// The result of a search.
async fn search(user: &Member, workspace: &Workspace, query: &str) -> Value {
    let response = user.execute(SEARCH, json!({ "w": workspace.id, "q": query })).await;
    assert!(code(&response).is_none(), "{query}: {response}");
    response["data"]["search"].clone()
}

/// The texts and names in a result.
fn texts_of(response: &Value) -> Vec<String> {
    let node = |edge: &Value| {
        let node = &edge["node"];
        node["text"].as_str().or(node["name"].as_str()).unwrap().to_owned()
    };
    response["edges"].as_array().unwrap().iter().map(node).collect()
}

/// The texts and names that a user finds.
pub async fn search_texts(user: &Member, workspace: &Workspace, query: &str) -> Vec<String> {
    texts_of(&search(user, workspace, query).await)
}

async fn finds_messages_while_typing(Setup { server, workspace, .. }: &Setup) {
    let ana = workspace.add_member("Ana Lima", "MEMBER").await;
    let (edited, _) = ana.send_message(&workspace.general, "We meet in Lisbon 🎉 tomorrow").await;
    ana.send_message(&workspace.general, "明日の会議は東京です").await;
    server.wait_for_index().await;
    for (query, wanted) in [
        ("lisb", vec!["We meet in Lisbon 🎉 tomorrow"]),
        ("tomorow", vec!["We meet in Lisbon 🎉 tomorrow"]),
        ("\"meet in lisbon\"", vec!["We meet in Lisbon 🎉 tomorrow"]),
        ("東京", vec!["明日の会議は東京です"]),
        ("lima", vec!["Ana Lima"]),
        ("gener", vec!["general"]),
        ("", vec![]),
        ("nowhere", vec![]),
    ] {
        assert_eq!(search_texts(workspace.owner(), workspace, query).await, wanted, "{query}");
    }
    // Highlights count UTF-16 code units: the emoji before the word is two.
    let response = search(&ana, workspace, "tomorrow").await;
    assert_eq!(response["edges"][0]["highlights"], json!([{ "start": 21, "length": 8 }]));
    assert_eq!((&response["total"], &response["complete"]), (&json!({ "count": 1, "exact": true }), &json!(true)));
    assert_eq!(response["facets"]["authors"], json!([{ "author": { "name": "Ana Lima" }, "count": 1 }]));
    ana.mutate("editMessage", json!({ "messageId": edited, "text": "We meet in Porto" }), "seq").await;
    server.wait_for_index().await;
    assert_eq!(search_texts(&ana, workspace, "lisbon").await, [] as [&str; 0]);
    assert_eq!(search_texts(&ana, workspace, "porto").await, ["We meet in Porto"]);
}

/// A workspace with five messages about plans, which differ in author, channel, thread and mentions.
struct PlanMessages {
    workspace: Workspace,
    ana: Member,
    lunch: String,
}

impl PlanMessages {
    async fn create(server: &Server) -> Self {
        let workspace = Workspace::create(server).await;
        let [ana, bo] = workspace.add_members(["Ana Lima", "Bo"]).await;
        let lunch = json!({ "workspaceId": workspace.id, "name": "lunch" });
        let lunch = text(&ana.mutate("createChannel", lunch, "channel { id }").await, "/channel/id");
        let direct = json!({ "workspaceId": workspace.id, "memberIds": [ana.id] });
        let direct = text(&bo.mutate("openDirect", direct, "channel { id }").await, "/channel/id");
        let (root, _) = ana.send_message(&workspace.general, "plan one https://example.org").await;
        let reply = json!({ "channelId": workspace.general, "threadId": root, "text": "plan two" });
        bo.mutate("sendMessage", reply, "seq").await;
        ana.send_message(&lunch, "plan three").await;
        bo.send_message(&direct, "plan four").await;
        let mention = format!("plan five <@{}>", ana.id);
        let (liked, _) = workspace.owner().send_message(&workspace.general, &mention).await;
        bo.mutate("addReaction", json!({ "messageId": liked, "emoji": "👍" }), "seq").await;
        server.wait_for_index().await;
        Self { workspace, ana, lunch }
    }
}

async fn applies_search_operators(store: &Store) {
    let server = Server::on(store).await;
    let PlanMessages { workspace, ana, .. } = PlanMessages::create(&server).await;
    let plans = async |query: &str| {
        let texts = search_texts(&ana, &workspace, query).await;
        let mut plans: Vec<String> = texts.iter().map(|text| text.split(' ').nth(1).unwrap().to_owned()).collect();
        plans.sort_unstable();
        plans.join(" ")
    };
    for (query, wanted) in [
        ("plan", "five four one three two"),
        ("plan from:me", "one three"),
        ("from:@bo", "four two"),
        ("from:\"Ana Lima\" plan", "one three"),
        ("from:@bo from:me", "four one three two"),
        ("plan -from:me", "five four two"),
        ("in:#lunch", "three"),
        ("in:@bo", "four"),
        ("plan -in:general", "four three"),
        ("to:me", "five four"),
        ("with:@bo", "four one two"),
        ("has:link", "one"),
        ("has:reaction", "five"),
        ("plan -has:link -has:reaction", "four three two"),
        ("has:file", ""),
        ("is:thread", "one two"),
        ("is:unread", "five four two"),
        ("plan -is:unread", "one three"),
        ("on:today", "five four one three two"),
        ("before:today", ""),
        ("after:yesterday plan", "five four one three two"),
        ("during:year -during:yesterday", "five four one three two"),
        ("-plan from:me", ""),
    ] {
        assert_eq!(plans(query).await, wanted, "{query}");
    }
    // Unknown names are reported, and find nothing.
    for unknown in ["from:@nobody", "in:#nowhere", "on:someday", "has:luck", "is:odd", "in:@nobody"] {
        let response = search(&ana, &workspace, &format!("plan {unknown}")).await;
        assert_eq!((&response["unresolved"], texts_of(&response).len()), (&json!([unknown]), 0), "{unknown}");
    }
    server.stop().await;
}

async fn validates_and_applies_filters(store: &Store) {
    let server = Server::on(store).await;
    let PlanMessages { workspace, ana, lunch } = PlanMessages::create(&server).await;
    let filter = json!({ "from": [ana.id], "notIn": [lunch], "has": ["LINK"], "is": ["THREAD"], "utcOffset": 60 });
    let response = ana.execute(SEARCH, json!({ "w": workspace.id, "q": "plan", "f": filter })).await;
    assert_eq!(texts_of(&response["data"]["search"]), ["plan one https://example.org"]);
    for (filter, wanted) in [
        (json!({ "utcOffset": 2000 }), "BAD_USER_INPUT"),
        (json!({ "from": ["mem_x"] }), "BAD_USER_INPUT"),
        (json!({ "in": [new_id::<ChannelId>(&workspace.id)] }), "NOT_FOUND"),
    ] {
        let response = ana.execute(SEARCH, json!({ "w": workspace.id, "q": "plan", "f": filter })).await;
        assert_eq!(code(&response).as_deref(), Some(wanted), "{filter}");
    }
    for long in ["a ".repeat(20), "a".repeat(600)] {
        let response = ana.execute(SEARCH, json!({ "w": workspace.id, "q": long })).await;
        assert_eq!(code(&response).as_deref(), Some("BAD_USER_INPUT"));
    }
    server.stop().await;
}

async fn finds_and_counts_only_readable_messages(Setup { server, workspace, .. }: &Setup) {
    let [inside, outside] = workspace.add_members(["Inside", "Outside"]).await;
    let secret = workspace.create_private_channel("secret-plans", &[&inside]).await;
    inside.send_message(&secret, "budget of the merger").await;
    inside.send_message(&workspace.general, "budget of the party").await;
    server.wait_for_index().await;
    let seen = search(&inside, workspace, "budget").await;
    assert_eq!((texts_of(&seen).len(), number(&seen, "/total/count")), (2, 2));
    let hidden = search(&outside, workspace, "budget").await;
    assert_eq!(texts_of(&hidden), ["budget of the party"]);
    assert_eq!(number(&hidden, "/total/count"), 1);
    assert_eq!(hidden["facets"]["channels"], json!([{ "channel": { "name": "general" }, "count": 1 }]));
    assert_eq!(hidden["facets"]["authors"][0]["count"], 1);
    // Neither a name, nor a hidden word, nor a typo of one.
    for query in ["merger", "mergr", "secret", "in:#secret-plans budget", "\"of the merger\""] {
        let response = search(&outside, workspace, query).await;
        assert_eq!((texts_of(&response).len(), number(&response, "/total/count")), (0, 0), "{query}");
    }
    let switcher = "query($w: ID!, $t: String!) { switcher(workspaceId: $w, text: $t) { __typename } }";
    for (user, wanted) in [(&inside, 1), (&outside, 0)] {
        let response = user.execute(switcher, json!({ "w": workspace.id, "t": "secrt" })).await;
        assert_eq!(response["data"]["switcher"].as_array().unwrap().len(), wanted);
    }
}

/// Hits and their order reveal nothing about hidden messages.
async fn hidden_messages_do_not_affect_results(Setup { server, workspace, .. }: &Setup) {
    let [inside, outside] = workspace.add_members(["Inside", "Outside"]).await;
    let secret = workspace.create_private_channel("secret", &[&inside]).await;
    for words in ["lay offs here", "bankruptcq one", "bankruptcz one", "see the merging plans", "mergerx", "mergery"] {
        outside.send_message(&workspace.general, words).await;
    }
    let (root, _) = inside.send_message(&workspace.general, "a thread begins").await;
    let reply = |channel: &str, thread: &str| json!({ "channelId": channel, "threadId": thread, "text": "reply" });
    inside.mutate("sendMessage", reply(&workspace.general, &root), "seq").await;
    server.wait_for_index().await;
    let queries = ["layoffs ", "bankruptc", "merger", "mergr", "with:inside", "\"see the merg\""];
    let all = async || {
        let mut responses = Vec::new();
        for query in queries {
            responses.push(search_texts(&outside, workspace, query).await);
        }
        responses
    };
    let before = all().await;
    assert_eq!(before.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 2, 3, 2, 0]);
    let (hidden, _) = inside.send_message(&secret, "layoffs bankruptcq mergerwithacme merger").await;
    for _ in 0..60 {
        inside.send_message(&secret, "merger mergr mergerwithacme bankruptcq layoffs").await;
    }
    for _ in 0..5 {
        inside.mutate("sendMessage", reply(&secret, &hidden), "seq").await;
    }
    server.wait_for_index().await;
    assert_eq!(all().await, before);
}

/// Holds the lease of the index, as if it were far behind.
pub async fn pause_indexing(server: &Server, workspace: &Workspace) -> leases::Lease {
    let workspace_id: WorkspaceId = workspace.id.parse().unwrap();
    let (generation, _) = server.app.search.searchable().unwrap();
    loop {
        let taken =
            leases::acquire(&server.app.database, workspace_id, &generation.name, Uuid::new_v4()).await.unwrap();
        if let Some(taken) = taken {
            return taken;
        }
        tokio::task::yield_now().await;
    }
}

async fn leaving_and_deleting_take_effect_before_indexing(Setup { server, workspace, .. }: &Setup) {
    let ana = workspace.add_member("Ana", "MEMBER").await;
    let secret = workspace.create_private_channel("secret", &[&ana]).await;
    let (kept, _) = ana.send_message(&secret, "words kept").await;
    let (deleted, _) = ana.send_message(&secret, "words deleted").await;
    let (edited, _) = ana.send_message(&workspace.general, "words edited").await;
    server.wait_for_index().await;
    let _held = pause_indexing(server, workspace).await;
    assert_eq!(search(&ana, workspace, "words").await["total"]["count"], 3);
    let one = |id: &str| json!({ "messageId": id });
    ana.mutate("deleteMessage", one(&deleted), "seq").await;
    ana.mutate("editMessage", json!({ "messageId": edited, "text": "nothing" }), "seq").await;
    let response = search(&ana, workspace, "words").await;
    assert_eq!((texts_of(&response), number(&response, "/total/count")), (vec!["words kept".to_owned()], 1));
    assert_eq!(response["facets"]["channels"][0]["count"], 1, "deleted messages are not counted: {response}");
    ana.mutate("leaveChannel", json!({ "channelId": secret }), "seq").await;
    let response = search(&ana, workspace, "words").await;
    assert_eq!((texts_of(&response).len(), number(&response, "/total/count")), (0, 0));
    assert_eq!(response["facets"]["channels"], json!([]));
    assert_eq!(texts_of(&search(workspace.owner(), workspace, "words").await), ["words kept"], "{kept}");
}

async fn pages_through_results(Setup { server, workspace, .. }: &Setup) {
    for number in 0..7 {
        workspace.owner().send_message(&workspace.general, &format!("page {number}")).await;
    }
    server.wait_for_index().await;
    for sort in ["RELEVANCE", "NEWEST", "OLDEST"] {
        let (mut texts, mut after) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({ "w": workspace.id, "q": "page", "s": sort, "n": 3, "a": after });
            let response = workspace.owner().execute(SEARCH, variables).await["data"]["search"].clone();
            texts.extend(texts_of(&response));
            if response["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            after = response["pageInfo"]["endCursor"].clone();
        }
        let mut sorted = texts.clone();
        sorted.sort_unstable();
        let all: Vec<String> = (0..7).map(|number| format!("page {number}")).collect();
        assert_eq!(sorted, all, "{sort}");
        match sort {
            "NEWEST" => assert_eq!(texts, all.into_iter().rev().collect::<Vec<_>>()),
            "OLDEST" => assert_eq!(texts, all),
            _ => {}
        }
    }
}

const MATCHES: &str = "subscription($s: ID!) { searchMatches(savedSearchId: $s) {
  seq message { text } } }";

async fn saved_searches_report_matches(Setup { workspace, .. }: &Setup) {
    let [ana, bo] = workspace.add_members(["Ana", "Bo"]).await;
    let secret = workspace.create_private_channel("secret", &[&bo]).await;
    let save = async |user: &Member, query: &str| {
        let input = json!({ "workspaceId": workspace.id, "name": "mine", "query": query });
        user.try_mutate("createSavedSearch", &input, "savedSearch { id query }").await
    };
    let saved = text(&save(&ana, "budget from:@bo -draft is:unread").await.unwrap(), "/savedSearch/id");
    let again = async |name: &str| {
        let input = json!({ "workspaceId": workspace.id, "id": saved, "name": name,
            "query": "budget from:@bo -draft is:unread" });
        ana.try_mutate("createSavedSearch", &input, "savedSearch { id }").await
    };
    assert_eq!(text(&again("mine").await.unwrap(), "/savedSearch/id"), saved, "saving twice has one effect");
    assert_eq!(again("another").await.unwrap_err(), "CONFLICT");
    for wrong in ["", " ", &"a".repeat(600)] {
        assert_eq!(save(&ana, wrong).await.unwrap_err(), "BAD_USER_INPUT");
    }
    let list = "query($w: ID!) { workspace(id: $w) { savedSearches { id query } } }";
    let listed = async |user: &Member| {
        let response = user.execute(list, json!({ "w": workspace.id })).await;
        response["data"]["workspace"]["savedSearches"].as_array().unwrap().len()
    };
    assert_eq!((listed(&ana).await, listed(&bo).await), (1, 0), "a saved search is private");
    let mut socket = ana.subscribe(MATCHES, json!({ "s": saved })).await;
    // Messages are processed in order, so the subscription has started when the pong arrives.
    socket.round_trip().await;
    bo.send_message(&secret, "budget of the secret").await;
    ana.send_message(&workspace.general, "budget by me").await;
    bo.send_message(&workspace.general, "a draft of the budget").await;
    bo.send_message(&workspace.general, "lunch").await;
    let (_, seq) = bo.send_message(&workspace.general, "the Budget is done").await;
    let matched = socket.next_for("1").await;
    let item = &matched["payload"]["data"]["searchMatches"];
    assert_eq!((&item["message"]["text"], item["seq"].as_i64()), (&json!("the Budget is done"), Some(seq)));
    // Saved searches are private, and an item has only what its event carries.
    let mut other = bo.subscribe(MATCHES, json!({ "s": saved })).await;
    assert_eq!(text(&other.next_for("1").await, "/payload/0/extensions/code"), "NOT_FOUND");
    let more = MATCHES.replace("text }", "text author { name } }");
    other.subscribe("2", &more, json!({ "s": saved })).await;
    assert_eq!(text(&other.next_for("2").await, "/payload/0/extensions/code"), "GRAPHQL_VALIDATION_FAILED");
    let input = json!({ "savedSearchId": saved });
    assert_eq!(bo.try_mutate("deleteSavedSearch", &input, "savedSearchId").await.unwrap_err(), "NOT_FOUND");
    ana.mutate("deleteSavedSearch", input, "savedSearchId").await;
    assert_eq!(listed(&ana).await, 0);
}

async fn rebuilds_a_lost_index(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let (deleted, _) = workspace.owner().send_message(&workspace.general, "words deleted").await;
    workspace.owner().send_message(&workspace.general, "words kept").await;
    workspace.owner().mutate("deleteMessage", json!({ "messageId": deleted }), "seq").await;
    server.wait_for_index().await;
    let folder = store.directory.path().join("search");
    let indexes = || -> Vec<std::path::PathBuf> {
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
    };
    // Wiped while in use.
    let [first] = &indexes()[..] else { panic!("exactly one index") };
    std::fs::remove_dir_all(first).unwrap();
    workspace.owner().send_message(&workspace.general, "words after").await;
    let both = async |member: &Member| {
        let mut found = search_texts(member, &workspace, "words").await;
        found.sort_unstable();
        found
    };
    while both(workspace.owner()).await != ["words after", "words kept"] {
        server.app.search.wait_for_step().await;
    }
    server.stop().await;
    // Damaged while the server was down.
    let [second] = &indexes()[..] else { panic!("exactly one index") };
    assert_ne!(first, second);
    std::fs::write(second.join("meta.json"), "{").unwrap();
    let server = Server::on(store).await;
    server.wait_for_index().await;
    assert_eq!(both(&workspace.owner().at(&server)).await, ["words after", "words kept"]);
    server.stop().await;
}

async fn repairs_a_divergent_index(Setup { server, workspace, .. }: &Setup) {
    let owner = workspace.owner();
    let (lost, _) = owner.send_message(&workspace.general, "words lost").await;
    let (stale, _) = owner.send_message(&workspace.general, "words stale").await;
    let (deleted, _) = owner.send_message(&workspace.general, "words gone").await;
    owner.send_message(&workspace.general, "words right").await;
    server.wait_for_index().await;
    let (generation, _) = server.app.search.searchable().unwrap();
    let workspace_id: WorkspaceId = workspace.id.parse().unwrap();
    let id = id_of::<MessageId>;
    let snapshot = server.app.database.snapshot(Scope::Workspace(workspace_id)).await.unwrap();
    let mut old = source::documents(&snapshot, workspace_id, vec![id(&stale), id(&deleted)]).await.unwrap();
    drop(snapshot);
    owner.mutate("deleteMessage", json!({ "messageId": deleted }), "seq").await;
    server.wait_for_index().await;
    // As a stalled process leaves it that wrote outdated documents.
    old.iter_mut().for_each(|document| document.text = "words of before".to_owned());
    let wrong = IndexBatch { documents: old, deleted: vec![id(&lost)] };
    generation.index.apply(wrong).await.unwrap();
    assert_eq!(search_texts(owner, workspace, "lost").await, [] as [&str; 0]);
    assert_eq!(search_audit::audit(&server.app.database, &generation).await.unwrap(), 3);
    assert_eq!(search_audit::audit(&server.app.database, &generation).await.unwrap(), 0);
    for (query, wanted) in [
        ("lost", vec!["words lost"]),
        ("stale", vec!["words stale"]),
        ("before", vec![]),
        ("right", vec!["words right"]),
    ] {
        assert_eq!(search_texts(owner, workspace, query).await, wanted, "{query}");
    }
}

async fn serves_the_old_index_while_rebuilding(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    workspace.owner().send_message(&workspace.general, "words before").await;
    server.wait_for_index().await;
    let id = |server: &Server| server.app.search.searchable().unwrap().0.name.clone();
    let first = id(&server);
    server.app.search.request_rebuild(&server.app.database).await.unwrap();
    while id(&server) == first {
        assert_eq!(search_texts(workspace.owner(), &workspace, "before").await, ["words before"]);
        server.app.search.wait_for_step().await;
    }
    workspace.owner().send_message(&workspace.general, "words after").await;
    server.wait_for_index().await;
    let mut found = search_texts(workspace.owner(), &workspace, "words").await;
    found.sort_unstable();
    assert_eq!(found, ["words after", "words before"]);
    assert_eq!(server.app.search.engine().ids().await.unwrap().len(), 1, "the old index is deleted");
    server.stop().await;
    // The same through the command line, without a server.
    let config = store.config();
    let (mut progress, alone) = (Vec::new(), true);
    let events = reindex::run(&config, alone, |done, all| progress.push((done, all))).await.unwrap();
    assert!(events > 3 && progress.iter().all(|(done, all)| done <= all), "{events} {progress:?}");
}
