//! Certificates: got, and not got.

use std::time::Duration;

use homie_tailnet::TailnetError;
use homie_tailnet::fake::{Certificates, Mishap, Rights};

use crate::harness::{Net, net};

const NAME: &str = "gw.tail.test";

/// The shape of a key, of nobody.
const KEY: &str = "-----BEGIN EC PRIVATE KEY-----\nMAYCAQEEAQc=\n-----END EC PRIVATE KEY-----\n";
const LEAF: &str = "-----BEGIN CERTIFICATE-----\nMAMCAQE=\n-----END CERTIFICATE-----\n";
const ROOT: &str = "-----BEGIN CERTIFICATE-----\nMAMCAQI=\n-----END CERTIFICATE-----\n";

fn with(key: &str, chain: &str) -> Net {
    let net = net();
    net.fake.set_certificates(Certificates::Pair { key: key.to_owned(), chain: chain.to_owned() });
    net
}

#[tokio::test]
async fn a_pair_is_a_key_and_a_chain_in_order() {
    let net = with(KEY, &format!("{LEAF}{ROOT}"));
    let certificate = net.api.certificate(NAME).await.expect("a certificate");
    let chain: Vec<&[u8]> = certificate.chain.iter().map(AsRef::as_ref).collect();
    assert_eq!(chain, [&[0x30, 3, 2, 1, 1][..], &[0x30, 3, 2, 1, 2][..]]);
    assert_eq!(certificate.key.secret_der(), [0x30, 6, 2, 1, 1, 4, 1, 7]);
    assert!(!format!("{certificate:?}").contains("48, 6, 2"), "a key is not shown");
    let asked = ["GET cert/gw.tail.test?type=cert&min_validity=168h", "GET cert/gw.tail.test?type=pair"];
    assert_eq!(net.fake.asked(), asked);
}

#[tokio::test]
async fn why_there_is_none_is_told() {
    let net = net();
    let off = net.api.certificate(NAME).await.expect_err("HTTPS is off");
    assert!(off.to_string().contains("does not support getting TLS certs"), "{off}");

    net.fake.set_certificates(Certificates::TooMany(Duration::from_hours(1)));
    let limited = net.api.certificate(NAME).await.expect_err("too many");
    assert!(limited.to_string().ends_with("try again in 3600 s"), "{limited}");

    net.fake.set_rights(Rights::Reader);
    assert!(matches!(net.api.certificate(NAME).await, Err(TailnetError::Denied { .. })));
    assert!(matches!(net.api.certificate("a b").await, Err(TailnetError::BadName(_))));
}

#[tokio::test]
async fn half_a_pair_is_none() {
    for (key, chain) in [("", LEAF), (KEY, ""), ("", ""), ("no PEM at all", LEAF)] {
        let got = with(key, chain).api.certificate(NAME).await;
        assert!(matches!(got, Err(TailnetError::Garbled { .. } | TailnetError::Broken { .. })), "{got:?}");
    }
    let no_der = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    assert!(with(no_der, LEAF).api.certificate(NAME).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn an_authority_out_of_reach_is_not_waited_for_for_ever() {
    let net = with(KEY, LEAF);
    net.fake.set_mishap("cert", Some(Mishap::Silence));
    let late = net.api.certificate(NAME).await.expect_err("silence");
    assert!(late.to_string().contains("a certificate within 120 s"), "{late}");
    net.fake.set_mishap("cert", Some(Mishap::Endless));
    assert!(matches!(net.api.certificate(NAME).await, Err(TailnetError::TooLong { .. })));
}
