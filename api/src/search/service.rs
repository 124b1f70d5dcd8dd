//! Searches: resolves what was typed, asks the engine within what the viewer may read, and checks each hit again.
//!
//! Promises: nothing is told of what the view may not read, whatever the index holds, nor of a message that was
//! deleted or edited since the index has heard of it; a search never waits for the index to catch up.

use std::collections::{BTreeSet, HashMap};

use super::matching;
use super::names::{self, Among, Named};
use super::operators::{self, Typed};
use super::query::{Clause, Condition, DEPTH_MAX, Facets, Query, Sort, Term, Wanted};
use super::resolve::{Filter, Resolved, resolve};
use crate::error::{Error, Result};
use crate::event::Skeleton;
use crate::id::MessageId;
use crate::log::{follower, read};
use crate::message;
use crate::workspace::view::View;

/// Channels and people that are told beside messages, of each.
pub const NAMES_MAX: usize = 5;
/// Events that the index may lag behind and still be asked without what they changed.
const LAG_MAX: u64 = 500;

/// What somebody looks for.
#[derive(Debug, Clone, Default)]
pub struct Request {
    pub typed: String,
    pub filter: Filter,
    pub sort: Sort,
    pub messages: bool,
    pub names: Among,
    pub limit: usize,
    pub after: Option<i64>,
    pub wants_total: bool,
    pub wants_facets: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Results {
    /// On the first page only.
    pub names: Vec<Named>,
    pub messages: Vec<FoundMessage>,
    pub has_more: bool,
    /// All messages and names, and whether they were counted exactly.
    pub total: u64,
    pub is_exact: bool,
    pub facets: Facets,
    /// Operators that name nobody and nothing that the viewer knows of.
    pub unresolved: Vec<String>,
    /// False while the index is being built for the first time.
    pub is_complete: bool,
    /// What the words were, to show where they stand.
    pub terms: Vec<Term>,
}

/// A message that was found.
#[derive(Debug, Clone)]
pub struct FoundMessage {
    pub row: message::entity::Model,
    /// The key of its place in the list.
    pub key: i64,
    /// Where the words stand in its text, in UTF-16 units: start and length.
    pub highlights: Vec<(usize, usize)>,
}

/// Searches in the workspace of a view.
///
/// # Errors
/// `BAD_USER_INPUT` for what cannot be read; `UNAVAILABLE` while the engine is away.
pub async fn search(view: &View, request: Request) -> Result<Results> {
    let typed = operators::read(&request.typed)?;
    let resolved = resolve(view, &typed, &request.filter).await?;
    let mut results =
        Results { unresolved: resolved.unresolved.clone(), terms: typed.terms.clone(), ..Results::default() };
    if request.after.is_none() && resolved.clauses.is_empty() && resolved.unresolved.is_empty() {
        results.names = named(view, &typed, request.names);
    }
    results.total = results.names.len() as u64;
    (results.is_exact, results.is_complete) = (true, true);
    let is_empty = typed.terms.is_empty() && resolved.clauses.is_empty();
    if request.messages && !is_empty && resolved.unresolved.is_empty() {
        messages(view, &request, typed, resolved, &mut results).await?;
    }
    Ok(results)
}

/// Channels and people of that name.
fn named(view: &View, typed: &Typed, among: Among) -> Vec<Named> {
    if typed.terms.iter().any(|term| term.negated) {
        return Vec::new();
    }
    let text: Vec<&str> = typed.terms.iter().map(|term| term.text.as_str()).collect();
    let text = text.join(" ");
    let of = |among| names::find(view, &text, among, NAMES_MAX);
    let channels = of(Among { members: false, ..among });
    channels.into_iter().chain(of(Among { channels: false, ..among })).collect()
}

async fn messages(
    view: &View,
    request: &Request,
    typed: Typed,
    resolved: Resolved,
    results: &mut Results,
) -> Result<()> {
    let (generation, is_complete) = view.app().search.searched()?;
    let mut query = Query { workspace_id: view.id(), terms: typed.terms, clauses: resolved.clauses };
    query.clauses.push(resolved.audience);
    let changed = changed(view, &generation.name).await?;
    query.clauses.extend(changed.as_ref().filter(|ids| !ids.is_empty()).map(without));
    let wanted = wanted(request, &query)?;
    let found = generation.index.search(&query, &wanted).await?;
    let ids = found.hits.iter().map(|hit| hit.id).collect();
    let rows = message::service::find_all(view, ids).await?;
    let mut rows: HashMap<MessageId, _> =
        rows.into_iter().filter(|row| row.deleted_at.is_none()).map(|row| (row.id, row)).collect();
    for (place, hit) in (wanted.offset..).zip(&found.hits) {
        let Some(row) = rows.remove(&hit.id) else { continue };
        let key = if wanted.sort == Sort::Relevance { i64::try_from(place + 1).unwrap_or(i64::MAX) } else { hit.seq };
        let highlights = utf16(&row.text, &matching::ranges(&query.terms, &row.text));
        results.messages.push(FoundMessage { row, key, highlights });
    }
    results.has_more = found.has_more && (wanted.sort != Sort::Relevance || wanted.offset + wanted.limit < DEPTH_MAX);
    results.total += found.total;
    results.is_complete = is_complete;
    results.is_exact = found.is_exact && is_complete && changed.is_some();
    // What the index has not heard of yet might be counted among them.
    results.facets = if changed.is_some() { found.facets } else { Facets::default() };
    Ok(())
}

fn wanted(request: &Request, query: &Query) -> Result<Wanted> {
    // Without words nothing fits better than anything else.
    let has_words = query.terms.iter().any(|term| !term.negated);
    let sort = if request.sort == Sort::Relevance && !has_words { Sort::Newest } else { request.sort };
    let by_time = sort != Sort::Relevance;
    let offset = match request.after {
        Some(after) if !by_time => usize::try_from(after).ok().filter(|offset| *offset <= DEPTH_MAX),
        _ => Some(0),
    };
    let offset = offset.ok_or_else(|| Error::invalid("after", "This is not a cursor of this list."))?;
    Ok(Wanted {
        sort,
        offset,
        after: request.after.filter(|_| by_time),
        limit: request.limit,
        total: request.wants_total,
        facets: request.wants_facets,
    })
}

/// The messages that have changed since the index was told of them; `None` if they are too many to say.
async fn changed(view: &View, name: &str) -> Result<Option<BTreeSet<MessageId>>> {
    let snapshot = view.snapshot().await?;
    let cursor = follower::cursor(&snapshot, view.id(), name).await?;
    if cursor >= view.seq() {
        return Ok(Some(BTreeSet::new()));
    }
    let events = read::after(&*snapshot, view.id(), cursor, LAG_MAX + 1).await?;
    if events.len() as u64 > LAG_MAX {
        return Ok(None);
    }
    let ids = events.iter().filter_map(|event| match &event.skeleton {
        Skeleton::MessageEdited { message_id, .. } | Skeleton::MessageDeleted { message_id, .. } => Some(*message_id),
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
        before += units(&text[at..*start]);
        let length = units(&text[*start..*end]);
        found.push((before, length));
        before += length;
        at = *end;
    }
    found
}
