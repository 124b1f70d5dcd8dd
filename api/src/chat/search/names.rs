//! Ranks channels and members by name, in memory: for the switcher, the member and channel lists, and the name results
//! of a search. The only place that decides which of two names matches better.
//!
//! [`find`] returns only what the member may read. Its cost is linear in the names and in the text.

use crate::adapter::search::analysis::fold;
use crate::adapter::search::edit_distance::{Tolerance, is_within_tolerance};
use crate::ground::compute::Meter;
use crate::ground::error::Result;
use crate::ground::id::{ChannelId, MemberId};
use crate::model::channel::ChannelKind;
use crate::model::workspace::state::{Channel, Member, Workspace};

/// A channel or a member found by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedEntity {
    Channel(ChannelId),
    Member(MemberId),
}

/// How well a name matches, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// The entire name.
    Exact,
    /// A prefix of the name.
    Prefix,
    /// A prefix of a word in the name.
    WordPrefix,
    /// A substring of the name.
    Substring,
    /// A match with one or two typos.
    Typo,
}

/// The kinds of names to search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NameScope {
    pub channels: bool,
    pub members: bool,
}

/// Longest text, in characters, that tolerates typos. A longer text must match as entered.
pub const MAX_FUZZY_CHARS: usize = 64;

/// The best `limit` matches; among equal matches, archived channels last, channels of the viewer before others, then by
/// name. An empty text matches nothing. Counts one step per character compared.
///
/// # Errors
/// The errors of the meter.
pub fn find(
    (workspace, me): (&Workspace, &Member),
    text: &str,
    among: NameScope,
    limit: usize,
    meter: &mut Meter,
) -> Result<Vec<NamedEntity>> {
    let Some(matcher) = NameMatcher::new(text) else { return Ok(Vec::new()) };
    let mut found: Vec<(Rank, [bool; 2], &str, NamedEntity)> = Vec::new();
    for channel in workspace.channels().filter(|channel| among.channels && is_named(workspace, me, channel)) {
        let rank = matcher.rank(&channel.name, meter)?;
        let later = [channel.archived_at.is_some(), !workspace.is_in(me, channel)];
        found.extend(rank.map(|rank| (rank, later, channel.name.as_str(), NamedEntity::Channel(channel.id))));
    }
    for member in workspace.members().filter(|member| among.members && member.active) {
        let rank = matcher.best_match([member.name.as_str(), &member.handle], meter)?;
        found.extend(rank.map(|rank| (rank, [false; 2], member.name.as_str(), NamedEntity::Member(member.id))));
    }
    found.sort_unstable_by(|one, other| (one.0, one.1, one.2).cmp(&(other.0, other.1, other.2)));
    Ok(found.into_iter().take(limit).map(|(_, _, _, named)| named).collect())
}

/// Whether a channel has a name that the member may see.
fn is_named(workspace: &Workspace, me: &Member, channel: &Channel) -> bool {
    channel.kind != ChannelKind::Direct && workspace.may_read(me, channel)
}

/// Matches a text against names.
pub struct NameMatcher {
    text: String,
    letters: Vec<char>,
    tolerance: Tolerance,
}

impl NameMatcher {
    /// Matches without typos, ignoring case and accents; `None` for an empty text.
    pub fn exact(text: &str) -> Option<Self> {
        let matcher = Self::new(text)?;
        Some(Self { tolerance: Tolerance { max_edits: 0, ..matcher.tolerance }, ..matcher })
    }

