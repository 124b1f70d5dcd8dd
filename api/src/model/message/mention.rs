//! Mentions in message texts.
//!
//! A text refers to a member as `<@mem_…>` and to the whole channel as `<!channel>` or `<!here>`. Only mentions that
//! the client renders as such notify: escaped ones, those in code or URLs, and those of another workspace, are text.
//! Texts contain ids, which clients render as names, because handles change and ids do not.

use super::{MAX_MENTIONS, grammar};
use crate::ground::id::{GlobalId, MemberId, WorkspaceId};
use crate::model::event::Mentions;
use crate::model::workspace::state::Workspace;

/// Finds the mentions in a text of a workspace, without duplicates, in order.
pub fn find(workspace_id: WorkspaceId, text: &str) -> Mentions {
    let mut mentions = Mentions::default();
    // Skip parsing for the common case of a text without mentions.
    if !text.contains("<@mem_") && !text.contains("<!") {
        return mentions;
    }
    let member = |token: &str| parse_member(workspace_id, token);
    for token in grammar::mentions(text, |token| is_channel_token(token) || member(token).is_some()) {
        match member(token) {
            None => mentions.channel = true,
            Some(id) if !mentions.member_ids.contains(&id) && mentions.member_ids.len() < MAX_MENTIONS => {
                mentions.member_ids.push(id);
            }
            Some(_) => {}
        }
    }
    mentions
}

fn is_channel_token(token: &str) -> bool {
    matches!(token, "!channel" | "!here")
}

/// Parses `@mem_…`.
fn parse_member(workspace_id: WorkspaceId, token: &str) -> Option<MemberId> {
    let member: GlobalId<MemberId> = token.strip_prefix('@')?.parse().ok()?;
    (member.workspace_id == workspace_id).then_some(member.id)
}

/// Keeps only mentions of active members of the workspace. Others are treated as text.
pub fn retain_active(mentions: &Mentions, workspace: &Workspace) -> Mentions {
    let active = |id: &MemberId| workspace.member(*id).is_some_and(|member| member.active);
    Mentions { member_ids: mentions.member_ids.iter().copied().filter(active).collect(), channel: mentions.channel }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use uuid::Uuid;

    use super::*;

    #[derive(Deserialize)]
    struct Case {
        text: String,
        mentions: Vec<String>,
    }

    const WORKSPACE: WorkspaceId = WorkspaceId(Uuid::from_u128(7));

    fn member(n: u128) -> MemberId {
        MemberId(Uuid::from_u128(n))
    }

    fn token(id: MemberId) -> String {
        format!("<@{}>", id.in_workspace(WORKSPACE))
    }

    /// The cases are shared with the client. `<@ann>` and `<@ben>` stand for members.
    #[test]
    fn finds_mentions_as_the_shared_cases_specify() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../../tests/mentions.json")).unwrap();
        assert!(cases.len() > 40);
        for Case { text, mentions } in cases {
            let written = text.replace("<@ann>", &token(member(1))).replace("<@ben>", &token(member(2)));
            let found = find(WORKSPACE, &written);
            let mut named: Vec<&str> =
                found.member_ids.iter().map(|id| if *id == member(1) { "ann" } else { "ben" }).collect();
            named.extend(found.channel.then_some("channel"));
            named.sort_unstable();
            assert_eq!(named, mentions, "{text}");
        }
    }

    #[test]
    fn finds_each_mention_once_in_order() {
        let (ann, ben) = (member(1), member(2));
        let (a, b) = (token(ann), token(ben));
        let text = format!("{b} and *{a}*, again {b} <!here>\n\n- {a} <!channel>");
        assert_eq!(find(WORKSPACE, &text), Mentions { member_ids: vec![ben, ann], channel: true });
    }

    #[test]
    fn ignores_malformed_mentions() {
        for text in ["<@mem_>", "<@ann>", "<!everyone>", "@channel", "<@mem_0190", "<<!>", "<@mem_\u{fdd0}>"] {
            assert_eq!(find(WORKSPACE, text), Mentions::default(), "{text}");
        }
        assert_eq!(find(WORKSPACE, &token(member(1)).to_uppercase()), Mentions::default());
    }

    #[test]
    fn ignores_members_of_other_workspaces() {
        assert_eq!(find(WorkspaceId::mint(), &token(member(1))), Mentions::default());
    }

    #[test]
    fn limits_the_number_of_mentions() {
        let text: String = (0..MAX_MENTIONS + 10).map(|_| token(MemberId::mint()) + " ").collect();
        assert_eq!(find(WORKSPACE, &text).member_ids.len(), MAX_MENTIONS);
    }

    #[test]
    fn parses_hostile_texts() {
        for part in ["<", "[](", "<https://", "\\", "> ", "`<!here>", "|<!here>", "<!here"] {
            let text = part.repeat(16_000 / part.len());
            assert!(find(WORKSPACE, &text).member_ids.is_empty());
        }
    }
}
