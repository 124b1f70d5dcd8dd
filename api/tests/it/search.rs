//! Search over the wire: what is found, by whom, and what is told of what may not be found.

use serde_json::{Value, json};
use uuid::Uuid;

use api::db::Scope;
use api::id::{MessageId, WorkspaceId};
use api::log::leases;
use api::search::engine::Changes;
use api::search::truth;
use api::worker::{reindex, search_audit};

use crate::people::{Company, Person, code, number, server_on, text};
use crate::server::Server;
use crate::socket::Socket;
use crate::store::{Store, both};

both! {
    what_was_written_is_found_as_it_is_typed
    operators_mean_what_people_mean
    filters_say_the_same_by_ids_and_are_checked
    only_what_may_be_read_is_found_and_counted
    hidden_words_move_no_hits
    leaving_and_deleting_take_effect_before_the_index_hears_of_it
    pages_follow_each_other
    a_saved_search_tells_what_matches
    an_index_that_is_lost_is_built_again
    an_index_that_differs_is_repaired
    a_new_index_is_built_while_the_old_one_serves
}

const SEARCH: &str = "query($w: ID!, $q: String!, $f: SearchFilter, $s: SearchSort, $n: Int, $a: String) {
  search(workspaceId: $w, query: $q, filter: $f, sort: $s, first: $n, after: $a) {
    edges { cursor node { __typename ... on Message { text } ... on Channel { name } ... on Member { name } ... on File { name } }
      highlights { start length } }
    pageInfo { hasNextPage endCursor } total { count exact }
    facets { channels { channel { name } count } authors { author { name } count } }
    unresolved complete } }";

/// The whole answer to a search.
async fn ask(server: &Server, person: &Person, company: &Company, query: &str) -> Value {
    let answer = person.ask(server, SEARCH, json!({ "w": company.workspace, "q": query })).await;
    assert!(code(&answer).is_none(), "{query}: {answer}");
    answer["data"]["search"].clone()
}

/// The texts and names found.
fn found(answer: &Value) -> Vec<String> {
    let node = |edge: &Value| {
        let node = &edge["node"];
        node["text"].as_str().or(node["name"].as_str()).unwrap().to_owned()
    };
    answer["edges"].as_array().unwrap().iter().map(node).collect()
}

/// The texts and names that somebody finds.
pub async fn finds(server: &Server, person: &Person, company: &Company, query: &str) -> Vec<String> {
    found(&ask(server, person, company, query).await)
}

async fn what_was_written_is_found_as_it_is_typed(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ana = company.hires(&server, "Ana Lima", "MEMBER").await;
    let (edited, _) = ana.sends(&server, &company, &company.general, "We meet in Lisbon 🎉 tomorrow").await;
    ana.sends(&server, &company, &company.general, "明日の会議は東京です").await;
    server.indexed().await;
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
        assert_eq!(finds(&server, &company.owner, &company, query).await, wanted, "{query}");
    }
    // Positions count as JavaScript does: the picture before the word is two units.
    let answer = ask(&server, &ana, &company, "tomorrow").await;
    assert_eq!(answer["edges"][0]["highlights"], json!([{ "start": 21, "length": 8 }]));
    assert_eq!((&answer["total"], &answer["complete"]), (&json!({ "count": 1, "exact": true }), &json!(true)));
    assert_eq!(answer["facets"]["authors"], json!([{ "author": { "name": "Ana Lima" }, "count": 1 }]));
    let input = json!({ "workspaceId": company.workspace, "messageId": edited, "text": "We meet in Porto" });
    ana.does(&server, "editMessage", "{ seq }", input).await;
    server.indexed().await;
    assert_eq!(finds(&server, &ana, &company, "lisbon").await, [] as [&str; 0]);
    assert_eq!(finds(&server, &ana, &company, "porto").await, ["We meet in Porto"]);
    server.stop().await;
}

/// A company in which five plans were made, in different ways.
struct Plans {
    company: Company,
    ana: Person,
    lunch: String,
}

