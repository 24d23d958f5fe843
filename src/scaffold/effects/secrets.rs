//! The values of secrets: they are read from the environment where an effect is carried out, and kept nowhere.

use std::cell::OnceCell;

use base64::{Engine, prelude::BASE64_STANDARD};
use callboard_planner::{
    Effect,
    effect::{Call, Resource},
    engine::{NEW_KEY_PRIVATE, NEW_KEY_PUBLIC, reveal},
};
use crypto_box::{PublicKey, aead::OsRng};
use serde::de::DeserializeOwned;
use ssh_key::{Algorithm, LineEnding, PrivateKey};

use super::{Fault, World, api};
use crate::{base::environment::Secret, forge::Client};

impl World<'_> {
    /// Reads the input of an effect with the values of the secrets that it names.
    pub(super) fn read<T: DeserializeOwned>(&self, effect: &Effect) -> Result<T, Fault> {
        let pair = OnceCell::new();
        let new_key = |name: &str| {
            let (public, private) = pair
                .get_or_init(new_key)
                .as_ref()
                .ok_or_else(|| Fault::Rejected { message: "no key could be made".to_owned() })?;
            self.redactor.learn(private);
            Ok(if name == NEW_KEY_PUBLIC { public.clone() } else { private.reveal().to_owned() })
        };
        let value = |name: &str| match name {
            NEW_KEY_PUBLIC | NEW_KEY_PRIVATE => new_key(name),
            _ => self.secret(name),
        };
        let input = reveal(&effect.input, &value)?;
        Ok(Effect { input, ..effect.clone() }.read()?)
    }

    /// The value of a secret of the settings.
    fn secret(&self, name: &str) -> Result<String, Fault> {
        let rejected = |message: String| Fault::Rejected { message };
        let secret = self.settings.secrets.get(name).ok_or_else(|| {
            rejected(format!("the settings have no secret `{name}` in `scaffold.secrets`"))
        })?;
        let value = self.environment.secret(&secret.variable).ok_or_else(|| {
            rejected(format!(
                "the variable `{}` with the secret `{name}` is not set",
                secret.variable
            ))
        })?;
        Ok(value.reveal().to_owned())
    }
}

/// Reads the input of an effect without the values of its secrets, to look up what is there.
pub(super) fn without_secrets<T: DeserializeOwned>(effect: &Effect) -> Result<T, Fault> {
    let input = reveal(&effect.input, &|_| Ok::<_, Fault>(String::new()))?;
    Ok(Effect { input, ..effect.clone() }.read()?)
}

/// A call with a text that only the server can read.
pub(super) fn with_sealed(
    client: &Client<'_>,
    resource: &Resource,
    mut call: Call,
) -> Result<Call, Fault> {
    let Some(sealed) = &resource.sealed else { return Ok(call) };
    let found =
        api::look_up(client, &sealed.lookup, None).map_err(|error| api::fault(&error, None))?;
    let key = found.as_ref().and_then(|thing| thing.pointer(&sealed.value)?.as_str());
    let place = call.body.pointer_mut(&sealed.place);
    let text = place.as_ref().and_then(|place| place.as_str());
    let boxed = key.zip(text).and_then(|(key, text)| seal(key, text));
    let (Some(place), Some(boxed)) = (place, boxed) else {
        let message = format!("{} of {} cannot be used", sealed.of, resource.name);
        return Err(Fault::Rejected { message });
    };
    *place = boxed.into();
    Ok(call)
}

/// A text that only who has the private half of a key can read: a sealed box of libsodium, in base64. `None` when the key, in
/// base64, is none of X25519.
fn seal(key: &str, text: &str) -> Option<String> {
    let key: [u8; 32] = BASE64_STANDARD.decode(key).ok()?.try_into().ok()?;
    let boxed = PublicKey::from(key).seal(&mut OsRng, text.as_bytes()).ok()?;
    Some(BASE64_STANDARD.encode(boxed))
}

/// The halves of a new Ed25519 key in the formats of OpenSSH.
fn new_key() -> Option<(String, Secret)> {
    let key = PrivateKey::random(&mut OsRng, Algorithm::Ed25519).ok()?;
    let private = key.to_openssh(LineEnding::LF).ok()?;
    Some((key.public_key().to_openssh().ok()?, Secret::new(&**private)))
}
