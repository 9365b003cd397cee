//! Rosters as pure sets of entries: whoever has the same entries knows the same, and nobody has what nobody gave.

use homie_protocol::hello::{ClientKind, Role};
use homie_protocol::id::DeviceId;
use homie_protocol::limits::ENTRIES;
use homie_protocol::roster::{
    ChangeEntry, Entry, LabelEntry, MachineEntry, RetireEntry, RevokeEntry, SignedEntry, Stem,
};
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

use super::entry_of;
use super::members::Members;
use crate::device::Device;
use crate::key_pair::KeyPair;

/// Keys that sign and are signed for; the first is the root's.
pub(super) struct Cast(Vec<KeyPair>);

impl Cast {
    pub(super) fn of(people: usize) -> Self {
        // Fixed keys, so that a failure comes again.
        let seed = |number: usize| KeyPair::from_seed(&[u8::try_from(number + 1).expect("few"); 32]).expect("a key");
        Self((0..=people).map(seed).collect())
    }

    fn id(&self, who: usize) -> DeviceId {
        self.0[who].device_key().id
    }

    pub(super) fn key(&self, who: usize) -> &KeyPair {
        &self.0[who]
    }

    pub(super) fn role(&self, members: &Members, who: usize) -> Role {
        members.device_of(self.id(who)).map_or(Role::None, Device::may)
    }

    pub(super) fn nobody(&self) -> Members {
        Members::none(self.0[0].machine_key())
    }

    pub(super) fn device(&self, who: usize, role: Role) -> impl FnOnce(Stem) -> Entry + use<> {
        let name = format!("device {who}");
        entry_of(&Device::new(self.0[who].device_key(), &name, role, ClientKind::Cli, 1).expect("a device"))
    }

    pub(super) fn revocation(&self, who: usize) -> impl FnOnce(Stem) -> Entry + use<> {
        let device = self.id(who);
        move |stem| Entry::Revoke(RevokeEntry { stem, device })
    }

    fn sign(&self, by: usize, after: &Members, make: impl FnOnce(Stem) -> Entry) -> SignedEntry {
        after.sign(&self.0[by], 7, make).expect("a signature")
    }

    /// Signs after all that is known, and adds it.
    pub(super) fn add(&self, members: &mut Members, by: usize, make: impl FnOnce(Stem) -> Entry) {
        *members = members.with([self.sign(by, members, make)]).expect("there is room");
    }

    fn roles(&self, members: &Members) -> Vec<Role> {
        (1..self.0.len()).map(|who| self.role(members, who)).collect()
    }
}

/// The root makes 1 an owner, which makes 2 one.
fn two_owners() -> (Cast, Members) {
    let cast = Cast::of(4);
    let mut members = cast.nobody();
    cast.add(&mut members, 0, cast.device(1, Role::Owner));
    cast.add(&mut members, 1, cast.device(2, Role::Owner));
    (cast, members)
}

#[test]
fn owners_enrol_and_nobody_else_does() {
    let (cast, mut members) = two_owners();
    cast.add(&mut members, 2, cast.device(3, Role::Operator));
    assert_eq!(cast.roles(&members), [Role::Owner, Role::Owner, Role::Operator, Role::None]);
    cast.add(&mut members, 3, cast.device(4, Role::Viewer));
    cast.add(&mut members, 4, cast.device(4, Role::Owner));
    cast.add(&mut members, 3, cast.revocation(1));
    assert_eq!(cast.roles(&members), [Role::Owner, Role::Owner, Role::Operator, Role::None]);
}

#[test]
fn an_entry_of_another_mesh_or_with_a_bit_turned_is_left_out() {
    let (cast, members) = two_owners();
    let foreign = Members::none(KeyPair::generate().expect("a key").machine_key());
    assert_eq!(foreign.with(members.entries().cloned()).expect("room").entries().count(), 0);
    let good = cast.sign(1, &members, cast.device(3, Role::Viewer));
    for place in 0..good.entry.len() {
        let mut turned = good.clone();
        turned.entry[place] ^= 1;
        assert_eq!(members.with([turned]).expect("room").entries().count(), 2, "byte {place}");
    }
    let mut turned = good;
    turned.sig.0[7] ^= 1;
    assert_eq!(members.with([turned]).expect("room").entries().count(), 2);
}