impl Plans {
    async fn make(server: &Server) -> Self {
        let company = Company::first(server).await;
        let ana = company.hires(server, "Ana Lima", "MEMBER").await;
        let bo = company.hires(server, "Bo", "MEMBER").await;
        let lunch = json!({ "workspaceId": company.workspace, "name": "lunch" });
        let lunch = text(&ana.does(server, "createChannel", "{ channel { id } }", lunch).await, "/channel/id");
        let direct = json!({ "workspaceId": company.workspace, "memberIds": [ana.member] });
        let direct = text(&bo.does(server, "openDirect", "{ channel { id } }", direct).await, "/channel/id");
        let (root, _) = ana.sends(server, &company, &company.general, "plan one https://example.org").await;
        let reply = json!({ "workspaceId": company.workspace, "channelId": company.general, "threadId": root,
            "text": "plan two" });
        bo.does(server, "sendMessage", "{ seq }", reply).await;
        ana.sends(server, &company, &lunch, "plan three").await;
        bo.sends(server, &company, &direct, "plan four").await;
        let mention = format!("plan five <@{}>", ana.member);
        let (liked, _) = company.owner.sends(server, &company, &company.general, &mention).await;
        let like = json!({ "workspaceId": company.workspace, "messageId": liked, "emoji": "👍" });
        bo.does(server, "addReaction", "{ seq }", like).await;
        server.indexed().await;
        Self { company, ana, lunch }
    }
}

async fn operators_mean_what_people_mean(store: &Store) {
    let server = server_on(store).await;
    let Plans { company, ana, .. } = Plans::make(&server).await;
    let plans = async |query: &str| {
        let texts = finds(&server, &ana, &company, query).await;
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
    // What names nobody is said, and finds nothing.
    for unknown in ["from:@nobody", "in:#nowhere", "on:someday", "has:luck", "is:odd", "in:@nobody"] {
        let answer = ask(&server, &ana, &company, &format!("plan {unknown}")).await;
        assert_eq!((&answer["unresolved"], found(&answer).len()), (&json!([unknown]), 0), "{unknown}");
    }
    server.stop().await;
}

async fn filters_say_the_same_by_ids_and_are_checked(store: &Store) {
    let server = server_on(store).await;
    let Plans { company, ana, lunch } = Plans::make(&server).await;
    let filter = json!({ "from": [ana.member], "notIn": [lunch], "has": ["LINK"], "is": ["THREAD"], "utcOffset": 60 });
    let variables = json!({ "w": company.workspace, "q": "plan", "f": filter });
    let answer = ana.ask(&server, SEARCH, variables).await;
    assert_eq!(found(&answer["data"]["search"]), ["plan one https://example.org"]);
    for (filter, wanted) in [
        (json!({ "utcOffset": 2000 }), "BAD_USER_INPUT"),
        (json!({ "from": ["mem_x"] }), "BAD_USER_INPUT"),
        (json!({ "in": [format!("chn_{}", Uuid::new_v4())] }), "NOT_FOUND"),
    ] {
        let answer = ana.ask(&server, SEARCH, json!({ "w": company.workspace, "q": "plan", "f": filter })).await;
        assert_eq!(code(&answer).as_deref(), Some(wanted), "{filter}");
    }
    for long in ["a ".repeat(20), "a".repeat(600)] {
        let answer = ana.ask(&server, SEARCH, json!({ "w": company.workspace, "q": long })).await;
        assert_eq!(code(&answer).as_deref(), Some("BAD_USER_INPUT"));
    }
    server.stop().await;
}

async fn only_what_may_be_read_is_found_and_counted(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let inside = company.hires(&server, "Inside", "MEMBER").await;
    let outside = company.hires(&server, "Outside", "MEMBER").await;
    let secret = company.private(&server, "secret-plans", &[&inside]).await;
    inside.sends(&server, &company, &secret, "budget of the merger").await;
    inside.sends(&server, &company, &company.general, "budget of the party").await;
    server.indexed().await;
    let seen = ask(&server, &inside, &company, "budget").await;
    assert_eq!((found(&seen).len(), number(&seen, "/total/count")), (2, 2));
    let hidden = ask(&server, &outside, &company, "budget").await;
    assert_eq!(found(&hidden), ["budget of the party"]);
    assert_eq!(number(&hidden, "/total/count"), 1);
    assert_eq!(hidden["facets"]["channels"], json!([{ "channel": { "name": "general" }, "count": 1 }]));
    assert_eq!(hidden["facets"]["authors"][0]["count"], 1);
    // Neither a name, nor a word that only stands there, nor a slip of it.
    for query in ["merger", "mergr", "secret", "in:#secret-plans budget", "\"of the merger\""] {
        let answer = ask(&server, &outside, &company, query).await;
        assert_eq!((found(&answer).len(), number(&answer, "/total/count")), (0, 0), "{query}");
    }
    let switcher = "query($w: ID!, $t: String!) { switcher(workspaceId: $w, text: $t) { __typename } }";
    for (person, wanted) in [(&inside, 1), (&outside, 0)] {
        let answer = person.ask(&server, switcher, json!({ "w": company.workspace, "t": "secrt" })).await;
        assert_eq!(answer["data"]["switcher"].as_array().unwrap().len(), wanted);
    }
    server.stop().await;
}

/// What is found, and in which order, does not tell of words that stand where one may not read.
async fn hidden_words_move_no_hits(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let inside = company.hires(&server, "Inside", "MEMBER").await;
    let outside = company.hires(&server, "Outside", "MEMBER").await;
    let secret = company.private(&server, "secret", &[&inside]).await;
    for words in ["lay offs here", "bankruptcq one", "bankruptcz one", "see the merging plans", "mergerx", "mergery"] {
        outside.sends(&server, &company, &company.general, words).await;
    }
    let (root, _) = inside.sends(&server, &company, &company.general, "a thread begins").await;
    let reply = |channel: &str, thread: &str| json!({ "workspaceId": company.workspace, "channelId": channel, "threadId": thread, "text": "reply" });
    inside.does(&server, "sendMessage", "{ seq }", reply(&company.general, &root)).await;
    server.indexed().await;
    let asked = ["layoffs ", "bankruptc", "merger", "mergr", "with:inside", "\"see the merg\""];
    let all = async || {
        let mut answers = Vec::new();
        for query in asked {
            answers.push(finds(&server, &outside, &company, query).await);
        }
        answers
    };
    let before = all().await;
    assert_eq!(before.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2, 2, 3, 2, 0]);
    let (hidden, _) = inside.sends(&server, &company, &secret, "layoffs bankruptcq mergerwithacme merger").await;
    for _ in 0..60 {
        inside.sends(&server, &company, &secret, "merger mergr mergerwithacme bankruptcq layoffs").await;
    }
    for _ in 0..5 {
        inside.does(&server, "sendMessage", "{ seq }", reply(&secret, &hidden)).await;
    }
    server.indexed().await;
    assert_eq!(all().await, before);
    server.stop().await;
}

