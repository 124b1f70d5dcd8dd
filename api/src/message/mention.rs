//! Mentions: whom a text addresses.
//!
//! In the text a member stands as `<@mem_…>`, the whole channel as `<!channel>` or `<!here>`. What
//! stands in code is code. Names are put in by the client, since handles change and ids do not.

use pulldown_cmark::{Event as Markdown, Parser, Tag, TagEnd, TextMergeStream};

use super::MENTIONS_MAX;
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
    let mut in_code = false;
    for event in TextMergeStream::new(Parser::new(text)) {
        match event {
            Markdown::Start(Tag::CodeBlock(_)) => in_code = true,
            Markdown::End(TagEnd::CodeBlock) => in_code = false,
            Markdown::Text(part) | Markdown::InlineHtml(part) | Markdown::Html(part) if !in_code => {
                scan(&part, &mut found)
            }
            _ => {}
        }
    }
    found
}

fn scan(text: &str, found: &mut Mentions) {
    for (start, _) in text.match_indices('<') {
        let Some(token) = text[start + 1..].split_once('>').map(|(token, _)| token) else { return };
        match token {
            "!channel" | "!here" => found.channel = true,
            _ => {
                let id = token.strip_prefix('@').and_then(|id| id.parse::<MemberId>().ok());
                if let Some(id) =
                    id.filter(|id| !found.member_ids.contains(id) && found.member_ids.len() < MENTIONS_MAX)
                {
                    found.member_ids.push(id);
                }
            }
        }
    }
}

/// Only those who are in the workspace are mentioned; for others the text stays text.
pub fn present(mentions: &Mentions, workspace: &Workspace) -> Mentions {
    let active = |id: &MemberId| workspace.member(*id).is_some_and(|member| member.active);
    Mentions { member_ids: mentions.member_ids.iter().copied().filter(active).collect(), channel: mentions.channel }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_and_channels_are_found_outside_of_code() {
        let (ann, ben) = (MemberId::mint(), MemberId::mint());
        let text = format!("<@{ann}> and *<@{ben}>*, again <@{ann}> <!here>\n\n- <@{ben}>");
        assert_eq!(find(&text), Mentions { member_ids: vec![ann, ben], channel: true });
        for code in [format!("`<@{ann}>`"), format!("```\n<@{ann}> <!channel>\n```"), format!("    <@{ann}>")] {
            assert_eq!(find(&code), Mentions::default(), "{code}");
        }
    }

    #[test]
    fn what_only_looks_like_a_mention_is_none() {
        for text in ["<@mem_>", "<@ann>", "<!everyone>", "@channel", "<@mem_0190", "<<!>"] {
            assert_eq!(find(text), Mentions::default(), "{text}");
        }
    }

    #[test]
    fn a_flood_of_mentions_is_cut() {
        let text: String = (0..MENTIONS_MAX + 10).map(|_| format!("<@{}> ", MemberId::mint())).collect();
        assert_eq!(find(&text).member_ids.len(), MENTIONS_MAX);
    }
}
