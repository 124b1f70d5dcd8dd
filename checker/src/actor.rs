//! One of the people at work: sends, edits, reacts, goes into channels and out of them, and, as the owner,
//! removes others and adds them again. All by chance from the seed, all recorded.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use crate::history::{Action, Answer, Call};
use crate::http::{Refusal, ask, mutate};
use crate::town::{Command, PEOPLE, Remembered, Town, bare, mint};

/// The pause between two commands of one person.
const PAUSE: std::ops::Range<u64> = 50..450;

/// Works until the town is told to stop.
pub async fn work(town: Arc<Town>, person: usize, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed ^ (0xAC70 + person as u64));
    let mut counter = 0_u64;
    while !town.is_stopping() {
        tokio::time::sleep(Duration::from_millis(random.random_range(PAUSE))).await;
        counter += 1;
        let kind = random.random_range(0..100);
        let channel = town.channels[random.random_range(0..town.channels.len())].clone();
        match kind {
            0 => knock(&town, &mut random).await,
            1..5 => look(&town, person, &mut random).await,
            5..9 => read(&town, person, &channel, &mut random).await,
            _ => {
                let Some(command) = choose(&town, person, kind, &channel, counter, &mut random) else { continue };
                let answer = town.give(person, &command, &mut random).await;
                if let (Answer::Done(_), Action::Send { thread, .. }) = (&answer, &command.action) {
                    let id = format!("msg_{}", command.id);
                    town.remember(&channel, Remembered { id, author: person, thread: thread.is_some() });
                }
                // A client that did not see the answer asks again: it must get the same one.
                if answer.is_certain() && random.random_bool(0.1) {
                    let (process, _) = town.process(&mut random);
                    town.attempt(person, process, &command).await;
                }
            }
        }
    }
}

fn choose(town: &Town, person: usize, kind: u32, channel: &str, counter: u64, random: &mut StdRng) -> Option<Command> {
    match kind {
        9..20 => {
            let message = town.recall(channel, random, |message| message.author == person)?;
            Some(edit(town, &message.id, format!("edited {person} {counter}")))
        }
        20..32 => {
            let message = town.recall(channel, random, |_| true)?;
            let emoji = ["👍", "🎉", "❤️"][random.random_range(0..3)];
            Some(react(town, &message.id, emoji, random.random_bool(0.6)))
        }
        32..44 if channel == town.channels[0] => None,
        32..38 if person == 0 => Some(add(town, channel, random.random_range(1..PEOPLE))),
        38..44 if person == 0 => Some(remove(town, channel, random.random_range(1..PEOPLE))),
        32..36 => Some(join(town, person, channel)),
        36..38 => Some(leave(town, person, channel)),
        _ => {
            let thread = random.random_bool(0.15).then(|| town.recall(channel, random, |message| !message.thread));
            let thread = thread.flatten().map(|message| message.id);
            let mention = match random.random_range(0..20) {
                0 => format!(" <@{}>", town.people[random.random_range(0..PEOPLE)].member),
                1 => " <!channel>".to_owned(),
                _ => String::new(),
            };
            Some(town.message(channel, thread.as_deref(), format!("said {person} {counter}{mention}")))
        }
    }
}

/// Reads where the log stands: it must be at least where anything acknowledged before stood.
async fn look(town: &Town, person: usize, random: &mut StdRng) {
    let (process, _) = town.process(random);
    let invoked = town.history.now();
    let answer = town.seq(person, process).await.map_or(Answer::Unknown, Answer::Done);
    let (command, actor) = (mint(""), bare(&town.people[person].member));
    let ended = town.history.now();
    town.history.called(Call { command, actor, action: Action::Look, process, invoked, ended, answer });
}

/// Looks at the invite link, as somebody does who was sent it.
async fn knock(town: &Town, random: &mut StdRng) {
    let (process, address) = town.process(random);
    let query = "query($token: String!) { invitePreview(token: $token) { workspaceName } }";
    match ask(address, None, query, json!({ "token": town.invite })).await {
        Ok(_) => town.history.knocked(process, true),
        Err(Refusal::Code(code)) if code == "NOT_FOUND" => town.history.knocked(process, false),
        Err(_) => {}
    }
}

/// Moves the read cursor: private, so nothing is recorded; the counts are compared at the end.
async fn read(town: &Town, person: usize, channel: &str, random: &mut StdRng) {
    let (process, address) = town.process(random);
    let Ok(seq) = town.seq(person, process).await else { return };
    let back = random.random_range(0..20).min(seq);
    let input = json!({ "workspaceId": town.workspace, "channelId": channel, "seq": seq - back, "epoch": 0 });
    let _ = mutate(address, Some(&town.people[person].token), "markRead", &input, "privateRev").await;
}

fn command(town: &Town, mutation: &'static str, more: serde_json::Value, action: Action) -> Command {
    let id = mint("cmd_");
    let mut input = more;
    input["workspaceId"] = json!(town.workspace);
    input["commandId"] = json!(id);
    Command { mutation, input, action, id: bare(&id) }
}

fn edit(town: &Town, message: &str, text: String) -> Command {
    let more = json!({ "messageId": message, "text": text });
    command(town, "editMessage", more, Action::Edit { message: bare(message), text })
}

fn react(town: &Town, message: &str, emoji: &str, on: bool) -> Command {
    let mutation = if on { "addReaction" } else { "removeReaction" };
    let action = Action::React { message: bare(message), emoji: emoji.to_owned(), on };
    command(town, mutation, json!({ "messageId": message, "emoji": emoji }), action)
}

fn join(town: &Town, person: usize, channel: &str) -> Command {
    let action = Action::Enter { channel: bare(channel), member: bare(&town.people[person].member) };
    command(town, "joinChannel", json!({ "channelId": channel }), action)
}

fn leave(town: &Town, person: usize, channel: &str) -> Command {
    let action = Action::Leave { channel: bare(channel), member: bare(&town.people[person].member) };
    command(town, "leaveChannel", json!({ "channelId": channel }), action)
}

fn add(town: &Town, channel: &str, other: usize) -> Command {
    let member = &town.people[other].member;
    let action = Action::Enter { channel: bare(channel), member: bare(member) };
    command(town, "addToChannel", json!({ "channelId": channel, "memberIds": [member] }), action)
}

fn remove(town: &Town, channel: &str, other: usize) -> Command {
    let member = &town.people[other].member;
    let action = Action::Leave { channel: bare(channel), member: bare(member) };
    command(town, "removeFromChannel", json!({ "channelId": channel, "memberId": member }), action)
}