/// Keeps the index of a workspace from being fed, as if it were far behind.
async fn hold(server: &Server, company: &Company) -> leases::Taken {
    let workspace: WorkspaceId = company.workspace.parse().unwrap();
    let (generation, _) = server.app.search.searched().unwrap();
    loop {
        let taken = leases::take(&server.app.database, workspace, &generation.name, Uuid::new_v4()).await.unwrap();
        if let Some(taken) = taken {
            return taken;
        }
        tokio::task::yield_now().await;
    }
}

async fn leaving_and_deleting_take_effect_before_the_index_hears_of_it(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ana = company.hires(&server, "Ana", "MEMBER").await;
    let secret = company.private(&server, "secret", &[&ana]).await;
    let (kept, _) = ana.sends(&server, &company, &secret, "words kept").await;
    let (deleted, _) = ana.sends(&server, &company, &secret, "words deleted").await;
    let (edited, _) = ana.sends(&server, &company, &company.general, "words edited").await;
    server.indexed().await;
    let _held = hold(&server, &company).await;
    assert_eq!(ask(&server, &ana, &company, "words").await["total"]["count"], 3);
    let one = |id: &str| json!({ "workspaceId": company.workspace, "messageId": id });
    ana.does(&server, "deleteMessage", "{ seq }", one(&deleted)).await;
    let edit = json!({ "workspaceId": company.workspace, "messageId": edited, "text": "nothing" });
    ana.does(&server, "editMessage", "{ seq }", edit).await;
    let answer = ask(&server, &ana, &company, "words").await;
    assert_eq!((found(&answer), number(&answer, "/total/count")), (vec!["words kept".to_owned()], 1));
    assert_eq!(answer["facets"]["channels"][0]["count"], 1, "what is gone is not counted: {answer}");
    let leave = json!({ "workspaceId": company.workspace, "channelId": secret });
    ana.does(&server, "leaveChannel", "{ seq }", leave).await;
    let answer = ask(&server, &ana, &company, "words").await;
    assert_eq!((found(&answer).len(), number(&answer, "/total/count")), (0, 0));
    assert_eq!(answer["facets"]["channels"], json!([]));
    assert_eq!(found(&ask(&server, &company.owner, &company, "words").await), ["words kept"], "{kept}");
    server.stop().await;
}

