//! Invariant 1: an acknowledged command is in the log at the acknowledged `seq`, and the API returns its effect.

use std::collections::{HashMap, HashSet};

use super::{Evidence, Verdict, Violation};
use crate::history::{Action, Call, Outcome};
use crate::model::Event;

/// Checks every acknowledged call.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let commands: HashSet<&str> = evidence.log.iter().map(|event| event.command.as_str()).collect();
    let mut texts: HashMap<&str, &str> = HashMap::new();
    for event in &evidence.log {
        if matches!(event.data.kind.as_str(), "message_sent" | "message_edited") {
            texts.insert(&event.data.message, &event.data.text);
        }
    }
    for call in &evidence.calls {
        let Outcome::Done(seq) = call.outcome else { continue };
        let event = usize::try_from(seq - 1).ok().and_then(|index| evidence.log.get(index));
        // Repeated reactions and joins cause no event.
        let has_event = matches!(call.action, Action::Send { .. } | Action::Edit { .. })
            || commands.contains(call.command.as_str());
        if call.action != Action::ReadHead && has_event && !event.is_some_and(|event| is_effect_of(event, call)) {
            verdict
                .record(Violation::Lost, || format!("{call:?} was acknowledged, but the log has {event:?} at its seq"));
            continue;
        }
        if let (Action::Send { message, .. }, Some(final_state)) = (&call.action, &evidence.final_state) {
            let shown = final_state.messages.get(message);
            let wanted = texts.get(message.as_str()).copied();
            if shown.is_none_or(|shown| shown.seq != seq || Some(shown.text.as_str()) != wanted) {
                verdict.record(Violation::Lost, || format!("{call:?} was acknowledged, but the API returns {shown:?}"));
            }
        }
    }
}

/// Whether an event is the effect of a call.
fn is_effect_of(event: &Event, call: &Call) -> bool {
    let data = &event.data;
    let same = event.command == call.command && data.actor == call.actor;
    same && match &call.action {
        Action::Send { message, channel, thread, text } => {
            data.kind == "message_sent"
                && (&data.message, &data.channel, &data.text) == (message, channel, text)
                && event.thread == *thread
        }
        Action::Edit { message, text } => {
            data.kind == "message_edited" && (&data.message, &data.text) == (message, text)
        }
        Action::React { message, emoji, on } => {
            let kind = if *on { "reaction_added" } else { "reaction_removed" };
            data.kind == kind && (&data.message, &data.emoji) == (message, emoji)
        }
        Action::Enter { channel, member } => {
            data.kind == "channel_joined" && (&data.channel, &data.member) == (channel, member)
        }
        Action::Leave { channel, member } => {
            data.kind == "channel_left" && (&data.channel, &data.member) == (channel, member)
        }
        Action::ReadHead => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::fixtures::{count, evidence, sent};

    #[test]
    fn accepts_messages_that_exist() {
        let mut verdict = Verdict::default();
        check(&evidence(), &mut verdict);
        assert!(verdict.is_clean(), "{:?}", verdict.descriptions);
    }

    #[test]
    fn detects_acknowledged_messages_missing_from_the_log() {
        let mut evidence = evidence();
        evidence.calls.push(sent("m9", "never there", 1, 2, 9));
        assert_eq!(count(Violation::Lost, &evidence, check), 1);
    }

    #[test]
    fn detects_wrong_seqs_and_missing_rows() {
        let mut other = evidence();
        other.calls[0].outcome = Outcome::Done(5);
        let mut hidden = evidence();
        hidden.final_state.as_mut().unwrap().messages.clear();
        for evidence in [other, hidden] {
            assert!(count(Violation::Lost, &evidence, check) > 0);
        }
    }
}
