//! Tests over the wire: a real server on a port of this machine, real sockets, one test binary.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test's panic is its verdict"
)]

mod arrows;
mod audits;
mod budgets;
mod budgets_client;
mod budgets_fleet;
mod bus;
mod bus_contract;
mod bus_guarded;
mod catalogue;
mod client;
mod clients;
mod daily;
mod database;
mod depot;
mod descriptions;
mod doctor;
mod exchanges;
mod fair_turns;
mod feed;
mod file_rules;
mod files;
mod fleet_migration;
mod greedy;
mod groups_behind;
mod growth;
mod guarded_nats;
mod handles;
mod heartbeat;
mod history;
mod hits;
mod hostile;
mod http;
mod invites;
mod lane;
mod law_11_media;
mod law_1_durability;
mod law_2_once;
mod law_2_races;
mod law_3_same_bytes;
mod law_4_live;
mod law_5_boot;
mod law_5_client;
mod law_5_mentions;
mod law_5_moves;
mod law_6_cut_off;
mod law_6_processes;
mod law_6_removal;
mod law_6_sign_out;
mod law_7_counts;
mod law_8_replay;
mod law_9_documents;
mod law_9_ground;
mod law_9_table;
mod law_9_walls;
mod leases;
mod lengths;
mod lists;
mod log_stream;
mod model;
mod multipart;
mod names;
mod nats;
mod newer;
mod notification_cost;
mod notifications;
mod observer;
mod origins;
mod outage;
mod people;
mod places;
mod play;
mod presence;
mod presence_fleet;
mod process;
mod queue;
mod random;
mod readers;
mod ring;
mod rows;
mod s3;
mod schema;
mod search;
mod search_away;
mod search_contract;
mod search_files;
mod search_quality;
#[cfg(feature = "without_checks")]
mod second_wall;
mod secrecy;
mod selection;
mod selection_groups;
mod server;
mod sessions;
mod sign_in;
mod signals;
mod slow_peers;
mod socket;
mod sockets;
mod store;
mod supervised;
mod team;
mod throttle;
mod uploads;
mod walls;
mod watch;
mod websocket;
