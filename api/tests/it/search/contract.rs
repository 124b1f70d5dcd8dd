//! The contract of both search engines. Runs on tantivy always, and on a real Meilisearch where
//! `CONFAB_TEST_MEILISEARCH_URL` is set (with `CONFAB_TEST_MEILISEARCH_KEY`, if needed). Otherwise recorded exchanges
//! detect changes in the requests.
//!
//! Record again with `CONFAB_RECORD_EXCHANGES=1`. All ids are fixed, so that requests are reproducible.

use api::adapter::search::document::{Audience, Document, Has, IndexBatch, PUBLIC_AUDIENCE};
use api::adapter::search::engine::{Engine, Index};
use api::adapter::search::query::{Clause, Condition, Query, SearchHits, SearchOptions, Sort, Term};
use api::ground::clock::Timestamp;
use api::ground::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use api::model::event::Mentions;
use uuid::Uuid;

use crate::support::{Recorder, Replay, setting};

const INDEX: Uuid = Uuid::from_u128(0x5ea2c4);
const WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(0x1000_0000_0000_0001));
const OTHER_WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(0x2000_0000_0000_0002));
const GENERAL: ChannelId = ChannelId(Uuid::from_u128(0x11));
const SECRET: ChannelId = ChannelId(Uuid::from_u128(0x12));
/// The audience of the private channel.
const SECRET_AUDIENCE: Audience = 12;
const ANA: MemberId = MemberId(Uuid::from_u128(0x21));
const BO: MemberId = MemberId(Uuid::from_u128(0x22));
/// 2026-01-10T00:00:00Z.
const JANUARY: i64 = 1_768_003_200_000;
const DAY: i64 = 86_400_000;

fn message(number: u128) -> MessageId {
    MessageId(Uuid::from_u128(0x3000 + number))
}

/// A message of Ana in the public channel, ten days after the previous one.
fn document(number: u128, text: &str) -> Document {
    let seq = i64::try_from(number).unwrap();
    Document {
        id: message(number),
        workspace_id: WORKSPACE,
        seq,
        channel_id: GENERAL,
        audience: PUBLIC_AUDIENCE,
        author_id: ANA,
        thread_id: None,
        threaded: false,
        at: Timestamp(JANUARY + (seq - 1) * 10 * DAY),
        text: text.to_owned(),
        has: Vec::new(),
        files: String::new(),
        mentions: Mentions::default(),
    }
}

fn corpus() -> Vec<Document> {
    let secret = |document: Document| Document { channel_id: SECRET, audience: SECRET_AUDIENCE, ..document };
    vec![
        document(1, "We deploy the server on Friday"),
        Document { author_id: BO, ..document(2, "Deployment of the search server was moved to Monday") },
        secret(document(3, "The secret server budget")),
        Document {
            thread_id: Some(message(1)),
            threaded: true,
            author_id: BO,
            ..document(4, "Friday works for me, see https://example.org/plan")
        },
        Document { has: vec![Has::Link, Has::Reaction], ..document(5, "Look at https://example.org/menu for lunch") },
        Document {
            mentions: Mentions { member_ids: vec![BO], channel: true },
            ..document(6, &format!("<@{}> <!channel> the big red bus leaves", BO.in_workspace(WORKSPACE)))
        },
        document(7, "a red and big balloon"),
        Document { workspace_id: OTHER_WORKSPACE, ..document(8, "Their server, their deploy, their Friday") },
    ]
}

fn term(text: &str) -> Term {
    Term { text: text.to_owned(), is_phrase: false, negated: false, is_prefix: false }
}

fn typed(text: &str) -> Vec<Term> {
    text.split_whitespace().map(term).collect()
}

fn by_relevance(limit: usize) -> SearchOptions {
    SearchOptions { sort: Sort::Relevance, offset: 0, after: None, limit, total: false, facets: false }
}

struct Suite {
    index: Index,
}

impl Suite {
    async fn find(&self, terms: Vec<Term>, clauses: Vec<Clause>, wanted: SearchOptions) -> SearchHits {
        let audience = Clause::any([Condition::Audience(PUBLIC_AUDIENCE)]);
        let clauses = [audience].into_iter().chain(clauses).collect();
        self.index.search(&Query { workspace_id: WORKSPACE, terms, clauses }, &wanted).await.unwrap()
    }

    /// The numbers of the messages found, in log order.
    async fn numbers(&self, terms: Vec<Term>, clauses: Vec<Clause>) -> Vec<u128> {
        let mut numbers = numbers(&self.find(terms, clauses, by_relevance(50)).await);
        numbers.sort_unstable();
        numbers
    }

