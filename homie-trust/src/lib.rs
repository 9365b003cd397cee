//! Who may do what. Nobody gets anything for being on loopback: a caller proves a key that this machine knows, or comes
//! through a socket of the same user.
//!
//! In reading order: [`StateDir`] (where everything lies, private), [`KeyStore`] (files or the system's keyring),
//! [`KeyPair`] and [`verify`] (Ed25519 and P-256),
//! [`Device`], [`Roster`] and [`Members`] (who belongs to the mesh, with which role), [`Words`] (how its person comes back),
//! [`Audit`] (what was done, written down before), [`OneUseLinks`] (how an unknown key becomes known),
//! [`pairing`] (how one elsewhere does), [`Invitation`] (how a machine does outside of the tailnet),
//! [`HostOrigin`] and [`GatewayFile`] (which names this machine answers to), [`Via`] (whose word stands in between), [`Keyed`] (who has proved a key of the roster to the door itself), [`Public`] (who comes from the internet), [`NodeGreeter`] and [`GatewayGreeter`] (the
//! server's half of the hello), [`DeviceIdentity`] (the client's).
//!
//! [`Start`] and [`Board`] find out that a key is used at two places; [`ClonedFile`] says that, and [`rekey`] ends it.
//!
//! [`RosterDesk`] hands the roster from machine to machine.
//!
//! [`Tailnet`] says who a caller from the tailnet is. It and the desk alone wait for somebody; everything else here is synchronous. A
//! secret key may wait for the keyring, once in a process. The
//! greeters read two small files; whatever writes also waits for the disk, so call it at start or where blocking is allowed.

mod attendance;
mod audit;
mod boot_clock;
mod cloned_file;
mod device;
mod device_identity;
mod dial_out_file;
mod epoch;
mod error;
mod exchange;
mod gateway_file;
mod greeter;
mod host_origin;
mod invitation;
mod json_file;
mod key_pair;
mod key_store;
mod keyed;
mod keys_alone;
mod link_file;
mod locate;
mod mesh;
mod one_use_links;
mod origin;
mod os_keyring;
mod owner_file;
mod ownership;
pub mod pairing;
mod pairing_secret;
mod peer;
mod private_file;
mod public;
mod random;
mod rekey;
mod relayed;
mod role_lock;
mod role_now;
mod roster;
mod sha256;
mod signature;
mod small_order;
mod start;
mod state_dir;
mod tailnet;
mod tries;
mod via;
mod words;

pub use attendance::Attendance;
pub use audit::{Actor, Audit, AuditEntry, Refusals, Verified};
pub use boot_clock::{BootClock, BootTime, SystemBootClock};
pub use cloned_file::ClonedFile;
pub use device::{Device, check_device_key, device_id, node_id};
pub use device_identity::DeviceIdentity;
pub use dial_out_file::{DialOutFile, KeptAt};
pub use epoch::next_epoch;
pub use error::TrustError;
pub use exchange::Server;
pub use gateway_file::{ClosedDoor, GatewayFile, KeyDoor, OpenDoor, PublicDoor};
pub use greeter::{Caller, GatewayGreeter, NodeDoor, NodeGreeter, Who};
pub use host_origin::{HostOrigin, Seen};
pub use invitation::{Attempt, Invitation, Invitations, Joining, NoInvitation};
pub use key_pair::KeyPair;
pub use key_store::{KeyStore, Moved};
pub use keyed::{Keyed, Known};
pub use keys_alone::KeysAlone;
pub use locate::locate;
pub use mesh::RosterDesk;
pub use one_use_links::{OneUseLinks, PUBLIC_LINK_MS};
pub use origin::{internet_origin, internet_page, key_door, key_door_origin, public_origin};
pub use owner_file::OwnerFile;
pub use peer::{check_peer, own_uid, peer_uid};
pub use public::Public;
pub use random::{Random, SystemRandom, random_bytes};
pub use rekey::rekey;
pub use relayed::{Garbled, Relayed};
pub use role_lock::{LockRole, RoleLock};
pub use roster::{Machine, Members, Roster};
pub use signature::verify;
pub use start::{Board, Start};
pub use state_dir::StateDir;
pub use tailnet::{Allowed, Beats, Claim, Policy, Tailnet, TailnetCaller, Unwelcome, Watchman, role_named, who};
pub use tries::{Knocker, Source, Tries};
pub use via::Via;
pub use words::Words;
