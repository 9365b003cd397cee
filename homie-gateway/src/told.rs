//! What this gateway tells the other processes of its machine (`gateway.json`). The doors to the tailnet and the key door change
//! without knowing of each other, and neither takes back what the other one has told.

use std::sync::{Arc, Mutex, PoisonError};

use homie_trust::{GatewayFile, StateDir, TrustError};

/// The file, as it was written last.
#[derive(Debug)]
pub(crate) struct Told {
    state: StateDir,
    file: Mutex<GatewayFile>,
}

impl Told {
    /// Writes it.
    pub(crate) fn begin(state: &StateDir, file: GatewayFile) -> Result<Arc<Self>, TrustError> {
        file.write(state)?;
        Ok(Arc::new(Self { state: state.clone(), file: Mutex::new(file) }))
    }

    /// The doors to the tailnet are so now.
    pub(crate) fn doors(&self, doors: &GatewayFile) -> Result<(), TrustError> {
        self.write(|known| *known = GatewayFile { keyed: known.keyed.take(), ..doors.clone() })
    }

    /// The key door is at these places now.
    pub(crate) fn key_door(&self, origins: Vec<String>) -> Result<(), TrustError> {
        self.write(|known| {
            if let Some(door) = &mut known.keyed {
                door.origins = origins;
            }
        })
    }

    fn write(&self, change: impl FnOnce(&mut GatewayFile)) -> Result<(), TrustError> {
        // Every change is whole.
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut file);
        file.write(&self.state)
    }
}

#[cfg(test)]
mod tests {
    use homie_trust::{KeyDoor, OpenDoor};

    use super::*;

    #[test]
    fn neither_door_takes_back_what_the_other_one_has_told() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::open(&folder.path().join("homie")).unwrap();
        let at = |place: &str| Some(KeyDoor { listening: Vec::new(), origins: vec![place.to_owned()] });
        let base =
            GatewayFile { keyed: at("homie://10.0.0.1:4664"), ..GatewayFile::loopback(1, ([127, 0, 0, 1], 2).into()) };
        let told = Told::begin(&state, base.clone()).unwrap();
        let read = || GatewayFile::read(&state).unwrap().unwrap();
        assert_eq!(read(), base);
        told.key_door(vec!["homie://10.0.0.2:4664".to_owned()]).unwrap();
        let door = OpenDoor::direct("gw.tail.test", 4663);
        told.doors(&base.with_door(&door)).unwrap();
        assert_eq!((read().keyed, read().door), (at("homie://10.0.0.2:4664"), Some(door.clone())));
        told.key_door(vec!["homie://10.0.0.3:4664".to_owned()]).unwrap();
        assert_eq!((read().keyed, read().door), (at("homie://10.0.0.3:4664"), Some(door)));
    }
}