    async fn finds_words(&self) {
        for (text, wanted) in [
            ("server", vec![1, 2]),
            ("SERVER", vec![1, 2]),
            ("deploy server", vec![1]),
            ("dpeloy", vec![1]),
            ("balloom", vec![7]),
            ("lunch", vec![5]),
            ("nothing", vec![]),
        ] {
            assert_eq!(self.numbers(typed(text), vec![]).await, wanted, "{text}");
        }
        let open = |text: &str| vec![Term { is_prefix: true, ..term(text) }];
        assert_eq!(self.numbers(open("depl"), vec![]).await, [1, 2]);
        assert_eq!(self.numbers(typed("depl"), vec![]).await, [] as [u128; 0]);
        let phrase = |text: &str| vec![Term { is_phrase: true, ..term(text) }];
        assert_eq!(self.numbers(phrase("big red"), vec![]).await, [6]);
        assert_eq!(self.numbers(phrase("red big"), vec![]).await, [] as [u128; 0]);
        let negated = Term { negated: true, ..term("monday") };
        assert_eq!(self.numbers([typed("server"), vec![negated]].concat(), vec![]).await, [1]);
        let unwanted = |text: &str, is_phrase| Term { negated: true, is_phrase, ..term(text) };
        assert_eq!(self.numbers(vec![unwanted("red bus", true)], vec![]).await, [1, 2, 4, 5, 7]);
        assert_eq!(self.numbers([typed("big"), vec![unwanted("red bus", true)]].concat(), vec![]).await, [7]);
        assert_eq!(self.numbers([typed("big"), vec![unwanted("bus-leaves", false)]].concat(), vec![]).await, [7]);
        // Mentions are not searchable text.
        assert_eq!(self.numbers(typed("mem"), vec![]).await, [] as [u128; 0]);
    }

    async fn applies_conditions(&self) {
        let before = Condition::Before(Timestamp(JANUARY + 15 * DAY));
        let since = Condition::Since(Timestamp(JANUARY + 50 * DAY));
        for (condition, wanted) in [
            (Condition::Channel(GENERAL), vec![1, 2, 4, 5, 6, 7]),
            (Condition::Channel(SECRET), vec![]),
            (Condition::Author(BO), vec![2, 4]),
            (Condition::Mentions(BO), vec![6]),
            (Condition::Mentions(ANA), vec![]),
            (Condition::MentionsChannel, vec![6]),
            (Condition::InThread(message(1)), vec![1, 4]),
            (Condition::Threaded, vec![4]),
            (Condition::Has(Has::Link), vec![5]),
            (Condition::Has(Has::Image), vec![]),
            (before, vec![1, 2]),
            (since, vec![6, 7]),
            (Condition::UnreadAfter(GENERAL, 3, ANA), vec![4]),
            (Condition::Message(message(7)), vec![7]),
        ] {
            assert_eq!(self.numbers(vec![], vec![Clause::any([condition])]).await, wanted, "{condition:?}");
            let rest: Vec<u128> = [1, 2, 4, 5, 6, 7].into_iter().filter(|number| !wanted.contains(number)).collect();
            assert_eq!(self.numbers(vec![], vec![Clause::none([condition])]).await, rest, "not {condition:?}");
        }
        let both = vec![Clause::any([Condition::Author(BO), Condition::MentionsChannel]), Clause::any([since])];
        assert_eq!(self.numbers(vec![], both).await, [6]);
        assert_eq!(self.numbers(typed("server"), vec![Clause::any([Condition::Author(BO)])]).await, [2]);
        assert_eq!(self.numbers(typed("server"), vec![Clause::any([])]).await, [] as [u128; 0]);
        assert_eq!(self.numbers(typed("server"), vec![Clause::none([])]).await, [1, 2]);
    }

    async fn sorts_pages_and_counts(&self) {
        let by = |sort| SearchOptions { sort, ..by_relevance(3) };
        let everything = |wanted| self.find(vec![], vec![], wanted);
        assert_eq!(numbers(&everything(by(Sort::Newest)).await), [7, 6, 5]);
        assert_eq!(numbers(&everything(SearchOptions { after: Some(5), ..by(Sort::Newest) }).await), [4, 2, 1]);
        assert_eq!(numbers(&everything(by(Sort::Oldest)).await), [1, 2, 4]);
        let last = everything(SearchOptions { after: Some(4), ..by(Sort::Oldest) }).await;
        assert_eq!((numbers(&last), last.has_more), (vec![5, 6, 7], false));
        assert!(everything(by(Sort::Oldest)).await.has_more);
        // By relevance, page by page.
        let whole = numbers(&self.find(typed("server"), vec![], by_relevance(2)).await);
        let part = |offset| self.find(typed("server"), vec![], SearchOptions { offset, ..by_relevance(1) });
        let (first, second) = (part(0).await, part(1).await);
        assert_eq!([numbers(&first), numbers(&second)].concat(), whole);
        assert!(first.has_more && !second.has_more);
        let counted = self.find(vec![], vec![], SearchOptions { total: true, facets: true, ..by_relevance(1) }).await;
        assert_eq!((counted.total, counted.is_exact, counted.hits.len()), (6, true, 1));
        assert_eq!(counted.facets.channels, [(GENERAL, 6)]);
        assert_eq!(counted.facets.authors, [(ANA, 4), (BO, 2)]);
        assert_eq!(counted.facets.months, [(202_603, 2), (202_602, 2), (202_601, 2)]);
        let found = self.find(typed("server"), vec![], SearchOptions { total: true, ..by_relevance(10) }).await;
        assert_eq!((found.total, found.facets.channels.len()), (2, 0));
    }

