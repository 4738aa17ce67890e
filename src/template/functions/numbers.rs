//! sprig's arithmetic. Integers wrap around as in Go; fractions are added as decimals.

use super::super::go;
use super::super::value::{Data, Value};
use super::cost::Cost::{Deep, Flat};
use super::{Answer, Arguments, Function, TOO_LARGE, plain};

/// Items that a made list has at most.
pub(super) const ITEMS: i64 = 100_000;

pub(super) const FUNCTIONS: &[Function] = &[
    plain("int", "a", Flat, |arguments| arguments.int(0).map(|number| Data::Int(number).into())),
    plain("int64", "a", Flat, |arguments| arguments.int(0).map(|number| Data::Int64(number).into())),
    plain("atoi", "s", Flat, |arguments| {
        arguments.str(0).map(|text| Data::Int(text.parse().unwrap_or(0)).into())
    }),
    plain("toDecimal", "a", Flat, |arguments| {
        let text = super::strval(arguments.value(0)?);
        Ok(Data::Int64(i64::from_str_radix(text.as_str(), 8).unwrap_or(0)).into())
    }),
    plain("float64", "a", Flat, |arguments| {
        arguments.value(0).map(|value| Data::Float(to_float(value)).into())
    }),
    plain("add", "a*", Deep, |arguments| fold(arguments, i64::wrapping_add)),
    plain("add1", "a", Deep, |arguments| {
        arguments.int(0).map(|number| Data::Int64(number.wrapping_add(1)).into())
    }),
    plain("sub", "aa", Deep, |arguments| fold(arguments, i64::wrapping_sub)),
    plain("mul", "aa*", Deep, |arguments| fold(arguments, i64::wrapping_mul)),
    plain("div", "aa", Deep, |arguments| divide(arguments, i64::wrapping_div)),
    plain("mod", "aa", Deep, |arguments| divide(arguments, i64::wrapping_rem)),
    plain("max", "aa*", Deep, |arguments| fold(arguments, i64::max)),
    plain("biggest", "aa*", Deep, |arguments| fold(arguments, i64::max)),
    plain("min", "aa*", Deep, |arguments| fold(arguments, i64::min)),
    plain("addf", "a*", Deep, |arguments| decimal(arguments, Operation::Add)),
    plain("add1f", "a", Deep, |arguments| {
        Ok(Data::Float(
            Decimal::of(to_float(arguments.value(0)?)).with(Operation::Add, Decimal(1, 0))?.float(),
        )
        .into())
    }),
    plain("subf", "aa*", Deep, |arguments| decimal(arguments, Operation::Subtract)),
    plain("mulf", "aa*", Deep, |arguments| decimal(arguments, Operation::Multiply)),
    plain("divf", "aa*", Deep, |arguments| decimal(arguments, Operation::Divide)),
    plain("maxf", "aa*", Deep, |arguments| extreme(arguments, f64::max)),
    plain("minf", "aa*", Deep, |arguments| extreme(arguments, f64::min)),
    plain("floor", "a", Deep, |arguments| {
        arguments.value(0).map(|value| Data::Float(to_float(value).floor()).into())
    }),
    plain("ceil", "a", Deep, |arguments| {
        arguments.value(0).map(|value| Data::Float(to_float(value).ceil()).into())
    }),
    plain("round", "aia*", Deep, round),
    plain("until", "i", Deep, |arguments| {
        arguments.int(0).and_then(|end| steps(0, end, if end < 0 { -1 } else { 1 }))
    }),
    plain("untilStep", "iii", Deep, |arguments| {
        steps(arguments.int(0)?, arguments.int(1)?, arguments.int(2)?)
    }),
    plain("seq", "i*", Deep, seq),
];

fn fold(arguments: Arguments<'_>, combine: fn(i64, i64) -> i64) -> Answer {
    let mut numbers = arguments.from(0).iter().map(to_int);
    let first = numbers.next().unwrap_or(0);
    Ok(Data::Int64(numbers.fold(first, combine)).into())
}

fn extreme(arguments: Arguments<'_>, choose: fn(f64, f64) -> f64) -> Answer {
    Ok(Data::Float(arguments.from(0).iter().map(to_float).reduce(choose).unwrap_or(0.0)).into())
}

/// A number as `cast.ToInt64` makes one of anything.
pub(super) fn to_int(value: &Value) -> i64 {
    match &value.data {
        Data::Int(number) | Data::Int64(number) => *number,
        // What does not fit is the smallest number, as on amd64.
        Data::Float(number) if (-9.3e18..9.223_372_036_854_775e18).contains(number) => *number as i64,
        Data::Float(_) => i64::MIN,
        Data::Bool(value) => i64::from(*value),
        Data::Text(text) => parse_int(text.as_str()).unwrap_or(0),
        _ => 0,
    }
}

/// Go's `ParseInt` with base 0, of a text whose zeros behind the point are cut.
fn parse_int(text: &str) -> Option<i64> {
    let text = match text.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => whole,
        _ => text,
    };
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase().replace('_', "");
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)];
    let based = radix.iter().find_map(|(prefix, radix)| Some((lower.strip_prefix(prefix)?, *radix)));
    let number = match based {
        Some((digits, radix)) => i64::from_str_radix(digits, radix),
        None if lower.len() > 1 && lower.starts_with('0') => i64::from_str_radix(&lower, 8),
        None => lower.parse(),
    };
    number.ok().map(|number| sign * number)
}

