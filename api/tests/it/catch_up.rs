//! Catching up from the database: what is read at a time is about what is sent at a time.

use api::live::catch_up::{self, STEP_BYTES};
use api::live::queue::TAKEN_BYTES;

use crate::fair_turns::owner_of;
use crate::people::{Company, server_on};
use crate::store::{Store, both};

both! { nothing_is_read_that_is_not_sent_then }

/// Bytes of the largest message.
const LARGE: usize = 64_000;

async fn nothing_is_read_that_is_not_sent_then(store: &Store) {
    let before = server_on(store).await;
    let company = Company::first(&before).await;
    let from = company.seq(&before).await;
    let (large, small) = ("🙂".repeat(LARGE / 4), "little".to_owned());
    let texts: Vec<&str> = (0..150).map(|_| small.as_str()).chain((0..20).map(|_| large.as_str())).collect();
    for words in &texts {
        company.owner.sends(&before, &company, &company.general, words).await;
    }
    let head = company.seq(&before).await;
    before.stop().await;
    // What came before it was started is read from the database.
    let server = server_on(store).await;
    let room = server.app.rooms.get(company.workspace.parse().unwrap()).await.unwrap();
    let owner = owner_of(&server, &company.owner).await;
    let member_id = company.owner.member.parse().unwrap();
    let number = room.fork().member(member_id).unwrap().number;
    let (mut cursor, mut read, mut steps) = (from, Vec::new(), Vec::new());
    while cursor < head {
        let step = catch_up::step(&room, &server.app.database, owner, (member_id, number), cursor).await.unwrap();
        let sizes: Vec<usize> = step.events.iter().map(|event| event.body.text.as_ref().unwrap().len()).collect();
        let (last, others) = sizes.split_last().unwrap();
        assert!(others.iter().sum::<usize>() < STEP_BYTES && *last <= LARGE, "{sizes:?}");
        steps.push(sizes.len());
        read.extend(step.events.into_iter().map(|event| event.body.text.clone().unwrap()));
        cursor = step.cursor;
    }
    assert_eq!(read, texts, "each once and in order");
    assert!(steps[0] > 100, "many small ones come at a time: {steps:?}");
    assert!(steps.len() <= 2 + 20 * LARGE / TAKEN_BYTES, "{steps:?}");
    assert!(
        catch_up::step(&room, &server.app.database, owner, (member_id, number), head).await.unwrap().events.is_empty()
    );
    server.stop().await;
}
