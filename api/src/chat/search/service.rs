//! Executes searches: resolves the query, runs it in the engine within the viewer's read permissions, and verifies each
//! hit against the database.
//!
//! Never returns a message that the viewer may not read, whatever the index contains, nor one deleted or edited since
//! it was indexed. Never waits for the index to catch up.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::names::{self, NameScope, NamedEntity};
use super::query_parser::{self, ParsedQuery};
use super::resolve::{self, Filter, Resolved};
use super::source;
use crate::adapter::search::document::Has;
use crate::adapter::search::matching;
use crate::adapter::search::query::{
    Clause, Condition, Facets, MAX_RELEVANCE_HITS, Query, SearchHits, SearchOptions, Sort, Term,
};
use crate::app::App;
use crate::app::generations::Generation;
use crate::chat::message;
use crate::chat::workspace::view::View;
use crate::ground::budget::Owner;
use crate::ground::compute::Meter;
use crate::ground::db::Transaction;
use crate::ground::error::{Error, Result};
use crate::ground::id::{FileId, MessageId, WorkspaceId};
use crate::ground::page;
use crate::log::{follower, read};
use crate::model::event::Seq;
use crate::model::file::entity::file;
use crate::model::message::entity::Model as MessageRow;
use crate::model::viewer::Viewer;

/// Maximum channel results and maximum member results beside the messages.
pub const MAX_NAME_MATCHES: usize = 5;
/// Maximum bytes of file texts searched for one page; files beyond that match by name and description only.
const MAX_FILE_TEXT_BYTES: usize = 4 * 1024 * 1024;
/// Maximum lag of the index, in events, for which changed messages are excluded from the engine query. Beyond it, hits
/// are compared with their current documents instead.
const MAX_INDEX_LAG: u64 = 500;

/// A search request.
#[derive(Debug, Clone, Default)]
pub struct SearchRequest {
    pub typed: String,
    pub filter: Filter,
    pub sort: Sort,
    pub messages: bool,
    /// Whether to return files whose name or text matches.
    pub files: bool,
    pub names: NameScope,
    pub limit: usize,
    pub after: Option<SearchCursor>,
    pub wants_total: bool,
    pub wants_facets: bool,
}

/// A position in a sorted list: the number of hits up to it if sorted by relevance, otherwise the sequence number of
/// the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SearchCursor {
    pub sort: Sort,
    pub at: i64,
}

impl page::Key for SearchCursor {
    fn write(&self) -> String {
        let sort = match self.sort {
            Sort::Relevance => 'r',
            Sort::Newest => 'n',
            Sort::Oldest => 'o',
        };
        format!("{sort}{}", self.at)
    }

    fn read(text: &str) -> Option<Self> {
        let sort = match text.chars().next()? {
            'r' => Sort::Relevance,
            'n' => Sort::Newest,
            'o' => Sort::Oldest,
            _ => return None,
        };
        Some(Self { sort, at: text[1..].parse().ok()? })
    }
}

/// The results of a search.
#[derive(Debug, Default)]
pub struct SearchResults {
    /// Matching channels and members. First page only.
    pub names: Vec<NamedEntity>,
    pub messages: Vec<MessageHit>,
    pub has_more: bool,
    /// The position of the last hit processed, even if that hit was dropped.
    pub end: Option<SearchCursor>,
    /// Number of messages and names across all pages, and whether it is exact.
    pub total: u64,
    pub is_exact: bool,
    pub facets: Facets,
    /// Operators whose value the viewer cannot resolve, as entered.
    pub unresolved: Vec<String>,
    /// False while the first index is being built.
    pub is_complete: bool,
}

/// A matching message.
#[derive(Debug, Clone)]
pub struct MessageHit {
    pub row: MessageRow,
    /// The position in the list.
    pub key: SearchCursor,
    /// The highlighted ranges of its text, as start and length in UTF-16 code units.
    pub highlights: Vec<(usize, usize)>,
    /// Its files that match the terms themselves.
    pub files: Vec<file::Model>,
}