#[test]
fn what_a_revoked_owner_signs_counts_for_nothing() {
    let (cast, mut members) = two_owners();
    cast.add(&mut members, 2, cast.device(3, Role::Operator));
    let before = members.clone();
    cast.add(&mut members, 1, cast.revocation(2));
    let late = [
        cast.sign(2, &members, cast.device(4, Role::Owner)),
        cast.sign(2, &before, cast.device(4, Role::Owner)),
        cast.sign(2, &members, cast.revocation(1)),
        // Signed as if it had not seen its own end.
        cast.sign(2, &before, cast.revocation(1)),
        cast.sign(2, &before, cast.revocation(3)),
    ];
    for late in late {
        let members = members.with([late]).expect("room");
        assert_eq!(cast.roles(&members), [Role::Owner, Role::None, Role::Operator, Role::None]);
    }
}

#[test]
fn a_revoked_key_never_comes_back() {
    let (cast, mut members) = two_owners();
    cast.add(&mut members, 1, cast.revocation(2));
    cast.add(&mut members, 1, cast.device(2, Role::Owner));
    cast.add(&mut members, 0, cast.device(2, Role::Viewer));
    assert_eq!(cast.roles(&members)[1], Role::None);
    assert!(members.device_of(cast.id(2)).expect("still listed").is_revoked);
}

#[test]
fn the_younger_takes_an_elder_out_and_the_elder_has_the_last_word() {
    let (cast, members) = two_owners();
    let revoked = members.with([cast.sign(2, &members, cast.revocation(1))]).expect("room");
    assert_eq!(cast.roles(&revoked)[..2], [Role::None, Role::Owner]);
    // The elder enrols nobody any more, whatever it says to have seen.
    for after in [&members, &revoked] {
        let late = revoked.with([cast.sign(1, after, cast.device(3, Role::Owner))]).expect("room");
        assert_eq!(cast.roles(&late)[..3], [Role::None, Role::Owner, Role::None]);
    }
    let both = revoked.with([cast.sign(1, &members, cast.revocation(2))]).expect("room");
    assert_eq!(cast.roles(&both)[..2], [Role::Owner, Role::None]);
    // The root is the eldest of all.
    let words = both.with([cast.sign(0, &members, cast.revocation(1))]).expect("room");
    assert_eq!(cast.roles(&words)[..2], [Role::None, Role::Owner]);
}

#[test]
fn an_owner_cannot_be_made_less_and_others_can() {
    let (cast, mut members) = two_owners();
    cast.add(&mut members, 1, cast.device(3, Role::Operator));
    for (who, role) in [(2, Role::Viewer), (3, Role::Viewer)] {
        let device = cast.id(who);
        let name = Some(format!("other {who}"));
        cast.add(&mut members, 1, |stem| {
            Entry::Change(ChangeEntry { stem, device, name, role: Some(role), ceiling: None })
        });
    }
    assert_eq!(cast.roles(&members)[1..3], [Role::Owner, Role::Viewer]);
    assert_eq!(members.devices()[2].name, "other 3");
    let device = cast.id(3);
    let ceiling = Some(Role::Viewer);
    let said = |stem| Entry::Change(ChangeEntry { stem, device, name: None, role: Some(Role::Operator), ceiling });
    cast.add(&mut members, 1, said);
    assert_eq!((members.devices()[2].role, members.devices()[2].may()), (Role::Operator, Role::Viewer));
}

#[test]
fn a_retired_machine_never_comes_back() {
    let (cast, mut members) = two_owners();
    let (key, machine) = (cast.0[4].machine_key(), cast.0[4].node_id());
    let known = |stem| {
        let (name, origins) =
            ("desk".to_owned(), vec!["https://desk.tail.test:4663".to_owned(), "nonsense *".to_owned()]);
        Entry::Machine(MachineEntry { stem, key, name, origins })
    };
    cast.add(&mut members, 2, known);
    assert!(members.machine(machine).is_some());
    assert_eq!(members.pages().collect::<Vec<_>>(), ["https://desk.tail.test:4663"], "what is no origin is no page");
    cast.add(&mut members, 1, |stem| Entry::Retire(RetireEntry { stem, machine }));
    cast.add(&mut members, 1, known);
    assert!(members.machine(machine).is_none() && members.machines()[0].is_retired);
    assert_eq!(members.pages().count(), 0);
}

