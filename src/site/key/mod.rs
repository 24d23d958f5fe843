//! The page key: a hash of a page's view. When it equals that of the last build, the page is not rendered.
//!
//! The view is serialized to a compact binary form in which any two different views differ: each value is a tag
//! and its bytes, and a value without a fixed length has its length before it or a tag after it. Nothing is
//! formatted or escaped, which makes this much faster than hashing the view's JSON.

pub(super) mod lazy;

use std::cell::RefCell;

use serde::{
    Serialize, Serializer,
    de::value::Error as ValueError,
    ser::{
        SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
        SerializeTupleStruct, SerializeTupleVariant,
    },
};
use xxhash_rust::xxh3::Xxh3;

use crate::site::error::Error;
use lazy::PAGE_KEY_IS_HUMAN_READABLE;

thread_local! {
    static FORM: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The hash of `base`, a name and a value.
pub(crate) fn key(base: u128, name: &str, value: &impl Serialize) -> Result<u128, Error> {
    FORM.with_borrow_mut(|form| {
        form.clear();
        form.extend_from_slice(&base.to_le_bytes());
        let made = Form(form).serialize_str(name).and_then(|()| value.serialize(Form(form)));
        made.map_err(|e| Error::Template(e.to_string()))?;
        let mut hash = Xxh3::new();
        hash.update(form);
        Ok(hash.digest128())
    })
}

/// Tags; no two kinds of values share one.
mod tag {
    pub(super) const NONE: u8 = 0;
    pub(super) const SOME: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const TRUE: u8 = 3;
    pub(super) const SIGNED: u8 = 4;
    pub(super) const UNSIGNED: u8 = 5;
    pub(super) const FLOAT: u8 = 6;
    pub(super) const TEXT: u8 = 7;
    pub(super) const BYTES: u8 = 8;
    pub(super) const VARIANT: u8 = 9;
    pub(super) const LIST: u8 = 10;
    pub(super) const MAP: u8 = 11;
    pub(super) const END: u8 = 12;
}

/// Appends the compact form of a value.
struct Form<'b>(&'b mut Vec<u8>);

impl Form<'_> {
    /// Never fails; serde's traits require a result.
    #[expect(clippy::unnecessary_wraps, reason = "what the traits return")]
    fn tagged(self, tag: u8, bytes: &[u8]) -> Result<(), ValueError> {
        self.0.push(tag);
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn sized(self, tag: u8, bytes: &[u8]) -> Result<(), ValueError> {
        Form(self.0).tagged(tag, &(bytes.len() as u64).to_le_bytes())?;
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    #[expect(clippy::unnecessary_wraps, reason = "what the traits return")]
    fn open(self, tag: u8) -> Result<Self, ValueError> {
        self.0.push(tag);
        Ok(self)
    }

    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        value.serialize(Form(self.0))
    }

    fn named<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), ValueError> {
        self.add(name)?;
        self.add(value)
    }
}

