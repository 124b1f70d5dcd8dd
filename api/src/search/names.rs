//! Channels and people by name, from memory: for the switcher, for the lists of members and channels, and beside the
//! messages of a search. This is the one place that says which of two names fits better.
//!
//! [`find`] tells only of what the member may read. Its work is linear in the names and in what is looked for.

use super::analysis::fold;
use super::near::{Near, is_near};
use crate::channel::ChannelKind;
use crate::compute::Meter;
use crate::error::Result;
use crate::id::{ChannelId, MemberId};
use crate::workspace::state::{Channel, Member, Workspace};

/// Somebody or something with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    Channel(ChannelId),
    Member(MemberId),
}

/// How well a name fits; the best is first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// It is the name.
    Whole,
    /// The name begins so.
    Beginning,
    /// A word of it begins so.
    Word,
    /// It stands in the name.
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

/// Letters of a text in which slips are forgiven. A longer one must stand in the name as it was typed.
pub const NEAR_MAX: usize = 64;

/// The first `limit` whose name fits, the best first; of equals those that the viewer is in, then by name. An
/// empty text fits nothing. Counts a step for each character that is looked at.
///
/// # Errors
/// Those of the meter.
pub fn find(
    (workspace, me): (&Workspace, &Member),
    text: &str,
    among: Among,
    limit: usize,
    meter: &mut Meter,
) -> Result<Vec<Named>> {
    let Some(wanted) = Wanted::of(text) else { return Ok(Vec::new()) };
    let mut found: Vec<(Fit, bool, &str, Named)> = Vec::new();
    for channel in workspace.channels().filter(|channel| among.channels && is_named(workspace, me, channel)) {
        let fit = wanted.fit(&channel.name, meter)?;
        let place = |fit| (fit, !workspace.is_in(me, channel), channel.name.as_str(), Named::Channel(channel.id));
        found.extend(fit.map(place));
    }
    for member in workspace.members().filter(|member| among.members && member.active) {
        let fit = wanted.best([member.name.as_str(), &member.handle], meter)?;
        let place = |fit| (fit, false, member.name.as_str(), Named::Member(member.id));
        found.extend(fit.map(place));
    }
    found.sort_unstable_by(|one, other| (one.0, one.1, one.2).cmp(&(other.0, other.1, other.2)));
    Ok(found.into_iter().take(limit).map(|(_, _, _, named)| named).collect())
}

/// A channel with a name that a member may know.
fn is_named(workspace: &Workspace, me: &Member, channel: &Channel) -> bool {
    channel.kind != ChannelKind::Direct && workspace.may_read(me, channel)
}

/// What is looked for in names.
pub struct Wanted {
    text: String,
    letters: Vec<char>,
    near: Near,
}

impl Wanted {
    /// Only names in which it stands as it was typed, case and accents aside; `None` for an empty text.
    pub fn exactly(text: &str) -> Option<Self> {
        let wanted = Self::of(text)?;
        Some(Self { near: Near { most: 0, ..wanted.near }, ..wanted })
    }

