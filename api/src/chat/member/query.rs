//! Lists and finds members.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::channel_members;
use crate::chat::search::names::NameMatcher;
use crate::chat::workspace::view::{ReadableChannel, View};
use crate::ground::compute::Meter;
use crate::ground::error::{Error, Result};
use crate::ground::id::MemberId;
use crate::ground::page::{self, Page, Slice};
use crate::ground::text;
use crate::model::member::MAX_HANDLE_CHARS;
use crate::model::workspace::state::Member;

/// Maximum length of a search text in characters.
const MAX_SEARCH_CHARS: usize = 80;

/// Returns the active members with these handles. Ignores invalid handles.
///
/// # Errors
/// `BAD_USER_INPUT` for more handles than the page limit.
pub fn with_handles(view: &View, handles: &[String]) -> Result<Vec<MemberId>> {
    if handles.len() > page::MAX {
        return Err(Error::invalid("handles", format!("Too many handles: maximum {}.", page::MAX)));
    }
    let normal = handles.iter().filter_map(|handle| text::handle("handles", handle, MAX_HANDLE_CHARS).ok());
    Ok(normal.filter_map(|handle| view.workspace().handle(&handle)).collect())
}

/// Returns a page of the members of the workspace, by name. With `search`, returns only members whose name or handle
/// contains it, best matches first.
///
/// # Errors
/// `UNAVAILABLE` on timeout, `PAYLOAD_TOO_LARGE` if the request exceeds its allowance.
pub async fn page(view: &View, search: Option<&str>, page: Page<String>) -> Result<Slice<(String, Arc<Member>)>> {
    let search = search.map(text::normalize_handle).filter(|text| !text.is_empty());
    let Some(search) = search else {
        return page::from_ordered(view.workspace().members_by_name(), &page, |member| Ok(Some(member.clone())));
    };
    text::require_max_chars("search", &search, MAX_SEARCH_CHARS)?;
    let Some(wanted) = NameMatcher::exact(&search) else { return page::from_unordered([], &page) };
    let workspace = view.workspace().clone();
    let work = move |meter: &mut Meter| {
        let found = workspace.members_by_name().iter().filter_map(|(order, member)| {
            let fit = wanted.best_match([member.name.as_str(), &member.handle], meter).transpose()?;
            Some(fit.map(|fit| (format!("{}{order}", fit as u8), member.clone())))
        });
        page::from_unordered(found, &page)
    };
    view.app().compute.run(work).await
}

/// Returns a page of the members of a channel, by name.
///
/// # Errors
/// Those of [`page()`].
pub async fn of_channel(
    view: &View,
    channel: &ReadableChannel,
    page: Page<String>,
) -> Result<Slice<(String, Arc<Member>)>> {
    let (workspace, inside) = (view.workspace().clone(), channel.channel().clone());
    let max_steps = channel_members::max_steps(&inside);
    let work = move |meter: &mut Meter| channel_members::page(&workspace, &inside, &page, meter);
    view.app().compute.run_bounded(max_steps, work).await
}

/// Returns those of these members who are in a channel, without duplicates.
pub fn among(view: &View, channel: &ReadableChannel, ids: &[MemberId]) -> Vec<Member> {
    let ids: BTreeSet<MemberId> = ids.iter().copied().collect();
    let known = ids.into_iter().filter_map(|id| view.workspace().member(id));
    let inside = known.filter(|member| member.active && view.workspace().is_in(member, channel.channel()));
    inside.map(|member| (**member).clone()).collect()
}
