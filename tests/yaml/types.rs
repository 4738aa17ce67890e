//! How go-yaml types plain scalars: the rows were taken from go-yaml v2.4 and v3.

use plimsoll::yaml::Schema::{GoYamlV2, GoYamlV3};
use plimsoll::yaml::Typed::{Bool, Float, Int, Null, Str, Uint};
use plimsoll::yaml::{Typed, resolve};

#[test]
fn both_versions_agree_about_numbers_and_null() {
    let rows: &[(&str, Typed)] = &[
        ("", Null),
        ("~", Null),
        ("null", Null),
        ("Null", Null),
        ("NULL", Null),
        ("nUll", Str("nUll")),
        ("0", Int(0)),
        ("42", Int(42)),
        ("-1", Int(-1)),
        ("+1", Int(1)),
        ("1_000", Int(1000)),
        ("-0", Int(0)),
        ("010", Int(8)),
        ("0o10", Int(8)),
        ("-0o10", Int(-8)),
        ("0b11", Int(3)),
        ("-0b11", Int(-3)),
        ("0x1F", Int(31)),
        ("0x_f", Int(15)),
        ("0X1f", Int(31)),
        ("08", Float(8.0)),
        ("019", Float(19.0)),
        ("0o8", Str("0o8")),
        ("0x", Str("0x")),
        ("0b2", Str("0b2")),
        ("9223372036854775807", Int(i64::MAX)),
        ("-9223372036854775808", Int(i64::MIN)),
        ("9223372036854775808", Uint(1 << 63)),
        ("18446744073709551615", Uint(u64::MAX)),
        ("18446744073709551616", Float(18_446_744_073_709_551_616.0)),
        ("-9223372036854775809", Float(-9_223_372_036_854_775_809.0)),
        ("+9223372036854775808", Float(9_223_372_036_854_775_808.0)),
        ("1e3", Float(1000.0)),
        ("1E3", Float(1000.0)),
        ("1.5e-3", Float(0.0015)),
        ("1e400", Str("1e400")),
        ("-1e400", Str("-1e400")),
        ("1.", Float(1.0)),
        (".5", Float(0.5)),
        ("-.5", Float(-0.5)),
        ("+.5e1", Float(5.0)),
        (".", Str(".")),
        ("..", Str("..")),
        (".e1", Str(".e1")),
        ("1.2.3", Str("1.2.3")),
        ("1.4.2-rc1", Str("1.4.2-rc1")),
        ("1e", Str("1e")),
        ("1e+", Str("1e+")),
        ("e3", Str("e3")),
        ("0xg", Str("0xg")),
        ("-", Str("-")),
        ("+", Str("+")),
        ("--1", Str("--1")),
        ("1-1", Str("1-1")),
        (".inf", Float(f64::INFINITY)),
        (".Inf", Float(f64::INFINITY)),
        (".INF", Float(f64::INFINITY)),
        ("+.inf", Float(f64::INFINITY)),
        ("-.inf", Float(f64::NEG_INFINITY)),
        ("inf", Str("inf")),
        ("nan", Str("nan")),
        (".iNf", Str(".iNf")),
        (".1e999", Str(".1e999")),
        ("1:30", Str("1:30")),
        ("190:20:30", Str("190:20:30")),
        ("2020-01-01", Str("2020-01-01")),
        ("2001-12-14t21:59:43.10-05:00", Str("2001-12-14t21:59:43.10-05:00")),
        ("500m", Str("500m")),
        ("128Mi", Str("128Mi")),
        ("10m0s", Str("10m0s")),
        ("0.5", Float(0.5)),
        ("v1", Str("v1")),
        ("<<", Str("<<")),
        ("=", Str("=")),
        ("deadbeef", Str("deadbeef")),
        ("1a", Str("1a")),
        ("\u{e9}", Str("\u{e9}")),
        ("1\u{e9}", Str("1\u{e9}")),
        ("_1", Str("_1")),
        ("1_", Int(1)),
        ("0_1", Int(1)),
    ];
    for (text, expected) in rows {
        for schema in [GoYamlV2, GoYamlV3] {
            assert_eq!(resolve(text, schema), *expected, "{text:?} in {schema:?}");
        }
    }
    for text in [".nan", ".NaN", ".NAN"] {
        assert!(matches!(resolve(text, GoYamlV2), Float(value) if value.is_nan()));
    }
}

#[test]
fn version_two_has_more_booleans() {
    for text in ["true", "True", "TRUE"] {
        assert_eq!((resolve(text, GoYamlV2), resolve(text, GoYamlV3)), (Bool(true), Bool(true)));
    }
    for text in ["false", "False", "FALSE"] {
        assert_eq!((resolve(text, GoYamlV2), resolve(text, GoYamlV3)), (Bool(false), Bool(false)));
    }
    for text in ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON"] {
        assert_eq!((resolve(text, GoYamlV2), resolve(text, GoYamlV3)), (Bool(true), Str(text)));
    }
    for text in ["n", "N", "no", "No", "NO", "off", "Off", "OFF"] {
        assert_eq!((resolve(text, GoYamlV2), resolve(text, GoYamlV3)), (Bool(false), Str(text)));
    }
    for text in ["yEs", "oN", "tRUE", "t", "f", "of", "yess", "nope", "none", "Offf", "truely"] {
        assert_eq!((resolve(text, GoYamlV2), resolve(text, GoYamlV3)), (Str(text), Str(text)));
    }
}