/// Runs a search. Holds no database connection while the engine works, so a slow engine delays only searches.
/// Afterwards opens a view in which every hit is verified and from which the response is read.
///
/// # Errors
/// `NOT_FOUND` unless the viewer is a member; `BAD_USER_INPUT` if the query or a filter is invalid; `UNAVAILABLE` while
/// the engine is unavailable.
pub async fn search(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    request: SearchRequest,
) -> Result<(Arc<View>, SearchResults)> {
    let typed = query_parser::parse(&request.typed)?;
    for _ in 0..MAX_ATTEMPTS {
        let (typed, request) = (&typed, &request);
        let prepare = |view: Arc<View>| async move { prepare(&view, typed, request).await };
        let prepared = View::in_memory(app, viewer, workspace_id, prepare).await?;
        let found = match &prepared.engine_query {
            Some(engine_query) => {
                let _permit = app.semaphores.searches.acquire(Owner::Account(viewer.account_id)).await?;
                Some(engine_query.index.index.search(&engine_query.query, &engine_query.options).await?)
            }
            None => None,
        };
        let view = View::open(app, viewer, workspace_id).await?;
        if prepared.has_same_audience(&view) {
            let results = assemble(&view, request, typed, prepared, found).await?;
            return Ok((view, results));
        }
        // The viewer joined or left a channel meanwhile, so the counts no longer match their permissions.
    }
    Err(Error::Unavailable("Channel memberships changed during the search. Try again.".into()))
}

/// Attempts if the viewer's channels change during a search.
const MAX_ATTEMPTS: usize = 3;

/// A query to the engine.
struct EngineQuery {
    index: Arc<Generation>,
    is_complete: bool,
    query: Query,
    options: SearchOptions,
    /// Whether the query excludes every message changed since the index was updated; false if the index lags too far.
    is_current: bool,
}

/// A resolved search, with its engine query if it needs one.
struct Prepared {
    engine_query: Option<EngineQuery>,
    resolved: Resolved,
    /// The sequence number of the log at which it was prepared.
    seq: Seq,
}

impl Prepared {
    /// Whether the viewer's read permissions in `view` are those the query was prepared with.
    fn has_same_audience(&self, view: &View) -> bool {
        self.engine_query.is_none() || resolve::audience(view, &self.resolved.channels) == self.resolved.audience
    }
}

async fn prepare(view: &View, typed: &ParsedQuery, request: &SearchRequest) -> Result<Prepared> {
    let resolved = resolve::resolve(view, typed, &request.filter).await?;
    let is_empty = typed.terms.is_empty() && resolved.clauses.is_empty();
    let seq = view.seq();
    if !(request.messages || request.files) || is_empty || !resolved.unresolved.is_empty() {
        return Ok(Prepared { engine_query: None, resolved, seq });
    }
    let (index, is_complete) = view.app().search.searchable()?;
    let clauses = resolved.clauses.iter().chain([&resolved.audience]).cloned().collect();
    let mut query = Query { workspace_id: view.id(), terms: typed.terms.clone(), clauses };
    if !request.messages {
        query.clauses.push(Clause::any([Condition::Has(Has::File)]));
    }
    let snapshot = view.snapshot().await?;
    let cursor = follower::cursor(&snapshot, view.id(), &index.name).await?;
    let changed = changed(&snapshot, view.id(), cursor, seq).await?;
    query.clauses.extend(changed.as_ref().filter(|ids| !ids.is_empty()).map(exclude));
    let options = options(request, &query)?;
    let engine_query = EngineQuery { index, is_complete, query, options, is_current: changed.is_some() };
    Ok(Prepared { engine_query: Some(engine_query), resolved, seq })
}

async fn assemble(
    view: &View,
    request: &SearchRequest,
    typed: &ParsedQuery,
    prepared: Prepared,
    found: Option<SearchHits>,
) -> Result<SearchResults> {
    let mut results = SearchResults { is_exact: true, is_complete: true, ..SearchResults::default() };
    let Prepared { engine_query, resolved, seq } = prepared;
    if request.after.is_none() && resolved.clauses.is_empty() && resolved.unresolved.is_empty() {
        results.names = named(view, typed, request.names).await?;
    }
    results.total = results.names.len() as u64;
    results.unresolved = resolved.unresolved;
    if let (Some(engine_query), Some(found)) = (engine_query, found) {
        messages(view, engine_query, found, seq, &mut results).await?;
        if request.files {
            files(view, &typed.terms, &mut results.messages).await?;
        }
    }
    Ok(results)
}

/// Finds channels and members by part of their name.
///
/// # Errors
/// `UNAVAILABLE` if the search times out; `PAYLOAD_TOO_LARGE` if the request exceeds its compute budget.
pub async fn names(app: &App, view: &View, text: String, limit: usize) -> Result<Vec<NamedEntity>> {
    let (workspace, me) = (view.workspace().clone(), view.me().clone());
    let among = NameScope { channels: true, members: true };
    app.compute.run(move |meter| names::find((&workspace, &me), &text, among, limit, meter)).await
}

