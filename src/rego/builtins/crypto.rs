//! Digests. Keys and certificates are not read: a policy over manifests has no use for them.

use md5::Md5;
use sha2::{Digest, Sha256, Sha512};

use super::{Answer, Failure, text};
use crate::rego::Value;

type Hash = fn(&[u8]) -> Vec<u8>;

fn hash_md5(bytes: &[u8]) -> Vec<u8> {
    Md5::digest(bytes).to_vec()
}

fn hash_sha1(bytes: &[u8]) -> Vec<u8> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(bytes);
    // Texts made to collide have no digest.
    hasher.try_finalize().map(|id| id.as_slice().to_vec()).unwrap_or_default()
}

fn hash_sha256(bytes: &[u8]) -> Vec<u8> {
    Sha256::digest(bytes).to_vec()
}

fn hash_sha512(bytes: &[u8]) -> Vec<u8> {
    Sha512::digest(bytes).to_vec()
}

fn hex(bytes: &[u8]) -> Value {
    data_encoding::HEXLOWER.encode(bytes).into()
}

fn digest(arguments: &[Value], hash: Hash) -> Answer {
    let [value] = arguments else { return Err(Failure::Undefined) };
    Ok(hex(&hash(text(value)?.as_bytes())))
}

pub fn md5(arguments: &[Value]) -> Answer {
    digest(arguments, hash_md5)
}

pub fn sha1(arguments: &[Value]) -> Answer {
    digest(arguments, hash_sha1)
}

pub fn sha256(arguments: &[Value]) -> Answer {
    digest(arguments, hash_sha256)
}

/// RFC 2104.
fn hmac(arguments: &[Value], hash: Hash, block: usize) -> Answer {
    let [value, key] = arguments else { return Err(Failure::Undefined) };
    let mut key = text(key)?.as_bytes().to_vec();
    if key.len() > block {
        key = hash(&key);
    }
    key.resize(block, 0);
    let padded = |pad: u8| key.iter().map(|byte| byte ^ pad).collect::<Vec<u8>>();
    let inner = hash(&[&padded(0x36), text(value)?.as_bytes()].concat());
    Ok(hex(&hash(&[padded(0x5c), inner].concat())))
}

pub fn hmac_md5(arguments: &[Value]) -> Answer {
    hmac(arguments, hash_md5, 64)
}

pub fn hmac_sha1(arguments: &[Value]) -> Answer {
    hmac(arguments, hash_sha1, 64)
}

pub fn hmac_sha256(arguments: &[Value]) -> Answer {
    hmac(arguments, hash_sha256, 64)
}

pub fn hmac_sha512(arguments: &[Value]) -> Answer {
    hmac(arguments, hash_sha512, 128)
}

pub fn hmac_equal(arguments: &[Value]) -> Answer {
    let [left, right] = arguments else { return Err(Failure::Undefined) };
    Ok((text(left)? == text(right)?).into())
}