async fn pages_follow_each_other(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    for number in 0..7 {
        company.owner.sends(&server, &company, &company.general, &format!("page {number}")).await;
    }
    server.indexed().await;
    for sort in ["RELEVANCE", "NEWEST", "OLDEST"] {
        let (mut texts, mut after) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({ "w": company.workspace, "q": "page", "s": sort, "n": 3, "a": after });
            let answer = company.owner.ask(&server, SEARCH, variables).await["data"]["search"].clone();
            texts.extend(found(&answer));
            if answer["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            after = answer["pageInfo"]["endCursor"].clone();
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
    server.stop().await;
}

const MATCHES: &str = "subscription($w: ID!, $s: ID!) { searchMatches(workspaceId: $w, savedSearchId: $s) {
  seq message { text } } }";

async fn a_saved_search_tells_what_matches(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let ana = company.hires(&server, "Ana", "MEMBER").await;
    let bo = company.hires(&server, "Bo", "MEMBER").await;
    let secret = company.private(&server, "secret", &[&bo]).await;
    let save = async |person: &Person, query: &str| {
        let input = json!({ "workspaceId": company.workspace, "name": "mine", "query": query });
        person.tries(&server, "createSavedSearch", "{ savedSearch { id query } }", input).await
    };
    let saved = text(&save(&ana, "budget from:@bo -draft is:unread").await.unwrap(), "/savedSearch/id");
    let again = async |name: &str| {
        let input = json!({ "workspaceId": company.workspace, "id": saved, "name": name,
            "query": "budget from:@bo -draft is:unread" });
        ana.tries(&server, "createSavedSearch", "{ savedSearch { id } }", input).await
    };
    assert_eq!(text(&again("mine").await.unwrap(), "/savedSearch/id"), saved, "saved twice it is saved once");
    assert_eq!(again("another").await.unwrap_err(), "CONFLICT");
    for wrong in ["", " ", &"a".repeat(600)] {
        assert_eq!(save(&ana, wrong).await.unwrap_err(), "BAD_USER_INPUT");
    }
    let list = "query($w: ID!) { workspace(id: $w) { savedSearches { id query } } }";
    let listed = async |person: &Person| {
        let answer = person.ask(&server, list, json!({ "w": company.workspace })).await;
        answer["data"]["workspace"]["savedSearches"].as_array().unwrap().len()
    };
    assert_eq!((listed(&ana).await, listed(&bo).await), (1, 0), "it is for one person alone");
    let mut socket = Socket::ready(&server, Some(&ana.token)).await;
    socket.subscribe("1", MATCHES, json!({ "w": company.workspace, "s": saved })).await;
    // The subscription has begun when the pong comes back: messages are taken in order.
    socket.taken().await;
    bo.sends(&server, &company, &secret, "budget of the secret").await;
    ana.sends(&server, &company, &company.general, "budget by me").await;
    bo.sends(&server, &company, &company.general, "a draft of the budget").await;
    bo.sends(&server, &company, &company.general, "lunch").await;
    let (_, seq) = bo.sends(&server, &company, &company.general, "the Budget is done").await;
    let matched = socket.next_of("1").await;
    let item = &matched["payload"]["data"]["searchMatches"];
    assert_eq!((&item["message"]["text"], item["seq"].as_i64()), (&json!("the Budget is done"), Some(seq)));
    // Nobody else can follow it, nor ask of it what the event does not carry.
    let mut other = Socket::ready(&server, Some(&bo.token)).await;
    other.subscribe("1", MATCHES, json!({ "w": company.workspace, "s": saved })).await;
    assert_eq!(text(&other.next_of("1").await, "/payload/0/extensions/code"), "NOT_FOUND");
    let more = MATCHES.replace("text }", "text author { name } }");
    other.subscribe("2", &more, json!({ "w": company.workspace, "s": saved })).await;
    assert_eq!(text(&other.next_of("2").await, "/payload/0/extensions/code"), "BAD_USER_INPUT");
    let input = json!({ "workspaceId": company.workspace, "savedSearchId": saved });
    assert_eq!(
        bo.tries(&server, "deleteSavedSearch", "{ savedSearchId }", input.clone()).await.unwrap_err(),
        "NOT_FOUND"
    );
    ana.does(&server, "deleteSavedSearch", "{ savedSearchId }", input).await;
    assert_eq!(listed(&ana).await, 0);
    server.stop().await;
}

