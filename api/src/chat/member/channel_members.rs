//! Pages of the members of a channel, by name.

use std::sync::Arc;

use crate::ground::compute::{Meter, STEPS_PER_CHECK};
use crate::ground::error::Result;
use crate::ground::page::{self, Page, Slice};
use crate::model::workspace::state::{Channel, Member, Workspace};

/// Computation steps charged for selecting one member.
const STEPS_PER_MEMBER: u64 = 100;

/// The members of the workspace were visited in vain.
struct TooSparse;

/// The maximum steps of [`page()`].
pub fn max_steps(channel: &Channel) -> u64 {
    channel.members.len() * (1 + STEPS_PER_MEMBER)
}

/// Returns a page of the members of a channel.
///
/// Visits the members of the workspace in order and skips those outside of the channel, which is fast if there are few.
/// Visits no more than the channel has members: then it selects the page from them. So the cost has a bound that does
/// not depend on the workspace, wherever its members are in the order.
///
/// # Errors
/// Those of the meter.
pub fn page(
    workspace: &Workspace,
    channel: &Channel,
    page: &Page<String>,
    meter: &mut Meter,
) -> Result<Slice<(String, Arc<Member>)>> {
    let most = channel.members.len().min(STEPS_PER_CHECK);
    let mut left = most;
    let visited = page::from_ordered(workspace.members_by_name(), page, |member| {
        left = left.checked_sub(1).ok_or(TooSparse)?;
        Ok(channel.members.contains(member.number).then(|| member.clone()))
    });
    meter.count(most - left)?;
    visited.or_else(|TooSparse| {
        let members = workspace.members_by_number(&channel.members).filter(|member| member.active);
        let items = members.map(|member| {
            meter.count(STEPS_PER_MEMBER)?;
            Ok((member.order(), member.clone()))
        });
        page::from_unordered(items, page)
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::ground::clock::Timestamp;
    use crate::ground::compute::Compute;
    use crate::ground::id::{AccountId, ChannelId, MemberId, WorkspaceId};
    use crate::model::channel::ChannelKind;
    use crate::model::member::{Role, entity};

    /// A workspace with a channel of those members whose position by name is in `inside`.
    fn workspace(size: u32, inside: impl Iterator<Item = u32>) -> (Workspace, ChannelId) {
        let (workspace_id, channel_id) = (WorkspaceId::mint(), ChannelId::mint());
        let mut workspace = Workspace::empty(workspace_id);
        let ids: Vec<MemberId> = (0..size).map(|_| MemberId::mint()).collect();
        // They join in the opposite order.
        for position in (0..size).rev() {
            let name = name(position);
            workspace.insert_member(entity::Model {
                workspace_id,
                id: ids[position as usize],
                account_id: AccountId::mint(),
                handle: name.clone(),
                name,
                role: Role::Member,
                active: true,
                joined_at: Timestamp(0),
                joined_seq: 1,
                avatar_id: None,
            });
        }
        workspace.insert_channel(Channel {
            id: channel_id,
            kind: ChannelKind::Private,
            name: "plans".into(),
            topic: String::new(),
            creator_id: ids[0],
            created_at: Timestamp(0),
            created_seq: 1,
            archived_at: None,
            members: roaring::RoaringBitmap::new(),
        });
        inside.for_each(|position| workspace.join_channel(channel_id, ids[position as usize]));
        (workspace, channel_id)
    }

    fn name(position: u32) -> String {
        format!("m{position:06}")
    }

    /// A page with its number of steps.
    async fn counted((workspace, id): &(Workspace, ChannelId), page: &Page<String>) -> (Slice<String>, u64) {
        let compute = Compute::new(1, Duration::from_secs(3_600));
        let (workspace, channel, page) = (workspace.clone(), workspace.channel(*id).unwrap().clone(), page.clone());
        let slice = compute.run(move |meter| super::page(&workspace, &channel, &page, meter)).await.unwrap();
        let names = slice.map(|items| items.into_iter().map(|(_, member)| member.name.clone()).collect());
        (names, compute.steps())
    }

    const FIRST: Page<String> = Page { after: None, before: None, limit: 50, backward: false };

    #[tokio::test]
    async fn cost_does_not_depend_on_the_workspace() {
        let mut costs = Vec::new();
        for size in [1_500, 3_000, 6_000] {
            let (slice, steps) = counted(&workspace(size, size - 600..size), &FIRST).await;
            assert_eq!(slice.items, (size - 600..size - 550).map(name).collect::<Vec<_>>());
            assert_eq!((slice.has_previous, slice.has_next), (false, true));
            costs.push(steps);
        }
        assert_eq!(costs, [600 + 600 * STEPS_PER_MEMBER; 3]);
    }

    #[tokio::test]
    async fn cost_of_a_channel_with_most_members_is_that_of_its_page() {
        for size in [1_500, 3_000, 6_000] {
            let (slice, steps) = counted(&workspace(size, (0..size).filter(|at| at % 3 > 0)), &FIRST).await;
            assert_eq!((slice.items.len(), slice.has_previous, slice.has_next), (50, false, true));
            assert!(steps <= 2 * 50, "{steps}");
        }
    }

    /// Pages through the channel, and returns its names in order.
    async fn names(among: &(Workspace, ChannelId), backward: bool) -> Vec<String> {
        let (mut pages, mut page) = (Vec::new(), Page { backward, ..FIRST });
        loop {
            let (slice, _) = counted(among, &page).await;
            let end = if backward { slice.items.first() } else { slice.items.last() };
            let member = end.and_then(|name| among.0.member(among.0.handle(name)?));
            let (cursor, more) = (member.map(|member| member.order()), (slice.has_previous, slice.has_next));
            pages.push(slice.items);
            match (backward, more) {
                (false, (_, true)) => page.after = cursor,
                (true, (true, _)) => page.before = cursor,
                (false, _) => return pages.concat(),
                (true, _) => return pages.into_iter().rev().flatten().collect(),
            }
        }
    }

    #[tokio::test]
    async fn pages_contain_each_member_once_in_both_directions() {
        for step in [1, 20] {
            let among = workspace(2_000, (0..2_000).step_by(step));
            let all: Vec<String> = (0..2_000).step_by(step).map(name).collect();
            for backward in [false, true] {
                assert_eq!(names(&among, backward).await, all, "every {step}th, backward: {backward}");
            }
        }
    }
}
