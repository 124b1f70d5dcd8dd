//! Catching up from the database reads about as much as it sends.

use api::live::catch_up::{self, MAX_STEP_BYTES};
use api::live::queue::MAX_RECEIVE_BYTES;

use crate::support::{Server, Store, Workspace, both, id_of, owner_of};

both! { reads_no_more_than_it_sends }

/// The size of the largest message.
const LARGEST_MESSAGE_BYTES: usize = 64_000;

async fn reads_no_more_than_it_sends(store: &Store) {
    let before = Server::on(store).await;
    let workspace = Workspace::create(&before).await;
    let from = workspace.seq().await;
    let (large, small) = ("🙂".repeat(LARGEST_MESSAGE_BYTES / 4), "little".to_owned());
    let texts: Vec<&str> = (0..150).map(|_| small.as_str()).chain((0..20).map(|_| large.as_str())).collect();
    for words in &texts {
        workspace.owner().send_message(&workspace.general, words).await;
    }
    let head = workspace.seq().await;
    before.stop().await;
    // Events from before the start are read from the database.
    let server = Server::on(store).await;
    let room = server.app.rooms.get(workspace.id.parse().unwrap()).await.unwrap();
    let owner = owner_of(&workspace.owner().at(&server)).await;
    let member_id = id_of(&workspace.owner().id);
    let number = room.fork().member(member_id).unwrap().number;
    let (mut cursor, mut read, mut steps) = (from, Vec::new(), Vec::new());
    while cursor < head {
        let step = catch_up::step(&room, &server.app.database, owner, (member_id, number), cursor).await.unwrap();
        let sizes: Vec<usize> = step.events.iter().map(|event| event.body.text.as_ref().unwrap().len()).collect();
        let (last, others) = sizes.split_last().unwrap();
        assert!(others.iter().sum::<usize>() < MAX_STEP_BYTES && *last <= LARGEST_MESSAGE_BYTES, "{sizes:?}");
        steps.push(sizes.len());
        read.extend(step.events.into_iter().map(|event| event.body.text.clone().unwrap()));
        cursor = step.cursor;
    }
    assert_eq!(read, texts, "each message once and in order");
    assert!(steps[0] > 100, "small messages are read in large steps: {steps:?}");
    assert!(steps.len() <= 2 + 20 * LARGEST_MESSAGE_BYTES / MAX_RECEIVE_BYTES, "{steps:?}");
    assert!(
        catch_up::step(&room, &server.app.database, owner, (member_id, number), head).await.unwrap().events.is_empty()
    );
    server.stop().await;
}
