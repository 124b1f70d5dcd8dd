//! The `search` and `switcher` queries and their result types.

use std::sync::Arc;

use async_graphql::connection::PageInfo;
use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject, Union};

use super::names::{MAX_FUZZY_CHARS, NameScope, NamedEntity};
use super::resolve::{Filter, Is};
use super::service::{self, MessageHit, SearchCursor, SearchRequest, SearchResults};
use crate::adapter::search::document::Has;
use crate::adapter::search::query::{Facets, Sort};
use crate::chat::channel::graphql::Channel;
use crate::chat::file::graphql::File;
use crate::chat::graphql::context::{app, id, ids_in, viewer};
use crate::chat::member::graphql::{Member, member_of};
use crate::chat::message::graphql::Message;
use crate::chat::read_state::graphql::ReadStates;
use crate::chat::workspace::view::View;
use crate::ground::clock::Timestamp;
use crate::ground::error::Error;
use crate::ground::id::WorkspaceId;
use crate::ground::page;
use crate::model::file::entity::file;

/// Maximum number of IDs in one field of a filter.
const MAX_FILTER_IDS: usize = 50;
/// Maximum number of results of the switcher.
const MAX_SWITCHER_RESULTS: usize = 50;
/// Cost of scanning all names, in addition to the cost of the results.
const NAMES_COST: usize = 1_100;

/// The sort order of search results.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Sort")]
pub enum SearchSort {
    /// Most relevant first. Newest first for searches without words.
    Relevance,
    /// Newest messages first.
    Newest,
    /// Oldest messages first.
    Oldest,
}

/// A kind of search result.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum SearchKind {
    /// Messages, matched by their text, their files and filters.
    Message,
    /// Channels, matched by name. Only on the first page of searches without filters.
    Channel,
    /// Members, matched by name or handle. Only on the first page of searches without filters.
    Member,
    /// Files, matched by name, alternative text and the text of documents.
    File,
}

/// A property of a message.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Has")]
pub enum SearchHas {
    /// The message contains a link.
    Link,
    /// The message has a file of any kind.
    File,
    /// The message has an image.
    Image,
    /// The message has a reaction.
    Reaction,
}

/// A state of a message.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Is")]
pub enum SearchIs {
    /// The message starts a thread or is a reply in one.
    Thread,
    /// The message is unread: it is from another member, in one of the viewer's channels that is not archived, and
    /// after the viewer's read position.
    Unread,
}

/// Filters by ID, combined with the operators in the search text. A message must match at least one of the values in a
/// field, except for `has` and `is`, where it must match all. Maximum 50 IDs per field.
#[derive(InputObject, Default)]
pub struct SearchFilter {
    /// Messages by one of these members.
    from: Option<Vec<ID>>,
    /// Messages not by any of these members.
    not_from: Option<Vec<ID>>,
    /// Messages in one of these channels.
    r#in: Option<Vec<ID>>,
    /// Messages not in any of these channels.
    not_in: Option<Vec<ID>>,
    /// Messages in a direct channel with one of these members, or in one of the latest 200 threads they wrote in.
    with: Option<Vec<ID>>,
    /// Messages that mention the viewer by name or are in one of the viewer's direct channels.
    to_me: Option<bool>,
    /// Messages sent before this time.
    before: Option<Timestamp>,
    /// Messages sent at or after this time.
    since: Option<Timestamp>,
    /// Messages with all of these properties.
    has: Option<Vec<SearchHas>>,
    /// Messages without any of these properties.
    not_has: Option<Vec<SearchHas>>,
    /// Messages in all of these states.
    is: Option<Vec<SearchIs>>,
    /// Messages not in any of these states.
    not_is: Option<Vec<SearchIs>>,
    /// Offset of the viewer's time zone from UTC in minutes, from -1,080 to 1,080. Applied to dates in the search text.
    /// Defaults to 0.
    utc_offset: Option<i32>,
}

