//! How the groups of a room are shared among its members.
//!
//! Executing a selection costs the same whether one has it or a thousand do, so those who have it share its cost: of a
//! group of three each has a third. Promises: nobody has more than [`OF_ONE`] groups, however they share them out with
//! others of their own; while somebody has more than another, the other is not refused; and whoever has none gets one,
//! unless every group is all that one of its members has. So what gives way is a group whose members all have much, the
//! smallest of these; it is never the group that most have, such as that of the product's own client.
//!
//! A group is executed by the turn of the one among its members who has the least under way at that moment
//! (`group.rs`): what one of them has of their own delays it for nobody else, and whoever has many waits for
//! themselves.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::group::Subscriber;

/// Different selections that one room serves.
pub const GROUPS: usize = 128;
/// Of these, places for members who have none yet.
pub const RESERVED: usize = 32;
/// Different selections of one member in one room.
pub const OF_ONE: u64 = 8;
/// A whole group, in the parts that shares are counted in.
const WHOLE: u64 = 1_000_000;

/// A group, by who has it.
#[derive(Debug, Clone, Copy)]
pub struct Size<'a> {
    /// Its number, in the order in which groups of the room began.
    pub begun: u64,
    /// Its connections, by the numbers of the members.
    pub members: &'a HashMap<u32, Vec<Subscriber>>,
}

impl Size<'_> {
    fn share(&self) -> u64 {
        (WHOLE / self.members.len().max(1) as u64).max(1)
    }

    fn is_of(&self, number: u32) -> bool {
        self.members.contains_key(&number)
    }
}

