//! One simulated user: sends, edits, reacts, joins and leaves channels, and as the owner removes and adds members.
//! Every action follows from the seed and is recorded.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;
use testbed::id::{bare, fresh, mint};

use crate::history::{Action, Call, Outcome};
use crate::workload::{Command, RememberedMessage, USER_COUNT, Workload};

/// Delay between two commands of one user, in milliseconds.
const COMMAND_DELAY_MILLIS: std::ops::Range<u64> = 50..450;

/// Issues commands until the workload stops.
pub async fn run_user(workload: Arc<Workload>, user: usize, seed: u64) {
    let mut random = StdRng::seed_from_u64(seed ^ (0xAC70 + user as u64));
    let mut counter = 0_u64;
    while !workload.is_stopping() {
        tokio::time::sleep(Duration::from_millis(random.random_range(COMMAND_DELAY_MILLIS))).await;
        counter += 1;
        let kind = random.random_range(0..100);
        let channel = workload.channels[random.random_range(0..workload.channels.len())].clone();
        match kind {
            0 => check_invite(&workload, &mut random).await,
            1..5 => read_head(&workload, user, &mut random).await,
            5..9 => read(&workload, user, &channel, &mut random).await,
            _ => {
                let Some(command) = choose(&workload, user, kind, &channel, counter, &mut random) else { continue };
                let outcome = workload.give(user, &command, &mut random).await;
                if let (Outcome::Done(_), Action::Send { thread, .. }) = (&outcome, &command.action) {
                    let id = command.input["id"].as_str().unwrap_or_default().to_owned();
                    workload.remember(&channel, RememberedMessage { id, author: user, thread: thread.is_some() });
                }
                // A client that missed the response retries: it must receive the same response.
                if outcome.is_certain() && random.random_bool(0.1) {
                    let process = workload.process(&mut random);
                    workload.attempt(user, process, &command).await;
                }
            }
        }
    }
}

fn choose(
    workload: &Workload,
    user: usize,
    kind: u32,
    channel: &str,
    counter: u64,
    random: &mut StdRng,
) -> Option<Command> {
    match kind {
        9..20 => {
            let message = workload.recall(channel, random, |message| message.author == user)?;
            Some(edit(&message.id, format!("edited {user} {counter}")))
        }
        20..32 => {
            let message = workload.recall(channel, random, |_| true)?;
            let emoji = ["👍", "🎉", "❤️"][random.random_range(0..3)];
            Some(react(&message.id, emoji, random.random_bool(0.6)))
        }
        32..44 if channel == workload.channels[0] => None,
        32..38 if user == 0 => Some(add(workload, channel, random.random_range(1..USER_COUNT))),
        38..44 if user == 0 => Some(remove(workload, channel, random.random_range(1..USER_COUNT))),
        32..36 => Some(join(workload, user, channel)),
        36..38 => Some(leave(workload, user, channel)),
        _ => {
            let thread = random.random_bool(0.15).then(|| workload.recall(channel, random, |message| !message.thread));
            let thread = thread.flatten().map(|message| message.id);
            let mention = match random.random_range(0..20) {
                0 => format!(" <@{}>", workload.users[random.random_range(0..USER_COUNT)].member),
                1 => " <!channel>".to_owned(),
                _ => String::new(),
            };
            Some(workload.message(channel, thread.as_deref(), format!("said {user} {counter}{mention}")))
        }
    }
}

/// Reads the head of the log, which must be at or above every earlier acknowledgement.
async fn read_head(workload: &Workload, user: usize, random: &mut StdRng) {
    let process = workload.process(random);
    let invoked = workload.history.now();
    let outcome = workload.seq(user, process).await.map_or(Outcome::Unknown, Outcome::Done);
    let (command, actor) = (fresh().to_string(), bare(&workload.users[user].member));
    let ended = workload.history.now();
    workload.history.record_call(Call { command, actor, action: Action::ReadHead, process, invoked, ended, outcome });
}

/// Checks the invite link, as a recipient would.
async fn check_invite(workload: &Workload, random: &mut StdRng) {
    let process = workload.process(random);
    let query = "query($token: String!) { invitePreview(token: $token) { workspaceName } }";
    match workload.server(process).try_query(query, json!({ "token": workload.invite })).await {
        Ok(_) => workload.history.record_invite_check(process, true),
        Err(error) if error.code() == "NOT_FOUND" => workload.history.record_invite_check(process, false),
        Err(_) => {}
    }
}

/// Moves the read cursor. Private state is not recorded; the counts are compared at the end.
async fn read(workload: &Workload, user: usize, channel: &str, random: &mut StdRng) {
    let process = workload.process(random);
    let Ok(seq) = workload.seq(user, process).await else { return };
    let back = random.random_range(0..20).min(seq);
    let input = json!({ "channelId": channel, "seq": seq - back, "epoch": 0 });
    let _ = workload.client(user, process).try_mutate("markRead", &input, "privateRev").await;
}

fn command(mutation: &'static str, more: serde_json::Value, action: Action) -> Command {
    let id = mint("cmd_");
    let mut input = more;
    input["commandId"] = json!(id);
    Command { mutation, input, action, id: bare(&id) }
}

fn edit(message: &str, text: String) -> Command {
    let more = json!({ "messageId": message, "text": text });
    command("editMessage", more, Action::Edit { message: bare(message), text })
}

fn react(message: &str, emoji: &str, on: bool) -> Command {
    let mutation = if on { "addReaction" } else { "removeReaction" };
    let action = Action::React { message: bare(message), emoji: emoji.to_owned(), on };
    command(mutation, json!({ "messageId": message, "emoji": emoji }), action)
}

fn join(workload: &Workload, user: usize, channel: &str) -> Command {
    let action = Action::Enter { channel: bare(channel), member: bare(&workload.users[user].member) };
    command("joinChannel", json!({ "channelId": channel }), action)
}

fn leave(workload: &Workload, user: usize, channel: &str) -> Command {
    let action = Action::Leave { channel: bare(channel), member: bare(&workload.users[user].member) };
    command("leaveChannel", json!({ "channelId": channel }), action)
}

fn add(workload: &Workload, channel: &str, other: usize) -> Command {
    let member = &workload.users[other].member;
    let action = Action::Enter { channel: bare(channel), member: bare(member) };
    command("addToChannel", json!({ "channelId": channel, "memberIds": [member] }), action)
}

fn remove(workload: &Workload, channel: &str, other: usize) -> Command {
    let member = &workload.users[other].member;
    let action = Action::Leave { channel: bare(channel), member: bare(member) };
    command("removeFromChannel", json!({ "channelId": channel, "memberId": member }), action)
}