impl SearchFilter {
    fn read(self, workspace: WorkspaceId) -> Result<Filter, Error> {
        let has = |given: Option<Vec<SearchHas>>| given.unwrap_or_default().into_iter().map(Has::from).collect();
        let is = |given: Option<Vec<SearchIs>>| given.unwrap_or_default().into_iter().map(Is::from).collect();
        Ok(Filter {
            from: ids_in(workspace, "from", &self.from.unwrap_or_default(), MAX_FILTER_IDS)?,
            not_from: ids_in(workspace, "notFrom", &self.not_from.unwrap_or_default(), MAX_FILTER_IDS)?,
            in_channels: ids_in(workspace, "in", &self.r#in.unwrap_or_default(), MAX_FILTER_IDS)?,
            not_in_channels: ids_in(workspace, "notIn", &self.not_in.unwrap_or_default(), MAX_FILTER_IDS)?,
            with: ids_in(workspace, "with", &self.with.unwrap_or_default(), MAX_FILTER_IDS)?,
            to_me: self.to_me.unwrap_or(false),
            before: self.before,
            since: self.since,
            has: has(self.has),
            not_has: has(self.not_has),
            is: is(self.is),
            not_is: is(self.not_is),
            utc_offset: self.utc_offset.unwrap_or(0),
        })
    }
}

/// A search result.
#[derive(Union, Clone)]
pub enum SearchNode {
    Message(Message),
    Channel(Channel),
    Member(Member),
    File(File),
}

/// A match in the text of a message, in UTF-16 code units as used by JavaScript strings.
#[derive(SimpleObject, Clone, Copy)]
pub struct SearchHighlight {
    /// Offset in `Message.text`.
    start: i32,
    /// Length of the match.
    length: i32,
}

/// A search result with its cursor.
#[derive(SimpleObject)]
pub struct SearchEdge {
    /// An opaque cursor for use with `after`.
    cursor: String,
    /// The search result.
    node: SearchNode,
    /// Matches in the text of a message, in order and without overlaps, maximum 500. Empty for channels, members and
    /// files.
    highlights: Vec<SearchHighlight>,
}

/// Number of search results.
#[derive(SimpleObject)]
pub struct SearchTotal {
    /// Number of matching messages, channels and members. Files are not counted.
    count: i32,
    /// Whether `count` is exact. If false, it is an estimate.
    exact: bool,
}

/// Number of matching messages in a channel.
#[derive(SimpleObject)]
pub struct SearchChannelCount {
    /// The channel.
    channel: Channel,
    /// Number of matching messages.
    count: i32,
}

/// Number of matching messages by an author.
#[derive(SimpleObject)]
pub struct SearchAuthorCount {
    /// The author.
    author: Member,
    /// Number of matching messages.
    count: i32,
}

/// Number of matching messages in a month.
#[derive(SimpleObject)]
pub struct SearchMonthCount {
    /// Year and month in UTC, for example `2026-11`. Can be used with the operator `during:`.
    month: String,
    /// Number of matching messages.
    count: i32,
}

/// Distribution of matching messages, maximum 20 entries each. Empty while the index is far behind.
#[derive(SimpleObject)]
pub struct SearchFacets {
    /// The channels with the most matching messages.
    channels: Vec<SearchChannelCount>,
    /// The authors of the most matching messages.
    authors: Vec<SearchAuthorCount>,
    /// The latest months with matching messages.
    months: Vec<SearchMonthCount>,
}

/// A page of search results.
pub struct SearchConnection {
    view: Arc<View>,
    results: SearchResults,
    /// Whether messages are returned, and not only their files.
    shows_messages: bool,
}

/// A page of search results: first channels and members, then messages. Each message is followed by its files that
/// match the search.
#[Object]
impl SearchConnection {
    /// The search results with their cursors.
    async fn edges(&self) -> Result<Vec<SearchEdge>> {
        let names = nodes(&self.view, &self.results.names)?.into_iter().map(named_edge);
        let rows = self.results.messages.iter().map(|found| found.row.clone()).collect();
        let messages = Message::viewed_all(&self.view, rows).into_iter().zip(&self.results.messages);
        let messages = messages.flat_map(|(message, found)| {
            let shown = self.shows_messages.then(|| message_edge(message, found));
            shown.into_iter().chain(file_edges(&self.view, found))
        });
        Ok(names.chain(messages).collect())
    }

