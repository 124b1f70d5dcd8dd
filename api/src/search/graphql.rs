//! `search` and `switcher`: what is found, as the schema has it.

use std::sync::Arc;

use async_graphql::connection::PageInfo;
use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject, Union};

use super::document::Has;
use super::names::{Among, NEAR_MAX, Named};
use super::query::{self, Facets};
use super::resolve::{Filter, Is};
use super::service::{self, FoundMessage, Place, Request, Results};
use crate::channel::graphql::Channel;
use crate::clock::Moment;
use crate::error::Error;
use crate::file::entity::file;
use crate::file::graphql::File;
use crate::graphql::{app, id, ids, viewer};
use crate::member::graphql::{Member, member_of};
use crate::message::graphql::Message;
use crate::page;
use crate::workspace::view::View;

/// Ids in one field of a filter.
const IDS_MAX: usize = 50;
/// Names in the switcher.
const SWITCHER_MAX: usize = 50;
/// What it costs to look through all names, beside what is found.
const NAMES_COST: usize = 1_100;

/// In which order what is found comes.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchSort {
    /// What fits best comes first. Without words: the newest.
    #[default]
    Relevance,
    /// The newest message comes first.
    Newest,
    /// The oldest message comes first.
    Oldest,
}

/// What can be found.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum SearchKind {
    /// Messages by their words, and by what filters say.
    Message,
    /// Channels by name; only on the first page, and only without filters.
    Channel,
    /// People by name; only on the first page, and only without filters.
    Member,
    /// Files by name, by what they show, and by the text of documents.
    File,
}

/// What a message has.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Has")]
pub enum SearchHas {
    /// A web address.
    Link,
    /// A file of any kind.
    File,
    /// A picture.
    Image,
    /// A reaction of anybody.
    Reaction,
}

/// What a message is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Is")]
pub enum SearchIs {
    /// It begins a thread or stands in one.
    Thread,
    /// It is in a channel of the viewer, by somebody else, behind what the viewer has read.
    Unread,
}

/// The same that operators in the text say, by ids. Of several in one field one must fit; of `has` and `is` all.
/// At most 50 ids in each field.
#[derive(InputObject, Default)]
pub struct SearchFilter {
    /// Written by one of these members.
    from: Option<Vec<ID>>,
    /// Written by none of these members.
    not_from: Option<Vec<ID>>,
    /// In one of these channels.
    r#in: Option<Vec<ID>>,
    /// In none of these channels.
    not_in: Option<Vec<ID>>,
    /// In a direct channel with one of these members, or in a thread in which they wrote (the latest 200).
    with: Option<Vec<ID>>,
    /// Mentions the viewer by name, or stands in a direct channel of theirs.
    to_me: Option<bool>,
    /// Sent before this moment.
    before: Option<Moment>,
    /// Sent at this moment or later.
    since: Option<Moment>,
    /// Has all of these.
    has: Option<Vec<SearchHas>>,
    /// Has none of these.
    not_has: Option<Vec<SearchHas>>,
    /// Is all of these.
    is: Option<Vec<SearchIs>>,
    /// Is none of these.
    not_is: Option<Vec<SearchIs>>,
    /// Minutes by which the viewer's clock is ahead of UTC, from -1080 to 1080: days in the text are the viewer's.
    utc_offset: Option<i32>,
}

