//! PostgreSQL's `numeric`, whose binary format has digits to the base 10000.

/// The number as text, with as many digits behind the point as the value has; `None` for bytes that are none.
pub(super) fn text(raw: &[u8]) -> Option<String> {
    let (header, digits) = raw.split_at_checked(8)?;
    let field = |index: usize| header.get(index..index + 2)?.try_into().ok().map(i16::from_be_bytes);
    let (count, weight, sign, scale) = (field(0)?, field(2)?, field(4)?, field(6)?);
    match sign.cast_unsigned() {
        0xC000 => return Some("NaN".to_owned()),
        0xD000 => return Some("Infinity".to_owned()),
        0xF000 => return Some("-Infinity".to_owned()),
        0x0000 | 0x4000 => {}
        _ => return None,
    }
    let digits: Vec<i16> = digits.as_chunks::<2>().0.iter().map(|pair| i16::from_be_bytes(*pair)).collect();
    let scale = usize::try_from(scale).ok()?;
    if usize::try_from(count).ok()? != digits.len() || digits.iter().any(|digit| !(0..10000).contains(digit))
    {
        return None;
    }
    // The digit at position 0 is the one before the point.
    let digit = |position: i32| {
        let index = i32::from(weight) + position;
        usize::try_from(index).ok().and_then(|index| digits.get(index)).copied().unwrap_or(0)
    };
    let mut text = String::new();
    let first = -i32::from(weight).max(0);
    for position in first..=0 {
        let digit = digit(position);
        text.push_str(&if position == first { format!("{digit}") } else { format!("{digit:04}") });
    }
    if scale > 0 {
        let mut fraction = String::new();
        for position in 1..=i32::try_from(scale.div_ceil(4)).ok()? {
            fraction.push_str(&format!("{:04}", digit(position)));
        }
        fraction.truncate(scale);
        text.push('.');
        text.push_str(&fraction);
    }
    if sign != 0 {
        text.insert(0, '-');
    }
    Some(text)
}

/// The binary format of a number as [`text`] writes it; `None` for other text, or a number beyond the format.
pub(super) fn binary(text: &str) -> Option<Vec<u8>> {
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(unsigned) => (0x4000_u16, unsigned),
        None => (0, text),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let scale = i16::try_from(fraction.len()).ok()?;
    // Filled up on both sides so that groups of four meet at the point.
    let whole = format!("{}{whole}", "0".repeat(whole.len().next_multiple_of(4) - whole.len()));
    let fraction = format!("{fraction}{}", "0".repeat(fraction.len().next_multiple_of(4) - fraction.len()));
    let mut weight = i16::try_from(whole.len() / 4).ok()? - 1;
    let mut digits = Vec::new();
    for group in whole.as_bytes().chunks(4).chain(fraction.as_bytes().chunks(4)) {
        digits.push(std::str::from_utf8(group).ok()?.parse::<u16>().ok()?);
    }
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    digits.drain(..zeros);
    weight -= i16::try_from(zeros).ok()?;
    while digits.last() == Some(&0) {
        digits.pop();
    }
    if digits.is_empty() {
        weight = 0;
    }
    let mut raw = Vec::with_capacity(8 + 2 * digits.len());
    raw.extend(i16::try_from(digits.len()).ok()?.to_be_bytes());
    raw.extend(weight.to_be_bytes());
    raw.extend(sign.to_be_bytes());
    raw.extend(scale.to_be_bytes());
    raw.extend(digits.iter().flat_map(|digit| digit.to_be_bytes()));
    Some(raw)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{binary, text};

    proptest! {
        #[test]
        fn what_is_written_reads_the_same(number in "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,30})?") {
            let number = if number.trim_start_matches(['-', '0', '.']).is_empty() {
                number.trim_start_matches('-').to_owned()
            } else {
                number
            };
            prop_assert_eq!(text(&binary(&number).unwrap()), Some(number));
        }
    }

    fn numeric(weight: i16, sign: u16, scale: i16, digits: &[i16]) -> Option<String> {
        let mut raw = Vec::new();
        for field in [i16::try_from(digits.len()).unwrap_or(0), weight, sign.cast_signed(), scale] {
            raw.extend(field.to_be_bytes());
        }
        raw.extend(digits.iter().flat_map(|digit| digit.to_be_bytes()));
        text(&raw)
    }

    #[test]
    fn digits_stand_around_the_point_by_their_weight() {
        let number = |weight, scale, digits: &[i16]| numeric(weight, 0, scale, digits);
        assert_eq!(number(0, 0, &[7]).as_deref(), Some("7"));
        assert_eq!(number(1, 2, &[1, 2345, 6700]).as_deref(), Some("12345.67"));
        assert_eq!(number(2, 0, &[1]).as_deref(), Some("100000000"));
        assert_eq!(number(-1, 4, &[5]).as_deref(), Some("0.0005"));
        assert_eq!(number(-2, 6, &[1200]).as_deref(), Some("0.000012"));
        assert_eq!(number(0, 3, &[]).as_deref(), Some("0.000"));
        assert_eq!(numeric(0, 0x4000, 1, &[1, 5000]).as_deref(), Some("-1.5"));
        assert_eq!(numeric(0, 0xC000, 0, &[]).as_deref(), Some("NaN"));
    }

    #[test]
    fn bytes_that_are_no_number_are_refused() {
        assert_eq!(text(&[0, 1]), None);
        assert_eq!(numeric(0, 0x1234, 0, &[1]), None);
        assert_eq!(numeric(0, 0, 0, &[10000]), None);
    }
}