impl Serializer for Form<'_> {
    type Ok = ();
    type Error = ValueError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Self;

    fn is_human_readable(&self) -> bool {
        PAGE_KEY_IS_HUMAN_READABLE
    }
    fn serialize_bool(self, value: bool) -> Result<(), ValueError> {
        self.tagged(if value { tag::TRUE } else { tag::FALSE }, &[])
    }
    fn serialize_i8(self, value: i8) -> Result<(), ValueError> {
        self.serialize_i64(value.into())
    }
    fn serialize_i16(self, value: i16) -> Result<(), ValueError> {
        self.serialize_i64(value.into())
    }
    fn serialize_i32(self, value: i32) -> Result<(), ValueError> {
        self.serialize_i64(value.into())
    }
    fn serialize_i64(self, value: i64) -> Result<(), ValueError> {
        self.tagged(tag::SIGNED, &value.to_le_bytes())
    }
    fn serialize_u8(self, value: u8) -> Result<(), ValueError> {
        self.serialize_u64(value.into())
    }
    fn serialize_u16(self, value: u16) -> Result<(), ValueError> {
        self.serialize_u64(value.into())
    }
    fn serialize_u32(self, value: u32) -> Result<(), ValueError> {
        self.serialize_u64(value.into())
    }
    fn serialize_u64(self, value: u64) -> Result<(), ValueError> {
        self.tagged(tag::UNSIGNED, &value.to_le_bytes())
    }
    fn serialize_u128(self, value: u128) -> Result<(), ValueError> {
        self.serialize_bytes(&value.to_le_bytes())
    }
    fn serialize_f32(self, value: f32) -> Result<(), ValueError> {
        self.serialize_f64(value.into())
    }
    fn serialize_f64(self, value: f64) -> Result<(), ValueError> {
        self.tagged(tag::FLOAT, &value.to_le_bytes())
    }
    fn serialize_char(self, value: char) -> Result<(), ValueError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }
    fn serialize_str(self, value: &str) -> Result<(), ValueError> {
        self.sized(tag::TEXT, value.as_bytes())
    }
    fn serialize_bytes(self, value: &[u8]) -> Result<(), ValueError> {
        self.sized(tag::BYTES, value)
    }
    fn serialize_none(self) -> Result<(), ValueError> {
        self.tagged(tag::NONE, &[])
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), ValueError> {
        self.open(tag::SOME)?.add(value)
    }
    fn serialize_unit(self) -> Result<(), ValueError> {
        self.serialize_none()
    }
    fn serialize_unit_struct(self, _: &'static str) -> Result<(), ValueError> {
        self.serialize_none()
    }
    fn serialize_unit_variant(self, _: &str, _: u32, variant: &str) -> Result<(), ValueError> {
        self.sized(tag::VARIANT, variant.as_bytes())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), ValueError> {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        mut self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), ValueError> {
        Form(self.0).sized(tag::VARIANT, variant.as_bytes())?;
        self.add(value)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self, ValueError> {
        self.open(tag::LIST)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self, ValueError> {
        self.open(tag::LIST)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, ValueError> {
        self.open(tag::LIST)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, ValueError> {
        Form(self.0).sized(tag::VARIANT, variant.as_bytes())?;
        self.open(tag::LIST)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self, ValueError> {
        self.open(tag::MAP)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, ValueError> {
        self.open(tag::MAP)
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self, ValueError> {
        Form(self.0).sized(tag::VARIANT, variant.as_bytes())?;
        self.open(tag::MAP)
    }
}

/// Implements serde's traits for values that have elements without names.
macro_rules! elements {
    ($($of:ident $add:ident),*) => {$(
        impl $of for Form<'_> {
            type Ok = ();
            type Error = ValueError;
            fn $add<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
                self.add(value)
            }
            fn end(self) -> Result<(), ValueError> {
                self.tagged(tag::END, &[])
            }
        }
    )*};
}

/// Implements serde's traits for values that have named fields.
macro_rules! fields {
    ($($of:ident),*) => {$(
        impl $of for Form<'_> {
            type Ok = ();
            type Error = ValueError;
            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Result<(), ValueError> {
                self.named(name, value)
            }
            fn end(self) -> Result<(), ValueError> {
                self.tagged(tag::END, &[])
            }
        }
    )*};
}

elements!(
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field
);
fields!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Form<'_> {
    type Ok = ();
    type Error = ValueError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), ValueError> {
        self.add(key)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), ValueError> {
        self.add(value)
    }
    fn end(self) -> Result<(), ValueError> {
        self.tagged(tag::END, &[])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    enum Choice {
        A,
        B(u8),
        C(u8, u8),
        D { a: u8 },
    }

    #[derive(Serialize)]
    struct View<'a> {
        a: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        b: Option<&'a str>,
        #[serde(flatten)]
        rest: std::collections::BTreeMap<&'a str, u8>,
    }

    fn view<'a>(a: Option<&'a str>, b: Option<&'a str>, rest: &[(&'a str, u8)]) -> View<'a> {
        View { a, b, rest: rest.iter().copied().collect() }
    }

    #[test]
    fn different_values_have_different_keys_and_equal_values_the_same_key() {
        let mut keys = BTreeSet::new();
        let mut count = 0;
        let mut add = |key: Result<u128, Error>| {
            keys.insert(key.expect("a key"));
            count += 1;
        };
        for value in [
            json!(null),
            json!(0),
            json!(-1),
            json!(0.0),
            json!(""),
            json!("0"),
            json!([]),
            json!({}),
            json!([[]]),
            json!([[], []]),
            json!([[[]]]),
            json!(["a", "b"]),
            json!(["ab", ""]),
            json!({"a": "b"}),
            json!({"a": {"b": 1}}),
            json!({"a": {}, "b": 1}),
            json!(["a", ["b"]]),
        ] {
            add(key(0, "", &value));
        }
        for value in [Choice::A, Choice::B(1), Choice::C(1, 1), Choice::D { a: 1 }] {
            add(key(0, "", &value));
        }
        add(key(1, "", &json!(null)));
        add(key(0, "a", &json!(null)));
        add(key(0, "", &view(None, None, &[])));
        add(key(0, "", &view(Some(""), None, &[])));
        add(key(0, "", &view(Some("x"), Some("y"), &[])));
        add(key(0, "", &view(Some("x"), None, &[("b", 1)])));
        assert_eq!(keys.len(), count);
        let again = key(0, "", &view(Some("x"), None, &[("b", 1)])).expect("a key");
        assert!(keys.contains(&again));
    }
}
