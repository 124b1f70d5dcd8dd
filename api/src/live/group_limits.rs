//! Limits on the subscription groups of a room, and their fair division among its members.
//!
//! Executing a selection costs the same for one subscriber as for a thousand, so its members share the cost: in a group
//! of three, each is charged one third.
//!
//! - No member is charged more than [`MAX_GROUPS_PER_MEMBER`] groups, however they combine them.
//! - A member is not rejected while another member is charged more.
//! - A member without groups gets one, unless every group is the only one of some member.
//!
//! To make room for a new group, the smallest group is evicted whose members are all charged much. The largest group,
//! such as that of the official client, is never evicted.
//!
//! A group executes under a permit of its least busy member (`group.rs`), so a member's other groups delay it for no
//! one else, and a member with many groups only delays their own.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::join::Subscriber;

/// Maximum number of groups per room.
pub const MAX_GROUPS: usize = 128;
/// Number of these reserved for members without a group.
pub const RESERVED_GROUPS: usize = 32;
/// Maximum number of groups charged to one member per room.
pub const MAX_GROUPS_PER_MEMBER: u64 = 8;
/// One group, in the fixed-point unit of charges.
const ONE_GROUP: u64 = 1_000_000;

/// The members of a group.
#[derive(Debug, Clone, Copy)]
pub struct GroupMembers<'a> {
    /// Start order among the groups of the room.
    pub ordinal: u64,
    /// Its subscribers, by room-local member number.
    pub members: &'a HashMap<u32, Vec<Subscriber>>,
}

impl GroupMembers<'_> {
    fn share(&self) -> u64 {
        (ONE_GROUP / self.members.len().max(1) as u64).max(1)
    }

    fn has_member(&self, number: u32) -> bool {
        self.members.contains_key(&number)
    }
}

