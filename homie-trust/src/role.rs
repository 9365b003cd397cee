//! What a caller may do, from all who have a word in it. Pure: one function, and a table that tells every case.

use homie_protocol::hello::Role;

/// What is known of a caller once its door and its greeting are behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sources {
    /// A program of this machine's user, at `local.sock`: operator of this machine, without any key.
    pub is_local: bool,
    /// What the tailnet's policy gives it, if it gives anything.
    pub capability: Option<Role>,
    /// The tailnet says that the owner of this machine calls.
    pub is_owners_login: bool,
    /// This machine believes the tailnet alone (`trust_tailnet`).
    pub trusts_tailnet: bool,
    /// The device it has proved to be.
    pub device: Standing,
}

impl Sources {
    /// Nothing is known.
    pub const NOBODY: Self = Self {
        is_local: false,
        capability: None,
        is_owners_login: false,
        trusts_tailnet: false,
        device: Standing::Unknown,
    };
}

/// How a caller's key stands in the roster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has proved none, or one that nobody knows.
    Unknown,
    /// It is enrolled.
    Enrolled {
        /// With this role.
        role: Role,
        /// And may never do more than this.
        ceiling: Role,
    },
    /// It was revoked.
    Revoked,
}

/// The role. `ceiling` is this machine's own, and wins over all.
///
/// The tailnet knows machines and people, not programs: so without a key that is enrolled nobody from the network does more
/// than look, unless this machine believes the tailnet alone. A key that was revoked does nothing, whoever calls with it.
pub fn role(sources: &Sources, ceiling: Role) -> Role {
    let by_tailnet =
        sources.capability.unwrap_or(Role::None).max(if sources.is_owners_login { Role::Owner } else { Role::None });
    let role = match sources.device {
        Standing::Revoked => return Role::None,
        Standing::Enrolled { role, ceiling } => role.max(by_tailnet).min(ceiling),
        Standing::Unknown if sources.is_local => Role::Operator,
        Standing::Unknown if sources.trusts_tailnet => by_tailnet,
        Standing::Unknown => by_tailnet.min(Role::Viewer),
    };
    role.min(ceiling)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{None, Operator, Owner, Viewer};

    const ROLES: [Role; 4] = [None, Viewer, Operator, Owner];
    const NOBODY: Sources = Sources::NOBODY;

    const fn enrolled(role: Role, ceiling: Role) -> Standing {
        Standing::Enrolled { role, ceiling }
    }

    #[test]
    fn each_source_has_its_word() {
        let owners = Sources { is_owners_login: true, ..NOBODY };
        let granted = Sources { capability: Some(Operator), ..NOBODY };
        let table = [
            ("nobody", NOBODY, None),
            ("a program of the same user", Sources { is_local: true, ..NOBODY }, Operator),
            ("the owner without a key", owners, Viewer),
            (
                "the owner without a key where the tailnet is believed",
                Sources { trusts_tailnet: true, ..owners },
                Owner,
            ),
            ("a guest of the policy without a key", granted, Viewer),
            ("a guest where the tailnet is believed", Sources { trusts_tailnet: true, ..granted }, Operator),
            ("a device", Sources { device: enrolled(Operator, Owner), ..NOBODY }, Operator),
            ("a device below its ceiling", Sources { device: enrolled(Owner, Viewer), ..NOBODY }, Viewer),
            ("the owner with a device", Sources { device: enrolled(Viewer, Owner), ..owners }, Owner),
            (
                "the owner with a device that may only look",
                Sources { device: enrolled(Viewer, Viewer), ..owners },
                Viewer,
            ),
            ("a guest with a device", Sources { device: enrolled(Viewer, Owner), ..granted }, Operator),
            (
                "the owner with a revoked key",
                Sources { device: Standing::Revoked, trusts_tailnet: true, ..owners },
                None,
            ),
            (
                "a local program with a revoked key",
                Sources { device: Standing::Revoked, is_local: true, ..NOBODY },
                None,
            ),
            (
                "a local program with a viewer's key",
                Sources { device: enrolled(Viewer, Owner), is_local: true, ..NOBODY },
                Viewer,
            ),
        ];
        for (who, sources, expected) in table {
            assert_eq!(role(&sources, Owner), expected, "{who}");
        }
    }

    /// Every case there is.
    fn all() -> impl Iterator<Item = Sources> {
        let standings = ROLES.into_iter().flat_map(|role| ROLES.map(|ceiling| enrolled(role, ceiling)));
        let standings: Vec<_> = standings.chain([Standing::Unknown, Standing::Revoked]).collect();
        let capabilities = [Option::None, Some(None), Some(Viewer), Some(Operator), Some(Owner)];
        (0..8_u8).flat_map(move |bits| {
            let standings = standings.clone();
            capabilities.into_iter().flat_map(move |capability| {
                let with = move |device| Sources {
                    is_local: bits & 1 != 0,
                    is_owners_login: bits & 2 != 0,
                    trusts_tailnet: bits & 4 != 0,
                    capability,
                    device,
                };
                standings.clone().into_iter().map(with)
            })
        })
    }

    #[test]
    fn no_ceiling_is_ever_passed_and_nothing_comes_from_nothing() {
        assert_eq!(all().count(), 8 * 5 * 18);
        for sources in all() {
            for ceiling in ROLES {
                let role = role(&sources, ceiling);
                assert!(role <= ceiling, "{sources:?} {ceiling:?}");
                if let Standing::Enrolled { ceiling, .. } = sources.device {
                    assert!(role <= ceiling, "{sources:?}");
                }
                if sources.device == Standing::Unknown && !sources.is_local && !sources.trusts_tailnet {
                    assert!(role <= Viewer, "{sources:?}: a key is needed for more");
                }
                if sources.device == Standing::Revoked {
                    assert_eq!(role, None, "{sources:?}");
                }
            }
        }
    }

    #[test]
    fn a_better_word_never_makes_less_of_anybody() {
        for sources in all() {
            let better = [
                Sources { is_owners_login: true, ..sources },
                Sources { trusts_tailnet: true, ..sources },
                Sources { capability: Some(Owner), ..sources },
            ];
            for more in better.iter().filter(|_| !sources.is_local) {
                assert!(role(more, Owner) >= role(&sources, Owner), "{sources:?} {more:?}");
            }
        }
    }
}
