//! The demo organization: its members, its channels, and who is in which channel.
//!
//! Deterministic: the same seed produces the same organization. Members come from `members.txt`, and further ones
//! combine its names; channels come from `channels.txt`.

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::{IndexedRandom, SliceRandom};

/// The name of the workspace.
pub const NAME: &str = "Understory";
const MEMBERS: &str = include_str!("members.txt");
const CHANNELS: &str = include_str!("channels.txt");

/// A member. The first one is the founder, the account that seeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The full name.
    pub name: String,
    /// The short name used in messages.
    pub nickname: String,
    /// The handle, unique in the organization.
    pub handle: String,
    /// The job, which scenes cast by.
    pub role: String,
    /// The languages they write.
    pub languages: Vec<String>,
    /// Relative activity, 1 to 10.
    pub activity: u32,
}

/// The kind of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Open to all members.
    Public,
    /// By invitation.
    Private,
    /// A direct message of two or three members.
    Direct,
}

/// A channel and its members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The name; empty for direct messages.
    pub name: String,
    /// Public, private or direct.
    pub kind: Kind,
    /// The tags that scenes select channels by.
    pub tags: Vec<String>,
    /// Relative share of all messages.
    pub share: u32,
    /// The topic.
    pub topic: String,
    /// The indexes of the members, creator first.
    pub members: Vec<usize>,
}

/// A demo organization.
#[derive(Debug, PartialEq, Eq)]
pub struct Organization {
    /// The members; the first is the founder.
    pub members: Vec<Member>,
    /// The channels, direct messages last.
    pub channels: Vec<Channel>,
}

