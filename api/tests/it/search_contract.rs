//! What both engines promise: one suite, on tantivy always, on a real Meilisearch where
//! `CONFAB_TEST_MEILISEARCH_URL` names one (with `CONFAB_TEST_MEILISEARCH_KEY`, if it needs a key), and else on
//! exchanges that were recorded from a real one, so that a change in what is sent is noticed.
//!
//! Recorded anew by `CONFAB_RECORD_EXCHANGES=1`. Every id is fixed, so the same is sent every time.

use api::clock::Moment;
use api::event::Mentions;
use api::id::{ChannelId, MemberId, MessageId, WorkspaceId};
use api::search::document::{Audience, Document, EVERYBODY, Has};
use api::search::engine::{Changes, Engine, Index};
use api::search::query::{Clause, Condition, Found, Query, Sort, Term, Wanted};
use uuid::Uuid;

use crate::exchanges::{Recorder, Replay};
use crate::store::setting;

const INDEX: Uuid = Uuid::from_u128(0x5ea2c4);
const HOUSE: WorkspaceId = WorkspaceId(Uuid::from_u128(0x1000_0000_0000_0001));
const OTHER: WorkspaceId = WorkspaceId(Uuid::from_u128(0x2000_0000_0000_0002));
const GENERAL: ChannelId = ChannelId(Uuid::from_u128(0x11));
const SECRET: ChannelId = ChannelId(Uuid::from_u128(0x12));
/// Who may read the channel that is not public.
const IN_SECRET: Audience = 12;
const ANA: MemberId = MemberId(Uuid::from_u128(0x21));
const BO: MemberId = MemberId(Uuid::from_u128(0x22));
/// 2026-01-10T00:00:00Z.
const JANUARY: i64 = 1_768_003_200_000;
const DAY: i64 = 86_400_000;

fn message(number: u128) -> MessageId {
    MessageId(Uuid::from_u128(0x3000 + number))
}

/// A message in the public channel by Ana, ten days after the one before.
fn document(number: u128, text: &str) -> Document {
    let seq = i64::try_from(number).unwrap();
    Document {
        id: message(number),
        workspace_id: HOUSE,
        seq,
        channel_id: GENERAL,
        audience: EVERYBODY,
        author_id: ANA,
        thread_id: None,
        threaded: false,
        at: Moment(JANUARY + (seq - 1) * 10 * DAY),
        text: text.to_owned(),
        has: Vec::new(),
        files: String::new(),
        mentions: Mentions::default(),
    }
}

fn library() -> Vec<Document> {
    let secret = |document: Document| Document { channel_id: SECRET, audience: IN_SECRET, ..document };
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
            ..document(6, &format!("<@{BO}> <!channel> the big red bus leaves"))
        },
        document(7, "a red and big balloon"),
        Document { workspace_id: OTHER, ..document(8, "Their server, their deploy, their Friday") },
    ]
}

fn term(text: &str) -> Term {
    Term { text: text.to_owned(), is_phrase: false, negated: false, is_open: false }
}

fn typed(text: &str) -> Vec<Term> {
    text.split_whitespace().map(term).collect()
}

fn all(limit: usize) -> Wanted {
    Wanted { sort: Sort::Relevance, offset: 0, after: None, limit, total: false, facets: false }
}

struct Suite {
    index: Index,
}

impl Suite {
    async fn find(&self, terms: Vec<Term>, clauses: Vec<Clause>, wanted: Wanted) -> Found {
        let audience = Clause::any([Condition::Audience(EVERYBODY)]);
        let clauses = [audience].into_iter().chain(clauses).collect();
        self.index.search(&Query { workspace_id: HOUSE, terms, clauses }, &wanted).await.unwrap()
    }

    /// The numbers of the messages found, in the order of the log.
    async fn numbers(&self, terms: Vec<Term>, clauses: Vec<Clause>) -> Vec<u128> {
        let mut numbers = numbers(&self.find(terms, clauses, all(50)).await);
        numbers.sort_unstable();
        numbers
    }

    async fn words_are_found(&self) {
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
        let open = |text: &str| vec![Term { is_open: true, ..term(text) }];
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
        // A mention is no word of the text.
        assert_eq!(self.numbers(typed("mem"), vec![]).await, [] as [u128; 0]);
    }

