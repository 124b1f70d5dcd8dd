//! Searches: resolves what was typed, asks the engine within what the viewer may read, and checks each hit again.
//!
//! Promises: nothing is told of what the view may not read, whatever the index holds, nor of a message that was
//! deleted or edited since the index has heard of it; a search never waits for the index to catch up.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::document::Has;
use super::generation::Generation;
use super::matching;
use super::names::{self, Among, Named};
use super::operators::{self, Typed};
use super::query::{Clause, Condition, DEPTH_MAX, Facets, Found, Query, Sort, Term, Wanted};
use super::resolve::{self, Filter, Resolved};
use super::truth;
use crate::app::App;
use crate::budget::Owner;
use crate::compute::Meter;
use crate::db::Transaction;
use crate::error::{Error, Result};
use crate::event::{Seq, Skeleton};
use crate::file::entity::file;
use crate::id::{FileId, MessageId, WorkspaceId};
use crate::log::{follower, read};
use crate::message;
use crate::page;
use crate::viewer::Viewer;
use crate::workspace::view::View;

/// Channels and people that are told beside messages, of each.
pub const NAMES_MAX: usize = 5;
/// Bytes of texts of files that are looked through for one page; of further files names and descriptions alone.
const FILE_TEXTS_BYTES: usize = 4 * 1024 * 1024;
/// Events that the index may lag behind and still be asked without what they changed.
const LAG_MAX: u64 = 500;

/// What somebody looks for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub typed: String,
    pub filter: Filter,
    pub sort: Sort,
    pub messages: bool,
    /// Files whose names or texts have the words.
    pub files: bool,
    pub names: Among,
    pub limit: usize,
    pub after: Option<Place>,
    pub wants_total: bool,
    pub wants_facets: bool,
}

/// A place in a list of a sort: how many stand up to it by relevance, else the number of the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub sort: Sort,
    pub at: i64,
}

