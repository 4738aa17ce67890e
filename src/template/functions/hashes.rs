//! Codes and hashes. Of a hash nothing can be read any more: its origin is derived.

use data_encoding::{BASE32, BASE64, HEXLOWER};
use md5::Md5;
use sha2::{Digest, Sha256, Sha512};

use super::super::bytes;
use super::super::text::Text;
use super::super::value::Value;
use super::cost::Cost::Deep;
use super::{Answer, Arguments, Function, Scope, plain, scoped};
use crate::template::Dialect;

pub(super) const FUNCTIONS: &[Function] = &[
    plain("b64enc", "s", Deep, |arguments| coded(arguments, |bytes| BASE64.encode(bytes))),
    plain("b32enc", "s", Deep, |arguments| coded(arguments, |bytes| BASE32.encode(bytes))),
    scoped("b64dec", "s", Deep, |scope, arguments| decoded(scope, arguments, &BASE64)),
    scoped("b32dec", "s", Deep, |scope, arguments| decoded(scope, arguments, &BASE32)),
    plain("sha256sum", "s", Deep, |arguments| {
        coded(arguments, |bytes| HEXLOWER.encode(&Sha256::digest(bytes)))
    }),
    plain("sha512sum", "s", Deep, |arguments| {
        coded(arguments, |bytes| HEXLOWER.encode(&Sha512::digest(bytes)))
    }),
    plain("sha1sum", "s", Deep, |arguments| coded(arguments, sha1)),
    plain("md5sum", "s", Deep, |arguments| coded(arguments, |bytes| HEXLOWER.encode(&Md5::digest(bytes)))),
    plain("adler32sum", "s", Deep, |arguments| coded(arguments, |bytes| adler32(bytes).to_string())),
];

fn coded(arguments: Arguments<'_>, code: fn(&[u8]) -> String) -> Answer {
    let text = arguments.text(0)?;
    Ok(text.derived(code(&bytes::of(text.as_str()))).into())
}

/// What cannot be decoded is the error itself in a chart.
fn decoded(scope: &Scope, arguments: Arguments<'_>, encoding: &data_encoding::Encoding) -> Answer {
    let text = arguments.text(0)?;
    let kept: String = text.as_str().chars().filter(|sign| !matches!(sign, '\r' | '\n')).collect();
    let bytes = match encoding.decode(kept.as_bytes()) {
        Ok(bytes) => bytes,
        Err(error) if scope.dialect == Dialect::ApplicationSet => {
            return Ok(Value::opaque(&format!("what is decoded: {error}")));
        }
        Err(error) => {
            let message = format!("illegal base64 data at input byte {}", error.position);
            return Ok(text.derived(message).into());
        }
    };
    if scope.dialect == Dialect::ApplicationSet && std::str::from_utf8(&bytes).is_err() {
        return Ok(Value::opaque("what is decoded: it is no text"));
    }
    let decoded: Text = text.derived(bytes::text(&bytes));
    Ok(decoded.into())
}

fn sha1(bytes: &[u8]) -> String {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(bytes);
    hasher.try_finalize().map(|id| id.to_string()).unwrap_or_default()
}

fn adler32(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    b << 16 | a
}
