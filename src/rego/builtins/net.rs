//! Networks by address and prefix. Names are never looked up.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Answer, Failure, ITEMS_LIMIT, text};
use crate::rego::Value;

/// The first and the last address of a network.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Network {
    is_v6: bool,
    first: u128,
    last: u128,
}

impl Network {
    /// Addresses are networks of one address.
    fn read(text: &str) -> Result<Self, Failure> {
        let (address, prefix) =
            text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| Failure::Undefined)?;
        let (is_v6, bits, number) = match address {
            IpAddr::V4(address) => (false, 32_u32, u128::from(u32::from(address))),
            IpAddr::V6(address) => (true, 128, u128::from(address)),
        };
        let prefix = prefix.map_or(Ok(bits), |prefix| prefix.parse().map_err(|_| Failure::Undefined))?;
        let free = bits.checked_sub(prefix).ok_or(Failure::Undefined)?;
        let mask = 1_u128.checked_shl(free).map_or(u128::MAX, |size| size - 1);
        Ok(Self { is_v6, first: number & !mask, last: number | mask })
    }

    /// What is no single address.
    fn block(text: &str) -> Result<Self, Failure> {
        if text.contains('/') { Self::read(text) } else { Err(Failure::Undefined) }
    }

    fn contains(self, other: Self) -> bool {
        self.is_v6 == other.is_v6 && self.first <= other.first && other.last <= self.last
    }

    fn address(self, number: u128) -> String {
        match u32::try_from(number) {
            Ok(number) if !self.is_v6 => Ipv4Addr::from(number).to_string(),
            _ => Ipv6Addr::from(number).to_string(),
        }
    }
}

pub fn contains(arguments: &[Value]) -> Answer {
    let [network, other] = arguments else { return Err(Failure::Undefined) };
    Ok(Network::block(text(network)?)?.contains(Network::read(text(other)?)?).into())
}

/// What is no text is no network.
pub fn is_valid(arguments: &[Value]) -> Answer {
    let network = arguments.first().and_then(|network| text(network).ok());
    Ok(network.is_some_and(|network| Network::block(network).is_ok()).into())
}

pub fn intersects(arguments: &[Value]) -> Answer {
    let [left, right] = arguments else { return Err(Failure::Undefined) };
    let (left, right) = (Network::block(text(left)?)?, Network::block(text(right)?)?);
    Ok((left.is_v6 == right.is_v6 && left.first <= right.last && right.first <= left.last).into())
}

pub fn expand(arguments: &[Value]) -> Answer {
    let [network] = arguments else { return Err(Failure::Undefined) };
    let network = Network::block(text(network)?)?;
    let count = network.last - network.first;
    if count >= ITEMS_LIMIT as u128 {
        return Err(Failure::TooMuch(usize::try_from(count).unwrap_or(usize::MAX)));
    }
    let addresses = (network.first..=network.last).map(|number| network.address(number).into());
    Ok(addresses.collect::<BTreeSet<Value>>().into())
}

/// Networks with what they are called: an index or a key; items of arrays may carry more behind the network.
fn named(
    value: &Value,
    read: fn(&str) -> Result<Network, Failure>,
) -> Result<Vec<(Value, Network)>, Failure> {
    let network = |value: &Value| match value {
        Value::Array(items) => read(text(items.first().ok_or(Failure::Undefined)?)?),
        other => read(text(other)?),
    };
    match value {
        Value::String(one) => Ok(vec![(value.clone(), read(one)?)]),
        Value::Array(items) => {
            items.iter().enumerate().map(|(i, item)| Ok((i.into(), network(item)?))).collect()
        }
        Value::Set(items) => items.iter().map(|item| Ok((item.clone(), network(item)?))).collect(),
        Value::Object(fields) => fields.iter().map(|(key, item)| Ok((key.clone(), network(item)?))).collect(),
        _ => Err(Failure::Undefined),
    }
}

pub fn contains_matches(arguments: &[Value]) -> Answer {
    let [networks, others] = arguments else { return Err(Failure::Undefined) };
    let (networks, others) = (named(networks, Network::block)?, named(others, Network::read)?);
    let size = networks.len().saturating_mul(others.len());
    if size > ITEMS_LIMIT {
        return Err(Failure::TooMuch(size));
    }
    let mut found = BTreeSet::new();
    for (name, network) in &networks {
        for (other_name, other) in &others {
            if network.contains(*other) {
                found.insert(Value::from(vec![name.clone(), other_name.clone()]));
            }
        }
    }
    Ok(found.into())
}

/// The fewest networks with the same addresses.
pub fn merge(arguments: &[Value]) -> Answer {
    let items: Vec<&Value> = match arguments {
        [Value::Array(items)] => items.iter().collect(),
        [Value::Set(items)] => items.iter().collect(),
        _ => return Err(Failure::Undefined),
    };
    let mut networks =
        items.into_iter().map(|item| Network::read(text(item)?)).collect::<Result<Vec<_>, _>>()?;
    networks.sort();
    let mut joined: Vec<Network> = Vec::new();
    for network in networks {
        match joined.last_mut() {
            Some(last) if last.is_v6 == network.is_v6 && network.first <= last.last.saturating_add(1) => {
                last.last = last.last.max(network.last);
            }
            _ => joined.push(network),
        }
    }
    let mut merged = BTreeSet::new();
    for network in joined {
        let bits = if network.is_v6 { 128 } else { 32 };
        let mut first = network.first;
        loop {
            // The largest block that starts here and ends within.
            let left = network.last - first;
            let room = left.checked_add(1).map_or(128, u128::ilog2);
            let free = if first == 0 { room } else { first.trailing_zeros().min(room) };
            let prefix = bits - free.min(bits);
            merged.insert(Value::from(format!("{}/{prefix}", network.address(first))));
            let size = 1_u128.checked_shl(free);
            match size.and_then(|size| first.checked_add(size)) {
                Some(next) if next <= network.last => first = next,
                _ => break,
            }
        }
    }
    Ok(merged.into())
}