    /// Only documents of the audience, and none of other workspaces.
    async fn isolates_audiences_and_workspaces(&self) {
        let search_as = |audience: Vec<Audience>| {
            let clauses = vec![Clause::any(audience.into_iter().map(Condition::Audience))];
            let query = Query { workspace_id: WORKSPACE, terms: typed("server"), clauses };
            async move {
                let wanted = SearchOptions { total: true, facets: true, ..by_relevance(50) };
                self.index.search(&query, &wanted).await.unwrap()
            }
        };
        let insider = search_as(vec![PUBLIC_AUDIENCE, SECRET_AUDIENCE]).await;
        assert_eq!((insider.total, insider.facets.channels.len()), (3, 2));
        let outsider = search_as(vec![PUBLIC_AUDIENCE]).await;
        assert_eq!((outsider.total, outsider.facets.channels.len()), (2, 1));
        let nobody = search_as(vec![]).await;
        assert_eq!((nobody.total, nobody.hits.len(), nobody.facets.channels.len()), (0, 0, 0));
        // Thousands of channels form one filter.
        let many = (1_000..6_000).chain([SECRET_AUDIENCE]).collect();
        assert_eq!(numbers(&search_as(many).await), [3]);
    }

    async fn applies_changes_immediately(&self) {
        let edited = document(7, "a green kite");
        self.index.apply(IndexBatch { documents: vec![edited.clone()], deleted: vec![message(5)] }).await.unwrap();
        assert_eq!(self.numbers(typed("kite"), vec![]).await, [7]);
        assert_eq!(self.numbers(typed("balloon"), vec![]).await, [] as [u128; 0]);
        assert_eq!(self.numbers(typed("lunch"), vec![]).await, [] as [u128; 0]);
        let mut held = self.index.versions(WORKSPACE, 3, 7).await.unwrap();
        held.sort_by_key(|one| one.id);
        let wanted: Vec<(MessageId, i64)> =
            [&corpus()[3], &corpus()[5], &edited].map(|one| (one.id, one.version())).into();
        assert_eq!(held.iter().map(|one| (one.id, one.version)).collect::<Vec<_>>(), wanted);
        // Applying twice has no further effect.
        self.index.apply(IndexBatch { documents: vec![edited], deleted: vec![message(5)] }).await.unwrap();
        assert_eq!(self.index.versions(WORKSPACE, 0, 100).await.unwrap().len(), 6);
    }
}

fn numbers(found: &SearchHits) -> Vec<u128> {
    found.hits.iter().map(|hit| hit.id.0.as_u128() - 0x3000).collect()
}

async fn assert_contract(engine: Engine) {
    let index = engine.open(INDEX).await.unwrap();
    index.apply(IndexBatch { documents: corpus(), deleted: vec![] }).await.unwrap();
    let suite = Suite { index };
    suite.finds_words().await;
    suite.applies_conditions().await;
    suite.sorts_pages_and_counts().await;
    suite.isolates_audiences_and_workspaces().await;
    suite.applies_changes_immediately().await;
    // Reopening returns the same index, and removing deletes it.
    let again = Suite { index: engine.open(INDEX).await.unwrap_or_else(|_| suite.index.clone()) };
    assert_eq!(again.numbers(typed("kite"), vec![]).await, [7]);
    assert!(engine.ids().await.unwrap().contains(&INDEX));
    drop((suite, again));
    engine.remove(INDEX).await.unwrap();
    assert!(!engine.ids().await.unwrap().contains(&INDEX));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tantivy_fulfils_the_contract() {
    let directory = tempfile::tempdir().unwrap();
    assert_contract(Engine::embedded(directory.path())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn meilisearch_fulfils_the_contract() {
    let Some(url) = setting("CONFAB_TEST_MEILISEARCH_URL") else {
        println!("skipped: search::contract::meilisearch_fulfils_the_contract needs CONFAB_TEST_MEILISEARCH_URL");
        return;
    };
    let key = setting("CONFAB_TEST_MEILISEARCH_KEY");
    let recorder = Recorder::start(&url).await;
    assert_contract(Engine::meilisearch(&recorder.url(), key.as_deref()).unwrap()).await;
    if setting("CONFAB_RECORD_EXCHANGES").is_some() {
        recorder.save("meilisearch.json");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn meilisearch_requests_match_the_recording() {
    let replay = Replay::start("meilisearch.json").await;
    assert_contract(Engine::meilisearch(&replay.url(), None).unwrap()).await;
    assert_eq!(replay.unused(), Vec::<String>::new());
}
