//! Lists the channels that a member may read.

use crate::chat::search::names::NameMatcher;
use crate::chat::workspace::view::{ReadableChannel, View};
use crate::ground::compute::Meter;
use crate::ground::error::Result;
use crate::ground::id::ChannelId;
use crate::ground::page::{self, Page, Slice};
use crate::ground::text;
use crate::model::workspace::MAX_NAME_CHARS;
use crate::model::workspace::state::Channel;

/// Returns a page of the public and private channels that the viewer may read, by name. With `search`, returns only
/// channels whose name contains it, best matches first. With `is_archived`, returns only archived channels or only
/// others.
///
/// # Errors
/// `UNAVAILABLE` on timeout, `PAYLOAD_TOO_LARGE` if the request exceeds its allowance.
pub async fn list(
    view: &View,
    search: Option<&str>,
    is_archived: Option<bool>,
    page: Page<String>,
) -> Result<Slice<(String, ReadableChannel)>> {
    let search = search.map(|text| text.trim().trim_start_matches('#').to_lowercase()).unwrap_or_default();
    text::require_max_chars("search", &search, MAX_NAME_CHARS)?;
    let (workspace, me) = (view.workspace().clone(), view.me().clone());
    let wanted = NameMatcher::exact(&search);
    let work = move |meter: &mut Meter| {
        let is_listed = |channel: &Channel| is_archived.is_none_or(|only| channel.archived_at.is_some() == only);
        let readable = |id: &ChannelId| {
            workspace.channel(*id).filter(|channel| workspace.may_read(&me, channel) && is_listed(channel))
        };
        let Some(wanted) = wanted else {
            return page::from_ordered(workspace.channels_by_name(), &page, |id| {
                meter.count(1)?;
                Ok(readable(id).map(|channel| channel.id))
            });
        };
        let found = workspace.channels_by_name().iter().filter_map(|(order, id)| {
            let fit = wanted.best_match([readable(id)?.name.as_str()], meter).transpose()?;
            Some(fit.map(|fit| (format!("{}{order}", fit as u8), *id)))
        });
        page::from_unordered(found, &page)
    };
    let found = view.app().compute.run(work).await?;
    Ok(found.map(|ids| ids.into_iter().filter_map(|(key, id)| Some((key, view.channel(id).ok()?))).collect()))
}
