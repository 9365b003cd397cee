//! What another machine learns of who belongs to the mesh is read there as soon as it is known: that machine may have no way to call
//! this one and to tell (`share`).

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use homie_circuit::client::Client;
use homie_protocol::code::{Code, Refusal};
use homie_protocol::control::Empty;
use homie_protocol::hello::Carry;
use homie_protocol::limits::{ENTRIES, ENTRIES_READ};
use homie_protocol::methods::mesh::{NamesOutput, ReadParams, RosterNames, RosterRead, RosterWait, WaitParams};
use tokio::task::spawn_blocking;
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
            read(client, carried).await?;
        }
        sleep(PAUSE).await;
    }
}

/// Reads what this machine lacks. What is wrong with an entry is its signer's matter, and costs no other.
async fn read(client: &Client, carried: &Arc<dyn Carry>) -> Result<(), Refusal> {
    let NamesOutput { root, names } = client.request::<RosterNames>(&Empty {}).await?;
    if root != carried.offer()?.root {
        return Err(Refusal::new(Code::Forbidden, "root: it is of another mesh"));
    }
    if names.len() > ENTRIES {
        return Err(Refusal::new(Code::TooMany, "names: a roster has at most 1,000 entries"));
    }
    let known: BTreeSet<_> = carried.entries()?.into_iter().map(|(name, _)| name).collect();
    let lacking: Vec<_> = names.into_iter().filter(|name| !known.contains(name)).collect();
    for page in lacking.chunks(ENTRIES_READ) {
        let entries = client.request::<RosterRead>(&ReadParams { names: page.to_vec() }).await?.entries;
        let carried = Arc::clone(carried);
        let taken = spawn_blocking(move || carried.take(entries)).await;
        let lost = |_| Refusal::new(Code::Internal, "entries of the roster could not be kept");
        if let Err(refusal) = taken.map_err(lost)? {
            tracing::warn!(%refusal, "the rosters are not the same");
        }
    }
    Ok(())
}