    /// The best match among several names of one member or channel.
    ///
    /// # Errors
    /// The errors of the meter.
    pub fn best_match<'a>(&self, names: impl IntoIterator<Item = &'a str>, meter: &mut Meter) -> Result<Option<Rank>> {
        let mut best = None;
        for name in names {
            let rank = self.rank(name, meter)?;
            best = best.into_iter().chain(rank).min();
        }
        Ok(best)
    }

    fn new(text: &str) -> Option<Self> {
        let text = fold(text.trim().trim_start_matches(['#', '@']));
        let letters: Vec<char> = text.chars().collect();
        let max_edits = match letters.len() {
            0 => return None,
            4..8 => 1,
            8..=MAX_FUZZY_CHARS => 2,
            _ => 0,
        };
        Some(Self { text, letters, tolerance: Tolerance { max_edits, is_prefix: true } })
    }

    fn rank(&self, name: &str, meter: &mut Meter) -> Result<Option<Rank>> {
        meter.count(name.len() as u64)?;
        let name = fold(name);
        let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        Ok(if name == self.text {
            Some(Rank::Exact)
        } else if name.starts_with(&self.text) {
            Some(Rank::Prefix)
        } else if words.clone().any(|word| word.starts_with(&self.text)) {
            Some(Rank::WordPrefix)
        } else if name.contains(&self.text) {
            Some(Rank::Substring)
        } else {
            let mut cells = 0;
            let mut is_near = |word: &str| is_within_tolerance(word, &self.letters, self.tolerance, &mut cells);
            let is_typo = self.tolerance.max_edits > 0 && (is_near(&name) || words.any(is_near));
            meter.count(cells)?;
            is_typo.then_some(Rank::Typo)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::clock::Timestamp;
    use crate::ground::compute::Compute;
    use crate::ground::id::{AccountId, WorkspaceId};
    use crate::model::member::{Role, entity as member};

    async fn rank(name: &'static str, text: &'static str) -> Option<Rank> {
        let compute = Compute::default();
        let matcher = NameMatcher::new(text).unwrap();
        compute.run(move |meter| matcher.rank(name, meter)).await.unwrap()
    }

    #[tokio::test]
    async fn ranks_closer_matches_first() {
        let ranked = |name| rank(name, "lima");
        assert_eq!(ranked("Lima").await, Some(Rank::Exact));
        assert_eq!(ranked("limas").await, Some(Rank::Prefix));
        assert_eq!(ranked("Ana Líma").await, Some(Rank::WordPrefix));
        assert_eq!(ranked("collimator").await, Some(Rank::Substring));
        assert_eq!(ranked("Lmia").await, Some(Rank::Typo));
        assert_eq!(rank("launch-plan", "lanch").await, Some(Rank::Typo));
        assert_eq!(rank("general", "genral").await, Some(Rank::Typo));
        assert_eq!(ranked("Rome").await, None);
        assert_eq!(rank("Bo", "ab").await, None);
    }

    #[tokio::test]
    async fn tolerates_no_typos_in_long_texts() {
        let name = "x".repeat(70).leak();
        assert_eq!(rank(name, "x".repeat(65).leak()).await, Some(Rank::Prefix));
        assert_eq!(rank(name, format!("{}y", "x".repeat(62)).leak()).await, Some(Rank::Typo));
        assert_eq!(rank(name, format!("{}y", "x".repeat(64)).leak()).await, None);
    }

    /// Regression: 3,000 long names and a text close to each of them froze the server.
    #[tokio::test]
    async fn cost_is_linear_in_names_and_text() {
        let (mut workspace, row) = (Workspace::empty(WorkspaceId::mint()), member());
        workspace.insert_member(row.clone());
        let me = Member::new(0, row);
        const NAMES: u64 = 3_000;
        for number in 0..NAMES {
            workspace.insert_channel(channel(format!("{}{number:04}", "x".repeat(76))));
        }
        let compute = Compute::default();
        let among = NameScope { channels: true, members: true };
        let text = format!("{}zz", "x".repeat(62));
        let found = compute.run(move |meter| find((&workspace, &me), &text, among, 10, meter)).await.unwrap();
        assert_eq!(found.len(), 10);
        // The name and its only word, each compared within a band of five cells.
        assert!(compute.steps() <= NAMES * (80 + 2 * 5 * 64) + 100, "{}", compute.steps());
        assert!(compute.steps() >= NAMES * 80, "every name is compared");
    }

    fn channel(name: String) -> Channel {
        let (id, kind) = (ChannelId::mint(), ChannelKind::Public);
        let (creator_id, members) = (MemberId::mint(), roaring::RoaringBitmap::new());
        let (topic, created_at, archived_at) = (String::new(), Timestamp(0), None);
        Channel { id, kind, name, topic, creator_id, created_at, created_seq: 1, archived_at, members }
    }

    fn member() -> member::Model {
        member::Model {
            workspace_id: WorkspaceId::mint(),
            id: MemberId::mint(),
            account_id: AccountId::mint(),
            handle: "ana".into(),
            name: "Ana Lima".into(),
            role: Role::Member,
            active: true,
            joined_at: Timestamp(0),
            joined_seq: 1,
            avatar_id: None,
        }
    }
}
