//! Tests of scripts and of the built-in scenes: every scene can be instantiated, respects the API's limits, and is
//! reproducible.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;

use super::*;
use crate::conversation::Action;
use crate::scene::SceneAction;

fn script(messages: usize, seed: u64) -> (Organization, Vec<Conversation>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let organization = Organization::generate(None, 30, 20, &mut rng).unwrap();
    let library = Library::read().unwrap();
    let conversations = library.write(&organization, messages, &mut rng).unwrap();
    (organization, conversations)
}

fn texts(conversations: &[Conversation]) -> impl Iterator<Item = &str> {
    let lines = conversations.iter().flat_map(|one| &one.lines);
    lines.filter_map(|line| match &line.action {
        Action::Send { text, .. } | Action::Edit { text, .. } => Some(text.as_str()),
        _ => None,
    })
}

#[test]
fn writes_the_exact_number_of_messages() {
    for messages in [1, 17, 1000, 5000] {
        let (_, conversations) = script(messages, 1);
        let sent: usize = conversations.iter().map(Conversation::messages).sum();
        assert_eq!(sent, messages);
    }
}

#[test]
fn same_seed_writes_the_same_script() {
    assert_eq!(script(800, 5).1, script(800, 5).1);
    assert_ne!(script(800, 5).1, script(800, 6).1);
}

#[test]
fn every_scene_respects_the_message_limits() {
    let library = Library::read().unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let organization = Organization::generate(None, 60, 100, &mut rng).unwrap();
    let mut unused = Vec::new();
    for (at, scene) in library.scenes.iter().enumerate() {
        let schedule = (0..organization.channels.len())
            .map(|number| ChannelSchedule::new(&library, &organization, number))
            .find(|schedule| schedule.scenes.contains(&at));
        let Some(schedule) = schedule else {
            unused.push(&scene.title);
            continue;
        };
        for _ in 0..20 {
            let instance = SceneInstance::new(&library.words, &organization, schedule.channel, scene, &mut rng);
            let conversation = instance.build(usize::MAX).unwrap();
            for text in texts(&[conversation]) {
                assert!(!text.contains("%{"), "{}: {text}", scene.title);
                assert!(!text.trim().is_empty(), "{}", scene.title);
                assert!(text.chars().count() <= 16_000, "{}", scene.title);
                assert!(!text.contains('\0'), "{}", scene.title);
            }
        }
    }
    assert!(unused.is_empty(), "no channel fits {unused:?}");
}

#[test]
fn reactions_are_emoji() {
    let library = Library::read().unwrap();
    let lines = library.scenes.iter().flat_map(|scene| &scene.lines);
    for scene_line in lines {
        let SceneAction::React(list) = &scene_line.action else {
            continue;
        };
        for (emoji, _) in list {
            assert!(emojis::get(emoji).is_some(), "{emoji}");
        }
    }
}

#[test]
fn scene_titles_are_unique() {
    let library = Library::read().unwrap();
    let titles: BTreeSet<_> = library.scenes.iter().map(|scene| &scene.title).collect();
    assert_eq!(titles.len(), library.scenes.len());
}

#[test]
fn actions_refer_to_earlier_messages_and_authors_change_their_own() {
    let (organization, conversations) = script(3000, 2);
    for conversation in &conversations {
        let members = &organization.channels[conversation.channel].members;
        for (at, line) in conversation.lines.iter().enumerate() {
            assert!(members.contains(&line.who));
            let target = match line.action {
                Action::Send { thread, .. } => thread,
                Action::Edit { message, .. } | Action::Delete { message } => {
                    assert_eq!(conversation.lines[message].who, line.who);
                    Some(message)
                }
                Action::React { message, .. } => Some(message),
            };
            let Some(target) = target else { continue };
            assert!(target < at);
            let is_root = matches!(conversation.lines[target].action, Action::Send { thread: None, .. });
            let reply = matches!(line.action, Action::Send { .. });
            assert!(!reply || is_root, "threads have one level");
        }
    }
}

#[test]
fn activity_is_skewed_and_multilingual() {
    let (organization, conversations) = script(5000, 1);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_channel = vec![0_usize; organization.channels.len()];
    for conversation in &conversations {
        by_channel[conversation.channel] += conversation.messages();
        for line in &conversation.lines {
            let kind = match &line.action {
                Action::Send { thread: None, .. } => "message",
                Action::Send { .. } => "reply",
                Action::Edit { .. } => "edit",
                Action::Delete { .. } => "delete",
                Action::React { .. } => "reaction",
            };
            *kinds.entry(kind).or_default() += 1;
        }
    }
    assert!(kinds["reply"] > 500 && kinds["reaction"] > 500, "{kinds:?}");
    assert!(kinds["edit"] > 20 && kinds["delete"] > 5, "{kinds:?}");
    by_channel.sort_unstable();
    let (least, most) = (by_channel[3], by_channel[by_channel.len() - 1]);
    assert!(most > least.max(1) * 5, "{by_channel:?}");
    let all: String = texts(&conversations).collect();
    for sign in ["ß", "ç", "ñ", "ł", "ğ", "ώ", "ы", "ї", "م", "ש", "क", "ก", "的", "の", "한", "ệ"] {
        assert!(all.contains(sign), "no message contains {sign}");
    }
    for sign in ["```", "<!channel>", "https://", "\n> ", "\n- ", "\n1. "] {
        assert!(all.contains(sign), "no message contains {sign:?}");
    }
}