    /// Pagination information. Search results can only be paginated forwards.
    async fn page_info(&self) -> PageInfo {
        let cursor = |found: &MessageHit| page::cursor(&found.key);
        PageInfo {
            has_previous_page: false,
            has_next_page: self.results.has_more,
            start_cursor: self.results.messages.first().map(cursor),
            end_cursor: self.results.end.as_ref().map(page::cursor),
        }
    }

    /// The total number of results on all pages.
    async fn total(&self) -> SearchTotal {
        SearchTotal { count: count(self.results.total), exact: self.results.is_exact }
    }

    /// The distribution of matching messages.
    async fn facets(&self) -> Result<SearchFacets> {
        Ok(facets(&self.view, &self.results.facets)?)
    }

    /// Operators in the search text that refer to an unknown member or channel, as typed. If not empty, the search has
    /// no results.
    async fn unresolved(&self) -> &[String] {
        &self.results.unresolved
    }

    /// Whether the index is complete. False while it is being built for the first time; results can then be missing.
    async fn complete(&self) -> bool {
        self.results.is_complete
    }
}

fn count(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn nodes(view: &Arc<View>, found: &[NamedEntity]) -> Result<Vec<SearchNode>, Error> {
    let channel_ids = found.iter().filter_map(|named| match named {
        NamedEntity::Channel(id) => Some(*id),
        NamedEntity::Member(_) => None,
    });
    let read_states = ReadStates::among(view, channel_ids);
    let node = |named: &NamedEntity| {
        Ok(match *named {
            NamedEntity::Channel(id) => SearchNode::Channel(Channel::viewed(&read_states, view.channel(id)?)),
            NamedEntity::Member(id) => SearchNode::Member(member_of(view, id)?),
        })
    };
    found.iter().map(node).collect()
}

fn named_edge(node: SearchNode) -> SearchEdge {
    SearchEdge { cursor: page::cursor(&0_i64), node, highlights: Vec::new() }
}

fn message_edge(message: Message, found: &MessageHit) -> SearchEdge {
    let unit = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let highlight = |(start, length): &(usize, usize)| SearchHighlight { start: unit(*start), length: unit(*length) };
    SearchEdge {
        cursor: page::cursor(&found.key),
        node: SearchNode::Message(message),
        highlights: found.highlights.iter().map(highlight).collect(),
    }
}

fn file_edges(view: &Arc<View>, found: &MessageHit) -> Vec<SearchEdge> {
    let edge = |row: &file::Model| SearchEdge {
        cursor: page::cursor(&found.key),
        node: SearchNode::File(File::viewed(view, row.clone())),
        highlights: Vec::new(),
    };
    found.files.iter().map(edge).collect()
}

fn facets(view: &Arc<View>, facets: &Facets) -> Result<SearchFacets, Error> {
    let read_states = ReadStates::among(view, facets.channels.iter().map(|(id, _)| *id));
    let channels = facets.channels.iter().filter_map(|(id, number)| {
        let channel = Channel::viewed(&read_states, view.channel(*id).ok()?);
        Some(SearchChannelCount { channel, count: count(*number) })
    });
    let author = |(id, number): &(_, u64)| {
        let author = member_of(view, *id).ok()?;
        Some(SearchAuthorCount { author, count: count(*number) })
    };
    let month = |(month, number): &(i32, u64)| SearchMonthCount {
        month: format!("{:04}-{:02}", month / 100, month % 100),
        count: count(*number),
    };
    Ok(SearchFacets {
        channels: channels.collect(),
        authors: facets.authors.iter().filter_map(author).collect(),
        months: facets.months.iter().map(month).collect(),
    })
}

#[derive(Default)]
pub struct SearchQuery;

#[Object]
impl SearchQuery {
    /// Searches messages, files, channels and members. Matches the last word as a prefix and tolerates small typos, so
    /// it can be called on every keystroke. Returns only what the viewer can read.
    ///
    /// The search text contains words, `"phrases"` and operators: `from:@ana`, `in:#general`, `to:me`, `with:@ana`,
    /// `before:`, `after:`, `on:`, `during:` (days such as `2026-11-21`, months, years, `today`, `yesterday`, `week`,
    /// `month`, `year`, `7d`), `has:link|file|image|reaction`, `is:thread|unread`. A leading `-` negates a word or an
    /// operator. Limits: 512 characters, 10 words, 16 operators. Results sorted by relevance end after 1,000 messages.
    ///
    /// Errors: `BAD_USER_INPUT` for an invalid search text, filter or cursor, `NOT_FOUND` if a member or channel in the
    /// filter does not exist, `UNAVAILABLE` if the search takes longer than 2 seconds or the search engine is
    /// unavailable.
    #[graphql(complexity = "search_cost(first).saturating_mul(child_complexity).saturating_add(NAMES_COST)")]
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn search(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of a workspace of which the viewer is a member.")] workspace_id: ID,
        #[graphql(desc = "The search text. An empty string matches nothing unless a filter is given.")] query: String,
        #[graphql(desc = "Filters, in addition to the operators in the search text.")] filter: Option<SearchFilter>,
        #[graphql(desc = "The sort order. Defaults to `RELEVANCE`.")] sort: Option<SearchSort>,
        #[graphql(desc = "The kinds of results to return. Defaults to all.")] kinds: Option<Vec<SearchKind>>,
        #[graphql(desc = "Number of messages to return. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Returns only items after this cursor.")] after: Option<String>,
    ) -> Result<SearchConnection> {
        let (app, viewer) = (app(context)?, viewer(context)?);
        let workspace = id("workspaceId", &workspace_id)?;
        let filter = filter.unwrap_or_default().read(workspace)?;
        let page = page::page::<SearchCursor>(first, after.as_deref(), None, None)?;
        let wants = |kind| kinds.as_ref().is_none_or(|kinds| kinds.contains(&kind));
        let selects = |field| context.look_ahead().field(field).exists();
        let shows_messages = wants(SearchKind::Message);
        let request = SearchRequest {
            typed: query,
            filter,
            sort: sort.map(Sort::from).unwrap_or_default(),
            messages: shows_messages,
            files: wants(SearchKind::File),
            names: NameScope { channels: wants(SearchKind::Channel), members: wants(SearchKind::Member) },
            limit: page.limit.max(1),
            after: page.after,
            wants_total: selects("total"),
            wants_facets: selects("facets"),
        };
        let (view, results) = service::search(app, viewer, workspace, request).await?;
        Ok(SearchConnection { view, results, shows_messages })
    }

    /// Finds channels and members by name for quick navigation, tolerating small typos. Cheap enough for every keystroke.
    ///
    /// Errors: `BAD_USER_INPUT` for text that is too long.
    #[graphql(complexity = "search_cost(first).saturating_mul(child_complexity).saturating_add(NAMES_COST)")]
    async fn switcher(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The ID of a workspace of which the viewer is a member.")] workspace_id: ID,
        #[graphql(desc = "Part of a name, maximum 64 characters. An empty string matches nothing.")] text: String,
        #[graphql(desc = "Number of items to return. Defaults to 10, maximum 50.")] first: Option<i32>,
    ) -> Result<Vec<SearchNode>> {
        crate::ground::text::require_max_chars("text", &text, MAX_FUZZY_CHARS)?;
        let limit = page::size("first", Some(first.unwrap_or(10)))?.min(MAX_SWITCHER_RESULTS);
        let app = app(context)?;
        let view = View::open(app, viewer(context)?, id("workspaceId", &workspace_id)?).await?;
        Ok(nodes(&view, &service::names(app, &view, text, limit).await?)?)
    }
}

/// The cost of a page of search results.
fn search_cost(first: Option<i32>) -> usize {
    page::size("first", first).unwrap_or(page::MAX)
}
