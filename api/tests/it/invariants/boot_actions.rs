//! Random actions of the participants of invariant 5, and the ids they act on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::invariants::boot_client::Client;
use crate::support::{Member, Random, Workspace, text, with_workspace};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    Send,
    Reply,
    Edit,
    Delete,
    React,
    Unreact,
    Read,
    CreatePublic,
    CreatePrivate,
    OpenDirect,
    Join,
    Leave,
    Add,
    Remove,
    RenameChannel,
    SetTopic,
    Archive,
    Unarchive,
    Rename,
    Promote,
    AllowMentions,
    RemoveMember,
    LeaveWorkspace,
}

/// The weight of each action.
pub const ACTIONS: [(Action, usize); 23] = [
    (Action::Send, 30),
    (Action::Reply, 12),
    (Action::Edit, 10),
    (Action::Delete, 7),
    (Action::React, 10),
    (Action::Unreact, 5),
    (Action::Read, 8),
    (Action::CreatePublic, 3),
    (Action::CreatePrivate, 4),
    (Action::OpenDirect, 3),
    (Action::Join, 7),
    (Action::Leave, 4),
    (Action::Add, 7),
    (Action::Remove, 4),
    (Action::RenameChannel, 3),
    (Action::SetTopic, 3),
    (Action::Archive, 3),
    (Action::Unarchive, 4),
    (Action::Rename, 3),
    (Action::Promote, 3),
    (Action::AllowMentions, 1),
    (Action::RemoveMember, 2),
    (Action::LeaveWorkspace, 1),
];

/// Changes for the actor that no event reports.
pub enum Outcome {
    Other,
    Read { channel: String, seq: i64 },
}

/// Ids that participants may try to reach, permitted or not.
pub struct World {
    workspace: String,
    /// The permanent owner.
    founder: String,
    pub members: BTreeSet<String>,
    channels: Vec<String>,
    messages: Vec<(String, String)>,
    /// Attempts and successes of each action.
    pub counts: BTreeMap<Action, (usize, usize)>,
}

impl World {
    pub fn new(workspace: &Workspace) -> Mutex<Self> {
        Mutex::new(Self {
            workspace: workspace.id.clone(),
            founder: workspace.owner().id.clone(),
            members: BTreeSet::from([workspace.owner().id.clone()]),
            channels: vec![workspace.general.clone()],
            messages: Vec::new(),
            counts: BTreeMap::new(),
        })
    }

    fn member(&self, random: &mut Random) -> String {
        let members: Vec<&String> = self.members.iter().collect();
        (*random.pick(&members).unwrap()).clone()
    }

    /// Any member except the permanent owner.
    fn other(&self, random: &mut Random) -> Option<String> {
        let others: Vec<&String> = self.members.iter().filter(|member| **member != self.founder).collect();
        random.pick(&others).map(|member| (*member).clone())
    }

    /// A channel, mostly one that the client has joined.
    fn channel(&self, client: &Client, random: &mut Random) -> String {
        let mine: Vec<&String> = client.channels.keys().collect();
        match random.below(6) {
            0 => random.pick(&self.channels).unwrap().clone(),
            _ => random.pick(&mine).map_or_else(|| self.channels[0].clone(), |id| (*id).clone()),
        }
    }

    /// A message with its channel, mostly one that the client shows, and optionally one of its own.
    fn message(&self, client: &Client, own: bool, random: &mut Random) -> Option<(String, String)> {
        if random.below(6) == 0 {
            return random.pick(&self.messages).cloned();
        }
        let fits = |author: &String| !own || *author == client.me;
        let seen = client.channels.iter().flat_map(|(id, channel)| channel.messages.values().map(move |one| (one, id)));
        let seen: Vec<(String, String)> =
            seen.filter(|(one, _)| fits(&one.author)).map(|(one, channel)| (one.id.clone(), channel.clone())).collect();
        random.pick(&seen).cloned()
    }
}

/// Performs an action and records new ids.
pub async fn perform(what: Action, user: &Member, client: &Client, context: (&Mutex<World>, &mut Random)) -> Outcome {
    let (world, random) = context;
    let Some((name, selection, input)) = plan(what, client, &world.lock().unwrap(), random) else {
        return Outcome::Other;
    };
    let input = with_workspace(input, &world.lock().unwrap().workspace);
    let response = user.try_mutate(name, &input, selection).await;
    let mut world = world.lock().unwrap();
    let count = world.counts.entry(what).or_default();
    count.0 += 1;
    match response {
        Ok(response) => {
            count.1 += 1;
            record(what, &mut world, &input, &response)
        }
        Err(code) => {
            let known = matches!(code.as_str(), "NOT_FOUND" | "FORBIDDEN" | "CONFLICT" | "BAD_USER_INPUT");
            assert!(known, "{what:?} {input} failed with {code}");
            Outcome::Other
        }
    }
}