/// What an owner says of a machine stands before what it says of itself, and the later word of two owners is the same everywhere.
#[test]
fn owners_name_and_tag_machines_and_nobody_else_does() {
    let (cast, mut members) = two_owners();
    let (key, machine) = (cast.0[4].machine_key(), cast.0[4].node_id());
    let says = |name: &str| {
        let name = name.to_owned();
        move |stem| Entry::Machine(MachineEntry { stem, key, name, origins: Vec::new() })
    };
    let label = |name: Option<&str>, tags: Option<&[&str]>| {
        let tags = tags.map(|tags| tags.iter().map(|tag| (*tag).to_owned()).collect());
        let name = name.map(str::to_owned);
        move |stem| Entry::Label(LabelEntry { stem, machine, name, tags })
    };
    let told = |members: &Members| {
        let machine = &members.machines()[0];
        (machine.name.clone(), machine.own_name.clone(), machine.tags.join(" "))
    };
    let is = |name: &str, own: &str, tags: &str| (name.to_owned(), own.to_owned(), tags.to_owned());
    cast.add(&mut members, 2, says("desk"));
    cast.add(&mut members, 1, label(None, Some(&["eu", "gpu"])));
    cast.add(&mut members, 1, label(Some("tower"), None));
    cast.add(&mut members, 2, says("desk-2"));
    assert_eq!(told(&members), is("tower", "desk-2", "eu gpu"));
    let before = members.clone();
    cast.add(&mut members, 2, cast.device(3, Role::Operator));
    cast.add(&mut members, 3, label(Some("mine"), Some(&[])));
    for (name, tags) in [(None, Some(&["b", "a"][..])), (None, Some(&["A"])), (Some(" x"), None)] {
        let bad = cast.sign(1, &members, label(name, tags));
        assert_eq!(members.with([bad]).expect("room").entries().count(), members.entries().count());
    }
    assert_eq!(told(&members), is("tower", "desk-2", "eu gpu"));

    let at_once =
        [cast.sign(1, &before, label(None, Some(&["one"]))), cast.sign(2, &before, label(None, Some(&["two"])))];
    let merged = |order: [usize; 2]| {
        let merge = |members: Members, place: usize| members.with([at_once[place].clone()]).expect("room");
        told(&order.into_iter().fold(before.clone(), merge))
    };
    assert_eq!(merged([0, 1]), merged([1, 0]));
    cast.add(&mut members, 2, label(None, Some(&[])));
    assert_eq!(told(&members), is("tower", "desk-2", ""));
}

#[test]
fn the_device_that_signs_for_a_machine_is_known_unless_it_signs_for_several() {
    let (cast, mut members) = two_owners();
    let says = |of: usize| {
        let (key, name) = (cast.0[of].machine_key(), format!("machine {of}"));
        move |stem| Entry::Machine(MachineEntry { stem, key, name, origins: Vec::new() })
    };
    let signer = |members: &Members, of: usize| members.signer_for(cast.0[of].node_id()).map(Device::id);
    cast.add(&mut members, 1, says(1));
    assert_eq!(signer(&members, 1), Some(cast.id(1)));
    // It lets another one in.
    cast.add(&mut members, 1, says(2));
    assert_eq!((signer(&members, 1), signer(&members, 2)), (None, None));
    cast.add(&mut members, 2, says(2));
    assert_eq!(signer(&members, 2), Some(cast.id(2)));
    cast.add(&mut members, 1, cast.revocation(2));
    assert_eq!(signer(&members, 2), None);
}

#[test]
fn strangers_entries_give_way_and_owners_entries_are_bounded() {
    let (cast, members) = two_owners();
    let stranger = |number: usize| {
        let at = u64::try_from(number).expect("few");
        members.sign(&cast.0[4], at, cast.device(3, Role::Owner)).expect("signed")
    };
    let junk = members.with((0..ENTRIES - 2).map(stranger)).expect("room");
    assert_eq!(junk.entries().count(), ENTRIES);
    assert_eq!(junk.head(), members.head(), "what strangers sign is no news");
    let fuller = junk.with([cast.sign(1, &junk, cast.device(3, Role::Viewer))]).expect("room for an owner's");
    assert_eq!((fuller.entries().count(), cast.roles(&fuller)[2]), (3, Role::Viewer));

    let many = |number: usize| {
        let at = u64::try_from(number).expect("few");
        members.sign(&cast.0[1], at, cast.device(3, Role::Viewer)).expect("signed")
    };
    let full = members.with((0..ENTRIES - 2).map(many)).expect("just enough room");
    assert!(full.with([many(ENTRIES)]).is_err(), "an owner's entry is never dropped silently");
}