/// Finds channels and members matching the terms, up to [`MAX_NAME_MATCHES`] of each.
async fn named(view: &View, typed: &ParsedQuery, among: NameScope) -> Result<Vec<NamedEntity>> {
    if typed.terms.iter().any(|term| term.negated) {
        return Ok(Vec::new());
    }
    let text: Vec<&str> = typed.terms.iter().map(|term| term.text.as_str()).collect();
    let (text, workspace, me) = (text.join(" "), view.workspace().clone(), view.me().clone());
    let find = move |meter: &mut Meter| {
        let mut of = |among| names::find((&workspace, &me), &text, among, MAX_NAME_MATCHES, meter);
        let channels = of(NameScope { members: false, ..among })?;
        Ok(channels.into_iter().chain(of(NameScope { channels: false, ..among })?).collect())
    };
    view.app().compute.run(find).await
}

async fn messages(
    view: &View,
    engine_query: EngineQuery,
    found: SearchHits,
    seq: Seq,
    results: &mut SearchResults,
) -> Result<()> {
    let EngineQuery { query, options, is_complete, is_current, .. } = engine_query;
    // Messages changed or deleted while the engine worked.
    let changed_meanwhile = match seq < view.seq() {
        true => changed(&*view.snapshot().await?, view.id(), seq, view.seq()).await?,
        false => Some(BTreeSet::new()),
    };
    let ids = found.hits.iter().map(|hit| hit.id).collect();
    let rows = message::query::find_all(view, ids).await?;
    let is_unchanged = |id: &MessageId| changed_meanwhile.as_ref().is_none_or(|ids| !ids.contains(id));
    let rows = rows.into_iter().filter(|row| row.deleted_at.is_none() && is_unchanged(&row.id));
    let mut rows: HashMap<MessageId, _> = rows.map(|row| (row.id, row)).collect();
    let is_consistent = is_current && changed_meanwhile.as_ref().is_some_and(BTreeSet::is_empty);
    if !is_consistent {
        retain_current(view, &found, &mut rows).await?;
    }
    let mut verified = Vec::with_capacity(rows.len());
    let (mut bytes, mut is_truncated) = (0, false);
    for (place, hit) in (options.offset..).zip(&found.hits) {
        let row = rows.remove(&hit.id);
        bytes += row.as_ref().map_or(0, message::query::bytes);
        is_truncated = bytes > page::BYTES && !verified.is_empty();
        if is_truncated {
            break;
        }
        let at = if options.sort == Sort::Relevance { i64::try_from(place + 1).unwrap_or(i64::MAX) } else { hit.seq };
        let key = SearchCursor { sort: options.sort, at };
        results.end = Some(key);
        verified.extend(row.map(|row| (row, key)));
    }
    results.messages = highlighted(view, verified, query.terms).await?;
    let is_within_depth = options.sort != Sort::Relevance || options.offset + options.limit < MAX_RELEVANCE_HITS;
    results.has_more = is_truncated || (found.has_more && is_within_depth);
    results.is_complete = is_complete;
    results.is_exact = found.is_exact && is_complete && is_consistent;
    // The engine's counts may include stale entries; then count only the returned messages.
    results.total += if is_consistent { found.total } else { results.messages.len() as u64 };
    results.facets = if is_consistent { found.facets } else { Facets::default() };
    Ok(())
}