/// Whether a member would exceed their limit with a new group of their own.
pub fn has_reached_limit(groups: &[GroupMembers<'_>], number: u32) -> bool {
    share(groups, number) + ONE_GROUP > MAX_GROUPS_PER_MEMBER * ONE_GROUP
}

/// Whether the room has no slot for another group of this member.
pub fn is_full(groups: &[GroupMembers<'_>], number: u32) -> bool {
    let has_groups = groups.iter().any(|group| group.has_member(number));
    groups.len() >= if has_groups { MAX_GROUPS - RESERVED_GROUPS } else { MAX_GROUPS }
}

fn share(groups: &[GroupMembers<'_>], number: u32) -> u64 {
    groups.iter().filter(|group| group.has_member(number)).map(GroupMembers::share).sum()
}

/// Selects the group to evict for a new group of this member: of those whose members are all charged most, the
/// smallest, and among equals the most recent. Returns `None` if a member of the group would then be charged less than
/// this member, or would have no group.
pub fn group_to_evict(groups: &[GroupMembers<'_>], number: u32) -> Option<u64> {
    let largest = groups.iter().max_by_key(|group| (group.members.len(), Reverse(group.ordinal)));
    let largest = largest.filter(|group| group.members.len() > 1);
    let others = || groups.iter().filter(|group| largest.is_none_or(|largest| largest.ordinal != group.ordinal));
    // The largest group may be very large, so its members are not iterated.
    let in_largest = |number: u32| largest.filter(|group| group.has_member(number)).map_or(0, GroupMembers::share);
    let mut shares: HashMap<u32, u64> = HashMap::new();
    for group in others() {
        for member in group.members.keys() {
            *shares.entry(*member).or_insert_with(|| in_largest(*member)) += group.share();
        }
    }
    let own = shares.get(&number).copied().unwrap_or_else(|| in_largest(number));
    let min_remaining = if own == 0 { 1 } else { own + ONE_GROUP };
    let min_charge =
        |group: &GroupMembers<'_>| group.members.keys().filter_map(|member| shares.get(member)).min().copied();
    let candidates = others().filter_map(|group| {
        let charge = min_charge(group)?;
        let remaining = charge.saturating_sub(group.share());
        (remaining >= min_remaining).then(|| (charge / ONE_GROUP, group.share(), group.ordinal))
    });
    candidates.max().map(|(_, _, ordinal)| ordinal)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Members = HashMap<u32, Vec<Subscriber>>;

    /// Groups in start order, each with its members.
    fn groups(members: &[Vec<u32>]) -> Vec<Members> {
        members.iter().map(|members| members.iter().map(|number| (*number, Vec::new())).collect()).collect()
    }

    fn sizes(groups: &[Members]) -> Vec<GroupMembers<'_>> {
        (0..).zip(groups).map(|(ordinal, members)| GroupMembers { ordinal, members }).collect()
    }

    #[test]
    fn limits_groups_per_member() {
        let seven = groups(&vec![vec![1]; 7]);
        assert!(!has_reached_limit(&sizes(&seven), 1));
        let eight = groups(&vec![vec![1]; 8]);
        assert!(has_reached_limit(&sizes(&eight), 1) && !has_reached_limit(&sizes(&eight), 2));
        // Two members who share all groups have twice as many between them.
        let shared = groups(&vec![vec![1, 2]; 15]);
        assert!(has_reached_limit(&sizes(&shared), 1) && has_reached_limit(&sizes(&shared), 2));
        // Groups with many members cost almost nothing.
        let many: Vec<u32> = (0..1_000).collect();
        let popular = groups(&vec![many; 100]);
        assert!(!has_reached_limit(&sizes(&popular), 1));
    }

    #[test]
    fn reserves_slots_for_members_without_groups() {
        let of_one = groups(&vec![vec![1]; MAX_GROUPS - RESERVED_GROUPS]);
        assert!(is_full(&sizes(&of_one), 1) && !is_full(&sizes(&of_one), 2));
        let all = groups(&vec![vec![1]; MAX_GROUPS]);
        assert!(is_full(&sizes(&all), 2));
        let fewer = groups(&vec![vec![1]; MAX_GROUPS - RESERVED_GROUPS - 1]);
        assert!(!is_full(&sizes(&fewer), 1));
    }

    #[test]
    fn members_who_share_all_groups_do_not_exclude_others() {
        // All nineteen members are in every group, so all groups are large. The official client's group has two more
        // members.
        let nineteen: Vec<u32> = (1..=19).collect();
        let mut of = vec![nineteen.clone(); MAX_GROUPS - 2];
        of.insert(0, (1..=21).collect());
        // Another group that is larger than theirs.
        of.push((1..=20).collect());
        let full = groups(&of);
        let (product, last) = (0, MAX_GROUPS as u64 - 2);
        let evicted = group_to_evict(&sizes(&full), 99);
        assert_eq!(evicted, Some(last), "the smallest, and among equals the most recent");
        assert_eq!(group_to_evict(&sizes(&full), 21), evicted, "also for a member only in the official client's group");
        assert_ne!(evicted, Some(product));
        assert_eq!(group_to_evict(&sizes(&full), 1), None, "not for a member of these groups");
    }

    #[test]
    fn never_evicts_the_only_group_of_a_member() {
        // A shared group may still be the only one of a member.
        let shared = groups(&[vec![1, 2, 3, 4], vec![1, 2, 5], vec![1, 2], vec![1, 2], vec![1, 2]]);
        assert_eq!(group_to_evict(&sizes(&shared), 9), Some(4));
        let few = groups(&[vec![1, 2, 3, 4], vec![1, 2, 5]]);
        assert_eq!(group_to_evict(&sizes(&few), 9), None);
        // A member with a second group may lose one to a member without any.
        let product = groups(&[vec![1, 2, 3], vec![1], vec![2]]);
        assert_eq!((group_to_evict(&sizes(&product), 9), group_to_evict(&sizes(&product), 3)), (Some(2), None));
    }

    #[test]
    fn evicts_from_the_member_charged_most() {
        let everyone: Vec<u32> = (0..100).collect();
        let full = groups(&[everyone.clone(), vec![1], vec![1], vec![2], vec![1], vec![3]]);
        let full = sizes(&full);
        assert_eq!(group_to_evict(&full, 9), Some(4), "their most recent group");
        assert_eq!(group_to_evict(&full, 2), Some(4));
        assert_eq!(group_to_evict(&full, 1), None, "not for the member charged most");
        let even = groups(&[everyone, vec![1], vec![2], vec![3]]);
        assert_eq!(group_to_evict(&sizes(&even), 9), None, "each member has one");
        // Members who share all their groups are found as well.
        let shared = groups(&[vec![1, 2], vec![1, 2], vec![1, 2], vec![1, 2], vec![3]]);
        assert_eq!(group_to_evict(&sizes(&shared), 9), Some(3));
    }
}
