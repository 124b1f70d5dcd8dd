//! Names to ids: what operators and filters mean in this workspace, for this viewer.
//!
//! A name that the viewer does not know of is told back as it was typed, and nothing is found then; whether it
//! exists cannot be told from the answer.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect};

use super::analysis::fold;
use super::days;
use super::document::{Audience, EVERYBODY, Has};
use super::operators::{Key, Operator, Typed};
use super::query::{Clause, Condition};
use crate::channel::ChannelKind;
use crate::channel::entity::channel;
use crate::clock::Moment;
use crate::compute::Meter;
use crate::db::many::among;
use crate::db::{self, statement};
use crate::error::{Error, Result};
use crate::id::{ChannelId, MemberId, MessageId};
use crate::message;
use crate::workspace::state::{Channel, Member, Workspace};
use crate::workspace::view::View;

/// Threads of one person that `with:` looks into, the latest.
const THREADS_MAX: u64 = 200;

/// What a message can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Is {
    /// It begins a thread or stands in one.
    Thread,
    /// It is in a channel of the viewer, who has not read it.
    Unread,
}

/// The same as operators say, by ids. Several of one field: one of them fits; of `has` and `is`: all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub from: Vec<MemberId>,
    pub not_from: Vec<MemberId>,
    pub in_channels: Vec<ChannelId>,
    pub not_in_channels: Vec<ChannelId>,
    pub with: Vec<MemberId>,
    pub to_me: bool,
    pub before: Option<Moment>,
    pub since: Option<Moment>,
    pub has: Vec<Has>,
    pub not_has: Vec<Has>,
    pub is: Vec<Is>,
    pub not_is: Vec<Is>,
    /// Minutes by which the person's days are ahead of UTC.
    pub utc_offset: i32,
}

/// What was meant.
#[derive(Debug, Clone)]
pub struct Resolved {
    pub clauses: Vec<Clause>,
    /// What the viewer may read of these channels; of all, if none are named.
    pub audience: Clause,
    pub channels: Vec<ChannelId>,
    pub unresolved: Vec<String>,
}

/// Everything that is wanted, before it becomes clauses.
#[derive(Debug, Default)]
struct Meant {
    filter: Filter,
    to: Vec<MemberId>,
    clauses: Vec<Clause>,
    unresolved: Vec<String>,
}

/// Resolves operators and filter together.
///
/// # Errors
/// `BAD_USER_INPUT` for an impossible time zone; `NOT_FOUND` for an id that the viewer does not know.
pub async fn resolve(view: &View, typed: &Typed, filter: &Filter) -> Result<Resolved> {
    if !(-18 * 60..=18 * 60).contains(&filter.utc_offset) {
        return Err(Error::invalid("utcOffset", "It is in minutes, from -1080 to 1080."));
    }
    check(view, filter)?;
    let mut meant = Meant { filter: filter.clone(), ..Meant::default() };
    let is_day = |operator: &&Operator| matches!(operator.key, Key::Before | Key::After | Key::On | Key::During);
    let now = match typed.operators.iter().any(|operator| is_day(&operator)) {
        true => db::now(&*view.snapshot().await?).await?,
        false => Moment(0),
    };
    let known = Known::of(view, typed).await?;
    for operator in &typed.operators {
        if meant.take(view, &known, operator, now).is_none() {
            meant.unresolved.push(operator.typed.clone());
        }
    }
    let channels = meant.filter.in_channels.clone();
    let clauses = meant.clauses(view).await?;
    Ok(Resolved { clauses, audience: audience(view, &channels), channels, unresolved: meant.unresolved })
}

fn check(view: &View, filter: &Filter) -> Result<()> {
    for id in filter.in_channels.iter().chain(&filter.not_in_channels) {
        view.channel(*id)?;
    }
    for id in filter.from.iter().chain(&filter.not_from).chain(&filter.with) {
        view.workspace().member(*id).ok_or(Error::NotFound("member"))?;
    }
    Ok(())
}

/// Who must be able to read a message for the viewer to find it: the workspace, and each channel of theirs that
/// is not public. Where channels are named, no more than those.
pub fn audience(view: &View, channels: &[ChannelId]) -> Clause {
    let of = |channel: &Channel| match channel.kind {
        ChannelKind::Public => EVERYBODY,
        ChannelKind::Private | ChannelKind::Direct => channel.created_seq,
    };
    let numbers: BTreeSet<Audience> = match channels {
        [] => view.my_channels().map(|channel| of(channel.channel())).chain([EVERYBODY]).collect(),
        named => named.iter().filter_map(|id| view.channel(*id).ok()).map(|channel| of(channel.channel())).collect(),
    };
    Clause::any(numbers.into_iter().map(Condition::Audience))
}

