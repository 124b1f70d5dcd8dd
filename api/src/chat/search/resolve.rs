//! Resolves names in operators and filters to ids, for a workspace and a viewer.
//!
//! A name that the viewer cannot see is returned as unresolved, and the search matches nothing. The response does not
//! reveal whether it exists.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect};
use strum::EnumString;

use super::query_parser::{Operator, OperatorKind, ParsedQuery};
use crate::adapter::search::analysis::fold;
use crate::adapter::search::dates;
use crate::adapter::search::document::{Audience, Has, PUBLIC_AUDIENCE};
use crate::adapter::search::query::{Clause, Condition};
use crate::chat::workspace::view::View;
use crate::ground::clock::Timestamp;
use crate::ground::compute::Meter;
use crate::ground::db::batch_query::among;
use crate::ground::db::{self, statement};
use crate::ground::error::{Error, Result};
use crate::ground::id::{ChannelId, GlobalId, MemberId, MessageId, WorkspaceScoped};
use crate::ground::text::{self, key};
use crate::model::channel::ChannelKind;
use crate::model::channel::entity::channel;
use crate::model::message;
use crate::model::workspace::state::{Channel, Member, Workspace};

/// Latest threads of a member that `with:` includes.
const MAX_THREADS: u64 = 200;

/// A state that the `is:` operator filters by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumString)]
#[strum(ascii_case_insensitive)]
pub enum Is {
    /// Starts a thread or belongs to one.
    Thread,
    /// Unread by the viewer, in one of their channels that is not archived.
    Unread,
}

/// Filters equivalent to the operators, by id. Values of one field are alternatives, except in `has` and `is`, where
/// all must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub from: Vec<MemberId>,
    pub not_from: Vec<MemberId>,
    pub in_channels: Vec<ChannelId>,
    pub not_in_channels: Vec<ChannelId>,
    pub with: Vec<MemberId>,
    pub to_me: bool,
    pub before: Option<Timestamp>,
    pub since: Option<Timestamp>,
    pub has: Vec<Has>,
    pub not_has: Vec<Has>,
    pub is: Vec<Is>,
    pub not_is: Vec<Is>,
    /// The viewer's offset from UTC in minutes.
    pub utc_offset: i32,
}

/// A resolved search.
#[derive(Debug, Clone)]
pub struct Resolved {
    pub clauses: Vec<Clause>,
    /// The audiences the viewer may read: of these channels, or of all if none are given.
    pub audience: Clause,
    pub channels: Vec<ChannelId>,
    pub unresolved: Vec<String>,
}

/// Collects filters before they become clauses.
#[derive(Debug, Default)]
struct FilterBuilder {
    filter: Filter,
    to: Vec<MemberId>,
    clauses: Vec<Clause>,
    unresolved: Vec<String>,
}

/// Resolves the operators of a query together with a filter.
///
/// # Errors
/// `BAD_USER_INPUT` for a UTC offset out of range; `NOT_FOUND` for an id that the viewer cannot see.
pub async fn resolve(view: &View, typed: &ParsedQuery, filter: &Filter) -> Result<Resolved> {
    if !(-18 * 60..=18 * 60).contains(&filter.utc_offset) {
        return Err(Error::invalid("utcOffset", "Must be a number of minutes from -1,080 to 1,080."));
    }
    require_visible(view, filter)?;
    let mut builder = FilterBuilder { filter: filter.clone(), ..FilterBuilder::default() };
    let is_day = |operator: &&Operator| {
        matches!(operator.key, OperatorKind::Before | OperatorKind::After | OperatorKind::On | OperatorKind::During)
    };
    let now = match typed.operators.iter().any(|operator| is_day(&operator)) {
        true => db::now(&*view.snapshot().await?).await?,
        false => Timestamp(0),
    };
    let names = NameTable::load(view, typed).await?;
    for operator in &typed.operators {
        if builder.add(view, &names, operator, now).is_none() {
            builder.unresolved.push(operator.typed.clone());
        }
    }
    let channels = builder.filter.in_channels.clone();
    let clauses = builder.clauses(view).await?;
    Ok(Resolved { clauses, audience: audience(view, &channels), channels, unresolved: builder.unresolved })
}

fn require_visible(view: &View, filter: &Filter) -> Result<()> {
    for id in filter.in_channels.iter().chain(&filter.not_in_channels) {
        view.channel(*id)?;
    }
    for id in filter.from.iter().chain(&filter.not_from).chain(&filter.with) {
        view.workspace().member(*id).ok_or(Error::NotFound("member"))?;
    }
    Ok(())
}

