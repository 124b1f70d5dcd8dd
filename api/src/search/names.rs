//! Channels and people by name, from memory: for the switcher, and beside the messages of a search.
//!
//! It tells only of what the view may read.

use super::analysis::fold;
use super::pattern::begins_nearly;
use crate::channel::ChannelKind;
use crate::id::{ChannelId, MemberId};
use crate::workspace::state::{Channel, Member};
use crate::workspace::view::View;

/// Somebody or something with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    Channel(ChannelId),
    Member(MemberId),
}

/// How well a name fits; the best is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Whole,
    Beginning,
    /// A word of it begins so.
    Word,
    Inside,
    /// A letter or two are wrong.
    Slip,
}

/// What to look among.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Among {
    pub channels: bool,
    pub members: bool,
}

/// The first `limit` whose name fits, the best first; of equals those that the viewer is in, then by name. An
/// empty text fits nothing.
pub fn find(view: &View, text: &str, among: Among, limit: usize) -> Vec<Named> {
    let wanted = fold(text.trim().trim_start_matches(['#', '@']));
    if wanted.is_empty() {
        return Vec::new();
    }
    let workspace = view.workspace();
    let channels = workspace.channels().filter(|channel| among.channels && is_named(view, channel));
    let channels = channels.filter_map(|channel| {
        let fit = fit(&channel.name, &wanted)?;
        Some((fit, !workspace.is_in(view.me(), channel), channel.name.clone(), Named::Channel(channel.id)))
    });
    let members = workspace.members().filter(|member| among.members && member.active);
    let members = members.filter_map(|member| {
        let fit = fit_of(member, &wanted)?;
        Some((fit, false, member.name.clone(), Named::Member(member.id)))
    });
    let mut found: Vec<(Fit, bool, String, Named)> = channels.chain(members).collect();
    found.sort_by(|one, other| (one.0, one.1, &one.2).cmp(&(other.0, other.1, &other.2)));
    found.into_iter().take(limit).map(|(_, _, _, named)| named).collect()
}

/// A channel with a name that the viewer may know.
fn is_named(view: &View, channel: &Channel) -> bool {
    channel.kind != ChannelKind::Direct && view.workspace().may_read(view.me(), channel)
}

fn fit_of(member: &Member, wanted: &str) -> Option<Fit> {
    [&member.name, &member.handle].into_iter().filter_map(|name| fit(name, wanted)).min()
}

fn fit(name: &str, wanted: &str) -> Option<Fit> {
    let name = fold(name);
    if name == wanted {
        return Some(Fit::Whole);
    }
    if name.starts_with(wanted) {
        return Some(Fit::Beginning);
    }
    let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    if words.clone().any(|word| word.starts_with(wanted)) {
        return Some(Fit::Word);
    }
    if name.contains(wanted) {
        return Some(Fit::Inside);
    }
    let letters = wanted.chars().count();
    let most = usize::from(letters >= 4) + usize::from(letters >= 8);
    let slips = |word: &str| begins_nearly(word, wanted, most);
    (most > 0 && (slips(&name) || words.any(slips))).then_some(Fit::Slip)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_comes_first() {
        let fits = |name| fit(name, "lima");
        assert_eq!(fits("Lima"), Some(Fit::Whole));
        assert_eq!(fits("limas"), Some(Fit::Beginning));
        assert_eq!(fits("Ana Líma"), Some(Fit::Word));
        assert_eq!(fits("collimator"), Some(Fit::Inside));
        assert_eq!(fits("Lmia"), Some(Fit::Slip));
        assert_eq!(fit("launch-plan", "lanch"), Some(Fit::Slip));
        assert_eq!(fit("general", "genral"), Some(Fit::Slip));
        assert_eq!(fits("Rome"), None);
        assert_eq!(fit("Bo", "ab"), None);
    }
}
