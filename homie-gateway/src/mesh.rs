//! The machines of the mesh and what runs on them, in one list: this gateway calls the node of every machine of the roster
//! as a device of the mesh, as any client would, and tells what it hears to whoever asks.
//!
//! In reading order: `table` (what is known; pure, with `cut`: how much of it is listed), `desk` (who asks, and who is told of
//! changes), `peers` (where machines are, by the tailnet), `circle` (a follower for each machine of the roster), `follow` (the
//! pump of one), `share` (what is new in the roster goes to all of them at once).

mod circle;
mod cut;
mod desk;
mod follow;
mod peers;
mod share;
mod table;

use std::sync::Arc;

use homie_protocol::id::NodeId;
use homie_tailnet::LocalApi;
use homie_trust::{Roster, StateDir};
use tokio::sync::watch;

use crate::find::{self, Finding};
use crate::tasks::Tasks;
use circle::Circle;
pub(crate) use desk::{Asked, Asking, Desk};
use follow::Follower;
pub(crate) use peers::Peers;

/// Begins to follow every machine of the roster.
pub(crate) fn begin(
    state: &StateDir,
    roster: &Roster,
    own: NodeId,
    (api, finding): (Option<LocalApi>, Finding),
    tasks: &Tasks,
) -> Arc<Desk> {
    let (known, peers) = watch::channel(Err("this gateway is not told to look at a tailnet".to_owned()));
    let (news, heard) = watch::channel(0);
    let found = find::begin(finding, api.clone(), peers.clone(), tasks);
    let desk = Arc::new(Desk::new(own, Arc::clone(&found)));
    let circle =
        Circle { state: state.clone(), roster: roster.clone(), own, tls: None, api: api.clone(), peers, found };
    let follower = Follower { desk: Arc::clone(&desk), roster: roster.clone(), news: heard };
    match api {
        Some(api) => tasks.spawn(peers::keep(api, known)),
        // Whoever waits for other peers waits for ever.
        None => tasks.spawn(async move { known.closed().await }),
    }
    tasks.spawn(circle.keep(follower, news));
    let told = Arc::clone(&desk);
    tasks.spawn(async move { told.tell().await });
    desk
}
