//! The company that is played: who works there, which channels it has and who is in them.
//!
//! It is pure, and the same seed gives the same company. People come from `people.txt` first and
//! are then made up from its names; channels come from `channels.txt`. It does not know what they talk about.

use rand::RngExt;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::{IndexedRandom, SliceRandom};

/// What the company is called.
pub const NAME: &str = "Understory";
const PEOPLE: &str = include_str!("people.txt");
const CHANNELS: &str = include_str!("channels.txt");

/// Somebody who works there. The first one is the founder, the account that seeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The full name.
    pub name: String,
    /// What colleagues call them.
    pub called: String,
    /// The handle, unique in the company.
    pub handle: String,
    /// What they do; scenes ask for it.
    pub role: String,
    /// The languages that they write.
    pub languages: Vec<String>,
    /// How much they write, from 1 to 10.
    pub activity: u32,
}

/// The kind of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Everybody may join.
    Public,
    /// By invitation.
    Private,
    /// A conversation of two or three.
    Direct,
}

/// A channel and who is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// The name; empty for direct ones.
    pub name: String,
    /// Public, private or direct.
    pub kind: Kind,
    /// What kinds of scenes fit.
    pub tags: Vec<String>,
    /// Its share of all messages, in comparison with others.
    pub share: u32,
    /// What it is for.
    pub topic: String,
    /// The numbers of the people, the one who creates it first.
    pub members: Vec<usize>,
}

/// Everybody and every channel.
#[derive(Debug, PartialEq, Eq)]
pub struct Company {
    /// The people; the first is the founder.
    pub people: Vec<Person>,
    /// The channels, direct ones last.
    pub channels: Vec<Channel>,
}

impl Company {
    /// Founds it. `founder` is the name of the account that seeds, when it has one of its own.
    ///
    /// # Errors
    /// A sentence about a line of the data files.
    pub fn found(
        founder: Option<&str>,
        people: usize,
        channels: usize,
        rng: &mut Xoshiro256PlusPlus,
    ) -> Result<Self, String> {
        let mut people = hire(people.max(3), rng)?;
        if let (Some(name), Some(first)) = (founder, people.first_mut()) {
            name.clone_into(&mut first.name);
            let called = name.split_whitespace().next().unwrap_or(name);
            called.clone_into(&mut first.called);
        }
        let mut all = Vec::new();
        for line in rows(CHANNELS).take(channels.max(1)) {
            all.push(open(line, &people, rng)?);
        }
        let written: u32 = all.iter().map(|channel| channel.share).sum();
        all.extend(directs(&people, written / 8, rng));
        Ok(Self { people, channels: all })
    }
}

fn rows(source: &str) -> impl Iterator<Item = &str> {
    source.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'))
}

fn fields<const N: usize>(line: &str) -> Result<[&str; N], String> {
    let fields: Vec<&str> = line.split(';').map(str::trim).collect();
    fields.try_into().map_err(|_| format!("not {N} fields: {line:?}"))
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn hire(count: usize, rng: &mut Xoshiro256PlusPlus) -> Result<Vec<Person>, String> {
    let mut people = Vec::new();
    for line in rows(PEOPLE) {
        let [name, called, handle, role, languages, activity] = fields(line)?;
        people.push(Person {
            name: name.to_owned(),
            called: called.to_owned(),
            handle: handle.to_owned(),
            role: role.to_owned(),
            languages: words(languages),
            activity: activity.parse().map_err(|_| format!("{line:?}"))?,
        });
    }
    let known = people.len();
    for number in known..count {
        let first = &people[rng.random_range(0..known)];
        let last = &people[rng.random_range(0..known)];
        let mut person = first.clone();
        let surname = last.name.split_whitespace().last().unwrap_or_default();
        person.name = format!("{} {surname}", first.called);
        person.handle = format!("{}{number}", first.handle);
        person.activity = rng.random_range(1..=4);
        people.push(person);
    }
    people.truncate(count);
    Ok(people)
}

/// Reads `name ; kind ; tags ; share ; who ; topic`. Who: `all`, `60%`, a role, or `lang=de`.
fn open(line: &str, people: &[Person], rng: &mut Xoshiro256PlusPlus) -> Result<Channel, String> {
    let [name, kind, tags, share, who, topic] = fields(line)?;
    let mut wanted = Vec::new();
    for word in who.split_whitespace() {
        let percent: Option<f64> = word.strip_suffix('%').and_then(|n| n.parse().ok());
        let spoken = word.strip_prefix("lang=");
        for (number, person) in people.iter().enumerate() {
            let comes = match (percent, spoken) {
                (Some(percent), _) => rng.random_bool((percent / 100.0).clamp(0.0, 1.0)),
                (_, Some(language)) => person.languages.iter().any(|one| one == language),
                _ => word == "all" || person.role == word,
            };
            if comes && !wanted.contains(&number) {
                wanted.push(number);
            }
        }
    }
    // Nobody talks alone; and the founder sees what is public, so that a first look finds a full company.
    for number in 0..people.len() {
        if wanted.len() < 3 && !wanted.contains(&number) {
            wanted.push(number);
        }
    }
    let kind = match kind {
        "public" => Kind::Public,
        "private" => Kind::Private,
        _ => return Err(format!("neither public nor private: {line:?}")),
    };
    if kind == Kind::Public && !wanted.contains(&0) && tags != "local" {
        wanted.push(0);
    }
    wanted.shuffle(rng);
    Ok(Channel {
        name: name.to_owned(),
        kind,
        tags: words(tags),
        share: share.parse().map_err(|_| format!("share: {line:?}"))?,
        topic: topic.to_owned(),
        members: wanted,
    })
}

/// Conversations of two or three; the founder is in every third, so that the first look has some.
fn directs(people: &[Person], share: u32, rng: &mut Xoshiro256PlusPlus) -> Vec<Channel> {
    let numbers: Vec<usize> = (0..people.len()).collect();
    let count = people.len() * 2 / 5 + 1;
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

    fn company(people: usize, channels: usize, seed: u64) -> Company {
        Company::found(None, people, channels, &mut Xoshiro256PlusPlus::seed_from_u64(seed)).unwrap()
    }

    #[test]
    fn the_same_seed_founds_the_same_company() {
        assert_eq!(company(30, 20, 7), company(30, 20, 7));
        assert_ne!(company(30, 20, 7), company(30, 20, 8));
    }

    #[test]
    fn handles_and_names_are_unique_and_nobody_is_alone() {
        for size in [3, 30, 200] {
            let company = company(size, 100, 1);
            let handles: BTreeSet<_> = company.people.iter().map(|person| &person.handle).collect();
            assert_eq!((company.people.len(), handles.len()), (size, size));
            for channel in &company.channels {
                let members: BTreeSet<_> = channel.members.iter().collect();
                assert_eq!(members.len(), channel.members.len());
                assert!(members.len() >= 2, "{}", channel.name);
            }
        }
    }

    #[test]
    fn the_founder_keeps_their_own_name() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        let company = Company::found(Some("Grace Hopper"), 5, 5, &mut rng).unwrap();
        assert_eq!(company.people[0].called, "Grace");
    }
}
