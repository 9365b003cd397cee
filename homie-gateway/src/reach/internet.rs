//! The ways to a machine's page on the internet, tried after all others: its certificate says who answers there, and the greeting that
//! it is the machine of the roster.

use std::sync::Arc;

use homie_circuit::client::{ABOUT, Web};
use homie_trust::Machine;
use rustls::ClientConfig;

use super::address::{Address, HTTPS_PORT, Host};

/// Pages of one machine that are tried.
const TRIED: usize = 2;

/// Those that are left where this way goes first. The tailnet knows nothing of them, so their names are the system's to look up.
pub fn internet_ways(machine: &Machine, first: &Web, tls: &Arc<ClientConfig>) -> Vec<Web> {
    let pages = machine.internet_pages().take(TRIED).filter_map(|page| way(page, tls));
    pages.filter(|way| way.authority != first.authority).collect()
}

fn way(page: &str, tls: &Arc<ClientConfig>) -> Option<Web> {
    let Address { host: Host::Name(name), port } = page.parse().ok()? else { return None };
    let authority = page.strip_prefix("https://")?.to_owned();
    let port = port.unwrap_or(HTTPS_PORT);
    Some(Web {
        targets: vec![name.clone()],
        port,
        through: None,
        name,
        authority,
        path: ABOUT.to_owned(),
        tls: Arc::clone(tls),
    })
}

#[cfg(test)]
mod tests {
    use homie_protocol::hello::MachineKey;
    use homie_trust::internet_origin;
    use rustls::RootCertStore;

    use super::*;

    #[test]
    fn they_come_after_the_first_and_are_dialled_by_their_names() {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let tls = Arc::new(config.with_root_certificates(RootCertStore::empty()).with_no_client_auth());
        let pages = ["https://home.example.org", "https://home.example.org:8443", "https://third.example.org"];
        let tailnet = "https://gw.tail.test:4663".to_owned();
        let origins = pages.iter().map(|page| internet_origin(page)).chain([tailnet]).collect();
        let (key, name) = (MachineKey([7; 32]), "gw".to_owned());
        let machine = Machine { key, own_name: name.clone(), name, tags: Vec::new(), origins, is_retired: false };
        let told = |first: &str| {
            let first = way(first, &tls).unwrap();
            internet_ways(&machine, &first, &tls).into_iter().map(|way| way.authority).collect::<Vec<_>>()
        };
        assert_eq!(told("https://gw.tail.test:4663"), ["home.example.org", "home.example.org:8443"]);
        assert_eq!(told("https://home.example.org"), ["home.example.org:8443"]);
        let dialled = internet_ways(&machine, &way("https://gw.tail.test:4663", &tls).unwrap(), &tls);
        assert_eq!(
            (dialled[0].port, dialled[1].port, &dialled[1].targets),
            (443, 8443, &vec!["home.example.org".to_owned()])
        );
    }
}
