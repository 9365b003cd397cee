//! Whatever happens in whatever order: of an offer at most one device gets in, and none that has not proved the secret and
//! whose digits nobody has typed.

use homie_protocol::hello::Role;
use homie_protocol::id::PairingId;
use homie_protocol::methods::pairing::{ApproveParams, Stage, Way};
use proptest::collection::vec;
use proptest::prelude::*;

use super::device::{Phone, QR, Told, code, desk, offer_code, offer_qr, other_than};

#[derive(Debug, Clone)]
enum Step {
    OfferQr,
    OfferCode,
    Begin { phone: usize, by_code: bool },
    Reveal { phone: usize, is_true: bool },
    Approve { phone: usize, is_right: bool },
    Entered { is_enrolled: bool },
    Refuse,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::OfferQr),
        Just(Step::OfferCode),
        (0..3_usize, any::<bool>()).prop_map(|(phone, by_code)| Step::Begin { phone, by_code }),
        (0..3_usize, prop::bool::weighted(0.8)).prop_map(|(phone, is_true)| Step::Reveal { phone, is_true }),
        (0..3_usize, prop::bool::weighted(0.8)).prop_map(|(phone, is_right)| Step::Approve { phone, is_right }),
        prop::bool::weighted(0.8).prop_map(|is_enrolled| Step::Entered { is_enrolled }),
        Just(Step::Refuse),
        prop_oneof![0..5_000_u64, 100_000..400_000_u64].prop_map(Step::Wait),
    ]
}

/// A device and what it was told last.
struct Guest {
    phone: Phone,
    told: Option<Told>,
    proved: Option<PairingId>,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn one_offer_lets_one_device_in(steps in vec(step(), 1..60)) {
        let (mut desk, mut now) = (desk(), 1_000_000_u64);
        let mut guests: Vec<Guest> =
            (0..3).map(|_| Guest { phone: Phone::new(), told: None, proved: None }).collect();
        let mut offered: Option<PairingId> = None;
        let mut entering = None;
        let mut entered: Vec<PairingId> = Vec::new();
        for step in steps {
            let revision = desk.pending(now).0;
            match step {
                Step::OfferQr | Step::OfferCode if desk.pending(now).1.is_some_and(|info| info.stage == Stage::Waiting) => {}
                Step::OfferQr => offered = Some(offer_qr(&mut desk, now)),
                Step::OfferCode => offered = Some(offer_code(&mut desk, now)),
                Step::Begin { phone, by_code } => {
                    let way = if by_code { Way::Code } else { Way::Qr };
                    let guest = &mut guests[phone];
                    guest.told = guest.phone.begin(&mut desk, now, way, offered).ok();
                }
                Step::Reveal { phone, is_true } => {
                    let guest = &mut guests[phone];
                    let Some(told) = guest.told.take() else { continue };
                    let (qr, code, wrong) = (*QR.as_bytes(), *code().as_bytes(), *b"wrong");
                    let by_code = desk.pending(now).1.is_some_and(|info| info.way == Way::Code);
                    let secret: &[u8] = match (is_true, by_code) {
                        (true, true) => &code,
                        (true, false) => &qr,
                        (false, _) => &wrong,
                    };
                    let revealed = guest.phone.reveal(&mut desk, now, &told, secret);
                    prop_assert!(is_true || revealed.is_err());
                    if revealed.is_ok() {
                        prop_assert_eq!(Some(told.id), offered);
                        guest.proved = Some(told.id);
                    }
                    guest.told = Some(told);
                }
                Step::Approve { phone, is_right } => {
                    let (Some(id), Some(told)) = (offered, &guests[phone].told) else { continue };
                    let right = guests[phone].phone.digits(told);
                    let digits = if is_right { right } else { other_than(right) };
                    if let Ok(admission) = desk.approve(now, &ApproveParams { id, digits, role: Role::Viewer }) {
                        let device = admission.device(0).unwrap();
                        let guest = &guests[phone];
                        prop_assert!(is_right && device.key == guest.phone.key.device_key());
                        prop_assert_eq!(guest.proved, Some(id));
                        prop_assert!(entering.is_none() && !entered.contains(&id));
                        entering = Some(admission);
                    }
                }
                Step::Entered { is_enrolled } => {
                    let Some(admission) = entering.take() else { continue };
                    let paired = admission.paired(homie_protocol::id::NodeId::from_bytes([1; 16])).unwrap();
                    desk.entered(admission.id(), is_enrolled.then_some(paired));
                    if is_enrolled {
                        entered.push(admission.id());
                    }
                }
                Step::Refuse => {
                    let Some(id) = offered else { continue };
                    prop_assert!(desk.refuse(now, id).is_err() || entering.is_none());
                }
                Step::Wait(ms) => now += ms,
            }
            let (later, info) = desk.pending(now);
            prop_assert!(later >= revision);
            if let Some(info) = info {
                let runs = matches!(info.stage, Stage::Open | Stage::Waiting);
                prop_assert!(runs || info.left_ms == 0);
                prop_assert_eq!(info.stage == Stage::Approved, entered.contains(&info.id));
            }
        }
    }
}