fn record(what: Action, world: &mut World, input: &Value, response: &Value) -> Outcome {
    match what {
        Action::Send => world.messages.push((text(response, "/message/id"), text(input, "/channelId"))),
        Action::CreatePublic | Action::CreatePrivate | Action::OpenDirect => {
            world.channels.push(text(response, "/channel/id"));
        }
        Action::Read => {
            return Outcome::Read { channel: text(input, "/channelId"), seq: input["seq"].as_i64().unwrap() };
        }
        _ => {}
    }
    Outcome::Other
}

/// The mutation, its selection and input. `None` if there is nothing to act on.
fn plan(
    what: Action,
    client: &Client,
    world: &World,
    random: &mut Random,
) -> Option<(&'static str, &'static str, Value)> {
    let words = |random: &mut Random, world: &World| match random.below(5) {
        0 => format!("words for <@{}> {}", world.member(random), random.below(1000)),
        1 => format!("<!channel> words {}", random.below(1000)),
        _ => format!("words {}", random.below(1000)),
    };
    let channel = world.channel(client, random);
    Some(match what {
        Action::Send => {
            let input = json!({ "channelId": channel, "text": words(random, world) });
            ("sendMessage", "message { id }", input)
        }
        Action::Reply => {
            let (root, channel) = world.message(client, false, random)?;
            let input = json!({ "channelId": channel, "threadId": root, "text": words(random, world) });
            ("sendMessage", "message { id }", input)
        }
        Action::Edit => {
            let (message, _) = world.message(client, true, random)?;
            ("editMessage", "seq", json!({ "messageId": message, "text": words(random, world) }))
        }
        Action::Delete => {
            let (message, _) = world.message(client, random.below(2) == 0, random)?;
            ("deleteMessage", "seq", json!({ "messageId": message }))
        }
        Action::React | Action::Unreact => {
            let (message, _) = world.message(client, false, random)?;
            let emoji = random.pick(&["👍", "🎉", "😀"])?;
            let name = if what == Action::React { "addReaction" } else { "removeReaction" };
            (name, "seq", json!({ "messageId": message, "emoji": emoji }))
        }
        Action::Read => {
            let mine: Vec<&String> = client.channels.keys().collect();
            let channel = *random.pick(&mine)?;
            let input = json!({ "channelId": channel, "seq": client.seen(channel), "epoch": 0 });
            ("markRead", "privateRev", input)
        }
        // The permanent owner never leaves.
        Action::LeaveWorkspace if client.me == world.founder => return None,
        _ => return plan_membership(what, &channel, world, random),
    })
}

/// Actions that change memberships.
fn plan_membership(
    what: Action,
    channel: &str,
    world: &World,
    random: &mut Random,
) -> Option<(&'static str, &'static str, Value)> {
    let member = world.member(random);
    Some(match what {
        Action::CreatePublic | Action::CreatePrivate => {
            let kind = if what == Action::CreatePublic { "PUBLIC" } else { "PRIVATE" };
            let name = format!("channel {}", random.below(40));
            let members = [member, world.member(random)];
            let input = json!({ "kind": kind, "name": name, "topic": format!("about {name}"), "memberIds": members });
            ("createChannel", "channel { id }", input)
        }
        Action::OpenDirect => ("openDirect", "channel { id }", json!({ "memberIds": [member, world.member(random)] })),
        Action::Join => ("joinChannel", "seq", json!({ "channelId": random.pick(&world.channels)? })),
        Action::Leave => ("leaveChannel", "seq", json!({ "channelId": channel })),
        Action::Add => {
            ("addToChannel", "seq", json!({ "channelId": channel, "memberIds": [member, world.member(random)] }))
        }
        Action::Remove => ("removeFromChannel", "seq", json!({ "channelId": channel, "memberId": member })),
        Action::RenameChannel => {
            ("renameChannel", "seq", json!({ "channelId": channel, "name": format!("channel {}", random.below(40)) }))
        }
        Action::SetTopic => {
            ("setChannelTopic", "seq", json!({ "channelId": channel, "topic": format!("about {}", random.below(3)) }))
        }
        Action::Archive => ("archiveChannel", "seq", json!({ "channelId": channel })),
        Action::Unarchive => ("unarchiveChannel", "seq", json!({ "channelId": channel })),
        Action::Rename => {
            let input = json!({ "handle": format!("handle{}", random.below(30)), "name": format!("Name {}", random.below(99)) });
            ("updateMember", "seq", input)
        }
        Action::Promote => {
            let role = random.pick(&["OWNER", "ADMIN", "MEMBER"])?;
            ("setMemberRole", "seq", json!({ "memberId": world.other(random)?, "role": role }))
        }
        Action::AllowMentions => {
            let who = random.pick(&["EVERYONE", "ADMINS"])?;
            ("updateWorkspace", "seq", json!({ "channelMentions": who }))
        }
        Action::RemoveMember => ("removeMember", "seq", json!({ "memberId": world.other(random)? })),
        _ => ("leaveWorkspace", "seq", json!({})),
    })
}
