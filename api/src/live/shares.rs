//! How the groups of a room are shared among its members.
//!
//! Executing a selection costs the same whether one has it or a thousand do, so those who have it share its cost: of a
//! group of three each has a third. Promises: nobody has more than [`OF_ONE`] groups, however they share them out with
//! others of their own; and while somebody has more than another, the other is not refused. What many have, such as
//! the selection of the product's own client, costs each of them next to nothing and is never taken from them.
//!
//! A group is executed by the turn of the one among its members who has the least under way at that moment
//! (`group.rs`): what one of them has of their own delays it for nobody else, and whoever has many waits for
//! themselves.

use std::collections::HashMap;

use super::group::Subscriber;

/// Different selections that one room serves.
pub const GROUPS: usize = 128;
/// Different selections of one member in one room.
pub const OF_ONE: u64 = 8;
/// A whole group, in the parts that shares are counted in.
const WHOLE: u64 = 1_000_000;
/// Groups of more members than this are nobody's to give away, and executed by the turn of their workspace.
pub const MANY: usize = 16;

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
        WHOLE / self.members.len().max(1) as u64
    }
}

/// Whether a member has so much that a new group for them alone would be too much.
pub fn is_used_up(groups: &[Size<'_>], number: u32) -> bool {
    share(groups, number) + WHOLE > OF_ONE * WHOLE
}

fn share(groups: &[Size<'_>], number: u32) -> u64 {
    groups.iter().filter(|group| group.members.contains_key(&number)).map(Size::share).sum()
}

/// Of a room that is full, the group that gives way to a new one of this member: of the one who has most, what they
/// began last. None if the member would then have more than that one.
pub fn to_give_way(groups: &[Size<'_>], number: u32) -> Option<u64> {
    let shares = of_members(groups);
    let own = shares.get(&number).copied().unwrap_or_default();
    let (greediest, most) = shares.into_iter().max_by_key(|(member, share)| (*share, *member))?;
    if most < own + 2 * WHOLE {
        return None;
    }
    let theirs = groups.iter().filter(|group| group.members.len() <= MANY && group.members.contains_key(&greediest));
    theirs.max_by_key(|group| (group.share(), group.begun)).map(|group| group.begun)
}

/// What each has of the groups that are not of many.
fn of_members(groups: &[Size<'_>]) -> HashMap<u32, u64> {
    let mut shares: HashMap<u32, u64> = HashMap::new();
    for group in groups.iter().filter(|group| group.members.len() <= MANY) {
        for member in group.members.keys() {
            *shares.entry(*member).or_default() += group.share();
        }
    }
    shares
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