/// The audiences within which the viewer may find messages: the workspace, and each of their private and direct
/// channels. Limited to the given channels, if any.
pub fn audience(view: &View, channels: &[ChannelId]) -> Clause {
    let audience = |channel: &Channel| match channel.kind {
        ChannelKind::Public => PUBLIC_AUDIENCE,
        ChannelKind::Private | ChannelKind::Direct => channel.created_seq,
    };
    let audiences: BTreeSet<Audience> = match channels {
        [] => view.my_channels().map(|channel| audience(channel.channel())).chain([PUBLIC_AUDIENCE]).collect(),
        named => {
            let channels = named.iter().filter_map(|id| view.channel(*id).ok());
            channels.map(|channel| audience(channel.channel())).collect()
        }
    };
    Clause::any(audiences.into_iter().map(Condition::Audience))
}

impl FilterBuilder {
    /// Adds an operator; `None` if its value cannot be resolved.
    fn add(&mut self, view: &View, names: &NameTable, operator: &Operator, now: Timestamp) -> Option<()> {
        let (value, negated, filter) = (operator.value.as_str(), operator.negated, &mut self.filter);
        match operator.key {
            OperatorKind::From => push(member(view, names, value)?, negated, &mut filter.from, &mut filter.not_from),
            OperatorKind::In => {
                push(channel(view, names, value)?, negated, &mut filter.in_channels, &mut filter.not_in_channels);
            }
            OperatorKind::To => {
                let to = member(view, names, value)?;
                match negated {
                    true => self.clauses.push(Clause::none(addressed_to(view, to))),
                    false => self.to.push(to),
                }
            }
            OperatorKind::With if negated => return None,
            OperatorKind::With => filter.with.push(member(view, names, value)?),
            OperatorKind::Has => push(value.parse().ok()?, negated, &mut filter.has, &mut filter.not_has),
            OperatorKind::Is => push(value.parse().ok()?, negated, &mut filter.is, &mut filter.not_is),
            OperatorKind::Before | OperatorKind::After | OperatorKind::On | OperatorKind::During => {
                let (from, to) = dates::parse_range(value, now, filter.utc_offset)?;
                let one_of = match operator.key {
                    OperatorKind::Before => vec![Clause::any([Condition::Before(from)])],
                    OperatorKind::After => vec![Clause::any([Condition::Since(to)])],
                    _ if negated => vec![Clause::any([Condition::Before(from), Condition::Since(to)])],
                    _ => vec![Clause::any([Condition::Since(from)]), Clause::any([Condition::Before(to)])],
                };
                let is_negated = negated && matches!(operator.key, OperatorKind::Before | OperatorKind::After);
                self.clauses.extend(one_of.into_iter().map(|clause| Clause { negated: is_negated, ..clause }));
            }
        }
        Some(())
    }

    async fn clauses(&mut self, view: &View) -> Result<Vec<Clause>> {
        let filter = std::mem::take(&mut self.filter);
        let mut clauses = std::mem::take(&mut self.clauses);
        let any = |one_of: Vec<Condition>| (!one_of.is_empty()).then(|| Clause::any(one_of));
        let none = |one_of: Vec<Condition>| (!one_of.is_empty()).then(|| Clause::none(one_of));
        clauses.extend(any(filter.from.into_iter().map(Condition::Author).collect()));
        clauses.extend(none(filter.not_from.into_iter().map(Condition::Author).collect()));
        clauses.extend(any(filter.in_channels.into_iter().map(Condition::Channel).collect()));
        clauses.extend(none(filter.not_in_channels.into_iter().map(Condition::Channel).collect()));
        if filter.to_me {
            self.to.push(view.me().id);
        }
        clauses.extend(any(self.to.iter().flat_map(|to| addressed_to(view, *to)).collect()));
        if !filter.with.is_empty() {
            clauses.push(Clause::any(with(view, &filter.with).await?));
        }
        clauses.extend(filter.before.map(|moment| Clause::any([Condition::Before(moment)])));
        clauses.extend(filter.since.map(|moment| Clause::any([Condition::Since(moment)])));
        clauses.extend(filter.has.into_iter().map(|what| Clause::any([Condition::Has(what)])));
        clauses.extend(filter.not_has.into_iter().map(|what| Clause::none([Condition::Has(what)])));
        for (is, negated) in
            filter.is.into_iter().map(|is| (is, false)).chain(filter.not_is.into_iter().map(|is| (is, true)))
        {
            let one_of = match is {
                Is::Thread => vec![Condition::Threaded],
                Is::Unread => unread(view).await?,
            };
            clauses.push(Clause { negated, one_of });
        }
        Ok(clauses)
    }
}

