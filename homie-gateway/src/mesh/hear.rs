//! What another machine learns of who belongs to the mesh is read there as soon as it is known: that machine may have no way to call
//! this one and to tell (`share`).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use homie_circuit::client::Client;
use homie_protocol::code::Refusal;
use homie_protocol::hello::Carry;
use homie_protocol::methods::mesh::{RosterWait, WaitParams};
use tokio::time::sleep;

/// Between two questions, whatever is answered how quickly: nobody keeps this machine busy with news that are none.
const PAUSE: Duration = Duration::from_secs(1);

/// Hears what is new there, until that cannot be asked any more.
pub(super) async fn hear(client: Client, carried: Arc<dyn Carry>) {
    match listen(&client, &carried).await {
        Ok(never) => match never {},
        Err(refusal) => tracing::debug!(%refusal, "a machine of the mesh tells no news"),
    }
}

async fn listen(client: &Client, carried: &Arc<dyn Carry>) -> Result<Infallible, Refusal> {
    let mut known = carried.offer()?.head;
    loop {
        known = client.request::<RosterWait>(&WaitParams { head: known }).await?.head;
        if known != carried.offer()?.head {
            client.catch_up(carried).await?;
        }
        sleep(PAUSE).await;
    }
}
