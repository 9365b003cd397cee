//! An entry that somebody really signed, with its name. Whether its signer had the right to is not asked here. Pure.

use homie_protocol::code::{Code, Refusal};
use homie_protocol::hello::{MachineKey, Role};
use homie_protocol::id::DeviceId;
use homie_protocol::limits::{NAME_MAX, ORIGINS, SEEN};
use homie_protocol::name::{Name, visible};
use homie_protocol::roster::{DeviceEntry, Entry, EntryHash, LabelEntry, SignedEntry, Stem, signed_bytes};
use homie_protocol::tag::are_tags;

use crate::device::check_device_key;
use crate::sha256::sha256;
use crate::signature::{could_be_key, verify};

/// Bytes of an origin: a host's name has at most 253.
const ORIGIN_MAX: usize = 300;

/// An entry whose signature is its signer's.
#[derive(Debug, Clone)]
pub(crate) struct Admitted {
    pub(crate) hash: EntryHash,
    pub(crate) entry: Entry,
    pub(crate) signed: SignedEntry,
}

impl Admitted {
    /// Refuses what is no entry of this mesh, or not signed by the key that it names.
    pub(crate) fn check(root: &MachineKey, signed: SignedEntry) -> Result<Self, Refusal> {
        let entry = Entry::read(&signed.entry)?;
        let Stem { by, after, .. } = entry.stem();
        check_device_key(by)?;
        if after.len() > SEEN || !after.is_sorted_by(|one, next| one < next) {
            return Err(wrong("stem.after: at most 32, in order and each once"));
        }
        check_content(&entry)?;
        verify(by.alg, &by.key, &signed_bytes(root, &signed.entry), &signed.sig)?;
        Ok(Self { hash: hash_of(&signed.entry), entry, signed })
    }

    pub(crate) fn signer(&self) -> DeviceId {
        self.entry.stem().by.id
    }
}

/// The name of an entry.
pub(crate) fn hash_of(entry: &[u8]) -> EntryHash {
    EntryHash(sha256(entry))
}

fn check_content(entry: &Entry) -> Result<(), Refusal> {
    match entry {
        Entry::Device(device) => check_device(device),
        Entry::Change(change) => {
            change.name.as_deref().map_or(Ok(()), check_name)?;
            check_role(change.role)?;
            check_role(change.ceiling)
        }
        Entry::Machine(machine) => {
            check_name(&machine.name)?;
            if !could_be_key(homie_protocol::hello::Algorithm::Ed25519, &machine.key.0) {
                return Err(wrong("key: not a machine's"));
            }
            let too_long = machine.origins.iter().any(|origin| origin.len() > ORIGIN_MAX);
            if too_long || machine.origins.len() > ORIGINS {
                return Err(wrong("origins: at most 16, of at most 300 bytes"));
            }
            Ok(())
        }
        Entry::Label(label) => check_label(label),
        Entry::Revoke(_) | Entry::Retire(_) => Ok(()),
    }
}

fn check_label(label: &LabelEntry) -> Result<(), Refusal> {
    label.name.as_deref().map_or(Ok(()), check_name)?;
    if label.tags.as_deref().is_none_or(are_tags) {
        Ok(())
    } else {
        Err(wrong("tags: at most 16, in order, of 1 to 32 small letters, digits, -, _ and ."))
    }
}

fn check_device(device: &DeviceEntry) -> Result<(), Refusal> {
    check_device_key(&device.key)?;
    check_name(&device.name)?;
    check_role(Some(device.role))?;
    check_role(device.ceiling)?;
    match &device.platform {
        Some(platform) if visible(platform, NAME_MAX) != *platform => {
            Err(wrong("platform: at most 64 characters that can be seen"))
        }
        _ => Ok(()),
    }
}

/// A name as it would be written: with blanks at its ends it would be another entry of the same meaning.
fn check_name(name: &str) -> Result<(), Refusal> {
    if Name::parse(name)?.into_string() == name { Ok(()) } else { Err(wrong("name: blanks at its ends")) }
}

fn check_role(role: Option<Role>) -> Result<(), Refusal> {
    if role == Some(Role::None) { Err(wrong("role: none is no role; revoke the device")) } else { Ok(()) }
}

fn wrong(words: &str) -> Refusal {
    Refusal::new(Code::OutOfRange, words)
}
