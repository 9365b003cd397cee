//! An entry of the roster: there is one way to write it, and it is known by the bytes that were signed.
#![no_main]

use homie_fuzz::comes_back;
use homie_protocol::codec;
use homie_protocol::hello::MachineKey;
use homie_protocol::limits::ENTRY;
use homie_protocol::roster::{Entry, RosterOffer, SignedEntry, signed_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    comes_back::<RosterOffer>(bytes);
    comes_back::<SignedEntry>(bytes);
    let Ok(entry) = Entry::read(bytes) else { return };
    assert!(bytes.len() <= ENTRY.bytes);
    assert_eq!(codec::encode(&entry).expect("what was read can be written"), bytes);
    let stem = entry.stem();
    assert!(stem.after.len() < bytes.len());
    let one = signed_bytes(&MachineKey([1; 32]), bytes);
    assert_ne!(one, signed_bytes(&MachineKey([2; 32]), bytes), "an entry of one mesh is none of another");
    assert!(one.ends_with(bytes));
});