fn push<T>(value: T, negated: bool, included: &mut Vec<T>, excluded: &mut Vec<T>) {
    if negated { excluded.push(value) } else { included.push(value) }
}

/// The members and channels that the operators mention, by folded name. Collected in one pass over the workspace,
/// regardless of the number of operators.
#[derive(Debug, Default)]
struct NameTable {
    members: HashMap<String, MemberId>,
    channels: HashMap<String, ChannelId>,
}

impl NameTable {
    async fn load(view: &View, typed: &ParsedQuery) -> Result<Self> {
        let (mut members, mut channels) = (HashSet::new(), HashSet::new());
        for operator in &typed.operators {
            match operator.key {
                OperatorKind::From | OperatorKind::To | OperatorKind::With => {
                    members.insert(fold(strip_at(&operator.value)))
                }
                OperatorKind::In if operator.value.starts_with('@') => members.insert(fold(strip_at(&operator.value))),
                OperatorKind::In => channels.insert(fold(operator.value.trim_start_matches('#'))),
                _ => false,
            };
        }
        if members.is_empty() && channels.is_empty() {
            return Ok(Self::default());
        }
        let (workspace, me) = (view.workspace().clone(), view.me().clone());
        let collect = move |meter: &mut Meter| Self::collect(&workspace, &me, (&members, &channels), meter);
        view.app().compute.run(collect).await
    }

    fn collect(
        workspace: &Workspace,
        me: &Member,
        (members, channels): (&HashSet<String>, &HashSet<String>),
        meter: &mut Meter,
    ) -> Result<Self> {
        let mut names = Self::default();
        for member in workspace.members().filter(|_| !members.is_empty()) {
            meter.count(member.name.len() as u64)?;
            let name = fold(&member.name);
            if members.contains(&name) && !name.is_empty() {
                // Of several members with the same name, prefer an active one, then the one who joined first.
                let place = |id: MemberId| workspace.member(id).map(|one| (!one.active, one.joined_seq, one.id));
                let best = names.members.entry(name).or_insert(member.id);
                *best = if place(member.id) < place(*best) { member.id } else { *best };
            }
        }
        let readable = workspace.channels().filter(|channel| !channels.is_empty() && workspace.may_read(me, channel));
        for channel in readable.filter(|channel| channel.kind != ChannelKind::Direct) {
            meter.count(channel.name.len() as u64)?;
            let name = fold(&channel.name);
            if channels.contains(&name) {
                // Of several channels with the same name, prefer one that is not archived, then one the viewer is in,
                // then the oldest.
                let place = |id: ChannelId| {
                    workspace.channel(id).map(|one| (one.archived_at.is_some(), !workspace.is_in(me, one), one.id))
                };
                let best = names.channels.entry(name).or_insert(channel.id);
                *best = if place(channel.id) < place(*best) { channel.id } else { *best };
            }
        }
        Ok(names)
    }
}

fn strip_at(value: &str) -> &str {
    value.trim_start_matches('@')
}

/// Parses the ID of an object in the workspace.
fn id_in<T: WorkspaceScoped>(view: &View, text: &str) -> Option<T> {
    let found: GlobalId<T> = text.parse().ok()?;
    (found.workspace_id == view.id()).then_some(found.id)
}

/// Resolves `me`, `@handle`, or a full name.
fn member(view: &View, names: &NameTable, value: &str) -> Option<MemberId> {
    let (name, workspace) = (strip_at(value), view.workspace());
    let folded = fold(name);
    if folded == "me" {
        return Some(view.me().id);
    }
    let by_handle = || workspace.handle(&text::normalize_handle(name));
    let by_id = || id_in(view, name).filter(|id| workspace.member(*id).is_some());
    by_handle().or_else(by_id).or_else(|| names.members.get(&folded).copied())
}

/// Resolves `#name`, `name`, or `@handle` for the direct channel with a member.
fn channel(view: &View, names: &NameTable, value: &str) -> Option<ChannelId> {
    if let Some(handle) = value.strip_prefix('@') {
        let mut members = vec![view.me().id, member(view, names, handle)?];
        members.sort_unstable();
        members.dedup();
        return view.workspace().direct(&members);
    }
    let by_id = || id_in(view, value).filter(|id| view.channel(*id).is_ok());
    let (name, workspace) = (value.trim_start_matches('#'), view.workspace());
    let found = names.channels.get(&fold(name)).copied();
    // An exact match wins, so that `café` and `cafe` stay distinct. An archived one gives way to another channel of that
    // name, as in [`NameTable`].
    let gives_way = |exact: ChannelId| {
        workspace.channel(exact).is_some_and(|exact| exact.archived_at.is_some())
            && found.and_then(|id| workspace.channel(id)).is_some_and(|other| key(&other.name) == key(name))
    };
    workspace.public_channel(name).filter(|exact| !gives_way(*exact)).or(found).or_else(by_id)
}

