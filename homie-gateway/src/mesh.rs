//! The machines of the mesh and what runs on them, in one list: this gateway calls the node of every machine of the roster
//! as a device of the mesh, as any client would, and tells what it hears to whoever asks.
//!
//! In reading order: `table` (what is known; pure, with `cut`: how much of it is listed), `desk` (who asks, and who is told of
//! changes), `circle` (a follower for each machine of the roster), `follow` (the
//! pump of one), `share` (what is new in the roster goes to all of them at once), `hear` (what is new in theirs comes here).

mod circle;
mod cut;
mod desk;
mod follow;
mod hear;
mod share;
mod table;

use std::sync::Arc;

use homie_protocol::id::NodeId;
use homie_trust::{Roster, StateDir};
use tokio::sync::watch;

use crate::find::Found;
use crate::reach::Atlas;
use crate::spare::Spares;
use crate::tasks::Tasks;
use crate::twin::Twin;
use circle::Circle;
pub(crate) use desk::{Asked, Asking, Desk};
use follow::Follower;

/// Begins to follow every machine of the roster. `news` counts its changes.
pub(crate) fn begin(
    state: &StateDir,
    roster: &Roster,
    own: NodeId,
    (atlas, found, spares): (Atlas, Arc<Found>, Spares),
    twin: &Arc<Twin>,
    (news, tasks): (watch::Sender<u64>, &Tasks),
) -> Arc<Desk> {
    let desk = Arc::new(Desk::new(own, found));
    let circle = Circle { state: state.clone(), roster: roster.clone(), own, atlas, spares: spares.clone() };
    let (heard, twin) = (news.subscribe(), Arc::clone(twin));
    let follower = Follower { desk: Arc::clone(&desk), roster: roster.clone(), news: heard, spares, twin };
    tasks.spawn(circle.keep(follower, news));
    let told = Arc::clone(&desk);
    tasks.spawn(async move { told.tell().await });
    desk
}
