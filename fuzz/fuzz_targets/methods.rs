//! The parameters and results of every method.
#![no_main]

use homie_fuzz::comes_back;
use homie_protocol::method::Method;
use homie_protocol::methods::device::{DeviceRename, DeviceRevoke, DeviceRole, Devices};
use homie_protocol::methods::machine::{Machines, MachinesFound, MeshSessions};
use homie_protocol::methods::mesh::{RosterNames, RosterRead, RosterTell, RosterWait};
use homie_protocol::methods::pairing::{Approve, Await, Begin, Offer, Pending, Redeem, Refuse, Reveal};
use homie_protocol::methods::presence::PresenceGet;
use homie_protocol::methods::rows;
use homie_protocol::methods::session::{
    Attach, Capture, Detach, Get, Input, Kill, List, RecordingList, RecordingRead, RecordingRemove, RecordingStart,
    RecordingStop, Rename, Rerun, Resize, Search, Show, Signal, Snapshot, Start,
};
use homie_protocol::methods::start::StartMeet;
use libfuzzer_sys::fuzz_target;

type Check = (&'static str, fn(&[u8]));

const CHECKS: &[Check] = &[
    check::<Start>(),
    check::<List>(),
    check::<Get>(),
    check::<Attach>(),
    check::<Detach>(),
    check::<Resize>(),
    check::<Signal>(),
    check::<Input>(),
    check::<Kill>(),
    check::<Rename>(),
    check::<Show>(),
    check::<Snapshot>(),
    check::<Rerun>(),
    check::<Search>(),
    check::<Capture>(),
    check::<RecordingStart>(),
    check::<RecordingStop>(),
    check::<RecordingList>(),
    check::<RecordingRead>(),
    check::<RecordingRemove>(),
    check::<Redeem>(),
    check::<Offer>(),
    check::<Pending>(),
    check::<Approve>(),
    check::<Refuse>(),
    check::<Begin>(),
    check::<Reveal>(),
    check::<Await>(),
    check::<RosterNames>(),
    check::<RosterRead>(),
    check::<RosterTell>(),
    check::<RosterWait>(),
    check::<Devices>(),
    check::<DeviceRename>(),
    check::<DeviceRole>(),
    check::<DeviceRevoke>(),
    check::<Machines>(),
    check::<MeshSessions>(),
    check::<MachinesFound>(),
    check::<PresenceGet>(),
    check::<StartMeet>(),
];

fuzz_target!(
    init: {
        for row in rows() {
            assert!(CHECKS.iter().any(|(name, _)| *name == row.name), "{} is not fuzzed: add it here", row.name);
        }
    },
    |bytes: &[u8]| {
        for (_, both) in CHECKS {
            both(bytes);
        }
    }
);

const fn check<M: Method>() -> Check {
    (M::ROW.name, |bytes| {
        comes_back::<M::Params>(bytes);
        comes_back::<M::Output>(bytes);
    })
}