impl page::Key for Place {
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

/// What was found.
#[derive(Debug, Default)]
pub struct Results {
    /// On the first page only.
    pub names: Vec<Named>,
    pub messages: Vec<FoundMessage>,
    pub has_more: bool,
    /// Where the last message stood that was looked at, also if it is not shown.
    pub end: Option<Place>,
    /// All messages and names, and whether they were counted exactly.
    pub total: u64,
    pub is_exact: bool,
    pub facets: Facets,
    /// Operators that name nobody and nothing that the viewer knows of.
    pub unresolved: Vec<String>,
    /// False while the index is being built for the first time.
    pub is_complete: bool,
}

/// A message that was found.
#[derive(Debug, Clone)]
pub struct FoundMessage {
    pub row: message::entity::Model,
    /// Its place in the list.
    pub key: Place,
    /// Where the words stand in its text, in UTF-16 units: start and length.
    pub highlights: Vec<(usize, usize)>,
    /// Those of its files that have the words themselves.
    pub files: Vec<file::Model>,
}

/// Searches. While the engine works nothing of the database is held: an engine that is slow costs only its own
/// searches. Afterwards a view is opened in which every hit is checked, and in which the answer is to be read.
///
/// # Errors
/// `NOT_FOUND` unless the viewer is a member; `BAD_USER_INPUT` for what cannot be read; `UNAVAILABLE` while the
/// engine is away.
pub async fn search(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    request: Request,
) -> Result<(Arc<View>, Results)> {
    let typed = operators::read(&request.typed)?;
    let request = Arc::new(request);
    for _ in 0..ATTEMPTS {
        let ask = |view: Arc<View>| {
            let (typed, request) = (typed.clone(), request.clone());
            async move { ask(&view, &typed, &request).await }
        };
        let asked = View::in_memory(app, viewer, workspace_id, ask).await?;
        let found = match &asked.question {
            Some(question) => {
                let _turn = app.gates.searches.enter(Owner::Account(viewer.account_id)).await?;
                Some(question.index.index.search(&question.query, &question.wanted).await?)
            }
            None => None,
        };
        let view = View::open(app, viewer, workspace_id).await?;
        if asked.is_what(&view) {
            let results = answer(&view, &request, typed, asked, found).await?;
            return Ok((view, results));
        }
        // They have come into a channel, or left one, meanwhile: what was counted is not what they may count.
    }
    Err(Error::Unavailable("The channels of the viewer change too fast. Search again.".into()))
}

/// How often is searched anew because the viewer's channels have changed meanwhile.
const ATTEMPTS: usize = 3;

/// What is asked of the engine.
struct Question {
    index: Arc<Generation>,
    is_complete: bool,
    query: Query,
    wanted: Wanted,
    /// What changed since the index heard of the log is said; else it is too much.
    is_current: bool,
}

/// What was meant, and what is asked of the engine if anything is.
struct Asked {
    question: Option<Question>,
    resolved: Resolved,
    /// Where the log stood.
    seq: Seq,
}

impl Asked {
    /// Whether the viewer may read in a view what they might when it was asked.
    fn is_what(&self, view: &View) -> bool {
        self.question.is_none() || resolve::audience(view, &self.resolved.channels) == self.resolved.audience
    }
}

async fn ask(view: &View, typed: &Typed, request: &Request) -> Result<Asked> {
    let resolved = resolve::resolve(view, typed, &request.filter).await?;
    let is_empty = typed.terms.is_empty() && resolved.clauses.is_empty();
    let seq = view.seq();
    if !(request.messages || request.files) || is_empty || !resolved.unresolved.is_empty() {
        return Ok(Asked { question: None, resolved, seq });
    }
    let (index, is_complete) = view.app().search.searched()?;
    let clauses = resolved.clauses.iter().chain([&resolved.audience]).cloned().collect();
    let mut query = Query { workspace_id: view.id(), terms: typed.terms.clone(), clauses };
    if !request.messages {
        query.clauses.push(Clause::any([Condition::Has(Has::File)]));
    }
    let snapshot = view.now().await?;
    let cursor = follower::cursor(&snapshot, view.id(), &index.name).await?;
    let changed = changed(&snapshot, view.id(), cursor, seq).await?;
    query.clauses.extend(changed.as_ref().filter(|ids| !ids.is_empty()).map(without));
    let wanted = wanted(request, &query)?;
    let question = Question { index, is_complete, query, wanted, is_current: changed.is_some() };
    Ok(Asked { question: Some(question), resolved, seq })
}

async fn answer(view: &View, request: &Request, typed: Typed, asked: Asked, found: Option<Found>) -> Result<Results> {
    let mut results = Results { is_exact: true, is_complete: true, ..Results::default() };
    let Asked { question, resolved, seq } = asked;
    if request.after.is_none() && resolved.clauses.is_empty() && resolved.unresolved.is_empty() {
        results.names = named(view, &typed, request.names).await?;
    }
    results.total = results.names.len() as u64;
    results.unresolved = resolved.unresolved;
    if let (Some(question), Some(found)) = (question, found) {
        messages(view, question, found, seq, &mut results).await?;
        if request.files {
            files(view, &typed.terms, &mut results.messages).await?;
        }
    }
    Ok(results)
}

/// Channels and people by a part of their name.
///
/// # Errors
/// `UNAVAILABLE` when it takes too long, `PAYLOAD_TOO_LARGE` when the request has asked for too much.
pub async fn names(app: &App, view: &View, text: String, limit: usize) -> Result<Vec<Named>> {
    let (workspace, me) = (view.workspace().clone(), view.me().clone());
    let among = Among { channels: true, members: true };
    app.compute.run(move |meter| names::find((&workspace, &me), &text, among, limit, meter)).await
}

/// Channels and people of that name, of each some.
async fn named(view: &View, typed: &Typed, among: Among) -> Result<Vec<Named>> {
    if typed.terms.iter().any(|term| term.negated) {
        return Ok(Vec::new());
    }
    let text: Vec<&str> = typed.terms.iter().map(|term| term.text.as_str()).collect();
    let (text, workspace, me) = (text.join(" "), view.workspace().clone(), view.me().clone());
    let find = move |meter: &mut Meter| {
        let mut of = |among| names::find((&workspace, &me), &text, among, NAMES_MAX, meter);
        let channels = of(Among { members: false, ..among })?;
        Ok(channels.into_iter().chain(of(Among { channels: false, ..among })?).collect())
    };
    view.app().compute.run(find).await
}

async fn messages(view: &View, question: Question, found: Found, seq: Seq, results: &mut Results) -> Result<()> {
    let Question { query, wanted, is_complete, is_current, .. } = question;
    // What was edited or deleted while the engine worked.
    let late = match seq < view.seq() {
        true => changed(&*view.snapshot().await?, view.id(), seq, view.seq()).await?,
        false => Some(BTreeSet::new()),
    };
    let ids = found.hits.iter().map(|hit| hit.id).collect();
    let rows = message::service::find_all(view, ids).await?;
    let is_still = |id: &MessageId| late.as_ref().is_none_or(|late| !late.contains(id));
    let rows = rows.into_iter().filter(|row| row.deleted_at.is_none() && is_still(&row.id));
    let mut rows: HashMap<MessageId, _> = rows.map(|row| (row.id, row)).collect();
    let is_certain = is_current && late.as_ref().is_some_and(BTreeSet::is_empty);
    if !is_certain {
        keep_what_is_indexed(view, &found, &mut rows).await?;
    }
    let mut kept = Vec::with_capacity(rows.len());
    let (mut bytes, mut is_cut) = (0, false);
    for (place, hit) in (wanted.offset..).zip(&found.hits) {
        let row = rows.remove(&hit.id);
        bytes += row.as_ref().map_or(0, message::service::bytes);
        is_cut = bytes > page::BYTES && !kept.is_empty();
        if is_cut {
            break;
        }
        let at = if wanted.sort == Sort::Relevance { i64::try_from(place + 1).unwrap_or(i64::MAX) } else { hit.seq };
        let key = Place { sort: wanted.sort, at };
        results.end = Some(key);
        kept.extend(row.map(|row| (row, key)));
    }
    results.messages = highlighted(view, kept, query.terms).await?;
    let reaches_on = wanted.sort != Sort::Relevance || wanted.offset + wanted.limit < DEPTH_MAX;
    results.has_more = is_cut || (found.has_more && reaches_on);
    results.is_complete = is_complete;
    results.is_exact = found.is_exact && is_complete && is_certain;
    // What the index has not heard of yet might be counted among them: then only what is shown counts.
    results.total += if is_certain { found.total } else { results.messages.len() as u64 };
    results.facets = if is_certain { found.facets } else { Facets::default() };
    Ok(())
}

/// Finds, for each message, which of its files have the words themselves.
async fn files(view: &View, terms: &[Term], messages: &mut [FoundMessage]) -> Result<()> {
    let ids: Vec<MessageId> = messages.iter().filter(|found| found.row.files > 0).map(|found| found.row.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut rows = crate::file::service::of_messages(view, &ids).await?;
    let known: Vec<FileId> = rows.values().flatten().map(|row| row.id).collect();
    let bounds = (matching::LOOKED_AT, FILE_TEXTS_BYTES);
    let texts = truth::beginnings(&*view.snapshot().await?, view.id(), &known, bounds).await?;
    let wanted: Vec<Term> = terms.iter().filter(|term| !term.negated).cloned().collect();
    let has_words = move |row: &file::Model| {
        let Some(described) = row.described() else { return false };
        let text = truth::Files::of([(&described, texts.get(&row.id).map(String::as_str))]).into_text();
        !wanted.is_empty() && wanted.iter().all(|term| matching::stands(term, &text))
    };
    let look = move |meter: &mut Meter| {
        for files in rows.values_mut() {
            files.retain(&has_words);
            meter.count(files.len() as u64 * matching::LOOKED_AT as u64)?;
        }
        Ok(rows)
    };
    let mut rows = view.app().compute.run(look).await?;
    for message in messages {
        message.files = rows.remove(&message.row.id).unwrap_or_default();
    }
    Ok(())
}

/// Leaves out what the index holds otherwise than it stands.
async fn keep_what_is_indexed(
    view: &View,
    found: &Found,
    rows: &mut HashMap<MessageId, message::entity::Model>,
) -> Result<()> {
    let ids = rows.keys().copied().collect();
    let documents = truth::of(&*view.snapshot().await?, view.id(), ids).await?;
    let versions: HashMap<MessageId, i64> = documents.iter().map(|one| (one.id, one.version())).collect();
    let held = found.hits.iter().filter(|hit| versions.get(&hit.id) == Some(&hit.version));
    let held: BTreeSet<MessageId> = held.map(|hit| hit.id).collect();
    rows.retain(|id, _| held.contains(id));
    Ok(())
}

/// Finds where the words stand.
async fn highlighted(
    view: &View,
    kept: Vec<(message::entity::Model, Place)>,
    terms: Vec<Term>,
) -> Result<Vec<FoundMessage>> {
    let mark = move |meter: &mut Meter| {
        let mut marked = Vec::with_capacity(kept.len());
        for (row, key) in kept {
            let highlights = utf16(&row.text, &matching::ranges(&terms, &row.text));
            meter.count((row.text.len().min(matching::SHOWN) * (terms.len() + 1)) as u64)?;
            marked.push(FoundMessage { row, key, highlights, files: Vec::new() });
        }
        Ok(marked)
    };
    view.app().compute.run(mark).await
}

fn wanted(request: &Request, query: &Query) -> Result<Wanted> {
    // Without words nothing fits better than anything else.
    let has_words = query.terms.iter().any(|term| !term.negated);
    let sort = if request.sort == Sort::Relevance && !has_words { Sort::Newest } else { request.sort };
    let by_time = sort != Sort::Relevance;
    let strange = || Error::invalid("after", "This is not a cursor of this list.");
    let after = match request.after {
        Some(place) if place.sort != sort => return Err(strange()),
        after => after.map(|place| place.at),
    };
    let offset = match after {
        Some(at) if !by_time => usize::try_from(at).ok().filter(|at| *at <= DEPTH_MAX).ok_or_else(strange)?,
        _ => 0,
    };
    Ok(Wanted {
        sort,
        offset,
        after: after.filter(|_| by_time),
        limit: request.limit,
        total: request.wants_total,
        facets: request.wants_facets,
    })
}

/// The messages that were edited or deleted after one number and up to another; `None` if there is too much between.
async fn changed(
    snapshot: &Transaction,
    workspace_id: WorkspaceId,
    after: Seq,
    to: Seq,
) -> Result<Option<BTreeSet<MessageId>>> {
    if after >= to {
        return Ok(Some(BTreeSet::new()));
    }
    let events = read::after(snapshot, workspace_id, after, LAG_MAX + 1).await?;
    if events.len() as u64 > LAG_MAX {
        return Ok(None);
    }
    let ids = events.iter().filter_map(|event| match &event.skeleton {
        Skeleton::MessageEdited { message_id, .. } | Skeleton::MessageDeleted { message_id, .. } => Some(*message_id),
        Skeleton::FileRemoved { message_id, .. } => *message_id,
        _ => None,
    });
    Ok(Some(ids.collect()))
}

fn without(ids: &BTreeSet<MessageId>) -> Clause {
    Clause::none(ids.iter().copied().map(Condition::Message))
}

/// Ranges of bytes as JavaScript counts: start and length in UTF-16 units.
fn utf16(text: &str, ranges: &[(usize, usize)]) -> Vec<(usize, usize)> {
    let units = |part: &str| part.encode_utf16().count();
    let (mut at, mut before) = (0, 0);
    let mut found = Vec::with_capacity(ranges.len());
    for (start, end) in ranges {
        let (Some(between), Some(found_text)) = (text.get(at..*start), text.get(*start..*end)) else { continue };
        before += units(between);
        let length = units(found_text);
        found.push((before, length));
        before += length;
        at = *end;
    }
    found
}
