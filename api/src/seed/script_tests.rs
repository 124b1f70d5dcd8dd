//! Tests of the script and of the built-in scenes: that they can all be played, fit the limits of the
//! wire and come out the same each time.

use std::collections::{BTreeMap, BTreeSet};

use rand::SeedableRng;

use super::super::scene::Doing;
use super::*;

fn script(messages: usize, seed: u64) -> (Company, Vec<Conversation>) {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let company = Company::found(None, 30, 20, &mut rng).unwrap();
    let library = Library::read().unwrap();
    let conversations = library.write(&company, messages, &mut rng).unwrap();
    (company, conversations)
}

fn texts(conversations: &[Conversation]) -> impl Iterator<Item = &str> {
    let lines = conversations.iter().flat_map(|one| &one.lines);
    lines.filter_map(|line| match &line.deed {
        Deed::Say { text, .. } | Deed::Edit { text, .. } => Some(text.as_str()),
        _ => None,
    })
}

#[test]
fn the_number_of_messages_is_exact() {
    for messages in [1, 17, 1000, 5000] {
        let (_, conversations) = script(messages, 1);
        let sent: usize = conversations.iter().map(Conversation::messages).sum();
        assert_eq!(sent, messages);
    }
}

#[test]
fn the_same_seed_writes_the_same_script() {
    assert_eq!(script(800, 5).1, script(800, 5).1);
    assert_ne!(script(800, 5).1, script(800, 6).1);
}

#[test]
fn every_scene_can_be_played_and_fits_the_wire() {
    let library = Library::read().unwrap();
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
    let company = Company::found(None, 60, 100, &mut rng).unwrap();
    let mut unplayed = Vec::new();
    for (at, scene) in library.scenes.iter().enumerate() {
        let stage = (0..company.channels.len())
            .map(|number| Stage::new(&library, &company, number))
            .find(|stage| stage.fitting.contains(&at));
        let Some(stage) = stage else {
            unplayed.push(&scene.title);
            continue;
        };
        for _ in 0..20 {
            let played = Performance::new(&library, &company, stage.channel, scene, &mut rng).play(usize::MAX).unwrap();
            for text in texts(&[played]) {
                assert!(!text.contains("%{"), "{}: {text}", scene.title);
                assert!(!text.trim().is_empty(), "{}", scene.title);
                assert!(text.chars().count() <= 16_000, "{}", scene.title);
                assert!(!text.contains('\0'), "{}", scene.title);
            }
        }
    }
    assert!(unplayed.is_empty(), "no channel fits {unplayed:?}");
}

#[test]
fn every_reaction_is_an_emoji() {
    let library = Library::read().unwrap();
    let acts = library.scenes.iter().flat_map(|scene| &scene.acts);
    for act in acts {
        let Doing::React(list) = &act.doing else {
            continue;
        };
        for (emoji, _) in list {
            assert!(emojis::get(emoji).is_some(), "{emoji}");
        }
    }
}

#[test]
fn scenes_have_titles_of_their_own() {
    let library = Library::read().unwrap();
    let titles: BTreeSet<_> = library.scenes.iter().map(|scene| &scene.title).collect();
    assert_eq!(titles.len(), library.scenes.len());
}

#[test]
fn deeds_name_earlier_messages_and_authors_change_their_own() {
    let (company, conversations) = script(3000, 2);
    for conversation in &conversations {
        let members = &company.channels[conversation.channel].members;
        for (at, line) in conversation.lines.iter().enumerate() {
            assert!(members.contains(&line.who));
            let target = match line.deed {
                Deed::Say { thread, .. } => thread,
                Deed::Edit { message, .. } | Deed::Delete { message } => {
                    assert_eq!(conversation.lines[message].who, line.who);
                    Some(message)
                }
                Deed::React { message, .. } => Some(message),
            };
            let Some(target) = target else { continue };
            assert!(target < at);
            let is_root = matches!(conversation.lines[target].deed, Deed::Say { thread: None, .. });
            let reply = matches!(line.deed, Deed::Say { .. });
            assert!(!reply || is_root, "threads have one level");
        }
    }
}

#[test]
fn a_company_is_lively_skewed_and_speaks_many_languages() {
    let (company, conversations) = script(5000, 1);
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    let mut by_channel = vec![0_usize; company.channels.len()];
    for conversation in &conversations {
        by_channel[conversation.channel] += conversation.messages();
        for line in &conversation.lines {
            let kind = match &line.deed {
                Deed::Say { thread: None, .. } => "message",
                Deed::Say { .. } => "reply",
                Deed::Edit { .. } => "edit",
                Deed::Delete { .. } => "delete",
                Deed::React { .. } => "reaction",
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
        assert!(all.contains(sign), "nobody writes {sign}");
    }
    for sign in ["```", "<!channel>", "https://", "\n> ", "\n- ", "\n1. "] {
        assert!(all.contains(sign), "nobody writes {sign:?}");
    }
}