/// Determines which files of each message match the terms themselves.
async fn files(view: &View, terms: &[Term], messages: &mut [MessageHit]) -> Result<()> {
    let ids: Vec<MessageId> = messages.iter().filter(|found| found.row.files > 0).map(|found| found.row.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut rows = crate::chat::file::query::for_messages(view, &ids).await?;
    let file_ids: Vec<FileId> = rows.values().flatten().map(|row| row.id).collect();
    let bounds = (matching::MAX_FILE_CHARS, MAX_FILE_TEXT_BYTES);
    let texts = source::file_text_prefixes(&*view.snapshot().await?, view.id(), &file_ids, bounds).await?;
    let wanted: Vec<Term> = terms.iter().filter(|term| !term.negated).cloned().collect();
    let has_words = move |row: &file::Model| {
        let Some(described) = row.described() else { return false };
        let text = source::FileContent::new([(&described, texts.get(&row.id).map(String::as_str))]).into_text();
        !wanted.is_empty() && wanted.iter().all(|term| matching::contains(term, &text))
    };
    let match_files = move |meter: &mut Meter| {
        for files in rows.values_mut() {
            files.retain(&has_words);
            meter.count(files.len() as u64 * matching::MAX_FILE_CHARS as u64)?;
        }
        Ok(rows)
    };
    let mut rows = view.app().compute.run(match_files).await?;
    for message in messages {
        message.files = rows.remove(&message.row.id).unwrap_or_default();
    }
    Ok(())
}

/// Drops hits whose indexed version is not current.
async fn retain_current(view: &View, found: &SearchHits, rows: &mut HashMap<MessageId, MessageRow>) -> Result<()> {
    let ids = rows.keys().copied().collect();
    let documents = source::documents(&*view.snapshot().await?, view.id(), ids).await?;
    let versions = documents.iter().map(|document| (document.id, document.version()));
    let versions: HashMap<MessageId, i64> = versions.collect();
    let current = found.hits.iter().filter(|hit| versions.get(&hit.id) == Some(&hit.version));
    let current: BTreeSet<MessageId> = current.map(|hit| hit.id).collect();
    rows.retain(|id, _| current.contains(id));
    Ok(())
}

/// Computes the highlights.
async fn highlighted(
    view: &View,
    verified: Vec<(MessageRow, SearchCursor)>,
    terms: Vec<Term>,
) -> Result<Vec<MessageHit>> {
    let highlight = move |meter: &mut Meter| {
        let mut highlighted = Vec::with_capacity(verified.len());
        for (row, key) in verified {
            let highlights = utf16(&row.text, &matching::highlight_ranges(&terms, &row.text));
            meter.count((row.text.len().min(matching::MAX_HIGHLIGHTED_CHARS) * (terms.len() + 1)) as u64)?;
            highlighted.push(MessageHit { row, key, highlights, files: Vec::new() });
        }
        Ok(highlighted)
    };
    view.app().compute.run(highlight).await
}

fn options(request: &SearchRequest, query: &Query) -> Result<SearchOptions> {
    // Without positive terms all hits are equally relevant.
    let has_words = query.terms.iter().any(|term| !term.negated);
    let sort = if request.sort == Sort::Relevance && !has_words { Sort::Newest } else { request.sort };
    let by_time = sort != Sort::Relevance;
    let wrong_cursor =
        || Error::invalid("after", "Invalid cursor. Use a cursor returned for this search and sort order.");
    let after = match request.after {
        Some(place) if place.sort != sort => return Err(wrong_cursor()),
        after => after.map(|place| place.at),
    };
    let offset = match after {
        Some(at) if !by_time => {
            usize::try_from(at).ok().filter(|at| *at <= MAX_RELEVANCE_HITS).ok_or_else(wrong_cursor)?
        }
        _ => 0,
    };
    Ok(SearchOptions {
        sort,
        offset,
        after: after.filter(|_| by_time),
        limit: request.limit,
        total: request.wants_total,
        facets: request.wants_facets,
    })
}

/// The messages whose texts or files changed with `after < seq <= to`; `None` if there are more than [`MAX_INDEX_LAG`] events.
async fn changed(
    snapshot: &Transaction,
    workspace_id: WorkspaceId,
    after: Seq,
    to: Seq,
) -> Result<Option<BTreeSet<MessageId>>> {
    if after >= to {
        return Ok(Some(BTreeSet::new()));
    }
    let events = read::after(snapshot, workspace_id, after, MAX_INDEX_LAG + 1).await?;
    if events.len() as u64 > MAX_INDEX_LAG {
        return Ok(None);
    }
    Ok(Some(events.iter().filter_map(|event| event.skeleton.rewritten_message()).collect()))
}

fn exclude(ids: &BTreeSet<MessageId>) -> Clause {
    Clause::none(ids.iter().copied().map(Condition::Message))
}

/// Converts byte ranges to start and length in UTF-16 code units.
fn utf16(text: &str, ranges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let units = |part: &str| part.encode_utf16().count();
    let (mut at, mut units_before) = (0, 0);
    let mut found = Vec::with_capacity(ranges.len());
    for (start, end) in ranges {
        let (Some(between), Some(match_text)) = (text.get(at..*start), text.get(*start..*end)) else { continue };
        units_before += units(between);
        let length = units(match_text);
        found.push((units_before, length));
        units_before += length;
        at = *end;
    }
    found
}