    /// The best fit of several names of one.
    ///
    /// # Errors
    /// Those of the meter.
    pub fn best<'a>(&self, names: impl IntoIterator<Item = &'a str>, meter: &mut Meter) -> Result<Option<Fit>> {
        let mut best = None;
        for name in names {
            let fit = self.fit(name, meter)?;
            best = best.into_iter().chain(fit).min();
        }
        Ok(best)
    }

    fn of(text: &str) -> Option<Self> {
        let text = fold(text.trim().trim_start_matches(['#', '@']));
        let letters: Vec<char> = text.chars().collect();
        let most = match letters.len() {
            0 => return None,
            4..8 => 1,
            8..=NEAR_MAX => 2,
            _ => 0,
        };
        Some(Self { text, letters, near: Near { most, is_open: true } })
    }

    fn fit(&self, name: &str, meter: &mut Meter) -> Result<Option<Fit>> {
        meter.count(name.len() as u64)?;
        let name = fold(name);
        let mut words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        Ok(if name == self.text {
            Some(Fit::Whole)
        } else if name.starts_with(&self.text) {
            Some(Fit::Beginning)
        } else if words.clone().any(|word| word.starts_with(&self.text)) {
            Some(Fit::Word)
        } else if name.contains(&self.text) {
            Some(Fit::Inside)
        } else {
            let mut looked_at = 0;
            let mut slips = |word: &str| is_near(word, &self.letters, self.near, &mut looked_at);
            let is_slip = self.near.most > 0 && (slips(&name) || words.any(slips));
            meter.count(looked_at)?;
            is_slip.then_some(Fit::Slip)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Moment;
    use crate::compute::Compute;
    use crate::id::{AccountId, WorkspaceId};
    use crate::member::Role;

    async fn fit(name: &'static str, wanted: &'static str) -> Option<Fit> {
        let compute = Compute::default();
        let wanted = Wanted::of(wanted).unwrap();
        compute.run(move |meter| wanted.fit(name, meter)).await.unwrap()
    }

    #[tokio::test]
    async fn the_nearest_name_comes_first() {
        let fits = |name| fit(name, "lima");
        assert_eq!(fits("Lima").await, Some(Fit::Whole));
        assert_eq!(fits("limas").await, Some(Fit::Beginning));
        assert_eq!(fits("Ana Líma").await, Some(Fit::Word));
        assert_eq!(fits("collimator").await, Some(Fit::Inside));
        assert_eq!(fits("Lmia").await, Some(Fit::Slip));
        assert_eq!(fit("launch-plan", "lanch").await, Some(Fit::Slip));
        assert_eq!(fit("general", "genral").await, Some(Fit::Slip));
        assert_eq!(fits("Rome").await, None);
        assert_eq!(fit("Bo", "ab").await, None);
    }

    #[tokio::test]
    async fn a_long_text_must_stand_as_it_was_typed() {
        let name = "x".repeat(70).leak();
        assert_eq!(fit(name, "x".repeat(65).leak()).await, Some(Fit::Beginning));
        assert_eq!(fit(name, format!("{}y", "x".repeat(62)).leak()).await, Some(Fit::Slip));
        assert_eq!(fit(name, format!("{}y", "x".repeat(64)).leak()).await, None);
    }

    /// What froze a server: 3,000 long names, and a text that is nearly each of them.
    #[tokio::test]
    async fn the_work_is_linear_in_names_and_text() {
        let (mut workspace, me) = (Workspace::empty(WorkspaceId::mint()), member());
        workspace.put_member(me.clone());
        const NAMES: u64 = 3_000;
        for number in 0..NAMES {
            workspace.put_channel(channel(format!("{}{number:04}", "x".repeat(76))));
        }
        let compute = Compute::default();
        let among = Among { channels: true, members: true };
        let text = format!("{}zz", "x".repeat(62));
        let found = compute.run(move |meter| find((&workspace, &me), &text, among, 10, meter)).await.unwrap();
        assert_eq!(found.len(), 10);
        // The name itself and its one word, each by a band of five.
        assert!(compute.steps() <= NAMES * (80 + 2 * 5 * 64) + 100, "{}", compute.steps());
        assert!(compute.steps() >= NAMES * 80, "each name was looked at");
    }

    fn channel(name: String) -> Channel {
        let (id, kind) = (ChannelId::mint(), ChannelKind::Public);
        let (creator_id, members) = (MemberId::mint(), roaring::RoaringBitmap::new());
        Channel { id, kind, name, topic: String::new(), creator_id, created_at: Moment(0), created_seq: 1, members }
    }

    fn member() -> Member {
        Member {
            workspace_id: WorkspaceId::mint(),
            id: MemberId::mint(),
            number: 0,
            account_id: AccountId::mint(),
            handle: "ana".into(),
            name: "Ana Lima".into(),
            role: Role::Member,
            active: true,
            joined_at: Moment(0),
            joined_seq: 1,
            avatar_id: None,
        }
    }
}