impl SearchFilter {
    fn read(self) -> Result<Filter, Error> {
        let members = |field, given: Option<Vec<ID>>| ids(field, &given.unwrap_or_default(), IDS_MAX);
        let channels = |field, given: Option<Vec<ID>>| ids(field, &given.unwrap_or_default(), IDS_MAX);
        let has = |given: Option<Vec<SearchHas>>| given.unwrap_or_default().into_iter().map(Has::from).collect();
        let is = |given: Option<Vec<SearchIs>>| given.unwrap_or_default().into_iter().map(Is::from).collect();
        Ok(Filter {
            from: members("from", self.from)?,
            not_from: members("notFrom", self.not_from)?,
            in_channels: channels("in", self.r#in)?,
            not_in_channels: channels("notIn", self.not_in)?,
            with: members("with", self.with)?,
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

/// Something that was found.
#[derive(Union, Clone)]
pub enum SearchNode {
    Message(Message),
    Channel(Channel),
    Member(Member),
    File(File),
}

/// Where what was looked for stands in the text of a message. As JavaScript counts: UTF-16 units.
#[derive(SimpleObject, Clone, Copy)]
pub struct SearchHighlight {
    /// Where it begins in `Message.text`.
    start: i32,
    /// How long it is.
    length: i32,
}

/// Something that was found, with its place in the list.
#[derive(SimpleObject)]
pub struct SearchEdge {
    /// Where it stands, for `after`. Opaque.
    cursor: String,
    /// What was found.
    node: SearchNode,
    /// Where the words stand in the text of a message; in order, without overlaps. Empty for channels, people
    /// and files.
    highlights: Vec<SearchHighlight>,
}

/// How many there are.
#[derive(SimpleObject)]
pub struct SearchTotal {
    /// Messages, channels and people; files are not counted.
    count: i32,
    /// Whether they were counted; if not, `count` is an estimate.
    exact: bool,
}

/// How many of the messages are in a channel.
#[derive(SimpleObject)]
pub struct SearchChannelCount {
    /// The channel.
    channel: Channel,
    /// Messages that were found in it.
    count: i32,
}

/// How many of the messages somebody wrote.
#[derive(SimpleObject)]
pub struct SearchAuthorCount {
    /// Who.
    author: Member,
    /// Messages of theirs that were found.
    count: i32,
}

/// How many of the messages are of a month.
#[derive(SimpleObject)]
pub struct SearchMonthCount {
    /// Year and month in UTC, such as `2026-11`: also what `during:` takes.
    month: String,
    /// Messages of it that were found.
    count: i32,
}

/// How the messages that were found are spread. At most 20 of each; empty while the index is far behind.
#[derive(SimpleObject)]
pub struct SearchFacets {
    /// The channels with the most.
    channels: Vec<SearchChannelCount>,
    /// The authors of the most.
    authors: Vec<SearchAuthorCount>,
    /// The latest months.
    months: Vec<SearchMonthCount>,
}

/// A page of what was found.
pub struct SearchConnection {
    view: Arc<View>,
    results: Results,
    /// Messages are shown, and not only their files.
    shows_messages: bool,
}

/// A page of what was found: channels and people by name first, then messages, each with those of its files behind it
/// that have the words themselves.
#[Object]
impl SearchConnection {
    /// What was found, with cursors.
    async fn edges(&self) -> Result<Vec<SearchEdge>> {
        let names = self.results.names.iter().map(|named| named_edge(&self.view, *named));
        let rows = self.results.messages.iter().map(|found| found.row.clone()).collect();
        let messages = Message::viewed_all(&self.view, rows).into_iter().zip(&self.results.messages);
        let messages = messages.flat_map(|(message, found)| {
            let shown = self.shows_messages.then(|| message_edge(message, found));
            shown.into_iter().chain(file_edges(&self.view, found)).map(Ok)
        });
        Ok(names.chain(messages).collect::<Result<_, Error>>()?)
    }

    /// Whether more follows. There is no way back.
    async fn page_info(&self) -> PageInfo {
        let cursor = |found: &FoundMessage| page::cursor(&found.key);
        PageInfo {
            has_previous_page: false,
            has_next_page: self.results.has_more,
            start_cursor: self.results.messages.first().map(cursor),
            end_cursor: self.results.end.as_ref().map(page::cursor),
        }
    }

    /// How many there are on all pages.
    async fn total(&self) -> SearchTotal {
        SearchTotal { count: count(self.results.total), exact: self.results.is_exact }
    }

    /// How the messages are spread.
    async fn facets(&self) -> Result<SearchFacets> {
        Ok(facets(&self.view, &self.results.facets)?)
    }

    /// Operators in the text that name nobody and nothing that the viewer knows of, as they were typed. With one
    /// of them nothing is found.
    async fn unresolved(&self) -> &[String] {
        &self.results.unresolved
    }

    /// False while the index is being built for the first time: there may be more.
    async fn complete(&self) -> bool {
        self.results.is_complete
    }
}

fn count(number: u64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn node(view: &Arc<View>, named: Named) -> Result<SearchNode, Error> {
    Ok(match named {
        Named::Channel(id) => SearchNode::Channel(Channel::viewed(view, view.channel(id)?, None)),
        Named::Member(id) => SearchNode::Member(member_of(view, id)?),
    })
}

fn named_edge(view: &Arc<View>, named: Named) -> Result<SearchEdge, Error> {
    Ok(SearchEdge { cursor: page::cursor(&0_i64), node: node(view, named)?, highlights: Vec::new() })
}

fn message_edge(message: Message, found: &FoundMessage) -> SearchEdge {
    let unit = |number: usize| i32::try_from(number).unwrap_or(i32::MAX);
    let highlight = |(start, length): &(usize, usize)| SearchHighlight { start: unit(*start), length: unit(*length) };
    SearchEdge {
        cursor: page::cursor(&found.key),
        node: SearchNode::Message(message),
        highlights: found.highlights.iter().map(highlight).collect(),
    }
}

fn file_edges(view: &Arc<View>, found: &FoundMessage) -> Vec<SearchEdge> {
    let edge = |row: &file::Model| SearchEdge {
        cursor: page::cursor(&found.key),
        node: SearchNode::File(File::viewed(view, row.clone())),
        highlights: Vec::new(),
    };
    found.files.iter().map(edge).collect()
}

fn facets(view: &Arc<View>, facets: &Facets) -> Result<SearchFacets, Error> {
    let channels = facets.channels.iter().filter_map(|(id, number)| {
        let channel = view.channel(*id).ok()?;
        Some(SearchChannelCount { channel: Channel::viewed(view, channel, None), count: count(*number) })
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

/// What a search wants.
struct Arguments {
    kinds: Vec<SearchKind>,
    sort: SearchSort,
    first: Option<i32>,
    after: Option<String>,
}

fn request(typed: String, filter: Filter, arguments: Arguments, fields: (bool, bool)) -> Result<Request, Error> {
    let Arguments { kinds, sort, first, after } = arguments;
    let page = page::page::<Place>(first, after.as_deref(), None, None)?;
    let wants = |kind| kinds.contains(&kind);
    Ok(Request {
        typed,
        filter,
        sort: match sort {
            SearchSort::Relevance => query::Sort::Relevance,
            SearchSort::Newest => query::Sort::Newest,
            SearchSort::Oldest => query::Sort::Oldest,
        },
        messages: wants(SearchKind::Message),
        files: wants(SearchKind::File),
        names: Among { channels: wants(SearchKind::Channel), members: wants(SearchKind::Member) },
        limit: page.limit.max(1),
        after: page.after,
        wants_total: fields.0,
        wants_facets: fields.1,
    })
}

#[derive(Default)]
pub struct SearchQuery;

#[Object]
impl SearchQuery {
    /// Finds messages, files, channels and people. Matches the last word as a prefix and tolerates small typos, so it
    /// can be called on every keystroke.
    ///
    /// The text takes words, "phrases", and `from:@ana`, `in:#general`, `to:me`, `with:@ana`, `before:`, `after:`,
    /// `on:`, `during:` (days such as `2026-11-21`, months, years, `today`, `yesterday`, `week`, `month`, `year`,
    /// `7d`), `has:link|file|image|reaction`, `is:thread|unread`. A leading `-` negates a word or an operator.
    /// At most 512 characters, 10 words, 16 operators, and by relevance the first 1,000 messages. Only what the
    /// viewer may read is found and counted.
    #[graphql(complexity = "search_cost(first).saturating_mul(child_complexity).saturating_add(NAMES_COST)")]
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn search(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "The search text. An empty text matches nothing unless a filter is given.")] query: String,
        #[graphql(desc = "Beside the operators in the text.")] filter: Option<SearchFilter>,
        #[graphql(desc = "The sort order. Defaults to RELEVANCE.")] sort: Option<SearchSort>,
        #[graphql(desc = "The kinds of results. Defaults to all.")] kinds: Option<Vec<SearchKind>>,
        #[graphql(desc = "Messages from the start. Defaults to 50, maximum 100.")] first: Option<i32>,
        #[graphql(desc = "Only after this cursor.")] after: Option<String>,
    ) -> Result<SearchConnection> {
        let workspace = id("workspaceId", &workspace_id)?;
        let fields = ["total", "facets"].map(|field| context.look_ahead().field(field).exists());
        let all = || vec![SearchKind::Message, SearchKind::Channel, SearchKind::Member, SearchKind::File];
        let shows_messages = kinds.as_ref().is_none_or(|kinds| kinds.contains(&SearchKind::Message));
        let arguments = Arguments { kinds: kinds.unwrap_or_else(all), sort: sort.unwrap_or_default(), first, after };
        let filter = filter.unwrap_or_default().read()?;
        let request = request(query, filter, arguments, (fields[0], fields[1]))?;
        let (view, results) = service::search(app(context)?, viewer(context)?, workspace, request).await?;
        Ok(SearchConnection { view, results, shows_messages })
    }

    /// Channels and people whose name begins so, or nearly so: for jumping there. From memory, so it can be asked
    /// with every key.
    #[graphql(complexity = "search_cost(first).saturating_mul(child_complexity).saturating_add(NAMES_COST)")]
    async fn switcher(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The workspace.")] workspace_id: ID,
        #[graphql(desc = "A part of a name, up to 64 characters. Nothing is found by nothing.")] text: String,
        #[graphql(desc = "Best matches to return. Defaults to 10, maximum 50.")] first: Option<i32>,
    ) -> Result<Vec<SearchNode>> {
        crate::text::at_most("text", &text, NEAR_MAX)?;
        let limit = page::size("first", Some(first.unwrap_or(10)))?.min(SWITCHER_MAX);
        let app = app(context)?;
        let find = |view: Arc<View>| {
            let text = text.clone();
            async move {
                let found = service::names(app, &view, text, limit).await?;
                found.into_iter().map(|named| node(&view, named)).collect::<Result<Vec<_>, Error>>()
            }
        };
        Ok(View::in_memory(app, viewer(context)?, id("workspaceId", &workspace_id)?, find).await?)
    }
}

/// What a page of a search costs.
fn search_cost(first: Option<i32>) -> usize {
    page::size("first", first).unwrap_or(page::MAX)
}
