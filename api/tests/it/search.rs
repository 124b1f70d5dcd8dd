//! Search: queries, ranking, files, outages and the contract of both engines.

mod contract;
mod files;
mod outage;
mod quality;
mod queries;
mod ranking;
mod results;