/// Messages that mention a member by name, or are in a direct channel of the viewer with them.
fn addressed_to(view: &View, to: MemberId) -> Vec<Condition> {
    let number = view.workspace().member(to).map(|member| member.number);
    let directs = directs(view).filter(|channel| number.is_some_and(|number| channel.members.contains(number)));
    [Condition::Mentions(to)].into_iter().chain(directs.map(|channel| Condition::Channel(channel.id))).collect()
}

fn directs(view: &View) -> impl Iterator<Item = Arc<Channel>> {
    let mine = view.my_channels().map(|channel| channel.channel().clone());
    mine.filter(|channel| channel.kind == ChannelKind::Direct)
}

/// Conversations with these members: direct channels, and threads in which they wrote.
async fn with(view: &View, members: &[MemberId]) -> Result<Vec<Condition>> {
    let mut conditions = Vec::new();
    for id in members {
        let number = view.workspace().member(*id).map(|member| member.number);
        let directs = directs(view).filter(|channel| number.is_some_and(|number| channel.members.contains(number)));
        conditions.extend(directs.map(|channel| Condition::Channel(channel.id)));
        let threads = threads(view, *id).await?;
        conditions.extend(threads.into_iter().map(Condition::InThread));
    }
    Ok(conditions)
}

/// The latest threads readable by the viewer in which a member wrote.
async fn threads(view: &View, member_id: MemberId) -> Result<Vec<MessageId>> {
    let mine: Vec<ChannelId> = view.my_channels().map(|channel| channel.channel().id).collect();
    let snapshot = view.snapshot().await?;
    let public = Query::select()
        .column(channel::Column::Id)
        .from(channel::Entity)
        .and_where(channel::Column::WorkspaceId.eq(view.id()))
        .and_where(channel::Column::Kind.eq(ChannelKind::Public))
        .to_owned();
    let readable = sea_orm::Condition::any().add(message::entity::Column::ChannelId.in_subquery(public)).add(among(
        &*snapshot,
        message::entity::Column::ChannelId,
        mine,
    ));
    let threads = message::entity::Entity::find()
        .filter(message::entity::Column::WorkspaceId.eq(view.id()))
        .filter(message::entity::Column::AuthorId.eq(member_id))
        .filter(message::entity::Column::ThreadId.is_not_null())
        .filter(readable)
        .select_only()
        .column(message::entity::Column::ThreadId)
        .group_by(message::entity::Column::ThreadId)
        .order_by_desc(message::entity::Column::Seq.max())
        .limit(MAX_THREADS)
        .into_tuple::<MessageId>()
        .all(&*snapshot)
        .await?;
    Ok(threads)
}

/// The unread range of each of the viewer's channels that has one. Archived channels have none, as in notifications.
async fn unread(view: &View) -> Result<Vec<Condition>> {
    let sql = "SELECT m.channel_id, CASE WHEN r.joined_seq = m.joined_seq THEN r.last_read_seq ELSE m.joined_seq END \
               AS last_read FROM channel_member m LEFT JOIN read_state r ON r.workspace_id = m.workspace_id \
               AND r.member_id = m.member_id AND r.channel_id = m.channel_id \
               WHERE m.workspace_id = $1 AND m.member_id = $2 AND m.left_seq IS NULL \
               AND (SELECT k.archived_at FROM channel k WHERE k.workspace_id = m.workspace_id AND k.id = m.channel_id) \
               IS NULL AND EXISTS (\
               SELECT 1 FROM message t WHERE t.workspace_id = $1 AND t.channel_id = m.channel_id AND t.seq > \
               CASE WHEN r.joined_seq = m.joined_seq THEN r.last_read_seq ELSE m.joined_seq END)";
    let snapshot = view.snapshot().await?;
    let values = [view.id().0.into(), view.me().id.0.into()];
    let rows = snapshot.query_all_raw(statement(&*snapshot, sql, values)).await?;
    let me = view.me().id;
    let read = |row: &QueryResult| {
        Ok(Condition::UnreadAfter(row.try_get("", "channel_id")?, row.try_get("", "last_read")?, me))
    };
    rows.iter().map(read).collect()
}