impl Meant {
    /// Takes an operator; `None` if its value means nothing here.
    fn take(&mut self, view: &View, known: &Known, operator: &Operator, now: Moment) -> Option<()> {
        let (value, negated, filter) = (operator.value.as_str(), operator.negated, &mut self.filter);
        match operator.key {
            Key::From => push(member(view, known, value)?, negated, &mut filter.from, &mut filter.not_from),
            Key::In => {
                push(channel(view, known, value)?, negated, &mut filter.in_channels, &mut filter.not_in_channels);
            }
            Key::To => {
                let to = member(view, known, value)?;
                match negated {
                    true => self.clauses.push(Clause::none(to_somebody(view, to))),
                    false => self.to.push(to),
                }
            }
            Key::With if negated => return None,
            Key::With => filter.with.push(member(view, known, value)?),
            Key::Has => push(has(value)?, negated, &mut filter.has, &mut filter.not_has),
            Key::Is => push(is(value)?, negated, &mut filter.is, &mut filter.not_is),
            Key::Before | Key::After | Key::On | Key::During => {
                let (from, to) = days::span(value, now, filter.utc_offset)?;
                let one_of = match operator.key {
                    Key::Before => vec![Clause::any([Condition::Before(from)])],
                    Key::After => vec![Clause::any([Condition::Since(to)])],
                    _ if negated => vec![Clause::any([Condition::Before(from), Condition::Since(to)])],
                    _ => vec![Clause::any([Condition::Since(from)]), Clause::any([Condition::Before(to)])],
                };
                let turn = negated && matches!(operator.key, Key::Before | Key::After);
                self.clauses.extend(one_of.into_iter().map(|clause| Clause { negated: turn, ..clause }));
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
        clauses.extend(any(self.to.iter().flat_map(|to| to_somebody(view, *to)).collect()));
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

fn push<T>(value: T, negated: bool, wanted: &mut Vec<T>, unwanted: &mut Vec<T>) {
    if negated { unwanted.push(value) } else { wanted.push(value) }
}

/// What the operators may mean by the names that they have: found by one look at each name of the workspace, however
/// many operators there are.
#[derive(Debug, Default)]
struct Known {
    members: HashMap<String, MemberId>,
    channels: HashMap<String, ChannelId>,
}

impl Known {
    async fn of(view: &View, typed: &Typed) -> Result<Self> {
        let (mut members, mut channels) = (HashSet::new(), HashSet::new());
        for operator in &typed.operators {
            match operator.key {
                Key::From | Key::To | Key::With => members.insert(fold(person(&operator.value))),
                Key::In if operator.value.starts_with('@') => members.insert(fold(person(&operator.value))),
                Key::In => channels.insert(fold(operator.value.trim_start_matches('#'))),
                _ => false,
            };
        }
        if members.is_empty() && channels.is_empty() {
            return Ok(Self::default());
        }
        let (workspace, me) = (view.workspace().clone(), view.me().clone());
        let look = move |meter: &mut Meter| Self::look(&workspace, &me, (&members, &channels), meter);
        view.app().compute.run(look).await
    }

    fn look(
        workspace: &Workspace,
        me: &Member,
        (members, channels): (&HashSet<String>, &HashSet<String>),
        meter: &mut Meter,
    ) -> Result<Self> {
        let mut known = Self::default();
        for member in workspace.members().filter(|_| !members.is_empty()) {
            meter.count(member.name.len() as u64)?;
            let name = fold(&member.name);
            if members.contains(&name) && !name.is_empty() {
                // Of several with one name, one who is here now, and who came first.
                let place = |id: MemberId| workspace.member(id).map(|one| (!one.active, one.joined_seq, one.id));
                let best = known.members.entry(name).or_insert(member.id);
                *best = if place(member.id) < place(*best) { member.id } else { *best };
            }
        }
        let readable = workspace.channels().filter(|channel| !channels.is_empty() && workspace.may_read(me, channel));
        for channel in readable.filter(|channel| channel.kind != ChannelKind::Direct) {
            meter.count(channel.name.len() as u64)?;
            let name = fold(&channel.name);
            if channels.contains(&name) {
                // Of several with one name, one that they are in, and the first.
                let is_out = |id: ChannelId| workspace.channel(id).is_none_or(|one| !workspace.is_in(me, one));
                let best = known.channels.entry(name).or_insert(channel.id);
                *best = [*best, channel.id].into_iter().min_by_key(|id| (is_out(*id), *id)).unwrap_or(channel.id);
            }
        }
        Ok(known)
    }
}

fn person(value: &str) -> &str {
    value.trim_start_matches('@')
}

/// `me`, `@handle`, or the whole name.
fn member(view: &View, known: &Known, value: &str) -> Option<MemberId> {
    let (name, workspace) = (person(value), view.workspace());
    let folded = fold(name);
    if folded == "me" {
        return Some(view.me().id);
    }
    let by_handle = || workspace.handle(&crate::text::normal_handle(name));
    let by_id = || name.parse().ok().filter(|id| workspace.member(*id).is_some());
    by_handle().or_else(by_id).or_else(|| known.members.get(&folded).copied())
}

/// `#name`, `name`, or `@handle` for the direct channel with somebody.
fn channel(view: &View, known: &Known, value: &str) -> Option<ChannelId> {
    if let Some(handle) = value.strip_prefix('@') {
        let mut people = vec![view.me().id, member(view, known, handle)?];
        people.sort_unstable();
        people.dedup();
        return view.workspace().direct(&people);
    }
    let by_id = || value.parse().ok().filter(|id| view.channel(*id).is_ok());
    // With `café` and `cafe` each is itself.
    let name = value.trim_start_matches('#');
    if let Some(exact) = view.workspace().public_channel(name) {
        return Some(exact);
    }
    known.channels.get(&fold(name)).copied().or_else(by_id)
}

fn has(value: &str) -> Option<Has> {
    match value.to_lowercase().as_str() {
        "link" => Some(Has::Link),
        "file" => Some(Has::File),
        "image" => Some(Has::Image),
        "reaction" => Some(Has::Reaction),
        _ => None,
    }
}

fn is(value: &str) -> Option<Is> {
    match value.to_lowercase().as_str() {
        "thread" => Some(Is::Thread),
        "unread" => Some(Is::Unread),
        _ => None,
    }
}

/// What mentions somebody by name, or stands in a direct channel of the viewer and them.
fn to_somebody(view: &View, to: MemberId) -> Vec<Condition> {
    let number = view.workspace().member(to).map(|member| member.number);
    let directs = directs(view).filter(|channel| number.is_some_and(|number| channel.members.contains(number)));
    [Condition::Mentions(to)].into_iter().chain(directs.map(|channel| Condition::Channel(channel.id))).collect()
}

fn directs(view: &View) -> impl Iterator<Item = Arc<Channel>> {
    let mine = view.my_channels().map(|channel| channel.channel().clone());
    mine.filter(|channel| channel.kind == ChannelKind::Direct)
}

/// Conversations with these people: direct channels, and threads in which they wrote.
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

/// The latest threads that the viewer may read and in which somebody wrote.
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
        .limit(THREADS_MAX)
        .into_tuple::<MessageId>()
        .all(&*snapshot)
        .await?;
    Ok(threads)
}

/// What stands behind the viewer's cursor in each of their channels that has something there.
async fn unread(view: &View) -> Result<Vec<Condition>> {
    let sql = "SELECT m.channel_id, CASE WHEN r.joined_seq = m.joined_seq THEN r.last_read_seq ELSE m.joined_seq END \
               AS last_read FROM channel_member m LEFT JOIN reading r ON r.workspace_id = m.workspace_id \
               AND r.member_id = m.member_id AND r.channel_id = m.channel_id \
               WHERE m.workspace_id = $1 AND m.member_id = $2 AND m.left_seq IS NULL AND EXISTS (\
               SELECT 1 FROM message t WHERE t.workspace_id = $1 AND t.channel_id = m.channel_id AND t.seq > \
               CASE WHEN r.joined_seq = m.joined_seq THEN r.last_read_seq ELSE m.joined_seq END)";
    let snapshot = view.snapshot().await?;
    let values = [view.id().0.into(), view.me().id.0.into()];
    let rows = snapshot.query_all_raw(statement(&*snapshot, sql, values)).await?;
    let me = view.me().id;
    let read =
        |row: &QueryResult| Ok(Condition::Behind(row.try_get("", "channel_id")?, row.try_get("", "last_read")?, me));
    rows.iter().map(read).collect()
}
