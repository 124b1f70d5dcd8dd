//! Law 1: what was acknowledged stands in the log at the number of the answer, and the API shows it.

use std::collections::{HashMap, HashSet};

use super::{Breach, Evidence, Verdict};
use crate::history::{Action, Answer, Call};
use crate::truth::Event;

/// Checks every acknowledged call.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let commands: HashSet<&str> = evidence.truth.iter().map(|event| event.command.as_str()).collect();
    let mut texts: HashMap<&str, &str> = HashMap::new();
    for event in &evidence.truth {
        if matches!(event.told.kind.as_str(), "message_sent" | "message_edited") {
            texts.insert(&event.told.message, &event.told.text);
        }
    }
    for call in &evidence.calls {
        let Answer::Done(seq) = call.answer else { continue };
        let event = usize::try_from(seq - 1).ok().and_then(|index| evidence.truth.get(index));
        // A reaction that is there already, or somebody who is in already, causes no event.
        let has_event = matches!(call.action, Action::Send { .. } | Action::Edit { .. })
            || commands.contains(call.command.as_str());
        if call.action != Action::Look && has_event && !event.is_some_and(|event| is_of(event, call)) {
            verdict.note(Breach::Lost, || format!("{call:?} was acknowledged, at its number stands {event:?}"));
            continue;
        }
        if let (Action::Send { message, .. }, Some(found)) = (&call.action, &evidence.found) {
            let shown = found.messages.get(message);
            let wanted = texts.get(message.as_str()).copied();
            if shown.is_none_or(|shown| shown.seq != seq || Some(shown.text.as_str()) != wanted) {
                verdict.note(Breach::Lost, || format!("{call:?} was acknowledged, the API shows {shown:?}"));
            }
        }
    }
}

/// Whether an event is the effect of a call.
fn is_of(event: &Event, call: &Call) -> bool {
    let told = &event.told;
    let same = event.command == call.command && told.actor == call.actor;
    same && match &call.action {
        Action::Send { message, channel, thread, text } => {
            told.kind == "message_sent"
                && (&told.message, &told.channel, &told.text) == (message, channel, text)
                && event.thread == *thread
        }
        Action::Edit { message, text } => {
            told.kind == "message_edited" && (&told.message, &told.text) == (message, text)
        }
        Action::React { message, emoji, on } => {
            let kind = if *on { "reaction_added" } else { "reaction_removed" };
            told.kind == kind && (&told.message, &told.emoji) == (message, emoji)
        }
        Action::Enter { channel, member } => {
            told.kind == "channel_joined" && (&told.channel, &told.member) == (channel, member)
        }
        Action::Leave { channel, member } => {
            told.kind == "channel_left" && (&told.channel, &told.member) == (channel, member)
        }
        Action::Look => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::made::{evidence, sent};

    #[test]
    fn what_is_there_is_not_lost() {
        let mut verdict = Verdict::default();
        check(&evidence(), &mut verdict);
        assert!(verdict.is_clean(), "{:?}", verdict.said);
    }

    #[test]
    fn an_acknowledged_message_that_is_not_in_the_log_is_lost() {
        let mut evidence = evidence();
        evidence.calls.push(sent("m9", "never there", 1, 2, 9));
        let mut verdict = Verdict::default();
        check(&evidence, &mut verdict);
        assert_eq!(verdict.count(Breach::Lost), 1);
    }

    #[test]
    fn another_number_or_no_row_is_lost_too() {
        let mut other = evidence();
        other.calls[0].answer = Answer::Done(5);
        let mut hidden = evidence();
        hidden.found.as_mut().unwrap().messages.clear();
        for evidence in [other, hidden] {
            let mut verdict = Verdict::default();
            check(&evidence, &mut verdict);
            assert!(verdict.count(Breach::Lost) > 0);
        }
    }
}
