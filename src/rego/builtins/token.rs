//! JSON web tokens are taken apart; nobody checks who signed them.

use data_encoding::BASE64URL_NOPAD;

use super::{Answer, Failure, text};
use crate::rego::Value;

/// `[header, payload, signature]`.
pub fn decode(arguments: &[Value]) -> Answer {
    let [token] = arguments else { return Err(Failure::Undefined) };
    let mut parts = text(token)?.split('.');
    let mut bytes = || {
        let part = parts.next().ok_or(Failure::Undefined)?;
        BASE64URL_NOPAD.decode(part.trim_end_matches('=').as_bytes()).map_err(|_| Failure::Undefined)
    };
    let (header, payload, signature) = (bytes()?, bytes()?, bytes()?);
    if parts.next().is_some() {
        return Err(Failure::Undefined);
    }
    let json = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).map_err(|_| Failure::Undefined)?;
        Value::from_json_str(text).map_err(|_| Failure::Undefined)
    };
    let signature = data_encoding::HEXLOWER.encode(&signature);
    Ok(vec![json(&header)?, json(&payload)?, signature.into()].into())
}