pub(super) fn to_float(value: &Value) -> f64 {
    match &value.data {
        Data::Float(number) => *number,
        Data::Text(text) => text.as_str().parse().unwrap_or(0.0),
        _ => to_int(value) as f64,
    }
}

fn divide(arguments: Arguments<'_>, divided: fn(i64, i64) -> i64) -> Answer {
    let (number, by) = (arguments.int(0)?, arguments.int(1)?);
    if by == 0 {
        return Err("runtime error: integer divide by zero".to_owned());
    }
    Ok(Data::Int64(divided(number, by)).into())
}

fn steps(start: i64, end: i64, step: i64) -> Answer {
    let mut items: Vec<Value> = Vec::new();
    let mut number = start;
    while step > 0 && number < end || step < 0 && number > end {
        if items.len() as i64 >= ITEMS {
            return Err(TOO_LARGE.to_owned());
        }
        items.push(Data::Int(number).into());
        number = number.saturating_add(step);
    }
    Ok(items.into())
}

/// Numbers with spaces between, both ends included.
fn seq(arguments: Arguments<'_>) -> Answer {
    let number = |index: usize| arguments.int(index);
    let (start, step, end) = match arguments.len() {
        0 => return Ok(Value::made("")),
        1 => {
            let end = number(0)?;
            (1, if end < 1 { -1 } else { 1 }, end)
        }
        2 => {
            let (start, end) = (number(0)?, number(1)?);
            (start, if end < start { -1 } else { 1 }, end)
        }
        3 => (number(0)?, number(1)?, number(2)?),
        _ => return Ok(Value::made("")),
    };
    let items = steps(start, end.saturating_add(step.signum()), step)?;
    let Data::List(items) = &items.data else { return Ok(items) };
    let words: Vec<String> = items.iter().map(|item| to_int(item).to_string()).collect();
    Ok(Value::made(words.join(" ")))
}

/// `round number digits [from]`: up from `from` on, .5 unless it is given.
fn round(arguments: Arguments<'_>) -> Answer {
    let from = arguments.from(2).first().map_or(0.5, to_float);
    let power = 10_f64.powi(i32::try_from(arguments.int(1)?).unwrap_or(0).clamp(-300, 300));
    let digits = to_float(arguments.value(0)?) * power;
    let rounded = if digits.fract() >= from { digits.ceil() } else { digits.floor() };
    Ok(Data::Float(rounded / power).into())
}

#[derive(Clone, Copy)]
enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// A decimal: digits, and the power of ten they are multiplied with.
#[derive(Clone, Copy)]
struct Decimal(i128, i32);

fn decimal(arguments: Arguments<'_>, operation: Operation) -> Answer {
    let mut numbers = arguments.from(0).iter().map(|value| Decimal::of(to_float(value)));
    let mut result = numbers.next().unwrap_or(Decimal(0, 0));
    for number in numbers {
        result = result.with(operation, number)?;
    }
    Ok(Data::Float(result.float()).into())
}

impl Decimal {
    /// The shortest decimal that is the number.
    fn of(number: f64) -> Self {
        let text = format!("{number:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        Self(format!("{whole}{fraction}").parse().unwrap_or(0), exponent - fraction.len() as i32)
    }

    fn float(self) -> f64 {
        format!("{}e{}", self.0, self.1).parse().unwrap_or(0.0)
    }

    /// The result; when digits get too many, what floating point gives.
    fn with(self, operation: Operation, other: Self) -> Result<Self, String> {
        let exact = || -> Option<Self> {
            let low = self.1.min(other.1);
            let scaled = |number: Self| {
                number.0.checked_mul(10_i128.checked_pow(u32::try_from(number.1 - low).ok()?)?)
            };
            Some(match operation {
                Operation::Add => Self(scaled(self)?.checked_add(scaled(other)?)?, low),
                Operation::Subtract => Self(scaled(self)?.checked_sub(scaled(other)?)?, low),
                Operation::Multiply => Self(self.0.checked_mul(other.0)?, self.1.checked_add(other.1)?),
                Operation::Divide => {
                    // Sixteen digits behind the point, rounded.
                    let shift = u32::try_from(17 + self.1 - other.1).ok()?;
                    let digits = self.0.checked_mul(10_i128.checked_pow(shift)?)? / other.0;
                    Self((digits + 5 * digits.signum()) / 10, -16)
                }
            })
        };
        if matches!(operation, Operation::Divide) && other.0 == 0 {
            return Err("decimal division by 0".to_owned());
        }
        Ok(exact().unwrap_or_else(|| {
            let (a, b) = (self.float(), other.float());
            Self::of(match operation {
                Operation::Add => a + b,
                Operation::Subtract => a - b,
                Operation::Multiply => a * b,
                Operation::Divide => a / b,
            })
        }))
    }
}

/// A number of YAML or JSON as go-yaml writes it after it went through JSON.
pub(super) fn yaml_number(number: f64) -> String {
    let json = go::json(number);
    match json.parse::<i64>().is_ok() || json.parse::<u64>().is_ok() {
        true => json,
        false => go::yaml(number),
    }
}