    async fn conditions_hold(&self) {
        let before = Condition::Before(Moment(JANUARY + 15 * DAY));
        let since = Condition::Since(Moment(JANUARY + 50 * DAY));
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
            (Condition::Behind(GENERAL, 3, ANA), vec![4]),
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

    async fn orders_pages_and_counts(&self) {
        let by = |sort| Wanted { sort, ..all(3) };
        let everything = |wanted| self.find(vec![], vec![], wanted);
        assert_eq!(numbers(&everything(by(Sort::Newest)).await), [7, 6, 5]);
        assert_eq!(numbers(&everything(Wanted { after: Some(5), ..by(Sort::Newest) }).await), [4, 2, 1]);
        assert_eq!(numbers(&everything(by(Sort::Oldest)).await), [1, 2, 4]);
        let last = everything(Wanted { after: Some(4), ..by(Sort::Oldest) }).await;
        assert_eq!((numbers(&last), last.has_more), (vec![5, 6, 7], false));
        assert!(everything(by(Sort::Oldest)).await.has_more);
        // By relevance: the same list in parts.
        let whole = numbers(&self.find(typed("server"), vec![], all(2)).await);
        let part = |offset| self.find(typed("server"), vec![], Wanted { offset, ..all(1) });
        let (first, second) = (part(0).await, part(1).await);
        assert_eq!([numbers(&first), numbers(&second)].concat(), whole);
        assert!(first.has_more && !second.has_more);
        let counted = self.find(vec![], vec![], Wanted { total: true, facets: true, ..all(1) }).await;
        assert_eq!((counted.total, counted.is_exact, counted.hits.len()), (6, true, 1));
        assert_eq!(counted.facets.channels, [(GENERAL, 6)]);
        assert_eq!(counted.facets.authors, [(ANA, 4), (BO, 2)]);
        assert_eq!(counted.facets.months, [(202_603, 2), (202_602, 2), (202_601, 2)]);
        let found = self.find(typed("server"), vec![], Wanted { total: true, ..all(10) }).await;
        assert_eq!((found.total, found.facets.channels.len()), (2, 0));
    }

    /// Only what the audience may read, and nothing of another workspace.
    async fn walls_stand(&self) {
        let asked = |audience: Vec<Audience>| {
            let clauses = vec![Clause::any(audience.into_iter().map(Condition::Audience))];
            let query = Query { workspace_id: HOUSE, terms: typed("server"), clauses };
            async move {
                let wanted = Wanted { total: true, facets: true, ..all(50) };
                self.index.search(&query, &wanted).await.unwrap()
            }
        };
        let insider = asked(vec![EVERYBODY, IN_SECRET]).await;
        assert_eq!((insider.total, insider.facets.channels.len()), (3, 2));
        let outsider = asked(vec![EVERYBODY]).await;
        assert_eq!((outsider.total, outsider.facets.channels.len()), (2, 1));
        let nobody = asked(vec![]).await;
        assert_eq!((nobody.total, nobody.hits.len(), nobody.facets.channels.len()), (0, 0, 0));
        // Thousands of channels are one filter.
        let many = (1_000..6_000).chain([IN_SECRET]).collect();
        assert_eq!(numbers(&asked(many).await), [3]);
    }

    async fn changes_are_found_at_once(&self) {
        let edited = document(7, "a green kite");
        self.index.apply(Changes { documents: vec![edited.clone()], gone: vec![message(5)] }).await.unwrap();
        assert_eq!(self.numbers(typed("kite"), vec![]).await, [7]);
        assert_eq!(self.numbers(typed("balloon"), vec![]).await, [] as [u128; 0]);
        assert_eq!(self.numbers(typed("lunch"), vec![]).await, [] as [u128; 0]);
        let mut held = self.index.held(HOUSE, 3, 7).await.unwrap();
        held.sort_by_key(|one| one.id);
        let wanted: Vec<(MessageId, i64)> =
            [&library()[3], &library()[5], &edited].map(|one| (one.id, one.version())).into();
        assert_eq!(held.iter().map(|one| (one.id, one.version)).collect::<Vec<_>>(), wanted);
        // Twice is once.
        self.index.apply(Changes { documents: vec![edited], gone: vec![message(5)] }).await.unwrap();
        assert_eq!(self.index.held(HOUSE, 0, 100).await.unwrap().len(), 6);
    }
}

fn numbers(found: &Found) -> Vec<u128> {
    found.hits.iter().map(|hit| hit.id.0.as_u128() - 0x3000).collect()
}

async fn keeps_its_promises(engine: Engine) {
    let index = engine.open(INDEX).await.unwrap();
    index.apply(Changes { documents: library(), gone: vec![] }).await.unwrap();
    let suite = Suite { index };
    suite.words_are_found().await;
    suite.conditions_hold().await;
    suite.orders_pages_and_counts().await;
    suite.walls_stand().await;
    suite.changes_are_found_at_once().await;
    // What is opened again is the same index, and what is removed is no more.
    let again = Suite { index: engine.open(INDEX).await.unwrap_or_else(|_| suite.index.clone()) };
    assert_eq!(again.numbers(typed("kite"), vec![]).await, [7]);
    assert!(engine.ids().await.unwrap().contains(&INDEX));
    drop((suite, again));
    engine.remove(INDEX).await.unwrap();
    assert!(!engine.ids().await.unwrap().contains(&INDEX));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tantivy_keeps_its_promises() {
    let directory = tempfile::tempdir().unwrap();
    keeps_its_promises(Engine::embedded(directory.path())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn meilisearch_keeps_its_promises() {
    let Some(url) = setting("CONFAB_TEST_MEILISEARCH_URL") else {
        println!("skipped: search_contract::meilisearch_keeps_its_promises needs CONFAB_TEST_MEILISEARCH_URL");
        return;
    };
    let key = setting("CONFAB_TEST_MEILISEARCH_KEY");
    let recorder = Recorder::start(&url).await;
    keeps_its_promises(Engine::meilisearch(&recorder.url(), key.as_deref()).unwrap()).await;
    if setting("CONFAB_RECORD_EXCHANGES").is_some() {
        recorder.save("meilisearch.json");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn meilisearch_is_asked_as_it_was_when_it_was_recorded() {
    let replay = Replay::start("meilisearch.json").await;
    keeps_its_promises(Engine::meilisearch(&replay.url(), None).unwrap()).await;
    assert_eq!(replay.unused(), Vec::<String>::new());
}