/// What somebody does in a random history: signs something, having seen as much as somebody had.
#[derive(Debug, Clone)]
struct Deed {
    by: usize,
    seen: Index,
    what: u8,
    whom: usize,
}

fn deed(people: usize) -> impl Strategy<Value = Deed> {
    (0..=people, any::<Index>(), 0..5_u8, 1..=people).prop_map(|(by, seen, what, whom)| Deed { by, seen, what, whom })
}

/// All entries of a history in which everybody knows as much as chance would have it.
fn history(cast: &Cast, deeds: &[Deed]) -> Vec<SignedEntry> {
    let mut knowledge = vec![cast.nobody()];
    cast.add(&mut knowledge[0], 0, cast.device(1, Role::Owner));
    let mut all: Vec<_> = knowledge[0].entries().cloned().collect();
    for deed in deeds {
        let seen = deed.seen.get(&knowledge).clone();
        let signed = match deed.what {
            0 => cast.sign(deed.by, &seen, cast.device(deed.whom, Role::Viewer)),
            1 => cast.sign(deed.by, &seen, cast.revocation(deed.whom)),
            2 => cast.sign(deed.by, &seen, cast.device(deed.whom, Role::Operator)),
            _ => cast.sign(deed.by, &seen, cast.device(deed.whom, Role::Owner)),
        };
        let known = seen.with([signed.clone()]).expect("room");
        // Two who meet now and then know what both know.
        let met = knowledge.last().expect("one at least").with(known.entries().cloned()).expect("room");
        knowledge.extend([known, met]);
        all.push(signed);
    }
    all
}

fn outcome(members: &Members) -> (Vec<Device>, homie_protocol::roster::RosterHead, usize) {
    (members.devices().to_vec(), members.head(), members.entries().count())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_order_and_any_doubling_come_to_the_same(
        (entries, shuffled, cuts) in prop::collection::vec(deed(4), 1..14)
            .prop_map(|deeds| history(&Cast::of(4), &deeds))
            .prop_flat_map(|entries| {
                let doubled: Vec<_> = entries.iter().chain(&entries).cloned().collect();
                let length = doubled.len();
                (Just(entries), Just(doubled).prop_shuffle(), subsequence((1..length).collect::<Vec<_>>(), 0..=length - 1))
            })
    ) {
        let nobody = Cast::of(4).nobody();
        let at_once = outcome(&nobody.with(entries).expect("room"));
        let mut members = nobody;
        let mut from = 0;
        for to in cuts.into_iter().chain([shuffled.len()]) {
            members = members.with(shuffled[from..to].to_vec()).expect("room");
            from = to;
        }
        prop_assert_eq!(outcome(&members), at_once);
    }

    /// Whoever the root has revoked, or an owner that was never revoked itself, stays out whatever else arrives.
    #[test]
    fn the_word_of_an_owner_in_good_standing_stands(deeds in prop::collection::vec(deed(4), 1..14), whom in 2..=4_usize) {
        let cast = Cast::of(4);
        let early = cast.nobody().with(history(&cast, &deeds)).expect("room");
        let revoked = early.with([cast.sign(0, &early, cast.revocation(whom))]).expect("room");
        for by in 1..=4 {
            for after in [&early, &revoked] {
                let late = cast.sign(by, after, cast.device(whom, Role::Owner));
                let members = revoked.with([late]).expect("room");
                prop_assert_eq!(cast.roles(&members)[whom - 1], Role::None);
                // And what it signs gives nobody anything.
                let late = cast.sign(whom, after, cast.device(by, Role::Owner));
                let (with, without) = (revoked.with([late]).expect("room"), cast.roles(&revoked));
                prop_assert_eq!(cast.roles(&with), without);
            }
        }
    }
}
