//! The data of every topic.
#![no_main]

use homie_fuzz::comes_back;
use homie_protocol::event::{
    Clipboard, Detached, Driver, Exited, MachineChanged, MeshSessionChanged, Resized, SessionChanged, TOPICS, Topic,
};
use homie_protocol::methods::session::Gap;
use libfuzzer_sys::fuzz_target;

type Check = (&'static str, fn(&[u8]));

const CHECKS: &[Check] = &[
    (SessionChanged::NAME, comes_back::<SessionChanged>),
    (Gap::NAME, comes_back::<Gap>),
    (Resized::NAME, comes_back::<Resized>),
    (Exited::NAME, comes_back::<Exited>),
    (Driver::NAME, comes_back::<Driver>),
    (Clipboard::NAME, comes_back::<Clipboard>),
    (Detached::NAME, comes_back::<Detached>),
    (MachineChanged::NAME, comes_back::<MachineChanged>),
    (MeshSessionChanged::NAME, comes_back::<MeshSessionChanged>),
];

fuzz_target!(
    init: {
        for (topic, _) in TOPICS {
            assert!(CHECKS.iter().any(|(name, _)| name == topic), "{topic} is not fuzzed: add it here");
        }
    },
    |bytes: &[u8]| {
        for (_, comes_back) in CHECKS {
            comes_back(bytes);
        }
    }
);