impl Organization {
    /// Generates an organization. `founder` is the name of the seeding account, if it exists already.
    ///
    /// # Errors
    /// Describes the invalid line of the data files.
    pub fn generate(
        founder: Option<&str>,
        member_count: usize,
        channels: usize,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Self, String> {
        let mut all_members = generate_members(member_count.max(3), rng)?;
        if let (Some(name), Some(first)) = (founder, all_members.first_mut()) {
            name.clone_into(&mut first.name);
            let nickname = name.split_whitespace().next().unwrap_or(name);
            nickname.clone_into(&mut first.nickname);
        }
        let mut all = Vec::new();
        for line in rows(CHANNELS).take(channels.max(1)) {
            all.push(open(line, &all_members, rng)?);
        }
        let written: u32 = all.iter().map(|channel| channel.share).sum();
        all.extend(directs(&all_members, written / 8, rng));
        Ok(Self { members: all_members, channels: all })
    }
}

fn rows(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
}

fn fields<const N: usize>(line: &str) -> Result<[&str; N], String> {
    let fields: Vec<&str> = line.split(';').map(str::trim).collect();
    fields.try_into().map_err(|_| format!("expected {N} fields: {line:?}"))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn generate_members(count: usize, rng: &mut Xoshiro256PlusPlus) -> Result<Vec<Member>, String> {
    let mut all_members = Vec::new();
    for line in rows(MEMBERS) {
        let [name, nickname, handle, role, languages, activity] = fields(line)?;
        all_members.push(Member {
            name: name.to_owned(),
            nickname: nickname.to_owned(),
            handle: handle.to_owned(),
            role: role.to_owned(),
            languages: words(languages),
            activity: activity.parse().map_err(|_| format!("invalid activity: {line:?}"))?,
        });
    }
    let file_members = all_members.len();
    for number in file_members..count {
        let first = &all_members[rng.random_range(0..file_members)];
        let last = &all_members[rng.random_range(0..file_members)];
        let mut member = first.clone();
        let surname = last.name.split_whitespace().last().unwrap_or_default();
        member.name = format!("{} {surname}", first.nickname);
        member.handle = format!("{}{number}", first.handle);
        member.activity = rng.random_range(1..=4);
        all_members.push(member);
    }
    all_members.truncate(count);
    Ok(all_members)
}

/// Parses `name ; kind ; tags ; share ; who ; topic`, where `who` is `all`, a percentage such as `60%`, a role, or
/// `lang=de`.
fn open(line: &str, all_members: &[Member], rng: &mut Xoshiro256PlusPlus) -> Result<Channel, String> {
    let [name, kind, tags, share, who, topic] = fields(line)?;
    let mut members = Vec::new();
    for word in who.split_whitespace() {
        let percent: Option<f64> = word.strip_suffix('%').and_then(|n| n.parse().ok());
        let spoken = word.strip_prefix("lang=");
        for (number, member) in all_members.iter().enumerate() {
            let is_member = match (percent, spoken) {
                (Some(percent), _) => rng.random_bool((percent / 100.0).clamp(0.0, 1.0)),
                (_, Some(language)) => member.languages.iter().any(|one| one == language),
                _ => word == "all" || member.role == word,
            };
            if is_member && !members.contains(&number) {
                members.push(number);
            }
        }
    }
    // Channels have at least three members. The founder joins public channels, so that their first view is populated.
    for number in 0..all_members.len() {
        if members.len() < 3 && !members.contains(&number) {
            members.push(number);
        }
    }
    let kind = match kind {
        "public" => Kind::Public,
        "private" => Kind::Private,
        _ => return Err(format!("expected `public` or `private`: {line:?}")),
    };
    if kind == Kind::Public && !members.contains(&0) && tags != "local" {
        members.push(0);
    }
    members.shuffle(rng);
    Ok(Channel {
        name: name.to_owned(),
        kind,
        tags: words(tags),
        share: share.parse().map_err(|_| format!("invalid share: {line:?}"))?,
        topic: topic.to_owned(),
        members,
    })
}

/// Generates direct messages of two or three members. The founder is in every third, so that their first view has some.
fn directs(all_members: &[Member], share: u32, rng: &mut Xoshiro256PlusPlus) -> Vec<Channel> {
    let numbers: Vec<usize> = (0..all_members.len()).collect();
    let count = all_members.len() * 2 / 5 + 1;
    let mut all: Vec<Channel> = Vec::new();
    for nth in 0..count {
        let size = if nth % 4 == 3 { 3 } else { 2 };
        let mut members: Vec<usize> = numbers.sample(rng, size).copied().collect();
        if nth % 3 == 0 && !members.contains(&0) {
            members[0] = 0;
        }
        let mut sorted = members.clone();
        sorted.sort_unstable();
        let same = |other: &Channel| {
            let mut other = other.members.clone();
            other.sort_unstable();
            other == sorted
        };
        if all.iter().any(same) {
            continue;
        }
        all.push(Channel {
            name: String::new(),
            kind: Kind::Direct,
            tags: vec!["direct".into()],
            share: (share / (u32::try_from(nth).unwrap_or(1) + 3)).max(1),
            topic: String::new(),
            members,
        });
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use std::collections::BTreeSet;

    fn organization(members: usize, channels: usize, seed: u64) -> Organization {
        Organization::generate(None, members, channels, &mut Xoshiro256PlusPlus::seed_from_u64(seed)).unwrap()
    }

    #[test]
    fn same_seed_generates_the_same_organization() {
        assert_eq!(organization(30, 20, 7), organization(30, 20, 7));
        assert_ne!(organization(30, 20, 7), organization(30, 20, 8));
    }

    #[test]
    fn handles_are_unique_and_channels_have_several_members() {
        for size in [3, 30, 200] {
            let organization = organization(size, 100, 1);
            let handles: BTreeSet<_> = organization.members.iter().map(|member| &member.handle).collect();
            assert_eq!((organization.members.len(), handles.len()), (size, size));
            for channel in &organization.channels {
                let members: BTreeSet<_> = channel.members.iter().collect();
                assert_eq!(members.len(), channel.members.len());
                assert!(members.len() >= 2, "{}", channel.name);
            }
        }
    }

    #[test]
    fn uses_the_name_of_the_founder() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let organization = Organization::generate(Some("Grace Hopper"), 5, 5, &mut rng).unwrap();
        assert_eq!(organization.members[0].nickname, "Grace");
    }
}