/// Whether a member has so much that a new group for them alone would be too much.
pub fn is_used_up(groups: &[Size<'_>], number: u32) -> bool {
    share(groups, number) + WHOLE > OF_ONE * WHOLE
}

/// Whether there is no place for another group of this member.
pub fn is_full(groups: &[Size<'_>], number: u32) -> bool {
    let has_some = groups.iter().any(|group| group.is_of(number));
    groups.len() >= if has_some { GROUPS - RESERVED } else { GROUPS }
}

fn share(groups: &[Size<'_>], number: u32) -> u64 {
    groups.iter().filter(|group| group.is_of(number)).map(Size::share).sum()
}

/// Where there is no place, the group that gives way to a new one of this member: of those whose members all have most,
/// the smallest, and of these the one that began last. None if one of its members would then have less than the member,
/// or nothing.
pub fn to_give_way(groups: &[Size<'_>], number: u32) -> Option<u64> {
    let largest = groups.iter().max_by_key(|group| (group.members.len(), Reverse(group.begun)));
    let largest = largest.filter(|group| group.members.len() > 1);
    let others = || groups.iter().filter(|group| largest.is_none_or(|largest| largest.begun != group.begun));
    // The largest may be very large, and is not gone through.
    let in_largest = |number: u32| largest.filter(|group| group.is_of(number)).map_or(0, Size::share);
    let mut shares: HashMap<u32, u64> = HashMap::new();
    for group in others() {
        for member in group.members.keys() {
            *shares.entry(*member).or_insert_with(|| in_largest(*member)) += group.share();
        }
    }
    let own = shares.get(&number).copied().unwrap_or_else(|| in_largest(number));
    let least_left = if own == 0 { 1 } else { own + WHOLE };
    let poorest = |group: &Size<'_>| group.members.keys().filter_map(|member| shares.get(member)).min().copied();
    let giving = others().filter_map(|group| {
        let poorest = poorest(group)?;
        let left = poorest.saturating_sub(group.share());
        (left >= least_left).then(|| (poorest / WHOLE, group.share(), group.begun))
    });
    giving.max().map(|(_, _, begun)| begun)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Members = HashMap<u32, Vec<Subscriber>>;

    /// Groups in the order of their beginning, each by who has it.
    fn groups(of: &[Vec<u32>]) -> Vec<Members> {
        of.iter().map(|members| members.iter().map(|number| (*number, Vec::new())).collect()).collect()
    }

    fn sizes(groups: &[Members]) -> Vec<Size<'_>> {
        (0..).zip(groups).map(|(begun, members)| Size { begun, members }).collect()
    }

    #[test]
    fn nobody_has_more_than_their_part() {
        let alone = groups(&vec![vec![1]; 7]);
        assert!(!is_used_up(&sizes(&alone), 1));
        let all = groups(&vec![vec![1]; 8]);
        assert!(is_used_up(&sizes(&all), 1) && !is_used_up(&sizes(&all), 2));
        // Two who have the same ones have twice as many between them, and no more.
        let shared = groups(&vec![vec![1, 2]; 15]);
        assert!(is_used_up(&sizes(&shared), 1) && is_used_up(&sizes(&shared), 2));
        // What many have costs next to nothing.
        let many: Vec<u32> = (0..1_000).collect();
        let popular = groups(&vec![many; 100]);
        assert!(!is_used_up(&sizes(&popular), 1));
    }

    #[test]
    fn there_are_places_for_whoever_has_none() {
        let of_one = groups(&vec![vec![1]; GROUPS - RESERVED]);
        assert!(is_full(&sizes(&of_one), 1) && !is_full(&sizes(&of_one), 2));
        let all = groups(&vec![vec![1]; GROUPS]);
        assert!(is_full(&sizes(&all), 2));
        let fewer = groups(&vec![vec![1]; GROUPS - RESERVED - 1]);
        assert!(!is_full(&sizes(&fewer), 1));
    }

    #[test]
    fn those_who_have_all_groups_together_shut_nobody_out() {
        // Each of nineteen has each group, so that all are of many; of the product's own there are two more.
        let nineteen: Vec<u32> = (1..=19).collect();
        let mut of = vec![nineteen.clone(); GROUPS - 2];
        of.insert(0, (1..=21).collect());
        // Another that is larger than theirs.
        of.push((1..=20).collect());
        let full = groups(&of);
        let (product, last) = (0, GROUPS as u64 - 2);
        let given = to_give_way(&sizes(&full), 99);
        assert_eq!(given, Some(last), "the smallest, and of these the one that began last");
        assert_eq!(to_give_way(&sizes(&full), 21), given, "also for one who has the product's own alone");
        assert_ne!(given, Some(product));
        assert_eq!(to_give_way(&sizes(&full), 1), None, "and not for one of them");
    }

    #[test]
    fn nobody_loses_the_only_one_they_have() {
        // A group that others joined is still all that the third has.
        let shared = groups(&[vec![1, 2, 3, 4], vec![1, 2, 5], vec![1, 2], vec![1, 2], vec![1, 2]]);
        assert_eq!(to_give_way(&sizes(&shared), 9), Some(4));
        let few = groups(&[vec![1, 2, 3, 4], vec![1, 2, 5]]);
        assert_eq!(to_give_way(&sizes(&few), 9), None);
        // One who has another one besides is asked, if it is for one who has nothing.
        let product = groups(&[vec![1, 2, 3], vec![1], vec![2]]);
        assert_eq!((to_give_way(&sizes(&product), 9), to_give_way(&sizes(&product), 3)), (Some(2), None));
    }

    #[test]
    fn a_full_room_takes_from_the_one_who_has_most() {
        let everybody: Vec<u32> = (0..100).collect();
        let full = groups(&[everybody.clone(), vec![1], vec![1], vec![2], vec![1], vec![3]]);
        let full = sizes(&full);
        assert_eq!(to_give_way(&full, 9), Some(4), "the last that they began");
        assert_eq!(to_give_way(&full, 2), Some(4));
        assert_eq!(to_give_way(&full, 1), None, "not for one who has most");
        let even = groups(&[everybody, vec![1], vec![2], vec![3]]);
        assert_eq!(to_give_way(&sizes(&even), 9), None, "each has one");
        // Those who share theirs with one another are found as well.
        let shared = groups(&[vec![1, 2], vec![1, 2], vec![1, 2], vec![1, 2], vec![3]]);
        assert_eq!(to_give_way(&sizes(&shared), 9), Some(3));
    }
}
