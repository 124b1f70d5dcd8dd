//! Mentions: whom a text addresses.
//!
//! In the text a member stands as `<@mem_…>`, the whole channel as `<!channel>` or `<!here>`. Whoever is notified is
//! whom the client draws as mentioned: what is escaped, in code or a part of an address is text. Names are put in by
//! the client, since handles change and ids do not.

use super::{MENTIONS_MAX, grammar};
use crate::event::Mentions;
use crate::id::MemberId;
use crate::workspace::state::Workspace;

/// Finds whom a text mentions, each once, in the order of the text.
pub fn find(text: &str) -> Mentions {
    let mut found = Mentions::default();
    // Most messages mention nobody; then nothing is parsed.
    if !text.contains("<@mem_") && !text.contains("<!") {
        return found;
    }
    for token in grammar::mentions(text, |token| is_everybody(token) || member(token).is_some()) {
        match member(token) {
            None => found.channel = true,
            Some(id) if !found.member_ids.contains(&id) && found.member_ids.len() < MENTIONS_MAX => {
                found.member_ids.push(id);
            }
            Some(_) => {}
        }
    }
    found
}

fn is_everybody(token: &str) -> bool {
    matches!(token, "!channel" | "!here")
}

/// The member of `@mem_…`. Ids are written in one way only, as the client reads them.
fn member(token: &str) -> Option<MemberId> {
    let written = token.strip_prefix('@')?;
    written.parse::<MemberId>().ok().filter(|id| id.to_string() == written)
}

/// Only those who are in the workspace are mentioned; for others the text stays text.
pub fn present(mentions: &Mentions, workspace: &Workspace) -> Mentions {
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

    /// The table that the client is held to as well. In it `<@ann>` and `<@ben>` stand for members.
    #[test]
    fn whom_a_text_mentions_is_as_the_table_says() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../tests/mentions.json")).unwrap();
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
    fn each_is_found_once_in_the_order_of_the_text() {
        let (ann, ben) = (MemberId::mint(), MemberId::mint());
        let text = format!("<@{ben}> and *<@{ann}>*, again <@{ben}> <!here>\n\n- <@{ann}> <!channel>");
        assert_eq!(find(&text), Mentions { member_ids: vec![ben, ann], channel: true });
    }

    #[test]
    fn what_only_looks_like_a_mention_is_none() {
        for text in ["<@mem_>", "<@ann>", "<!everyone>", "@channel", "<@mem_0190", "<<!>", "<@mem_\u{fdd0}>"] {
            assert_eq!(find(text), Mentions::default(), "{text}");
        }
        let shouted = format!("<@{}>", MemberId::mint()).to_uppercase();
        assert_eq!(find(&shouted), Mentions::default());
    }

    #[test]
    fn a_flood_of_mentions_is_cut() {
        let text: String = (0..MENTIONS_MAX + 10).map(|_| format!("<@{}> ", MemberId::mint())).collect();
        assert_eq!(find(&text).member_ids.len(), MENTIONS_MAX);
    }

    #[test]
    fn hostile_texts_are_read() {
        for part in ["<", "[](", "<https://", "\\", "> ", "`<!here>", "|<!here>", "<!here"] {
            let text = part.repeat(16_000 / part.len());
            assert!(find(&text).member_ids.is_empty());
        }
    }
}