async fn an_index_that_is_lost_is_built_again(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let (gone, _) = company.owner.sends(&server, &company, &company.general, "words deleted").await;
    company.owner.sends(&server, &company, &company.general, "words kept").await;
    let input = json!({ "workspaceId": company.workspace, "messageId": gone });
    company.owner.does(&server, "deleteMessage", "{ seq }", input).await;
    server.indexed().await;
    let folder = store.directory.path().join("search");
    let indexes = || -> Vec<std::path::PathBuf> {
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect()
    };
    // Wiped while it is in use.
    let [first] = &indexes()[..] else { panic!("there is one index") };
    std::fs::remove_dir_all(first).unwrap();
    company.owner.sends(&server, &company, &company.general, "words after").await;
    let both = async |server: &Server| {
        let mut found = finds(server, &company.owner, &company, "words").await;
        found.sort_unstable();
        found
    };
    while both(&server).await != ["words after", "words kept"] {
        server.app.search.stepped_once().await;
    }
    server.stop().await;
    // Damaged while the server was down.
    let [second] = &indexes()[..] else { panic!("there is one index") };
    assert_ne!(first, second);
    std::fs::write(second.join("meta.json"), "{").unwrap();
    let server = server_on(store).await;
    server.indexed().await;
    assert_eq!(both(&server).await, ["words after", "words kept"]);
    server.stop().await;
}

async fn an_index_that_differs_is_repaired(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let owner = &company.owner;
    let (lost, _) = owner.sends(&server, &company, &company.general, "words lost").await;
    let (stale, _) = owner.sends(&server, &company, &company.general, "words stale").await;
    let (gone, _) = owner.sends(&server, &company, &company.general, "words gone").await;
    owner.sends(&server, &company, &company.general, "words right").await;
    server.indexed().await;
    let (generation, _) = server.app.search.searched().unwrap();
    let workspace: WorkspaceId = company.workspace.parse().unwrap();
    let id = |text: &str| text.parse::<MessageId>().unwrap();
    let snapshot = server.app.database.snapshot(Scope::Workspace(workspace)).await.unwrap();
    let mut old = truth::of(&snapshot, workspace, vec![id(&stale), id(&gone)]).await.unwrap();
    drop(snapshot);
    let input = json!({ "workspaceId": company.workspace, "messageId": gone });
    owner.does(&server, "deleteMessage", "{ seq }", input).await;
    server.indexed().await;
    // As a process leaves it that hung and wrote what it had read before.
    old.iter_mut().for_each(|document| document.text = "words of before".to_owned());
    let wrong = Changes { documents: old, gone: vec![id(&lost)] };
    generation.index.apply(wrong).await.unwrap();
    assert_eq!(finds(&server, owner, &company, "lost").await, [] as [&str; 0]);
    assert_eq!(search_audit::audit(&server.app.database, &generation).await.unwrap(), 3);
    assert_eq!(search_audit::audit(&server.app.database, &generation).await.unwrap(), 0);
    for (query, wanted) in [
        ("lost", vec!["words lost"]),
        ("stale", vec!["words stale"]),
        ("before", vec![]),
        ("right", vec!["words right"]),
    ] {
        assert_eq!(finds(&server, owner, &company, query).await, wanted, "{query}");
    }
    server.stop().await;
}

async fn a_new_index_is_built_while_the_old_one_serves(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    company.owner.sends(&server, &company, &company.general, "words before").await;
    server.indexed().await;
    let id = |server: &Server| server.app.search.searched().unwrap().0.name.clone();
    let first = id(&server);
    server.app.search.ask_for_new(&server.app.database).await.unwrap();
    while id(&server) == first {
        assert_eq!(finds(&server, &company.owner, &company, "before").await, ["words before"]);
        server.app.search.stepped_once().await;
    }
    company.owner.sends(&server, &company, &company.general, "words after").await;
    server.indexed().await;
    let mut found = finds(&server, &company.owner, &company, "words").await;
    found.sort_unstable();
    assert_eq!(found, ["words after", "words before"]);
    assert_eq!(server.app.search.engine().ids().await.unwrap().len(), 1, "the old index is gone");
    server.stop().await;
    // The same by the command, with no server running.
    let config = store.config();
    let (mut told, alone) = (Vec::new(), true);
    let events = reindex::run(&config, alone, |done, all| told.push((done, all))).await.unwrap();
    assert!(events > 3 && told.iter().all(|(done, all)| done <= all), "{events} {told:?}");
}
