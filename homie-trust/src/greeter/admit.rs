//! What a door demands of a greeting: by which names it may have been dialled, and from which pages.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{ClientKind, Hello};

use super::{NodeDoor, Who};
use crate::exchange::{Server, no_device};
use crate::gateway_file::GatewayFile;
use crate::host_origin::HostOrigin;
use crate::peer::check_uid;
use crate::tailnet::TailnetCaller;
use crate::via::Via;

/// The host that clients of `local.sock` name.
const LOCAL_HOST: &str = "local";

/// Checks what the door demands, and gives who calls where no key has to say it, and what stands in between.
pub(super) fn admit(
    door: NodeDoor,
    server: &Server,
    hello: &Hello,
    from: Option<&TailnetCaller>,
) -> Result<(Option<Who>, Option<Via>), Refusal> {
    match door {
        NodeDoor::Local { uid } => {
            check_uid(uid)?;
            if hello.host != LOCAL_HOST || hello.origin.is_some() || hello.kind != ClientKind::Cli {
                return Err(Refusal::new(
                    Code::Origin,
                    "host, origin, kind: a client of local.sock says local, none, cli",
                ));
            }
            Ok((Some(Who::Local { uid }), None))
        }
        NodeDoor::Mesh { uid, .. } => {
            check_uid(uid)?;
            if hello.device.is_none() && from.is_none() {
                return Err(no_device());
            }
            let gateway = GatewayFile::read(&server.dir)?.ok_or_else(no_gateway)?;
            let allowed = allowed(&gateway, server, from)?;
            allowed.hello(hello)?;
            let via = allowed.via(hello.origin.as_deref());
            if via.is_some() && hello.device.is_none() {
                return Err(no_device());
            }
            Ok((from.map(|from| Who::Machine { stable_id: from.stable_id.clone() }), via))
        }
    }
}

/// Who comes from the tailnet may come from a page of another machine of the mesh; at the loopback door nobody has to.
fn allowed(gateway: &GatewayFile, server: &Server, from: Option<&TailnetCaller>) -> Result<HostOrigin, Refusal> {
    let own = HostOrigin::from(gateway);
    if from.is_none() {
        return Ok(own);
    }
    Ok(own.with_pages(server.roster.members()?.pages()))
}

fn no_gateway() -> Refusal {
    Refusal::new(Code::Origin, "host: no gateway runs in this state directory, so no name is this machine's")
}

/// The name and the page of the door to the internet, and pages of other machines of the mesh.
pub(super) fn on_the_internet(server: &Server) -> Result<HostOrigin, Refusal> {
    let door = GatewayFile::read(&server.dir)?.and_then(|gateway| gateway.public).ok_or_else(no_public_door)?;
    Ok(door.names().with_pages(server.roster.members()?.pages()))
}

fn no_public_door() -> Refusal {
    Refusal::new(Code::Origin, "host: this machine has no door to the internet")
}
