//! Functions that give something else every time: random text, keys, certificates.
//!
//! Owns their placeholders, which have the shape of the real thing and are the same in every run. The execution marks
//! them, so that nobody judges their text.

use super::super::object::{Object, StructField};
use super::super::value::{Data, Value};
use super::cost::Cost::{Deep, Flat};
use super::strings::REPEATED;
use super::{Answer, Arguments, Function, TOO_LARGE, plain};

const fn chance(name: &'static str, takes: &'static str, run: fn(Arguments<'_>) -> Answer) -> Function {
    Function { is_chance: true, ..plain(name, takes, Flat, run) }
}

pub(super) const FUNCTIONS: &[Function] = &[
    chance("randAlphaNum", "i", |arguments| repeated(arguments, "aB3dE5gH")),
    chance("randAlpha", "i", |arguments| repeated(arguments, "aBcDeFgH")),
    chance("randNumeric", "i", |arguments| repeated(arguments, "1234567890")),
    chance("randAscii", "i", |arguments| repeated(arguments, "aB3dE5gH")),
    chance("randBytes", "i", |arguments| {
        let length = arguments.int(0)?.clamp(0, REPEATED as i64) as usize;
        Ok(Value::made(data_encoding::BASE64.encode(&vec![0; length])))
    }),
    chance("randInt", "ii", |arguments| Ok(Data::Int(arguments.int(0)?).into())),
    chance("uuidv4", "", |_| Ok(Value::made("00000000-0000-4000-8000-000000000000"))),
    chance("shuffle", "s", |arguments| arguments.value(0).cloned()),
    chance("bcrypt", "s", |_| Ok(Value::made(BCRYPT))),
    chance("htpasswd", "ss", |arguments| Ok(Value::made(format!("{}:{BCRYPT}", arguments.str(0)?)))),
    chance("derivePassword", "issss", |_| Ok(Value::made("Placeholder1,Pw"))),
    chance("genPrivateKey", "s", |arguments| {
        Ok(Value::made(match arguments.str(0)? {
            "rsa" | "" => pem("RSA PRIVATE KEY"),
            "dsa" => pem("DSA PRIVATE KEY"),
            "ecdsa" => pem("EC PRIVATE KEY"),
            "ed25519" => pem("PRIVATE KEY"),
            kind => format!("Unknown type {kind}"),
        }))
    }),
    chance("genCA", "si", |_| Ok(certificate())),
    chance("genCAWithKey", "sis", |_| Ok(certificate())),
    chance("genSelfSignedCert", "saai", |_| Ok(certificate())),
    chance("genSelfSignedCertWithKey", "saais", |_| Ok(certificate())),
    chance("genSignedCert", "saaia", |_| Ok(certificate())),
    chance("genSignedCertWithKey", "saaias", |_| Ok(certificate())),
    chance("encryptAES", "ss", |arguments| {
        // A block of chance, and the text padded to whole blocks.
        let blocks = arguments.str(1)?.len() / 16 + 2;
        Ok(Value::made(data_encoding::BASE64.encode(&vec![0; blocks * 16])))
    }),
    chance("decryptAES", "ss", |_| Ok(Value::made("placeholder"))),
    plain("buildCustomCert", "ss", Deep, |arguments| {
        let decoded = |index: usize| -> Answer {
            let text = arguments.text(index)?;
            let decoded = data_encoding::BASE64.decode(text.as_str().as_bytes());
            let decoded = decoded.map_err(|_| "unable to decode base64 certificate".to_owned())?;
            Ok(text.derived(super::super::bytes::text(&decoded)).into())
        };
        Ok(pair(decoded(0)?, decoded(1)?))
    })
    .helm(),
    plain("getHostByName", "s", Flat, |_| Ok(Value::made(""))).helm(),
    plain("lookup", "ssss", Flat, |_| Ok(super::super::value::Map::default().into())).helm(),
];

const BCRYPT: &str = "$2a$10$abcdefghijklmnopqrstuuKpYbMX8fJxq1PqnnW6Tq1c2v3w4x5y6";

fn repeated(arguments: Arguments<'_>, signs: &str) -> Answer {
    let length = usize::try_from(arguments.int(0)?).unwrap_or(0);
    if length > REPEATED {
        return Err(TOO_LARGE.to_owned());
    }
    Ok(Value::made(signs.chars().cycle().take(length).collect::<String>()))
}

fn pem(kind: &str) -> String {
    let line = "cGxhY2Vob2xkZXIsIG1hZGUgd2hlbiB0aGUgY2hhcnQgaXMgaW5zdGFsbGVkIG9u";
    format!("-----BEGIN {kind}-----\n{line}\n{line}\n-----END {kind}-----\n")
}

fn certificate() -> Value {
    pair(Value::made(pem("CERTIFICATE")), Value::made(pem("RSA PRIVATE KEY")))
}

fn pair(certificate: Value, key: Value) -> Value {
    let fields = vec![StructField::new("Cert", "Cert", certificate), StructField::new("Key", "Key", key)];
    Object::structure("sprig.certificate", fields)
}
