//! Mentions in message texts.
//!
//! A text refers to a member as `<@mem_…>` and to the whole channel as `<!channel>` or `<!here>`. Only mentions that
//! the client renders as such notify: escaped ones, and those in code or URLs, are text. Texts contain ids, which
//! clients render as names, because handles change and ids do not.

use super::{MAX_MENTIONS, grammar};
use crate::ground::id::MemberId;
use crate::model::event::Mentions;
use crate::model::workspace::state::Workspace;

/// Finds the mentions in a text, without duplicates, in order.
pub fn find(text: &str) -> Mentions {
    let mut found = Mentions::default();
    // Skip parsing for the common case of a text without mentions.
    if !text.contains("<@mem_") && !text.contains("<!") {
        return found;
    }
    for token in grammar::mentions(text, |token| is_channel_token(token) || parse_member(token).is_some()) {
        match parse_member(token) {
            None => found.channel = true,
            Some(id) if !found.member_ids.contains(&id) && found.member_ids.len() < MAX_MENTIONS => {
                found.member_ids.push(id);
            }
            Some(_) => {}
        }
    }
    found
}

fn is_channel_token(token: &str) -> bool {
    matches!(token, "!channel" | "!here")
}

/// Parses `@mem_…`. Accepts only the canonical form of an id, as the client does.
fn parse_member(token: &str) -> Option<MemberId> {
    let written = token.strip_prefix('@')?;
    written.parse::<MemberId>().ok().filter(|id| id.to_string() == written)
}

/// Keeps only mentions of active members of the workspace. Others are treated as text.
pub fn retain_active(mentions: &Mentions, workspace: &Workspace) -> Mentions {
    let active = |id: &MemberId| workspace.member(*id).is_some_and(|member| member.active);
    Mentions { member_ids: mentions.member_ids.iter().copied().filter(active).collect(), channel: mentions.channel }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Case {
        text: String,
        mentions: Vec<String>,
    }

    fn id(n: u8) -> String {
        format!("mem_00000000-0000-7000-8000-00000000000{n}")
    }

    /// The cases are shared with the client. `<@ann>` and `<@ben>` stand for members.
    #[test]
    fn finds_mentions_as_the_shared_cases_specify() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../../tests/mentions.json")).unwrap();
        assert!(cases.len() > 40);
        for Case { text, mentions } in cases {
            let found =
                find(&text.replace("<@ann>", &format!("<@{}>", id(1))).replace("<@ben>", &format!("<@{}>", id(2))));
            let mut named: Vec<&str> =
                found.member_ids.iter().map(|member| if member.to_string() == id(1) { "ann" } else { "ben" }).collect();
            named.extend(found.channel.then_some("channel"));
            named.sort_unstable();
            assert_eq!(named, mentions, "{text}");
        }
    }

    #[test]
    fn finds_each_mention_once_in_order() {
        let (ann, ben) = (MemberId::mint(), MemberId::mint());
        let text = format!("<@{ben}> and *<@{ann}>*, again <@{ben}> <!here>\n\n- <@{ann}> <!channel>");
        assert_eq!(find(&text), Mentions { member_ids: vec![ben, ann], channel: true });
    }

    #[test]
    fn ignores_malformed_mentions() {
        for text in ["<@mem_>", "<@ann>", "<!everyone>", "@channel", "<@mem_0190", "<<!>", "<@mem_\u{fdd0}>"] {
            assert_eq!(find(text), Mentions::default(), "{text}");
        }
        let shouted = format!("<@{}>", MemberId::mint()).to_uppercase();
        assert_eq!(find(&shouted), Mentions::default());
    }

    #[test]
    fn limits_the_number_of_mentions() {
        let text: String = (0..MAX_MENTIONS + 10).map(|_| format!("<@{}> ", MemberId::mint())).collect();
        assert_eq!(find(&text).member_ids.len(), MAX_MENTIONS);
    }

    #[test]
    fn parses_hostile_texts() {
        for part in ["<", "[](", "<https://", "\\", "> ", "`<!here>", "|<!here>", "<!here"] {
            let text = part.repeat(16_000 / part.len());
            assert!(find(&text).member_ids.is_empty());
        }
    }
}
